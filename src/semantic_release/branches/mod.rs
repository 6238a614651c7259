//! Which branches release what: channels, ranges, the last and the next version.
//!
//! | module | holds |
//! | --- | --- |
//! | [`version`] | versions by JavaScript's rules |
//! | [`format`] | tag formats |
//! | [`template`] | templates in a branch's settings |
//! | [`tags`] | the tags of one format, and which of them a branch holds |
//! | [`range`] | which versions a branch may release |
//!
//! Node's rules, taken from its source: <https://github.com/semantic-release/semantic-release/tree/v25.0.9/lib/branches>.

pub mod format;
pub mod range;
pub mod tags;
pub mod template;
pub mod version;

use semver::{Prerelease, Version};
use serde::Serialize;

use crate::kit::outcome::Result;
use crate::semantic_release::glob::Glob;

/// One entry of `branches` in a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// A name or a glob.
    pub name: String,
    /// The channel: not said, said to be the default one, or named.
    pub channel: Option<Option<String>>,
    /// The range of a maintenance branch, such as `1.x`.
    pub range: Option<String>,
    /// The identifier of a prerelease branch.
    pub prerelease: Option<Identifier>,
}

/// What stands in a prerelease version: `beta` in `1.0.0-beta.1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identifier {
    /// The branch's name.
    Name,
    /// This word.
    Word(String),
}

impl Setting {
    /// A branch of which no more than the name is said.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// The branches of a configuration that names none.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        let prerelease = |name| Self {
            prerelease: Some(Identifier::Name),
            ..Self::named(name)
        };
        [
            "+([0-9])?(.{+([0-9]),x}).x",
            "master",
            "main",
            "next",
            "next-major",
        ]
        .map(Self::named)
        .into_iter()
        .chain(["beta", "alpha"].map(prerelease))
        .collect()
    }
}

/// What a branch is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Fixes for an old version line, such as `1.x`.
    Maintenance,
    /// Releases.
    Release,
    /// Prereleases, such as `beta`.
    Prerelease,
}

/// A configured branch that exists on the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// Its channel; none is the default one.
    pub channel: Option<String>,
    /// The word in its prerelease versions.
    pub prerelease: Option<String>,
    /// The range of a maintenance branch, as it is written.
    pub range: Option<String>,
}

/// Why a run is refused: a stable code (Node's, where it has one), the text for people, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Such as `EINVALIDNEXTVERSION`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// The configured branches among those that exist, in Node's order: maintenance by range, release, prerelease. Beside them what
/// forbids a release.
///
/// # Errors
/// Configuration, when a glob or a template is none that can be taken.
pub fn expand(settings: &[Setting], heads: &[&str]) -> Result<(Vec<Branch>, Vec<Refusal>)> {
    let mut left: Vec<&str> = heads.to_vec();
    let mut found = Vec::new();
    for setting in settings {
        let glob = Glob::new(&setting.name)?;
        let taken: Vec<&str> = left.iter().copied().filter(|name| glob.is_match(name)).collect();
        left.retain(|name| !taken.contains(name));
        for name in taken {
            found.push((name, setting));
        }
    }
    let mut refusals = Vec::new();
    let mut branches = Vec::new();
    for (name, setting) in found {
        let mut filled = |text: &str| {
            template::fill(text, name).unwrap_or_else(|what| {
                let hint =
                    "a branch's channel, range and prerelease may be plain text, or such an expression";
                refusals.push(Refusal::new("EINVALIDBRANCH", what, hint));
                String::new()
            })
        };
        let range = setting.range.as_deref().map(&mut filled);
        let prerelease = setting.prerelease.as_ref().map(|identifier| match identifier {
            Identifier::Name => name.to_owned(),
            Identifier::Word(word) => filled(word),
        });
        let channel = setting.channel.as_ref().map(|channel| {
            channel
                .as_deref()
                .map(&mut filled)
                .filter(|channel| !channel.is_empty())
        });
        branches.push((name, range, prerelease, channel));
    }
    let mut sorted = Vec::new();
    for kind in [Kind::Maintenance, Kind::Prerelease, Kind::Release] {
        let mut first = true;
        for (name, range, prerelease, channel) in &branches {
            let is_maintenance = range.is_some() || range::is_maintenance(name);
            // A branch that is both is listed as both in Node, which then finds the maintenance branch first.
            let belongs = match kind {
                Kind::Maintenance => is_maintenance,
                Kind::Prerelease => prerelease.is_some() && !is_maintenance,
                Kind::Release => !is_maintenance && prerelease.is_none(),
            };
            if !belongs {
                continue;
            }
            let default = if kind == Kind::Release && first {
                None
            } else {
                Some((*name).to_owned())
            };
            first = false;
            sorted.push(Branch {
                name: (*name).to_owned(),
                kind,
                channel: channel.clone().unwrap_or(default),
                prerelease: prerelease.clone().filter(|_| kind == Kind::Prerelease),
                range: is_maintenance.then(|| range.clone().unwrap_or_else(|| (*name).to_owned())),
            });
        }
    }
    refusals.extend(check(&sorted));
    sorted.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| a.range.cmp(&b.range)));
    Ok((sorted, refusals))
}

/// What Node checks of the branches together, but for the ranges, which need the tags.
fn check(branches: &[Branch]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let of = |kind| branches.iter().filter(move |branch| branch.kind == kind);
    for branch in of(Kind::Maintenance) {
        let range = branch.range.as_deref().unwrap_or_default();
        if !range::is_maintenance(range) || range::bounds(range).is_none() {
            refusals.push(Refusal::new(
                "EMAINTENANCEBRANCH",
                format!("the maintenance branch '{}' has the range '{range}'", branch.name),
                "a range is written N.x, N.x.x or N.N.x, such as 1.x or 1.2.x",
            ));
        }
    }
    for branch in of(Kind::Prerelease) {
        let word = branch.prerelease.as_deref().unwrap_or_default();
        if word.is_empty() || Prerelease::new(&format!("{word}.1")).is_err() {
            refusals.push(Refusal::new(
                "EPRERELEASEBRANCH",
                format!(
                    "the branch '{}' cannot have '{word}' in its versions",
                    branch.name
                ),
                "\"prerelease\" names a word of letters, digits and dashes, such as \"beta\"",
            ));
        }
    }
    let words: Vec<_> = of(Kind::Prerelease)
        .map(|branch| branch.prerelease.as_deref())
        .collect();
    if let Some(twice) = words
        .iter()
        .enumerate()
        .find(|(at, word)| words[..*at].contains(word))
    {
        refusals.push(Refusal::new(
            "EPRERELEASEBRANCHES",
            format!(
                "two branches release prereleases with the word '{}'",
                twice.1.unwrap_or_default()
            ),
            "give each prerelease branch a \"prerelease\" of its own",
        ));
    }
    let releases: Vec<_> = of(Kind::Release).map(|branch| branch.name.as_str()).collect();
    if releases.is_empty() || releases.len() > 3 {
        let (message, hint) = match releases.len() {
            0 => (
                "none of the configured release branches exists on the remote".to_owned(),
                "push one of them first (git push origin master), or let \"branches\" name one to three that exist there",
            ),
            count => (
                format!("{count} release branches exist: {}", releases.join(", ")),
                "let \"branches\" name one to three that exist on the remote",
            ),
        };
        refusals.push(Refusal::new("ERELEASEBRANCHES", message, hint));
    }
    refusals
}

/// Node's first version.
pub const FIRST: Version = Version::new(1, 0, 0);
