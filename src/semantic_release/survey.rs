//! Reading the world: what the remote holds, what the project configures, which packages there are.

use std::collections::BTreeSet;
use std::path::Path;

use git2::Oid;

use crate::checkout::network::Network;
use crate::kit::context::Context;
use crate::kit::git::changes::Into;
use crate::kit::git::remote::Access;
use crate::kit::git::{Git, Repo};
use crate::kit::outcome::{Failure, Result};
use crate::kit::report::Report;
use crate::semantic_release::config::Config;
use crate::semantic_release::decide;
use crate::semantic_release::history::remote::Remote;
use crate::semantic_release::inputs::Inputs;
use crate::semantic_release::packages::{Files, Selection, Workspace, discover};
use crate::semantic_release::place::Place;

/// The configuration: the named folder's own, else the repository's.
///
/// # Errors
/// Those of [`Config::read`].
pub fn config(place: &Place, report: &Report) -> Result<Config> {
    let root = place.repo.root();
    let own = root.join(&place.path);
    let mut config = Config::read(&own)?;
    if config.file.is_none() && place.path != "." {
        config = Config::read(root)?;
    }
    match &config.file {
        Some(file) => report.say(format_args!("configuration: {file}")),
        None => report.say("configuration: none, so the platform's rules hold"),
    }
    for file in &config.unread {
        report.warn(format_args!(
            "{file} holds a configuration as well, which is not read"
        ));
    }
    Ok(config)
}

/// Asks the remote what it holds, and fetches what is missing here for a decision.
///
/// # Errors
/// Configuration, when it may not be read; environment, when it cannot be reached.
pub async fn remote(
    place: &Place,
    inputs: &Inputs,
    config: &Config,
    context: &Context,
    report: &Report,
) -> Result<Remote> {
    let Some(address) = &place.remote else {
        return Remote::of_itself(&place.repo);
    };
    let access = Access::of(context, address)?;
    let git = Git::new(&context.env, place.repo.root())?;
    let network = Network::new(git, &access, report, false, inputs.timeout);
    let remote = decide::prepare(
        &place.repo,
        Some((&network, address)),
        &config.branches,
        &place.branch,
    )
    .await?;
    if context.event.pull_request().is_some() {
        // A pull request's checkout need not hold the commit it would be merged into.
        branch(&remote, place, inputs, context, report, &place.branch).await?;
    }
    Ok(remote)
}

/// Fetches the commit of a branch of the remote, where it is not here.
///
/// # Errors
/// Those of [`remote`].
pub async fn branch(
    remote: &Remote,
    place: &Place,
    inputs: &Inputs,
    context: &Context,
    report: &Report,
    name: &str,
) -> Result<()> {
    let Some(address) = &place.remote else {
        return Ok(());
    };
    let access = Access::of(context, address)?;
    let git = Git::new(&context.env, place.repo.root())?;
    let network = Network::new(git, &access, report, false, inputs.timeout);
    remote
        .complete(&network, address, &place.repo, &place.branch, &[name], false)
        .await
}

/// The packages that were asked for, as they are at a commit.
///
/// # Errors
/// Those of [`discover`].
pub fn workspace(
    files: &Files<'_>,
    place: &Place,
    inputs: &Inputs,
    config: &Config,
    context: &Context,
) -> Result<Workspace> {
    let selection = match (&inputs.packages, place.path.as_str()) {
        (Some(selection), ".") => selection.clone(),
        (Some(_), path) => {
            return Err(
                Failure::config(format!("--packages and the folder {path} are both named"))
                    .hint("name packages relative to the repository, and leave the folder out"),
            );
        }
        (None, ".") if config.monorepo => Selection::Named(vec![".".to_owned()]),
        (None, ".") => Selection::Root,
        (None, path) => Selection::Named(vec![path.to_owned()]),
    };
    discover(files, &selection, &repository_name(place, context))
}

/// What people call the repository: its name on the forge, else that of its folder.
fn repository_name(place: &Place, context: &Context) -> String {
    if let Some(repository) = &context.repository {
        return repository.name.clone();
    }
    let address = place.remote.as_ref().map(|remote| remote.address().to_owned());
    let from = address.unwrap_or_else(|| place.repo.root().to_string_lossy().into_owned());
    let base = from
        .trim_end_matches('/')
        .rsplit(['/', ':'])
        .next()
        .unwrap_or_default();
    match base.strip_suffix(".git").unwrap_or(base) {
        "" => "repository".to_owned(),
        name => name.to_owned(),
    }
}

/// The files of a commit.
#[must_use]
pub fn files_at(repo: &Repo, commit: Oid) -> Files<'_> {
    Files::new(
        move || {
            let mut paths = BTreeSet::new();
            repo.changes(None, commit, |path, folder| {
                if let (Ok(path), false) = (std::str::from_utf8(path), folder) {
                    paths.insert(path.to_owned());
                }
                Into::Enter
            })?;
            Ok(paths)
        },
        move |path| repo.file(commit, Path::new(path)),
    )
}
