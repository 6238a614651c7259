//! Completing what an earlier run left half done: a tag of ours is there, its release or its package is missing.

use std::collections::BTreeMap;

use git2::Oid;

use crate::kit::outcome::{Failure, Result};
use crate::kit::report::Report;
use crate::semantic_release::apply::{self, Ended};
use crate::semantic_release::assemble::Desk;
use crate::semantic_release::decide::again::Again;
use crate::semantic_release::decide::{Analyze, Ask, World};
use crate::semantic_release::packages::ripple::Versions;
use crate::semantic_release::packages::{Ripple, ripple};
use crate::semantic_release::releases::Releases;
use crate::semantic_release::writer::Writer;
use crate::semantic_release::{drafts, survey};

/// Looks at the last release of each package, and makes what is missing of it. Answers the tags that were completed.
///
/// # Errors
/// Those of [`apply::complete`].
pub async fn all(
    desk: &Desk<'_>,
    writer: &Writer<'_>,
    world: &mut World<'_>,
    releases: &Releases,
    analyze: &Analyze<'_>,
    report: &Report,
) -> Result<Vec<String>> {
    // Packages that were released together are completed together: one job for each commit.
    let mut by_head: BTreeMap<String, Vec<(String, Again)>> = BTreeMap::new();
    for (index, (package, release)) in desk.workspace.packages.iter().zip(&releases.releases).enumerate() {
        let ask = Ask {
            branches: &desk.config.branches,
            format: &release.format,
            analyze,
            folder: desk.workspace.monorepo.then_some(index),
        };
        if let Some(again) = world.again(&ask, &release.decision)? {
            let head = again.head.clone();
            by_head
                .entry(head)
                .or_default()
                .push((package.path.clone(), again));
        }
    }
    let mut completed = Vec::new();
    for (head, group) in by_head {
        completed.extend(one(desk, writer, &head, &group, report).await?);
    }
    Ok(completed)
}

async fn one(
    desk: &Desk<'_>,
    writer: &Writer<'_>,
    head: &str,
    group: &[(String, Again)],
    report: &Report,
) -> Result<Vec<String>> {
    let place = desk.place;
    let oid =
        Oid::from_str(head).map_err(|error| Failure::environment("a commit has no name").because(error))?;
    let now = place.head == Some(oid);
    // The packages as they were then: their manifests are what was, or has to be, published.
    let files = survey::files_at(&place.repo, oid);
    let Ok(workspace) = survey::workspace(&files, place, desk.inputs, desk.config, desk.context) else {
        report.say(format_args!(
            "note: the packages at {head} cannot be read any more, so whether their release is complete was not looked at"
        ));
        return Ok(Vec::new());
    };
    let (mut last, mut next) = (Versions::new(), Versions::new());
    let mut parts = Vec::new();
    for (path, again) in group {
        let Some(package) = workspace.packages.iter().find(|package| package.path == *path) else {
            continue;
        };
        let before = again
            .before
            .as_ref()
            .and_then(|before| semver::Version::parse(&before.version).ok());
        last.extend(before.map(|version| (package.name.clone(), version)));
        next.insert(package.name.clone(), again.version.version.clone());
        parts.push(drafts::again(writer, package, again)?);
    }
    let failed = |_: &crate::semantic_release::packages::Package| Err(Failure::config("not released then"));
    let ripple = ripple(&workspace, &last, &next, failed).unwrap_or_else(|_| Ripple {
        versions: next.clone(),
        ..Ripple::default()
    });
    let then = Desk {
        workspace: &workspace,
        files: &files,
        // Files of another commit would be wrong ones.
        assets: if now { desk.assets.clone() } else { Vec::new() },
        ..*desk
    };
    let job = then.job(head, &parts, &ripple, Vec::new())?;
    let applied = apply::complete(&job, desk.context, report).await?;
    if applied.ended != Ended::Completed {
        return Ok(Vec::new());
    }
    let tags: Vec<String> = parts.iter().map(|draft| draft.tag.clone()).collect();
    report.say(format_args!(
        "completed the release of {}, which an earlier run had left half done",
        tags.join(", ")
    ));
    Ok(tags)
}
