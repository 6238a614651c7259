//! Which eslint and which configuration each file belongs to.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process;
use crate::lint::discover::File;

const FLAT: &[&str] = &[
    "eslint.config.js",
    "eslint.config.mjs",
    "eslint.config.cjs",
    "eslint.config.ts",
    "eslint.config.mts",
    "eslint.config.cts",
];
const LEGACY: &[&str] = &[
    ".eslintrc.js",
    ".eslintrc.cjs",
    ".eslintrc.yaml",
    ".eslintrc.yml",
    ".eslintrc.json",
    ".eslintrc",
];
const LOCKS: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "bun.lock",
    "bun.lockb",
    "yarn.lock",
    "pnpm-lock.yaml",
];

/// Where the rules come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Config {
    /// The project's `eslint.config.*`, relative to the repository.
    Flat(PathBuf),
    /// The project's `.eslintrc*`, relative to the repository.
    Legacy(PathBuf),
    /// The project has none: ours. TypeScript needs a parser that takes long to load.
    Baked {
        /// Whether the files are TypeScript.
        typescript: bool,
    },
}

/// An eslint to run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// Its version, where its package says one.
    pub version: Option<String>,
    /// The folder whose lock file names it; none for the one on `PATH`.
    pub own: Option<PathBuf>,
}

impl Program {
    /// The first number of the version.
    fn major(&self) -> Option<u32> {
        self.version.as_ref()?.split('.').next()?.parse().ok()
    }
}

/// One way of running eslint: files that share it can share a process.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Setting {
    /// The program.
    pub program: Program,
    /// The configuration.
    pub config: Config,
    /// The working directory, relative to the repository.
    pub directory: PathBuf,
}

impl Setting {
    /// Whether it runs code of the checked repository.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.program.own.is_some() || !matches!(self.config, Config::Baked { .. })
    }
}

/// What is known about one folder and those above it.
#[derive(Debug, Clone, Default)]
struct Facts {
    flat: Option<PathBuf>,
    legacy: Option<PathBuf>,
    /// The nearest folder whose lock file names eslint.
    locked: Option<PathBuf>,
    /// The nearest folder with an installed eslint.
    installed: Option<PathBuf>,
}

/// Looks at folders once each, however many files are in them.
pub struct Project<'a> {
    root: &'a Path,
    known: HashMap<PathBuf, Facts>,
}

impl<'a> Project<'a> {
    /// A project in a repository.
    #[must_use]
    pub fn new(root: &'a Path) -> Self {
        Self {
            root,
            known: HashMap::new(),
        }
    }

    fn facts(&mut self, folder: &Path) -> Facts {
        if let Some(known) = self.known.get(folder) {
            return known.clone();
        }
        let mut facts = folder
            .parent()
            .map(|parent| self.facts(parent))
            .unwrap_or_default();
        let full = self.root.join(folder);
        let listed = telling(&full);
        let may_have = |name: &str| {
            listed
                .as_ref()
                .is_none_or(|names| names.iter().any(|known| known == name))
        };
        let has = |name: &&&str| may_have(name) && full.join(name).is_file();
        if let Some(name) = FLAT.iter().find(has) {
            facts.flat = Some(folder.join(name));
        }
        if let Some(name) = LEGACY.iter().find(has) {
            facts.legacy = Some(folder.join(name));
        } else if may_have("package.json")
            && package(&full).is_some_and(|package| package.get("eslintConfig").is_some())
        {
            facts.legacy = Some(folder.join("package.json"));
        }
        if LOCKS
            .iter()
            .filter(has)
            .any(|name| names_eslint(&full.join(name)))
        {
            facts.locked = Some(folder.to_owned());
        }
        if may_have("node_modules") && full.join("node_modules/eslint/package.json").is_file() {
            facts.installed = Some(folder.to_owned());
        }
        self.known.insert(folder.to_owned(), facts.clone());
        facts
    }

    /// Sorts the files by how eslint is to be run for them.
    ///
    /// # Errors
    /// Environment, when an eslint is needed that is not there; configuration, when one cannot read the project's
    /// configuration.
    pub fn settings(&mut self, env: &Env, files: &[File]) -> Result<Vec<(Setting, Vec<File>)>> {
        let mut baked = None;
        let mut groups: Vec<(Setting, Vec<File>)> = Vec::new();
        let mut places: HashMap<Setting, usize> = HashMap::new();
        let mut by_folder: HashMap<(PathBuf, bool), Setting> = HashMap::new();
        for file in files {
            let folder = file.path.parent().unwrap_or(Path::new(""));
            let key = (folder.to_owned(), is_typescript(&file.path));
            let setting = match by_folder.get(&key) {
                Some(setting) => setting.clone(),
                None => {
                    let setting = self.setting(env, folder, key.1, &mut baked)?;
                    by_folder.insert(key, setting.clone());
                    setting
                }
            };
            let place = *places.entry(setting.clone()).or_insert(groups.len());
            if place == groups.len() {
                groups.push((setting, Vec::new()));
            }
            groups[place].1.push(file.clone());
        }
        Ok(groups)
    }

