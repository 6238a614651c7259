//! The folder: what it may hold, whose it is, and what happens after a kill.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::time::{Duration, Instant};

use crate::server::{Manner, Server};
use crate::world::{PATIENCE, World};

/// A person's own clone in the workspace, as `act --bind` brings it.
fn bound(world: &World) {
    let (bare, ws) = (world.bare("o/n"), world.ws());
    world.git(
        &world.path("."),
        &[
            "clone",
            "--quiet",
            bare.to_str().expect("UTF-8"),
            ws.to_str().expect("UTF-8"),
        ],
    );
}

#[test]
fn a_workspace_that_holds_the_commit_is_left_alone_dirty_or_not() {
    let world = World::new();
    bound(&world);
    let config = world.ws_file(".git/config");
    let run = || world.run().set("FOUNDATION_REMOTE", "/no/such/remote");
    assert!(run().good().log.contains("already holds commit"));
    std::fs::write(world.ws().join("file.txt"), "my work\n").expect("written");
    std::fs::write(world.ws().join("new.txt"), "my work\n").expect("written");
    let ran = run().good();
    assert!(
        ran.log
            .contains("its 2 changed or new files are left as they are"),
        "{}",
        ran.log
    );
    assert_eq!(world.ws_file("file.txt"), "my work\n");
    assert_eq!(world.ws_file(".git/config"), config);
}

#[test]
fn a_persons_clone_that_lacks_what_was_asked_for_is_no_pass() {
    let world = World::new();
    let url = format!("file://{}", world.bare("o/n").display());
    world.git(
        &world.path("."),
        &[
            "clone",
            "--quiet",
            "--depth=1",
            &url,
            world.ws().to_str().expect("UTF-8"),
        ],
    );
    world
        .run()
        .arg("--history=full")
        .go()
        .ends(2, &["its history is shallow", "nothing was changed"]);
}

#[test]
fn a_clone_at_another_commit_and_other_files_are_never_touched() {
    let world = World::new();
    bound(&world);
    world.ws_git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    world
        .run()
        .go()
        .ends(2, &["holds a git repository at", "nothing was changed"]);
    assert_eq!(world.ws_file("file.txt"), "content 2\n");
    std::fs::remove_dir_all(world.ws().join(".git")).expect("removed");
    world
        .run()
        .go()
        .ends(2, &["is not empty (it holds file.txt)", "--path"]);
    assert_eq!(world.ws_file("file.txt"), "content 2\n");
}

#[test]
fn run_again_is_nothing_and_a_newer_commit_replaces_the_older() {
    let mut world = World::new();
    world.run().good();
    assert!(world.run().good().log.contains("already holds commit"));
    std::fs::write(world.ws().join("left-over.txt"), "x").expect("written");
    std::fs::create_dir_all(world.ws().join(".git/hooks")).expect("a folder");
    std::fs::write(
        world.ws().join(".git/hooks/post-checkout"),
        "#!/bin/sh\ntouch /tmp/hooked\n",
    )
    .expect("written");
    world.commit("o/n", "file.txt", "content 4\n");
    world.sha = world.push("o/n", "master");
    let ran = world.run().good();
    assert!(
        ran.log.contains("removing the earlier checkout") && ran.log.contains("with 1 changed or new files"),
        "{}",
        ran.log
    );
    assert_eq!(world.ws_file("file.txt"), "content 4\n");
    assert!(
        !world.ws().join("left-over.txt").exists(),
        "the same as one clean run"
    );
    assert!(!world.ws().join(".git/hooks").exists());
}

