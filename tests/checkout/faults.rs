//! What goes wrong, and how it is told: what happened, to what, and what to do.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use crate::server::{Manner, Server};
use crate::world::{PATIENCE, World};

/// A git that speaks the old protocol, in which a server hands out refs only.
fn old_protocol(world: &World) {
    std::fs::write(world.path("home/.gitconfig"), "[protocol]\n\tversion = 0\n").expect("written");
}

#[test]
fn a_force_pushed_branch_whose_commit_vanished() {
    for old in [false, true] {
        let mut world = World::new();
        if old {
            old_protocol(&world);
        }
        let now = world.sha.clone();
        world.sha = "1234567890123456789012345678901234567890".into();
        world.run().go().ends(
            2,
            &[
                "commit 123456789012 is not in",
                &format!("branch master is at {} now", &now[..12]),
                "force-pushed",
                "hint:",
            ],
        );
    }
}

#[test]
fn that_a_commit_vanished_is_told_without_fetching_all_of_the_history() {
    let mut world = World::new();
    for number in 0..100 {
        world.commit("o/n", "file.txt", &format!("later {number}\n"));
    }
    world.push("o/n", "master");
    world.sha = "1234567890123456789012345678901234567890".into();
    let url = format!("file://{}", world.bare("o/n").display());
    for name in ["refs/heads/master", "1234567890123456789012345678901234567890"] {
        let run = world.run().set("FOUNDATION_REMOTE", &url);
        let run = if name.starts_with("refs/") {
            run
        } else {
            run.arg("--ref").arg(name)
        };
        run.go().ends(2, &["commit 123456789012 is not in"]);
        let count = world.ws_git(&["count-objects", "-v"]);
        let packed = count.lines().filter_map(|line| line.split_once(": "));
        let objects: u32 = packed
            .filter(|(name, _)| ["count", "in-pack"].contains(name))
            .map(|(_, number)| number.parse::<u32>().expect("a number"))
            .sum();
        assert!(objects < 12, "{count}");
    }
}

#[test]
fn a_branch_that_was_deleted_with_its_commit() {
    let mut world = World::new();
    world.sha = "1234567890123456789012345678901234567890".into();
    let remote = world.bare("o/n").to_string_lossy().into_owned();
    let run = world.run_of("refs/heads/gone").set("FOUNDATION_REMOTE", &remote);
    run.go()
        .ends(2, &["commit 123456789012", "branch gone is gone as well"]);
    let run = world.run().arg("--ref=1234567890123456789012345678901234567890");
    run.go()
        .ends(2, &["commit 123456789012 is not in", "--ref takes"]);
}

#[test]
fn a_force_pushed_branch_whose_commit_is_still_there_is_what_the_run_is_for() {
    let world = World::new();
    world.in_work("o/n", &["reset", "--quiet", "--hard", "HEAD~2"]);
    world.commit("o/n", "file.txt", "another way\n");
    world.push("o/n", "master");
    world.run().good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
}

#[test]
fn a_server_that_hands_out_refs_only() {
    let world = World::new();
    old_protocol(&world);
    for number in 0..60 {
        world.commit("o/n", "file.txt", &format!("later {number}\n"));
    }
    world.push("o/n", "master");
    let server = Server::start(&world.path("git"));
    let run = || world.run_at(&server);
    run().good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
    let sha = world.sha.clone();
    run().arg("--path=sub").arg("--ref").arg(&sha).good();
}

#[test]
fn a_tag_that_was_deleted_while_its_commit_stays() {
    let world = World::new();
    let remote = world.bare("o/n").to_string_lossy().into_owned();
    world
        .run_of("refs/tags/v1")
        .set("FOUNDATION_REMOTE", &remote)
        .good();
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
}

#[test]
fn the_forge_is_away_for_a_moment_and_for_good() {
    let world = World::new();
    let server = Server::start(&world.path("git"));
    let run = || world.run_at(&server);
    server.behaves(Manner {
        instead: Some((3, "502 Bad Gateway".into())),
        ..Manner::default()
    });
    let ran = run().good();
    assert!(
        ran.log.contains("502 Bad Gateway") && ran.log.contains("trying again"),
        "{}",
        ran.log
    );
    server.behaves(Manner {
        instead: Some((99, "503 Service Unavailable".into())),
        ..Manner::default()
    });
    run()
        .arg("--path=x")
        .go()
        .ends(3, &["answers 503", "try again later"]);
    run()
        .set("GITHUB_SERVER_URL", "http://127.0.0.1:9")
        .arg("--path=y")
        .go()
        .ends(3, &["cannot reach http://127.0.0.1:9/o/n.git"]);
}

