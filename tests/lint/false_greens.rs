//! What must never look like a pass. Each way of a linter to have checked nothing has its test.

use crate::sandbox::{ESLINT_CONFIG, Sandbox};

const TOOLS: [(&str, &str, &str); 3] = [
    ("eslint", "a.js", "missing();\n"),
    ("yamllint", "a.yml", "key: value  \n"),
    ("shellcheck", "a.sh", "#!/bin/sh\nif [ $a = b ; then echo x; fi\n"),
];

/// A repository with one bad file for each linter.
fn bad() -> Sandbox {
    let sandbox = Sandbox::with(&[("eslint.config.mjs", ESLINT_CONFIG)]);
    for (_, file, text) in TOOLS {
        sandbox.file(file, text);
    }
    sandbox
}

/// A repository with one good file for each linter.
fn good() -> Sandbox {
    Sandbox::with(&[
        ("eslint.config.mjs", ESLINT_CONFIG),
        ("a.js", "export const a = 1;\n"),
        ("a.yml", "key: value\n"),
        ("a.sh", "#!/bin/sh\necho ok\n"),
    ])
}

/// Runs with each linter in turn replaced by a script, on good and on bad files: exit 3, and it says which linter.
fn each_replaced(script: &str, words: &str) {
    for (tool, file, _) in TOOLS {
        for mut sandbox in [good(), bad()] {
            let run = sandbox.replace(tool, script).lint(&["--format", "json"]);
            run.expect(3).says(tool).says(words);
            let json = run.json();
            assert_eq!(json["checked"][tool], 0, "{run}");
            let unchecked = json["not_checked"].as_array().expect("a list");
            assert!(unchecked.iter().any(|one| one["path"] == file), "{run}");
        }
    }
}

#[test]
fn the_good_files_are_good_and_the_bad_ones_bad() {
    good()
        .lint(&[])
        .expect(0)
        .says("0 errors, 0 warnings, 0 infos in 4 files (eslint 2, yamllint 1, shellcheck 1)");
    let run = bad().lint(&["--format", "json"]);
    run.expect(1);
    for (tool, ..) in TOOLS {
        assert!(run.findings().iter().any(|one| one.contains(tool)), "{run}");
    }
}

#[test]
fn a_linter_is_missing() {
    for (tool, file, _) in TOOLS {
        let mut sandbox = good();
        let run = sandbox.without(tool).lint(&["--format", "json"]);
        run.expect(3).says(&format!("the program {tool} is not on PATH"));
        assert!(run.json()["not_checked"].to_string().contains(file), "{run}");
    }
}

#[test]
fn a_linter_is_replaced_by_true() {
    each_replaced("exit 0", "printed nothing");
}

#[test]
fn a_linter_crashes() {
    each_replaced(
        "echo 'Segmentation fault' >&2; exit 139",
        "ended with exit code 139",
    );
}

#[test]
fn a_linter_is_killed() {
    each_replaced("kill -TERM $$", "was killed by signal 15");
}

#[test]
fn a_linter_runs_out_of_memory() {
    // What the kernel does; a process that reaches a limit of its own crashes instead.
    each_replaced("kill -KILL $$", "out of memory?");
}

#[test]
fn a_linter_takes_too_long() {
    for (tool, ..) in TOOLS {
        let mut sandbox = bad();
        sandbox
            .replace(tool, "sleep 60")
            .lint(&["--timeout", "2s"])
            .expect(3)
            .says("did not end within 2 s");
    }
}

#[test]
fn a_linter_prints_nothing_and_says_it_found_something() {
    each_replaced("exit 1", "printed nothing");
}

#[test]
fn a_linter_prints_a_truncated_report() {
    for (tool, ..) in TOOLS {
        for cut in [2, 40] {
            let script = format!(
                "\"$REAL\" \"$@\" > /dev/null; code=$?; \"$REAL\" \"$@\" | head -c -{cut}; exit $code"
            );
            let mut sandbox = bad();
            sandbox.replace(tool, &script).lint(&[]).expect(3).says(tool);
        }
    }
}

#[test]
fn a_linter_ends_well_in_spite_of_findings() {
    for (tool, code) in [("eslint", 1), ("yamllint", 3), ("shellcheck", 3)] {
        // eslint's report proves itself, so its findings count; the other two were shown a bad sample and lie.
        let mut sandbox = bad();
        sandbox
            .replace(tool, "\"$REAL\" \"$@\"; exit 0")
            .lint(&[])
            .expect(code)
            .says(tool);
    }
}

