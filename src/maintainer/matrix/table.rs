//! How the matrix tells its results: a table for people, one document for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::maintainer::act::Runner;
use crate::maintainer::matrix::Ended;
use crate::maintainer::matrix::cases::Variant;
use crate::registry::ACTIONS;

/// The JSON document. A change of its shape changes `schema`.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: u8,
    place: String,
    good: bool,
    cells: Vec<DocumentCell<'a>>,
}

#[derive(Debug, Serialize)]
struct DocumentCell<'a> {
    candidate: &'a str,
    variant: Option<&'a str>,
    shape: Option<&'a str>,
    workflow: &'a str,
    expected: &'static str,
    good: bool,
    problem: Option<&'a str>,
    states: Option<States>,
    seconds: f64,
}

/// The states of a repository that a cell went through.
#[derive(Debug, Serialize)]
struct States {
    good: usize,
    all: usize,
}

/// The table: one row a case, one column a workflow; then the seconds, and what is to be said.
#[must_use]
pub fn rows(ended: &[Ended<'_>]) -> String {
    let workflows: Vec<&str> = ACTIONS
        .iter()
        .map(|action| action.name)
        .filter(|name| ended.iter().any(|ended| ended.cell.workflow == *name))
        .collect();
    let mut rows: Vec<[Vec<String>; 2]> = Vec::new();
    let mut head = vec!["candidate".to_owned()];
    head.extend(workflows.iter().map(|&name| name.to_owned()));
    head.push("seconds".to_owned());
    rows.push([head, Vec::new()]);
    for of_case in ended.chunk_by(|a, b| std::ptr::eq(a.cell.case, b.cell.case)) {
        let mut row = vec![of_case[0].cell.case.name()];
        for workflow in &workflows {
            let cell = of_case.iter().find(|ended| ended.cell.workflow == *workflow);
            row.push(cell.map_or_else(String::new, word));
        }
        let seconds: f64 = of_case.iter().map(|ended| ended.time.as_secs_f64()).sum();
        row.push(format!("{seconds:.1}"));
        rows.push([row, of_case.iter().filter_map(remark).collect()]);
    }
    let widths: Vec<usize> = (0..rows[0][0].len())
        .map(|column| {
            rows.iter()
                .map(|[row, _]| row[column].chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    let mut text = String::new();
    for [row, remarks] in rows {
        let mut line = String::new();
        for ((column, word), width) in row.iter().enumerate().zip(&widths) {
            // Names to the left, the number to the right.
            if column + 1 == widths.len() {
                let _ = write!(line, "{word:>width$}  ");
            } else {
                let _ = write!(line, "{word:width$}  ");
            }
        }
        line.push_str(&remarks.join("; "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What stands in a cell.
fn word(ended: &Ended<'_>) -> String {
    match (&ended.problem, ended.states) {
        (None, Some((good, all))) => format!("{good}/{all}"),
        (Some(_), Some((good, all))) => format!("{good}/{all} WRONG"),
        (Some(_), None) => "WRONG".to_owned(),
        (None, None) if ended.cell.case.variant.is_some() => "fails".to_owned(),
        (None, None) => "passes".to_owned(),
    }
}

/// What there is to say about a cell.
fn remark(ended: &Ended<'_>) -> Option<String> {
    match &ended.problem {
        Some(problem) => Some(format!("{} is wrong: {problem}", ended.cell.workflow)),
        None => ended.cell.case.variant.as_ref().map(expected),
    }
}

/// What a broken variant that is as it has to be did.
fn expected(variant: &Variant) -> String {
    let findings: Vec<String> = variant
        .expected
        .findings
        .iter()
        .map(ToString::to_string)
        .collect();
    let reason = match (findings.as_slice(), variant.expected.names.as_slice()) {
        ([], []) => format!("names {}", variant.files()),
        ([], names) => format!("names {}", names.join(", ")),
        (findings, _) => findings.join(", "),
    };
    format!("fails as it has to, exit {}: {reason}", variant.expected.exit)
}

/// The results as one document.
#[must_use]
pub fn document<'a>(ended: &'a [Ended<'_>], runner: &Runner, good: bool) -> Document<'a> {
    Document {
        schema: 2,
        place: runner.place(),
        good,
        cells: ended
            .iter()
            .map(|ended| DocumentCell {
                candidate: &ended.cell.case.candidate,
                variant: ended
                    .cell
                    .case
                    .variant
                    .as_ref()
                    .map(|variant| variant.name.as_str()),
                shape: ended.cell.case.shape.as_ref().map(|(name, _)| name.as_str()),
                workflow: ended.cell.workflow,
                expected: if ended.cell.case.variant.is_some() {
                    "fail"
                } else {
                    "pass"
                },
                good: ended.problem.is_none(),
                problem: ended.problem.as_deref(),
                states: ended.states.map(|(good, all)| States { good, all }),
                seconds: (ended.time.as_secs_f64() * 10.0).round() / 10.0,
            })
            .collect(),
    }
}
