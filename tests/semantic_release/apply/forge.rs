//! A real forge: releases, assets, comments, labels, protected branches, tokens without the right.

use serde_json::{Value, json};

use crate::driver::{effects, run, run_until};
use crate::gitea::Gitea;
use crate::world::{World, manifest, package, unique};

fn start() -> World {
    let files = [
        ("package.json", manifest("thing", "0.0.0")),
        ("index.js", "exports.a = 1\n".to_owned()),
    ];
    World::on_the_forge(
        &files.each_ref().map(|(name, text)| (*name, text.as_str())),
        &json!({}),
    )
}

#[test]
fn a_release_with_assets() {
    let world = start();
    let mut spec = world.spec();
    let assets = [("a.bin", 100_000), ("empty", 0), ("ä b%2F#?.txt", 3)];
    for (index, (name, size)) in assets.iter().enumerate() {
        let file = world.file(&format!("asset-{index}"), *size);
        spec.packages[0].assets.push((file, (*name).to_owned()));
    }
    if spec.packages[0].assets.is_empty() {
        panic!("assets");
    }
    // The server takes no empty file; that is said, not passed over.
    let refused = run(&spec);
    if refused.code == 0 {
        refused.ends("Released");
    } else {
        refused.fails(3, &["assets"]);
        spec.packages[0].assets.remove(1);
        run(&spec).ends("Completed");
    }
    assert_eq!(
        effects(&spec),
        ["tag:v1.0.0", "channel:v1.0.0", "push", "release:v1.0.0"]
    );
    let releases = world.releases();
    assert_eq!(releases.len(), 1, "{releases:?}");
    assert_eq!(releases[0]["tag"], "v1.0.0");
    assert_eq!(releases[0]["title"], "thing 1.0.0");
    assert_eq!(releases[0]["notes"], "## 1.0.0\n\n- something new\n");
    assert_eq!(releases[0]["prerelease"], false);
    assert_eq!(
        releases[0]["assets"].as_array().expect("a list").len(),
        spec.packages[0].assets.len()
    );
    let again = run(&spec);
    again.ends("Whole");
    assert_eq!(world.releases(), releases);
}

#[test]
fn an_asset_that_differs_is_replaced_and_one_that_is_equal_is_left() {
    let world = start();
    let mut spec = world.spec();
    spec.packages[0].assets = vec![
        (world.file("one", 5000), "one.bin".into()),
        (world.file("two", 6000), "two.bin".into()),
    ];
    run(&spec).ends("Released");
    let ids = |world: &World| -> Vec<Value> {
        let repo = world.repo.as_ref().expect("a repository");
        let releases = Gitea::shared().get(&format!("/repos/{}/releases", repo.full_name));
        let assets = releases[0]["assets"].as_array().expect("a list").clone();
        assets
            .iter()
            .map(|asset| json!([asset["name"], asset["id"]]))
            .collect()
    };
    let before = ids(&world);
    // Of the same size, with other content.
    let mut bytes = std::fs::read(world.path("two")).expect("a file");
    bytes[4321] ^= 1;
    std::fs::write(world.path("two"), bytes).expect("written");
    run(&spec).ends("Completed");
    let after = ids(&world);
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
    assert_eq!(after.len(), 2);
    run(&spec).ends("Whole");
}

