//! Commits and their parents in memory: reachability, and ranges in exactly `git log`'s order.
//!
//! Everything here reads as few commits as the question needs: a walk goes down by commit date from both ends and stops where
//! they meet, so the cost grows with what lies between them, not with history.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use git2::{ObjectType, Odb, Oid};

use crate::kit::git::message;
use crate::kit::git::repo::Repo;
use crate::kit::outcome::{Failure, Result};

/// As many bytes of commit objects are kept for whoever wants their messages after a walk.
const KEPT: usize = 24 << 20;
/// After so many steps of walks from one head, all of its history is read once instead.
const PATIENCE: usize = 50_000;
/// How many commits `git log` looks further than it seems to have to, for the sake of clocks that went wrong.
const SLOP: u32 = 5;

/// A commit of a [`Graph`]; only that graph knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u32);

impl Id {
    fn at(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug)]
struct Node {
    oid: Oid,
    loaded: bool,
    time: i64,
    parents: Box<[Id]>,
    raw: Option<Box<[u8]>>,
}

/// What is known of the history below one commit.
#[derive(Debug, Default)]
struct Below {
    /// Commits that are known to be in it.
    known: Vec<bool>,
    /// Whether those are all.
    complete: bool,
    /// The steps that walks from here took.
    steps: usize,
}

/// The part of history that was looked at so far.
pub struct Graph<'r> {
    repo: &'r Repo,
    objects: Odb<'r>,
    shallow: HashSet<Oid>,
    nodes: Vec<Node>,
    index: HashMap<Oid, Id>,
    below: HashMap<Id, Below>,
    kept: usize,
    read: usize,
}

impl std::fmt::Debug for Graph<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph")
            .field("nodes", &self.nodes.len())
            .finish_non_exhaustive()
    }
}

/// Seen from the end of a range.
const WANTED: u8 = 1;
/// Seen from the start of a range, so not in it.
const UNWANTED: u8 = 2;
/// Has been in the queue.
const SEEN: u8 = 4;
/// Is in the queue.
const QUEUED: u8 = 8;
/// Its parents are known to the walk.
const PARSED: u8 = 16;

/// The state of one walk: a queue by commit date, first come first served, and what each commit is.
#[derive(Debug, Default)]
struct Walk {
    queue: BinaryHeap<(i64, Reverse<u64>, Id)>,
    flags: Vec<u8>,
    pushed: u64,
    /// How many in the queue are wanted and not unwanted.
    interesting: usize,
}

impl Walk {
    fn flags(&mut self, id: Id) -> &mut u8 {
        if self.flags.len() <= id.at() {
            self.flags.resize((id.at() + 1).max(self.flags.len() * 2), 0);
        }
        &mut self.flags[id.at()]
    }

    fn push(&mut self, id: Id, time: i64) {
        let flags = self.flags(id);
        *flags |= SEEN | QUEUED;
        let interesting = *flags & UNWANTED == 0;
        self.interesting += usize::from(interesting);
        self.pushed += 1;
        self.queue.push((time, Reverse(self.pushed), id));
    }

    fn pop(&mut self) -> Option<Id> {
        let (_, _, id) = self.queue.pop()?;
        let flags = self.flags(id);
        *flags &= !QUEUED;
        let interesting = *flags & UNWANTED == 0;
        self.interesting -= usize::from(interesting);
        Some(id)
    }

    /// Marks a commit as unwanted; whether that is new.
    fn unwant(&mut self, id: Id) -> bool {
        let flags = self.flags(id);
        if *flags & UNWANTED != 0 {
            return false;
        }
        *flags |= UNWANTED;
        let queued = *flags & QUEUED != 0;
        self.interesting -= usize::from(queued);
        true
    }
}

impl<'r> Graph<'r> {
    /// The graph of a repository, of which nothing has been looked at yet.
    ///
    /// # Errors
    /// Environment, when the repository has no objects to be read.
    pub fn new(repo: &'r Repo) -> Result<Self> {
        Ok(Self {
            objects: repo.objects()?,
            shallow: repo.shallow(),
            repo,
            nodes: Vec::new(),
            index: HashMap::new(),
            below: HashMap::new(),
            kept: 0,
            read: 0,
        })
    }

