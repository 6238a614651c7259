//! The pages name what exists: no dead link, and `docs/install.md` lists every path that this project adds.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn tracked() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout).expect("UTF-8");
    names
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_page_links_to_a_file_that_is_not_there() {
    let pages = tracked().into_iter().filter(|name| name.ends_with(".md"));
    let pages: Vec<String> = pages
        .filter(|name| !name.starts_with("matrix-fixtures/") && !name.starts_with("tests/cases/"))
        .collect();
    assert!(pages.len() > 5, "the pages were not found");
    let link = regex::Regex::new(r"\]\(([^)#\s]+)(?:#[^)]*)?\)").expect("a pattern");
    for page in pages {
        let text = std::fs::read_to_string(root().join(&page)).expect("a page");
        for found in link.captures_iter(&text) {
            let target = &found[1];
            if !target.contains("://") {
                let path = root().join(&page).parent().unwrap_or(Path::new("")).join(target);
                assert!(path.exists(), "{page} links to {target}, which is not there");
            }
        }
    }
}

#[test]
fn install_lists_every_path_this_project_adds() {
    let page = std::fs::read_to_string(root().join("docs/install.md")).expect("docs/install.md");
    let code = regex::Regex::new(r"`([^`]+)`").expect("a pattern");
    let listed: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| {
            code.captures_iter(line.split('|').nth(1).unwrap_or_default())
                .map(|c| c[1].to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    for name in tracked() {
        let known = listed
            .iter()
            .any(|path| name == *path || (path.ends_with('/') && name.starts_with(path.as_str())));
        assert!(known, "docs/install.md does not list {name}");
    }
    for path in &listed {
        assert!(
            root().join(path).exists(),
            "docs/install.md lists {path}, which is not there"
        );
    }
}
