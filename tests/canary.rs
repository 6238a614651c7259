//! A secret put in every input, token and variable appears nowhere; hostile names and messages forge no log command.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use clap::CommandFactory as _;

const CANARY: &str = "c4n4ry-Sup3r/Secret+Value";
const SHA: &str = "0123456789012345678901234567890123456789";

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.org",
            "-c",
            "commit.gpgSign=false",
        ])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A workspace with a finding, and the files a runner gives a job.
struct Job {
    root: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Job {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let workspace = root.path().join("workspace");
        std::fs::create_dir(&workspace).expect("a folder");
        std::fs::create_dir(root.path().join("home")).expect("a folder");
        std::fs::write(workspace.join("a.yml"), "a: 1\na: 2\n").expect("a file");
        std::fs::write(root.path().join("event.json"), "{}").expect("a file");
        git(&workspace, &["init", "--quiet", "--initial-branch=master"]);
        git(&workspace, &["add", "."]);
        git(&workspace, &["commit", "--quiet", "--message=feat: begin"]);
        let at = |name: &str| root.path().join(name).display().to_string();
        let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".cache/tools/bin");
        let variables = BTreeMap::from([
            ("PATH".to_owned(), format!("{}:/usr/bin:/bin", tools.display())),
            ("HOME".to_owned(), at("home")),
            ("ACT".to_owned(), "true".to_owned()),
            ("GITHUB_EVENT_PATH".to_owned(), at("event.json")),
            ("GITHUB_OUTPUT".to_owned(), at("output")),
            ("GITHUB_STEP_SUMMARY".to_owned(), at("summary.md")),
            ("GITHUB_WORKSPACE".to_owned(), at("workspace")),
            ("FOUNDATION_TOKEN".to_owned(), CANARY.to_owned()),
        ]);
        Self { root, variables }
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn run(&self, action: &str) -> Output {
        let binary =
            Path::new(env!("CARGO_BIN_EXE_foundation")).with_file_name(format!("foundation-{action}"));
        let workspace = self.root.path().join("workspace");
        Command::new(binary)
            .current_dir(workspace)
            .env_clear()
            .envs(&self.variables)
            .output()
            .expect("the binary")
    }

    /// Fails if the canary, in any form, is in what was printed or in any file below the job's folder.
    fn assert_clean(&self, output: &Output, what: &str) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(CANARY);
        let forms: [&[u8]; 2] = [CANARY.as_bytes(), encoded.as_bytes()];
        let holds = |bytes: &[u8]| {
            forms
                .iter()
                .any(|form| bytes.windows(form.len()).any(|window| window == *form))
        };
        let log = [output.stdout.as_slice(), &output.stderr].concat();
        assert!(
            !holds(&log),
            "{what}: in the log: {}",
            String::from_utf8_lossy(&log)
        );
        let mut open = vec![self.root.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                assert!(
                    !holds(path.as_os_str().as_encoded_bytes()),
                    "{what}: in the name {}",
                    path.display()
                );
                if path.is_dir() && !path.is_symlink() {
                    open.push(path);
                } else if path.is_file() {
                    assert!(
                        !holds(&std::fs::read(&path).expect("a file")),
                        "{what}: in {}",
                        path.display()
                    );
                }
            }
        }
    }
}

fn commands() -> [(&'static str, clap::Command); 3] {
    [
        ("checkout", foundation::checkout::Raw::command()),
        ("lint", foundation::lint::Raw::command()),
        (
            "semantic-release",
            foundation::semantic_release::inputs::Raw::command(),
        ),
    ]
}

#[test]
fn a_secret_in_an_input_is_never_shown() {
    for (action, command) in commands() {
        for argument in command.get_arguments() {
            let Some(name) = argument.get_env().and_then(|name| name.to_str()) else {
                continue;
            };
            let job = Job::new().set(name, CANARY);
            let output = job.run(action);
            job.assert_clean(&output, &format!("{action}, {name}"));
            assert!(
                !output.stdout.is_empty() || !output.stderr.is_empty(),
                "{action}, {name}: nothing was said"
            );
        }
    }
}

#[test]
fn a_secret_in_a_variable_is_never_shown() {
    let runner = [
        "ACTOR",
        "API_URL",
        "SERVER_URL",
        "REPOSITORY",
        "SHA",
        "REF",
        "REF_NAME",
        "BASE_REF",
        "HEAD_REF",
        "EVENT_NAME",
        "RUN_ID",
        "RUN_NUMBER",
        "JOB",
        "WORKFLOW",
        "WORKFLOW_REF",
        "TOKEN",
    ];
    let other = [
        "AWS_SECRET_ACCESS_KEY",
        "NPM_TOKEN",
        "FOUNDATION_REGISTRY_TOKEN",
        "FOUNDATION_SIGNING_KEY",
        "DATABASE_PASSWORD",
        "DOCKER_HOST",
        "LANG",
        "TMPDIR",
        "HTTPS_PROXY",
    ];
    let names = runner
        .iter()
        .flat_map(|name| [format!("GITHUB_{name}"), format!("FORGEJO_{name}")]);
    for name in names.chain(other.map(str::to_owned)) {
        for (action, _) in commands() {
            let job = Job::new().set(&name, CANARY);
            let output = job.run(action);
            job.assert_clean(&output, &format!("{action}, {name}"));
        }
    }
}

#[test]
fn a_variable_that_is_named_like_a_secret_is_masked_without_being_ours() {
    // The finding's own text holds the value: the file repeats it as a key.
    let job = Job::new().set("DEPLOY_PASSWORD", "0ther-canary-value");
    std::fs::write(
        job.root.path().join("workspace/b.yml"),
        "0ther-canary-value: 1\n0ther-canary-value: 2\n",
    )
    .expect("a file");
    let output = job.run("lint");
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(
        log.contains("b.yml:2:1: error:") && !log.contains("0ther-canary-value"),
        "{log}"
    );
}

#[test]
fn hostile_names_and_messages_forge_no_log_command() {
    let job = Job::new().set("GITHUB_SHA", SHA).set("FOUNDATION_TOKEN", "");
    let workspace = job.root.path().join("workspace");
    let hostile = [
        "::error::name.yml",
        "a\n::set-env name=X::y.yml",
        "##[group]z.yml",
        "b\r::stop-commands::t.yml",
    ];
    for name in hostile {
        // The message repeats the key, which holds a line break and a command of its own.
        std::fs::write(
            workspace.join(name),
            "\"k\\n::error::message\": 1\n\"k\\n::error::message\": 2\n",
        )
        .expect("a file");
    }
    let output = job.run("lint");
    let log = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{log}");
    for line in log.split(['\n', '\r']).map(str::trim_start) {
        let ours = [
            "::group::",
            "::endgroup::",
            "::error file=",
            "::warning file=",
            "::notice file=",
            "::warning::",
            "::error::",
        ];
        let command = line.starts_with("::") || line.starts_with("##[");
        assert!(
            !command || ours.iter().any(|ours| line.starts_with(ours)),
            "{line}\n{log}"
        );
        // Our own annotations carry a place or are a sentence of ours; the hostile texts are "name…" and "message".
        assert!(
            !line.starts_with("::error::name") && !line.starts_with("::error::message"),
            "{line}\n{log}"
        );
    }
    let output_file = std::fs::read_to_string(job.root.path().join("output")).expect("outputs");
    assert!(output_file.contains("errors<<foundation_"), "{output_file}");
}
