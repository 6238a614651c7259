//! A repository on the forge, the clone a job works in, and runs as the runner starts them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::gitea::{ADMIN, Gitea, Repo, git};

/// The context of the commit status.
pub const STATUS: &str = "foundation/semantic-release";

/// A repository of the administrator's, and the token of somebody who may write to it, as the automatic one may.
pub struct Bed {
    pub server: &'static Gitea,
    pub repo: Repo,
    pub token: String,
    folder: tempfile::TempDir,
    runs: AtomicU32,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub log: String,
    pub outputs: BTreeMap<String, String>,
}

impl Ran {
    /// Fails unless the run ended like this, with these words in its log.
    pub fn ends(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{}", self.log);
        for word in words {
            assert!(self.log.contains(word), "no {word:?} in:\n{}", self.log);
        }
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.log))
    }
}

/// A manifest of npm.
pub fn manifest(name: &str, more: &str) -> String {
    format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"0.0.0\"{more}\n}}\n")
}

impl Bed {
    /// An empty repository on the server, and a clone without a commit.
    pub fn new(name: &str) -> Self {
        let server = Gitea::shared();
        let repo = server.create_repo(name);
        let robot = format!("robot-{name}");
        let token = server.create_user(&robot, &["write:repository", "write:issue", "read:user"]);
        server.add_writer(&repo, &robot);
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("work")).expect("a folder");
        let bed = Self {
            server,
            repo,
            token,
            folder,
            runs: AtomicU32::new(1),
        };
        bed.git(&["init", "--quiet", "--initial-branch=master"]);
        bed
    }

    /// The same with one commit on `master`.
    pub fn with(name: &str, message: &str, files: &[(&str, &str)]) -> Self {
        let bed = Self::new(name);
        bed.commit(message, files);
        bed.push("HEAD:refs/heads/master");
        bed
    }

    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.work(), arguments, None)
    }

    /// Writes files and commits them, the message to the letter.
    pub fn commit(&self, message: &str, files: &[(&str, &str)]) -> String {
        for (name, text) in files {
            let file = self.work().join(name);
            std::fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            std::fs::write(file, text).expect("a file");
        }
        self.git(&["add", "--all"]);
        let message = format!("--message={message}");
        self.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--cleanup=verbatim",
            &message,
        ]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub fn push(&self, refspec: &str) -> String {
        self.server.push(&self.repo, &self.work(), refspec)
    }

    /// Brings what the server has, and stands on its `master`.
    pub fn fetch(&self) -> String {
        let refs = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
        self.git(&[
            "fetch",
            "--quiet",
            "--prune",
            &self.repo.clone_url,
            refs[0],
            refs[1],
        ]);
        self.git(&[
            "checkout",
            "--quiet",
            "--force",
            "--detach",
            "refs/remotes/origin/master",
        ]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// A path of the API below the repository.
    pub fn api(&self, path: &str) -> String {
        format!("/repos/{}{path}", self.repo.full_name)
    }

    /// Opens a pull request from a branch. Gives its number.
    pub fn open(&self, head: &str, title: &str, body: &str) -> u64 {
        let ask = json!({"head": head, "base": "master", "title": title, "body": body});
        let made = self.server.post(&self.api("/pulls"), &ask);
        made["number"].as_u64().expect("a number")
    }

    /// A run of the workflow on a push of the commit that is checked out to `master`.
    pub fn pushed(&self) -> Run<'_> {
        let sha = self.git(&["rev-parse", "HEAD"]);
        let event = json!({"ref": "refs/heads/master", "before": "1".repeat(40), "after": sha});
        Run::new(self, &event, "refs/heads/master", &sha)
    }

    /// A run of the workflow on a pull request, with what the forge says about it now as its event. Its commit is checked out.
    pub fn proposed(&self, number: u64) -> Run<'_> {
        let pull = self.server.get(&self.api(&format!("/pulls/{number}")));
        let sha = pull["head"]["sha"].as_str().expect("a commit").to_owned();
        let git_ref = format!("refs/pull/{number}/head");
        // Every proposed commit was made in this clone.
        self.git(&["checkout", "--quiet", "--force", "--detach", &sha]);
        let event = json!({"action": "edited", "number": number, "pull_request": pull});
        Run::new(self, &event, &git_ref, &sha)
    }

    pub fn comments(&self, number: u64) -> Vec<String> {
        let all = self.server.comments(&self.repo, number);
        let body = |comment: &Value| comment["body"].as_str().expect("a body").to_owned();
        all.iter().map(body).collect()
    }

    /// State and words of our status of a commit.
    pub fn status(&self, sha: &str) -> (String, String) {
        let all = self.server.statuses(&self.repo, sha);
        let own: Vec<&Value> = all.iter().filter(|status| status["context"] == STATUS).collect();
        assert_eq!(own.len(), 1, "{all:?}");
        let text = |key: &str| own[0][key].as_str().unwrap_or_default().to_owned();
        (text("status"), text("description"))
    }

    /// Tags on the server, by name.
    pub fn tags(&self) -> Vec<String> {
        let list = git(
            &self.work(),
            &["ls-remote", "--refs", "--tags", &self.repo.clone_url],
            None,
        );
        list.lines()
            .filter_map(|line| line.split_once("refs/tags/"))
            .map(|(_, name)| name.to_owned())
            .collect()
    }

    pub fn releases(&self) -> Vec<Value> {
        let list = self.server.get(&self.api("/releases"));
        list.as_array().cloned().expect("a list")
    }

    /// The newest commit of `master` on the server.
    pub fn master(&self) -> String {
        let line = git(
            &self.work(),
            &["ls-remote", &self.repo.clone_url, "refs/heads/master"],
            None,
        );
        line.split('\t').next().unwrap_or_default().to_owned()
    }
}

