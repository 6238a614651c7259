//! A letter that says which folders are packages, and any bytes, cut at NUL, as the manifests and lock files of a repository: what is
//! refused is refused for a reason, and what is edited says the new version, parses as before, and has nothing left to edit.
#![no_main]

use std::collections::BTreeMap;

use foundation::kit::outcome::{Failure, Kind};
use foundation::semantic_release::packages::ripple::Versions;
use foundation::semantic_release::packages::{
    Edits, Files, ManifestKind, Selection, Workspace, discover, edits, published, ripple,
};
use libfuzzer_sys::fuzz_target;
use semver::Version;

/// Where the pieces go, in order; an empty piece is no file.
const PATHS: &[&str] = &[
    "package.json",
    "packages/a/package.json",
    "packages/b/package.json",
    "package-lock.json",
    "bun.lock",
    "Cargo.toml",
    "packages/a/Cargo.toml",
    "packages/b/Cargo.toml",
    "Cargo.lock",
    "foundation.toml",
    "packages/a/foundation.toml",
    "VERSION",
    "packages/a/VERSION",
];

type Tree = BTreeMap<String, Vec<u8>>;

fuzz_target!(|data: &[u8]| {
    let Some((selection, data)) = data.split_first() else {
        return;
    };
    let tree: Tree = PATHS
        .iter()
        .zip(data.split(|&byte| byte == 0))
        .filter(|(_, bytes)| !bytes.is_empty())
        .map(|(path, bytes)| ((*path).to_owned(), bytes.to_owned()))
        .collect();
    let selection = match selection {
        b'r' => Selection::Root,
        b'n' => Selection::Named(vec!["packages/*".to_owned()]),
        _ => Selection::Auto,
    };
    match discover(&Files::memory(&tree), &selection, "repository") {
        Ok(workspace) => release(&tree, &selection, &workspace),
        Err(failure) => refused(&failure),
    }
});

fn refused(failure: &Failure) {
    assert_eq!(failure.kind(), Kind::Config, "{failure}");
    let text = failure.to_string();
    assert!(text.contains(':') || text.contains("package"), "{text}");
}

/// Releases the first package, and what follows from it.
fn release(tree: &Tree, selection: &Selection, workspace: &Workspace) {
    let Some(first) = workspace.packages.first() else {
        return;
    };
    let last: Versions = workspace
        .packages
        .iter()
        .map(|package| (package.name.clone(), Version::new(1, 2, 3)))
        .collect();
    let decided = Versions::from([(first.name.clone(), Version::new(2, 0, 0))]);
    let ripple = ripple(workspace, &last, &decided, |_| Ok(Version::new(1, 2, 4)))
        .expect("a patch is above the last version");
    let files = Files::memory(tree);
    let done = match edits(&files, workspace, &ripple.next, &ripple.ranges) {
        Ok(done) => done,
        Err(failure) => return refused(&failure),
    };
    for package in &workspace.packages {
        match published(&files, workspace, package, &ripple.versions, &done) {
            Ok(Some(bytes)) => assert!(is_json(&bytes), "{}", package.name),
            Ok(None) => {}
            Err(failure) => refused(&failure),
        }
    }
    // A version file may name any place of any file, a manifest's name among them.
    if workspace
        .packages
        .iter()
        .all(|package| package.version_files.is_empty())
    {
        edited(tree, selection, &ripple.next, &done);
    }
}

/// Whether it is JSON, perhaps behind a byte order mark.
fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice::<serde_json::Value>(text).is_ok()
}

fn edited(tree: &Tree, selection: &Selection, next: &Versions, done: &Edits) {
    let mut after = tree.clone();
    for edit in &done.edits {
        assert!(edit.path != "package-lock.json" || is_json(&edit.after));
        let before = after.insert(edit.path.clone(), edit.after.clone());
        assert!(before.is_some_and(|before| before != edit.after), "{}", edit.path);
    }
    let files = Files::memory(&after);
    let workspace = discover(&files, selection, "repository").expect("as before");
    for package in &workspace.packages {
        let Some(version) = next.get(&package.name) else {
            continue;
        };
        for manifest in package
            .manifests
            .iter()
            .filter(|manifest| manifest.kind != ManifestKind::Foundation)
        {
            if let Some(written) = &manifest.version {
                assert_eq!(written, &version.to_string(), "{}", manifest.path);
            }
        }
    }
    let again = edits(&files, &workspace, next, &[]).expect("as before");
    assert_eq!(again.edits, [], "nothing is left to edit");
}
