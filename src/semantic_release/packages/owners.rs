//! Which packages a changed file belongs to.

use std::collections::HashMap;

use super::model::Workspace;

/// Answers for one path after another, each in the time of its length.
#[derive(Debug, Clone)]
pub struct Owners {
    folders: HashMap<String, usize>,
    root: Option<usize>,
    monorepo: bool,
}

impl Owners {
    /// For these packages; the answers are places in `workspace.packages`.
    #[must_use]
    pub fn new(workspace: &Workspace) -> Self {
        let mut folders = HashMap::new();
        let mut root = None;
        for (index, package) in workspace.packages.iter().enumerate() {
            if package.path == "." {
                root = Some(index);
            } else {
                folders.insert(package.path.clone(), index);
            }
        }
        Self {
            folders,
            root,
            monorepo: workspace.monorepo,
        }
    }

    /// The packages that a changed file belongs to, outer ones first: a nested package's file belongs to the outer one too, as
    /// with Node. The package in the root of a monorepo gets what is in no other package; a single package gets everything.
    #[must_use]
    pub fn of(&self, path: &str) -> Vec<usize> {
        let mut owners: Vec<usize> = path
            .match_indices('/')
            .filter_map(|(at, _)| self.folders.get(&path[..at]))
            .copied()
            .collect();
        if owners.is_empty() || !self.monorepo {
            owners.extend(self.root);
        }
        owners
    }
}
