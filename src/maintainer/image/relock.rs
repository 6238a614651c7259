//! `foundation image relock`: asks the mirror anew, and writes `ci-image/debs.lock`.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Outcome, Result};
use crate::kit::report::Report;

use super::apt::Apt;
use super::lock::{Deb, DebsLock};
use super::places::{Places, read_text, write};

/// Runs it.
///
/// # Errors
/// Configuration, when this machine's sources are not those of Debian 12; environment, when the mirror does not answer.
pub async fn run(context: &Context, report: &Report) -> Result<Outcome> {
    let places = Places::find(context)?;
    let asked = read_text(&places.file("debs.txt"))?;
    let names: Vec<String> = asked
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let debs = Apt::open(&places, context).await?.resolve(&names).await?;
    let release = debs.iter().find(|deb| deb.name == "base-files");
    if !release.is_some_and(|deb| deb.version.starts_with("12")) {
        return Err(
            Failure::config("this machine's package sources are not those of Debian 12 (bookworm)")
                .hint("relock on a Debian 12 machine, or in a container of one"),
        );
    }
    let file = places.file("debs.lock");
    let old = read_text(&file).and_then(|text| DebsLock::parse(&text)).ok();
    let changes = changes(old.as_ref().map_or(&[], |old| &old.debs), &debs);
    if changes.is_empty() {
        report.say("ci-image/debs.lock is up to date");
        return Ok(Outcome::Good);
    }
    for change in &changes {
        report.say(change);
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|error| Failure::environment("the clock is before 1970").because(error))?;
    // A whole day, for people.
    let epoch = now.as_secs() / 86400 * 86400;
    write(&file, DebsLock { epoch, debs }.to_string())?;
    report.say(format_args!(
        "ci-image/debs.lock: {} changes. Build with `make image`.",
        changes.len()
    ));
    Ok(Outcome::Good)
}

fn changes(old: &[Deb], new: &[Deb]) -> Vec<String> {
    let by_name = |debs: &[Deb]| -> BTreeMap<String, Deb> {
        debs.iter().map(|deb| (deb.name.clone(), deb.clone())).collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let mut changes = Vec::new();
    for (name, deb) in &new {
        match old.get(name) {
            Some(before) if before == deb => {}
            Some(before) => changes.push(format!("{name} {} -> {}", before.version, deb.version)),
            None => changes.push(format!("{name} {} is new", deb.version)),
        }
    }
    changes.extend(
        old.iter()
            .filter(|(name, _)| !new.contains_key(*name))
            .map(|(name, deb)| format!("{name} {} is gone", deb.version)),
    );
    changes
}
