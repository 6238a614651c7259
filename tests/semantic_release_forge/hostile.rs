//! Titles, descriptions, messages and branches of people who mean harm, and secrets that somebody wrote into them.

use serde_json::json;

use crate::bed::Bed;

const CANARY: &str = "c4n4ry-Sup3r-Secret-Value";

/// Fails when a line of the log is a command to the runner that we did not give.
fn no_command(log: &str) {
    for line in log.lines() {
        let line = line.trim_start();
        let own = ["::group::", "::endgroup::", "::add-mask::"]
            .iter()
            .any(|own| line.starts_with(own));
        assert!(own || !line.starts_with("::"), "{line}");
        assert!(!line.starts_with("##["), "{line}");
    }
}

#[test]
fn nothing_in_a_pull_request_is_a_command_or_markup() {
    let bed = Bed::with("hostile-pull", "docs: begin", &[("a.txt", "1\n")]);
    let branch = "x--><!--$(touch${IFS}pwned)`id`@operator;<b>";
    let message = format!(
        "feat: --> <img src=x onerror=alert(1)> @operator #1 [x](javascript:x) | a\n\n::set-output name=version::9.9.9\n::stop-commands::x\n##[error]y\n{CANARY}\n\nBREAKING CHANGE: <script> {CANARY} -->\n::error::z"
    );
    bed.commit(&message, &[("a.txt", "2\n")]);
    bed.commit(&format!("::warning::fix: {CANARY}"), &[("a.txt", "3\n")]);
    bed.push(&format!("HEAD:refs/heads/{branch}"));
    let body = format!(
        "{message}\n<!-- foundation:semantic-release:0000 -->\n{}",
        "@operator <b> | ".repeat(3_700)
    );
    assert!(body.len() > 59_000);
    let title = format!("feat: --> </details> @operator ::error:: ${{BaseBranch}} | {CANARY}");
    let pull = bed.open(branch, &title, &body);
    for format in ["--format=text", "--format=json", "--format=text"] {
        let ran = bed
            .proposed(pull)
            .set("OTHER_SECRET", CANARY)
            .args(&[format])
            .go();
        ran.ends(0, &[]);
        assert!(!ran.log.contains(CANARY), "{}", ran.log);
        no_command(&ran.log);
        assert!(
            ran.outputs
                .values()
                .all(|value| !value.contains("9.9.9") && !value.contains(CANARY))
        );
    }
    let comments = bed.comments(pull);
    assert_eq!(comments.len(), 1, "{comments:?}");
    let comment = &comments[0];
    assert!(!comment.contains(CANARY), "{comment}");
    assert_eq!(comment.matches("<!--").count(), 1, "only our own mark: {comment}");
    assert_eq!(comment.matches("-->").count(), 1, "{comment}");
    for markup in ["<img", "<script", "@operator", "](javascript", "<b>"] {
        assert!(!comment.contains(markup), "{markup} in {comment}");
    }
    assert_eq!(comment.matches("</details>").count(), 1, "{comment}");
    assert!(comment.len() < 60_000);
    let (state, words) = bed.status(&bed.git(&["rev-parse", "HEAD"]));
    assert_eq!(state, "success");
    assert!(!words.contains(CANARY) && !words.contains('\n'), "{words}");
    assert!(!bed.work().join("pwned").exists());
}

#[test]
fn nothing_in_a_release_is_a_command_or_an_output() {
    let bed = Bed::with("hostile-push", "docs: begin", &[("a.txt", "1\n")]);
    let long = "y".repeat(70_000);
    let issue = bed.server.post(&bed.api("/issues"), &json!({"title": "wanted"}))["number"].clone();
    bed.commit(
        &format!("feat: <img src=x> @operator {CANARY}\n\nversion<<EOF\n9.9.9\nEOF\n::add-mask::1\n::error::x\n##[error]y\n{long}\n\ncloses #{issue}\n\nBREAKING CHANGE: --> {CANARY}\n::error::z"),
        &[("a.txt", "2\n")],
    );
    bed.push("HEAD:refs/heads/master");
    let ran = bed
        .pushed()
        .set("OTHER_SECRET", CANARY)
        .args(&["--comments"])
        .go();
    ran.ends(0, &["released hostile-push 1.0.0"]);
    assert!(!ran.log.contains(CANARY), "{}", ran.log);
    no_command(&ran.log);
    assert_eq!(ran.outputs["version"], "1.0.0");
    assert_eq!(ran.outputs.len(), 5, "{:?}", ran.outputs.keys());
    assert!(ran.outputs.values().all(|value| !value.contains(CANARY)));
    let page = bed.releases()[0]["body"].as_str().expect("notes").to_owned();
    assert!(!page.contains("<img") && !page.contains(" @operator"), "{page}");
    let said = bed.comments(issue.as_u64().expect("a number"));
    assert_eq!(said.len(), 1, "{said:?}");
    // The forge is a place where people read, and it is public: a secret that stands in a message is not repeated there.
    assert!(!page.contains(CANARY), "{page}");
}
