//! The commit status and the sticky comment, seen on a real forge server.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

#[path = "support/gitea.rs"]
mod gitea;
use gitea::{Gitea, Repo, git};

const RED: &str = "key: value   \n";
const GREEN: &str = "key: value\n";

/// A pull request with the folders `a` and `b` on a real server, and the clone that a job would work in.
struct Bed {
    server: &'static Gitea,
    repo: Repo,
    token: String,
    number: u64,
    folder: tempfile::TempDir,
}

impl Bed {
    fn new(name: &str) -> Self {
        let server = Gitea::shared();
        let repo = server.create_repo(name);
        let robot = format!("robot-{name}");
        let token = server.create_user(&robot, &["write:repository", "write:issue", "read:user"]);
        server.add_writer(&repo, &robot);
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        git(at, &["init", "--quiet", "--initial-branch=master"], None);
        std::fs::write(at.join(".yamllint"), "rules:\n  trailing-spaces: enable\n").expect("a file");
        for part in ["a", "b"] {
            std::fs::create_dir(at.join(part)).expect("a folder");
            std::fs::write(at.join(part).join("conf.yml"), GREEN).expect("a file");
        }
        git(at, &["add", "."], None);
        git(at, &["commit", "--quiet", "--message=feat: begin"], None);
        server.push(&repo, at, "HEAD:refs/heads/master");
        let bed = Self {
            server,
            repo,
            token,
            number: 0,
            folder,
        };
        bed.commit("a", RED);
        let number = server.open_pull_request(&bed.repo, "topic", "master", "feat: more");
        Self { number, ..bed }
    }

    fn at(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a part's file, commits it and pushes it as the pull request's head.
    fn commit(&self, part: &str, text: &str) -> String {
        std::fs::write(self.at().join(part).join("conf.yml"), text).expect("a file");
        git(
            self.at(),
            &[
                "commit",
                "--quiet",
                "--all",
                "--allow-empty",
                "--message=feat: change",
            ],
            None,
        );
        self.server.push(&self.repo, self.at(), "HEAD:refs/heads/topic")
    }

    /// A job's run of lint in `folder` for a commit, as the runner's environment tells it.
    fn start(&self, folder: &Path, sha: &str, run: u32, part: Option<&str>) -> Child {
        let event = json!({"number": self.number, "pull_request": {"number": self.number,
            "head": {"sha": sha, "ref": "topic", "repo": {"full_name": self.repo.full_name}},
            "base": {"sha": sha, "ref": "master", "repo": {"full_name": self.repo.full_name}}}});
        let events = tempfile::Builder::new()
            .suffix(".json")
            .tempfile()
            .expect("a file")
            .keep()
            .expect("kept")
            .1;
        std::fs::write(&events, event.to_string()).expect("a file");
        let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".cache/tools/bin");
        let mut command = Command::new(env!("CARGO_BIN_EXE_foundation-lint"));
        command
            .args(part)
            .current_dir(folder)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", tools.display()))
            .env("FORGEJO_ACTIONS", "true")
            .env("FORGEJO_SERVER_URL", &self.server.url)
            .env("FORGEJO_REPOSITORY", &self.repo.full_name)
            .env("FORGEJO_SHA", sha)
            .env("FORGEJO_REF", format!("refs/pull/{}/head", self.number))
            .env("FORGEJO_EVENT_NAME", "workflow_call")
            .env("FORGEJO_EVENT_PATH", &events)
            .env("FORGEJO_RUN_NUMBER", run.to_string())
            .env(
                "FORGEJO_WORKFLOW_REF",
                format!(
                    "{}/.forgejo/workflows/ci.yml@refs/heads/topic",
                    self.repo.full_name
                ),
            )
            .env("FOUNDATION_TOKEN", &self.token)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("foundation-lint")
    }

    fn run(&self, sha: &str, run: u32, part: Option<&str>) -> i32 {
        finish(self.start(self.at(), sha, run, part), &self.token).0
    }

    fn comments(&self) -> Vec<Value> {
        self.server.comments(&self.repo, self.number)
    }
}

/// The exit code and the log, which never holds the token.
fn finish(child: Child, token: &str) -> (i32, String) {
    let output = child.wait_with_output().expect("foundation-lint");
    let log = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!log.contains(token), "the token is in the log");
    let code = output.status.code().expect("an exit code");
    assert!(matches!(code, 0 | 1), "exit {code}: {log}");
    (code, log)
}

