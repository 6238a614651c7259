//! The commits of a range, each read once, however many packages ask for it.

use std::collections::HashMap;

use crate::kit::git::graph::{Graph, Id};
use crate::kit::git::message;
use crate::kit::outcome::Result;
use crate::semantic_release::commit::text::trim;
use crate::semantic_release::commit::{Commit, Person};

/// Commits that were read.
#[derive(Debug, Default)]
pub struct Commits {
    read: HashMap<Id, Commit>,
}

impl Commits {
    /// A commit, its message trimmed as Node trims it. It is kept for the next who asks, unless it is asked for `once`.
    ///
    /// # Errors
    /// Environment, when it is missing or damaged.
    pub fn get(&mut self, graph: &mut Graph<'_>, id: Id, once: bool) -> Result<Commit> {
        if let Some(commit) = self.read.get(&id) {
            return Ok(commit.clone());
        }
        let parsed = message::parse(&graph.raw(id)?);
        let commit = Commit {
            hash: graph.oid(id).to_string(),
            message: trim(&parsed.message).to_owned(),
            author: Person {
                name: parsed.author_name,
                email: parsed.author_email,
            },
            time: parsed.time,
        };
        if !once {
            self.read.insert(id, commit.clone());
        }
        Ok(commit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_those_of_javascript() {
        assert_eq!(trim("\u{feff}\u{a0}\n a \u{3000}\u{2028}"), "a");
        assert_eq!(trim("\u{85}a\u{200b}"), "\u{85}a\u{200b}");
    }
}
