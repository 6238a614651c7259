//! Which paths a commit changed, against its first parent, down to the depth that is asked for.

use git2::{ObjectType, Oid, Tree, TreeEntry};

use crate::kit::git::repo::Repo;
use crate::kit::outcome::Result;

/// What to do with a folder that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Into {
    /// Look at what differs in it.
    Enter,
    /// That it differs is enough.
    Pass,
}

impl Repo {
    /// Visits what differs between two commits' trees, `from` none being the empty tree: each path (bytes, with `/`) and whether
    /// it is a folder on either side. Renames are a removal and an addition. A folder that differs holds a file that differs, so
    /// who needs no more than that passes it by, which costs nothing.
    ///
    /// # Errors
    /// Environment, when a tree is missing or damaged.
    pub fn changes(
        &self,
        from: Option<Oid>,
        to: Oid,
        mut visit: impl FnMut(&[u8], bool) -> Into,
    ) -> Result<()> {
        let to = self.tree(to)?;
        let from = match from {
            Some(from) => Some(self.tree(from)?),
            None => None,
        };
        let mut path = Vec::new();
        self.compare(from.as_ref(), Some(&to), &mut path, &mut visit)
    }

    fn tree(&self, commit: Oid) -> Result<Tree<'_>> {
        self.inner_tree(commit)
            .map_err(|error| self.broken(&format!("the files of {commit}"), &error))
    }

    fn compare(
        &self,
        from: Option<&Tree<'_>>,
        to: Option<&Tree<'_>>,
        path: &mut Vec<u8>,
        visit: &mut impl FnMut(&[u8], bool) -> Into,
    ) -> Result<()> {
        if from.map(Tree::id) == to.map(Tree::id) {
            return Ok(());
        }
        let mut old = from.into_iter().flat_map(Tree::iter).peekable();
        let mut new = to.into_iter().flat_map(Tree::iter).peekable();
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(old), Some(new)) => key(old).cmp(&key(new)),
            };
            let before = if order.is_le() { old.next() } else { None };
            let after = if order.is_ge() { new.next() } else { None };
            let same = |a: &TreeEntry<'_>, b: &TreeEntry<'_>| {
                a.id() == b.id() && a.filemode_raw() == b.filemode_raw()
            };
            if let (Some(before), Some(after)) = (&before, &after)
                && same(before, after)
            {
                continue;
            }
            let Some(entry) = before.as_ref().or(after.as_ref()) else {
                continue;
            };
            let folder = entry.kind() == Some(ObjectType::Tree);
            let length = path.len();
            if length > 0 {
                path.push(b'/');
            }
            path.extend_from_slice(entry.name_bytes());
            if visit(path, folder) == Into::Enter && folder {
                let below = |entry: Option<&TreeEntry<'_>>| match entry {
                    Some(entry) => self.subtree(entry.id()).map(Some),
                    None => Ok(None),
                };
                let (before, after) = (below(before.as_ref())?, below(after.as_ref())?);
                self.compare(before.as_ref(), after.as_ref(), path, visit)?;
            }
            path.truncate(length);
        }
    }

    fn subtree(&self, oid: Oid) -> Result<Tree<'_>> {
        self.inner_subtree(oid)
            .map_err(|error| self.broken(&format!("the folder {oid}"), &error))
    }
}

/// Trees are sorted as if a folder's name ended in a slash; a file and a folder of one name are two things.
fn key<'a>(entry: &'a TreeEntry<'_>) -> impl Ord + use<'a> {
    let slash: &[u8] = if entry.kind() == Some(ObjectType::Tree) {
        b"/"
    } else {
        b""
    };
    Name(entry.name_bytes(), slash)
}

#[derive(PartialEq, Eq)]
struct Name<'a>(&'a [u8], &'a [u8]);

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.iter().chain(self.1).cmp(other.0.iter().chain(other.1))
    }
}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
