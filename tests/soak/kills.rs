//! Killed at a random moment, by the signal that leaves no time to tidy up.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::generate::{self, Dice, Shape};
use crate::{code, dice, program, times};

/// Starts a program, and kills it after a random part of `whole`. Says whether it was still running.
pub fn kill(command: &mut Command, dice: &mut Dice, whole: Duration) -> bool {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    std::thread::sleep(whole.mul_f64(dice.below(1100) as f64 / 1000.0));
    let running = child.try_wait().expect("a state").is_none();
    let _ = child.kill();
    let _ = child.wait();
    running
}

/// The processes whose working directory is in `folder`.
pub fn left_in(folder: &Path) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("proc").flatten();
    processes
        .filter(|process| {
            std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
        })
        .map(|process| {
            std::fs::read_to_string(process.path().join("cmdline"))
                .unwrap_or_default()
                .replace('\0', " ")
        })
        .collect()
}

#[test]
fn lint_killed() {
    let root = tempfile::tempdir().expect("a folder");
    let shape = Shape {
        seed: 4,
        javascript: 8,
        yaml: 4,
        shell: 3,
    };
    generate::repository(root.path(), &shape).expect("a repository");
    let lint = || program("foundation-lint", root.path(), None);
    let start = Instant::now();
    assert_eq!(code(&lint().output().expect("lint")), 0);
    let whole = start.elapsed();
    let mut dice = dice("lint killed");
    let rounds = times(100);
    let mut killed = 0;
    for round in 0..rounds {
        killed += usize::from(kill(&mut lint(), &mut dice, whole));
        let deadline = Instant::now() + Duration::from_secs(60);
        while !left_in(root.path()).is_empty() {
            assert!(
                Instant::now() < deadline,
                "round {round}: {:?} outlive us",
                left_in(root.path())
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert_eq!(code(&lint().output().expect("lint")), 0);
    println!("lint killed: {rounds} rounds, {killed} of them while it ran, nothing left running");
}
