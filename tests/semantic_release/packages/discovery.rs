//! Which folders are packages, in which order, and what is wrong, all of it at once.

use super::{find, tree, wrong};

fn names(files: &[(&str, &str)], selection: &str) -> String {
    let workspace = find(&tree(files), selection).expect("packages");
    let list: Vec<String> = workspace
        .packages
        .iter()
        .map(|package| format!("{}={}", package.name, package.path))
        .collect();
    list.join(" ")
}

#[test]
fn auto_takes_declared_workspaces_else_the_repository() {
    assert_eq!(names(&[("README.md", "")], "auto"), "repository=.");
    assert_eq!(
        names(&[("package.json", "{\"name\": \"@s/one\"}")], "auto"),
        "@s/one=."
    );
    assert_eq!(
        names(
            &[("package.json", "{}"), ("packages/a/package.json", "no")],
            "auto"
        ),
        "repository=."
    );
    let npm = [
        (
            "package.json",
            r#"{"private": true, "workspaces": {"packages": ["packages/**", "!packages/x", "./tools/t"]}}"#,
        ),
        (
            "packages/a/package.json",
            r#"{"name": "a", "devDependencies": {"t": "*"}}"#,
        ),
        (
            "packages/a/inner/package.json",
            r#"{"name": "inner", "dependencies": {"t": "*"}}"#,
        ),
        ("packages/x/package.json", r#"{"name": "x"}"#),
        ("packages/node_modules/y/package.json", r#"{"name": "y"}"#),
        (
            "tools/t/package.json",
            r#"{"name": "t", "dependencies": {"a": "^1"}}"#,
        ),
        ("tools/u/package.json", r#"{"name": "u"}"#),
    ];
    assert_eq!(
        names(&npm, "auto"),
        "a=packages/a t=tools/t inner=packages/a/inner"
    );
    // A root that could be published is a package too.
    let root = [
        (
            "package.json",
            r#"{"name": "r", "version": "1.0.0", "workspaces": ["a"]}"#,
        ),
        (
            "a/package.json",
            r#"{"name": "a", "peerDependencies": {"r": "*"}}"#,
        ),
    ];
    assert_eq!(names(&root, "auto"), "r=. a=a");
    let cargo = [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/no\"]\n[package]\nname = \"r\"\n[dependencies]\np = { path = \"else/p\" }\n",
        ),
        (
            "crates/a/Cargo.toml",
            "[package]\nname = \"a\"\n[dev-dependencies]\nr = { path = \"../..\" }\n",
        ),
        ("crates/no/Cargo.toml", "[package]\nname = \"no\"\n"),
        ("else/p/Cargo.toml", "[package]\nname = \"p\"\n"),
    ];
    assert_eq!(names(&cargo, "auto"), "p=else/p r=. a=crates/a");
}

#[test]
fn named_folders_are_packages_by_any_manifest() {
    let files = [
        ("package.json", r#"{"name": "root"}"#),
        (
            "api/foundation.toml",
            "name = \"api\"\nversion-files = [\"VERSION\"]\n",
        ),
        ("api/VERSION", "1.0.0\n"),
        ("libs/a-b/package.json", r#"{"name": "@s/a-b"}"#),
        ("libs/a-b/Cargo.toml", "[package]\nname = \"a_b\"\n"),
        ("libs/c/package.json", r#"{"name": "js-c"}"#),
        ("libs/c/Cargo.toml", "[package]\nname = \"c\"\n"),
        ("libs/c/foundation.toml", "name = \"c\"\n"),
        ("libs/empty/README.md", ""),
    ];
    assert_eq!(names(&files, "api, libs/*"), "@s/a-b=libs/a-b api=api c=libs/c");
    assert_eq!(names(&files, "{api,libs/c}"), "api=api c=libs/c");
    assert_eq!(names(&files, "libs/*,!libs/c,."), "@s/a-b=libs/a-b root=.");
    let workspace = find(&tree(&files), "libs/*").expect("packages");
    assert_eq!(
        (workspace.skipped, workspace.monorepo),
        (vec!["libs/empty".to_owned()], true)
    );
    let api = find(&tree(&files), "api").expect("packages").packages.remove(0);
    assert!(api.private());
    assert_eq!(api.version_files[0].path, "api/VERSION");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let files = tree(&[
        ("a/package.json", "{\n  \"name\": \"a\",\n}"),
        ("b/package.json", "{\"version\": \"1.0.0\"}"),
        ("c/Cargo.toml", "[package\nname = \"c\""),
        ("d/README.md", ""),
        ("e/foundation.toml", "nam = \"e\""),
        ("f/package.json", "{\"name\": \"f\"}"),
        ("f/Cargo.toml", "[package]\nname = \"g\""),
        (
            "g/package.json",
            "{\"name\": 1, \"dependencies\": [], \"private\": 7}",
        ),
        ("h/package.json", "{\"name\": \"h\", \"name\": \"h\"}"),
        (
            "i/Cargo.toml",
            "[package]\nname = \"i\"\nversion.workspace = true\n",
        ),
    ]);
    insta::assert_snapshot!(wrong(&files, "a,b,c,d,e,f,g,h,i,nothing/*"), @r#"
    12 problems with the packages:
      --packages: 'd': there is no package.json, no Cargo.toml and no foundation.toml; a foundation.toml with the line name = "…" is enough
      --packages: 'nothing/*' matches no folder of this commit; a manifest is in: a, b, c, e, f, g, h, i
      a/package.json:3: a comma is too many
      b/package.json: the package has no name
      c/Cargo.toml:1: unclosed table, expected `]`
      e/foundation.toml:1: 'nam' is unknown here; there are name and version-files
      f: package.json calls the package 'f', Cargo.toml 'g'; say which by a foundation.toml with the line name = "…"
      g/package.json:1: name has to be a string
      g/package.json:1: private has to be true or false
      g/package.json:1: dependencies has to be an object
      h/package.json:1: the key "name" is there twice
      i/Cargo.toml: the version is inherited, but there is no workspace above it
    "#);
    let files = tree(&[
        ("a/package.json", "{\"name\": \"x\"}"),
        ("b/Cargo.toml", "[package]\nname = \"x\""),
        ("c/foundation.toml", "name = \"a b\\n..\""),
    ]);
    insta::assert_snapshot!(wrong(&files, "*"), @r"
    2 problems with the packages:
      a and b: two packages have the name 'x'
      c: the name 'a b\n..' cannot be part of a tag
    ");
    assert!(
        wrong(
            &tree(&[("package.json", "{"), ("pnpm-workspace.yaml", "")]),
            "auto"
        )
        .contains("--packages 'packages/*'")
    );
    assert!(
        wrong(&tree(&[("package.json", "{\"workspaces\": [\"no/*\"]}")]), "auto")
            .contains("match no package")
    );
    assert!(
        wrong(&tree(&[("package.json", "{\"workspaces\": [\"no\"]}")]), "auto")
            .contains("no has no package.json")
    );
    assert!(wrong(&tree(&[("a/package.json", "{\"name\": \"a\"}")]), "a,!a").contains("no package is left"));
    for selection in ["", ",", "!a", "/a", "../a", "{a"] {
        assert!(
            selection
                .parse::<foundation::semantic_release::packages::Selection>()
                .is_err(),
            "{selection}"
        );
    }
}

#[test]
fn cycles_name_their_members() {
    let npm = |name: &str, section: &str, on: &str| {
        format!("{{\"name\": \"{name}\", \"{section}\": {{\"{on}\": \"*\"}}}}")
    };
    let cycle = |sections: [&str; 3]| {
        let texts = [
            npm("a", sections[0], "b"),
            npm("b", sections[1], "c"),
            npm("c", sections[2], "a"),
        ];
        tree(&[
            ("a/package.json", &texts[0]),
            ("b/package.json", &texts[1]),
            ("c/package.json", &texts[2]),
        ])
    };
    let told = wrong(
        &cycle(["dependencies", "optionalDependencies", "dependencies"]),
        "*",
    );
    assert!(
        told.starts_with("a -> b -> c -> a: these packages need each other"),
        "{told}"
    );
    // Development and peer dependencies may go in circles; as far as they can be, they are obeyed.
    for soft in ["devDependencies", "peerDependencies"] {
        let workspace = find(&cycle(["dependencies", "dependencies", soft]), "*").expect("packages");
        let order: Vec<&str> = workspace
            .packages
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(order, ["c", "b", "a"], "{soft}");
    }
    let alone = tree(&[(
        "a/package.json",
        "{\"name\": \"a\", \"dependencies\": {\"a\": \"*\"}}",
    )]);
    assert!(wrong(&alone, "a").starts_with("a -> a: "));
}
