//! Which packages of a monorepo a commit touches. Each commit's files are compared once, for all packages together, and no
//! deeper than the packages lie.
//!
//! As in `semantic-release-monorepo` a package is touched by every file below its folder, also by those of a package inside it,
//! and a merge commit touches none. Where that one loses a release we differ: any file name counts, and a package in the root,
//! which it never releases, is touched by every file that is in no other package, and by a commit that changes no file at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use git2::Oid;

use crate::kit::git::Repo;
use crate::kit::git::changes::Into;
use crate::kit::git::graph::{Graph, Id};
use crate::kit::outcome::Result;

/// The folders of a monorepo's packages, numbered in the order they were named.
#[derive(Debug, Default)]
pub struct Folders {
    /// By path, without slashes at the ends; the empty one is the root.
    places: BTreeMap<Vec<u8>, usize>,
    touched: HashMap<Id, Rc<BTreeSet<usize>>>,
}

impl Folders {
    /// Folders by their paths relative to the repository; `.` and the empty path are the root.
    #[must_use]
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let clean = |path: &str| -> Vec<u8> {
            let parts: Vec<&str> = path
                .split('/')
                .filter(|part| !part.is_empty() && *part != ".")
                .collect();
            parts.join("/").into_bytes()
        };
        Self {
            places: paths
                .into_iter()
                .enumerate()
                .map(|(at, path)| (clean(path), at))
                .collect(),
            touched: HashMap::new(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The packages that a commit touches.
    ///
    /// # Errors
    /// Environment, when the commit or its files are missing or damaged.
    pub fn touched(&mut self, graph: &mut Graph<'_>, id: Id) -> Result<Rc<BTreeSet<usize>>> {
        if let Some(touched) = self.touched.get(&id) {
            return Ok(Rc::clone(touched));
        }
        let touched = Rc::new(self.look(graph, id)?);
        self.touched.insert(id, Rc::clone(&touched));
        Ok(touched)
    }

    /// Says what a commit touches that no repository holds.
    pub fn imagine(&mut self, id: Id, touched: Rc<BTreeSet<usize>>) {
        self.touched.insert(id, touched);
    }

    fn look(&self, graph: &mut Graph<'_>, id: Id) -> Result<BTreeSet<usize>> {
        let (parent, merge) = match *graph.parents(id)? {
            [] => (None, false),
            [parent] => (Some(parent), false),
            [parent, ..] => (Some(parent), true),
        };
        if merge {
            return Ok(BTreeSet::new());
        }
        self.between(
            graph.repo(),
            parent.map(|parent| graph.oid(parent)),
            graph.oid(id),
        )
    }

    /// The packages that a commit with the files of `to` touches when it is made on `from`, or on nothing.
    ///
    /// # Errors
    /// Environment, when the files of a commit are missing or damaged.
    pub fn between(&self, repo: &Repo, from: Option<Oid>, to: Oid) -> Result<BTreeSet<usize>> {
        let mut touched = BTreeSet::new();
        let root = self.places.get(&b""[..]).copied();
        let mut any = false;
        repo.changes(from, to, |path, folder| {
            any = true;
            let own = self.places.get(path);
            touched.extend(own);
            if folder && self.has_below(path) {
                return Into::Enter;
            }
            if self.package_of(path, own.is_some()).is_none() {
                touched.extend(root);
            }
            Into::Pass
        })?;
        if !any {
            touched.extend(root);
        }
        Ok(touched)
    }

    /// Whether a package lies deeper than this folder.
    fn has_below(&self, path: &[u8]) -> bool {
        let mut start = path.to_vec();
        start.push(b'/');
        self.places
            .range(start.clone()..)
            .next()
            .is_some_and(|(place, _)| place.starts_with(&start))
    }

    /// The package, other than the root's, that a path lies in.
    fn package_of(&self, path: &[u8], own: bool) -> Option<usize> {
        let whole = own.then(|| self.places.get(path)).flatten();
        let above = (1..path.len()).rev().filter(|&at| path[at] == b'/');
        whole.copied().or_else(|| {
            above
                .filter_map(|at| self.places.get(&path[..at]))
                .next()
                .copied()
        })
    }
}
