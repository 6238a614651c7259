//! Configurations as people have them, and as nobody should.

use serde_json::{Value, json};

use crate::semantic_release::branches::{Identifier, Setting};
use crate::semantic_release::config::find::Found;
use crate::semantic_release::config::{Analyzing, Config, Preset, read};

fn config(value: Value) -> Result<Config, String> {
    let found = Found {
        file: ".releaserc.json".to_owned(),
        value,
        unread: Vec::new(),
    };
    read::read(&found).map_err(|failure| failure.to_string())
}

#[test]
fn a_whole_configuration_is_read() {
    let read = config(json!({
        "branches": ["master", { "name": "beta", "prerelease": true }, { "name": "old", "range": "1.x", "channel": false }],
        "tagFormat": "r${version}",
        "preset": "conventionalcommits",
        "plugins": [
            ["@semantic-release/commit-analyzer", { "releaseRules": [{ "type": "docs", "release": "patch" }] }],
            "@semantic-release/release-notes-generator",
            ["@semantic-release/changelog", { "changelogFile": "docs/CHANGES.md", "changelogTitle": "# Changes" }],
            ["@semantic-release/npm", { "npmPublish": false, "pkgRoot": "dist", "tarballDir": "out" }],
            ["@semantic-release/git", { "assets": ["package.json", ["dist/**", "!dist/x"]], "message": "chore: ${nextRelease.version}" }],
            ["@saithodev/semantic-release-gitea", { "assets": [{ "path": "out/*.tgz", "label": "Package" }], "successComment": false }],
        ],
    }))
    .expect("a configuration");
    assert_eq!(read.branches[0], Setting::named("master"));
    assert_eq!(read.branches[1].prerelease, Some(Identifier::Name));
    assert_eq!(read.branches[2].channel, Some(None));
    assert_eq!(
        read.tag_format
            .map(|format| format.prefix().to_owned())
            .as_deref(),
        Some("r")
    );
    assert_eq!(read.analyzer.preset, Preset::ConventionalCommits);
    assert_eq!(read.analyzer.rules.len(), 1);
    assert_eq!(
        read.notes.map(|notes| notes.preset),
        Some(Preset::ConventionalCommits)
    );
    assert_eq!(
        read.changelog.map(|changelog| changelog.file).as_deref(),
        Some("docs/CHANGES.md")
    );
    let npm = read.npm.expect("npm");
    assert_eq!(
        (npm.publish, npm.root.as_deref(), npm.tarball_dir.as_deref()),
        (Some(false), Some("dist"), Some("out"))
    );
    let commit = read.commit.expect("a commit");
    assert_eq!(
        commit.assets.expect("assets"),
        ["package.json", "dist/**", "!dist/x"]
    );
    let release = read.release.expect("a release");
    assert_eq!(release.assets[0].label.as_deref(), Some("Package"));
    assert_eq!(release.comment, Some(None));
}

#[test]
fn the_platforms_rules_hold_until_plugins_or_a_preset_are_named() {
    let branches = config(json!({ "branches": "main" })).expect("a configuration");
    assert_eq!(branches.analyzer, Analyzing::platform());
    assert!(branches.npm.is_some() && branches.release.is_some());
    let none = config(json!({ "plugins": [] })).expect("a configuration");
    assert_eq!(
        (none.analyzer.preset, none.analyzer.rules.len()),
        (Preset::Angular, 0)
    );
    assert!(none.npm.is_none() && none.release.is_none() && none.notes.is_none());
    let preset = config(json!({ "preset": "conventionalcommits" })).expect("a configuration");
    assert_eq!(
        (preset.analyzer.preset, preset.analyzer.rules.len()),
        (Preset::ConventionalCommits, 0)
    );
    let nulls =
        config(json!({ "branches": null, "tagFormat": null, "plugins": null })).expect("a configuration");
    assert_eq!(nulls.branches, Setting::defaults());
}

#[test]
fn all_problems_are_named_at_once() {
    let text = config(json!({
        "branches": ["master", { "name": " " }, { "name": "x", "colour": "red" }, 7],
        "tagFormat": "v",
        "extends": ["semantic-release-monorepo", "@acme/release-config"],
        "success": ["a"],
        "shoes": "blue",
        "plugins": ["@semantic-release/exec", ["@semantic-release/npm", { "npmPublich": true }], ["@semantic-release/git", "x"]],
    }))
    .expect_err("a failure");
    for word in [
        ".releaserc.json has 10 problems",
        "has no name",
        "colour",
        "ETAGNOVERSION",
        "@acme/release-config",
        "'success'",
        "'shoes'",
        "@semantic-release/exec",
        "outputs `released`",
        "npmPublich",
        "EPLUGINSCONF",
    ] {
        assert!(text.contains(word), "no '{word}' in {text}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for value in [
        json!([]),
        json!("x"),
        json!({ "branches": [[]] }),
        json!({ "branches": [{ "name": "a", "prerelease": 1 }] }),
        json!({ "tagFormat": 1 }),
        json!({ "plugins": [["@semantic-release/commit-analyzer", "x"]] }),
        json!({ "plugins": [["@semantic-release/commit-analyzer", { "preset": "doesnotexist" }]] }),
        json!({ "releaseRules": { "type": "ci", "release": "patch" } }),
        json!({ "releaseRules": "./rules.js" }),
        json!({ "releaseRules": [{ "type": "ci", "release": true }] }),
        json!({ "releaseRules": [{ "type": "ci", "release": "Patch" }] }),
        json!({ "releaseRules": [{ "type": "ci", "release": "prerelease" }] }),
        json!({ "releaseRules": [{ "type": "ci" }] }),
        json!({ "parserOpts": [] }),
        json!({ "preset": "angular", "writerOpts": { "transform": 1 } }),
        json!({ "analyzeCommits": { "preset": "angular" } }),
        json!({ "plugins": [["@semantic-release/changelog", { "changelogFile": "../../etc/passwd" }]] }),
        json!({ "plugins": [["@semantic-release/github", { "assets": "/etc/passwd" }]] }),
        json!({ "plugins": [["@semantic-release/github", { "failComment": "x" }]] }),
        json!({ "plugins": { "a": "b" } }),
    ] {
        assert!(config(value.clone()).is_err(), "{value}");
    }
}

#[test]
fn options_of_the_notes_are_tried_before_anything_is_done() {
    for (options, word) in [
        (json!({ "types": "chore" }), "types is not a list"),
        (json!({ "issueUrlFormat": 1 }), "issueUrlFormat is not a text"),
        (json!({ "ignoreCommits": "(" }), "("),
    ] {
        let told = config(json!({ "preset": "conventionalcommits", "presetConfig": options }));
        let told = told.expect_err(word);
        assert!(
            told.starts_with(".releaserc.json: ") && told.contains(word),
            "{told}"
        );
    }
}
