//! After an edit the real npm, bun and Cargo still accept their lock files. Offline: every dependency is in the workspace.

use std::path::Path;
use std::process::Command;

use foundation::semantic_release::packages::ripple::Versions;

use super::{Tree, release, text, tree, versions};

/// The locked tools; `make tools` puts them there.
pub const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.cache/tools/bin");

struct Sandbox(tempfile::TempDir);

impl Sandbox {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, tree: &Tree) {
        for (path, bytes) in tree {
            let path = self.0.path().join("repository").join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(path, bytes).expect("a file");
        }
    }

    fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join("repository").join(path)).expect(path)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").expect("PATH");
        command
            .current_dir(self.0.path().join("repository"))
            .env("PATH", format!("{TOOLS}:{path}"))
            .env("HOME", self.0.path())
            .env("npm_config_cache", self.0.path().join("npm"))
            .env("npm_config_registry", "http://127.0.0.1:9/")
            .env("BUN_INSTALL_CACHE_DIR", self.0.path().join("bun"))
            .env_remove("CARGO_TARGET_DIR");
        command
    }

    /// Runs a program that has to end well.
    #[track_caller]
    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let named = Path::new(TOOLS).join(program);
        let program = if named.exists() { named } else { program.into() };
        let output = self
            .command(&program)
            .args(arguments)
            .output()
            .expect("the program");
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        let said = said.concat();
        assert!(
            output.status.success(),
            "{program:?} {arguments:?} (from `make tools`): {said}"
        );
        said
    }
}

/// b needs a in three ways, c needs b; the root is private.
fn javascript(a: &str) -> Tree {
    tree(&[
        (
            "package.json",
            "{\n  \"name\": \"root\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"],\n  \"devDependencies\": { \"@s/a\": \"^1.0.0\" }\n}\n",
        ),
        ("packages/a/package.json", a),
        (
            "packages/b/package.json",
            "{\n\t\"name\": \"b\",\n\t\"version\": \"1.0.0\",\n\t\"dependencies\": {\"@s/a\": \"^1.0.0\"},\n\t\"peerDependencies\": {\"@s/a\": \">=1 <2\"}\n}",
        ),
        (
            "packages/c/package.json",
            "{\r\n  \"name\": \"c\",\r\n  \"version\": \"1.0.0\",\r\n  \"optionalDependencies\": {\r\n    \"b\": \"1.0.0\"\r\n  },\r\n  \"devDependencies\": {\r\n    \"@s/a\": \"~1.0\"\r\n  }\r\n}\r\n",
        ),
    ])
}

