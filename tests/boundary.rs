//! Folders, binaries, workflows, inputs and README tables agree with `src/registry.rs`.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use foundation::registry::{ACTIONS, MAINTAINER_BINARY};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn names(folder: &str, suffix: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter_map(|name| name.strip_suffix(suffix).map(str::to_owned))
        .collect()
}

fn actions() -> BTreeSet<String> {
    ACTIONS.iter().map(|action| action.name.to_owned()).collect()
}

/// The command line of each action.
fn commands() -> BTreeMap<&'static str, clap::Command> {
    let commands = BTreeMap::from([
        ("checkout", foundation::checkout::Raw::command()),
        ("lint", foundation::lint::Raw::command()),
        (
            "semantic-release",
            foundation::semantic_release::inputs::Raw::command(),
        ),
    ]);
    assert_eq!(
        commands
            .keys()
            .map(|&name| name.to_owned())
            .collect::<BTreeSet<_>>(),
        actions(),
        "add it here"
    );
    commands
}

/// The inputs of an action, as a caller names them: the long options, and the variable of a positional argument.
fn inputs(command: &clap::Command) -> BTreeSet<String> {
    command
        .get_arguments()
        .filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
        .map(input)
        .collect()
}

fn input(argument: &clap::Arg) -> String {
    let variable = argument
        .get_env()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let name = variable
        .strip_prefix("FOUNDATION_")
        .map(|name| name.to_lowercase().replace('_', "-"));
    let name = name.unwrap_or_else(|| panic!("{} has no FOUNDATION_<INPUT> variable", argument.get_id()));
    if let Some(long) = argument.get_long() {
        assert_eq!(long, name, "the option and its variable have one name");
    }
    name
}

/// The first column of the table whose head is `| input |`, below a heading (or anywhere).
fn table(markdown: &str, heading: Option<&str>) -> BTreeSet<String> {
    let from = heading.map_or(0, |heading| {
        markdown
            .find(&format!("\n{heading}\n"))
            .unwrap_or_else(|| panic!("no heading {heading}"))
    });
    let rest = &markdown[from..];
    let table = &rest[rest.find("| input |").expect("a table of inputs")..];
    table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            line.split('|')
                .nth(1)
                .expect("a column")
                .trim()
                .trim_matches('`')
                .to_owned()
        })
        .collect()
}

#[test]
fn each_action_has_its_folder_module_and_tests() {
    assert_eq!(names("actions", ""), actions());
    for action in ACTIONS {
        for file in ["action.yml", "README.md", "main.rs"] {
            assert!(
                root().join("actions").join(action.name).join(file).is_file(),
                "actions/{}/{file}",
                action.name
            );
        }
        let module = action.name.replace('-', "_");
        assert!(
            root().join(format!("src/{module}/mod.rs")).is_file(),
            "src/{module}/mod.rs"
        );
        assert!(
            root().join(format!("tests/{module}.rs")).is_file(),
            "tests/{module}.rs"
        );
    }
}

#[test]
fn each_action_has_its_binary_and_no_binary_is_left_over() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("TOML");
    let bins = manifest["bin"].as_array().expect("bins");
    let bins: BTreeMap<&str, &str> = bins
        .iter()
        .map(|bin| {
            (
                bin["name"].as_str().expect("a name"),
                bin["path"].as_str().expect("a path"),
            )
        })
        .collect();
    let mut expected: BTreeMap<String, String> = ACTIONS
        .iter()
        .map(|action| (action.binary(), format!("actions/{}/main.rs", action.name)))
        .collect();
    expected.insert(MAINTAINER_BINARY.to_owned(), "src/maintainer/main.rs".to_owned());
    assert_eq!(
        bins,
        expected
            .iter()
            .map(|(name, path)| (name.as_str(), path.as_str()))
            .collect()
    );
}

#[test]
fn each_workflow_has_its_template_and_its_rendered_file() {
    let expected: BTreeSet<String> = ACTIONS
        .iter()
        .filter(|action| action.workflow)
        .map(|action| action.name.to_owned())
        .collect();
    assert_eq!(names("reusable-workflows", ".yml.j2"), expected);
    // ci.yml is this project's own and no template's.
    let rendered: BTreeSet<String> = names(".forgejo/workflows", ".yml")
        .into_iter()
        .filter(|name| name != "ci")
        .collect();
    assert_eq!(rendered, expected);
}

#[test]
fn inputs_are_the_same_in_the_command_line_the_action_and_its_readme() {
    for (name, command) in commands() {
        let inputs = inputs(&command);
        let action: serde_yaml::Value =
            serde_yaml::from_str(&read(format!("actions/{name}/action.yml"))).expect("YAML");
        let described = action["inputs"].as_mapping().expect("inputs");
        let described: BTreeSet<String> = described
            .keys()
            .map(|key| key.as_str().expect("a name").to_owned())
            .collect();
        assert_eq!(described, inputs, "actions/{name}/action.yml");
        assert_eq!(
            table(&read(format!("actions/{name}/README.md")), None),
            inputs,
            "actions/{name}/README.md"
        );
    }
}

#[test]
fn the_inputs_of_a_workflow_are_inputs_of_its_binaries_and_stand_in_the_readme() {
    let known: BTreeSet<String> = commands().values().flat_map(inputs).collect();
    for action in ACTIONS.iter().filter(|action| action.workflow) {
        let file = format!(".forgejo/workflows/{}.yml", action.name);
        let workflow: serde_yaml::Value = serde_yaml::from_str(&read(&file)).expect("YAML");
        let call = &workflow["on"]["workflow_call"];
        let inputs: BTreeSet<String> = call["inputs"]
            .as_mapping()
            .expect("inputs")
            .keys()
            .map(|key| key.as_str().expect("a name").to_owned())
            .collect();
        assert!(
            inputs.is_subset(&known),
            "{file}: {:?} are no inputs of a binary",
            inputs.difference(&known)
        );
        assert_eq!(
            table(&read("README.md"), Some(&format!("### {}", action.name))),
            inputs,
            "README.md, {}",
            action.name
        );
    }
}
