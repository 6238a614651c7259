//! Checkout at depth 1 of a repository with a long history, against the three git commands a person would type.

use std::path::Path;
use std::process::Command;

use crate::generate;
use crate::measure::{self, ROUNDS, median};
use crate::{Limit, Result, Row};

const COMMITS: usize = 20_000;
const FILES: usize = 2_000;

/// One row: within a tenth and 20 ms of the commands by hand.
pub fn rows() -> Result<Vec<Row>> {
    let bare = crate::kept("history-20000.git", |folder| {
        generate::history(folder, 4, COMMITS, FILES)
    })?;
    let commit = head(&bare)?;
    let url = format!("file://{}", bare.display());
    let (mut ours, mut hand) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (us, them) = (by_us(&url, &commit)?, by_hand(&url, &commit)?);
        if round > 0 {
            ours.push(us);
            hand.push(them);
        }
    }
    let allowed = |index: usize| hand[index] * 1.1 + 0.020;
    Ok(vec![Row {
        what: "checkout at depth 1 / (by hand × 1.1 + 20 ms)".to_owned(),
        measured: median((0..ROUNDS).map(|index| ours[index] / allowed(index))),
        limit: Limit::Most(1.0),
        unit: "×",
        details: format!(
            "ours {:.0} ms, by hand {:.0} ms; {COMMITS} commits, {FILES} files",
            median(ours.iter().copied()) * 1000.0,
            median(hand.iter().copied()) * 1000.0
        ),
    }])
}

fn head(bare: &Path) -> Result<String> {
    let output = Command::new("git")
        .current_dir(bare)
        .args(["rev-parse", "master"])
        .output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn by_us(url: &str, commit: &str) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(crate::binaries().join("foundation-checkout"));
    let kept: Vec<_> = std::env::vars_os()
        .filter(|(name, _)| name == "PATH" || name == "HOME")
        .collect();
    command
        .env_clear()
        .envs(kept)
        .current_dir(folder.path())
        .args(["--remote", url, "--ref", commit]);
    let taken = measure::run(&mut command)?;
    all_there(folder.path())?;
    Ok(taken.elapsed)
}

fn by_hand(url: &str, commit: &str) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(folder.path()).args(arguments);
        Ok::<_, Box<dyn std::error::Error>>(measure::run(&mut command)?.elapsed)
    };
    let taken = git(&["init", "--quiet"])?
        + git(&["fetch", "--quiet", "--depth", "1", url, commit])?
        + git(&["checkout", "--quiet", "FETCH_HEAD"])?;
    all_there(folder.path())?;
    Ok(taken)
}

fn all_there(folder: &Path) -> Result<()> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["ls-files"])
        .output()?;
    let files = output.stdout.iter().filter(|&&byte| byte == b'\n').count();
    if files != FILES || !folder.join("src").is_dir() {
        return Err(format!("{files} files were checked out, not {FILES}").into());
    }
    Ok(())
}
