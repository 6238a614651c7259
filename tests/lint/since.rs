//! `--since`: what has changed, never "nothing" for want of history.

use crate::sandbox::{Sandbox, command};

const BAD: &str = "key: value  \n";

/// A repository with a history: `base` on master, then a branch with one changed and one new file; everything was bad before.
fn branched() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&[("old.yml", BAD), ("touched.yml", BAD)]);
    let base = sandbox.commit();
    sandbox.file("master.yml", BAD);
    sandbox.commit();
    sandbox.git(&["checkout", "--quiet", "-b", "topic", &base]);
    sandbox.file("touched.yml", "key: other  \n");
    sandbox.file("new/file.yml", BAD);
    sandbox.commit();
    (sandbox, base)
}

fn paths(sandbox: &Sandbox, arguments: &[&str], code: i32) -> Vec<String> {
    let run = sandbox.lint(&[arguments, &["--format", "json"]].concat());
    run.expect(code);
    run.findings()
        .iter()
        .map(|one| one.split(':').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn committed_uncommitted_and_untracked_changes_since_the_merge_base() {
    let (sandbox, base) = branched();
    assert_eq!(
        paths(&sandbox, &["--since", "master"], 1),
        ["new/file.yml", "touched.yml"]
    );
    sandbox.file("old.yml", "key: x  \n");
    sandbox.file("untracked.yml", BAD);
    assert_eq!(
        paths(&sandbox, &["--since", &base], 1),
        ["new/file.yml", "old.yml", "touched.yml", "untracked.yml"]
    );
    assert_eq!(paths(&sandbox, &["new", "--since", &base], 1), ["new/file.yml"]);
    sandbox
        .lint(&["--since", "HEAD", "--linters", "eslint"])
        .expect(0)
        .says("nothing to lint");
}

#[test]
fn a_revision_that_is_not_there() {
    let (sandbox, _) = branched();
    sandbox
        .lint(&["--since", "no-such-branch"])
        .expect(3)
        .says("no-such-branch is not here");
    sandbox
        .lint(&["--since=--output=x"])
        .expect(2)
        .says("is no revision");
}

#[test]
fn no_history_in_common() {
    let (sandbox, base) = branched();
    sandbox.git(&["checkout", "--quiet", "--orphan", "other"]);
    sandbox.commit();
    sandbox
        .lint(&["--since", &base])
        .expect(3)
        .says("no history in common");
}

/// A clone of depth 1 of the branch, beside the repository it comes from.
fn shallow(sandbox: &Sandbox) -> std::path::PathBuf {
    let clone = sandbox.root().join("clone");
    let done = command("git")
        .args(["clone", "--quiet", "--depth=1", "--branch=topic"])
        .arg(format!("file://{}", sandbox.root().display()))
        .arg(&clone)
        .output()
        .expect("git");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    clone
}

#[test]
fn a_shallow_clone_is_deepened_until_the_merge_base_is_there() {
    let (sandbox, base) = branched();
    // Further away than one step of deepening.
    for _ in 0..120 {
        sandbox.git(&["commit", "--quiet", "--allow-empty", "--message=more"]);
    }
    for revision in ["origin/master", "master", &base] {
        let clone = shallow(&sandbox);
        let run = sandbox.lint_in("clone", &["--since", revision, "--format", "json"]);
        run.expect(1);
        assert_eq!(run.findings().len(), 2, "{run}");
        std::fs::remove_dir_all(clone).expect("removed");
    }
}

#[test]
fn a_shallow_clone_whose_remote_is_gone() {
    let (sandbox, base) = branched();
    let clone = shallow(&sandbox);
    command("git")
        .args(["remote", "set-url", "origin", "file:///nowhere"])
        .current_dir(&clone)
        .status()
        .expect("git");
    for revision in [base.as_str(), "master"] {
        let run = sandbox.lint_in("clone", &["--since", revision]);
        run.expect(3).never_says("nothing to lint");
    }
}

#[test]
fn auto_takes_the_revision_from_the_event() {
    let (mut sandbox, base) = branched();
    let event = sandbox.beside("event.json");
    let zeros = "0".repeat(40);
    for (payload, findings) in [
        (format!(r#"{{"before":"{base}"}}"#), 2),
        (format!(r#"{{"before":"{zeros}"}}"#), 3),
        (r#"{"schedule":"@daily"}"#.to_owned(), 3),
        (
            format!(r#"{{"pull_request":{{"number":1,"base":{{"sha":"{base}"}}}}}}"#),
            2,
        ),
    ] {
        std::fs::write(&event, payload).expect("a file");
        sandbox
            .variable("FORGEJO_ACTIONS", "true")
            .variable("FORGEJO_EVENT_PATH", &event);
        let run = sandbox.lint(&["--since", "auto", "--format", "json"]);
        assert_eq!(run.expect(1).findings().len(), findings, "{run}");
    }
}
