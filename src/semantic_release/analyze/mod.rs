//! Which commits decide which release type.

use serde::{Deserialize, Serialize};

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

impl ReleaseType {
    /// Its name, as configurations write it.
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
}
