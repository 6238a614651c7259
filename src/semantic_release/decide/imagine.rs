//! History as it would be after a merge, imagined in memory: the decision about it takes the very way that the decision after
//! the merge will take.

use std::collections::BTreeSet;
use std::rc::Rc;

use git2::Oid;

use super::World;
use crate::kit::git::graph::Id;
use crate::kit::git::message;
use crate::kit::outcome::Result;
use crate::semantic_release::proposal::styles::Style;

/// Who makes commits that nobody makes.
const NOBODY: &str = "foundation <foundation@noreply.invalid>";

impl World<'_> {
    /// Stands on what merging `head` into the branch's commit would give; false where that style cannot merge it. `message` is
    /// asked for the message of the commit that is added; a rebase asks for that of its last commit, which it gives.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn merge(
        &mut self,
        base: Oid,
        head: Oid,
        style: Style,
        message: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool> {
        let (into, from) = (base, head);
        let (base, head) = (self.graph.id(base), self.graph.id(head));
        let added = || message("").unwrap_or_default();
        let on_top = self.graph.reaches(head, base)?;
        self.head = match style {
            Style::FastForwardOnly if !on_top => return Ok(false),
            Style::FastForwardOnly => head,
            Style::Merge => self.imagine(&[base, head], &added(), Rc::default())?,
            Style::Rebase => {
                let moved = self.rebase(base, head, on_top)?;
                self.amend(base, moved, message)?
            }
            Style::RebaseMerge => {
                let moved = self.rebase(base, head, on_top)?;
                self.imagine(&[base, moved], &added(), Rc::default())?
            }
            Style::Squash => {
                // What one commit adds and another takes away is not in the squashed one.
                let repo = self.graph.repo();
                let touched = self.folders.between(repo, repo.merge_base(into, from)?, from)?;
                self.imagine(&[base], &added(), Rc::new(touched))?
            }
        };
        Ok(true)
    }

    /// The commits moved onto the base: new hashes, the same messages and files. Merges among them are left out, as git does.
    fn rebase(&mut self, base: Id, head: Id, on_top: bool) -> Result<Id> {
        let mut ids = self.graph.range(Some(base), head)?;
        ids.reverse();
        let mut linear = true;
        for &id in &ids {
            linear &= self.graph.parents(id)?.len() == 1;
        }
        if on_top && linear {
            return Ok(head);
        }
        let mut tip = base;
        for id in ids {
            match *self.graph.parents(id)? {
                [_, _, ..] => continue,
                // What lies on the base already stays as it is, with its hash, which a revert may name.
                [parent] if parent == tip => {
                    tip = id;
                    continue;
                }
                [] | [_] => {}
            }
            let touched = self.folders.touched(&mut self.graph, id)?;
            let raw = self.graph.raw(id)?.into_owned();
            let raw = moved(&raw, self.after(&[tip])?, &self.graph.oid(tip));
            tip = self.graph.imagine(&[tip], raw);
            self.folders.imagine(tip, touched);
        }
        Ok(tip)
    }

    /// The last of the moved commits with another message, where the project has a template for it.
    fn amend(&mut self, base: Id, tip: Id, message: &dyn Fn(&str) -> Option<String>) -> Result<Id> {
        if tip == base {
            return Ok(tip);
        }
        let raw = self.graph.raw(tip)?.into_owned();
        let (head, last) = raw.split_at(head_end(&raw));
        let Some(text) = message(String::from_utf8_lossy(last).trim_start_matches('\n')) else {
            return Ok(tip);
        };
        let touched = self.folders.touched(&mut self.graph, tip)?;
        let parents = self.graph.parents(tip)?.to_vec();
        let id = self
            .graph
            .imagine(&parents, [head, format!("\n\n{text}\n").as_bytes()].concat());
        self.folders.imagine(id, touched);
        Ok(id)
    }

    fn imagine(&mut self, parents: &[Id], message: &str, touched: Rc<BTreeSet<usize>>) -> Result<Id> {
        let time = self.after(parents)?;
        let mut raw = String::from("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n");
        for &parent in parents {
            raw.push_str(&format!("parent {}\n", self.graph.oid(parent)));
        }
        raw.push_str(&format!(
            "author {NOBODY} {time} +0000\ncommitter {NOBODY} {time} +0000\n\n{message}\n"
        ));
        let id = self.graph.imagine(parents, raw.into_bytes());
        self.folders.imagine(id, touched);
        Ok(id)
    }

    /// A time after that of all parents, in seconds since 1970.
    fn after(&mut self, parents: &[Id]) -> Result<i64> {
        let mut latest = 0;
        for &parent in parents {
            latest = latest.max(message::time(&self.graph.raw(parent)?));
        }
        Ok(latest + 1)
    }
}

/// Where a commit object's message begins, with the empty line before it.
fn head_end(raw: &[u8]) -> usize {
    raw.windows(2)
        .position(|pair| pair == b"\n\n")
        .unwrap_or(raw.len())
}

/// A commit object on another parent, committed at another time.
fn moved(raw: &[u8], time: i64, parent: &Oid) -> Vec<u8> {
    let (head, message) = raw.split_at(head_end(raw));
    let mut out = Vec::with_capacity(raw.len() + 64);
    for line in head.split(|&byte| byte == b'\n') {
        if line.starts_with(b"parent ") {
            continue;
        }
        if line.starts_with(b"author ") {
            out.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        if line.starts_with(b"committer ") {
            out.extend_from_slice(format!("committer {NOBODY} {time} +0000").as_bytes());
        } else {
            out.extend_from_slice(line);
        }
        out.push(b'\n');
    }
    out.pop();
    out.extend_from_slice(message);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_commit_keeps_its_author_and_message() {
        let raw = b"tree a\nparent b\nparent c\nauthor A <a> 1 +0000\ncommitter C <c> 2 +0000\nencoding X\n\nfeat: one\n\nparent x\n";
        let parent = Oid::from_str(&"1".repeat(40)).expect("a name");
        let text = String::from_utf8(moved(raw, 9, &parent)).expect("text");
        assert_eq!(
            text,
            format!(
                "tree a\nparent {parent}\nauthor A <a> 1 +0000\ncommitter {NOBODY} 9 +0000\nencoding X\n\nfeat: one\n\nparent x\n"
            )
        );
    }
}
