//! From decisions to drafts: which releases there are, with their notes.

use semver::Version;

use crate::kit::outcome::Result;
use crate::semantic_release::apply::Step;
use crate::semantic_release::assemble::Draft;
use crate::semantic_release::branches::version::Written;
use crate::semantic_release::commit::Commit;
use crate::semantic_release::decide::Last;
use crate::semantic_release::decide::again::Again;
use crate::semantic_release::packages::{self, Package, Ripple, Workspace};
use crate::semantic_release::releases::{Release, Releases};
use crate::semantic_release::writer::{Subject, Writer};

/// The drafts of all that is released, dependencies first. A package that is put on another channel comes before what it
/// releases anew.
///
/// # Errors
/// Those of the notes' template.
pub fn of<'a>(writer: &Writer<'_>, workspace: &'a Workspace, releases: &Releases) -> Result<Vec<Draft<'a>>> {
    let mut drafts = Vec::new();
    for (package, release) in workspace.packages.iter().zip(&releases.releases) {
        drafts.extend(addition(writer, package, release)?);
        drafts.extend(next(writer, package, release, &releases.ripple)?);
    }
    Ok(drafts)
}

fn next<'a>(
    writer: &Writer<'_>,
    package: &'a Package,
    release: &Release,
    ripple: &Ripple,
) -> Result<Option<Draft<'a>>> {
    let decision = &release.decision;
    let Some(next) = &decision.next else {
        return Ok(None);
    };
    let before = decision.last.as_ref();
    let moved = moved(package, ripple);
    let dependencies: Vec<(&str, &str)> = moved
        .iter()
        .map(|(name, version)| (*name, version.as_str()))
        .collect();
    let notes = writer.notes(&Subject {
        package,
        version: &next.version,
        tag: &next.tag,
        head: &decision.head,
        before: before.map(|last| last.tag.as_str()),
        commits: &decision.commits,
        dependencies: &dependencies,
    })?;
    Ok(Some(Draft {
        package,
        version: next.version.clone(),
        tag: next.tag.clone(),
        before: before.map(pair),
        channel: next.channel.clone(),
        channels: vec![next.channel.clone()],
        step: Step::Release,
        notes,
        commits: decision.commits.clone(),
    }))
}

fn addition<'a>(writer: &Writer<'_>, package: &'a Package, release: &Release) -> Result<Option<Draft<'a>>> {
    let Some(addition) = &release.decision.addition else {
        return Ok(None);
    };
    let Some(written) = Written::parse(&addition.release.version) else {
        return Ok(None);
    };
    let step = Step::AddChannel {
        commit: addition.release.hash.clone(),
    };
    let draft = there(
        writer,
        package,
        &written.version,
        &addition.release,
        addition.before.as_ref(),
        &addition.commits,
    )?;
    Ok(Some(Draft {
        channel: addition.channel.clone(),
        channels: addition.channels.clone(),
        step,
        ..draft
    }))
}

/// The draft of a release that is there.
///
/// # Errors
/// Those of the notes' template.
pub fn again<'a>(writer: &Writer<'_>, package: &'a Package, again: &Again) -> Result<Draft<'a>> {
    let draft = there(
        writer,
        package,
        &again.version.version,
        &again.release,
        again.before.as_ref(),
        &again.commits,
    )?;
    Ok(Draft {
        channel: again.channels.last().cloned().flatten(),
        channels: again.channels.clone(),
        ..draft
    })
}

fn there<'a>(
    writer: &Writer<'_>,
    package: &'a Package,
    version: &Version,
    release: &Last,
    before: Option<&Last>,
    commits: &[Commit],
) -> Result<Draft<'a>> {
    let notes = writer.notes(&Subject {
        package,
        version,
        tag: &release.tag,
        head: &release.hash,
        before: before.map(|before| before.tag.as_str()),
        commits,
        dependencies: &[],
    })?;
    Ok(Draft {
        package,
        version: version.clone(),
        tag: release.tag.clone(),
        before: before.map(pair),
        channel: None,
        channels: vec![None],
        step: Step::Release,
        notes,
        commits: commits.to_vec(),
    })
}

/// The packages that this one needs, and whose range had to follow, with their versions.
fn moved<'a>(package: &'a Package, ripple: &Ripple) -> Vec<(&'a str, String)> {
    let follows = |place: &packages::Place| ripple.ranges.iter().any(|change| change.place == *place);
    let mut moved: Vec<(&str, String)> = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind.is_published() && follows(&dependency.place))
        .filter_map(|dependency| {
            Some((
                dependency.on.as_str(),
                ripple.next.get(&dependency.on)?.to_string(),
            ))
        })
        .collect();
    moved.sort();
    moved.dedup();
    moved
}

fn pair(last: &Last) -> (String, String) {
    (last.version.clone(), last.tag.clone())
}
