//! A push to the branch releases, once, all that was asked for.

use serde_json::{Value, json};

use crate::bed::{Bed, manifest};
use crate::gitea::{ADMIN, Repo};

/// What the registry of the repository's owner holds of a package.
fn published(bed: &Bed, name: &str) -> Value {
    let path = format!("/packages/{ADMIN}?type=npm&q={name}");
    let list = bed.server.get(&path);
    let all = list.as_array().expect("a list").iter();
    json!(
        all.filter(|package| package["name"] == name)
            .map(|package| package["version"].clone())
            .collect::<Vec<_>>()
    )
}

#[test]
fn one_package_with_everything_and_nothing_twice() {
    let bed = Bed::with(
        "push-one",
        "feat: begin",
        &[
            ("package.json", &manifest("push-one-thing", "")),
            ("index.js", "exports.a = 1\n"),
            (".gitignore", "dist/\n"),
        ],
    );
    std::fs::create_dir(bed.work().join("dist")).expect("a folder");
    std::fs::write(bed.work().join("dist/thing.bin"), vec![7; 100_000]).expect("a file");
    let run = || bed.pushed().publishing().args(&["--assets=dist/*"]).go();
    let first = run();
    first.ends(0, &["released push-one-thing 1.0.0"]);
    let sha = bed.master();
    let success = |words: &str| ("success".to_owned(), words.to_owned());
    assert_eq!(bed.status(&sha), success("released push-one-thing 1.0.0"));
    let packages: Value = serde_json::from_str(&first.outputs["packages"]).expect("JSON");
    assert_eq!(
        packages,
        json!([{"name": "push-one-thing", "path": ".", "version": "1.0.0", "tag": "v1.0.0", "channel": null}])
    );
    for (name, value) in [("released", "true"), ("version", "1.0.0"), ("tag", "v1.0.0")] {
        assert_eq!(first.outputs[name], value, "{name}");
    }
    assert!(first.outputs["notes"].contains("begin"), "{:?}", first.outputs);
    let releases = bed.releases();
    assert_eq!(releases.len(), 1);
    assert_eq!(releases[0]["tag_name"], "v1.0.0");
    let notes = releases[0]["body"].as_str().expect("notes");
    assert!(notes.contains("begin") && notes.contains(&sha[..7]), "{notes}");
    assert_eq!(releases[0]["assets"][0]["name"], "thing.bin");
    assert_eq!(releases[0]["assets"][0]["size"], 100_000);
    assert_eq!(published(&bed, "push-one-thing"), json!(["1.0.0"]));
    assert_eq!(bed.tags(), ["v1.0.0"]);
    assert_eq!(bed.master(), sha, "nothing is committed unless asked for");

    // The same run again, and once more from a fresh clone's point of view.
    for _ in 0..2 {
        let again = run();
        again.ends(0, &["nothing to release"]);
        assert_eq!(again.outputs["released"], "false");
        assert_eq!(again.outputs["packages"], "[]");
        bed.fetch();
    }
    assert_eq!(bed.releases(), releases);
    assert_eq!(published(&bed, "push-one-thing"), json!(["1.0.0"]));

    // Somebody deletes the release page, the tag stays.
    let page = bed.api(&format!("/releases/{}", releases[0]["id"]));
    assert_eq!(
        bed.server.api("DELETE", &page, &bed.server.token, None).status,
        204
    );
    assert_eq!(bed.releases(), Vec::<Value>::new());
    std::fs::create_dir_all(bed.work().join("dist")).expect("a folder");
    run().ends(0, &["completed the release of v1.0.0"]);
    let made = bed.releases();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["body"], releases[0]["body"]);
    assert_eq!(made[0]["assets"][0]["name"], "thing.bin");
    assert_eq!(bed.tags(), ["v1.0.0"]);
}

#[test]
fn a_release_ripples_through_a_monorepo() {
    let needs = ",\n  \"dependencies\": {\n    \"push-core\": \"~1.0.0\"\n  }";
    let root = "{\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n";
    let bed = Bed::with(
        "push-mono",
        "feat: begin",
        &[
            ("package.json", root),
            ("packages/core/package.json", &manifest("push-core", "")),
            ("packages/core/index.js", "exports.a = 1\n"),
            ("packages/app/package.json", &manifest("push-app", needs)),
            ("packages/app/index.js", "exports.b = 1\n"),
        ],
    );
    let run = || bed.pushed().publishing().args(&["--packages=auto"]).go();
    run().ends(0, &["push-core 1.0.0", "push-app 1.0.0"]);
    bed.fetch();
    bed.commit(
        "feat: more of core",
        &[("packages/core/index.js", "exports.a = 2\n")],
    );
    bed.push("HEAD:refs/heads/master");
    let ran = run();
    ran.ends(0, &["push-core 1.1.0", "push-app 1.0.1"]);
    let packages: Value = serde_json::from_str(&ran.outputs["packages"]).expect("JSON");
    let of = |at: usize| (&packages[at]["name"], &packages[at]["version"]);
    assert_eq!(
        of(0),
        (&json!("push-core"), &json!("1.1.0")),
        "dependencies first"
    );
    assert_eq!(of(1), (&json!("push-app"), &json!("1.0.1")));
    assert_eq!(
        bed.tags(),
        [
            "push-app-v1.0.0",
            "push-app-v1.0.1",
            "push-core-v1.0.0",
            "push-core-v1.1.0"
        ]
    );
    let mut pages: Vec<String> = bed
        .releases()
        .iter()
        .map(|page| page["tag_name"].as_str().expect("a tag").to_owned())
        .collect();
    pages.sort();
    assert_eq!(pages, bed.tags());
    // The copy that was published has the new range, the branch does not.
    let address = format!("{}/api/packages/{ADMIN}/npm/push-app", bed.server.url);
    let token = bed.server.create_user_token(ADMIN, &["read:package"]);
    let answer = std::process::Command::new("curl")
        .args([
            "--silent",
            "--fail",
            "--header",
            &format!("Authorization: Bearer {token}"),
            &address,
        ])
        .output()
        .expect("curl");
    let there: Value = serde_json::from_slice(&answer.stdout).expect("JSON");
    assert_eq!(there["versions"]["1.0.1"]["dependencies"]["push-core"], "~1.1.0");
    assert_eq!(there["versions"]["1.0.0"]["dependencies"]["push-core"], "~1.0.0");
    assert!(
        bed.git(&["show", "HEAD:packages/app/package.json"])
            .contains("~1.0.0")
    );
    run().ends(0, &["nothing to release"]);
    assert_eq!(bed.tags().len(), 4);
}

