//! The test forge server itself: what the other tests rely on it for.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::Path;

use serde_json::json;

#[path = "support/gitea.rs"]
mod gitea;
use gitea::{Gitea, git};

/// A local repository with a `master` and a `topic` one commit ahead of it.
fn local_repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(
        folder.path(),
        &["init", "--quiet", "--initial-branch=master"],
        None,
    );
    git(
        folder.path(),
        &["commit", "--quiet", "--allow-empty", "--message=feat: begin"],
        None,
    );
    git(folder.path(), &["switch", "--quiet", "--create=topic"], None);
    fs::write(folder.path().join("a.txt"), "a\n").unwrap();
    git(folder.path(), &["add", "."], None);
    git(folder.path(), &["commit", "--quiet", "--message=feat: a"], None);
    folder
}

#[test]
fn a_user_with_a_narrow_token_comments_and_sets_a_status() {
    let server = Gitea::shared();
    let repo = server.create_repo("narrow");
    let local = local_repository();
    server.push(&repo, local.path(), "master:refs/heads/master");
    let sha = server.push(&repo, local.path(), "topic:refs/heads/topic");
    let number = server.open_pull_request(&repo, "topic", "master", "feat: a");

    let token = server.create_user("robot", &["write:issue"]);
    server.add_writer(&repo, "robot");
    let comments = format!("/repos/{}/issues/{number}/comments", repo.full_name);
    let answer = server.api("POST", &comments, &token, Some(&json!({"body": "hello"})));
    assert_eq!(answer.status, 201, "{}", answer.body);
    let seen = server.comments(&repo, number);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["body"], "hello");
    assert_eq!(seen[0]["user"]["login"], "robot");

    // The same token may not set a status: scopes hold.
    let statuses = format!("/repos/{}/statuses/{sha}", repo.full_name);
    let status = json!({"context": "foundation/lint", "state": "failure"});
    assert_eq!(server.api("POST", &statuses, &token, Some(&status)).status, 403);
    let token = server.create_user_token("robot", &["write:repository"]);
    assert_eq!(server.api("POST", &statuses, &token, Some(&status)).status, 201);
    let status = json!({"context": "foundation/lint", "state": "success"});
    assert_eq!(server.api("POST", &statuses, &token, Some(&status)).status, 201);
    let newest = server.statuses(&repo, &sha);
    assert_eq!(newest.len(), 1);
    assert_eq!(newest[0]["status"], "success");
    assert_eq!(server.status_history(&repo, &sha).len(), 2);
}

#[test]
fn a_private_repository_is_hidden_from_strangers() {
    let server = Gitea::shared();
    let repo = server.create_repo_with(&json!({"name": "hidden", "private": true}));
    let stranger = server.create_user("stranger", &["write:repository"]);
    let path = format!("/repos/{}", repo.full_name);
    assert_eq!(server.api("GET", &path, &stranger, None).status, 404);
    assert_eq!(server.get(&path)["private"], true);
}

#[test]
fn a_dropped_server_leaves_no_process_and_no_file() {
    let server = Gitea::start();
    let process = format!("/proc/{}", server.pid());
    let owner = fs::read_to_string(format!("{process}/status")).unwrap();
    let uids = owner.lines().find(|line| line.starts_with("Uid:")).unwrap();
    assert!(
        !uids.split_whitespace().any(|uid| uid == "0"),
        "runs as root: {uids}"
    );
    let folder = server.folder().to_path_buf();
    assert!(folder.join("data.sqlite").exists());
    drop(server);
    assert!(!Path::new(&process).exists());
    assert!(!folder.exists());
}
