//! Each kind of event, and what a person may ask for beside it.

use crate::server::Server;
use crate::world::World;

#[test]
fn a_push_stands_on_its_branch_with_one_commit_and_a_plain_origin() {
    let world = World::new();
    let ran = world.run().good();
    assert!(
        ran.log.contains("checked out commit") && ran.log.contains("(branch master)"),
        "{}",
        ran.log
    );
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
    assert_eq!(world.ws_git(&["symbolic-ref", "HEAD"]), "refs/heads/master");
    assert_eq!(world.ws_git(&["rev-parse", "origin/master"]), world.sha);
    assert_eq!(world.ws_git(&["rev-list", "--count", "HEAD"]), "1");
    assert_eq!(world.ws_git(&["status", "--porcelain"]), "");
    assert_eq!(world.ws_git(&["remote"]), "origin");
    assert_eq!(world.ws_git(&["tag"]), "");
    assert_eq!(world.ws_file("file.txt"), "content 3\n");
    let outputs = std::fs::read_to_string(world.path("output")).expect("outputs");
    assert!(
        outputs.contains(&world.sha) && outputs.contains("refs/heads/master"),
        "{outputs}"
    );
    // A later step of the job goes on from here as after any clone.
    world.commit("o/n", "file.txt", "content 4\n");
    world.push("o/n", "master");
    world.ws_git(&["pull", "--quiet", "--ff-only"]);
    assert_eq!(world.ws_file("file.txt"), "content 4\n");
    assert!(
        !world.path("home/.gitconfig").exists(),
        "nothing is set for the user"
    );
}

#[test]
fn an_annotated_tag_keeps_its_message() {
    let world = World::new();
    world.in_work("o/n", &["tag", "--annotate", "v1.0.0", "--message", "the first"]);
    world.in_work("o/n", &["push", "--quiet", "origin", "v1.0.0"]);
    let remote = world.bare("o/n");
    world
        .run_of("refs/tags/v1.0.0")
        .set("FOUNDATION_REMOTE", remote.to_str().expect("UTF-8"))
        .good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
    assert_eq!(
        world.ws_git(&["rev-parse", "--abbrev-ref", "HEAD"]),
        "HEAD",
        "detached"
    );
    assert_eq!(world.ws_git(&["cat-file", "-t", "v1.0.0"]), "tag");
    assert_eq!(world.ws_git(&["describe", "--exact-match"]), "v1.0.0");
}

#[test]
fn a_run_for_the_tag_object_itself_checks_its_commit_out() {
    let mut world = World::new();
    let commit = world.sha.clone();
    world.in_work("o/n", &["tag", "--annotate", "v1", "--message", "x"]);
    world.in_work("o/n", &["push", "--quiet", "origin", "v1"]);
    world.sha = world.in_work("o/n", &["rev-parse", "v1"]);
    assert_ne!(world.sha, commit);
    let remote = world.bare("o/n").to_string_lossy().into_owned();
    let run = || world.run_of("refs/tags/v1").set("FOUNDATION_REMOTE", &remote);
    run().good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), commit);
    assert!(run().good().log.contains("already holds"));
}

#[test]
fn a_pull_request_from_a_fork_comes_from_the_repository_it_was_made_for() {
    let mut world = World::new();
    world.commit("o/n", "fork.txt", "from elsewhere\n");
    world.sha = world.push("o/n", "refs/pull/7/head");
    let event = world.path("event.json");
    let payload = serde_json::json!({"number": 7, "action": "opened", "pull_request": {"number": 7,
        "head": {"sha": world.sha, "ref": "feat", "repo": {"full_name": "stranger/n", "clone_url": "http://127.0.0.1:9/stranger/n.git"}},
        "base": {"sha": "0", "ref": "master", "repo": {"full_name": "o/n"}}}});
    std::fs::write(&event, payload.to_string()).expect("written");
    let server = Server::start(&world.path("git"));
    world
        .run_of("refs/pull/7/head")
        .set("GITHUB_SERVER_URL", server.address())
        .set("GITHUB_EVENT_PATH", event.to_str().expect("UTF-8"))
        .good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
    assert_eq!(
        world.ws_git(&["rev-parse", "--abbrev-ref", "HEAD"]),
        "HEAD",
        "detached"
    );
    assert_eq!(world.ws_file("fork.txt"), "from elsewhere\n");
    assert!(
        server
            .seen()
            .iter()
            .all(|(path, _)| path.starts_with("/o/n.git/")),
        "{:?}",
        server.seen()
    );
}

