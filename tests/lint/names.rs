//! Any file name: what a tool cannot be given, or could be misread, is still checked and told right.

use crate::sandbox::{ESLINT_CONFIG, Sandbox};

const HOSTILE: &[&[u8]] = &[
    b"-dash",
    b"--fix",
    b"with space",
    b" leading",
    b"trailing ",
    b"new\nline",
    b"carriage\rreturn",
    b"tab\there",
    b"quote\"'`$(touch pwned)",
    b"back\\slash",
    b"[id]",
    b"{a,b}",
    b"star*",
    b"what?",
    b"!bang",
    b"#hash",
    b"colon:3:4: [error] x (y)",
    b"::error::x",
    b"%0A::error::x",
    "ünï😀".as_bytes(),
    b"not\xff\xfeutf8",
    b"esc\x1b[31m",
];

#[test]
fn every_linter_finds_the_fault_in_a_file_of_any_name() {
    let sandbox = Sandbox::with(&[
        ("eslint.config.js", ESLINT_CONFIG),
        ("package.json", "{\"type\":\"module\"}"),
    ]);
    for (folder, extension, text) in [
        ("js", "js", "missing();\n"),
        ("yaml", "yml", "key: value  \n"),
        ("shell", "sh", "#!/bin/sh\ncd $1\n"),
    ] {
        for name in HOSTILE {
            let name = [folder.as_bytes(), b"/", name, b".", extension.as_bytes()].concat();
            sandbox.odd(&name, text);
        }
        // A name may also be a folder's.
        for name in HOSTILE {
            let name = [folder.as_bytes(), b"/", name, b"/a.", extension.as_bytes()].concat();
            sandbox.odd(&name, text);
        }
    }
    let run = sandbox.lint(&["--format", "json", "--fail-on", "never"]);
    run.expect(0);
    let json = run.json();
    assert_eq!(json["not_checked"].as_array().expect("a list").len(), 0, "{run}");
    for (tool, rule) in [
        ("eslint", "no-undef"),
        ("yamllint", "trailing-spaces"),
        ("shellcheck", "SC2086"),
    ] {
        let all = json["findings"].as_array().expect("findings");
        let paths: std::collections::BTreeSet<String> = all
            .iter()
            .filter(|one| one["tool"] == tool && one["rule"] == rule)
            .map(|one| one["path"].to_string())
            .collect();
        assert_eq!(paths.len(), 2 * HOSTILE.len(), "{tool}: {paths:#?}");
    }
    let odd = json["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .find(|one| one["path"] == "js/not%FF%FEutf8.js")
        .expect("the name that is not UTF-8");
    assert_eq!(odd["path_bytes"], "anMvbm90//51dGY4Lmpz");
    assert!(!sandbox.root().join("pwned").exists());
    // The same twice, byte for byte.
    assert_eq!(
        run.stdout,
        sandbox
            .lint(&["--format", "json", "--fail-on", "never", "--jobs", "1"])
            .stdout
    );
}

#[test]
fn no_name_and_no_message_is_a_log_command() {
    for host in ["FORGEJO_ACTIONS", "ACT"] {
        let mut sandbox = Sandbox::new();
        for name in HOSTILE {
            sandbox.odd(
                &[name, b".yml".as_slice()].concat(),
                "\"k\\n::error::m\": 1\n\"k\\n::error::m\": 2\n",
            );
        }
        let run = sandbox.variable(host, "true").lint(&[]);
        run.expect(1);
        for line in run.stdout.split(['\n', '\r']) {
            let ours = [
                "::error file=",
                "::group::",
                "::endgroup::",
                "::warning::a container engine",
            ];
            let is_ours = ours.iter().any(|ours| line.starts_with(ours));
            assert!(is_ours || !line.trim_start().starts_with("::"), "{line:?}");
            assert!(!line.contains('\u{1b}'), "{line:?}");
        }
    }
}

#[test]
fn columns_are_code_points() {
    let sandbox = Sandbox::with(&[
        ("eslint.config.mjs", ESLINT_CONFIG),
        ("a.js", "/*😀é*/ missing();\n\u{2028}/*😀*/ missing();\n"),
        ("a.yml", "\"😀é\": 1  \n"),
        ("a.sh", "#!/bin/sh\n\techo \"😀é\" $1\n"),
    ]);
    let run = sandbox.lint(&["--format", "json"]);
    let places: Vec<String> = run.json()["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|one| {
            format!(
                "{}:{}:{}",
                one["path"].as_str().unwrap_or_default(),
                one["line"],
                one["column"]
            )
        })
        .collect();
    assert_eq!(
        places,
        ["a.js:1:8", "a.js:3:7", "a.sh:2:12", "a.yml:1:8"],
        "{run}"
    );
}

#[test]
fn links_submodules_and_folders_behind_links_are_left_alone() {
    let sandbox = Sandbox::with(&[("real/a.yml", "a: 1\n"), ("sub/a.yml", "a:  [\n")]);
    sandbox.commit();
    std::fs::write(sandbox.beside("outside.yml"), "a:  [\n").expect("a file");
    std::os::unix::fs::symlink(sandbox.beside("outside.yml"), sandbox.root().join("link.yml"))
        .expect("a link");
    std::os::unix::fs::symlink("real", sandbox.root().join("folder")).expect("a link");
    // Git knows `sub/a.yml`, but `sub` has become a link to somewhere else.
    std::fs::remove_dir_all(sandbox.root().join("sub")).expect("removed");
    std::os::unix::fs::symlink("real", sandbox.root().join("sub")).expect("a link");
    let run = sandbox.lint(&["--format", "json"]);
    run.expect(0);
    assert_eq!(run.json()["checked"]["yamllint"], 1, "{run}");
    sandbox
        .lint(&["link.yml"])
        .expect(2)
        .says("links are not followed");
}

#[test]
fn yaml_that_is_no_text_is_a_finding_beside_the_others() {
    let sandbox = Sandbox::with(&[("a.yml", "a: 1  \n"), ("z.yml", "a: 1  \n")]);
    sandbox.bytes("b.yml".as_ref(), b"ok: 1\nk: \xff\n");
    sandbox.bytes("c.yml".as_ref(), b"k: \"\x07\"\n");
    let run = sandbox.lint(&["--format", "json"]);
    run.expect(1);
    assert_eq!(
        run.findings(),
        [
            "a.yml:1 yamllint/trailing-spaces error",
            "b.yml:2 yamllint/syntax error",
            "c.yml:1 yamllint/syntax error",
            "z.yml:1 yamllint/trailing-spaces error"
        ],
        "{run}"
    );
    assert_eq!(run.json()["checked"]["yamllint"], 4);
}
