//! The decision and its notes, against Node's semantic-release, git-cliff and plain `git log` of the same range.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::commits::{self, Shape};
use crate::generate;
use crate::measure::{self, ROUNDS, median};
use crate::{Limit, Result, Row};

/// Node needs seconds, so it is asked less often.
const SLOW_ROUNDS: usize = 3;
const TEN_THOUSAND: Shape = Shape {
    commits: 10_000,
    since: 10_000,
    packages: 0,
    graph: false,
};
const LONG: Shape = Shape {
    commits: 100_000,
    since: 100,
    packages: 0,
    graph: false,
};
const FIFTY: Shape = Shape {
    commits: 10_000,
    since: 10_000,
    packages: 50,
    graph: false,
};
/// semantic-release-monorepo starts git for each commit, so it gets fewer of them.
const FEWER: Shape = Shape {
    commits: 500,
    since: 500,
    packages: 50,
    graph: false,
};

/// All rows about semantic-release.
pub fn rows() -> Result<Vec<Row>> {
    let mut rows = ten_thousand()?;
    rows.push(long("100 of 100,000 commits", "commits-100000", &LONG)?);
    let graph = Shape { graph: true, ..LONG };
    rows.push(long(
        "the same with a commit-graph file",
        "commits-100000-graph",
        &graph,
    )?);
    rows.extend(packages()?);
    rows.push(memory()?);
    Ok(rows)
}

fn clone(name: &str, shape: &Shape) -> Result<PathBuf> {
    let folder = crate::kept(name, |folder| commits::make(folder, shape))?;
    let clone = folder.join("clone");
    // The folder had another name while it was made.
    let origin = folder.join("origin.git").display().to_string();
    generate::git(&clone, &["remote", "set-url", "origin", &origin])?;
    Ok(clone)
}

fn part(path: &str) -> Result<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(".cache/parts/semantic-release/node_modules")
        .join(path);
    if path.exists() {
        Ok(path)
    } else {
        Err(format!(
            "{} is missing: run tests/parts/install semantic-release",
            path.display()
        )
        .into())
    }
}

/// A program in a clone, with nothing of a runner's environment.
fn program(name: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(name);
    let kept: Vec<_> = std::env::vars_os()
        .filter(|(name, _)| name == "PATH" || name == "HOME")
        .collect();
    command.env_clear().envs(kept).current_dir(folder);
    command
}

fn ours(folder: &Path, packages: Option<&str>) -> Command {
    let mut command = program(crate::binaries().join("foundation-semantic-release"), folder);
    command.args(["--dry-run", "--format", "json"]);
    if let Some(packages) = packages {
        command.args(["--packages", packages]);
    }
    command.arg(".");
    command
}

fn node(folder: &Path) -> Result<Command> {
    let mut command = program("node", folder);
    let remote = Command::new("git")
        .current_dir(folder)
        .args(["config", "remote.origin.url"])
        .output()?;
    let remote = String::from_utf8(remote.stdout)?;
    command
        .arg(part("semantic-release/bin/semantic-release.js")?)
        .args(["--dry-run", "--no-ci", "--repository-url"])
        .arg(format!("file://{}", remote.trim()));
    Ok(command)
}

fn git_log(folder: &Path, range: &str) -> Command {
    let mut command = program("git", folder);
    command.args(["log", range]);
    command
}

