//! The decisions for all packages, and what follows from them: one walk of history, then the ripple through the workspace.

use semver::Version;

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::analyze::{Analysis, ReleaseType};
use crate::semantic_release::branches::format::TagFormat;
use crate::semantic_release::branches::version::Written;
use crate::semantic_release::commit::Commit;
use crate::semantic_release::config::Config;
use crate::semantic_release::decide::{Analyze, Ask, Decision, Next, World};
use crate::semantic_release::glob::Glob;
use crate::semantic_release::history::folders::Folders;
use crate::semantic_release::history::remote::Remote;
use crate::semantic_release::packages::ripple::Versions;
use crate::semantic_release::packages::{Package, Ripple, Workspace, ripple};
use crate::semantic_release::place::Place;
use crate::semantic_release::plan::Verdict;

/// All packages, decided.
#[derive(Debug)]
pub struct Releases {
    /// One for each package of the workspace, in its order.
    pub releases: Vec<Release>,
    /// What the releases mean for the ranges of others.
    pub ripple: Ripple,
}

/// One package, decided.
#[derive(Debug)]
pub struct Release {
    /// How its tags are written.
    pub format: TagFormat,
    /// What its commits ask for.
    pub decision: Decision,
    /// Why it is released because of others, one line each.
    pub because: Vec<String>,
}

impl Releases {
    /// How the run ends: one refusal refuses all, since packages are released together.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| {
            self.releases
                .iter()
                .any(|release| release.decision.verdict == verdict)
        };
        if any(Verdict::Refused) {
            Verdict::Refused
        } else if any(Verdict::Release) {
            Verdict::Release
        } else {
            Verdict::Nothing
        }
    }

    /// Why nothing is released, or why it is refused: a stable word.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        let mut decisions = self.releases.iter().map(|release| &release.decision);
        match self.verdict() {
            Verdict::Release => None,
            Verdict::Refused => decisions.find_map(|decision| Some(decision.refusals.first()?.code)),
            Verdict::Nothing => decisions.find_map(|decision| decision.nothing),
        }
    }

    /// Every refusal as one failure; none where nothing is refused.
    #[must_use]
    pub fn refusal(&self) -> Option<Failure> {
        let refusals: Vec<_> = self
            .releases
            .iter()
            .flat_map(|release| &release.decision.refusals)
            .collect();
        let mut said: Vec<String> = Vec::new();
        for refusal in &refusals {
            let line = format!("{} ({})", refusal.message, refusal.code);
            if !said.contains(&line) {
                said.push(line);
            }
        }
        let first = refusals.first()?;
        Some(Failure::config(said.join("\n  ")).hint(first.hint.clone()))
    }
}

/// Why nothing is released, where a stable word says less than is known: what the branch is, and which ones release.
#[must_use]
pub fn words(reason: Option<&str>, place: &Place, remote: &Remote, config: &Config) -> Option<String> {
    let branch = &place.branch;
    match reason? {
        "branch-not-configured" if !remote.heads.contains_key(branch) && is_configured(branch, config) => {
            Some(format!("the remote has no branch {branch}; push it first"))
        }
        "branch-not-configured" => {
            let names: Vec<&str> = config
                .branches
                .iter()
                .map(|branch| branch.name.as_str())
                .collect();
            Some(format!(
                "the branch {branch} is none that releases; those are {}",
                names.join(", ")
            ))
        }
        _ => None,
    }
}

/// Whether a branch would release if the remote had it.
fn is_configured(branch: &str, config: &Config) -> bool {
    let fits = |name: &str| Glob::new(name).is_ok_and(|glob| glob.is_match(branch));
    config.branches.iter().any(|setting| fits(&setting.name))
}

/// The folders that commits are told apart by: none where the one package is the whole repository.
#[must_use]
pub fn folders(workspace: &Workspace) -> Folders {
    if workspace.monorepo {
        Folders::new(workspace.packages.iter().map(|package| package.path.as_str()))
    } else {
        Folders::default()
    }
}

