//! On a real forge server: private repositories, a pull request from a fork, LFS over HTTP, a force push.

use serde_json::json;

use crate::gitea::{ADMIN, Gitea, Repo};
use crate::world::{Run, World};

/// A run of the workflow on that server, for a repository of its own there.
fn run<'a>(world: &'a World, repo: &Repo, git_ref: &str, token: &str) -> Run<'a> {
    world
        .run_of(git_ref)
        .set("GITHUB_SERVER_URL", &Gitea::shared().url)
        .set("GITHUB_REPOSITORY", &repo.full_name)
        .set("FOUNDATION_TOKEN", token)
}

fn private(name: &str) -> Repo {
    Gitea::shared().create_repo_with(&json!({"name": name, "private": true}))
}

#[test]
fn a_private_repository_its_submodule_and_the_token_nowhere() {
    let (forge, world) = (Gitea::shared(), World::new());
    let lib = private("checkout-lib");
    let sha = forge.push(&lib, &world.path("work/o/n"), "HEAD:refs/heads/master");
    world.repository("o/app", &[]);
    world.commit(
        "o/app",
        ".gitmodules",
        "[submodule \"lib\"]\n\tpath = lib\n\turl = ../checkout-lib.git\n",
    );
    world.in_work(
        "o/app",
        &[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{sha},lib"),
        ],
    );
    world.in_work("o/app", &["commit", "--quiet", "--message", "feat: lib"]);
    let app = private("checkout-app");
    let sha = forge.push(&app, &world.path("work/o/app"), "HEAD:refs/heads/master");
    let token = forge.create_user_token(ADMIN, &["read:repository"]);
    let run = |token: &str| run(&world, &app, "refs/heads/master", token).set("GITHUB_SHA", &sha);
    run("0123456789012345678901234567890123456789")
        .go()
        .ends(2, &["there is no such repository, or the token may not read it"]);
    let ran = run(&token).arg("--history=full").arg("--submodules").good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), sha);
    assert_eq!(world.ws_file("lib/file.txt"), "content 3\n");
    assert!(!ran.log.contains(&token));
    for file in world.files("ws") {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(
            !bytes
                .windows(token.len())
                .any(|window| window == token.as_bytes()),
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_pull_request_from_a_fork() {
    let (forge, world) = (Gitea::shared(), World::new());
    let repo = private("checkout-fork");
    forge.push(&repo, &world.path("work/o/n"), "HEAD:refs/heads/master");
    let stranger = forge.create_user("stranger", &["write:repository", "write:user", "write:issue"]);
    forge.add_writer(&repo, "stranger");
    let forked = forge.api(
        "POST",
        &format!("/repos/{}/forks", repo.full_name),
        &stranger,
        Some(&json!({})),
    );
    assert_eq!(forked.status, 202, "{}", forked.body);
    let fork = Repo {
        full_name: "stranger/checkout-fork".into(),
        clone_url: format!("{}/stranger/checkout-fork.git", forge.url),
    };
    let sha = world.commit("o/n", "fork.txt", "proposed\n");
    forge.push(&fork, &world.path("work/o/n"), "HEAD:refs/heads/feat");
    let number = forge.open_pull_request(&repo, "stranger:feat", "master", "a change");
    // The token reads the base repository only, as the automatic one does.
    let git_ref = format!("refs/pull/{number}/head");
    run(&world, &repo, &git_ref, &forge.token)
        .set("GITHUB_SHA", &sha)
        .good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), sha);
    assert_eq!(world.ws_file("fork.txt"), "proposed\n");
}

#[test]
fn a_force_push_takes_nothing_away_while_the_forge_keeps_the_commit() {
    let (forge, world) = (Gitea::shared(), World::new());
    let repo = private("checkout-forced");
    let work = world.path("work/o/n");
    let before = forge.push(&repo, &work, "HEAD:refs/heads/master");
    world.in_work("o/n", &["reset", "--quiet", "--hard", "HEAD~1"]);
    world.commit("o/n", "file.txt", "another way\n");
    let after = forge.push(&repo, &work, "HEAD:refs/heads/master");
    run(&world, &repo, "refs/heads/master", &forge.token)
        .set("GITHUB_SHA", &before)
        .good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), before);
    let gone = "1234567890123456789012345678901234567890";
    let run = run(&world, &repo, "refs/heads/master", &forge.token)
        .set("GITHUB_SHA", gone)
        .arg("--path=x");
    run.go().ends(
        2,
        &[
            "commit 123456789012 is not in",
            &format!("is at {} now", &after[..12]),
        ],
    );
}

#[test]
fn lfs_files_of_a_private_repository() {
    let (forge, world) = (Gitea::shared(), World::new());
    let repo = private("checkout-lfs");
    world.in_work("o/n", &["lfs", "install", "--local"]);
    world.in_work("o/n", &["lfs", "track", "*.bin"]);
    for number in 0..20 {
        std::fs::write(
            world.path(&format!("work/o/n/{number}.bin")),
            format!("large {number}\n"),
        )
        .expect("written");
    }
    let sha = world.commit("o/n", "last.bin", "large content\n");
    forge.push(&repo, &world.path("work/o/n"), "HEAD:refs/heads/master");
    let ran = run(&world, &repo, "refs/heads/master", &forge.token)
        .set("GITHUB_SHA", &sha)
        .arg("--lfs")
        .good();
    assert_eq!(world.ws_file("last.bin"), "large content\n");
    assert_eq!(world.ws_file("7.bin"), "large 7\n");
    assert_eq!(world.ws_git(&["status", "--porcelain"]), "");
    assert!(!ran.log.contains(&forge.token));
    for file in world.files("ws") {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let token = forge.token.as_bytes();
        assert!(
            !bytes.windows(token.len()).any(|window| window == token),
            "{}",
            file.display()
        );
    }
}
