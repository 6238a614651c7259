//! A world of its own for each test: repositories, a home, a workspace, and an environment with nothing else in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::server::Server;

/// The token of every test. It must turn up nowhere.
pub const CANARY: &str = "canary-7d1f0c9e5b";

/// How long a test waits for what has to happen: far longer than any machine takes.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct World {
    folder: TempDir,
    /// The event's commit.
    pub sha: String,
}

/// How a run ended.
pub struct Ran {
    pub code: i32,
    pub log: String,
    pub out: String,
}

impl Ran {
    /// Asserts the exit code and that the log holds all of these words.
    #[track_caller]
    pub fn ends(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}", self.log);
        for word in words {
            assert!(self.log.contains(word), "no '{word}' in:\n{}", self.log);
        }
    }
}

impl World {
    /// A world whose forge holds `o/n` with three commits on `master`.
    pub fn new() -> Self {
        Self::of(&[])
    }

    /// The same, with arguments for `git init`.
    pub fn of(init: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut world = Self {
            folder,
            sha: String::new(),
        };
        for name in ["home", "ws", "git"] {
            std::fs::create_dir(world.path(name)).expect("a folder");
        }
        world.repository("o/n", init);
        for number in 1..=3 {
            world.commit("o/n", "file.txt", &format!("content {number}\n"));
        }
        world.sha = world.push("o/n", "master");
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The workspace.
    pub fn ws(&self) -> PathBuf {
        self.path("ws")
    }

    /// The bare repository.
    pub fn bare(&self, name: &str) -> PathBuf {
        self.path(&format!("git/{name}.git"))
    }

    fn work(&self, name: &str) -> PathBuf {
        self.path(&format!("work/{name}"))
    }

    /// Runs git and returns what it prints.
    #[track_caller]
    pub fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self
            .command("git", folder)
            .args(arguments)
            .output()
            .expect("git runs");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_owned();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            text(output.stderr)
        );
        text(output.stdout)
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let path = std::env::var_os("PATH").expect("PATH");
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path("home"));
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "protocol.file.allow"),
            ("GIT_CONFIG_VALUE_0", "always"),
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
        ] {
            command.env(name, value);
        }
        command
    }

    /// Makes a bare repository, and a place to commit to it from.
    pub fn repository(&self, name: &str, init: &[&str]) {
        for (path, bare) in [(self.bare(name), true), (self.work(name), false)] {
            std::fs::create_dir_all(&path).expect("a folder");
            let mut call = vec!["init", "--quiet", "--initial-branch=master"];
            call.extend(bare.then_some("--bare"));
            call.extend(init);
            self.git(&path, &call);
        }
        // As the forge sets it up.
        self.git(&self.bare(name), &["config", "uploadpack.allowFilter", "true"]);
        let bare = self.bare(name);
        self.git(
            &self.work(name),
            &["remote", "add", "origin", bare.to_str().expect("UTF-8")],
        );
    }

    /// Commits a file and returns the commit.
    pub fn commit(&self, name: &str, file: &str, content: &str) -> String {
        let work = self.work(name);
        std::fs::write(work.join(file), content).expect("written");
        self.git(&work, &["add", "--all"]);
        self.git(&work, &["commit", "--quiet", "--message", "chore: change"]);
        self.git(&work, &["rev-parse", "HEAD"])
    }

    /// Pushes to a branch or a full ref and returns the commit.
    pub fn push(&self, name: &str, to: &str) -> String {
        let full = if to.starts_with("refs/") {
            to.to_owned()
        } else {
            format!("refs/heads/{to}")
        };
        self.git(
            &self.work(name),
            &["push", "--quiet", "--force", "origin", &format!("HEAD:{full}")],
        );
        self.git(&self.work(name), &["rev-parse", "HEAD"])
    }

    /// Git in the place to commit from.
    pub fn in_work(&self, name: &str, arguments: &[&str]) -> String {
        self.git(&self.work(name), arguments)
    }

    /// A run of the workflow for the event's commit, with the repository in a folder.
    pub fn run(&self) -> Run<'_> {
        let remote = self.bare("o/n").to_string_lossy().into_owned();
        self.run_of("refs/heads/master").set("FOUNDATION_REMOTE", &remote)
    }

    /// A run of the workflow for the event's commit, with the repository at a server.
    pub fn run_at(&self, server: &Server) -> Run<'_> {
        self.run_of("refs/heads/master")
            .set("GITHUB_SERVER_URL", server.address())
    }

    /// A run for a ref, whose repository is at the server only.
    pub fn run_of(&self, git_ref: &str) -> Run<'_> {
        let set = [
            ("FORGEJO_ACTIONS", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "o/n"),
            ("GITHUB_EVENT_NAME", "workflow_call"),
            ("GITHUB_SERVER_URL", "http://127.0.0.1:9"),
            ("FOUNDATION_TOKEN", CANARY),
            ("GITHUB_REF", git_ref),
            ("GITHUB_SHA", &self.sha),
            ("GITHUB_WORKSPACE", &self.ws().to_string_lossy()),
            ("GITHUB_OUTPUT", &self.path("output").to_string_lossy()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Run {
            world: self,
            set: set.into(),
            arguments: Vec::new(),
        }
    }

    /// Git in the workspace.
    #[track_caller]
    pub fn ws_git(&self, arguments: &[&str]) -> String {
        self.git(&self.ws(), arguments)
    }

    /// A file of the workspace.
    #[track_caller]
    pub fn ws_file(&self, name: &str) -> String {
        std::fs::read_to_string(self.ws().join(name)).expect(name)
    }

    /// The programs at work in the workspace.
    pub fn at_work(&self) -> Vec<String> {
        let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
        processes
            .filter(|process| {
                std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(self.ws()))
            })
            .map(|process| {
                let line = std::fs::read_to_string(process.path().join("cmdline")).unwrap_or_default();
                line.replace('\0', " ")
            })
            .collect()
    }

    /// Every file below a folder, `.git` and all.
    pub fn files(&self, name: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut open = vec![self.path(name)];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => open.push(path),
                    _ => files.push(path),
                }
            }
        }
        files
    }
}

