//! The five candidates and the monorepo, each through its own caller workflow.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::sandbox::{ROOT, Sandbox};

const CANDIDATES: &[(&str, usize)] = &[
    ("seaspots-homepage", 2),
    ("olsicrypto", 2),
    ("document-engine", 2),
    ("api", 2),
    ("token-service", 2),
    ("olsitrack2", 3),
];

fn candidate(name: &str) -> PathBuf {
    Path::new(ROOT).join("matrix-fixtures").join(name)
}

/// Runs all, two at once.
fn all(arguments: &[&str]) {
    std::thread::scope(|scope| {
        for half in [0, 1] {
            scope.spawn(move || {
                for (name, jobs) in CANDIDATES.iter().skip(half).step_by(2) {
                    let word = if *jobs == 1 { "job" } else { "jobs" };
                    Sandbox::new()
                        .act(&candidate(name), arguments)
                        .expect(0)
                        .says(&format!("act: {jobs} {word} succeeded, 0 failed, push on commit"));
                }
            });
        }
    });
}

#[test]
fn all_candidates_run_in_the_image() {
    all(&[]);
}

#[test]
fn all_candidates_run_without_docker() {
    all(&["--host"]);
}

/// A repository of its own, made of a candidate and what breaks it.
fn broken(sandbox: &Sandbox) -> PathBuf {
    let copied = |from: &Path| {
        let status = std::process::Command::new("cp")
            .arg("-R")
            .arg(from.join("."))
            .arg(sandbox.path("api"))
            .status();
        assert!(status.expect("cp runs").success());
    };
    std::fs::create_dir(sandbox.path("api")).expect("made");
    copied(&candidate("api"));
    copied(&candidate("broken/eslint-error/overlay"));
    sandbox.path("api")
}

#[test]
fn a_broken_variant_exits_1_and_names_path_line_and_rule() {
    for arguments in [&[][..], &["--host"]] {
        let sandbox = Sandbox::new();
        let repository = broken(&sandbox);
        sandbox
            .act(&repository, arguments)
            .expect(1)
            .says("src/export.js:5:")
            .says("(eslint/no-undef)")
            // The release needs lint, so it does not run.
            .says("act: 0 jobs succeeded, 1 failed");
    }
}

#[test]
fn the_matrix_is_one_document_and_one_table() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .command(&[
            "matrix",
            "--only",
            "api,eslint-error,monorepo-one-folder-red,release-config-js",
            "--format",
            "json",
        ])
        .output()
        .expect("it runs");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{log}");
    let document: Value = serde_json::from_slice(&output.stdout).expect("one document alone");
    assert_eq!(
        (&document["schema"], &document["good"]),
        (&2.into(), &true.into())
    );
    let cells = document["cells"].as_array().expect("cells");
    let told: Vec<Value> = cells
        .iter()
        .map(|cell| {
            let parts = ["candidate", "variant", "workflow", "expected"].map(|name| cell[name].clone());
            parts
                .into_iter()
                .chain([cell["states"]["good"].clone()])
                .collect()
        })
        .collect();
    let wanted = serde_json::json!([
        ["api", null, "lint", "pass", null],
        ["api", null, "semantic-release", "pass", 7],
        ["api", "eslint-error", "lint", "fail", null],
        ["olsitrack2", "monorepo-one-folder-red", "lint", "fail", null],
        [
            "olsicrypto",
            "release-config-js",
            "semantic-release",
            "fail",
            null
        ],
    ]);
    assert_eq!(Value::from(told), wanted);
    assert!(
        log.contains("fails as it has to, exit 1: src/export.js:5 eslint/no-undef"),
        "{log}"
    );
    assert!(
        log.contains("fails as it has to, exit 2: names release.config.js"),
        "{log}"
    );
    let row = log.lines().find(|line| line.starts_with("api  ")).expect("a row");
    let row: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(row[..3], ["api", "passes", "7/7"]);
    assert!(
        log.contains("matrix: 5 of 5 cells as they have to be, in the image"),
        "{log}"
    );
    sandbox.nothing_is_left();
}

#[test]
fn the_matrix_of_ci_has_to_check_the_image() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .command(&["matrix", "--host", "--only", "api"])
        .env("CI", "true")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
}