/// The same, each package content with every a: needed where a has no version yet.
fn content_with_any(mut tree: Tree) -> Tree {
    let range = regex::Regex::new(r#"("@s/a": ?)"(workspace:)?[^"]*""#).expect("a pattern");
    for text in tree.values_mut() {
        let old = String::from_utf8_lossy(text).into_owned();
        *text = range.replace_all(&old, "$1\"$2*\"").into_owned().into_bytes();
    }
    tree
}

const A: &str = "{ \"name\": \"@s/a\", \"version\": \"1.0.0\" }";
const A_WITHOUT_VERSION: &str = "{\n    \"name\": \"@s/a\",\n    \"license\": \"MIT\"\n}\n";

fn last() -> Versions {
    versions(&[("@s/a", "1.0.0"), ("b", "1.0.0"), ("c", "1.0.0")])
}

#[test]
fn npm_accepts_the_lock_files() {
    for (lockfile, a, next) in [
        ("3", A, "2.0.0"),
        ("2", A, "2.0.0-beta.1"),
        ("1", A, "2.0.0"),
        ("3", A, "1.1.0"),
        ("3", A_WITHOUT_VERSION, "1.0.0"),
    ] {
        let sandbox = Sandbox::new();
        let mut before = javascript(a);
        if a == A_WITHOUT_VERSION {
            before = content_with_any(before);
        }
        sandbox.write(&before);
        let kind = format!("--lockfile-version={lockfile}");
        let install = ["install", "--offline", "--no-audit", &kind];
        sandbox.run("npm", &install);
        before.insert("package-lock.json".to_owned(), sandbox.read("package-lock.json"));
        let mut last = last();
        if a == A_WITHOUT_VERSION {
            last.remove("@s/a");
        }
        let (_, _, after) = release(&before, "auto", &last, &versions(&[("@s/a", next)]));
        sandbox.write(&after);
        sandbox.run("npm", &["ci", "--offline", "--no-audit"]);
        // And it would write the same file.
        sandbox.run("npm", &install);
        assert_eq!(
            String::from_utf8_lossy(&sandbox.read("package-lock.json")),
            text(&after, "package-lock.json"),
            "lockfileVersion {lockfile}, {next}"
        );
    }
}

#[test]
fn npm_would_change_what_is_not_edited() {
    // The control: without our edit npm writes another lock file, so the test above can fail.
    let sandbox = Sandbox::new();
    let mut before = javascript(A);
    sandbox.write(&before);
    sandbox.run("npm", &["install", "--offline", "--no-audit"]);
    before.insert("package-lock.json".to_owned(), sandbox.read("package-lock.json"));
    let (_, _, mut after) = release(&before, "auto", &last(), &versions(&[("@s/a", "2.0.0")]));
    after.insert(
        "package-lock.json".to_owned(),
        before["package-lock.json"].clone(),
    );
    sandbox.write(&after);
    sandbox.run("npm", &["install", "--offline", "--no-audit"]);
    assert_ne!(sandbox.read("package-lock.json"), before["package-lock.json"]);
}

#[test]
fn bun_accepts_its_lock_file() {
    for (a, next) in [
        (A, "2.0.0"),
        (A, "2.0.0-beta.1"),
        (A, "1.1.0"),
        (A_WITHOUT_VERSION, "1.0.0"),
    ] {
        let sandbox = Sandbox::new();
        let mut before = javascript(a);
        let c = "{\"name\": \"c\", \"version\": \"1.0.0\", \"dependencies\": {\"b\": \"workspace:*\", \"@s/a\": \"workspace:^1.0.0\"}}";
        before.insert("packages/c/package.json".to_owned(), c.into());
        if a == A_WITHOUT_VERSION {
            before = content_with_any(before);
        }
        sandbox.write(&before);
        sandbox.run("bun", &["install"]);
        before.insert("bun.lock".to_owned(), sandbox.read("bun.lock"));
        let mut last = last();
        if a == A_WITHOUT_VERSION {
            last.remove("@s/a");
        }
        let (ripple, _, after) = release(&before, "auto", &last, &versions(&[("@s/a", next)]));
        assert!(ripple.next.contains_key("c"), "{ripple:?}");
        sandbox.write(&after);
        sandbox.run("bun", &["install", "--frozen-lockfile"]);
        sandbox.run("bun", &["install"]);
        assert_eq!(
            String::from_utf8_lossy(&sandbox.read("bun.lock")),
            text(&after, "bun.lock"),
            "{next}"
        );
    }
}

fn rust() -> Tree {
    let member = |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\nedition = \"2021\"\n{rest}");
    let mut tree = tree(&[
        (
            "Cargo.toml",
            "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\nexclude = [\"crates/out\"]\n\n[workspace.package]\nversion = '1.0.0' # all\n\n[workspace.dependencies]\na = { path = \"crates/a\", version = \"1.0\" }\n",
        ),
        ("crates/out/Cargo.toml", "no TOML, and nobody asks"),
    ]);
    for (name, rest) in [
        ("a", "version.workspace = true\n"),
        (
            "b",
            "version = { workspace = true }\n[dependencies]\na.workspace = true\n",
        ),
        (
            "c",
            "version = \"0.3.0\"\r\n[build-dependencies]\r\nb = { path = \"../b\", version = \"=1.0.0\" }\r\n",
        ),
        (
            "d",
            "[dev-dependencies]\nrenamed = { package = \"a\", path = \"../a\", version = \"^1.0.0\" }\n",
        ),
        (
            "e",
            "version = \"1.0.0\"\n[target.'cfg(unix)'.dependencies]\na = { path = \"../a\", version = \">=1, <2\" }\n",
        ),
    ] {
        tree.insert(
            format!("crates/{name}/Cargo.toml"),
            member(name, rest).into_bytes(),
        );
        tree.insert(format!("crates/{name}/src/lib.rs"), Vec::new());
        tree.insert(format!("crates/{name}/build.rs"), b"fn main() {}".to_vec());
    }
    tree
}