#[test]
fn a_persons_work_in_our_checkout_is_not_thrown_away_at_a_terminal() {
    let mut world = World::new();
    world.run().terminal().good();
    world.ws_git(&["commit", "--quiet", "--allow-empty", "--message", "my work"]);
    let mine = world.ws_git(&["rev-parse", "HEAD"]);
    world.commit("o/n", "file.txt", "content 4\n");
    world.sha = world.push("o/n", "master");
    world
        .run()
        .terminal()
        .go()
        .ends(4, &["holds changes that checking"]);
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), mine);
    // Nor is another repository's checkout replaced, here or on a runner.
    world.repository("o/other", &[]);
    world.commit("o/other", "x", "x");
    world.push("o/other", "master");
    let other = world.bare("o/other").to_string_lossy().into_owned();
    world
        .run()
        .set("FOUNDATION_REMOTE", &other)
        .arg("--ref=master")
        .go()
        .ends(2, &["holds a checkout of"]);
}

#[test]
fn killed_half_way_and_run_again() {
    let world = World::new();
    let server = Server::start(&world.path("git"));
    // No pack is handed out, so no run can end well before it is killed.
    server.behaves(Manner {
        holds: true,
        ..Manner::default()
    });
    // Git and what git started, too, although they wait for a server that says nothing more.
    let nothing_is_left = || {
        let begin = Instant::now();
        while !world.at_work().is_empty() {
            assert!(begin.elapsed() < PATIENCE, "left running: {:?}", world.at_work());
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    for milliseconds in [0, 2, 5, 10, 20, 40] {
        let begin = Instant::now();
        world
            .run_at(&server)
            .killed_when(|| begin.elapsed() >= Duration::from_millis(milliseconds));
        nothing_is_left();
    }
    let packs = server.packs();
    world.run_at(&server).killed_when(|| server.packs() > packs);
    nothing_is_left();
    // As git leaves it when it is killed while it writes the files.
    std::fs::write(world.ws().join(".git/index.lock"), "").expect("written");
    std::fs::write(world.ws().join("half.txt"), "ha").expect("written");
    server.behaves(Manner::default());
    let ran = world.run_at(&server).good();
    assert!(ran.log.contains("which was cut short"), "{}", ran.log);
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
    assert_eq!(world.ws_git(&["status", "--porcelain"]), "");
    assert!(!world.ws().join("half.txt").exists());
}

#[test]
fn another_users_folder_is_refused_before_it_is_touched() {
    let world = World::new();
    let folder = if chown(world.ws(), Some(12345), Some(12345)).is_ok() {
        world.ws()
    } else {
        // Only root gives folders away; everybody else finds one of root's.
        "/usr".into()
    };
    let owner = std::fs::metadata(&folder).expect("a folder").uid();
    let run = world
        .run()
        .set("GITHUB_WORKSPACE", folder.to_str().expect("UTF-8"));
    run.go().ends(
        2,
        &[
            &format!("belongs to user {owner}"),
            "nothing was changed",
            "hint:",
        ],
    );
    assert!(!folder.join(".git").exists());
}

#[test]
fn a_folder_that_cannot_be_written_to() {
    let world = World::new();
    world
        .run()
        .set("GITHUB_WORKSPACE", "/proc/no-workspace")
        .go()
        .ends(3, &["cannot write to /proc/no-workspace"]);
    std::fs::write(world.ws().join("file"), "").expect("written");
    world.run().arg("--path=file").go().ends(2, &["is no folder"]);
    world
        .run()
        .arg("--path=../x")
        .go()
        .ends(2, &["leads out of the workspace"]);
}

#[test]
fn links_in_an_earlier_checkout_are_removed_and_not_followed() {
    let mut world = World::new();
    world.run().good();
    let precious = world.path("precious");
    std::fs::create_dir(&precious).expect("a folder");
    std::fs::write(precious.join("x"), "x").expect("written");
    std::os::unix::fs::symlink(&precious, world.ws().join("link")).expect("a link");
    std::os::unix::fs::symlink(&precious, world.ws().join(".git/link")).expect("a link");
    world.commit("o/n", "file.txt", "content 4\n");
    world.sha = world.push("o/n", "master");
    world.run().good();
    assert!(precious.join("x").exists());
    assert!(!world.ws().join("link").exists());
}
