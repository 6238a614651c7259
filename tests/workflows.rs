//! The rendered workflows: up to date, and free of what a Forgejo would run otherwise than it looks. Each rule that a file can break
//! is one line in `problems`, with what it would lead to.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_methods,
    reason = "the test is no action: it starts the binaries itself"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use foundation::registry::ACTIONS;
use regex::Regex;
use serde_yaml::{Mapping, Value};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Workflows that change nothing, so that a newer push may cancel them.
const MAY_BE_CANCELLED: &[&str] = &["lint"];

/// The secrets of each workflow that takes some. Each is a variable of its own name, in the step of that name alone.
const SECRETS: &[(&str, &[&str])] = &[(
    "semantic-release",
    &[
        "FOUNDATION_TOKEN",
        "FOUNDATION_REGISTRY_TOKEN",
        "FOUNDATION_SIGNING_KEY",
    ],
)];

fn secrets(workflow: &str) -> &'static [&'static str] {
    SECRETS
        .iter()
        .find(|(name, _)| *name == workflow)
        .map_or(&[], |(_, secrets)| secrets)
}

/// What hands a secret over. Without a token of the caller's, it is the automatic one.
fn expression(secret: &str) -> String {
    match secret {
        "FOUNDATION_TOKEN" => "${{ secrets.FOUNDATION_TOKEN || github.token }}".to_owned(),
        other => format!("${{{{ secrets.{other} }}}}"),
    }
}