/// How each package's tags are written, in the workspace's order.
///
/// # Errors
/// Configuration, when one format would have to serve several packages, or a name cannot be part of a tag.
pub fn formats(workspace: &Workspace, config: &Config) -> Result<Vec<TagFormat>> {
    let own = workspace.monorepo || config.monorepo;
    if let (Some(format), true) = (&config.tag_format, workspace.packages.len() > 1) {
        return Err(Failure::config(format!(
            "{} sets tagFormat to {}, but {} packages would share it",
            config.file.as_deref().unwrap_or("the configuration"),
            format.text(),
            workspace.packages.len()
        ))
        .hint("leave tagFormat out: each package of a monorepo gets tags of its own, <name>-v<version>"));
    }
    workspace
        .packages
        .iter()
        .map(|package| match &config.tag_format {
            Some(format) => Ok(format.clone()),
            None if own => TagFormat::of_package(&package.name).map_err(|wrong| {
                let why: Vec<&str> = wrong.iter().map(|wrong| wrong.what.as_str()).collect();
                Failure::config(why.join("; "))
            }),
            None => Ok(TagFormat::default()),
        })
        .collect()
}

/// Decides for every package.
///
/// # Errors
/// Those of [`World::decide`], of [`formats`] and of [`ripple`].
pub fn decide(
    world: &mut World<'_>,
    workspace: &Workspace,
    config: &Config,
    analyze: &Analyze<'_>,
) -> Result<Releases> {
    let mut releases = Vec::new();
    for (index, format) in formats(workspace, config)?.into_iter().enumerate() {
        let ask = Ask {
            branches: &config.branches,
            format: &format,
            analyze,
            folder: workspace.monorepo.then_some(index),
        };
        let decision = world.decide(&ask)?;
        releases.push(Release {
            format,
            decision,
            because: Vec::new(),
        });
    }
    let mut all = Releases {
        releases,
        ripple: Ripple::default(),
    };
    if all.verdict() == Verdict::Release {
        follow(world, workspace, config, &mut all)?;
    }
    Ok(all)
}

/// What the releases mean for packages that need them.
fn follow(world: &mut World<'_>, workspace: &Workspace, config: &Config, all: &mut Releases) -> Result<()> {
    let (mut last, mut next) = (Versions::new(), Versions::new());
    for (package, release) in workspace.packages.iter().zip(&all.releases) {
        let of = |version: &Version| (package.name.clone(), version.clone());
        let known = release
            .decision
            .last
            .as_ref()
            .and_then(|last| Written::parse(&last.version));
        last.extend(known.map(|written| of(&written.version)));
        next.extend(release.decision.next.as_ref().map(|next| of(&next.version)));
    }
    let patch = |_: &[Commit]| Analysis {
        kind: Some(ReleaseType::Patch),
        ..Analysis::default()
    };
    let mut patched: Vec<Option<Next>> = vec![None; workspace.packages.len()];
    let ripple = ripple(workspace, &last, &next, |package: &Package| {
        let at = workspace
            .packages
            .iter()
            .position(|other| other.name == package.name);
        let at = at.ok_or_else(|| {
            Failure::environment(format!("{} is no package of this workspace", package.name))
        })?;
        let decision = world.decide(&Ask {
            branches: &config.branches,
            format: &all.releases[at].format,
            analyze: &patch,
            folder: workspace.monorepo.then_some(at),
        })?;
        match (decision.next, decision.refusals.first()) {
            (Some(next), _) => {
                let version = next.version.clone();
                patched[at] = Some(next);
                Ok(version)
            }
            (None, Some(refusal)) => Err(Failure::config(format!(
                "{} has to be released too, since a package it needs is: {} ({})",
                package.name, refusal.message, refusal.code
            ))
            .hint(refusal.hint.clone())),
            (None, None) => Err(Failure::config(format!(
                "{} has to be released too, since a package it needs is, but nothing can be released of it here",
                package.name
            ))),
        }
    })?;
    for rippled in &ripple.rippled {
        let Some(at) = workspace
            .packages
            .iter()
            .position(|package| package.name == rippled.package)
        else {
            continue;
        };
        let release = &mut all.releases[at];
        release.because.clone_from(&rippled.because);
        release.decision.next = patched[at].take();
        release.decision.verdict = Verdict::Release;
        release.decision.nothing = None;
    }
    all.ripple = ripple;
    Ok(())
}