#[test]
fn a_linter_says_it_failed_but_found_nothing() {
    for (tool, ..) in TOOLS {
        let mut sandbox = good();
        sandbox
            .replace(tool, "\"$REAL\" \"$@\"; exit 2")
            .lint(&[])
            .expect(3)
            .says(tool);
    }
    good()
        .replace("eslint", "\"$REAL\" \"$@\"; exit 1")
        .lint(&[])
        .expect(3)
        .says("has no error");
}

#[test]
fn a_linter_leaves_a_file_out_of_its_report() {
    let report = r#"echo '[{"filePath":"'"$PWD"'/a.js","messages":[],"errorCount":0,"warningCount":0}]'"#;
    good()
        .replace("eslint", report)
        .lint(&[])
        .expect(3)
        .says("never reported eslint.config.mjs");
}

#[test]
fn a_broken_configuration() {
    let broken = [
        (
            "eslint.config.mjs",
            "export default [{ rules: { \"no-undef\": \"loud\" } }];\n",
        ),
        (
            "eslint.config.mjs",
            "import nothing from \"no-such-package\";\nexport default [];\n",
        ),
        ("eslint.config.mjs", "export default [\n"),
        (".yamllint", "rules: {no-such-rule: enable}\n"),
        (".yamllint", "rules: [\n"),
    ];
    for (config, text) in broken {
        let sandbox = bad();
        sandbox.file(config, text);
        let run = sandbox.lint(&[]);
        run.expect(2)
            .says(&format!("the configuration {config} does not work"));
    }
    let sandbox = bad();
    sandbox.file(".shellcheckrc", ":::\n");
    sandbox
        .lint(&["--linters", "shellcheck", "--format", "json"])
        .expect(1)
        .says("Failed to process");
}

#[test]
fn a_configuration_that_eslint_10_cannot_read() {
    let sandbox = Sandbox::with(&[(".eslintrc.json", "{\"root\": true}"), ("a.js", "missing();\n")]);
    sandbox
        .lint(&[])
        .expect(2)
        .says("cannot read .eslintrc.json")
        .says("--install");
}

#[test]
fn linters_named_by_hand_that_match_nothing() {
    let sandbox = Sandbox::with(&[("a.js", "export const a = 1;\n")]);
    let run = sandbox.lint(&["--linters", "eslint,yamllint,shellcheck"]);
    run.expect(2)
        .says("yamllint and shellcheck")
        .never_says("0 errors");
    sandbox
        .lint(&["--linters", "tslint"])
        .expect(2)
        .says("'tslint' is no linter");
}

#[test]
fn a_file_that_vanishes_half_way() {
    for (tool, file, _) in TOOLS {
        for mut sandbox in [good(), bad()] {
            sandbox.file(&format!("more/{file}"), "");
            let script = format!(
                "rm -f \"{}\"; exec \"$REAL\" \"$@\"",
                sandbox.root().join(file).display()
            );
            let run = sandbox.replace(tool, &script).lint(&["--format", "json"]);
            run.expect(3)
                .says("gone or unreadable while it was linted")
                .says(file);
        }
    }
}

#[test]
fn a_file_named_by_hand_that_is_ignored() {
    let sandbox = good();
    sandbox.file("eslint.config.mjs", "export default [{ ignores: [\"a.js\"] }];\n");
    sandbox.file(".yamllint", "extends: default\nignore: a.yml\n");
    let run = sandbox.lint(&["--format", "json"]);
    run.expect(0);
    let paths: Vec<String> = run.json()["not_checked"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["path"].to_string())
        .collect();
    assert_eq!(paths, ["\"a.js\"", "\"a.yml\""], "{run}");
    for file in ["a.js", "a.yml"] {
        sandbox
            .lint(&[file])
            .expect(2)
            .says(&format!("{file} was named, but not checked"));
    }
    sandbox.lint(&["a.sh"]).expect(0);
    sandbox.lint(&["nowhere"]).expect(2).says("cannot lint");
}

#[test]
fn a_pattern_that_ignores_the_planted_sample_too() {
    let sandbox = Sandbox::with(&[
        (".yamllint", "extends: default\nignore: |\n  *\n  !/*.yml\n"),
        ("a.yml", "key: value  \n"),
    ]);
    sandbox
        .lint(&["--format", "json", "--linters", "yamllint"])
        .expect(1);
}

#[test]
fn a_linter_that_is_missing_where_nothing_is_for_it() {
    let mut sandbox = Sandbox::with(&[("a.yml", "---\nkey: value\n")]);
    sandbox.without("eslint").lint(&[]).expect(0);
}
