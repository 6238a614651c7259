//! The tags of one format, and which of them a branch holds.

use std::rc::Rc;

use git2::Oid;

use crate::kit::git::graph::{Graph, Id};
use crate::kit::outcome::Result;
use crate::semantic_release::branches::format::TagFormat;
use crate::semantic_release::branches::version::{Written, weigh};
use crate::semantic_release::history::Tag;

/// A tag that stands for a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// The tag's name.
    pub tag: String,
    /// The version, as the tag gives it.
    pub version: Written,
    /// What it points at: a commit, or a tag object.
    pub target: Oid,
    /// What the remote has under this name, where that is something else.
    pub elsewhere: Option<Oid>,
}

impl Tagged {
    /// The commit it stands on; none for a tag of something else, or of what is not here. It is looked up when it is asked for,
    /// since most tags never are.
    pub fn commit(&self, graph: &mut Graph<'_>) -> Option<Id> {
        graph.peeled(self.target)
    }

    /// Whether it stands on a head, or in the history below it.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn is_below(&self, graph: &mut Graph<'_>, head: Id) -> Result<bool> {
        match self.commit(graph) {
            Some(commit) => graph.reaches(head, commit),
            None => Ok(false),
        }
    }
}

/// The tags of one format, highest version first; among equals by name.
#[derive(Debug, Clone, Default)]
pub struct Tags {
    sorted: Rc<Vec<Tagged>>,
}

impl Tags {
    /// Those among all tags (sorted by name) that are of a format and stand on a commit.
    #[must_use]
    pub fn of(all: &[Tag], format: &TagFormat) -> Self {
        let prefix = format.prefix();
        let start = all.partition_point(|tag| tag.name.as_str() < prefix);
        let mut sorted: Vec<Tagged> = all[start..]
            .iter()
            .take_while(|tag| tag.name.starts_with(prefix))
            .filter_map(|tag| {
                Some(Tagged {
                    version: format.version(&tag.name)?,
                    tag: tag.name.clone(),
                    target: tag.peeled.unwrap_or(tag.target),
                    elsewhere: tag.elsewhere,
                })
            })
            .collect();
        sorted.sort_by(|a, b| weigh(&b.version.version, &a.version.version));
        Self {
            sorted: Rc::new(sorted),
        }
    }

    /// All of them, highest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Tagged> {
        self.sorted.iter()
    }

    /// The highest one below a head that is wanted.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn highest(
        &self,
        graph: &mut Graph<'_>,
        head: Id,
        wanted: impl Fn(&Tagged) -> bool,
    ) -> Result<Option<&Tagged>> {
        first(graph, head, self.iter().filter(|tagged| wanted(tagged)))
    }

    /// The lowest one below a head that is wanted.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn lowest(
        &self,
        graph: &mut Graph<'_>,
        head: Id,
        wanted: impl Fn(&Tagged) -> bool,
    ) -> Result<Option<&Tagged>> {
        first(graph, head, self.iter().rev().filter(|tagged| wanted(tagged)))
    }
}

fn first<'t>(
    graph: &mut Graph<'_>,
    head: Id,
    tags: impl Iterator<Item = &'t Tagged>,
) -> Result<Option<&'t Tagged>> {
    for tagged in tags {
        if tagged.is_below(graph, head)? {
            return Ok(Some(tagged));
        }
    }
    Ok(None)
}
