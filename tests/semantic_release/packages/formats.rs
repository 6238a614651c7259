//! Edits keep every byte outside of the changed strings, and who follows a release is decided by the range.

use foundation::semantic_release::packages::{Files, edits, published};

use super::{find, release, text, tree, versions};

#[test]
fn package_json_keeps_its_format() {
    for (before, after) in [
        (
            "{\"name\":\"a\",\"version\":\"1.0.0\"}",
            "{\"name\":\"a\",\"version\":\"2.0.0\"}",
        ),
        (
            "\u{FEFF}{\r\n\t\"version\" : \"0.0.0-development\" ,\r\n\t\"name\": \"a\", \"x\": {\"version\": \"1\"}\r\n}",
            "\u{FEFF}{\r\n\t\"version\" : \"2.0.0\" ,\r\n\t\"name\": \"a\", \"x\": {\"version\": \"1\"}\r\n}",
        ),
        (
            "{\n    \"name\": \"a\"\n}\n\n",
            "{\n    \"name\": \"a\",\n    \"version\": \"2.0.0\"\n}\n\n",
        ),
        (
            "{ \"private\":true, \"name\":\"a\" }",
            "{ \"private\":true, \"name\":\"a\", \"version\":\"2.0.0\" }",
        ),
        (
            "{\"name\":\"a\",\"\\u0076ersion\":\"\\u0031.0.0\"}",
            "{\"name\":\"a\",\"\\u0076ersion\":\"2.0.0\"}",
        ),
    ] {
        let files = tree(&[("package.json", before)]);
        let (_, edits, done) = release(&files, "auto", &versions(&[]), &versions(&[("a", "2.0.0")]));
        assert_eq!(text(&done, "package.json"), after);
        // The hash says what was read: sha256sum of the bytes.
        assert_eq!(edits.edits[0].before.len(), 64);
    }
    let single = tree(&[("package.json", "{}")]);
    let (_, _, done) = release(
        &single,
        "auto",
        &versions(&[]),
        &versions(&[("repository", "1.0.0")]),
    );
    assert_eq!(text(&done, "package.json"), "{\"version\": \"1.0.0\"}");
}

#[test]
fn cargo_toml_keeps_its_format() {
    for (before, after) in [
        (
            "# c\r\n[package] # p\r\nversion = '1.0.0' # v\r\nname = \"a\"",
            "# c\r\n[package] # p\r\nversion = '2.0.0' # v\r\nname = \"a\"",
        ),
        (
            "package = { name = \"a\", version = \"1.0.0\" }",
            "package = { name = \"a\", version = \"2.0.0\" }",
        ),
        (
            "[package]\r\nname = \"a\"\r\n",
            "[package]\r\nname = \"a\"\r\nversion = \"2.0.0\"\r\n",
        ),
        (
            "\u{FEFF}[package]\nname = \"ä\"\nversion = \"1.0.0\"\n",
            "\u{FEFF}[package]\nname = \"ä\"\nversion = \"2.0.0\"\n",
        ),
    ] {
        let files = tree(&[("Cargo.toml", before)]);
        let name = find(&files, "auto").expect("a package").packages[0].name.clone();
        let (_, _, done) = release(&files, "auto", &versions(&[]), &versions(&[(&name, "2.0.0")]));
        assert_eq!(text(&done, "Cargo.toml"), after);
    }
}