#[test]
fn a_release_commit_with_a_changelog_is_no_release() {
    let bed = Bed::with(
        "push-commit",
        "fix: begin",
        &[("package.json", &manifest("push-commit-thing", ""))],
    );
    let before = bed.master();
    let run = || bed.pushed().args(&["--commit", "--changelog=CHANGELOG.md"]).go();
    run().ends(0, &["released push-commit-thing 1.0.0"]);
    let after = bed.fetch();
    assert_eq!(bed.git(&["rev-parse", "HEAD~1"]), before, "one commit more");
    let message = bed.git(&["log", "-1", "--format=%B"]);
    assert!(message.trim_end().ends_with("[skip release]"), "{message}");
    assert_eq!(bed.git(&["rev-parse", "v1.0.0^{commit}"]), after);
    assert!(bed.git(&["show", "HEAD:CHANGELOG.md"]).contains("begin"));
    assert!(
        bed.git(&["show", "HEAD:package.json"])
            .contains("\"version\": \"1.0.0\"")
    );
    run().ends(0, &["nothing to release"]);
    assert_eq!(bed.master(), after);
    assert_eq!(bed.tags(), ["v1.0.0"]);
}

#[test]
fn comments_and_labels_once() {
    let bed = Bed::with("push-comments", "docs: begin", &[("a.txt", "1\n")]);
    let issue = bed.server.post(&bed.api("/issues"), &json!({"title": "wanted"}));
    let issue = issue["number"].as_u64().expect("a number");
    bed.commit(&format!("feat: new\n\ncloses #{issue}"), &[("a.txt", "2\n")]);
    bed.push("HEAD:refs/heads/topic");
    let pull = bed.open("topic", "feat: new", "");
    let merged = bed.api(&format!("/pulls/{pull}/merge"));
    let mut status = 0;
    for _ in 0..300 {
        status = bed
            .server
            .api("POST", &merged, &bed.server.token, Some(&json!({"do": "merge"})))
            .status;
        if status == 200 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(status, 200);
    bed.fetch();
    let run = || bed.pushed().args(&["--comments", "--labels=released"]).go();
    run().ends(0, &["released push-comments 1.0.0"]);
    run().ends(0, &["nothing to release"]);
    for number in [issue, pull] {
        let comments = bed.comments(number);
        assert_eq!(comments.len(), 1, "#{number}: {comments:?}");
        assert!(comments[0].contains("v1.0.0"), "{comments:?}");
        let labels = bed.server.get(&bed.api(&format!("/issues/{number}/labels")));
        assert_eq!(labels.as_array().expect("a list").len(), 1, "#{number}: {labels}");
        assert_eq!(labels[0]["name"], "released");
    }
}

#[test]
fn who_may_not_release() {
    let bed = Bed::with("push-refused", "feat: begin", &[("a.txt", "1\n")]);
    let robot = "robot-push-refused";
    let read_only = bed
        .server
        .create_user_token(robot, &["read:repository", "read:issue", "read:user"]);
    let ran = bed.pushed().token(&read_only).go();
    ran.ends(2, &["FOUNDATION_TOKEN"]);
    assert_eq!(bed.tags(), Vec::<String>::new());
    assert_eq!(bed.releases(), Vec::<Value>::new());

    bed.commit("fix: more", &[("a.txt", "2\n")]);
    bed.push("HEAD:refs/heads/topic");
    let own = bed.open("topic", "fix: more", "");
    bed.proposed(own)
        .args(&["--dry-run=false"])
        .go()
        .ends(2, &["a pull request cannot release"]);

    let stranger = bed
        .server
        .create_user("stranger-push", &["write:repository", "write:issue", "read:user"]);
    let forked = bed
        .server
        .api("POST", &bed.api("/forks"), &stranger, Some(&json!({})));
    assert_eq!(forked.status, 202, "{}", forked.body);
    let fork = Repo {
        full_name: "stranger-push/push-refused".into(),
        clone_url: format!("{}/stranger-push/push-refused.git", bed.server.url),
    };
    bed.commit("feat: theirs", &[("b.txt", "1\n")]);
    bed.server.push(&fork, &bed.work(), "HEAD:refs/heads/theirs");
    let theirs = bed.open("stranger-push:theirs", "feat: theirs", "");
    bed.proposed(theirs)
        .args(&["--dry-run=false"])
        .go()
        .ends(4, &["a pull request of another repository asks to release"]);
    assert_eq!(bed.tags(), Vec::<String>::new());
    // A fork's run whose token may set no status still tells what it can.
    let reader = bed.proposed(theirs).token(&read_only).go();
    reader.ends(
        0,
        &["merging releases push-refused 1.0.0", "may not set a status"],
    );
    bed.proposed(theirs)
        .go()
        .ends(0, &["merging releases push-refused 1.0.0"]);
    let comments = bed.comments(theirs);
    assert_eq!(comments.len(), 1, "{comments:?}");
}