/// The next version that we say, for a comparison of programs that do the same.
fn our_version(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    let json: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        format!(
            "our answer is no JSON ({error}): {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })?;
    let next = json["packages"][0]["next"].as_str().ok_or("we release nothing")?;
    Ok(next.to_owned())
}

fn same_as_node(folder: &Path) -> Result<()> {
    let ours = our_version(&mut ours(folder, None))?;
    let output = node(folder)?.stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains(&format!("The next release version is {ours}")) {
        return Ok(());
    }
    Err(format!(
        "we say {ours}, but Node does not: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}

fn ten_thousand() -> Result<Vec<Row>> {
    let folder = clone("commits-10000", &TEN_THOUSAND)?;
    same_as_node(&folder)?;
    let (mut us, mut log, mut js, mut cliff) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let mine = measure::run(&mut ours(&folder, None))?.elapsed;
        let plain = measure::run(&mut git_log(&folder, "v1.0.0..HEAD"))?.elapsed;
        if round > 0 {
            us.push(mine);
            log.push(plain);
        }
        if (1..=SLOW_ROUNDS).contains(&round) {
            js.push(measure::run(&mut node(&folder)?)?.elapsed);
            let mut command = program(part("git-cliff-linux-x64/bin/git-cliff")?, &folder);
            cliff.push(measure::run(command.args(["--unreleased", "--bump"]))?.elapsed);
        }
    }
    let times = |other: &[f64]| median(other.iter().zip(&us).map(|(other, us)| other / us));
    let seconds = |values: &[f64]| median(values.iter().copied());
    let details =
        |name: &str, values: &[f64]| format!("{name} {:.3} s, ours {:.3} s", seconds(values), seconds(&us));
    Ok(vec![
        Row {
            what: "Node semantic-release / ours, 10,000 commits".to_owned(),
            measured: times(&js),
            limit: Limit::Least(50.0),
            unit: "×",
            details: details("Node", &js),
        },
        Row {
            what: "git-cliff / ours, 10,000 commits".to_owned(),
            measured: times(&cliff),
            limit: Limit::Least(1.0),
            unit: "×",
            details: details("git-cliff", &cliff),
        },
        Row {
            what: "ours / `git log`, 10,000 commits".to_owned(),
            measured: 1.0 / times(&log),
            limit: Limit::Most(1.5),
            unit: "×",
            details: details("git log", &log),
        },
    ])
}

fn long(what: &str, name: &str, shape: &Shape) -> Result<Row> {
    let folder = clone(name, shape)?;
    let (mut us, mut log) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let mine = measure::run(&mut ours(&folder, None))?.elapsed;
        let plain = measure::run(&mut git_log(&folder, "v1.0.0..HEAD"))?.elapsed;
        if round > 0 {
            us.push(mine);
            log.push(plain);
        }
    }
    let js = measure::run(&mut node(&folder)?)?.elapsed;
    Ok(Row {
        what: format!("ours / (`git log` × 2 + 20 ms), {what}"),
        measured: median((0..ROUNDS).map(|index| us[index] / (log[index] * 2.0 + 0.020))),
        limit: Limit::Most(1.0),
        unit: "×",
        details: format!(
            "ours {:.1} ms, git log {:.1} ms, Node {js:.2} s",
            median(us) * 1000.0,
            median(log) * 1000.0
        ),
    })
}

fn packages() -> Result<Vec<Row>> {
    let folder = clone("commits-10000-packages-50", &FIFTY)?;
    let (mut one, mut fifty) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let single = measure::run(&mut ours(&folder, Some("packages/p00")))?.elapsed;
        let all = measure::run(&mut ours(&folder, Some("packages/*")))?.elapsed;
        if round > 0 {
            one.push(single);
            fifty.push(all);
        }
    }
    let fewer = clone("commits-500-packages-50", &FEWER)?;
    let all = median((0..SLOW_ROUNDS).map(|_| {
        measure::run(&mut ours(&fewer, Some("packages/*"))).map_or(f64::NAN, |taken| taken.elapsed)
    }));
    let inside = fewer.join("packages/p00");
    std::fs::write(inside.join(".releaserc.json"), commits::CONFIG)?;
    let mut command = node(&inside)?;
    command.args(["--extends", "semantic-release-monorepo"]);
    let js = measure::run(&mut command)?.elapsed;
    std::fs::remove_file(inside.join(".releaserc.json"))?;
    Ok(vec![
        Row {
            what: "fifty packages / one, 10,000 commits".to_owned(),
            measured: median(fifty.iter().zip(&one).map(|(fifty, one)| fifty / one)),
            limit: Limit::Most(2.0),
            unit: "×",
            details: format!(
                "fifty {:.3} s, one {:.3} s",
                median(fifty.iter().copied()),
                median(one.iter().copied())
            ),
        },
        Row {
            what: "semantic-release-monorepo, one of fifty packages / ours, all fifty".to_owned(),
            measured: js / all,
            limit: Limit::Least(50.0),
            unit: "×",
            details: format!("Node {js:.2} s for one package, ours {all:.3} s for fifty; 500 commits"),
        },
    ])
}

/// The most of all shapes.
fn memory() -> Result<Row> {
    let mut most: Vec<(f64, &str)> = Vec::new();
    for (name, shape, packages) in [
        ("commits-10000", &TEN_THOUSAND, None),
        ("commits-100000", &LONG, None),
        ("commits-10000-packages-50", &FIFTY, Some("packages/*")),
    ] {
        let folder = clone(name, shape)?;
        most.push((measure::memory(&mut ours(&folder, packages))?.1, name));
    }
    let details: Vec<String> = most
        .iter()
        .map(|(size, name)| format!("{name} {size:.0} MiB"))
        .collect();
    Ok(Row {
        what: "memory of a decision with notes".to_owned(),
        measured: most.iter().map(|(size, _)| *size).fold(0.0, f64::max),
        limit: Limit::Most(100.0),
        unit: "MiB",
        details: details.join(", "),
    })
}
