//! Node and we take turns on one repository: each goes on where the other stopped, by tags and git notes alone.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::build::build;
use crate::case::{Case, Op};
use crate::differ;
use crate::differences::for_node;
use crate::node;

/// Who releases.
#[derive(Debug, Clone, Copy)]
enum Who {
    Node,
    We,
}

fn git(repo: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.org"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .current_dir(repo)
        .output()
        .expect("git");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Releases for real. The version, or none where nothing was to be done.
fn release(who: Who, repo: &Path) -> Option<String> {
    match who {
        Who::Node => {
            let answer = node::ask("--release", repo, &for_node(&Case::default()).1);
            assert_eq!(answer.error, None, "{answer:?}");
            answer.version
        }
        Who::We => {
            let output = Command::new(env!("CARGO_BIN_EXE_foundation-semantic-release"))
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .env("HOME", "/nonexistent")
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .args(["--dry-run=false", "--forge", "none", "--format", "json"])
                .arg(repo)
                .stdin(Stdio::null())
                .output()
                .expect("our binary");
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {told}", output.status);
            let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            json["packages"][0]["next"].as_str().map(str::to_owned)
        }
    }
}

/// What both would do now, which has to be the same.
fn both(repo: &Path) -> Option<String> {
    let node = node::ask("", repo, &for_node(&Case::default()).1);
    let ours = differ::ours(&Case::default(), repo);
    assert_eq!(ours.broken, None);
    assert_eq!(
        (&node.version, &node.last, &node.channel),
        (&ours.version, &ours.last, &ours.channel),
        "{node:?}"
    );
    node.version
}

/// The whole way through branches and channels; `first` and the other one in turn.
fn turns(first: Who) {
    let second = match first {
        Who::Node => Who::We,
        Who::We => Who::Node,
    };
    let folder = tempfile::tempdir().expect("a folder");
    let case = Case {
        name: "turns".to_owned(),
        branch: "master".to_owned(),
        commits: vec![Op {
            message: Some("feat: start".to_owned()),
            ..Op::default()
        }],
        ..Case::default()
    };
    let repo = build(&case, folder.path()).expect("a repository");
    let commit = |message: &str| {
        git(&repo, &["commit", "-q", "--allow-empty", "-m", message]);
    };
    let step = |who: Who, expected: Option<&str>| {
        git(&repo, &["push", "-q", "origin", "HEAD"]);
        assert_eq!(both(&repo).as_deref(), expected, "before {who:?}");
        assert_eq!(release(who, &repo).as_deref(), expected, "{who:?}");
        // Nothing is left for the other one.
        assert_eq!(both(&repo), None, "after {who:?} released {expected:?}");
    };
    step(first, Some("1.0.0"));
    commit("fix: one");
    step(second, Some("1.0.1"));
    commit("feat: two");
    step(first, Some("1.1.0"));
    git(&repo, &["checkout", "-q", "-b", "beta"]);
    commit("feat: three");
    step(second, Some("1.2.0-beta.1"));
    commit("fix: four");
    step(first, Some("1.2.0-beta.2"));
    commit("fix: five");
    step(second, Some("1.2.0-beta.3"));
    git(&repo, &["checkout", "-q", "master"]);
    git(&repo, &["checkout", "-q", "-b", "next"]);
    commit("feat!: six");
    step(first, Some("2.0.0"));
    commit("fix: seven");
    step(second, Some("2.0.1"));
    git(&repo, &["checkout", "-q", "master"]);
    git(&repo, &["merge", "-q", "--ff-only", "next"]);
    // Only channels move: 2.0.1 comes to the default one, and then nothing is left for the other.
    step(first, None);
    commit("chore: eight");
    step(second, Some("2.0.2"));
    let remote = git(&repo, &["ls-remote", "origin"]);
    for tag in ["v1.0.0", "v1.0.1", "v1.1.0", "v1.2.0-beta.3", "v2.0.1", "v2.0.2"] {
        assert!(
            remote.contains(&format!("refs/tags/{tag}")),
            "{tag} was not pushed:\n{remote}"
        );
        assert!(
            remote.contains(&format!("refs/notes/semantic-release-{tag}")),
            "{tag} has no note:\n{remote}"
        );
    }
}

#[test]
fn node_first_then_we() {
    turns(Who::Node);
}

#[test]
fn we_first_then_node() {
    turns(Who::We);
}
