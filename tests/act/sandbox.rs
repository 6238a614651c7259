//! Runs the binary with a scrubbed environment and a temporary folder of its own, in which nothing may be left.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");
pub const CALLER: &str = "name: ci\non: [push, pull_request]\njobs:\n  lint:\n    uses: olsitec/foundation/.forgejo/workflows/lint.yml@master\n";
pub const ESLINT_CONFIG: &str =
    "export default [{ files: [\"**/*.js\"], rules: { \"no-undef\": \"error\" } }];\n";

/// How a run ended.
pub struct Run {
    pub code: Option<i32>,
    pub log: String,
}

impl Run {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.log);
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.log.contains(text), "it does not say `{text}`:\n{}", self.log);
        self
    }
}

/// A temporary folder, with `tmp` in it for the binary and room for repositories.
pub struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["tmp", "home"] {
            std::fs::create_dir(folder.path().join(part)).expect("made");
        }
        Self { folder }
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub fn write(&self, relative: &str, text: &str) -> PathBuf {
        let file = self.path(relative);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("made");
        std::fs::write(&file, text).expect("written");
        file
    }

    pub fn git(&self, repository: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=Somebody",
                "-c",
                "user.email=somebody@example.org",
            ])
            .args(arguments)
            .current_dir(self.path(repository))
            .output()
            .expect("git runs");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A repository of its own that calls lint, with one file that is in order.
    pub fn repository(&self, name: &str) -> PathBuf {
        self.write(&format!("{name}/.forgejo/workflows/ci.yml"), CALLER);
        self.write(&format!("{name}/eslint.config.js"), ESLINT_CONFIG);
        self.write(&format!("{name}/package.json"), "{\"type\": \"module\"}\n");
        self.write(&format!("{name}/a.js"), "export const a = 1;\n");
        self.git(name, &["init", "--quiet", "--initial-branch=master"]);
        self.git(name, &["add", "--all"]);
        self.git(name, &["commit", "--quiet", "--message=feat: all of it"]);
        self.path(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_foundation"));
        command.args(arguments).current_dir(ROOT).env_clear();
        for name in [
            "PATH",
            "DOCKER_HOST",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "SSL_CERT_FILE",
        ] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().expect("the binary runs");
        let mut log = String::from_utf8_lossy(&output.stdout).into_owned();
        log.push_str(&String::from_utf8_lossy(&output.stderr));
        Run {
            code: output.status.code(),
            log,
        }
    }

    /// Runs `foundation act REPOSITORY …`, and makes sure that it leaves nothing behind.
    pub fn act(&self, repository: &Path, arguments: &[&str]) -> Run {
        let repository = repository.to_str().expect("UTF-8");
        let run = self.run(&[&["act", repository], arguments].concat());
        self.no_file_is_left();
        if !arguments.contains(&"--host") {
            self.nothing_is_left();
        }
        run
    }

    /// Starts `foundation act REPOSITORY`, its log in the file `log`.
    pub fn start(&self, repository: &Path) -> Child {
        let log = std::fs::File::create(self.path("log")).expect("a log");
        self.command(&["act", repository.to_str().expect("UTF-8")])
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs")
    }

    #[track_caller]
    pub fn no_file_is_left(&self) {
        let left: Vec<_> = std::fs::read_dir(self.path("tmp"))
            .expect("tmp")
            .flatten()
            .collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(
            std::fs::read_dir(self.path("home")).expect("home").count(),
            0,
            "something is in HOME"
        );
    }

    #[track_caller]
    pub fn nothing_is_left(&self) {
        self.no_file_is_left();
        let containers = self
            .containers()
            .expect("docker answers; `make setup` starts the engine");
        assert!(containers.is_empty(), "{containers:?}");
    }

    /// The containers of runs with this temporary folder.
    pub fn containers(&self) -> Option<Vec<String>> {
        let ours = self.path("tmp").display().to_string();
        let format = "{{.ID}} {{.Labels}}";
        let listed = docker(&[
            "ps",
            "--all",
            "--filter",
            "label=foundation.act",
            "--format",
            format,
        ])?;
        Some(
            listed
                .lines()
                .filter(|line| line.contains(&ours))
                .map(str::to_owned)
                .collect(),
        )
    }
}

impl Drop for Sandbox {
    /// A test that fails leaves no container of its own running either.
    fn drop(&mut self) {
        for container in self.containers().into_iter().flatten() {
            docker(&[
                "rm",
                "--force",
                "--volumes",
                container.split(' ').next().unwrap_or_default(),
            ]);
        }
    }
}

/// What docker prints, or nothing where it fails.
pub fn docker(arguments: &[&str]) -> Option<String> {
    let output = Command::new("docker").args(arguments).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