fn foundation(arguments: &[&str], directory: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_foundation"))
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("the binary runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn names() -> Vec<&'static str> {
    let names: Vec<&str> = ACTIONS
        .iter()
        .filter(|action| action.workflow)
        .map(|action| action.name)
        .collect();
    assert!(!names.is_empty());
    names
}

fn text(name: &str) -> String {
    let file = Path::new(ROOT)
        .join(".forgejo/workflows")
        .join(format!("{name}.yml"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn mapping<'a>(value: &'a Value, what: &str) -> &'a Mapping {
    value
        .as_mapping()
        .unwrap_or_else(|| panic!("{what} is no mapping"))
}

fn key(value: &Value) -> &str {
    value.as_str().expect("a key that is text")
}

/// Every pair of a key and a value, at any depth.
fn pairs<'a>(value: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
    match value {
        Value::Mapping(mapping) => {
            for (name, value) in mapping {
                found.push((key(name), value));
                pairs(value, found);
            }
        }
        Value::Sequence(list) => list.iter().for_each(|value| pairs(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Tagged(_) => {}
    }
}

/// What a workflow breaks, of all that can go wrong on a Forgejo without anybody being told.
fn problems(name: &str, text: &str) -> Vec<String> {
    let workflow: Value = serde_yaml::from_str(text).expect("YAML");
    let mut problems = Vec::new();
    let mut wrong = |problem: String| problems.push(problem);
    let mut all = Vec::new();
    pairs(&workflow, &mut all);
    for (key, value) in &all {
        let scalar = value.as_str().unwrap_or_default();
        match *key {
            "uses" => wrong(format!(
                "uses {scalar}: no third-party action, and `./` means the caller's workspace"
            )),
            "permissions" => wrong("permissions have no effect".to_owned()),
            "required" => wrong("`required` is not enforced: the binary has to check".to_owned()),
            "privileged" | "volumes" | "options" | "services" => {
                wrong(format!("{key}: a job gets nothing of its host"));
            }
            "secrets" if secrets(name).is_empty() => wrong("secrets are not needed".to_owned()),
            "run" if scalar.contains("${{") => wrong(format!("an expression within a shell line: {scalar}")),
            "runs-on" if scalar != "docker" => wrong(format!("runs on {scalar}, not on docker")),
            "strategy" => wrong("a matrix' outputs are those of its last leg".to_owned()),
            key if key.starts_with("INPUT_") => wrong(format!("{key}: this prefix makes inputs raw text")),
            _ => {}
        }
        let handed = secrets(name)
            .iter()
            .any(|secret| key == secret && scalar == expression(secret));
        if scalar.contains("secrets.") && !handed {
            wrong(format!(
                "{scalar}: secrets.FORGEJO_TOKEN is empty in one way of calling; github.token never"
            ));
        }
        if scalar.contains("docker.sock") || scalar.contains("./actions") {
            wrong(format!("{scalar} is out of a job's reach"));
        }
        if scalar.contains("github.event_name") {
            wrong(format!(
                "{scalar}: it is workflow_call in one way of calling; read the event file"
            ));
        }
    }
    let on: Vec<&str> = mapping(&workflow["on"], "on").keys().map(key).collect();
    if on != ["workflow_call"] {
        wrong(format!(
            "starts on {on:?} too: it would run in this repository by itself"
        ));
    }
    let call = &workflow["on"]["workflow_call"];
    for (input, value) in mapping(&call["inputs"], "inputs") {
        let input = key(input);
        if !matches!(value["type"].as_str(), Some("string" | "boolean" | "number")) {
            wrong(format!(
                "the input {input} has no type that both ways of calling know"
            ));
        }
        if value["description"].as_str().is_none_or(str::is_empty) || value.get("default").is_none() {
            wrong(format!("the input {input} has no description or no default"));
        }
        let variable = format!("FOUNDATION_{}", input.to_uppercase().replace('-', "_"));
        let expression = format!("${{{{ inputs.{input} }}}}");
        let handed = all
            .iter()
            .filter(|(key, value)| *key == variable && value.as_str() == Some(&expression));
        if handed.count() != 1 {
            wrong(format!(
                "the input {input} is not handed over as {variable}, once"
            ));
        }
    }
    let group = workflow["concurrency"]["group"].as_str().unwrap_or_default();
    let uses_of_inputs = text.matches("${{ inputs.").count() - group.matches("${{ inputs.").count();
    if uses_of_inputs != mapping(&call["inputs"], "inputs").len() {
        wrong(format!("inputs are used {uses_of_inputs} times"));
    }
    let jobs = mapping(&workflow["jobs"], "jobs");
    let pinned = Regex::new("^foundation-ci:[0-9a-f]{12}$").expect("a pattern");
    for (id, job) in jobs {
        let id = key(id);
        if !id.starts_with("foundation-") {
            wrong(format!(
                "the job {id}: equal names get a number in the forge's statuses, so it has to be our own"
            ));
        }
        let image = job["container"]["image"].as_str().unwrap_or_default();
        if !pinned.is_match(image) {
            wrong(format!("the job {id} runs in '{image}', which is not pinned"));
        }
        for step in job["steps"].as_sequence().expect("steps") {
            let run = step["run"].as_str().unwrap_or_default();
            let known = ACTIONS.iter().any(|action| run == action.binary());
            if !known {
                wrong(format!("the step `{run}` is more than one of our binaries"));
            }
            let own = run == format!("foundation-{name}");
            let token = step["env"]["FOUNDATION_TOKEN"].as_str();
            let given = own && secrets(name).contains(&"FOUNDATION_TOKEN");
            let right = if given {
                expression("FOUNDATION_TOKEN")
            } else {
                "${{ github.token }}".to_owned()
            };
            if token.is_some_and(|token| token != right) {
                wrong(format!("the step `{run}` takes its token from elsewhere"));
            }
            for secret in secrets(name) {
                if step["env"].get(secret).is_some() != own && *secret != "FOUNDATION_TOKEN" {
                    wrong(format!(
                        "{secret} is for the step foundation-{name}, not for `{run}`"
                    ));
                }
            }
        }
        for (output, value) in job["outputs"].as_mapping().unwrap_or(&Mapping::new()) {
            let output = key(output);
            let of_call = format!("${{{{ jobs.{id}.outputs.{output} }}}}");
            if call["outputs"][output]["value"].as_str() != Some(&of_call) {
                wrong(format!("the output {output} of {id} does not reach the caller"));
            }
            let step = value
                .as_str()
                .unwrap_or_default()
                .trim_start_matches("${{ steps.")
                .split('.')
                .next();
            let steps = job["steps"].as_sequence().expect("steps");
            if !steps.iter().any(|one| one["id"].as_str() == step) {
                wrong(format!("the output {output} of {id} comes from no step"));
            }
        }
    }
    let declared: Vec<&str> = call["secrets"]
        .as_mapping()
        .map(|declared| declared.keys().map(key).collect())
        .unwrap_or_default();
    if declared != secrets(name) {
        wrong(format!(
            "declares the secrets {declared:?}, not {:?}",
            secrets(name)
        ));
    }
    let cancels = workflow["concurrency"]["cancel-in-progress"].as_bool();
    if cancels.is_some()
        && !["github.repository", "github.ref", "inputs.path"]
            .iter()
            .all(|part| group.contains(part))
    {
        wrong(format!(
            "the group '{group}' holds runs apart, or together, that it should not"
        ));
    }
    if !MAY_BE_CANCELLED.contains(&name) && cancels != Some(false) {
        wrong("without `cancel-in-progress: false`, a new push kills it half way".to_owned());
    }
    problems
}

#[test]
fn the_rendered_workflows_are_those_of_the_registry_and_up_to_date() {
    let output = foundation(&["workflows", "check"], Path::new(ROOT));
    assert!(output.status.success(), "{}", out(&output));
    for folder in ["reusable-workflows", ".forgejo/workflows"] {
        let files: BTreeSet<String> = std::fs::read_dir(Path::new(ROOT).join(folder))
            .expect("the folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|name| name != "ci.yml")
            .map(|name| name.split('.').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(
            files,
            names().into_iter().map(str::to_owned).collect(),
            "{folder}"
        );
    }
}

#[test]
fn no_workflow_relies_on_what_the_forge_does_not_do() {
    for name in names() {
        let problems = problems(name, &text(name));
        assert!(problems.is_empty(), "{name}.yml:\n{}", problems.join("\n"));
    }
}

/// The control of the test above: each of these breaks it.
#[test]
fn each_rule_is_noticed_when_it_is_broken() {
    let good = text("lint");
    let changes = [
        (
            "        run: foundation-checkout\n",
            "        uses: actions/checkout@v4\n",
        ),
        (
            "        run: foundation-lint\n",
            "        run: foundation-lint ${{ inputs.path }}\n",
        ),
        (
            "        run: foundation-lint\n",
            "        run: foundation-lint; curl x\n",
        ),
        ("          FOUNDATION_PATH:", "          INPUT_PATH:"),
        ("          FOUNDATION_SINCE: ${{ inputs.since }}\n", ""),
        ("${{ github.token }}", "${{ secrets.FORGEJO_TOKEN }}"),
        ("  foundation-lint:\n", "  lint:\n"),
        ("    runs-on: docker\n", "    runs-on: host\n"),
        (
            "    runs-on: docker\n",
            "    runs-on: docker\n    permissions: {contents: read}\n",
        ),
        (
            "    container:\n",
            "    container:\n      options: --privileged\n",
        ),
        (
            "    container:\n",
            "    container:\n      volumes: [/var/run/docker.sock:/var/run/docker.sock]\n",
        ),
        (
            "        type: boolean\n",
            "        type: boolean\n        required: true\n",
        ),
        ("        type: boolean\n", "        type: choice\n"),
        ("  workflow_call:\n", "  push:\n  workflow_call:\n"),
        ("        id: lint\n", ""),
        (
            "        value: ${{ jobs.foundation-lint.outputs.errors }}",
            "        value: ${{ jobs.lint.outputs.errors }}",
        ),
    ];
    for (from, to) in changes {
        assert!(good.contains(from), "the workflow has changed: {from}");
        let bad = good.replacen(from, to, 1);
        assert!(!problems("lint", &bad).is_empty(), "{from} -> {to}");
    }
    let image = Regex::new("foundation-ci:[0-9a-f]{12}").expect("a pattern");
    assert!(!problems("lint", &image.replace(&good, "foundation-ci:latest")).is_empty());
    assert!(
        !problems("release", &good).is_empty(),
        "only lint may be cancelled"
    );
}

/// The same for what only a workflow that writes has.
#[test]
fn each_rule_of_secrets_and_concurrency_is_noticed_when_it_is_broken() {
    let good = text("semantic-release");
    let changes = [
        ("\n  cancel-in-progress: false", "\n  cancel-in-progress: true"),
        (" ${{ github.ref }}", ""),
        (" ${{ inputs.path }}", ""),
        (
            "${{ secrets.FOUNDATION_TOKEN || github.token }}",
            "${{ github.token }}",
        ),
        (
            "${{ secrets.FOUNDATION_TOKEN || github.token }}",
            "${{ secrets.FOUNDATION_TOKEN }}",
        ),
        ("${{ secrets.FOUNDATION_SIGNING_KEY }}", "${{ secrets.KEY }}"),
        (
            "          FOUNDATION_TAGS: \"true\"\n",
            "          FOUNDATION_TAGS: \"true\"\n          FOUNDATION_SIGNING_KEY: ${{ secrets.FOUNDATION_SIGNING_KEY }}\n",
        ),
        (
            "          FOUNDATION_TOKEN: ${{ github.token }}\n",
            "          FOUNDATION_TOKEN: ${{ secrets.FOUNDATION_TOKEN || github.token }}\n",
        ),
        ("      FOUNDATION_REGISTRY_TOKEN:\n", "      NPM_TOKEN:\n"),
    ];
    for (from, to) in changes {
        assert!(good.contains(from), "the workflow has changed: {from}");
        let bad = good.replacen(from, to, 1);
        assert!(!problems("semantic-release", &bad).is_empty(), "{from} -> {to}");
    }
    assert!(
        !problems("lint", &good).is_empty(),
        "only a workflow that is listed takes secrets"
    );
}

#[test]
fn every_variable_of_a_step_is_one_that_its_binary_reads() {
    let variable = Regex::new("FOUNDATION_[A-Z_]+").expect("a pattern");
    for name in names() {
        let workflow: Value = serde_yaml::from_str(&text(name)).expect("YAML");
        for (_, job) in mapping(&workflow["jobs"], "jobs") {
            for step in job["steps"].as_sequence().expect("steps") {
                let program = match step["run"].as_str().expect("run") {
                    "foundation-checkout" => env!("CARGO_BIN_EXE_foundation-checkout"),
                    "foundation-lint" => env!("CARGO_BIN_EXE_foundation-lint"),
                    "foundation-semantic-release" => env!("CARGO_BIN_EXE_foundation-semantic-release"),
                    other => panic!("add the binary {other} here"),
                };
                // Help names the variables that are set.
                let set = mapping(&step["env"], "env").keys().map(|name| (key(name), "x"));
                let help = Command::new(program)
                    .arg("--help")
                    .envs(set)
                    .output()
                    .expect("it runs");
                let help = out(&help);
                let read: BTreeSet<&str> = variable.find_iter(&help).map(|found| found.as_str()).collect();
                for (name, _) in mapping(&step["env"], "env") {
                    let name = key(name);
                    // The token is read by the kit for all actions.
                    assert!(
                        name == "FOUNDATION_TOKEN" || read.contains(name),
                        "{program} does not read {name}"
                    );
                }
            }
        }
    }
}

#[test]
fn this_project_is_checked_by_its_own_workflow() {
    let ci: Value = serde_yaml::from_str(&text("ci")).expect("YAML");
    let jobs = mapping(&ci["jobs"], "jobs");
    let lint = jobs
        .values()
        .find(|job| job["uses"] == "./.forgejo/workflows/lint.yml");
    assert!(lint.is_some_and(|job| job.get("runs-on").is_none()));
    let settings = std::fs::read_to_string(Path::new(ROOT).join(".actrc")).expect(".actrc");
    for setting in [
        "--container-daemon-socket -",
        "--workflows .forgejo/workflows",
        "--pull=false",
    ] {
        assert!(
            settings.lines().any(|line| line == setting),
            ".actrc lacks {setting}"
        );
    }
}

/// A clone with nothing in it but what `workflows` needs.
fn clone(template: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let templates = folder.path().join("reusable-workflows");
    std::fs::create_dir_all(&templates).expect("made");
    let pins = format!(
        "IMAGE_CI=foundation-ci@sha256:{}\nTOOL=1.2\n",
        "0123456789abcdef".repeat(4)
    );
    std::fs::write(folder.path().join("VERSIONS"), pins).expect("written");
    std::fs::write(templates.join("x.yml.j2"), template).expect("written");
    let rendered = folder.path().join(".forgejo/workflows/x.yml");
    (folder, rendered)
}

#[test]
fn render_writes_and_check_shows_what_differs() {
    let (folder, rendered) = clone("# [[ TOOL ]]\nimage: [[ IMAGE_CI_TAG ]]\nrun: ${{ x }}\n");
    let check = foundation(&["workflows", "check"], folder.path());
    assert_eq!(
        check.status.code(),
        Some(1),
        "nothing is rendered yet: {}",
        out(&check)
    );
    assert!(
        foundation(&["workflows", "render"], folder.path())
            .status
            .success()
    );
    let text = std::fs::read_to_string(&rendered).expect("rendered");
    assert!(
        text.ends_with("# 1.2\nimage: foundation-ci:0123456789ab\nrun: ${{ x }}\n"),
        "{text}"
    );
    assert!(
        foundation(&["workflows", "check"], folder.path())
            .status
            .success()
    );
    std::fs::write(&rendered, text.replace("1.2", "1.3")).expect("changed");
    let check = foundation(&["workflows", "check"], folder.path());
    let said = out(&check);
    assert_eq!(check.status.code(), Some(1));
    assert!(
        said.contains("x.yml") && said.contains("# 1.3") && said.contains("# 1.2"),
        "{said}"
    );
    assert!(!said.contains("${{ x }}"), "only what differs: {said}");
}

#[test]
fn a_pin_that_is_missing_is_a_configuration_error_that_names_its_place() {
    let (folder, rendered) = clone("a: 1\nb: [[ NO_SUCH_PIN ]]\n");
    let output = foundation(&["workflows", "render"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).contains("x.yml.j2:2"), "{}", out(&output));
    assert!(!rendered.exists());
}
