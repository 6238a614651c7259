//! Lint over 50,000 files, with the real linters: clean passes, and one bad file in the middle does not.

use std::time::Instant;

use serde_json::Value;

use crate::generate::{self, Language, Shape};
use crate::{code, program};

#[test]
fn fifty_thousand_files() {
    let root = tempfile::tempdir().expect("a folder");
    let shape = Shape::LARGE;
    generate::repository(root.path(), &shape).expect("a repository");
    let bad: Vec<String> = [Language::JavaScript, Language::Yaml, Language::Shell]
        .into_iter()
        .map(|language| {
            let mut of = (0..shape.files())
                .map(|index| generate::file(&shape, index))
                .filter(|(_, is, _)| *is == language);
            of.nth(4_000).expect("a file").0
        })
        .collect();
    for (path, text) in bad
        .iter()
        .zip(["var one = 1;\n", "a: 1\na: 2\n", "#!/bin/sh\nif true; then\n"])
    {
        std::fs::write(root.path().join(path), text).expect("a file");
    }
    let start = Instant::now();
    let output = program("foundation-lint", root.path(), None)
        .args(["--format", "json", "--timeout", "1h"])
        .output()
        .expect("lint");
    assert_eq!(code(&output), 1, "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
    let checked: u64 = document["checked"]
        .as_object()
        .expect("counts")
        .values()
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(checked, shape.files() as u64 + 1);
    let mut found: Vec<String> = document["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|f| f["path"].as_str().expect("a path").to_owned())
        .collect();
    found.dedup();
    let mut expected = bad;
    expected.sort();
    assert_eq!(found, expected);
    println!(
        "fifty thousand files: {checked} checked in {} s, the 3 bad ones found",
        start.elapsed().as_secs()
    );
}
