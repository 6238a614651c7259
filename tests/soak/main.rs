//! Long checks with hostile input, random kills and gigabytes: `make soak`, not `make test`.
//!
//! Everything follows from one seed, which is printed: `FOUNDATION_SOAK_SEED=7 make soak` repeats a run. The clock decides only
//! where a kill lands. `FOUNDATION_SOAK_PERCENT=5` does a twentieth of the work. What was run, and what came of it, is in
//! `docs/soak.md`.
#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs as a person's shell would"
)]
#![allow(clippy::print_stdout, reason = "a soak run tells what it did")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

#[path = "../semantic_release/build.rs"]
mod build;
#[path = "../semantic_release/case.rs"]
mod case;
mod checkout;
mod decisions;
#[path = "../semantic_release/differ.rs"]
mod differ;
#[path = "../semantic_release/differences.rs"]
mod differences;
#[path = "../support/generate.rs"]
mod generate;
mod gigabytes;
#[path = "../semantic_release/histories.rs"]
mod histories;
mod kills;
mod large;
#[path = "../semantic_release/messages.rs"]
mod messages;
mod names;
#[path = "../semantic_release/node.rs"]
mod node;
mod reports;
mod text;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use generate::Dice;

/// The dice of one check; each has its own, so that one check can be repeated alone.
fn dice(check: &str) -> Dice {
    let seed: u64 = std::env::var("FOUNDATION_SOAK_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_261_124);
    println!("{check}: seed {seed}");
    let own = check.bytes().fold(seed, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    Dice(own)
}

/// How often something is done in a whole run, and in the part of one that was asked for.
fn times(whole: usize) -> usize {
    let percent: usize = std::env::var("FOUNDATION_SOAK_PERCENT")
        .ok()
        .and_then(|p| p.parse().ok())
        .unwrap_or(100);
    (whole * percent / 100).max(2)
}

/// A binary of ours, with `PATH` and `HOME` as its whole environment; `first` is searched before the rest of `PATH`.
fn program(binary: &str, folder: &Path, first: Option<&Path>) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_foundation-lint")).with_file_name(binary));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = first
        .map(Path::to_owned)
        .into_iter()
        .chain(std::env::split_paths(&path));
    command
        .env_clear()
        .env("PATH", std::env::join_paths(folders).expect("a PATH"))
        .env("HOME", std::env::temp_dir())
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// The exit code; a signal (a panic that aborts, too) or Rust's 101 is a bug wherever it happens.
fn code(output: &Output) -> i32 {
    let code = output.status.code();
    match code {
        Some(code @ 0..=4) => code,
        _ => panic!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)),
    }
}

/// Makes a fresh repository of these files, with everything committed.
fn repository(files: &[(PathBuf, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, content) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, content).expect("a file");
    }
    let git = |arguments: &[&str]| generate::git(folder.path(), arguments).expect("git");
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=feat: begin"]);
    folder
}
