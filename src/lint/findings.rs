//! What the linters found, in our own words: one shape for all tools.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::kit::report::Severity;

/// A linter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// JavaScript and TypeScript.
    Eslint,
    /// YAML.
    Yamllint,
    /// Shell scripts.
    Shellcheck,
}

impl Tool {
    /// Every linter, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Eslint, Self::Yamllint, Self::Shellcheck];

    /// The program's name, which is also the name people use for the linter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eslint => "eslint",
            Self::Shellcheck => "shellcheck",
            Self::Yamllint => "yamllint",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Tool {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|tool| tool.name() == text)
            .ok_or_else(|| format!("'{text}' is no linter; there are eslint, yamllint and shellcheck"))
    }
}

/// One thing a linter found. The order of the fields is the order in which findings are sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the repository.
    pub path: PathBuf,
    /// The line, from 1; none when the tool named no place.
    pub line: Option<u32>,
    /// The column in code points, from 1.
    pub column: Option<u32>,
    /// Who found it.
    pub tool: Tool,
    /// The rule; none when the file does not parse.
    pub rule: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub message: String,
}

/// A file that no linter looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotChecked {
    /// The file or folder, relative to the repository.
    pub path: PathBuf,
    /// Why not.
    pub why: String,
}

/// What one process of a linter told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What it found.
    pub findings: Vec<Finding>,
    /// How many files it looked at.
    pub checked: usize,
    /// The files that its own configuration keeps from it.
    pub not_checked: Vec<NotChecked>,
}

impl Reading {
    /// Adds what another process told.
    pub fn merge(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.checked += other.checked;
        self.not_checked.extend(other.not_checked);
    }
}

/// How many findings of each weight there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Findings of severity error.
    pub errors: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity info.
    pub infos: usize,
}

impl Counts {
    /// Counts findings.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let count = |severity| {
            findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .count()
        };
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
        }
    }
}

/// `1 file`, `2 files`.
#[must_use]
pub fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