#[test]
fn pull_request_target_gets_the_base_and_not_the_strangers_code() {
    let world = World::new();
    world.commit("o/n", "fork.txt", "hostile\n");
    let head = world.push("o/n", "refs/pull/7/head");
    let event = world.path("event.json");
    let payload = serde_json::json!({"pull_request": {"number": 7, "head": {"sha": head}, "base": {"sha": world.sha, "ref": "master"}}});
    std::fs::write(&event, payload.to_string()).expect("written");
    world
        .run()
        .set("GITHUB_EVENT_NAME", "pull_request_target")
        .set("GITHUB_EVENT_PATH", event.to_str().expect("UTF-8"))
        .good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
    assert!(!world.ws().join("fork.txt").exists());
}

#[test]
fn by_hand_and_by_the_clock_is_a_branch_as_well() {
    for (name, payload) in [
        ("workflow_dispatch", "{\"inputs\":{}}"),
        ("schedule", "{\"schedule\":\"@weekly\"}"),
    ] {
        let world = World::new();
        let event = world.path("event.json");
        std::fs::write(&event, payload).expect("written");
        // The branch has moved on since the run was started: the run's commit counts.
        world.commit("o/n", "file.txt", "later\n");
        world.push("o/n", "master");
        let run = world.run().set("GITHUB_EVENT_NAME", name);
        run.set("GITHUB_EVENT_PATH", event.to_str().expect("UTF-8"))
            .good();
        assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha, "{name}");
        assert_eq!(
            world.ws_git(&["symbolic-ref", "HEAD"]),
            "refs/heads/master",
            "{name}"
        );
    }
}

#[test]
fn names_of_branches_tags_and_commits() {
    let world = World::new();
    let first = world.in_work("o/n", &["rev-parse", "HEAD~2"]);
    world.in_work(
        "o/n",
        &[
            "push",
            "--quiet",
            "origin",
            "HEAD~1:refs/heads/feat/x",
            "HEAD~2:refs/tags/v1",
        ],
    );
    let second = world.in_work("o/n", &["rev-parse", "HEAD~1"]);
    for (name, wanted, head) in [
        ("feat/x", &second, "feat/x"),
        ("refs/heads/feat/x", &second, "feat/x"),
        ("v1", &first, "HEAD"),
        ("refs/tags/v1", &first, "HEAD"),
        (first.as_str(), &first, "HEAD"),
    ] {
        world
            .run()
            .arg("--ref")
            .arg(name)
            .arg("--path")
            .arg(&name.replace('/', "-"))
            .good();
        let folder = world.ws().join(name.replace('/', "-"));
        assert_eq!(&world.git(&folder, &["rev-parse", "HEAD"]), wanted, "{name}");
        assert_eq!(
            world.git(&folder, &["rev-parse", "--abbrev-ref", "HEAD"]),
            head,
            "{name}"
        );
    }
    world
        .run()
        .arg("--ref=no/such")
        .arg("--path=y")
        .go()
        .ends(2, &["has no branch or tag 'no/such'"]);
}

