//! How a result looks: the document, the outputs, the terminal, the status.

use serde_json::Value;
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::sandbox::{ESLINT_CONFIG, Sandbox, command};

fn mixed() -> Sandbox {
    Sandbox::with(&[
        (
            "eslint.config.mjs",
            "export default [{ ignores: [\"gen.js\"] }, { rules: { \"no-undef\": \"error\", \"no-unused-vars\": \"warn\" } }];\n",
        ),
        ("src/a.js", "missing();\nconst unused = 1;\n"),
        ("src/broken.js", "const = 1;\n"),
        ("gen.js", "missing();\n"),
        ("a.yml", "key: value  \n"),
        ("a.sh", "#!/bin/sh\necho $1\n"),
    ])
}

#[test]
fn the_document_has_the_promised_shape() {
    let sandbox = mixed();
    sandbox.odd(b"n\xff.yml", "key: value  \n");
    let run = sandbox.lint(&["--format", "json"]);
    run.expect(1);
    let pretty = serde_json::to_string_pretty(&run.json()).expect("JSON");
    insta::assert_snapshot!("document", pretty);
    // Nothing else is on standard output, and keys come in the promised order.
    assert!(
        run.stdout.starts_with(r#"{"schema":1,"findings":[{"tool":"#),
        "{run}"
    );
    assert_eq!(run.stdout.lines().count(), 1);
}

#[test]
fn two_runs_and_one_core_say_the_same() {
    let sandbox = mixed();
    let first = sandbox.lint(&["--format", "json"]);
    for jobs in ["1", "2", "7"] {
        assert_eq!(
            sandbox.lint(&["--format", "json", "--jobs", jobs]).stdout,
            first.stdout
        );
    }
}

#[test]
fn a_part_of_the_repository() {
    let sandbox = mixed();
    let run = sandbox.lint(&["src", "--format", "json"]);
    assert_eq!(
        run.expect(1).json()["checked"],
        serde_json::json!({"eslint": 2, "yamllint": 0, "shellcheck": 0})
    );
    // The same from within it: paths are the repository's.
    assert_eq!(sandbox.lint_in("src", &["--format", "json"]).stdout, run.stdout);
    sandbox.lint(&["a.sh"]).expect(0).says("a.sh:2:6: info: ");
    sandbox
        .lint(&["eslint.config.mjs", "--linters", "eslint"])
        .expect(0);
    sandbox.file("README.md", "");
    sandbox.lint(&["README.md"]).expect(2).says("none of the linters");
    sandbox.lint(&["/tmp"]).expect(2);
}

#[test]
fn nothing_to_lint_is_said() {
    Sandbox::with(&[("README.md", "")])
        .lint(&[])
        .expect(0)
        .says("nothing to lint");
}

#[test]
fn outputs_for_later_jobs() {
    let mut sandbox = mixed();
    let file = sandbox.beside("output");
    sandbox
        .variable("FORGEJO_ACTIONS", "true")
        .variable("FORGEJO_OUTPUT", &file)
        .lint(&[])
        .expect(1);
    let text = std::fs::read_to_string(file).expect("outputs");
    let value = |name: &str| {
        let start = text
            .find(&format!("{name}<<"))
            .unwrap_or_else(|| panic!("{name}: {text}"));
        text[start..].lines().nth(1).expect("a value").to_owned()
    };
    assert_eq!(
        (value("errors"), value("warnings"), value("checked")),
        ("3".into(), "1".into(), "5".into())
    );
    let report: Value = serde_json::from_str(&value("report")).expect("JSON");
    assert_eq!(report["schema"], 1);
}

#[test]
fn a_very_long_report_is_cut_in_the_output_and_says_so() {
    let mut sandbox = Sandbox::new();
    for number in 0..20 {
        sandbox.file(&format!("f{number}.yml"), &"k:  \n".repeat(300));
    }
    let file = sandbox.beside("output");
    let run = sandbox
        .variable("FORGEJO_ACTIONS", "true")
        .variable("FORGEJO_OUTPUT", &file)
        .lint(&["--format", "json"]);
    run.expect(1);
    let all = run.json()["findings"].as_array().expect("findings").len();
    let text = std::fs::read_to_string(file).expect("outputs");
    let line = text
        .lines()
        .find(|line| line.starts_with("{\"schema\""))
        .expect("the report");
    assert!(line.len() < 250_000, "{}", line.len());
    let report: Value = serde_json::from_str(line).expect("JSON");
    let kept = report["findings"].as_array().expect("findings").len();
    assert_eq!(report["omitted"], all - kept);
}

#[test]
fn a_terminal_shows_the_line_of_code() {
    let sandbox = mixed();
    let inner = format!(
        "PATH={}:$PATH {} src",
        sandbox.first_path().display(),
        env!("CARGO_BIN_EXE_foundation-lint")
    );
    let done = command("script")
        .args(["--quiet", "--return", "--command", &inner, "/dev/null"])
        .current_dir(sandbox.root())
        .output()
        .expect("script, of util-linux or bsdutils");
    let text = String::from_utf8_lossy(&done.stdout);
    let plain = regex::Regex::new("\u{1b}\\[[0-9;]*m")
        .expect("a pattern")
        .replace_all(&text, "")
        .into_owned();
    assert!(
        plain.contains("src/a.js:1:1: error: 'missing' is not defined. (eslint/no-undef)"),
        "{plain}"
    );
    assert!(
        plain.contains("| missing();") && plain.contains("| ^^^^^^^"),
        "{plain}"
    );
}

/// The states that a scripted forge was told for a run, in order.
fn told(sandbox: &mut Sandbox, arguments: &[&str], code: i32) -> Vec<(String, String, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let server = runtime.block_on(async {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path_regex("/statuses/"))
            .respond_with(ResponseTemplate::new(201).set_body_string("{\"id\":1}"))
            .mount(&server)
            .await;
        server
    });
    let sha = sandbox.commit();
    sandbox
        .variable("FORGEJO_ACTIONS", "true")
        .variable("FORGEJO_SERVER_URL", server.uri())
        .variable("FORGEJO_API_URL", format!("{}/api/v1", server.uri()))
        .variable("FORGEJO_REPOSITORY", "o/n")
        .variable("FORGEJO_SHA", sha)
        .variable("FOUNDATION_TOKEN", "canary-3333");
    let run = sandbox.lint(arguments);
    run.expect(code).never_says("canary-3333");
    runtime.block_on(async {
        let requests = server.received_requests().await.expect("requests");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        requests
            .iter()
            .map(|request| {
                let body: Value = request.body_json().expect("JSON");
                (
                    text(&body["context"]),
                    text(&body["state"]),
                    text(&body["description"]),
                )
            })
            .collect()
    })
}

