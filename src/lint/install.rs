//! `--install`: the project's own eslint and plugins, as its lock file says, without package scripts.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::kit::outcome::{Failure, Result};
use crate::kit::process;
use crate::kit::report::Report;
use crate::kit::text;
use crate::lint::discover::File;
use crate::lint::world::{self, World};

/// How a package manager installs exactly what its lock file says.
struct Way {
    lock: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
}

const NPM: &[&str] = &[
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
];
const BUN: &[&str] = &[
    "install",
    "--frozen-lockfile",
    "--ignore-scripts",
    "--no-progress",
];
const WAYS: &[Way] = &[
    Way {
        lock: "package-lock.json",
        program: "npm",
        arguments: NPM,
    },
    Way {
        lock: "npm-shrinkwrap.json",
        program: "npm",
        arguments: NPM,
    },
    Way {
        lock: "bun.lock",
        program: "bun",
        arguments: BUN,
    },
    Way {
        lock: "bun.lockb",
        program: "bun",
        arguments: BUN,
    },
];
/// Lock files of package managers that the image does not hold.
const OTHERS: &[&str] = &["yarn.lock", "pnpm-lock.yaml"];

/// Installs in each folder whose lock file is the nearest one above some of the files.
///
/// # Errors
/// Configuration, when there is no lock file we can use; environment, when installing fails.
pub async fn install(files: &[File], world: &World, report: &Report) -> Result<()> {
    let folders = folders(files, &world.root)?;
    for (folder, way) in folders {
        let program = process::require(&world.env, way.program)?;
        let shown = match folder.as_os_str().is_empty() {
            true => "the repository".to_owned(),
            false => text::path_text(&folder),
        };
        let _group = report.group(&format!("{} {} in {shown}", way.program, way.arguments.join(" ")));
        let full = world.root.join(&folder);
        world.hand_over(&full.join("node_modules"))?;
        for nested in nested(&full, way) {
            world.hand_over(&nested)?;
        }
        let done = world
            .install_cmd(&program)
            .directory(&full)
            .args(way.arguments)
            .capture()
            .await?;
        if !done.end.good() {
            return Err(Failure::environment(format!(
                "{} {} in {shown}{}",
                way.program,
                done.end,
                world::words(&done)
            ))
            .hint(format!(
                "does {} fit package.json, and is the registry reachable?",
                way.lock
            )));
        }
    }
    Ok(())
}

/// The `node_modules` of workspaces that installing will write: what an npm lock file places there, and with bun one for each
/// workspace. A lock file that cannot be read is for the package manager to complain about.
fn nested(folder: &Path, way: &Way) -> Vec<PathBuf> {
    let Ok(text) = std::fs::read_to_string(folder.join(way.lock)) else {
        return Vec::new();
    };
    // Bun's has commas before closing braces, which JSON does not allow and YAML does.
    let lock: serde_json::Value = match way.program {
        "npm" => serde_json::from_str(&text).unwrap_or_default(),
        _ => serde_yaml::from_str(&text).unwrap_or_default(),
    };
    let keys = |name: &str| {
        let object = lock.get(name).and_then(serde_json::Value::as_object);
        object.into_iter().flat_map(serde_json::Map::keys)
    };
    let workspaces: BTreeSet<&str> = match way.program {
        "npm" => keys("packages")
            .filter_map(|key| Some(key.split_once("/node_modules/")?.0))
            .filter(|workspace| !workspace.starts_with("node_modules/"))
            .collect(),
        _ => keys("workspaces").map(String::as_str).collect(),
    };
    workspaces
        .into_iter()
        .filter(|workspace| !workspace.is_empty() && is_folder_below(folder, Path::new(workspace)))
        .map(|workspace| folder.join(workspace).join("node_modules"))
        .collect()
}

/// Whether a path leads to a folder below another, through no link: the lock file is anybody's, and what it names is given away.
fn is_folder_below(folder: &Path, path: &Path) -> bool {
    let mut at = folder.to_owned();
    path.components().all(|part| {
        at.push(part);
        matches!(part, Component::Normal(_)) && at.symlink_metadata().is_ok_and(|meta| meta.is_dir())
    })
}