#[test]
fn another_repository_means_its_default_branch() {
    let world = World::new();
    world.repository("o/other", &[]);
    let other = {
        world.commit("o/other", "other.txt", "x");
        world.push("o/other", "master")
    };
    let server = Server::start(&world.path("git"));
    let run = world
        .run_of("refs/heads/feat")
        .set("GITHUB_SERVER_URL", server.address());
    run.set("FOUNDATION_REPOSITORY", "o/other")
        .set("FOUNDATION_PATH", "vendor/other")
        .good();
    let folder = world.ws().join("vendor/other");
    assert_eq!(world.git(&folder, &["rev-parse", "HEAD"]), other);
    assert_eq!(world.git(&folder, &["symbolic-ref", "HEAD"]), "refs/heads/master");
}

#[test]
fn full_history_holds_all_branches_without_old_contents() {
    let world = World::new();
    world.in_work(
        "o/n",
        &[
            "push",
            "--quiet",
            "origin",
            "HEAD~1:refs/heads/feat",
            "HEAD~2:refs/tags/v1",
        ],
    );
    let server = Server::start(&world.path("git"));
    let run = || {
        world
            .run_of("refs/heads/master")
            .set("GITHUB_SERVER_URL", server.address())
            .arg("--history=full")
    };
    run().good();
    assert_eq!(world.ws_git(&["rev-list", "--count", "HEAD"]), "3");
    assert_eq!(world.ws_git(&["symbolic-ref", "HEAD"]), "refs/heads/master");
    assert_eq!(world.ws_git(&["tag"]), "");
    world.ws_git(&["rev-parse", "--verify", "origin/feat"]);
    let missing = world.ws_git(&["rev-list", "--objects", "--all", "--missing=print"]);
    assert_eq!(
        missing.lines().filter(|line| line.starts_with('?')).count(),
        2,
        "{missing}"
    );
    assert_eq!(world.ws_file("file.txt"), "content 3\n");
    run().arg("--tags").good();
    assert_eq!(world.ws_git(&["tag"]), "v1");
}

#[test]
fn a_depth_is_that_many_commits() {
    let world = World::new();
    world.run().arg("--depth=2").good();
    assert_eq!(world.ws_git(&["rev-list", "--count", "HEAD"]), "2");
    // Less is there already; more is not.
    assert!(world.run().good().log.contains("already holds"));
    world.run().arg("--depth=3").good();
    assert_eq!(world.ws_git(&["rev-list", "--count", "HEAD"]), "3");
}

#[test]
fn a_sha_256_repository() {
    let world = World::of(&["--object-format=sha256"]);
    assert_eq!(world.sha.len(), 64);
    world.run().good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
    assert_eq!(world.ws_git(&["rev-parse", "--show-object-format"]), "sha256");
    let server = Server::start(&world.path("git"));
    let run = world
        .run_of("refs/heads/master")
        .set("GITHUB_SERVER_URL", server.address());
    run.arg("--ref=master").arg("--path=byname").good();
    assert_eq!(
        world.git(&world.ws().join("byname"), &["rev-parse", "HEAD"]),
        world.sha
    );
}

#[test]
fn json_is_one_document() {
    let world = World::new();
    for fetched in [true, false] {
        let ran = world.run().set("FOUNDATION_FORMAT", "json").good();
        let document: serde_json::Value =
            serde_json::from_str(&ran.out).expect("JSON alone on standard output");
        assert_eq!(document["schema"], 1);
        assert_eq!(document["commit"], world.sha.as_str());
        assert_eq!(document["fetched"], fetched);
    }
}

#[test]
fn a_terminal_needs_nothing_but_a_folder() {
    let world = World::new();
    let remote = world.bare("o/n").to_string_lossy().into_owned();
    let run = world
        .run()
        .terminal()
        .unset("GITHUB_SHA")
        .unset("GITHUB_REF")
        .unset("GITHUB_WORKSPACE");
    run.arg("--path").arg("here").arg("--remote").arg(&remote).good();
    let head = std::fs::read_to_string(world.path("here/file.txt")).expect("checked out");
    assert_eq!(head, "content 3\n");
}
