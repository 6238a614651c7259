//! Lint, cold, against the three linters run by hand on the same files.

use std::path::Path;
use std::process::Command;

use crate::generate::{self, Language, Shape};
use crate::machine::cores;
use crate::measure::{self, ROUNDS, Taken, median};
use crate::{Limit, Result, Row};

/// The linters, with the language each is for.
const TOOLS: [(&str, Language); 3] = [
    ("eslint", Language::JavaScript),
    ("yamllint", Language::Yaml),
    ("shellcheck", Language::Shell),
];

/// Two rows: against the ideal, and against one linter after the other.
pub fn rows() -> Result<Vec<Row>> {
    let root = crate::kept("lint-900", |folder| generate::repository(folder, &Shape::SMALL))?;
    let mut ours = Vec::new();
    let mut alone: [Vec<Taken>; 3] = Default::default();
    // One of each in turn, so that whatever slows the machine down slows all of them.
    for round in 0..=ROUNDS {
        let us = measure::run(&mut ours_on(&root))?;
        let by_hand = TOOLS.map(|(tool, language)| measure::run(&mut by_hand(&root, tool, language)));
        // The first round only warms the file cache.
        if round > 0 {
            ours.push(us.elapsed);
            for (taken, times) in by_hand.into_iter().zip(&mut alone) {
                times.push(taken?);
            }
        }
    }
    let round = |index: usize| alone.each_ref().map(|times| times[index]);
    let ideal = |index: usize| {
        let taken = round(index);
        let slowest = taken.iter().map(|tool| tool.elapsed).fold(0.0, f64::max);
        slowest.max(taken.iter().map(|tool| tool.processor).sum::<f64>() / cores() as f64)
    };
    let one_by_one = |index: usize| round(index).iter().map(|tool| tool.elapsed).sum::<f64>();
    let medians: Vec<String> = TOOLS
        .iter()
        .zip(&alone)
        .map(|((tool, _), times)| {
            let (elapsed, processor) = (
                median(times.iter().map(|t| t.elapsed)),
                median(times.iter().map(|t| t.processor)),
            );
            format!("{tool} {elapsed:.2} s ({processor:.2} s of processor)")
        })
        .collect();
    Ok(vec![
        Row {
            what: "lint of 900 files / the ideal".to_owned(),
            measured: median((0..ROUNDS).map(|index| ours[index] / ideal(index))),
            limit: Limit::Most(1.3),
            unit: "×",
            details: format!(
                "ours {:.2} s, ideal {:.2} s",
                median(ours.iter().copied()),
                median((0..ROUNDS).map(ideal))
            ),
        },
        Row {
            what: "the three one after the other / lint".to_owned(),
            measured: median((0..ROUNDS).map(|index| one_by_one(index) / ours[index])),
            limit: Limit::Least(1.35),
            unit: "×",
            details: medians.join(", "),
        },
    ])
}

/// `foundation-lint` on a repository, with nothing of a runner's environment.
pub fn ours_on(root: &Path) -> Command {
    let mut command = Command::new(crate::binaries().join("foundation-lint"));
    let kept: Vec<_> = std::env::vars_os()
        .filter(|(name, _)| name == "PATH" || name == "HOME")
        .collect();
    command.env_clear().envs(kept).current_dir(root);
    command
}

fn by_hand(root: &Path, tool: &str, language: Language) -> Command {
    let files = (0..Shape::SMALL.files())
        .map(|index| generate::file(&Shape::SMALL, index))
        .filter(|(_, is, _)| *is == language)
        .map(|(path, _, _)| path);
    let mut command = Command::new(tool);
    command.current_dir(root).args(files);
    if language == Language::JavaScript {
        // The only other file that we lint.
        command.arg("eslint.config.js");
    }
    command
}