/// A run that is about to start.
pub struct Run<'a> {
    bed: &'a Bed,
    command: Command,
    output: PathBuf,
    token: String,
}

impl<'a> Run<'a> {
    fn new(bed: &'a Bed, event: &Value, git_ref: &str, sha: &str) -> Self {
        let run = bed.runs.fetch_add(1, Ordering::Relaxed);
        let at = |name: &str| bed.path(&format!("{name}-{run}"));
        std::fs::write(at("event.json"), event.to_string()).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_foundation-semantic-release"));
        let tools = env!("CARGO_MANIFEST_DIR");
        let workflow = format!("{}/.forgejo/workflows/release.yml@{git_ref}", bed.repo.full_name);
        command
            .current_dir(bed.work())
            .env_clear()
            .env("PATH", format!("{tools}/.cache/tools/bin:/usr/bin:/bin"))
            .env("HOME", bed.folder.path())
            .env("FORGEJO_ACTIONS", "true")
            .env("FORGEJO_SERVER_URL", &bed.server.url)
            .env("FORGEJO_REPOSITORY", &bed.repo.full_name)
            .env("FORGEJO_SHA", sha)
            .env("FORGEJO_REF", git_ref)
            // What a called workflow sees, whatever started the caller.
            .env("FORGEJO_EVENT_NAME", "workflow_call")
            .env("FORGEJO_EVENT_PATH", at("event.json"))
            .env("FORGEJO_RUN_NUMBER", run.to_string())
            .env("FORGEJO_WORKFLOW_REF", workflow)
            .env("FORGEJO_OUTPUT", at("output"))
            .stdin(Stdio::null());
        Self {
            bed,
            command,
            output: at("output"),
            token: bed.token.clone(),
        }
    }

    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    /// With a token that may publish packages of the repository's owner.
    pub fn publishing(self) -> Self {
        let token = self.bed.server.create_user_token(ADMIN, &["write:package"]);
        self.set("FOUNDATION_REGISTRY_TOKEN", &token)
    }

    pub fn go(mut self) -> Ran {
        self.command.env("FOUNDATION_TOKEN", &self.token);
        let done = self.command.output().expect("foundation-semantic-release");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&done.stdout), text(&done.stderr));
        let log = format!("{stdout}{stderr}");
        assert!(!log.contains(&self.token), "the token is in the log:\n{log}");
        Ran {
            code: done.status.code().expect("an exit code"),
            stdout,
            log,
            outputs: outputs(&self.output),
        }
    }
}

/// The outputs as a runner reads them.
fn outputs(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut lines = text.lines();
    let mut all = BTreeMap::new();
    while let Some(line) = lines.next() {
        let (name, end) = line.split_once("<<").expect("a name and a delimiter");
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        all.insert(name.to_owned(), value.join("\n"));
    }
    all
}