#[test]
fn any_file_can_hold_the_version() {
    let files = tree(&[
        (
            "foundation.toml",
            "name = \"a\"\nversion-files = [\"VERSION\", 'v.py:^__version__ = \"(.*)\"']\n",
        ),
        ("VERSION", "1.0.0\r\n"),
        ("v.py", "# __version__\n__version__ = \"1.0.0\"  # x\n"),
    ]);
    let (_, edits, done) = release(&files, "auto", &versions(&[]), &versions(&[("a", "2.0.0-rc.1")]));
    assert_eq!(text(&done, "VERSION"), "2.0.0-rc.1\r\n");
    assert_eq!(
        text(&done, "v.py"),
        "# __version__\n__version__ = \"2.0.0-rc.1\"  # x\n"
    );
    assert_eq!(edits.edits.len(), 2);
    // All that is wrong at once.
    let files = tree(&[
        (
            "foundation.toml",
            "name = \"a\"\nversion-files = [\"NONE\", \"v:x(.*)\", \"w:(a)\", \"w:(aa)\"]\n",
        ),
        ("v", "y"),
        ("w", "aa"),
    ]);
    let workspace = find(&files, "auto").expect("a package");
    let told = edits_error(&files, &workspace);
    for part in [
        "NONE: this version file is not there",
        "v: the pattern 'x(.*)' matches nothing",
        "w:1: two changes meet",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

fn edits_error(files: &super::Tree, workspace: &foundation::semantic_release::packages::Workspace) -> String {
    edits(
        &Files::memory(files),
        workspace,
        &versions(&[("a", "2.0.0")]),
        &[],
    )
    .expect_err("it is wrong")
    .to_string()
}

#[test]
fn a_lock_file_that_is_broken_or_not_ours_is_told() {
    let package = ("package.json", "{\"name\": \"a\", \"version\": \"1.0.0\"}");
    for (file, content, told) in [
        (
            "package-lock.json",
            "{\n\"version\": \"1.0.0\",\n\"version\": \"1\"}",
            "package-lock.json:3: the key \"version\" is there twice",
        ),
        (
            "npm-shrinkwrap.json",
            "[",
            "npm-shrinkwrap.json:1: the file ends too early",
        ),
        ("bun.lock", "{\n/*", "bun.lock:2: a comment is not closed"),
    ] {
        let files = tree(&[package, (file, content)]);
        let workspace = find(&files, "auto").expect("a package");
        assert_eq!(edits_error(&files, &workspace), told);
    }
    let files = tree(&[package, ("bun.lockb", "x")]);
    let (_, edits, _) = release(&files, "auto", &versions(&[]), &versions(&[("a", "2.0.0")]));
    assert_eq!(edits.notes.len(), 1, "{:?}", edits.notes);
    assert!(edits.notes[0].starts_with("bun.lockb is not edited"));
}

#[test]
fn who_follows_is_decided_by_the_range() {
    let last = versions(&[("a", "1.0.0"), ("b", "1.2.3"), ("c", "3.0.0")]);
    let follow = |field: &str, range: &str, next: &str| {
        let b = format!("{{\"name\": \"b\", \"version\": \"1.2.3\", \"{field}\": {{\"a\": \"{range}\"}}}}");
        let files = tree(&[
            ("a/package.json", "{\"name\": \"a\", \"version\": \"1.0.0\"}"),
            ("b/package.json", &b),
            (
                "c/package.json",
                "{\"name\": \"c\", \"version\": \"3.0.0\", \"dependencies\": {\"b\": \"1.2.3\"}}",
            ),
        ]);
        let (ripple, _, done) = release(&files, "*", &last, &versions(&[("a", next)]));
        let workspace = find(&done, "*").expect("packages");
        let spec = workspace.get("b").and_then(|b| b.dependencies[0].spec.clone());
        let who: Vec<String> = ripple
            .rippled
            .iter()
            .map(|one| format!("{} {}", one.package, one.version))
            .collect();
        format!(
            "{} [{}]",
            spec.map(|spec| spec.to_string()).unwrap_or_default(),
            who.join(", ")
        )
    };
    for (field, range, next, result) in [
        ("dependencies", "^1.0.0", "1.1.0", "^1.0.0 []"),
        ("dependencies", "^1.0.0", "2.0.0", "^2.0.0 [b 1.2.4, c 3.0.1]"),
        ("peerDependencies", "^1", "2.0.0", "^2 [b 1.2.4, c 3.0.1]"),
        ("optionalDependencies", "~1.0", "1.1.0", "~1.1 [b 1.2.4, c 3.0.1]"),
        ("dependencies", "1.0.0", "1.0.1", "1.0.1 [b 1.2.4, c 3.0.1]"),
        (
            "dependencies",
            "^1.0.0",
            "1.1.0-beta.1",
            "^1.1.0-beta.1 [b 1.2.4, c 3.0.1]",
        ),
        (
            "dependencies",
            "workspace:^",
            "1.0.1",
            "workspace:^ [b 1.2.4, c 3.0.1]",
        ),
        (
            "dependencies",
            "workspace:1.0.0",
            "1.0.1",
            "workspace:1.0.1 [b 1.2.4, c 3.0.1]",
        ),
        ("devDependencies", "^1.0.0", "2.0.0", "^2.0.0 []"),
        ("devDependencies", "workspace:*", "2.0.0", "workspace:* []"),
        ("dependencies", "file:../a", "2.0.0", " []"),
        ("dependencies", "latest", "2.0.0", " []"),
        ("dependencies", "*", "2.0.0-a.1", "* []"),
    ] {
        assert_eq!(follow(field, range, next), result, "{field} {range} {next}");
    }
}

#[test]
fn what_is_published_has_no_workspace_protocol() {
    let files = tree(&[
        (
            "a/package.json",
            "{\"name\": \"a\", \"version\": \"0.0.0-development\"}",
        ),
        (
            "b/package.json",
            "{\"name\": \"b\", \"dependencies\": {\"a\": \"workspace:^\"}, \"devDependencies\": {\"a\": \"workspace:*\"}, \"publishConfig\": {\"access\": \"public\", \"tag\": \"x\"}}",
        ),
        (
            "c/package.json",
            "{\"name\": \"c\", \"dependencies\": {\"none\": \"workspace:*\"}}",
        ),
    ]);
    let workspace = find(&files, "*").expect("packages");
    let known = versions(&[("a", "1.5.0"), ("b", "2.0.0")]);
    let source = Files::memory(&files);
    let changed = edits(&source, &workspace, &known, &[]).expect("edits");
    let b = workspace.get("b").expect("b");
    let told = published(&source, &workspace, b, &known, &changed)
        .expect("a manifest")
        .expect("bytes");
    assert_eq!(
        String::from_utf8_lossy(&told),
        "{\"name\": \"b\", \"version\": \"2.0.0\", \"dependencies\": {\"a\": \"^1.5.0\"}, \"devDependencies\": {\"a\": \"1.5.0\"}, \"publishConfig\": {\"access\": \"public\", \"tag\": \"x\"}}"
    );
    assert_eq!(b.manifests[0].publish.tag.as_deref(), Some("x"));
    let c = workspace.get("c").expect("c");
    let error = published(&source, &workspace, c, &known, &changed)
        .expect_err("nobody")
        .to_string();
    assert!(
        error.starts_with("c/package.json:1: 'none' asks for 'workspace:*'"),
        "{error}"
    );
}
