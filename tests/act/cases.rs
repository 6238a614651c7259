//! The shared cases of lint, through `workflow_call` in the image: one run of act, a job a case.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::{ROOT, Run, Sandbox};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn cases() -> BTreeMap<String, Value> {
    let folder = Path::new(ROOT).join("tests/cases/lint");
    let cases: BTreeMap<String, Value> = std::fs::read_dir(&folder)
        .expect("the cases")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path().join("expected.json")).expect("expected.json");
            (
                entry.file_name().into_string().expect("UTF-8"),
                serde_json::from_str(&text).expect("JSON"),
            )
        })
        .collect();
    assert!(cases.len() >= 16, "cases are missing");
    cases
}

/// A job that calls the workflow for the case's folder; `--fail-on warning` becomes the input `fail-on`.
fn job(name: &str, expected: &Value) -> String {
    let mut job = format!(
        "  {name}:\n    uses: olsitec/foundation/.forgejo/workflows/lint.yml@master\n    with:\n      path: {name}\n"
    );
    let arguments = expected["args"].as_array().expect("args");
    for pair in arguments.chunks(2) {
        let input = pair[0].as_str().expect("text").trim_start_matches('-');
        let _ = writeln!(job, "      {input}: {}", pair[1].as_str().expect("text"));
    }
    job
}

/// The lines of one job: what it printed itself, and what act says about it.
fn lines<'a>(run: &'a Run, job: &str) -> (Vec<&'a str>, Vec<&'a str>) {
    let prefix = format!("[{job}/");
    let (printed, told): (Vec<&str>, Vec<&str>) = run
        .log
        .lines()
        .filter(|line| line.starts_with(&prefix))
        .partition(|line| line.contains("]   | "));
    let printed = printed
        .iter()
        .filter_map(|line| Some(line.split_once("]   | ")?.1))
        .collect();
    (printed, told)
}

fn check(run: &Run, name: &str, expected: &Value) -> Result<(), String> {
    let (printed, told) = lines(run, name);
    let exit = expected["exit"].as_u64().expect("exit");
    let ended = match exit {
        0 => told.iter().any(|line| line.ends_with("Job succeeded")),
        exit => told
            .iter()
            .any(|line| line.ends_with(&format!("exitcode '{exit}': failure"))),
    };
    if !ended {
        return Err(format!("expected exit {exit}: {told:#?}\n{printed:#?}"));
    }
    for finding in expected["findings"].as_array().expect("findings") {
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        let start = format!("{name}/{}:{}:", text("path"), finding["line"]);
        let severity = format!(" {}: ", text("severity"));
        let end = match finding["rule"].as_str() {
            Some(rule) => format!("({}/{rule})", text("tool")),
            None => format!("({})", text("tool")),
        };
        let found = printed
            .iter()
            .any(|line| line.starts_with(&start) && line.contains(&severity) && line.ends_with(&end));
        if !found {
            return Err(format!("not found: {finding}: {printed:#?}"));
        }
    }
    Ok(())
}

#[test]
fn every_shared_case_ends_as_expected_in_the_image() {
    let sandbox = Sandbox::new();
    let cases = cases();
    let mut caller = "name: ci\non: push\njobs:\n".to_owned();
    for (name, expected) in &cases {
        caller.push_str(&job(name, expected));
        let tree = Path::new(ROOT).join("tests/cases/lint").join(name).join("tree");
        copy(&tree, &sandbox.path("cases").join(name));
    }
    sandbox.write("cases/.forgejo/workflows/ci.yml", &caller);
    let run = sandbox.act(&sandbox.path("cases"), &[]).expect(1);
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(name, expected)| Some(format!("{name}: {}", check(&run, name, expected).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
