//! The last release once more: what was in it, so that a release that was cut short can be completed.

use super::{Ask, Decision, Last, World};
use crate::kit::outcome::Result;
use crate::semantic_release::analyze::Analysis;
use crate::semantic_release::apply::job::SKIP;
use crate::semantic_release::branches::tags::Tags;
use crate::semantic_release::branches::version::Written;
use crate::semantic_release::commit::Commit;

/// What was in the last release.
#[derive(Debug, Clone, PartialEq)]
pub struct Again {
    /// The release.
    pub release: Last,
    /// Its version.
    pub version: Written,
    /// The release before it.
    pub before: Option<Last>,
    /// The channels that its note names; the default one where there is no note.
    pub channels: Vec<Option<String>>,
    /// The commit that was released: where the tag stands on a release commit of ours, that one's parent.
    pub head: String,
    /// Its commits, newest first.
    pub commits: Vec<Commit>,
    /// What they asked for.
    pub analysis: Analysis,
}

impl World<'_> {
    /// What was in the last release of a decision; none where there was none.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn again(&mut self, ask: &Ask<'_>, decision: &Decision) -> Result<Option<Again>> {
        let (Some(last), Some(branch)) = (&decision.last, &decision.branch) else {
            return Ok(None);
        };
        let tags = Tags::of(&self.tags, ask.format);
        let Some(tagged) = tags.iter().find(|tagged| tagged.tag == last.tag).cloned() else {
            return Ok(None);
        };
        let Some(at) = tagged.commit(&mut self.graph) else {
            return Ok(None);
        };
        let before = self.last(&tags, branch, Some(&tagged.version.version))?;
        let made = self.commits.get(&mut self.graph, at, self.folders.is_empty())?;
        let head = match *self.graph.parents(at)? {
            [parent] if made.message.contains(SKIP) => parent,
            _ => at,
        };
        let ids = self.range(before.as_ref(), head, ask.folder)?;
        let commits = self.commits(&ids)?;
        let analysis = (ask.analyze)(&commits);
        Ok(Some(Again {
            release: last.clone(),
            before: before.as_ref().map(|before| self.release(before)),
            channels: self.channels(&tagged).unwrap_or_else(|| vec![None]),
            head: self.graph.oid(head).to_string(),
            version: tagged.version,
            commits,
            analysis,
        }))
    }
}
