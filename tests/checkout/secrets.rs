//! The token: to the forge and nowhere else.

use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;

use crate::server::{Manner, Server};
use crate::world::{CANARY, World};

/// Every form in which the token could be found.
fn forms() -> [Vec<u8>; 3] {
    let encode = |text: String| {
        base64::engine::general_purpose::STANDARD
            .encode(text)
            .into_bytes()
    };
    [
        CANARY.into(),
        encode(CANARY.into()),
        encode(format!("x-access-token:{CANARY}")),
    ]
}

fn holds_it(bytes: &[u8]) -> bool {
    forms()
        .iter()
        .any(|form| bytes.windows(form.len()).any(|window| window == form))
}

#[track_caller]
fn nowhere(world: &World) {
    for file in ["ws", "home", "output"].iter().flat_map(|name| world.files(name)) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!holds_it(&bytes), "the token is in {}", file.display());
    }
    assert!(!holds_it(
        &std::fs::read(world.path("output")).unwrap_or_default()
    ));
}

#[test]
fn a_private_repository_is_read_and_the_token_is_nowhere_afterwards() {
    let world = World::new();
    let server = Server::start(&world.path("git"));
    server.behaves(Manner {
        private: true,
        holds: true,
        ..Manner::default()
    });
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut rounds = 0;
            while !done.load(Ordering::Relaxed) {
                for process in std::fs::read_dir("/proc").expect("/proc").flatten() {
                    let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
                    assert!(
                        !holds_it(&line),
                        "the token is in a process list: {}",
                        String::from_utf8_lossy(&line)
                    );
                }
                rounds += 1;
                // Git holds the token now. Once it was looked at, the server goes on.
                if rounds > 3 && server.packs() > 0 {
                    server.behaves(Manner {
                        private: true,
                        ..Manner::default()
                    });
                }
            }
            rounds
        });
        let run = world.run_at(&server);
        let ran = run.arg("--history=full").arg("--tags").go();
        done.store(true, Ordering::Relaxed);
        assert!(watch.join().expect("the token is in no process list") > 3);
        ran.ends(0, &[]);
        assert!(!holds_it(ran.log.as_bytes()), "{}", ran.log);
    });
    assert_eq!(world.ws_file("file.txt"), "content 3\n");
    nowhere(&world);
    let config = world.ws_file(".git/config");
    assert!(
        config.contains(&format!("url = \"{}/o/n.git\"", server.address())),
        "{config}"
    );
    // A later step's git has to bring a token of its own.
    let later = std::panic::catch_unwind(|| world.ws_git(&["fetch", "--quiet"]));
    assert!(later.is_err(), "a private repository is fetched without a token");
}

#[test]
fn a_token_from_a_file_and_the_runners_own() {
    let world = World::new();
    let server = Server::start(&world.path("git"));
    server.behaves(Manner {
        private: true,
        ..Manner::default()
    });
    let file = world.path("token");
    std::fs::write(&file, format!("{CANARY}\n")).expect("written");
    let run = || world.run_at(&server).unset("FOUNDATION_TOKEN");
    run()
        .set("FOUNDATION_TOKEN_FILE", file.to_str().expect("UTF-8"))
        .arg("--path=a")
        .good();
    run().set("GITHUB_TOKEN", CANARY).arg("--path=b").good();
    run()
        .set("FOUNDATION_TOKEN", "two\nlines")
        .arg("--path=c")
        .go()
        .ends(2, &["blanks or control characters"]);
}

#[test]
fn a_redirect_or_another_host_never_gets_it() {
    let world = World::new();
    let (forge, elsewhere) = (
        Server::start(&world.path("git")),
        Server::start(&world.path("git")),
    );
    let run = || world.run_at(&forge);
    let to = format!(
        "301 Moved\r\nlocation: {}/o/n.git/info/refs?service=git-upload-pack",
        elsewhere.address()
    );
    forge.behaves(Manner {
        instead: Some((99, to)),
        ..Manner::default()
    });
    run().go().ends(2, &["redirects to", "--repository or --remote"]);
    assert_eq!(elsewhere.seen(), [], "the redirect is not followed");
    run()
        .set("FOUNDATION_REMOTE", &format!("{}/o/n.git", elsewhere.address()))
        .arg("--path=x")
        .good();
    assert!(
        !elsewhere.seen().is_empty() && elsewhere.seen().iter().all(|(_, token)| !token),
        "{:?}",
        elsewhere.seen()
    );
}

#[test]
fn failures_do_not_show_it_either() {
    let world = World::new();
    let server = Server::start(&world.path("git"));
    let run = || world.run_at(&server);
    for instead in [
        "401 Unauthorized",
        "302 Found\r\nlocation: http://x/canary-7d1f0c9e5b",
    ] {
        server.behaves(Manner {
            instead: Some((99, instead.into())),
            ..Manner::default()
        });
        let ran = run().go();
        assert_eq!(ran.code, 2, "{}", ran.log);
        assert!(!holds_it(ran.log.as_bytes()), "{}", ran.log);
    }
    nowhere(&world);
}

#[test]
fn hostile_refs_run_nothing_and_forge_no_log_command() {
    let world = World::new();
    let name = "--upload-pack=touch${IFS}ran;";
    let nothing_ran = || world.files(".").iter().all(|file| !file.ends_with("ran"));
    world.in_work(
        "o/n",
        &["push", "--quiet", "origin", &format!("HEAD:refs/heads/{name}")],
    );
    let remote = world.bare("o/n").to_string_lossy().into_owned();
    let run = world
        .run_of(&format!("refs/heads/{name}"))
        .set("FOUNDATION_REMOTE", &remote);
    let ran = run.good();
    assert!(
        ran.log.contains("git cannot stand on a branch of that name"),
        "{}",
        ran.log
    );
    assert_eq!(world.ws_git(&["rev-parse", "HEAD"]), world.sha);
    world.run().arg(&format!("--ref={name}")).arg("--path=x").good();
    assert!(nothing_ran());
    for git_ref in [
        "refs/heads/a\n::error::forged",
        "refs/heads/a b",
        "refs/heads/a:b",
    ] {
        let ran = world
            .run_of(git_ref)
            .set("FOUNDATION_REMOTE", &remote)
            .arg("--path=y")
            .go();
        assert_eq!(ran.code, 2, "{}", ran.log);
        assert!(
            !ran.log.lines().any(|line| line.starts_with("::error")),
            "{}",
            ran.log
        );
    }
    world
        .run()
        .set("GITHUB_SHA", "--upload-pack=touch ran")
        .arg("--path=z")
        .good();
    assert!(nothing_ran());
}
