//! Our own share of a run: the time in which no child of ours ran, and our own memory.

use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::generate::{self, Shape};
use crate::measure::{self, ROUNDS, median};
use crate::{Limit, Result, Row, lint, stub};

/// Two rows a repository: time and memory.
pub fn rows() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, shape, limit) in [
        ("lint-900", Shape::SMALL, 50.0),
        ("lint-50000", Shape::LARGE, 500.0),
    ] {
        let root = crate::kept(name, |folder| generate::repository(folder, &shape))?;
        let files = shape.files();
        let (mut shares, mut totals, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let once = once(&root, files)?;
            shares.push(once.share);
            totals.push(once.total);
            peaks.push(once.peak);
        }
        rows.push(Row {
            what: format!("our share of a lint of {files} files"),
            measured: median(shares),
            limit: Limit::Most(limit),
            unit: "ms",
            details: format!(
                "{:.0} ms with git and with linters that answer at once",
                median(totals)
            ),
        });
        rows.push(Row {
            what: format!("our memory at {files} files"),
            measured: peaks.into_iter().fold(0.0, f64::max),
            limit: Limit::Most(64.0),
            unit: "MiB",
            details: "the most of five runs".to_owned(),
        });
    }
    Ok(rows)
}

struct Once {
    share: f64,
    total: f64,
    peak: f64,
}

fn once(root: &Path, files: usize) -> Result<Once> {
    let folder = tempfile::tempdir()?;
    let me = std::env::current_exe()?;
    for name in stub::NAMES {
        std::os::unix::fs::symlink(&me, folder.path().join(name))?;
    }
    let mut path = vec![folder.path().to_owned()];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let mut command: Command = lint::ours_on(root);
    command
        .env("PATH", std::env::join_paths(path)?)
        .args(["--format", "json"]);
    let started = now()?;
    let (report, peak) = measure::memory(&mut command)?;
    let ended = now()?;
    all_checked(&report, files)?;
    let calls = std::fs::read_to_string(folder.path().join("calls"))?;
    let mut children: Vec<(f64, f64)> = calls.lines().filter_map(interval).collect();
    children.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut covered = 0.0;
    let mut until = started;
    for (from, to) in children {
        covered += (to - from.max(until)).max(0.0);
        until = until.max(to);
    }
    let total = ended - started;
    Ok(Once {
        share: total - covered,
        total,
        peak,
    })
}

/// Milliseconds since 1970.
fn now() -> Result<f64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as f64 / 1e6)
}

fn interval(line: &str) -> Option<(f64, f64)> {
    let mut words = line.split(' ').skip(1).map(|word| word.parse::<f64>().ok());
    Some((words.next()?? / 1e6, words.next()?? / 1e6))
}

/// A run that did less than it was asked to is no measurement.
fn all_checked(report: &[u8], files: usize) -> Result<()> {
    let report: serde_json::Value = serde_json::from_slice(report)?;
    let checked = report
        .get("checked")
        .and_then(|checked| checked.as_object())
        .ok_or("no report")?;
    let sum: u64 = checked.values().filter_map(serde_json::Value::as_u64).sum();
    // And `eslint.config.js` and `.yamllint` where they count as code.
    if sum < files as u64 || sum > files as u64 + 2 {
        return Err(format!("{sum} files were checked, not {files}").into());
    }
    Ok(())
}
