//! Edits of files that nobody writes by hand, and some do.

use std::collections::BTreeMap;

use semver::Version;

use super::*;
use crate::semantic_release::packages::{Selection, discover};

/// The files after the first package went to 2.0.0, or what is wrong.
fn released(
    selection: &Selection,
    tree: &[(&str, &str)],
) -> std::result::Result<BTreeMap<String, String>, String> {
    let bytes = tree
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let files = Files::memory(&bytes);
    let workspace = discover(&files, selection, "repository").map_err(|failure| failure.to_string())?;
    let versions = Versions::from([(workspace.packages[0].name.clone(), Version::new(2, 0, 0))]);
    let edits = edits(&files, &workspace, &versions, &[]).map_err(|failure| failure.to_string())?;
    let changed = edits
        .edits
        .into_iter()
        .map(|edit| (edit.path, String::from_utf8(edit.after).expect("UTF-8")));
    Ok(changed.collect())
}

#[test]
fn what_is_no_entry_of_a_lock_file_stays() {
    let manifest = r#"{"name": "x", "version": "1.0.0"}"#;
    for entry in ["1", "\"ä\"", "null", "[1]", "true"] {
        let lock = format!(r#"{{"packages": {{"": {entry}, "node_modules/y": {{}}}}}}"#);
        let tree = [("package.json", manifest), ("package-lock.json", lock.as_str())];
        let done = released(&Selection::Root, &tree).expect(entry);
        assert_eq!(done.keys().collect::<Vec<_>>(), ["package.json"], "{entry}");
    }
}

#[test]
fn a_comment_is_not_said_twice() {
    let tree = [
        (
            "package.json",
            "{\"name\": \"r\", \"private\": true, \"workspaces\": [\"a\"]}",
        ),
        ("a/package.json", "{\"name\": \"a\", \"version\": \"1.0.0\"}"),
        (
            "bun.lock",
            "{\n  \"workspaces\": {\n    \"a\": {\n      \"name\" /* n */: \"a\", // one, two\n      \"x\": {}, /*/ three */\n    },\n  },\n}\n",
        ),
    ];
    let done = released(&Selection::Auto, &tree).expect("good");
    assert_eq!(
        done["bun.lock"],
        "{\n  \"workspaces\": {\n    \"a\": {\n      \"name\" /* n */: \"a\",\n      \"version\": \"2.0.0\", // one, two\n      \"x\": {}, /*/ three */\n    },\n  },\n}\n"
    );
}

#[test]
fn a_cargo_package_without_a_version_gets_one_where_it_belongs() {
    for (before, after) in [
        (
            "package = { name = 'a' }\n",
            "package = { name = 'a', version = \"2.0.0\" }\n",
        ),
        (
            "[package]\nname = 'a' # c",
            "[package]\nname = 'a'\nversion = \"2.0.0\" # c",
        ),
    ] {
        let done = released(&Selection::Root, &[("Cargo.toml", before)]).expect(before);
        assert_eq!(done["Cargo.toml"], after);
    }
    let told =
        released(&Selection::Root, &[("Cargo.toml", "package.name = 'a'\n")]).expect_err("a dotted key");
    assert_eq!(
        told,
        "Cargo.toml: write package.version = \"0.0.0\" beside package.name"
    );
}

#[test]
fn a_thousand_problems_are_told_shortly() {
    let manifest = format!(
        "{{\"name\": \"x\", \"workspaces\": [{}1]}}",
        "1,\n".repeat(200_000)
    );
    let ours = (0..20_000).map(|at| format!("k{at} = 1\n")).collect::<String>();
    let told = released(
        &Selection::Root,
        &[("package.json", &manifest), ("foundation.toml", &ours)],
    )
    .expect_err("problems");
    assert!(told.lines().count() < 50, "{}", told.len());
}
