//! Packages of a repository: found, ordered, and edited so that npm, bun and Cargo still accept their lock files.

#[path = "packages/discovery.rs"]
mod discovery;
#[path = "packages/formats.rs"]
mod formats;
#[path = "packages/random.rs"]
mod random;
#[path = "packages/ranges.rs"]
mod ranges;
#[path = "packages/tools.rs"]
mod tools;

use std::collections::BTreeMap;

use foundation::kit::outcome::Result;
use foundation::semantic_release::packages::ripple::Versions;
use foundation::semantic_release::packages::{
    Edits, Files, Ripple, Selection, Workspace, discover, edits, ripple,
};
use semver::Version;

/// Files by path.
pub type Tree = BTreeMap<String, Vec<u8>>;

pub fn tree(files: &[(&str, &str)]) -> Tree {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

pub fn find(tree: &Tree, selection: &str) -> Result<Workspace> {
    let selection: Selection = selection.parse().expect("a selection");
    discover(&Files::memory(tree), &selection, "repository")
}

/// What is wrong, as it is told.
pub fn wrong(tree: &Tree, selection: &str) -> String {
    find(tree, selection).expect_err("it is wrong").to_string()
}

pub fn versions(list: &[(&str, &str)]) -> Versions {
    list.iter()
        .map(|(name, text)| ((*name).to_owned(), text.parse().expect("a version")))
        .collect()
}

/// `1.2.3` to `1.2.4`, of whatever was released last.
pub fn patched(last: &Versions, name: &str) -> Version {
    let last = &last[name];
    Version::new(last.major, last.minor, last.patch + 1)
}

/// The ripple of a release, and the files after it.
pub fn release(tree: &Tree, selection: &str, last: &Versions, next: &Versions) -> (Ripple, Edits, Tree) {
    let workspace = find(tree, selection).expect("packages");
    let ripple =
        ripple(&workspace, last, next, |package| Ok(patched(last, &package.name))).expect("a ripple");
    let edits = edits(&Files::memory(tree), &workspace, &ripple.versions, &ripple.ranges).expect("edits");
    let mut after = tree.clone();
    for edit in &edits.edits {
        after.insert(edit.path.clone(), edit.after.clone());
    }
    (ripple, edits, after)
}

/// The text of a file.
#[track_caller]
pub fn text<'t>(tree: &'t Tree, path: &str) -> &'t str {
    std::str::from_utf8(&tree[path]).expect("UTF-8")
}