/// A run of the binary that is being put together.
pub struct Run<'a> {
    world: &'a World,
    set: Vec<(String, String)>,
    arguments: Vec<String>,
}

impl Run<'_> {
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.set.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn unset(mut self, name: &str) -> Self {
        self.set.retain(|(set, _)| set != name);
        self
    }

    /// At a person's terminal: none of the runner's variables.
    pub fn terminal(mut self) -> Self {
        self.set.retain(|(name, _)| {
            name.starts_with("FOUNDATION_")
                || name == "GITHUB_SHA"
                || name == "GITHUB_REF"
                || name == "GITHUB_WORKSPACE"
        });
        self
    }

    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub fn go(self) -> Ran {
        let output = self.command().output().expect("it runs");
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        Ran {
            code: output.status.code().unwrap_or(-1),
            log: format!("{out}{err}"),
            out: out.into_owned(),
        }
    }

    /// Starts it, lets it run until something is so, and kills it by the signal that leaves no time to tidy up. It must
    /// not have ended by then.
    #[track_caller]
    pub fn killed_when(self, so: impl Fn() -> bool) {
        let mut child = self
            .command()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let begin = Instant::now();
        while !so() {
            assert!(begin.elapsed() < PATIENCE, "what was waited for did not happen");
            std::thread::sleep(Duration::from_millis(1));
        }
        let ended = child.try_wait().expect("a state");
        assert_eq!(ended, None, "it ended before it was killed");
        child.kill().expect("killed");
        child.wait().expect("gone");
    }

    fn command(self) -> Command {
        let binary = env!("CARGO_BIN_EXE_foundation-checkout");
        let mut command = self.world.command(binary, self.world.folder.path());
        for name in [
            "GIT_CONFIG_NOSYSTEM",
            "GIT_CONFIG_COUNT",
            "GIT_CONFIG_KEY_0",
            "GIT_CONFIG_VALUE_0",
        ] {
            command.env_remove(name);
        }
        command.args(self.arguments).envs(self.set);
        command
    }

    /// Runs it and asserts that it ends well.
    #[track_caller]
    pub fn good(self) -> Ran {
        let ran = self.go();
        ran.ends(0, &[]);
        ran
    }
}
