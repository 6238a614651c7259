//! What a run will do: a pure value. A dry run prints it.

use semver::Version;
use serde::Serialize;

use crate::semantic_release::analyze::ReleaseType;
use crate::semantic_release::apply::Step;
use crate::semantic_release::assemble::Draft;
use crate::semantic_release::packages::{Package, Workspace};
use crate::semantic_release::releases::{Release, Releases};

/// How a run ends that could decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Something is released, or a half-done release is completed.
    Release,
    /// Nothing is to be done, and that is fine (exit 0).
    Nothing,
    /// The configuration or the versions forbid it (exit 2).
    Refused,
}

/// Everything a run decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// How it ends.
    pub outcome: Verdict,
    /// Why nothing is released, or why it is refused: a stable word (`no-relevant-changes`, `branch-not-configured`,
    /// `behind-remote`, `not-pushed`, `race-lost`, or a code such as `EINVALIDNEXTVERSION`).
    pub reason: Option<String>,
    /// The branch that is released.
    pub branch: Option<String>,
    /// Each package, dependencies before those that need them; one entry for a single package.
    pub packages: Vec<PackagePlan>,
    /// What is done, in this order.
    pub effects: Vec<Effect>,
    /// The tags of earlier releases that were half done, and are whole now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub completed: Vec<String>,
    /// Why nothing is released, in words, where they say more than the reason does.
    #[serde(skip)]
    pub words: Option<String>,
}

impl Plan {
    /// The plan of a branch of which nothing is known yet.
    #[must_use]
    pub fn empty(branch: &str) -> Self {
        Self {
            outcome: Verdict::Nothing,
            reason: None,
            branch: Some(branch.to_owned()),
            packages: Vec::new(),
            effects: Vec::new(),
            completed: Vec::new(),
            words: None,
        }
    }

    /// Takes in what was decided.
    pub fn fill(&mut self, workspace: &Workspace, releases: &Releases) {
        self.outcome = releases.verdict();
        self.reason = releases.reason().map(str::to_owned);
        self.packages = workspace
            .packages
            .iter()
            .zip(&releases.releases)
            .map(|(package, release)| PackagePlan::of(package, release))
            .collect();
    }

    /// Takes in the notes that were written.
    pub fn take_notes(&mut self, drafts: &[Draft<'_>]) {
        for draft in drafts.iter().filter(|draft| draft.step == Step::Release) {
            let package = self
                .packages
                .iter_mut()
                .find(|package| package.path == draft.package.path);
            if let Some(package) = package {
                package.notes = Some(draft.notes.clone());
            }
        }
    }
}

impl PackagePlan {
    fn of(package: &Package, release: &Release) -> Self {
        let decision = &release.decision;
        let next = decision.next.as_ref();
        let commits = decision
            .commits
            .iter()
            .enumerate()
            .map(|(index, commit)| {
                // The analysis has the commits in their order.
                let judged = decision.analysis.commits.get(index);
                CommitPlan {
                    hash: commit.hash.clone(),
                    subject: commit.message.lines().next().unwrap_or_default().to_owned(),
                    kind: judged.and_then(|judged| judged.kind),
                    why: judged.map(|judged| judged.why.clone()).unwrap_or_default(),
                }
            })
            .collect();
        Self {
            name: package.name.clone(),
            path: package.path.clone(),
            last: decision.last.as_ref().map(|last| last.version.clone()),
            last_tag: decision.last.as_ref().map(|last| last.tag.clone()),
            next: next.map(|next| next.version.clone()),
            kind: next.map(|next| next.kind),
            channel: next.and_then(|next| next.channel.clone()),
            tag: next.map(|next| next.tag.clone()),
            notes: None,
            commits,
            because: release.because.clone(),
        }
    }
}

/// What happens to one package.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackagePlan {
    /// Its name; the repository's where there is no manifest.
    pub name: String,
    /// Its folder, relative to the repository; `.` for the repository itself.
    pub path: String,
    /// The version of the last release, verbatim as its tag gives it.
    pub last: Option<String>,
    /// The tag of the last release.
    #[serde(skip)]
    pub last_tag: Option<String>,
    /// The next version.
    pub next: Option<Version>,
    /// What the commits ask for.
    #[serde(rename = "type")]
    pub kind: Option<ReleaseType>,
    /// The channel it is released on; none is the default one.
    pub channel: Option<String>,
    /// The tag of the next release.
    pub tag: Option<String>,
    /// The notes of the next release, as Markdown.
    pub notes: Option<String>,
    /// The commits since the last release, newest first.
    pub commits: Vec<CommitPlan>,
    /// Why it is released because of other packages, one line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
}

/// One commit's part in the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommitPlan {
    /// The full object name.
    pub hash: String,
    /// The first line of its message.
    #[serde(skip)]
    pub subject: String,
    /// What it asks for.
    #[serde(rename = "type")]
    pub kind: Option<ReleaseType>,
    /// Why, for people.
    pub why: String,
}

/// One thing that is done. Each is safe to repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Effect {
    /// Version fields and the changelog are written, into the release commit or into the copy that is published.
    Edit {
        /// The file, relative to the repository.
        path: String,
    },
    /// The release commit is made.
    Commit {
        /// Its message.
        message: String,
    },
    /// An annotated tag is made.
    Tag {
        /// Its name.
        name: String,
        /// The commit it stands on; none where that is the release commit.
        target: Option<String>,
    },
    /// The channels of a tag are noted in `refs/notes/semantic-release-<tag>`.
    Channel {
        /// The tag.
        tag: String,
        /// All of its channels from now on; none is the default one.
        channels: Vec<Option<String>>,
    },
    /// One atomic push of branch, tags and notes.
    Push {
        /// The refs that move.
        refs: Vec<String>,
    },
    /// A package is published.
    Publish {
        /// The package's folder.
        path: String,
        /// Its name in the registry.
        name: String,
        /// Its version.
        version: Version,
        /// The registry's address.
        registry: String,
        /// The dist-tag, such as `latest`.
        dist_tag: String,
    },
    /// A version that is published already is put on another channel of the registry.
    DistTag {
        /// Its name in the registry.
        name: String,
        /// Its version.
        version: Version,
        /// The registry's address.
        registry: String,
        /// The dist-tag, such as `latest`.
        dist_tag: String,
    },
    /// A release on the forge, with its assets.
    Release {
        /// The tag.
        tag: String,
        /// Its title.
        title: String,
        /// Whether it is a prerelease.
        prerelease: bool,
        /// Files that are attached, relative to the repository.
        assets: Vec<String>,
    },
    /// A comment and labels on an issue or pull request that the release contains.
    Comment {
        /// Its number.
        number: u64,
    },
}
