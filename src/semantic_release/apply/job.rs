//! What is to be done, as data, and the list of effects.

use std::path::PathBuf;
use std::time::Duration;

use semver::Version;

use super::Remote;
use super::signing::Key;
use crate::kit::forge::Forge;
use crate::kit::npm::Registry;
use crate::semantic_release::plan::Effect;

/// Who our tags carry as their maker, in a trailer: what tells them from tags that somebody else made.
pub const TRAILER: &str = "Released-by: foundation";
/// What ends the release commit, so that it is no patch where it is merged.
pub const SKIP: &str = "[skip release]";

/// Everything a run has to do.
#[derive(Debug)]
pub struct Job {
    /// A clone that holds the commit. It is only read.
    pub repository: PathBuf,
    /// Where branch, tags and notes are pushed to.
    pub remote: Remote,
    /// The branch that is released, such as `master`.
    pub branch: String,
    /// The commit that is released, which the branch has to be at.
    pub head: String,
    /// The packages, dependencies before those that need them.
    pub packages: Vec<Package>,
    /// Files that change with the release, each once: in the release commit and in what is published.
    pub edits: Vec<Edit>,
    /// The message of the release commit, where one is wanted. [`SKIP`] is added.
    pub commit: Option<String>,
    /// Who makes commits and tags.
    pub author: Identity,
    /// What they are signed with.
    pub key: Option<Key>,
    /// The forge; none for a folder, or by `--forge none`.
    pub forge: Option<Forge>,
    /// What is said on issues and pull requests, once.
    pub comments: Vec<Comment>,
    /// How long all calls of git over the network may take together.
    pub limit: Duration,
}

/// One package's part.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder, relative to the repository; `.` for the repository itself.
    pub path: String,
    /// Its version.
    pub version: Version,
    /// The tag.
    pub tag: String,
    /// All channels of the tag from now on; none is the default one.
    pub channels: Vec<Option<String>>,
    /// A new version, or one that is there and gets another channel.
    pub step: Step,
    /// The forge's release.
    pub release: Option<ForgeRelease>,
    /// Where it is published.
    pub publish: Option<Publish>,
}

/// What happens to a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is made.
    Release,
    /// It is there, and is put on another channel.
    AddChannel {
        /// The commit its tag stands on.
        commit: String,
    },
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Relative to the repository, or to the package where it is an edit for publishing.
    pub path: String,
    /// All of its new content.
    pub content: Vec<u8>,
}

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

/// A release on the forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeRelease {
    /// Its title.
    pub title: String,
    /// Its notes, as Markdown.
    pub notes: String,
    /// Whether it is a prerelease.
    pub prerelease: bool,
    /// Its files.
    pub assets: Vec<Asset>,
}

/// A file that is attached to a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Where it is.
    pub file: PathBuf,
    /// What it is called there.
    pub name: String,
}

/// Where a package is published.
#[derive(Debug, Clone)]
pub struct Publish {
    /// The registry.
    pub registry: Registry,
    /// Its name there.
    pub name: String,
    /// The dist-tag.
    pub dist_tag: String,
    /// What differs in the published copy alone (`workspace:` ranges), relative to the package's folder.
    pub edits: Vec<Edit>,
}

/// What is said on one issue or pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its number.
    pub number: u64,
    /// What is said, as Markdown; none says nothing.
    pub body: Option<String>,
    /// Labels it gets.
    pub labels: Vec<String>,
}

impl Job {
    /// The ref of the branch.
    #[must_use]
    pub fn branch_ref(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    /// The whole message of the release commit, if there is one.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        self.commit.as_ref().map(|message| {
            let message = message.trim_end();
            if message.ends_with(SKIP) {
                format!("{message}\n")
            } else {
                format!("{message} {SKIP}\n")
            }
        })
    }

    /// Whether the edits are needed: they go into the release commit, or into what is published.
    fn uses_edits(&self) -> bool {
        self.commit.is_some()
            || self
                .packages
                .iter()
                .any(|package| package.step == Step::Release && package.publish.is_some())
    }
}

/// The ref that holds the channels of a tag.
#[must_use]
pub fn note_ref(tag: &str) -> String {
    format!("refs/notes/semantic-release-{tag}")
}

/// What is done, in this order. A run goes through this very list.
#[must_use]
pub fn effects(job: &Job) -> Vec<Effect> {
    let mut effects = Vec::new();
    if job.uses_edits() {
        effects.extend(job.edits.iter().map(|edit| Effect::Edit {
            path: edit.path.clone(),
        }));
    }
    effects.extend(job.message().map(|message| Effect::Commit { message }));
    let mut refs = Vec::new();
    if job.commit.is_some() {
        refs.push(job.branch_ref());
    }
    for package in job
        .packages
        .iter()
        .filter(|package| package.step == Step::Release)
    {
        effects.push(Effect::Tag {
            name: package.tag.clone(),
            target: job.commit.is_none().then(|| job.head.clone()),
        });
        refs.push(format!("refs/tags/{}", package.tag));
    }
    for package in &job.packages {
        effects.push(Effect::Channel {
            tag: package.tag.clone(),
            channels: package.channels.clone(),
        });
        refs.push(note_ref(&package.tag));
    }
    if !refs.is_empty() {
        effects.push(Effect::Push { refs });
    }
    effects.extend(job.packages.iter().filter_map(publishing));
    if job.forge.is_some() {
        effects.extend(job.packages.iter().filter_map(releasing));
        effects.extend(job.comments.iter().map(|comment| Effect::Comment {
            number: comment.number,
        }));
    }
    effects
}

fn publishing(package: &Package) -> Option<Effect> {
    let publish = package.publish.as_ref()?;
    let (name, version) = (publish.name.clone(), package.version.clone());
    let (registry, dist_tag) = (publish.registry.address().to_owned(), publish.dist_tag.clone());
    Some(match package.step {
        Step::Release => Effect::Publish {
            path: package.path.clone(),
            name,
            version,
            registry,
            dist_tag,
        },
        Step::AddChannel { .. } => Effect::DistTag {
            name,
            version,
            registry,
            dist_tag,
        },
    })
}

fn releasing(package: &Package) -> Option<Effect> {
    let release = package.release.as_ref()?;
    Some(Effect::Release {
        tag: package.tag.clone(),
        title: release.title.clone(),
        prerelease: release.prerelease,
        assets: release.assets.iter().map(|asset| asset.name.clone()).collect(),
    })
}

/// The name of an effect, for the log and for tests that stop a run there.
#[must_use]
pub fn name(effect: &Effect) -> String {
    match effect {
        Effect::Edit { path } => format!("edit:{path}"),
        Effect::Commit { .. } => "commit".to_owned(),
        Effect::Tag { name, .. } => format!("tag:{name}"),
        Effect::Channel { tag, .. } => format!("channel:{tag}"),
        Effect::Push { .. } => "push".to_owned(),
        Effect::Publish { name, .. } => format!("publish:{name}"),
        Effect::DistTag { name, .. } => format!("dist-tag:{name}"),
        Effect::Release { tag, .. } => format!("release:{tag}"),
        Effect::Comment { number } => format!("comment:{number}"),
    }
}