#[test]
fn cargo_accepts_its_lock_file() {
    let last = versions(&[
        ("a", "1.0.0"),
        ("b", "1.0.0"),
        ("c", "0.3.0"),
        ("d", "0.1.0"),
        ("e", "1.0.0"),
    ]);
    for (next, selection, follow) in [
        ("2.0.0", "auto", "b c e"),
        ("2.0.0-rc.1", "crates/*,!crates/out", "b c e"),
        ("1.1.0", "auto", ""),
        ("2.0.0", "crates/a", ""),
    ] {
        let sandbox = Sandbox::new();
        let mut before = rust();
        sandbox.write(&before);
        sandbox.run("cargo", &["generate-lockfile", "--offline"]);
        before.insert("Cargo.lock".to_owned(), sandbox.read("Cargo.lock"));
        let known = |name: &String| selection != "crates/a" || name == "a";
        let last = last
            .iter()
            .filter(|(name, _)| known(name))
            .map(|(name, at)| (name.clone(), at.clone()))
            .collect();
        let (ripple, edits, after) = release(&before, selection, &last, &versions(&[("a", next)]));
        assert!(edits.notes.is_empty(), "{:?}", edits.notes);
        let rippled: Vec<&str> = ripple.rippled.iter().map(|one| one.package.as_str()).collect();
        assert_eq!(rippled.join(" "), follow, "{next}");
        sandbox.write(&after);
        let told = sandbox.run(
            "cargo",
            &["metadata", "--locked", "--offline", "--format-version=1"],
        );
        assert!(
            told.contains(&format!("a@{next}")) || told.contains(&format!("#{next}")),
            "{told}"
        );
        assert_eq!(
            String::from_utf8_lossy(&sandbox.read("Cargo.lock")),
            text(&after, "Cargo.lock")
        );
    }
}

#[test]
fn the_shared_version_of_a_cargo_workspace_moves_when_all_move() {
    let mut before = rust();
    for out in ["c", "d", "e"] {
        before.retain(|path, _| !path.starts_with(&format!("crates/{out}/")));
    }
    let last = versions(&[("a", "1.0.0"), ("b", "1.0.0")]);
    let (_, edits, after) = release(
        &before,
        "auto",
        &last,
        &versions(&[("a", "1.1.0"), ("b", "1.1.0")]),
    );
    assert_eq!(edits.edits.len(), 1, "{:?}", edits.edits);
    assert!(text(&after, "Cargo.toml").contains("version = '1.1.0' # all"));
    // One of them alone gets a version of its own.
    let (_, _, after) = release(&before, "auto", &last, &versions(&[("a", "1.1.0")]));
    assert!(text(&after, "crates/a/Cargo.toml").contains("\nversion = \"1.1.0\"\n"));
    assert!(text(&after, "Cargo.toml").contains("version = '1.0.0' # all"));
    // So does it where somebody who is not asked would be dragged along.
    let (_, _, after) = release(&before, "crates/a", &last, &versions(&[("a", "1.1.0")]));
    assert!(text(&after, "crates/a/Cargo.toml").contains("\nversion = \"1.1.0\"\n"));
}