#[test]
fn a_monorepo_with_names_that_hold_slashes() {
    let files = [
        ("a/package.json", manifest("@o/a", "0.0.0")),
        ("b/package.json", manifest("b", "0.0.0")),
    ];
    let world = World::on_the_forge(
        &files.each_ref().map(|(name, text)| (*name, text.as_str())),
        &json!({}),
    );
    let mut spec = world.spec();
    spec.packages = vec![
        package("@o/a", "a", "1.0.0", "@o/a-v1.0.0"),
        package("b", "b", "2.0.0-beta.1", "b-v2.0.0-beta.1"),
    ];
    spec.packages[0].assets = vec![(world.file("one", 5000), "one.bin".into())];
    spec.packages[1].prerelease = true;
    spec.packages[1].channels = vec![Some("beta".to_owned())];
    run(&spec).ends("Released");
    let releases = world.releases();
    assert_eq!(
        releases
            .iter()
            .map(|release| (&release["tag"], &release["prerelease"]))
            .collect::<Vec<_>>(),
        [
            (&json!("@o/a-v1.0.0"), &json!(false)),
            (&json!("b-v2.0.0-beta.1"), &json!(true))
        ]
    );
    run(&spec).ends("Whole");
    assert_eq!(world.releases(), releases);
    // A prerelease that becomes a release on another channel.
    spec.packages.remove(0);
    spec.packages[0].channels = vec![Some("beta".to_owned()), None];
    spec.packages[0].prerelease = false;
    spec.packages[0].add_channel_on = Some(world.head.clone());
    run(&spec).ends("Released");
    assert!(
        world
            .releases()
            .iter()
            .all(|release| release["prerelease"] == false)
    );
}

#[test]
fn a_large_asset_is_streamed_in_both_directions() {
    let world = start();
    let mut spec = world.spec();
    let size = 200 * 1024 * 1024;
    spec.packages[0].assets = vec![(world.file("large", size), "large.bin".into())];
    let ran = run(&spec);
    ran.ends("Released");
    assert_eq!(world.releases()[0]["assets"], json!([["large.bin", size]]));
    // It is there: its content is read back and compared.
    let again = run(&spec);
    again.ends("Whole");
    for peak in [ran.peak, again.peak] {
        assert!(peak < 100 * 1024, "{peak} KiB");
    }
    eprintln!(
        "200 MiB: at most {} KiB up, {} KiB compared",
        ran.peak, again.peak
    );
}

#[test]
fn comments_and_labels_once() {
    let world = start();
    let gitea = Gitea::shared();
    let repo = world.repo.as_ref().expect("a repository");
    let issue = gitea.post(
        &format!("/repos/{}/issues", repo.full_name),
        &json!({"title": "wanted"}),
    );
    let number = issue["number"].as_u64().expect("a number");
    let mut spec = world.spec();
    spec.comments = vec![
        (
            number,
            Some("released in **v1.0.0**".into()),
            vec!["released".into(), "on @latest".into()],
        ),
        (4711, Some("nobody".into()), vec!["released".into()]),
    ];
    assert_eq!(
        effects(&spec)[3..],
        ["release:v1.0.0", "comment:1", "comment:4711"]
    );
    let ran = run(&spec);
    ran.ends("Released");
    assert!(
        ran.log.contains("there is no issue or pull request #4711"),
        "{}",
        ran.log
    );
    run(&spec).ends("Whole");
    // Somebody copies the marker: that is not ours, and ours is there.
    let comments = gitea.comments(repo, number);
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(
        comments[0]["body"]
            .as_str()
            .expect("text")
            .ends_with("released in **v1.0.0**")
    );
    let labels = gitea.get(&format!("/repos/{}/issues/{number}/labels", repo.full_name));
    let names: Vec<&str> = labels
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|label| label["name"].as_str())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"released") && names.contains(&"on @latest"));
}

