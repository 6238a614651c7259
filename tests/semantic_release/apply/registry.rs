//! Real npm registries: verdaccio, and the forge's own.

use serde_json::json;

use crate::driver::{effects, run};
use crate::gitea::{ADMIN, Gitea};
use crate::verdaccio::Verdaccio;
use crate::world::{World, manifest, package, to_verdaccio, unique};

fn world_of(name: &str) -> World {
    World::of(&[
        ("package.json", &manifest(name, "0.0.0")),
        ("index.js", "exports.a = 1\n"),
        // Neither scripts nor configuration of the package may have a say.
        (
            ".npmrc",
            "registry=http://127.0.0.1:9/\nscript-shell=/bin/false\n",
        ),
    ])
}

#[test]
fn a_package_is_published_once() {
    let name = unique("thing");
    let world = world_of(&name);
    let mut spec = world.spec();
    spec.packages[0].publish = Some(to_verdaccio(&name));
    let hostile = format!(
        "{{\"name\":\"{name}\",\"version\":\"1.0.0\",\"scripts\":{{\"prepack\":\"touch /tmp/{name}\",\"prepublishOnly\":\"touch /tmp/{name}\",\"prepare\":\"touch /tmp/{name}\"}},\"publishConfig\":{{\"registry\":\"http://127.0.0.1:9/\"}}}}"
    );
    spec.edits = vec![("package.json".into(), hostile)];
    let before = world.clone_state();
    assert_eq!(
        effects(&spec),
        [
            "edit:package.json",
            "tag:v1.0.0",
            "channel:v1.0.0",
            "push",
            &format!("publish:{name}")
        ]
    );
    run(&spec).ends("Released");
    assert!(
        !std::path::Path::new(&format!("/tmp/{name}")).exists(),
        "a script ran"
    );
    assert_eq!(world.clone_state(), before);
    let registry = Verdaccio::shared();
    let there = registry.package(&name);
    assert_eq!(there["dist-tags"], json!({"latest": "1.0.0"}));
    let names: Vec<String> = registry
        .files(&name, "1.0.0")
        .into_iter()
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert_eq!(names, ["package/index.js", "package/package.json"]);
    run(&spec).ends("Whole");
    spec.completing = true;
    run(&spec).ends("Whole");
    assert_eq!(registry.package(&name)["time"], there["time"], "published once");
}

#[test]
fn other_content_under_that_version_is_an_error_before_anything_is_done() {
    let name = unique("taken");
    let world = world_of(&name);
    let mut spec = world.spec();
    spec.packages[0].publish = Some(to_verdaccio(&name));
    spec.edits = vec![("package.json".into(), manifest(&name, "1.0.0"))];
    run(&spec).ends("Released");
    let other = world_of(&name);
    other.commit("fix: other", &[("index.js", "exports.a = 2\n")]);
    other.push();
    let mut other_spec = other.spec();
    other_spec.head = crate::gitea::git(&other.work(), &["rev-parse", "HEAD"], None);
    other_spec.packages[0].publish = Some(to_verdaccio(&name));
    other_spec.edits = spec.edits.clone();
    run(&other_spec).fails(
        2,
        &[
            &format!("{name} 1.0.0 is already in the registry"),
            "other content",
        ],
    );
    assert_eq!(other.refs().len(), 1, "no tag");
    // The same files, packed by somebody else in another way, are equal.
    let same = world_of(&name);
    let mut same_spec = same.spec();
    same_spec.packages[0].publish = Some(to_verdaccio(&name));
    same_spec.edits = spec.edits.clone();
    run(&same_spec).ends("Released");
}

#[test]
fn a_monorepo_with_a_private_scoped_package_and_channels() {
    let (a, b) = (format!("@secret/{}", unique("a")), unique("b"));
    let manifest_b = |version: &str, range: &str| {
        format!("{{\"name\":\"{b}\",\"version\":\"{version}\",\"dependencies\":{{\"{a}\":\"{range}\"}}}}")
    };
    let world = World::of(&[
        ("packages/a/package.json", &manifest(&a, "0.0.0")),
        ("packages/a/index.js", "exports.a = 1\n"),
        ("packages/b/package.json", &manifest_b("0.0.0", "workspace:^")),
        (
            "package.json",
            "{\"private\":true,\"workspaces\":[\"packages/*\"]}",
        ),
    ]);
    let mut spec = world.spec();
    spec.packages = vec![
        package(&a, "packages/a", "1.1.0-beta.1", &format!("{a}-v1.1.0-beta.1")),
        package(&b, "packages/b", "2.0.0", &format!("{b}-v2.0.0")),
    ];
    spec.edits = vec![
        ("packages/a/package.json".into(), manifest(&a, "1.1.0-beta.1")),
        (
            "packages/b/package.json".into(),
            manifest_b("2.0.0", "workspace:^"),
        ),
    ];
    let mut publish = to_verdaccio(&a);
    publish.dist_tag = "beta".into();
    spec.packages[0].publish = Some(publish);
    let mut publish = to_verdaccio(&b);
    publish.edits = vec![("package.json".into(), manifest_b("2.0.0", "^1.1.0-beta.1"))];
    spec.packages[1].publish = Some(publish);
    spec.commit = Some("chore(release): a and b".into());
    run(&spec).ends("Released");
    let registry = Verdaccio::shared();
    assert_eq!(registry.status_for_strangers(&a), 401);
    let there = registry.package(&a);
    assert_eq!(there["dist-tags"]["beta"], "1.1.0-beta.1", "{there}");
    assert_eq!(
        registry.package(&b)["versions"]["2.0.0"]["dependencies"],
        json!({&a: "^1.1.0-beta.1"})
    );
    assert!(
        world
            .at_remote(&["show", "master:packages/b/package.json"])
            .contains("workspace:^")
    );
    run(&spec).ends("Whole");
    // Later the prerelease is put on another channel, once.
    spec.head = world.refs()["refs/heads/master"].clone();
    spec.commit = None;
    spec.edits.clear();
    spec.packages.truncate(1);
    spec.packages[0].add_channel_on = Some(spec.head.clone());
    spec.packages[0].channels = vec![Some("beta".into()), Some("next".into())];
    spec.packages[0].publish.as_mut().expect("publish").dist_tag = "next".into();
    crate::gitea::git(
        &world.work(),
        &["fetch", "--quiet", &world.remote, "master"],
        None,
    );
    assert_eq!(effects(&spec).last(), Some(&format!("dist-tag:{a}")));
    run(&spec).ends("Released");
    assert_eq!(registry.package(&a)["dist-tags"]["next"], "1.1.0-beta.1");
}

