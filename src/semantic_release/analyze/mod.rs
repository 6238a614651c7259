//! Which commits decide which release type.
//!
//! Skip marks first, then reverts that cancel, then the rules: in this order, as Node `semantic-release` does.

pub(crate) mod reverts;
mod rules;

use serde::{Deserialize, Serialize};

use crate::semantic_release::commit::{Commit, Parsed, ParserOptions, text};

pub use rules::{Rule, Rules};

/// How far a release moves the version. The order is by weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReleaseType {
    /// `1.2.3` to `1.2.4`.
    Patch,
    /// `1.2.3` to `1.3.0`.
    Minor,
    /// `1.2.3` to `2.0.0`.
    Major,
}

/// What one commit asks for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its place in the list that was analysed.
    pub index: usize,
    /// What it asks for; none releases nothing.
    pub kind: Option<ReleaseType>,
    /// One short line for people: the rule that matched, or why it does not count (`skipped by [skip release]`,
    /// `taken back by 1234abc`, `no rule for docs`).
    pub why: String,
}

/// What the commits ask for together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Analysis {
    /// The largest of them; none releases nothing.
    pub kind: Option<ReleaseType>,
    /// Every commit, in the order given.
    pub commits: Vec<Judged>,
    /// What each message says, in the same order, for whoever reads messages with equal options; none where it is empty.
    pub parsed: Vec<Option<Parsed>>,
}

/// How commits are judged.
#[derive(Debug, Clone, Default)]
pub struct Analyzer {
    /// What releases what.
    pub rules: Rules,
    /// How messages are read.
    pub parser: ParserOptions,
}

impl ReleaseType {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

impl std::fmt::Display for ReleaseType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Judges commits, given as `git log` has them: newest first.
#[must_use]
pub fn analyze(commits: &[Commit], analyzer: &Analyzer) -> Analysis {
    let parsed: Vec<Option<Parsed>> = commits
        .iter()
        .map(|commit| commit.parse(&analyzer.parser))
        .collect();
    let skipped: Vec<bool> = commits
        .iter()
        .map(|commit| has_skip_mark(&commit.message))
        .collect();
    let counted = |index: usize| {
        parsed
            .get(index)?
            .as_ref()
            .filter(|_| skipped.get(index) == Some(&false))
    };
    let cancelled = reverts::cancelled(commits, counted, &analyzer.parser.revert_correspondence);
    let judge = |(index, commit): (usize, &Commit)| {
        let (kind, why) = match (cancelled.get(&index), counted(index)) {
            (Some(other), _) => (None, cancellation(index, *other, commits)),
            (None, Some(parsed)) => analyzer.rules.judge(commit, parsed, &analyzer.parser),
            (None, None) if skipped.get(index) == Some(&true) => {
                (None, String::from("skipped by [skip release]"))
            }
            (None, None) => (None, String::from("the message is empty")),
        };
        Judged { index, kind, why }
    };
    let judged: Vec<Judged> = commits.iter().enumerate().map(judge).collect();
    Analysis {
        kind: judged.iter().filter_map(|judged| judged.kind).max(),
        commits: judged,
        parsed,
    }
}

/// The log has the newest first, so what takes back stands before what is taken back.
fn cancellation(index: usize, other: usize, commits: &[Commit]) -> String {
    let hash = commits
        .get(other)
        .map(|commit| commit.hash.get(..7).unwrap_or(&commit.hash))
        .unwrap_or_default();
    if other < index {
        format!("taken back by {hash}")
    } else {
        format!("takes back {hash}, so neither counts")
    }
}

/// Whether `[skip release]` or `[release skip]` is in the message: `/\[skip\s+release]|\[release\s+skip]/i`.
#[must_use]
pub fn has_skip_mark(message: &str) -> bool {
    message.match_indices('[').any(|(at, _)| {
        let rest = message.get(at + 1..).unwrap_or_default();
        [("skip", "release"), ("release", "skip")]
            .into_iter()
            .any(|(first, second)| {
                let after = text::prefix(rest, first, true)
                    .and_then(|length| rest.get(length..))
                    .unwrap_or_default();
                let word = after.trim_start_matches(text::is_space);
                let end = text::prefix(word, second, true).and_then(|length| word.get(length..));
                word.len() < after.len() && end.is_some_and(|end| end.starts_with(']'))
            })
    })
}

/// Whether a message is the start of a repository: `init`, `init: …`, `Initial commit`, in any case. The platform releases
/// `1.0.0` where nothing was released yet and the first commit is such a one; Node does not.
#[must_use]
pub fn is_start(message: &str) -> bool {
    let header = text::first_line(text::trim(message)).to_lowercase();
    header == "init" || header.starts_with("init:") || header.trim_end_matches(['.', '!']) == "initial commit"
}

#[cfg(test)]
mod tests;
