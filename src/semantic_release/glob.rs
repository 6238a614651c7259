//! Globs as release rules and branch names write them: what `micromatch.isMatch` answers, in linear time.
//!
//! ```text
//! pattern ─▶ translate (a regular expression in JavaScript's dialect) ─▶ automaton (one pass over the text, from its end)
//! ```
//!
//! A pattern without special characters is compared as it is. Two differences are on purpose: text beside a range such as
//! `v1.{2..4}.x` is kept (micromatch loses it, so such a branch never releases there), and what only a backtracking engine
//! can do (backreferences, lookbehind) is a failure that says so.

mod automaton;
mod classes;
mod extglob;
mod syntax;
mod translate;

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::glob::automaton::Automaton;

/// The longest pattern, in bytes; compiling is quadratic in the worst case.
const LONGEST_PATTERN: usize = 4096;

/// The largest automaton, in instructions: a bound on the cost of each character of a text.
const LARGEST_AUTOMATON: usize = 20_000;

/// A compiled glob.
#[derive(Debug, Clone)]
pub struct Glob {
    pattern: String,
    /// None where only the text that equals the pattern matches.
    automaton: Option<Automaton>,
}

impl Glob {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Configuration: an empty pattern, one that is too long, or one that needs a backtracking engine.
    pub fn new(pattern: &str) -> Result<Self> {
        if pattern.is_empty() {
            return Err(
                Failure::config("a pattern is empty").hint("write `*` for anything, or leave the field out")
            );
        }
        if pattern.len() > LONGEST_PATTERN {
            let text = format!(
                "a pattern has {} bytes, more than {LONGEST_PATTERN}",
                pattern.len()
            );
            return Err(Failure::config(text).hint("split it into several rules"));
        }
        Ok(Self {
            pattern: pattern.to_owned(),
            automaton: if is_plain(pattern) {
                None
            } else {
                compile(pattern)?
            },
        })
    }

    /// The pattern, as written.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether the whole text matches. An empty text never does; a text that equals the pattern always does.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        if text.is_empty() {
            return false;
        }
        text == self.pattern
            || self
                .automaton
                .as_ref()
                .is_some_and(|automaton| automaton.matches(text))
    }
}

/// Whether nothing in it has a meaning.
fn is_plain(pattern: &str) -> bool {
    pattern
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' '))
        && !pattern.contains("--")
        && !pattern.contains("  ")
}

fn compile(pattern: &str) -> Result<Option<Automaton>> {
    match syntax::parse(&translate::source(pattern)) {
        Ok(node) => {
            let automaton = Automaton::new(&node);
            if automaton.len() > LARGEST_AUTOMATON {
                return Err(
                    Failure::config(format!("the pattern `{}` is too large", shown(pattern)))
                        .hint("split it into several rules"),
                );
            }
            Ok(Some(automaton))
        }
        // As with micromatch, a pattern that makes no regular expression matches nothing but itself.
        Err(syntax::Fault::Invalid) => Ok(None),
        Err(syntax::Fault::Unsupported(what)) => Err(Failure::config(format!(
            "the pattern `{}` uses {what}, which cannot be matched in linear time",
            shown(pattern)
        ))
        .hint("write it with `*`, `?`, `[…]`, `{a,b}`, `(a|b)`, `!(…)`, or as several rules")),
    }
}

/// The pattern, short enough for a message.
fn shown(pattern: &str) -> String {
    let mut text: String = pattern.chars().take(60).collect();
    if text.len() < pattern.len() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