#[test]
fn a_protected_branch_a_protected_tag_and_tokens_without_the_right() {
    let world = start();
    let gitea = Gitea::shared();
    let repo = world.repo.as_ref().expect("a repository");
    let writer = unique("writer");
    let token = gitea.create_user(&writer, &["write:repository", "write:issue"]);
    let read_only = gitea.create_user_token(&writer, &["read:repository"]);
    let mut spec = world.spec();
    spec.commit = Some("chore(release): 1.0.0".into());
    spec.edits = vec![("package.json".into(), manifest("thing", "1.0.0"))];
    let refs = world.refs();

    spec.token = Some(token.clone());
    run(&spec).fails(
        2,
        &[
            "does not let us push",
            "the token may not write",
            "FOUNDATION_TOKEN",
        ],
    );
    gitea.add_writer(repo, &writer);
    spec.token = Some(read_only);
    run(&spec).fails(2, &["does not let us push", "403", "FOUNDATION_TOKEN"]);
    spec.token = Some("0123456789012345678901234567890123456789".into());
    let failed = run(&spec);
    failed.fails(2, &["401"]);
    assert!(!format!("{failed:?}").contains("0123456789012345678901234567890123456789"));
    spec.token = None;
    run(&spec).fails(2, &["no token was given"]);

    spec.token = Some(token);
    let protected = json!({"rule_name": "master", "enable_push": true, "enable_push_whitelist": true, "push_whitelist_usernames": ["operator"]});
    gitea.post(
        &format!("/repos/{}/branch_protections", repo.full_name),
        &protected,
    );
    run(&spec).fails(
        2,
        &[
            "declines the push of master",
            "protected branch",
            "push whitelist",
        ],
    );
    assert_eq!(world.refs(), refs, "nothing half");
    assert_eq!(world.releases(), Vec::<Value>::new());

    // Without a commit the branch need not move.
    let mut tags_only = spec.clone();
    tags_only.commit = None;
    let protected = json!({"name_pattern": "v*", "whitelist_usernames": ["operator"]});
    gitea.post(&format!("/repos/{}/tag_protections", repo.full_name), &protected);
    run(&tags_only).fails(2, &["declines the push", "tag protection"]);
    assert_eq!(world.refs(), refs);
    let rules = gitea.get(&format!("/repos/{}/tag_protections", repo.full_name));
    let path = format!("/repos/{}/tag_protections/{}", repo.full_name, rules[0]["id"]);
    assert_eq!(gitea.api("DELETE", &path, &gitea.token, None).status, 204);
    run(&tags_only).ends("Released");
    assert_eq!(world.releases().len(), 1);
}

#[test]
fn ten_runs_at_once_make_one_release() {
    let world = start();
    let mut spec = world.spec();
    let issue = Gitea::shared().post(
        &format!(
            "/repos/{}/issues",
            world.repo.as_ref().expect("a repository").full_name
        ),
        &json!({"title": "wanted"}),
    );
    let number = issue["number"].as_u64().expect("a number");
    spec.packages[0].assets = vec![(world.file("one", 300_000), "one.bin".into())];
    spec.comments = vec![(number, Some("released".into()), vec![])];
    spec.commit = Some("chore(release): 1.0.0".into());
    spec.edits = vec![("package.json".into(), manifest("thing", "1.0.0"))];
    let started: Vec<_> = (0..10).map(|_| crate::driver::start(&spec, None)).collect();
    let runs: Vec<_> = started
        .into_iter()
        .map(|wait| wait().expect("not killed"))
        .collect();
    for ran in &runs {
        assert_eq!(ran.code, 0, "{}\n{}", ran.error, ran.log);
    }
    let winners = runs
        .iter()
        .filter(|ran| ran.ended.as_deref() == Some("Released"))
        .count();
    assert_eq!(
        winners,
        1,
        "{:?}",
        runs.iter()
            .map(|ran| (&ran.ended, &ran.reason))
            .collect::<Vec<_>>()
    );
    let releases = world.releases();
    assert_eq!(releases.len(), 1);
    assert_eq!(releases[0]["assets"], json!([["one.bin", 300_000]]));
    assert_eq!(
        Gitea::shared()
            .comments(world.repo.as_ref().expect("a repository"), number)
            .len(),
        1
    );
    assert_eq!(world.refs().len(), 3);
    run(&spec).ends("Whole");
}

#[test]
fn a_push_in_between_loses_nothing() {
    let world = start();
    let mut spec = world.spec();
    spec.commit = Some("chore(release): 1.0.0".into());
    spec.edits = vec![("package.json".into(), manifest("thing", "1.0.0"))];
    // Killed right before its push; then somebody pushes.
    assert!(run_until(&spec, Some("before:push")).is_none());
    let newer = world.commit("fix: in between", &[("index.js", "exports.a = 2\n")]);
    world.push();
    let ran = run(&spec);
    ran.ends("Moved");
    assert_eq!(
        world.refs().into_iter().collect::<Vec<_>>(),
        [("refs/heads/master".to_owned(), newer.clone())]
    );
    // The run of the newer commit makes the release.
    spec.head = newer;
    run(&spec).ends("Released");
    assert_eq!(world.releases().len(), 1);
}