    /// The repository.
    #[must_use]
    pub fn repo(&self) -> &'r Repo {
        self.repo
    }

    /// How many commits were read so far.
    #[must_use]
    pub fn read(&self) -> usize {
        self.read
    }

    /// The commit's place in the graph. It need not be there: that is found out when it is looked at.
    pub fn id(&mut self, oid: Oid) -> Id {
        let next = Id(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        *self.index.entry(oid).or_insert_with(|| {
            self.nodes.push(Node {
                oid,
                loaded: false,
                time: 0,
                parents: Box::default(),
                raw: None,
            });
            next
        })
    }

    /// Puts a commit into the graph that no repository holds: history as it would be. `raw` is the commit object.
    pub fn imagine(&mut self, parents: &[Id], raw: Vec<u8>) -> Id {
        // A name that is no object's: the parents count, since two commits may say the same.
        let mut named = raw.clone();
        for &parent in parents {
            named.extend_from_slice(self.oid(parent).as_bytes());
        }
        let oid = Oid::hash_object(ObjectType::Blob, &named).unwrap_or(Oid::ZERO_SHA1);
        let id = self.id(oid);
        let node = &mut self.nodes[id.at()];
        node.time = message::time(&raw);
        node.parents = parents.into();
        node.loaded = true;
        node.raw = Some(raw.into_boxed_slice());
        id
    }

    /// The commit's place, for a commit or for a tag object that leads to one; none for anything else, and for what is not here.
    pub fn peeled(&mut self, oid: Oid) -> Option<Id> {
        if let Some(&id) = self.index.get(&oid)
            && self.nodes[id.at()].loaded
        {
            return Some(id);
        }
        match self.objects.read_header(oid).ok()?.1 {
            ObjectType::Commit => Some(self.id(oid)),
            ObjectType::Tag => self.repo.peel(oid).map(|commit| self.id(commit)),
            ObjectType::Any | ObjectType::Tree | ObjectType::Blob => None,
        }
    }

    /// The commit's object name.
    #[must_use]
    pub fn oid(&self, id: Id) -> Oid {
        self.nodes[id.at()].oid
    }

    /// The commit's parents.
    ///
    /// # Errors
    /// Environment, when the commit is missing or damaged.
    pub fn parents(&mut self, id: Id) -> Result<&[Id]> {
        self.load(id)?;
        Ok(&self.nodes[id.at()].parents)
    }

    fn load(&mut self, id: Id) -> Result<()> {
        if self.nodes[id.at()].loaded {
            return Ok(());
        }
        let oid = self.oid(id);
        let raw = self.object(oid)?;
        let cut = self.shallow.contains(&oid);
        let names: Vec<Oid> = message::parents(&raw)
            .filter_map(|name| Oid::from_str(std::str::from_utf8(name).ok()?).ok())
            .filter(|_| !cut)
            .collect();
        let parents = names.into_iter().map(|name| self.id(name)).collect();
        let keep = self.kept + raw.len() <= KEPT;
        self.kept += if keep { raw.len() } else { 0 };
        self.read += 1;
        let node = &mut self.nodes[id.at()];
        node.time = message::time(&raw);
        node.parents = parents;
        node.loaded = true;
        node.raw = keep.then(|| raw.into_boxed_slice());
        Ok(())
    }

    fn object(&self, oid: Oid) -> Result<Vec<u8>> {
        let what = || format!("commit {oid}");
        let object = self
            .objects
            .read(oid)
            .map_err(|error| self.repo.broken(&what(), &error))?;
        if object.kind() != ObjectType::Commit {
            return Err(Failure::environment(format!("{oid} is no commit")));
        }
        Ok(object.data().to_vec())
    }

    /// The commit object's bytes.
    ///
    /// # Errors
    /// Environment, when it is missing or damaged.
    pub fn raw(&mut self, id: Id) -> Result<std::borrow::Cow<'_, [u8]>> {
        self.load(id)?;
        match &self.nodes[id.at()].raw {
            Some(raw) => Ok(std::borrow::Cow::Borrowed(raw)),
            None => Ok(std::borrow::Cow::Owned(self.object(self.oid(id))?)),
        }
    }

    /// Whether `target` is `head` or in the history below it.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn reaches(&mut self, head: Id, target: Id) -> Result<bool> {
        if head == target {
            return Ok(true);
        }
        let mut below = self.below.remove(&head).unwrap_or_default();
        let answer = self.look(head, target, &mut below);
        self.below.insert(head, below);
        answer
    }

    fn look(&mut self, head: Id, target: Id, below: &mut Below) -> Result<bool> {
        let known = |below: &Below| below.known.get(target.at()).copied().unwrap_or(false);
        if below.complete || known(below) {
            return Ok(known(below));
        }
        // A tag whose commit was never fetched: all of our own history is here, so it is not in that.
        if !self.nodes[target.at()].loaded && !self.repo.holds(self.oid(target)) {
            return Ok(false);
        }
        if below.steps < PATIENCE
            && let Some(answer) = self.meet(head, target, below)?
        {
            return Ok(answer);
        }
        self.everything(head, below)?;
        Ok(known(below))
    }

    /// Walks down from both until one is found below the other, or nothing is left that only `head` has seen: what is left then
    /// is history of `target`, which is older than it. None when the patience ran out.
    fn meet(&mut self, head: Id, target: Id, below: &mut Below) -> Result<Option<bool>> {
        let mut walk = Walk::default();
        self.load(head)?;
        self.load(target)?;
        *walk.flags(head) |= WANTED;
        walk.push(head, self.nodes[head.at()].time);
        *walk.flags(target) |= UNWANTED;
        walk.push(target, self.nodes[target.at()].time);
        while walk.interesting > 0 {
            let Some(id) = walk.pop() else { break };
            below.steps += 1;
            if below.steps > PATIENCE {
                return Ok(None);
            }
            let flags = *walk.flags(id);
            if flags & WANTED != 0 {
                mark(&mut below.known, id);
            }
            for nth in 0..self.nodes[id.at()].parents.len() {
                let parent = self.nodes[id.at()].parents[nth];
                if flags & WANTED != 0 && parent == target {
                    mark(&mut below.known, target);
                    return Ok(Some(true));
                }
                let before = *walk.flags(parent);
                if flags & UNWANTED != 0 {
                    walk.unwant(parent);
                }
                *walk.flags(parent) |= flags & WANTED;
                // A commit that was seen already goes through the queue again when it has become more than it was.
                let grown = *walk.flags(parent) & (WANTED | UNWANTED) != before & (WANTED | UNWANTED);
                if before & SEEN == 0 || (grown && before & QUEUED == 0) {
                    self.load(parent)?;
                    walk.push(parent, self.nodes[parent.at()].time);
                }
            }
        }
        Ok(Some(false))
    }

    fn everything(&mut self, head: Id, below: &mut Below) -> Result<()> {
        let mut seen = vec![false; self.nodes.len()];
        mark(&mut seen, head);
        let mut stack = vec![head];
        while let Some(id) = stack.pop() {
            self.load(id)?;
            for nth in 0..self.nodes[id.at()].parents.len() {
                let parent = self.nodes[id.at()].parents[nth];
                if mark(&mut seen, parent) {
                    stack.push(parent);
                }
            }
        }
        below.known = seen;
        below.complete = true;
        Ok(())
    }

    /// The commits of `git log <from>..<to>`, or of `git log <to>`, in exactly its order.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn range(&mut self, from: Option<Id>, to: Id) -> Result<Vec<Id>> {
        let mut walk = Walk::default();
        let mut listed = Vec::new();
        if let Some(from) = from {
            self.load(from)?;
            *walk.flags(from) |= UNWANTED | PARSED;
            self.unwant_parents(&mut walk, from);
            walk.push(from, self.nodes[from.at()].time);
        }
        if *walk.flags(to) & SEEN == 0 {
            self.load(to)?;
            *walk.flags(to) |= WANTED | PARSED;
            walk.push(to, self.nodes[to.at()].time);
        }
        let mut last = i64::MAX;
        let mut slop = SLOP;
        while let Some(id) = walk.pop() {
            let unwanted = *walk.flags(id) & UNWANTED != 0;
            for nth in 0..self.nodes[id.at()].parents.len() {
                let parent = self.nodes[id.at()].parents[nth];
                self.load(parent)?;
                *walk.flags(parent) |= PARSED;
                if unwanted {
                    walk.unwant(parent);
                    self.unwant_parents(&mut walk, parent);
                }
                if *walk.flags(parent) & SEEN == 0 {
                    walk.push(parent, self.nodes[parent.at()].time);
                }
            }
            if !unwanted {
                last = self.nodes[id.at()].time;
                listed.push(id);
                continue;
            }
            slop = match walk.queue.peek() {
                None => 0,
                Some((time, _, _)) if last <= *time => SLOP,
                Some(_) if walk.interesting > 0 => SLOP,
                Some(_) => slop.saturating_sub(1),
            };
            if slop == 0 {
                break;
            }
        }
        listed.retain(|&id| *walk.flags(id) & UNWANTED == 0);
        Ok(listed)
    }

    /// Everything below an unwanted commit is unwanted, as far down as the walk has come.
    fn unwant_parents(&self, walk: &mut Walk, id: Id) {
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            for &parent in &self.nodes[id.at()].parents {
                if walk.unwant(parent) && *walk.flags(parent) & PARSED != 0 {
                    stack.push(parent);
                }
            }
        }
    }

    /// The first commit of a history: the one without parents that following first parents leads to.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn first(&mut self, head: Id) -> Result<Id> {
        let mut id = head;
        while let Some(&parent) = self.parents(id)?.first() {
            id = parent;
        }
        Ok(id)
    }
}

/// Sets a mark; whether it is new.
fn mark(marks: &mut Vec<bool>, id: Id) -> bool {
    if marks.len() <= id.at() {
        marks.resize((id.at() + 1).max(marks.len() * 2), false);
    }
    !std::mem::replace(&mut marks[id.at()], true)
}