fn folders(files: &[File], root: &Path) -> Result<Vec<(PathBuf, &'static Way)>> {
    let mut parents: Vec<&Path> = files.iter().filter_map(|file| file.path.parent()).collect();
    parents.dedup();
    let mut found: Vec<(PathBuf, &'static Way)> = Vec::new();
    let mut other = None;
    for folder in parents.into_iter().flat_map(nearest_first(root)) {
        match folder {
            Nearest::Way(folder, way) if found.iter().all(|(known, _)| *known != folder) => {
                found.push((folder, way))
            }
            Nearest::Way(..) => {}
            Nearest::Other(lock) => other = Some(lock),
        }
    }
    if let Some(lock) = other {
        return Err(
            Failure::config(format!("--install cannot use {}", text::path_text(&lock)))
                .hint("it knows npm (package-lock.json) and bun (bun.lock)"),
        );
    }
    if found.is_empty() && !files.is_empty() {
        return Err(Failure::config(
            "--install was asked for, but no lock file is above the JavaScript files",
        )
        .hint("commit package-lock.json or bun.lock, or leave --install away"));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

enum Nearest {
    Way(PathBuf, &'static Way),
    Other(PathBuf),
}

/// The nearest lock file at or above a folder.
fn nearest_first(root: &Path) -> impl Fn(&Path) -> Option<Nearest> {
    move |folder| {
        folder.ancestors().find_map(|folder| {
            let is_here = |lock: &str| root.join(folder).join(lock).is_file();
            WAYS.iter()
                .find(|way| is_here(way.lock))
                .map(|way| Nearest::Way(folder.to_owned(), way))
                .or_else(|| {
                    OTHERS
                        .iter()
                        .find(|lock| is_here(lock))
                        .map(|lock| Nearest::Other(folder.join(lock)))
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders_of(locks: &[&str], files: &[&str]) -> Result<Vec<String>> {
        let root = tempfile::tempdir().expect("a folder");
        for lock in locks {
            let path = root.path().join(lock);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, "").expect("a file");
        }
        let files: Vec<File> = files
            .iter()
            .map(|name| File {
                path: name.into(),
                size: 0,
            })
            .collect();
        let found = folders(&files, root.path())?;
        Ok(found
            .into_iter()
            .map(|(folder, way)| format!("{}:{}", folder.display(), way.program))
            .collect())
    }

    #[test]
    fn each_package_is_installed_once() {
        let found = folders_of(
            &["package-lock.json", "a/bun.lock"],
            &["a/src/x.js", "a/y.js", "b/z.js"],
        );
        assert_eq!(found.expect("folders"), [":npm", "a:bun"]);
    }

    #[test]
    fn only_real_folders_of_workspaces_are_handed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, outside) = (folder.path().join("root"), folder.path().join("outside/a"));
        for path in [&root.join("packages/a"), &root.join("packages/b"), &outside] {
            std::fs::create_dir_all(path).expect("folders");
        }
        std::os::unix::fs::symlink(folder.path().join("outside"), root.join("link")).expect("a link");
        let names = [
            "node_modules/x",
            "node_modules/x/node_modules/y",
            "packages/a",
            "packages/a/node_modules/x",
            "packages/a/node_modules/x/node_modules/y",
            "packages/gone/node_modules/x",
            "link/a/node_modules/x",
            "../outside/a/node_modules/x",
            "/etc/node_modules/x",
        ];
        let keys = names.map(|name| format!("\"{name}\":{{}},")).concat();
        let lock = format!("{{\"packages\":{{{}}}}}", keys.trim_end_matches(','));
        std::fs::write(root.join("package-lock.json"), lock).expect("a file");
        assert_eq!(nested(&root, &WAYS[0]), [root.join("packages/a/node_modules")]);
        let lock = r#"{"workspaces": {"": {}, "packages/b": {"name": "b",}, "link/a": {},},}"#;
        std::fs::write(root.join("bun.lock"), lock).expect("a file");
        assert_eq!(nested(&root, &WAYS[2]), [root.join("packages/b/node_modules")]);
        std::fs::write(root.join("bun.lock"), "{{{").expect("a file");
        assert!(nested(&root, &WAYS[2]).is_empty() && nested(&root, &WAYS[3]).is_empty());
    }

    #[test]
    fn what_cannot_be_installed_is_said() {
        assert!(folders_of(&[], &["a.js"]).is_err());
        assert!(folders_of(&["yarn.lock"], &["a.js"]).is_err());
        assert_eq!(folders_of(&[], &[]).expect("nothing to do"), [""; 0]);
    }
}
