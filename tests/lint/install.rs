//! `--install`, from the package registry.

use crate::sandbox::{ESLINT_CONFIG, Sandbox};

/// Where Debian keeps the certificate authorities, one of which may be private here.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

const PACKAGE: &str = r#"{"name":"x","version":"1.0.0","type":"module","devDependencies":{"is-number":"7.0.0"},"scripts":{"postinstall":"touch ran"}}"#;
const NPM_LOCK: &str = r#"{"name":"x","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"x","version":"1.0.0","hasInstallScript":true,"devDependencies":{"is-number":"7.0.0"}},"node_modules/is-number":{"version":"7.0.0","integrity":"sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==","dev":true,"license":"MIT","engines":{"node":">=0.12.0"}}}}"#;
const BUN_LOCK: &str = r#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": {
      "name": "x",
      "devDependencies": {
        "is-number": "7.0.0",
      },
    },
  },
  "packages": {
    "is-number": ["is-number@7.0.0", "", {}, "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng=="],
  }
}
"#;

/// A configuration that only works once the package is installed.
fn config() -> String {
    format!("import \"is-number\";\n{ESLINT_CONFIG}\n")
}

fn package(lock: &str, text: &str) -> Sandbox {
    let mut sandbox = Sandbox::with(&[
        (".gitignore", "node_modules\n"),
        ("package.json", PACKAGE),
        (lock, text),
        ("eslint.config.js", &config()),
        ("a.js", "missing();\n"),
    ]);
    sandbox
        .variable("FOUNDATION_CA_FILE", CERTIFICATES)
        .for_another_user();
    sandbox.commit();
    sandbox
}

#[test]
fn npm_and_bun_install_what_the_lock_file_says_without_scripts() {
    for (lock, text) in [("package-lock.json", NPM_LOCK), ("bun.lock", BUN_LOCK)] {
        let sandbox = package(lock, text);
        sandbox.lint(&[]).expect(2).says("say --install");
        for user in ["nobody", "no-such-user"] {
            let run = sandbox.lint(&["--install", "--foreign-user", user, "--format", "json"]);
            run.expect(1);
            assert_eq!(run.findings(), ["a.js:1 eslint/no-undef error"], "{run}");
            assert!(!sandbox.root().join("ran").exists(), "a package script ran");
            assert_eq!(
                sandbox.git(&["status", "--porcelain"]),
                "",
                "the work tree was changed"
            );
        }
    }
}

/// A workspace that needs another version than the repository's root does has a `node_modules` of its own.
const WORKSPACES: &str = r#"{"name":"x","version":"1.0.0","type":"module","workspaces":["packages/*"],"devDependencies":{"is-number":"7.0.0"}}"#;
const WORKSPACE: &str =
    r#"{"name":"a","version":"1.0.0","type":"module","dependencies":{"is-number":"6.0.0"}}"#;
const WORKSPACES_NPM_LOCK: &str = r#"{"name":"x","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"x","version":"1.0.0","workspaces":["packages/*"],"devDependencies":{"is-number":"7.0.0"}},"node_modules/a":{"resolved":"packages/a","link":true},"node_modules/is-number":{"version":"7.0.0","integrity":"sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==","dev":true,"license":"MIT","engines":{"node":">=0.12.0"}},"packages/a":{"version":"1.0.0","dependencies":{"is-number":"6.0.0"}},"packages/a/node_modules/is-number":{"version":"6.0.0","integrity":"sha512-Wu1VHeILBK8KAWJUAiSZQX94GmOE45Rg6/538fKwiloUu21KncEkYGPqob2oSZ5mUT73vLGrHQjKw3KMPwfDzg==","license":"MIT","engines":{"node":">=0.10.0"}}}}"#;
const WORKSPACES_BUN_LOCK: &str = r#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": {
      "name": "x",
      "devDependencies": {
        "is-number": "7.0.0",
      },
    },
    "packages/a": {
      "name": "a",
      "version": "1.0.0",
      "dependencies": {
        "is-number": "6.0.0",
      },
    },
  },
  "packages": {
    "a": ["a@workspace:packages/a"],

    "is-number": ["is-number@7.0.0", "", {}, "sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng=="],

    "a/is-number": ["is-number@6.0.0", "", {}, "sha512-Wu1VHeILBK8KAWJUAiSZQX94GmOE45Rg6/538fKwiloUu21KncEkYGPqob2oSZ5mUT73vLGrHQjKw3KMPwfDzg=="],
  }
}
"#;

#[test]
fn a_workspace_with_modules_of_its_own() {
    for (lock, text) in [
        ("package-lock.json", WORKSPACES_NPM_LOCK),
        ("bun.lock", WORKSPACES_BUN_LOCK),
    ] {
        let sandbox = package(lock, text);
        sandbox.file("package.json", WORKSPACES);
        sandbox.file("packages/a/package.json", WORKSPACE);
        sandbox.file("packages/a/b.js", "missing();\n");
        sandbox.commit();
        let held = || {
            let own = sandbox
                .root()
                .join("packages/a/node_modules/is-number/package.json");
            std::fs::read_to_string(own).is_ok_and(|text| text.contains("\"6.0.0\""))
        };
        for _ in 0..2 {
            let run = sandbox.lint(&["--install", "--foreign-user", "nobody", "--format", "json"]);
            run.expect(1);
            let found = [
                "a.js:1 eslint/no-undef error",
                "packages/a/b.js:1 eslint/no-undef error",
            ];
            assert_eq!(run.findings(), found, "{run}");
            assert!(held(), "{lock}: the workspace's own version is not there");
        }
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "", "{lock}");
    }
}

#[test]
fn a_lock_file_that_does_not_fit() {
    for (lock, text) in [("package-lock.json", NPM_LOCK), ("bun.lock", BUN_LOCK)] {
        let sandbox = package(lock, text);
        sandbox.file("package.json", &PACKAGE.replace("is-number", "is-odd"));
        sandbox.lint(&["--install"]).expect(3).says("does ").says(lock);
    }
}

#[test]
fn nothing_to_install_from() {
    let sandbox = Sandbox::with(&[("a.js", "export const a = 1;\n")]);
    sandbox.lint(&["--install"]).expect(2).says("no lock file");
    sandbox.file("yarn.lock", "");
    sandbox
        .lint(&["--install"])
        .expect(2)
        .says("cannot use yarn.lock");
    Sandbox::with(&[("a.yml", "a: 1\n")])
        .lint(&["--install"])
        .expect(0);
}
