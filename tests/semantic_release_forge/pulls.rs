//! What a pull request is told: what merging it would release, in each of the ways that the repository allows.

use serde_json::{Value, json};

use crate::bed::{Bed, Ran, manifest};

/// A repository with 1.0.0 released.
fn released(name: &str, files: &[(&str, &str)]) -> Bed {
    let bed = Bed::with(name, "feat: begin", files);
    bed.git(&["tag", "v1.0.0"]);
    bed.push("v1.0.0:refs/tags/v1.0.0");
    bed
}

fn settings(bed: &Bed, options: &Value) {
    let answer = bed
        .server
        .api("PATCH", &bed.api(""), &bed.server.token, Some(options));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// What each style would release, of a run that printed JSON.
fn merges(ran: &Ran) -> Vec<(String, Option<String>)> {
    let told = ran.ends(0, &[]).json();
    let merges = told["merges"].as_array().expect("a list");
    merges
        .iter()
        .map(|merge| {
            let next = merge["packages"][0]["next"].as_str().map(str::to_owned);
            (merge["style"].as_str().expect("a style").to_owned(), next)
        })
        .collect()
}

fn expect(ran: &Ran, expected: &[(&str, Option<&str>)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(style, next)| ((*style).to_owned(), next.map(str::to_owned)))
        .collect();
    assert_eq!(merges(ran), expected, "{}", ran.log);
}

#[test]
fn the_styles_differ_and_one_comment_says_so() {
    let bed = released("pulls-styles", &[("a.txt", "1\n")]);
    settings(&bed, &json!({"allow_fast_forward_only_merge": false}));
    bed.commit("fix: small", &[("a.txt", "2\n")]);
    bed.push("HEAD:refs/heads/topic");
    let pull = bed.open("topic", "feat: large", "");
    let ran = bed.proposed(pull).go();
    ran.ends(
        0,
        &[
            "what this releases depends on how it is merged",
            "merge commit: pulls-styles 1.0.1 (patch)",
        ],
    );
    let comments = bed.comments(pull);
    assert_eq!(comments.len(), 1);
    for line in [
        "depends on how it is merged into master",
        "| merge commit | pulls-styles 1.0.1 \\(patch\\) |",
        "| rebase | pulls-styles 1.0.1 \\(patch\\) |",
        "| squash | pulls-styles 1.1.0 \\(minor\\) |",
    ] {
        assert!(comments[0].contains(line), "{}", comments[0]);
    }
    assert!(
        !comments[0].contains("fast-forward"),
        "not allowed here: {}",
        comments[0]
    );
    let head = bed.git(&["rev-parse", "HEAD"]);
    let (state, words) = bed.status(&head);
    assert_eq!(state, "success");
    assert!(
        words.starts_with("what merging releases depends on how"),
        "{words}"
    );

    // An edited title, and a repository that only squashes.
    let path = bed.api(&format!("/pulls/{pull}"));
    let edit = |change: Value| {
        let answer = bed.server.api("PATCH", &path, &bed.server.token, Some(&change));
        assert_eq!(answer.status, 201, "{}", answer.body);
    };
    edit(json!({"title": "fix: not so large"}));
    bed.proposed(pull)
        .go()
        .ends(0, &["merging releases pulls-styles 1.0.1 (patch)"]);
    let comments = bed.comments(pull);
    assert_eq!(comments.len(), 1);
    assert!(
        comments[0].contains("**Merging this into master releases: pulls-styles 1.0.1 \\(patch\\)**"),
        "{}",
        comments[0]
    );
    edit(json!({"body": "Why.\r\n\r\nBREAKING CHANGE: everything\r\n"}));
    settings(
        &bed,
        &json!({"allow_merge_commits": false, "allow_rebase": false, "allow_rebase_explicit": false,
        "allow_squash_merge": true, "default_merge_style": "squash"}),
    );
    expect(
        &bed.proposed(pull).args(&["--format=json"]).go(),
        &[("squash", Some("2.0.0"))],
    );
    settings(
        &bed,
        &json!({"allow_merge_commits": true, "allow_rebase": true, "allow_rebase_explicit": true,
        "allow_fast_forward_only_merge": true}),
    );
    expect(
        &bed.proposed(pull).args(&["--format=json"]).go(),
        &[
            ("squash", Some("2.0.0")),
            ("merge", Some("1.0.1")),
            ("rebase", Some("1.0.1")),
            ("rebase-merge", Some("1.0.1")),
            ("fast-forward-only", Some("1.0.1")),
        ],
    );
    assert_eq!(bed.comments(pull).len(), 1);
}

#[test]
fn a_pull_request_behind_its_base_with_merges_and_reverts() {
    let bed = released("pulls-behind", &[("a.txt", "1\n")]);
    settings(&bed, &json!({"allow_fast_forward_only_merge": true}));
    let feat = bed.commit("feat: perhaps", &[("b.txt", "1\n")]);
    bed.commit(
        &format!("Revert \"feat: perhaps\"\n\nThis reverts commit {feat}."),
        &[("b.txt", "0\n")],
    );
    bed.commit("docs: said", &[("c.txt", "1\n")]);
    bed.push("HEAD:refs/heads/topic");
    // Meanwhile master moves on and is released; this clone has not seen it.
    bed.git(&["checkout", "--quiet", "--detach", "v1.0.0"]);
    let newer = bed.commit("feat: meanwhile", &[("d.txt", "1\n")]);
    bed.git(&["tag", "v1.1.0"]);
    bed.push("HEAD:refs/heads/master");
    bed.push("v1.1.0:refs/tags/v1.1.0");
    bed.git(&["tag", "--delete", "v1.1.0"]);
    let pull = bed.open("topic", "docs: said", "");
    let ran = bed.proposed(pull).args(&["--format=json"]).go();
    // A revert and what it reverts cancel each other wherever both hashes stay as they are.
    let told = ran.ends(0, &[]).json();
    assert_eq!(told["merges"][0]["style"], "merge");
    assert_eq!(told["merges"][0]["packages"][0]["last"], "1.1.0");
    assert_eq!(
        told["merges"][0]["packages"][0]["next"],
        Value::Null,
        "{}",
        ran.log
    );
    assert!(
        merges(&ran).iter().all(|(style, _)| style != "fast-forward-only"),
        "{}",
        ran.log
    );
    // The branch catches up: the merge of master itself releases nothing.
    bed.git(&["merge", "--quiet", "--no-ff", "--message=Merge master", &newer]);
    bed.commit("fix: last", &[("e.txt", "1\n")]);
    bed.push("HEAD:refs/heads/topic");
    let ran = bed.proposed(pull).args(&["--format=json"]).go();
    let found = merges(&ran);
    assert_eq!(
        found[0],
        ("merge".to_owned(), Some("1.1.1".to_owned())),
        "{}",
        ran.log
    );
    assert!(
        found.contains(&("fast-forward-only".to_owned(), Some("1.1.1".to_owned()))),
        "{}",
        ran.log
    );
    assert_eq!(bed.comments(pull).len(), 1);
}

#[test]
fn the_projects_own_texts_for_merges() {
    let folder = ".gitea/default_merge_message";
    let bed = released(
        "pulls-texts",
        &[
            ("a.txt", "1\n"),
            (
                &format!("{folder}/SQUASH_TEMPLATE.md"),
                "fix: ${PullRequestTitle}\n\nNo more.\n",
            ),
            (
                &format!("{folder}/MERGE_TEMPLATE.md"),
                "feat: merge of ${HeadBranch} ($PullRequestReference)\n",
            ),
            (
                &format!("{folder}/REBASE_TEMPLATE.md"),
                "feat!: ${CommitTitle}\n\n${CommitBody}\n",
            ),
        ],
    );
    bed.commit("docs: one", &[("a.txt", "2\n")]);
    bed.push("HEAD:refs/heads/topic");
    let expected = [
        ("merge", Some("1.1.0")),
        ("rebase", Some("2.0.0")),
        ("rebase-merge", None),
        ("squash", Some("1.0.1")),
        ("fast-forward-only", None),
    ];
    let pull = bed.open("topic", "feat: large", "");
    expect(&bed.proposed(pull).args(&["--format=json"]).go(), &expected);
    // The forge does amend the last commit of a rebase: the prediction comes true.
    let merge = bed.api(&format!("/pulls/{pull}/merge"));
    for attempt in 0.. {
        let answer = bed
            .server
            .api("POST", &merge, &bed.server.token, Some(&json!({"do": "rebase"})));
        if answer.status == 200 {
            break;
        }
        assert!(attempt < 300, "{}", answer.body);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    bed.fetch();
    assert_eq!(bed.git(&["log", "-1", "--format=%s"]), "feat!: docs: one");
    let after = bed.pushed().args(&["--dry-run", "--format=json"]).go();
    assert_eq!(after.ends(0, &[]).json()["packages"][0]["next"], "2.0.0");
}

#[test]
fn a_monorepo() {
    let root = "{\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n";
    let bed = Bed::with(
        "pulls-mono",
        "feat: begin",
        &[
            ("package.json", root),
            ("packages/one/package.json", &manifest("one", "")),
            (
                "packages/two/package.json",
                &manifest("two", ",\n  \"dependencies\": {\"one\": \"1.0.0\"}"),
            ),
        ],
    );
    for tag in ["one-v1.0.0", "two-v1.0.0"] {
        bed.git(&["tag", tag]);
        bed.push(&format!("{tag}:refs/tags/{tag}"));
    }
    bed.commit("feat: more", &[("packages/one/a.txt", "1\n")]);
    bed.push("HEAD:refs/heads/topic");
    let pull = bed.open("topic", "feat: more", "");
    let ran = bed.proposed(pull).args(&["--packages=auto"]).go();
    ran.ends(0, &["merging releases one 1.1.0 (minor), two 1.0.1 (patch)"]);
    // A part of it has a status and a comment of its own.
    bed.proposed(pull)
        .args(&["packages/one"])
        .go()
        .ends(0, &["merging releases one 1.1.0 (minor)"]);
    let comments = bed.comments(pull);
    assert_eq!(comments.len(), 2, "{comments:?}");
    let (_, words) = bed.status(&bed.git(&["rev-parse", "HEAD"]));
    assert_eq!(words, "merging releases one 1.1.0 (minor), two 1.0.1 (patch)");
}
