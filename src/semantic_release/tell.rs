//! Telling people and later jobs what came of a run: the commit status, and outputs.

use serde::Serialize;

use crate::kit::context::Context;
use crate::kit::forge::State;
use crate::kit::outcome::{Failure, Result};
use crate::kit::report::{Report, to_json};
use crate::kit::telling::Telling;
use crate::semantic_release::place::Place;
use crate::semantic_release::plan::{Plan, Verdict};
use crate::semantic_release::render;

/// The output `packages` is kept below this many bytes: it is one line, and Forgejo's runner fails the job on one of 64 KiB.
const OUTPUT_LIMIT: usize = 48_000;

/// One package that was released, for a matrix in the caller.
#[derive(Serialize)]
struct Released<'a> {
    name: &'a str,
    path: &'a str,
    version: String,
    tag: &'a str,
    channel: Option<&'a str>,
}

/// Sets the status of the commit. It is set on a failure as well.
///
/// # Errors
/// Environment, when the forge cannot be reached; configuration, when the token may not tell.
pub async fn release(
    place: &Place,
    plan: &Plan,
    result: &Result<()>,
    context: &Context,
    report: &Report,
) -> Result<()> {
    let part = (place.path != ".").then_some(place.path.as_str());
    let Some(telling) = Telling::of(context, report, "semantic-release", part)? else {
        return Ok(());
    };
    let (state, words) = match result {
        Ok(()) => (State::Success, render::summary(plan, true)),
        Err(failure) if plan.outcome == Verdict::Refused => (State::Failure, failure.to_string()),
        Err(failure) => (State::Error, failure.to_string()),
    };
    telling.tell(state, &words, &words).await
}

/// Sets the outputs for later steps and jobs; unless it was `done`, nothing was released.
///
/// # Errors
/// Environment, when the runner's file cannot be appended to.
pub fn outputs(plan: &Plan, done: bool, context: &Context, report: &Report) -> Result<()> {
    let released: Vec<_> = plan
        .packages
        .iter()
        .filter(|package| done && plan.outcome == Verdict::Release && package.next.is_some())
        .collect();
    let list: Vec<Released<'_>> = released
        .iter()
        .map(|package| Released {
            name: &package.name,
            path: &package.path,
            version: package.next.as_ref().map(ToString::to_string).unwrap_or_default(),
            tag: package.tag.as_deref().unwrap_or_default(),
            channel: package.channel.as_deref(),
        })
        .collect();
    let json = to_json(&list)?;
    if json.len() > OUTPUT_LIMIT {
        return Err(Failure::environment(format!(
            "the list of {} released packages is too long for an output of a job",
            list.len()
        )));
    }
    let first = released.first();
    let text = |value: Option<String>| value.unwrap_or_default();
    report.output(
        context,
        "released",
        if released.is_empty() { "false" } else { "true" },
    )?;
    report.output(
        context,
        "version",
        &text(first.and_then(|package| Some(package.next.as_ref()?.to_string()))),
    )?;
    report.output(
        context,
        "tag",
        &text(first.and_then(|package| package.tag.clone())),
    )?;
    report.output(
        context,
        "notes",
        &notes(first.and_then(|package| package.notes.as_deref())),
    )?;
    report.output(context, "packages", &json)
}

/// The notes, without a line that no runner takes.
fn notes(notes: Option<&str>) -> String {
    let fits = |line: &&str| line.len() < OUTPUT_LIMIT;
    let lines: Vec<&str> = notes.unwrap_or_default().lines().filter(fits).collect();
    lines.join("\n")
}