    fn setting(
        &mut self,
        env: &Env,
        folder: &Path,
        typescript: bool,
        baked: &mut Option<Program>,
    ) -> Result<Setting> {
        let facts = self.facts(folder);
        let mut on_path = || match baked {
            Some(program) => Ok(program.clone()),
            None => on_path(env).inspect(|program| *baked = Some(program.clone())),
        };
        if facts.flat.is_none() && facts.legacy.is_none() {
            return Ok(Setting {
                program: on_path()?,
                config: Config::Baked { typescript },
                directory: PathBuf::new(),
            });
        }
        let program = match own(self.root, &facts) {
            Some(own) => own,
            None => on_path()?,
        };
        let directory = |config: &Path| config.parent().unwrap_or(Path::new("")).to_owned();
        match (facts.flat, facts.legacy) {
            (Some(flat), _) => Ok(Setting {
                program,
                directory: directory(&flat),
                config: Config::Flat(flat),
            }),
            (None, Some(legacy)) if program.major().is_none_or(|major| major <= 9) => Ok(Setting {
                // eslint 8 finds plugins in the folder it is started in.
                directory: program.own.clone().unwrap_or_else(|| directory(&legacy)),
                config: Config::Legacy(legacy),
                program,
            }),
            (None, Some(legacy)) => Err(cannot_read(&program, &legacy)),
            (None, None) => Err(Failure::config("the project has no configuration of eslint")),
        }
    }
}

fn cannot_read(program: &Program, legacy: &Path) -> Failure {
    Failure::config(format!(
        "eslint {} cannot read {}: it knows eslint.config.js only",
        program.version.as_deref().unwrap_or("(of unknown version)"),
        legacy.display()
    ))
    .hint("use the project's own eslint (name it in the lock file, and install it or say --install), or migrate: npx @eslint/migrate-config")
}

fn own(root: &Path, facts: &Facts) -> Option<Program> {
    // Installed by accident is not the project's own: its lock file has to name it.
    let locked = facts.locked.as_ref()?;
    let folder = facts
        .installed
        .as_ref()
        .filter(|folder| folder.starts_with(locked))?;
    let modules = root.join(folder).join("node_modules");
    let shim = modules.join(".bin/eslint");
    Some(Program {
        path: if shim.exists() {
            shim
        } else {
            modules.join("eslint/bin/eslint.js")
        },
        version: version(&modules.join("eslint")),
        own: Some(folder.clone()),
    })
}

fn on_path(env: &Env) -> Result<Program> {
    let path = process::require(env, "eslint")?;
    let real = path.canonicalize().unwrap_or_else(|_| path.clone());
    // The program is `eslint/bin/eslint.js`.
    let version = real.ancestors().nth(2).and_then(version);
    Ok(Program {
        path,
        version,
        own: None,
    })
}

/// The names in a folder that tell something about eslint; none when it cannot be listed. One list costs less than a look for
/// each of the names, which most folders do not have.
fn telling(folder: &Path) -> Option<Vec<OsString>> {
    let tells = |name: &OsString| {
        name.to_str().is_some_and(|name| {
            matches!(name, "package.json" | "node_modules")
                || [FLAT, LEGACY, LOCKS].iter().any(|names| names.contains(&name))
        })
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).ok()? {
        names.push(entry.ok()?.file_name());
        names.pop_if(|name| !tells(name));
    }
    Some(names)
}

fn package(folder: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(folder.join("package.json")).ok()?).ok()
}

fn version(folder: &Path) -> Option<String> {
    let package = package(folder)?;
    if package.get("name")?.as_str()? != "eslint" {
        return None;
    }
    Some(package.get("version")?.as_str()?.to_owned())
}

fn names_eslint(lock: &Path) -> bool {
    let Ok(bytes) = std::fs::read(lock) else {
        return false;
    };
    let needles: &[&[u8]] = match lock.file_name().and_then(|name| name.to_str()) {
        Some("bun.lock") => &[b"\"eslint\": ["],
        Some("bun.lockb") => &[b"eslint"],
        Some("yarn.lock") => &[b"\neslint@", b"\n\"eslint@"],
        Some("pnpm-lock.yaml") => &[b"\n  eslint@", b"\n  /eslint@", b"\n  /eslint/"],
        _ => &[b"\"node_modules/eslint\"", b"/node_modules/eslint\""],
    };
    needles
        .iter()
        .any(|needle| bytes.windows(needle.len()).any(|window| window == *needle))
}

fn is_typescript(path: &Path) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| matches!(extension, "ts" | "mts" | "cts" | "tsx"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, text).expect("a file");
        }
        folder
    }

    fn facts(tree: &tempfile::TempDir, folder: &str) -> Facts {
        Project::new(tree.path()).facts(Path::new(folder))
    }

    #[test]
    fn the_nearest_configuration_counts() {
        let tree = tree(&[
            ("eslint.config.js", ""),
            ("a/b/eslint.config.mjs", ""),
            ("a/package.json", "{\"eslintConfig\":{}}"),
        ]);
        assert_eq!(facts(&tree, "a/b/c").flat, Some("a/b/eslint.config.mjs".into()));
        assert_eq!(facts(&tree, "a").flat, Some("eslint.config.js".into()));
        assert_eq!(facts(&tree, "a").legacy, Some("a/package.json".into()));
    }

    #[test]
    fn an_own_eslint_is_installed_and_locked() {
        let installed = (
            "p/node_modules/eslint/package.json",
            "{\"name\":\"eslint\",\"version\":\"8.57.1\"}",
        );
        let lock = ("package-lock.json", "{\"packages\":{\"node_modules/eslint\":{}}}");
        let tree_ = tree(&[installed, lock]);
        let own_ = own(tree_.path(), &facts(&tree_, "p/src")).expect("its own");
        assert_eq!((own_.major(), own_.own), (Some(8), Some("p".into())));
        let other = (
            "package-lock.json",
            "{\"packages\":{\"node_modules/eslint-plugin-x\":{}}}",
        );
        for files in [vec![installed], vec![lock], vec![installed, other]] {
            let tree_ = tree(&files);
            assert_eq!(own(tree_.path(), &facts(&tree_, "p/src")), None, "{files:?}");
        }
    }
}