#[test]
fn what_the_token_may_not_read_is_told_at_once_and_as_a_matter_of_configuration() {
    let world = World::new();
    let server = Server::start(&world.path("git"));
    let run = || world.run_at(&server);
    server.behaves(Manner {
        private: true,
        ..Manner::default()
    });
    run()
        .set("FOUNDATION_TOKEN", "wrong-token")
        .go()
        .ends(2, &["401 Unauthorized", "FOUNDATION_TOKEN"]);
    run()
        .unset("FOUNDATION_TOKEN")
        .go()
        .ends(2, &["401 Unauthorized", "no token was given"]);
    server.behaves(Manner::default());
    run()
        .arg("--repository=o/none")
        .go()
        .ends(2, &["404 Not Found", "no such repository"]);
    run().good();
}

#[test]
fn the_time_limit_holds_for_all_of_it() {
    let world = World::new();
    let server = Server::start(&world.path("git"));
    server.behaves(Manner {
        holds: true,
        ..Manner::default()
    });
    let started = Instant::now();
    let run = world.run_at(&server);
    run.arg("--timeout=1s")
        .go()
        .ends(3, &["did not end within the 1 s", "--timeout"]);
    assert!(started.elapsed() < PATIENCE);
}

#[test]
fn a_folder_that_is_no_repository() {
    let world = World::new();
    let run = |remote: &str| world.run().set("FOUNDATION_REMOTE", remote);
    run(&world.path("nothing").to_string_lossy())
        .go()
        .ends(2, &["nothing cannot be read"]);
    run(&world.path("home").to_string_lossy())
        .go()
        .ends(2, &["is no git repository"]);
    world.repository("o/empty", &[]);
    let empty = world.bare("o/empty").to_string_lossy().into_owned();
    run(&empty)
        .unset("GITHUB_SHA")
        .unset("GITHUB_REF")
        .go()
        .ends(2, &["it holds no commit yet"]);
    run("https://ada:pw@h/x")
        .go()
        .ends(2, &["holds a user or a password"]);
    let bare = world.bare("o/n");
    if std::os::unix::fs::chown(&bare, Some(12345), None).is_ok() {
        run(&bare.to_string_lossy())
            .go()
            .ends(2, &["belongs to user 12345", "safe.directory"]);
    }
}

#[test]
fn a_commit_of_the_wrong_kind_of_repository() {
    let world = World::new();
    let sha = "a".repeat(64);
    world
        .run()
        .set("GITHUB_SHA", &sha)
        .go()
        .ends(2, &["names its commits by 40 digits"]);
}

/// A folder of programs that a test brings along, before all others on `PATH` or alone.
fn programs(world: &World, scripts: &[(&str, &str)]) -> String {
    let folder = world.path("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, script) in scripts {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
    }
    folder.to_string_lossy().into_owned()
}

#[test]
fn git_is_missing_too_old_or_git_lfs_is_missing() {
    let world = World::new();
    let alone = programs(&world, &[]);
    world
        .run()
        .set("PATH", &alone)
        .go()
        .ends(3, &["git is not on PATH", "hint:"]);
    let old = programs(
        &world,
        &[(
            "git",
            "case \"$*\" in *version) echo 'git version 2.20.1';; *fetch*) exit 128;; *init*) mkdir -p .git; : > .git/config;; esac",
        )],
    );
    world
        .run()
        .set("PATH", &format!("{old}:/usr/bin:/bin"))
        .go()
        .ends(3, &["git version 2.20.1 is too old"]);
    world
        .run()
        .set("PATH", &old)
        .arg("--lfs")
        .go()
        .ends(3, &["git-lfs is not on PATH", "--lfs"]);
}

#[test]
fn git_is_killed_or_crashes() {
    for script in ["kill -9 $$", "kill -11 $$", "exit 0"] {
        let world = World::new();
        let real = "/usr/bin/git";
        let path = programs(
            &world,
            &[(
                "git",
                &format!("case \"$*\" in *checkout*) {script};; *) exec {real} \"$@\";; esac"),
            )],
        );
        let path = format!("{path}:/usr/bin:/bin");
        let ran = world.run().set("PATH", &path).go();
        assert_eq!(ran.code, 3, "{script}: {}", ran.log);
        world.run().good();
        assert_eq!(world.ws_file("file.txt"), "content 3\n");
    }
}
