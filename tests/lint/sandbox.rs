//! A repository of its own for each test, and the binary run in it with a scrubbed environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The locked linters; `make tools` puts them there.
const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.cache/tools/bin");

pub const ESLINT_CONFIG: &str =
    r#"export default [{ files: ["**/*.js"], rules: { "no-undef": "error", "no-unused-vars": "warn" } }];"#;

/// A temporary repository.
pub struct Sandbox {
    folder: tempfile::TempDir,
    variables: BTreeMap<OsString, OsString>,
    path: Vec<PathBuf>,
}

/// How a run ended.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The document on standard output, which must be alone there.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// `path:line tool/rule severity` of each finding.
    pub fn findings(&self) -> Vec<String> {
        let json = self.json();
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        json["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .map(|one| {
                format!(
                    "{}:{} {}/{} {}",
                    text(&one["path"]),
                    one["line"],
                    text(&one["tool"]),
                    text(&one["rule"]),
                    text(&one["severity"])
                )
            })
            .collect()
    }

    #[track_caller]
    pub fn expect(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Expects words in the log, wherever it goes.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(
            self.stdout.contains(words) || self.stderr.contains(words),
            "no {words:?}: {self}"
        );
        self
    }

    #[track_caller]
    pub fn never_says(&self, words: &str) -> &Self {
        assert!(
            !self.stdout.contains(words) && !self.stderr.contains(words),
            "{words:?}: {self}"
        );
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

#[allow(clippy::disallowed_methods, reason = "a test starts programs by itself")]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

#[allow(clippy::disallowed_methods, reason = "a test finds the machine's programs")]
fn machine_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").expect("PATH");
    std::env::split_paths(&path).collect()
}

impl Sandbox {
    /// An empty repository, with the real linters.
    pub fn new() -> Self {
        for tool in ["eslint", "yamllint", "shellcheck", "node", "npm", "bun"] {
            assert!(
                Path::new(TOOLS).join(tool).exists(),
                "{tool} is not in {TOOLS}: run `make setup` and `make tools`"
            );
        }
        let folder = tempfile::Builder::new()
            .prefix("lint-test-")
            .tempdir()
            .expect("a folder");
        // Another user has to be able to look in.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
            .expect("open to others");
        let mut path = vec![PathBuf::from(TOOLS)];
        path.extend(machine_path());
        let sandbox = Self {
            folder,
            variables: BTreeMap::new(),
            path,
        };
        std::fs::create_dir(sandbox.root()).expect("a folder");
        sandbox.git(&["init", "--quiet", "--initial-branch=master"]);
        sandbox
    }

    /// A repository with these files, not committed.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::new();
        for (name, text) in files {
            sandbox.file(name, text);
        }
        sandbox
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// A place beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) {
        self.bytes(OsStr::new(name), text.as_bytes());
    }

    pub fn bytes(&self, name: &OsStr, bytes: &[u8]) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(&path, bytes).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    }

    /// A name that need not be UTF-8.
    pub fn odd(&self, name: &[u8], text: &str) {
        self.bytes(OsStr::from_bytes(name), text.as_bytes());
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let done = command("git")
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.org",
                "-c",
                "protocol.file.allow=always",
            ])
            .args(arguments)
            .current_dir(self.root())
            .output()
            .expect("git");
        assert!(
            done.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    pub fn commit(&self) -> String {
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Puts a program of this name first on `PATH`: a shell script.
    pub fn replace(&mut self, program: &str, script: &str) -> &mut Self {
        let folder = self.beside("bin");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(program);
        let real = format!("REAL='{TOOLS}/{program}'");
        std::fs::write(&file, format!("#!/bin/sh\n{real}\n{script}\n")).expect("a script");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("executable");
        if self.path.first() != Some(&folder) {
            self.path.insert(0, folder);
        }
        self
    }

    /// Takes a program away: `PATH` holds nothing but links to what is left.
    pub fn without(&mut self, program: &str) -> &mut Self {
        let folder = self.beside("without");
        std::fs::create_dir_all(&folder).expect("a folder");
        for entry in std::mem::take(&mut self.path) {
            for file in std::fs::read_dir(entry).into_iter().flatten().flatten() {
                if file.file_name() != program {
                    let _ = std::os::unix::fs::symlink(file.path(), folder.join(file.file_name()));
                }
            }
        }
        self.path = vec![folder];
        self
    }

    pub fn variable(&mut self, name: &str, value: impl AsRef<OsStr>) -> &mut Self {
        self.variables.insert(name.into(), value.as_ref().to_owned());
        self
    }

    /// Puts the tools where another user can reach them, which a clone below a closed home folder is not.
    pub fn for_another_user(&mut self) -> &mut Self {
        let is_open = |folder: &Path| {
            std::fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0)
        };
        let real = Path::new(TOOLS).canonicalize().expect("the tools");
        if real.ancestors().all(is_open) {
            return self;
        }
        let tools = real.parent().expect("a folder");
        let copy = self.beside("tools");
        let linked = command("cp")
            .args(["--archive", "--link"])
            .arg(tools)
            .arg(&copy)
            .output()
            .expect("cp");
        if !linked.status.success() {
            // Another file system.
            let _ = std::fs::remove_dir_all(&copy);
            let copied = command("cp")
                .arg("--archive")
                .arg(tools)
                .arg(&copy)
                .status()
                .expect("cp");
            assert!(copied.success(), "the tools could not be copied");
        }
        self.path[0] = copy.join("bin");
        self
    }

    /// The folder of the programs that come first.
    pub fn first_path(&self) -> &Path {
        self.path.first().expect("a folder")
    }

    /// Lints with these arguments.
    pub fn lint(&self, arguments: &[&str]) -> Run {
        self.lint_in("", arguments)
    }

    /// Lints in a folder of the repository.
    pub fn lint_in(&self, folder: &str, arguments: &[&str]) -> Run {
        self.run(
            command(env!("CARGO_BIN_EXE_foundation-lint")).current_dir(self.root().join(folder)),
            arguments,
        )
    }

    /// Lints as a step of a runner does: below a shell that has all the variables in its own environment.
    pub fn lint_below_a_shell(&self, arguments: &[&str]) -> Run {
        let mut shell = command("sh");
        let script = "\"$0\" \"$@\"; exit $?";
        shell.args(["-c", script, env!("CARGO_BIN_EXE_foundation-lint")]);
        self.run(shell.current_dir(self.root()), arguments)
    }

    fn run(&self, command: &mut Command, arguments: &[&str]) -> Run {
        let done = command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::join_paths(&self.path).expect("PATH"))
            .env("HOME", self.folder.path())
            .envs(&self.variables)
            .stdin(Stdio::null())
            .output()
            .expect("foundation-lint");
        Run {
            code: done.status.code(),
            stdout: String::from_utf8_lossy(&done.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
        }
    }
}
