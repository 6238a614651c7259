//! What we call the real program's answer is the recorded one: without this, agreeing with it would mean little.

use serde_json::Value;

use crate::build::build;
use crate::case::{Case, recorded};
use crate::node::{self, Answer, Served};

/// One in this many of the recorded cases, and each that is special to the way we ask.
const EVERY: usize = 13;

fn told(answer: &Answer, key: &str) -> Value {
    match key {
        "type" => answer.kind.clone().into(),
        "version" => answer.version.clone().into(),
        "last" => answer.last.clone().into(),
        "error" => answer.error.clone().into(),
        "tag" => answer.tag.clone().into(),
        "channel" => answer.channel.clone().into(),
        "lastTag" => answer.last_tag.clone().into(),
        "why" => answer.why.clone().into(),
        "commits" => answer.commits.into(),
        "message" => answer.message.clone().into(),
        other => panic!("{other} is not asked"),
    }
}

/// What the recording says and this answer does not.
fn wrong(case: &Case, answer: &Answer) -> Vec<String> {
    let recorded = if case.node.is_null() {
        &case.expected
    } else {
        &case.node
    };
    let mut wanted: Vec<(&str, &Value)> = Vec::new();
    let recorded = recorded.as_object().expect("an answer");
    wanted.extend(recorded.iter().map(|(key, value)| (key.as_str(), value)));
    let asked = ["tag", "channel", "lastTag", "why", "commits", "message"];
    for (key, value) in &case.extra {
        if asked.contains(&key.as_str()) {
            wanted.push((key, value));
        }
    }
    let mut wrong: Vec<String> = wanted
        .into_iter()
        .filter(|(key, value)| told(answer, key) != **value)
        .map(|(key, value)| format!("{}: {key} is {}, recorded {value}", case.name, told(answer, key)))
        .collect();
    if let Some(file) = case.notes.as_str() {
        let path = format!("{}/{file}", crate::case::CASES);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let dateless = |text: &str| {
            regex::Regex::new(r"\(\d{4}-\d\d-\d\d\)")
                .expect("a pattern")
                .replace(text, "(date)")
                .into_owned()
        };
        if dateless(answer.notes.as_deref().unwrap_or_default()) != dateless(&text) {
            wrong.push(format!("{}: other notes: {:?}", case.name, answer.notes));
        }
    }
    wrong
}

#[test]
fn the_real_program_answers_as_recorded() {
    let mut served = Served::start();
    let mut compared = 0;
    let mut bad = Vec::new();
    for (index, case) in recorded("cases.json").iter().enumerate() {
        // All of them by hand: FOUNDATION_ALL=1.
        if index % EVERY != 0 && case.notes.is_null() && std::env::var_os("FOUNDATION_ALL").is_none() {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let repo = build(case, folder.path()).expect("a repository");
        let config = case.config.clone().unwrap_or_else(node::recorded_default);
        let answer = served.ask(&repo, &config);
        bad.extend(wrong(case, &answer));
        compared += 1;
        // The other two ways must not tell anything else.
        if index % (EVERY * 4) == 0 {
            let fresh = node::ask("", &repo, &config);
            assert_eq!(
                fresh, answer,
                "{}: a fresh process answers something else",
                case.name
            );
            let line = node::ask("--cli", &repo, &config);
            assert_eq!(
                (line.version, line.last, line.why),
                (answer.version, answer.last, answer.why),
                "{}: the command line answers something else",
                case.name
            );
        }
    }
    println!("{compared} recorded cases asked again");
    assert!(compared >= 40, "only {compared} were compared");
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
