//! Checkout, killed at random moments and then repeated: the same as one clean run.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::kills::{kill, left_in};
use crate::{code, dice, generate, program, times};

const CANARY: &str = "canary-3f9c1d7e5b";

fn checkout(folder: &Path, url: &str, commit: &str, history: &str) -> Command {
    let mut command = program("foundation-checkout", folder, None);
    command
        .env("FOUNDATION_TOKEN", CANARY)
        .args(["--remote", url, "--ref", commit, "--history", history]);
    command
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("git");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a checkout is, for our purposes: its commit, its files, and that none of them differs.
fn state(folder: &Path) -> (String, String, String) {
    let status = git(folder, &["status", "--porcelain=v1", "--untracked-files=all"]);
    (
        git(folder, &["rev-parse", "HEAD"]),
        git(folder, &["ls-files", "-s"]),
        status,
    )
}

#[test]
fn checkout_killed() {
    let place = tempfile::tempdir().expect("a folder");
    let bare = place.path().join("origin.git");
    generate::history(&bare, 4, 2_000, 600).expect("a history");
    let commit = git(&bare, &["rev-parse", "master"]).trim().to_owned();
    let url = format!("file://{}", bare.display());
    for (history, rounds) in [("shallow", 200), ("full", 60)] {
        let mut dice = dice(&format!("checkout killed, {history}"));
        let clean = place.path().join(format!("clean-{history}"));
        std::fs::create_dir(&clean).expect("a folder");
        let start = Instant::now();
        let output = checkout(&clean, &url, &commit, history)
            .output()
            .expect("checkout");
        assert_eq!(code(&output), 0, "{}", String::from_utf8_lossy(&output.stderr));
        let whole = start.elapsed();
        let expected = state(&clean);
        assert_eq!((expected.1.lines().count(), expected.2.as_str()), (600, ""));
        let (rounds, mut killed) = (times(rounds), 0);
        for round in 0..rounds {
            let folder = place.path().join("work");
            std::fs::create_dir(&folder).expect("a folder");
            // Now and then more than once.
            for _ in 0..=dice.below(3) {
                killed += usize::from(kill(
                    &mut checkout(&folder, &url, &commit, history),
                    &mut dice,
                    whole,
                ));
            }
            let output = checkout(&folder, &url, &commit, history)
                .output()
                .expect("checkout");
            assert_eq!(
                code(&output),
                0,
                "round {round}: {}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert_eq!(state(&folder), expected, "round {round}");
            assert_eq!(left_in(&folder), Vec::<String>::new(), "round {round}");
            let mut grep = Command::new("grep");
            grep.args(["--recursive", "--files-with-matches", "--text", CANARY])
                .arg(&folder);
            assert_eq!(
                grep.output().expect("grep").status.code(),
                Some(1),
                "round {round}: the token is on disk"
            );
            std::fs::remove_dir_all(&folder).expect("removed");
        }
        println!(
            "checkout killed, {history}: {rounds} rounds, {killed} kills while it ran, each repeat as a clean run"
        );
    }
}