#[test]
fn the_status_is_red_when_it_could_not_be_found_out() {
    let told = |sandbox: &mut Sandbox, arguments: &[&str], code| {
        let told = told(sandbox, arguments, code);
        assert_eq!(told.len(), 1, "{told:?}");
        told.into_iter().next().expect("a status")
    };
    let good = || Sandbox::with(&[("a.yml", "a: 1\n"), ("part/b.yml", "a: 1  \n")]);
    let (context, state, words) = told(&mut good(), &["a.yml", "--fail-on", "warning"], 0);
    assert_eq!(
        (context.as_str(), state.as_str(), words.as_str()),
        ("foundation/lint (a.yml)", "success", "no findings in 1 file")
    );
    let (context, state, words) = told(&mut good(), &["part"], 1);
    assert_eq!(
        (context.as_str(), state.as_str(), words.as_str()),
        ("foundation/lint (part)", "failure", "1 error in 1 file")
    );
    let mut broken = good();
    broken.replace("yamllint", "exit 0");
    let (context, state, words) = told(&mut broken, &[], 3);
    assert_eq!((context.as_str(), state.as_str()), ("foundation/lint", "error"));
    assert!(words.contains("yamllint printed nothing"), "{words}");
    let (_, state, _) = told(&mut good(), &["--linters", "eslint"], 2);
    assert_eq!(state, "error");
}

