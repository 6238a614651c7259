//! The repositories of `tests/migrate`, on their way from another tool, as `docs/migrate.md` tells it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// For people.
    #[serde(rename = "why")]
    _why: String,
    history: Vec<Step>,
    #[serde(default)]
    args: Vec<String>,
    expected: Expected,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Step {
    Commit {
        commit: String,
        #[serde(default)]
        files: Vec<String>,
    },
    Tag {
        tag: String,
        at: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    exit: i32,
    outcome: Option<String>,
    #[serde(default)]
    packages: BTreeMap<String, BTreeMap<String, Value>>,
    /// These are among the effects, in this order.
    #[serde(default)]
    effects: Vec<String>,
    /// What the error names.
    #[serde(default)]
    names: Vec<String>,
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = [
        "-c",
        "user.name=Somebody",
        "-c",
        "user.email=somebody@example.org",
    ];
    let output = Command::new("git")
        .args(identity)
        .args(["-c", "commit.gpgSign=false", "-c", "tag.gpgSign=false"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {error}");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The case's repository, `repo`, and its bare remote beside it.
fn build(case: &Case, tree: &Path) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let repo = home.path().join("repo");
    copy(tree, &repo);
    git(&repo, &["init", "--quiet", "--initial-branch=master"]);
    git(&repo, &["add", "--all"]);
    git(&repo, &["commit", "--quiet", "--message=init"]);
    for step in &case.history {
        match step {
            Step::Commit { commit, files } => {
                for file in files {
                    let path = repo.join(file);
                    let text = std::fs::read_to_string(&path).expect("a file of the tree");
                    // A line break more changes any kind of file, and breaks none.
                    std::fs::write(path, format!("{text}\n")).expect("written");
                }
                git(&repo, &["add", "--all"]);
                git(&repo, &["commit", "--quiet", "--message", commit]);
            }
            Step::Tag { tag, at } => git(&repo, &["tag", tag, at.as_deref().unwrap_or("HEAD")]),
        }
    }
    let remote = home.path().join("remote.git");
    git(
        home.path(),
        &["clone", "--quiet", "--mirror", "repo", "remote.git"],
    );
    git(
        &repo,
        &["remote", "add", "origin", remote.to_str().expect("UTF-8")],
    );
    (home, repo)
}

fn run(repo: &Path, arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_foundation-semantic-release"))
        .args(["--dry-run", "--format", "json"])
        .args(arguments)
        .arg(repo)
        .current_dir("/")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("PATH"))
        .env("HOME", repo.parent().expect("a parent"))
        .output()
        .expect("the binary runs")
}

/// An effect in a few words: `tag v1.0.0`, `edit package.json`, `push`.
fn short(effect: &Value) -> String {
    let what = effect["do"].as_str().expect("do");
    let name = effect["path"].as_str().or_else(|| effect["name"].as_str());
    match name.filter(|_| what != "publish") {
        Some(name) => format!("{what} {name}"),
        None => what.to_owned(),
    }
}

fn check(case: &Case, output: &Output) -> Result<(), String> {
    let log = String::from_utf8_lossy(&output.stderr);
    let said = format!("{log}{}", String::from_utf8_lossy(&output.stdout));
    let expected = &case.expected;
    if output.status.code() != Some(expected.exit) {
        return Err(format!(
            "exit {:?}, not {}:\n{said}",
            output.status.code(),
            expected.exit
        ));
    }
    let errors: String = log
        .lines()
        .filter(|line| line.starts_with("error: ") || line.starts_with("  "))
        .collect();
    for name in &expected.names {
        if !errors.contains(name.as_str()) {
            return Err(format!("the error does not name {name}:\n{said}"));
        }
    }
    if expected.exit != 0 {
        // Each refusal says the way out.
        return if log.contains("hint: ") {
            Ok(())
        } else {
            Err(format!("no hint:\n{said}"))
        };
    }
    let document: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}:\n{said}"))?;
    if document["outcome"].as_str() != expected.outcome.as_deref() {
        return Err(format!("the outcome is {}:\n{said}", document["outcome"]));
    }
    let packages = document["packages"].as_array().ok_or("no packages")?;
    for (name, wanted) in &expected.packages {
        let package = packages.iter().find(|package| package["name"] == **name);
        let package = package.ok_or_else(|| format!("no package {name}:\n{said}"))?;
        for (key, value) in wanted {
            if package[key] != *value {
                return Err(format!("{name}: {key} is {}, not {value}:\n{said}", package[key]));
            }
        }
    }
    let effects: Vec<String> = document["effects"]
        .as_array()
        .ok_or("no effects")?
        .iter()
        .map(short)
        .collect();
    let mut rest = effects.iter();
    for wanted in &expected.effects {
        if !rest.any(|effect| effect == wanted) {
            return Err(format!(
                "{wanted} is not done, or not in this order: {effects:?}\n{said}"
            ));
        }
    }
    Ok(())
}

#[test]
fn every_repository_moves_as_the_page_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrate");
    let mut wrong = Vec::new();
    let mut number = 0;
    for entry in std::fs::read_dir(&folder).expect("the cases").flatten() {
        let text = match std::fs::read_to_string(entry.path().join("case.json")) {
            Ok(text) => text,
            Err(_) if entry.path().is_file() => continue,
            Err(error) => panic!("{}: {error}", entry.path().display()),
        };
        let name = entry.file_name().into_string().expect("UTF-8");
        let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (_home, repo) = build(&case, &entry.path().join("tree"));
        if let Err(problem) = check(&case, &run(&repo, &case.args)) {
            wrong.push(format!("{name}: {problem}"));
        }
        number += 1;
    }
    assert!(number >= 12, "cases are missing");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
