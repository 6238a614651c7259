//! Patterns of a configuration: JavaScript's regular expressions, as far as they can be matched in linear time.

mod translate;

use regex::{Captures, Regex, RegexBuilder};

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::commit::header::{self, Mark};

/// The largest compiled pattern, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// A pattern.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// The header pattern of a preset.
    Header(Mark),
    /// Any other.
    Own {
        /// As it is written.
        source: String,
        /// Compiled.
        regex: Box<Regex>,
        /// What the text has to start with, in any case of ASCII: a cheap look before the dear one.
        start: &'static str,
    },
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header(one), Self::Header(other)) => one == other,
            (Self::Own { source: one, .. }, Self::Own { source: other, .. }) => one == other,
            (Self::Header(_), Self::Own { .. }) | (Self::Own { .. }, Self::Header(_)) => false,
        }
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Compiles a pattern as a configuration has it: `^(\w*): (.*)$`, or with flags `/^(\w*): (.*)$/i`.
    ///
    /// # Errors
    /// Configuration: JavaScript refuses it too, or it needs a backtracking engine.
    pub fn new(source: &str) -> Result<Self> {
        Self::starting_with("", source)
    }

    /// The same, for a pattern whose matches all start with that text.
    pub(super) fn starting_with(start: &'static str, source: &str) -> Result<Self> {
        let what = || {
            format!(
                "the pattern `{}` cannot be used",
                source.chars().take(100).collect::<String>()
            )
        };
        let translated = translate::translate(source).map_err(|why| {
            Failure::config(format!("{}: {why}", what()))
                .hint("patterns are matched in linear time, so look-around and backreferences are not known: write it without")
        })?;
        let regex = RegexBuilder::new(&translated).size_limit(LARGEST).build();
        let regex = regex.map_err(|error| {
            Failure::config(what())
                .because(error.to_string().lines().last().unwrap_or_default().to_owned())
                .hint("correct the regular expression")
        })?;
        Ok(Self::Own {
            source: source.to_owned(),
            regex: Box::new(regex),
            start,
        })
    }

    /// The first match.
    #[must_use]
    pub fn groups<'t>(&self, text: &'t str) -> Option<Groups<'t>> {
        match self {
            Self::Header(mark) => header::parts(text, *mark).map(|parts| Groups::Header(text, parts)),
            Self::Own { regex, start, .. } => {
                let begins = text
                    .get(..start.len())
                    .is_some_and(|begin| begin.eq_ignore_ascii_case(start));
                let captures = begins.then(|| regex.captures(text)).flatten()?;
                let named = regex.capture_names().flatten().next().is_some();
                Some(Groups::Own { captures, named })
            }
        }
    }
}

/// The groups of a match.
#[derive(Debug)]
pub enum Groups<'t> {
    /// The whole, type, scope and subject.
    Header(&'t str, [Option<&'t str>; 3]),
    /// Of any other pattern.
    Own {
        /// All of them.
        captures: Captures<'t>,
        /// Whether groups have names: they are then found by name.
        named: bool,
    },
}

impl<'t> Groups<'t> {
    /// The text of the whole match.
    #[must_use]
    pub fn whole(&self) -> Option<&'t str> {
        match self {
            Self::Header(text, _) => Some(text),
            Self::Own { captures, .. } => captures.get(0).map(|found| found.as_str()),
        }
    }

    /// A group by its number, from 0.
    #[must_use]
    pub fn nth(&self, index: usize) -> Option<&'t str> {
        match self {
            Self::Header(_, parts) => parts.get(index).copied().flatten(),
            Self::Own { captures, .. } => captures.get(index + 1).map(|found| found.as_str()),
        }
    }

    /// The group for a field: by its name where groups have names, else by its number.
    #[must_use]
    pub fn get(&self, index: usize, name: &str) -> Option<&'t str> {
        match self {
            Self::Own {
                captures,
                named: true,
            } => captures.name(name).map(|found| found.as_str()),
            Self::Own { .. } | Self::Header(..) => self.nth(index),
        }
    }
}