#[test]
fn a_forge_that_cannot_be_told_is_no_pass() {
    let mut sandbox = Sandbox::with(&[("a.yml", "a: 1\n")]);
    let sha = sandbox.commit();
    sandbox
        .variable("FORGEJO_ACTIONS", "true")
        .variable("FORGEJO_SERVER_URL", "http://127.0.0.1:9")
        .variable("FORGEJO_REPOSITORY", "o/n")
        .variable("FORGEJO_SHA", sha)
        .variable("FOUNDATION_TOKEN", "canary-3333");
    sandbox
        .lint(&[])
        .expect(3)
        .says("0 errors")
        .never_says("canary-3333");
}

#[test]
fn vendored_by_attribute() {
    let sandbox = Sandbox::with(&[
        (
            ".gitattributes",
            "gen/** linguist-vendored\nmine.yml -linguist-vendored\n",
        ),
        ("gen/a.yml", "a:  [\n"),
        ("mine.yml", "a: 1\n"),
        ("lib/vendor/x.sh", "#!/bin/sh\necho $1\n"),
    ]);
    let run = sandbox.lint(&["--format", "json"]);
    run.expect(0);
    assert_eq!(
        run.json()["not_checked"],
        serde_json::json!([
            {"path": "gen/a.yml", "why": "vendored, as .gitattributes says"},
            {"path": "lib/vendor", "why": "vendored"}
        ])
    );
    sandbox.lint(&["gen/a.yml"]).expect(1);
    // Who names a vendored folder means it.
    sandbox.lint(&["gen"]).expect(1);
}

#[test]
fn the_projects_own_eslint_runs_when_it_is_locked_and_installed() {
    let sandbox = Sandbox::with(&[
        (".gitignore", "node_modules\n"),
        ("p/.eslintrc.json", "{\"root\":true}"),
        (
            "p/package-lock.json",
            "{\"packages\":{\"node_modules/eslint\":{\"version\":\"8.57.1\"}}}",
        ),
        (
            "p/node_modules/eslint/package.json",
            "{\"name\":\"eslint\",\"version\":\"8.57.1\"}",
        ),
        ("p/src/a.js", "a();\n"),
        ("b.js", "export const b = 1;\n"),
        ("eslint.config.js", ESLINT_CONFIG),
        ("package.json", "{\"type\":\"module\"}"),
    ]);
    std::fs::remove_file(sandbox.root().join("eslint.config.js")).expect("removed");
    // It says how it was called.
    let own = "#!/bin/sh\nprintf '[{\"filePath\":\"%s/src/a.js\",\"messages\":[{\"ruleId\":\"own\",\"severity\":2,\"message\":\"%s\",\"line\":1,\"column\":1}],\"errorCount\":1,\"warningCount\":0}]' \"$PWD\" \"$ESLINT_USE_FLAT_CONFIG $*\"\nexit 1\n";
    sandbox.file("p/node_modules/eslint/bin/eslint.js", own);
    let program = sandbox.root().join("p/node_modules/eslint/bin/eslint.js");
    std::fs::set_permissions(program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("executable");
    let run = sandbox.lint(&["--linters", "eslint"]);
    run.expect(1)
        .says("eslint 8.57.1 (the project's own in p), p/.eslintrc.json: 1 file")
        .says("the default configuration: 1 file")
        .says("p/src/a.js:1:1: error: false --no-color --format json -- ./src/a.js (eslint/own)");
}

#[test]
fn a_repository_of_sha_256() {
    let sandbox = Sandbox::new();
    std::fs::remove_dir_all(sandbox.root().join(".git")).expect("removed");
    sandbox.git(&["init", "--quiet", "--object-format=sha256"]);
    sandbox.file("a.yml", "key: value  \n");
    let base = sandbox.commit();
    assert_eq!(base.len(), 64);
    sandbox.lint(&[]).expect(1).says("a.yml:1:11: error");
    sandbox.file("b.yml", "key: value  \n");
    let run = sandbox.lint(&["--since", &base, "--format", "json"]);
    assert_eq!(
        run.expect(1).findings(),
        ["b.yml:1 yamllint/trailing-spaces error"]
    );
}
