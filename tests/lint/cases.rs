//! `tests/cases/lint`: a folder a case, no code to add one.

use std::path::Path;

use serde_json::Value;

use crate::sandbox::Sandbox;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/lint");

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).unwrap_or_else(|error| panic!("{from:?}: {error}")) {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn check(case: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(case.join("expected.json")).map_err(|error| error.to_string())?;
    let expected: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let sandbox = Sandbox::new();
    // Git keeps no empty folder, so a case may have no tree.
    if case.join("tree").exists() {
        copy(&case.join("tree"), &sandbox.root());
    }
    let list = |name: &str| expected[name].as_array().cloned().unwrap_or_default();
    let arguments = list("args");
    let mut arguments: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
    arguments.extend(["--format", "json"]);
    let run = sandbox.lint(&arguments);
    if run.code.map(i64::from) != expected["exit"].as_i64() {
        return Err(format!("expected exit {}: {run}", expected["exit"]));
    }
    let json = run.json();
    let told = json["findings"].as_array().expect("findings");
    for finding in list("findings") {
        let wanted = finding.as_object().expect("a finding");
        let is_it = |one: &&Value| {
            wanted
                .iter()
                .all(|(key, value)| (value.is_null() && key != "rule") || one[key] == *value)
        };
        if !told.iter().any(|one| is_it(&one)) {
            return Err(format!("not found: {finding}: {run}"));
        }
    }
    if list("findings").is_empty() && !told.is_empty() {
        return Err(format!("something was found: {run}"));
    }
    Ok(())
}

#[test]
fn every_case_ends_as_expected() {
    let mut cases: Vec<_> = std::fs::read_dir(CASES)
        .expect("the cases")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() >= 16, "cases are missing from {CASES}");
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| Some(format!("{}: {}", case.display(), check(case).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