#[test]
fn what_cannot_be_published_is_said_before_anything_is_done() {
    let name = unique("no");
    let world = world_of(&name);
    let mut spec = world.spec();
    spec.packages[0].publish = Some(to_verdaccio(&name));
    // The version was not set.
    run(&spec).fails(2, &["would be published as", "0.0.0", "1.0.0"]);
    spec.edits = vec![("package.json".into(), "{".into())];
    run(&spec).fails(2, &["npm cannot pack"]);
    spec.edits = vec![("package.json".into(), manifest(&name, "1.0.0"))];
    let unbuilt = manifest(&name, "1.0.0").replace("index.js", "dist/index.js");
    spec.edits = vec![("package.json".into(), unbuilt)];
    run(&spec).fails(2, &["would be published without dist/index.js", "build"]);
    spec.edits = vec![("package.json".into(), manifest(&name, "1.0.0"))];
    spec.packages[0].path = "nowhere".into();
    run(&spec).fails(2, &["has no folder nowhere"]);
    spec.packages[0].path = ".".into();
    spec.packages[0].publish.as_mut().expect("publish").token = None;
    run(&spec).fails(2, &["no token", "FOUNDATION_REGISTRY_TOKEN"]);
    assert_eq!(world.refs().len(), 1, "no tag");
    // A token that turns out to be wrong only when it is used: the tag is there, and the next run completes it.
    spec.packages[0].publish.as_mut().expect("publish").token = Some("wrong-token-000".into());
    let failed = run(&spec);
    failed.fails(2, &["FOUNDATION_REGISTRY_TOKEN"]);
    assert!(!format!("{failed:?}").contains("wrong-token-000"));
    spec.packages[0].publish = Some(to_verdaccio(&name));
    let ran = run(&spec);
    assert!(
        ["Released", "Completed"].contains(&ran.ended.as_deref().unwrap_or_default()),
        "{ran:?}"
    );
    assert_eq!(Verdaccio::shared().package(&name)["dist-tags"]["latest"], "1.0.0");
}

#[test]
fn the_forges_own_registry() {
    let gitea = Gitea::shared();
    let name = format!("@{ADMIN}/{}", unique("lib"));
    let files = [
        ("package.json", manifest(&name, "0.0.0")),
        ("index.js", "exports.a = 1\n".to_owned()),
    ];
    let world = World::on_the_forge(
        &files.each_ref().map(|(name, text)| (*name, text.as_str())),
        &json!({"private": true}),
    );
    let mut spec = world.spec();
    spec.edits = vec![("package.json".into(), manifest(&name, "1.0.0"))];
    let mut publish = to_verdaccio(&name);
    publish.registry = format!("{}/api/packages/{ADMIN}/npm/", gitea.url);
    publish.token = Some(gitea.token.clone());
    spec.packages[0].publish = Some(publish);
    spec.packages[0].assets = vec![(world.file("one", 5000), "one.bin".into())];
    run(&spec).ends("Released");
    let packages = gitea.get(&format!("/packages/{ADMIN}?type=npm&limit=50"));
    let there: Vec<_> = packages
        .as_array()
        .expect("a list")
        .iter()
        .filter(|package| package["name"] == name.as_str())
        .collect();
    assert_eq!(there.len(), 1);
    assert_eq!(there[0]["version"], "1.0.0");
    assert_eq!(world.releases().len(), 1);
    run(&spec).ends("Whole");
    // The automatic token of a run may not publish; here, a token without that scope.
    let name = format!("@{ADMIN}/{}", unique("lib"));
    spec.edits = vec![("package.json".into(), manifest(&name, "1.1.0"))];
    spec.packages = vec![package(&name, ".", "1.1.0", "v1.1.0")];
    let mut publish = to_verdaccio(&name);
    publish.registry = format!("{}/api/packages/{ADMIN}/npm/", gitea.url);
    publish.token = Some(gitea.create_user_token(ADMIN, &["write:repository"]));
    spec.packages[0].publish = Some(publish);
    run(&spec).fails(2, &["FOUNDATION_REGISTRY_TOKEN"]);
}