#[test]
fn ten_runs_leave_one_comment_and_one_status_with_the_last_result() {
    let bed = Bed::new("ten-runs");
    let mut first = None;
    for run in 1..=10 {
        let red = run % 2 == 1;
        let sha = bed.commit("a", if red { RED } else { GREEN });
        assert_eq!(bed.run(&sha, run, None), i32::from(red), "run {run}");
        let comments = bed.comments();
        assert_eq!(comments.len(), 1, "after run {run}: {comments:?}");
        let comment = &comments[0];
        assert_eq!(
            comment["id"],
            *first.get_or_insert(comment["id"].clone()),
            "updated, not replaced"
        );
        let body = comment["body"].as_str().expect("a body");
        assert!(body.contains(&sha), "{body}");
        assert_eq!(body.contains("trailing"), red, "run {run}: {body}");
        let statuses = bed.server.statuses(&bed.repo, &sha);
        assert_eq!(statuses.len(), 1, "{statuses:?}");
        assert_eq!(statuses[0]["context"], "foundation/lint");
        assert_eq!(statuses[0]["status"], if red { "failure" } else { "success" });
    }
}

#[test]
fn of_two_runs_at_once_one_comment_stands_with_the_newer_commits_result() {
    let bed = Bed::new("two-at-once");
    for round in 0..4 {
        // The first round starts without a comment, the later ones with one that stands.
        let older = bed.commit("a", RED);
        let workspace = tempfile::tempdir().expect("a folder");
        git(
            workspace.path(),
            &["clone", "--quiet", &bed.at().display().to_string(), "."],
            None,
        );
        let newer = bed.commit("a", GREEN);
        let two = bed.start(bed.at(), &newer, 2 * round + 2, None);
        let one = bed.start(workspace.path(), &older, 2 * round + 1, None);
        assert_eq!(finish(one, &bed.token).0, 1);
        assert_eq!(finish(two, &bed.token).0, 0);
        let comments = bed.comments();
        assert_eq!(comments.len(), 1, "round {round}: {comments:?}");
        let body = comments[0]["body"].as_str().expect("a body");
        assert!(body.contains(&newer), "round {round}: {body}");
        for (sha, state) in [(&older, "failure"), (&newer, "success")] {
            assert_eq!(bed.server.statuses(&bed.repo, sha)[0]["status"], state);
        }
    }
}

#[test]
fn a_red_and_a_green_folder_of_one_commit_stay_both_visible() {
    let bed = Bed::new("two-folders");
    let sha = bed.commit("a", RED);
    assert_eq!(bed.run(&sha, 1, Some("a")), 1);
    assert_eq!(bed.run(&sha, 1, Some("b")), 0);
    let mut statuses: Vec<(String, String)> = bed
        .server
        .statuses(&bed.repo, &sha)
        .iter()
        .map(|status| {
            (
                status["context"].as_str().unwrap_or("").into(),
                status["status"].as_str().unwrap_or("").into(),
            )
        })
        .collect();
    statuses.sort();
    let expected = [
        ("foundation/lint (a)", "failure"),
        ("foundation/lint (b)", "success"),
    ];
    assert_eq!(
        statuses,
        expected.map(|(context, state)| (context.to_owned(), state.to_owned()))
    );
    assert_eq!(bed.comments().len(), 2);
}

#[test]
fn a_comment_that_somebody_else_copied_is_left_alone() {
    let bed = Bed::new("copied");
    let sha = bed.commit("a", RED);
    assert_eq!(bed.run(&sha, 1, None), 1);
    let body = bed.comments()[0]["body"].clone();
    // The administrator repeats our comment to the letter, marker and all; then ours goes.
    let path = format!("/repos/{}/issues/{}/comments", bed.repo.full_name, bed.number);
    let copy = bed.server.post(&path, &json!({ "body": body }));
    assert_eq!(bed.run(&sha, 2, None), 1);
    let comments = bed.comments();
    assert_eq!(comments.len(), 2, "{comments:?}");
    assert!(
        comments
            .iter()
            .any(|comment| comment["id"] == copy["id"] && comment["body"] == body)
    );
}

#[test]
fn a_token_that_may_not_tell_is_a_configuration_failure_that_says_so() {
    let bed = Bed::new("read-only");
    let sha = bed.commit("a", GREEN);
    let token = bed
        .server
        .create_user("robot-reader", &["read:repository", "read:user"]);
    let bed = Bed { token, ..bed };
    let output = bed
        .start(bed.at(), &sha, 1, None)
        .wait_with_output()
        .expect("foundation-lint");
    let log = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{log}");
    assert!(log.contains("error: the forge answered 403"), "{log}");
}
