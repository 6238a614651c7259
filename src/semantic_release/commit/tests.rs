use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn options(preset: &str, changes: &Map<String, Value>) -> ParserOptions {
    ParserOptions::preset(preset).unwrap().with(changes).unwrap()
}

/// The answer in the form of the table: fields that are null and lists that are empty are left out.
fn told(parsed: &Parsed) -> Value {
    let mut told = Map::new();
    for name in ["header", "type", "scope", "subject", "merge", "body", "footer"] {
        told.extend(
            parsed
                .field(name)
                .cloned()
                .flatten()
                .map(|text| (name.to_owned(), Value::from(text))),
        );
    }
    for (name, text) in &parsed.others {
        told.extend(text.clone().map(|text| (name.clone(), Value::from(text))));
    }
    let mut list = |name: &str, values: Vec<Value>| {
        if !values.is_empty() {
            told.insert(name.to_owned(), Value::from(values));
        }
    };
    list(
        "notes",
        parsed
            .notes
            .iter()
            .map(|note| json!({"title": note.title, "text": note.text}))
            .collect(),
    );
    list(
        "mentions",
        parsed
            .mentions
            .iter()
            .map(|name| Value::from(name.as_str()))
            .collect(),
    );
    let reference = |reference: &Reference| {
        let mut value = json!({"raw": reference.raw, "prefix": reference.prefix, "issue": reference.issue});
        let optional = [
            ("action", &reference.action),
            ("owner", &reference.owner),
            ("repository", &reference.repository),
        ];
        for (name, text) in optional {
            if let Some(text) = text {
                value[name] = Value::from(text.as_str());
            }
        }
        value
    };
    list("references", parsed.references.iter().map(reference).collect());
    if let Some(revert) = &parsed.revert {
        let mut value = json!({});
        for (name, text) in [("header", &revert.header), ("hash", &revert.hash)] {
            if let Some(text) = text {
                value[name] = Value::from(text.as_str());
            }
        }
        for (name, text) in &revert.others {
            value[name] = Value::from(text.as_str());
        }
        told.insert(String::from("revert"), value);
    }
    Value::from(told)
}

/// `tests/cases/commit-parser/README.md` says how the table was recorded.
#[test]
fn the_recorded_answers_of_conventional_commits_parser() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/cases/commit-parser/table.jsonl"
    );
    let table = std::fs::read_to_string(path).unwrap();
    let (mut sets, mut compared, mut wrong) = (Vec::new(), 0, Vec::new());
    for line in table.lines() {
        if let Ok((preset, changes)) = serde_json::from_str::<(String, Map<String, Value>)>(line) {
            sets.push(options(&preset, &changes));
            continue;
        }
        let (set, message, answer): (usize, String, Value) = serde_json::from_str(line).unwrap();
        compared += 1;
        let ours = told(&parse(&message, &sets[set]));
        if ours != answer {
            wrong.push(format!("{set} {message:?}\n  theirs {answer}\n  ours   {ours}"));
        }
    }
    assert!(compared >= 1550, "{compared}");
    assert!(
        wrong.is_empty(),
        "{} of {compared} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Real parsers need a minute and more for some of these.
#[test]
fn time_is_linear_in_the_length_of_a_message() {
    // 10 MB take as long when optimised as this does when not.
    let size = if cfg!(debug_assertions) {
        256 * 1024
    } else {
        10 * 1024 * 1024
    };
    let of = |piece: &str| piece.repeat(size / piece.len());
    let messages = [
        format!("feat: {}", of("x")),
        format!("feat: {}", of("#")),
        format!("feat: {}", of("a/b#1 ")),
        format!("feat: one\n\n{}", of("gh-")),
        format!("feat{}", of("(a):")),
        format!("feat{}: x", of("(")),
        format!("feat: one\n\n{}", of("BREAKING CHANGE: x\n")),
        format!("feat: one\n\n{}", of("* ")),
        format!("feat: one\n\n{}", of("closes ")),
        format!("feat: one\n\n{}", of("closes #1 ")),
        format!("feat: one\n\n{}", of("http://")),
        format!("feat: one\n\n{}", of("@a")),
        format!("Revert \"{}", of("This reverts commit a")),
        format!("Revert \"{}", of("\"  ")),
        format!("feat: one\n\nRelease-As: {}", of("1.")),
        of("gpg: x\n"),
        of("\u{feff}"),
        of("[skip "),
    ];
    let mut options = vec![
        ParserOptions::conventional_commits(),
        ParserOptions::angular().for_notes("forge.example.org"),
    ];
    let changes = json!({"issuePrefixes": ["#", "gh-"], "noteKeywords": ["**BOLD", "BREAKING"], "fieldPattern": "^-(.*?)-$"});
    options.push(options[0].clone().with(changes.as_object().unwrap()).unwrap());
    for message in &messages {
        for options in &options {
            let start = Instant::now();
            std::hint::black_box(parse(message, options));
            let took = start.elapsed();
            let begin: String = message.chars().take(40).collect();
            assert!(took < Duration::from_secs(10), "{begin:?}: {took:?}");
        }
    }
}

#[test]
fn the_patterns_of_the_presets_are_those_written_by_hand() {
    let conventional = json!({
        "headerPattern": r"/^(\w*)(?:\((.*)\))?!?: (.*)$/",
        "breakingHeaderPattern": r"^(\w*)(?:\((.*)\))?!: (.*)$",
    });
    let written = options("conventionalcommits", conventional.as_object().unwrap());
    assert!(ParserOptions::conventional_commits().revert_pattern.is_some());
    assert!(ParserOptions::angular().revert_pattern.is_some());
    for message in [
        "feat: x",
        "fix(a): say (b)!: c",
        "a(b)(c): d",
        "(x): y",
        "!: z",
        "feat(\u{2028}): x",
        "k(ſ)!: K",
        "a (b): c",
        "feat:x",
    ] {
        assert_eq!(
            parse(message, &written),
            parse(message, &ParserOptions::conventional_commits()),
            "{message:?}"
        );
    }
}

#[test]
fn case_and_white_space_are_those_of_javascript() {
    let changes = json!({"headerPattern": r"/^(k\w*)\s(é.)[a-z]$/i", "breakingHeaderPattern": null});
    let options = options("conventionalcommits", changes.as_object().unwrap());
    let kind = |message: &str| parse(message, &options).kind;
    assert_eq!(kind("Ka\u{feff}É.Z"), Some(String::from("Ka")));
    // The Kelvin sign is no `k`, the long s no `s`, U+0085 no white space.
    for message in [
        "\u{212a}a éab",
        "k é.\u{17f}",
        "k\u{85}é.a",
        "kß é.a",
        "k é\u{2028}a",
    ] {
        assert_eq!(kind(message), None, "{message:?}");
    }
}

#[test]
fn options_that_cannot_be_used_are_named() {
    let refused = [
        (json!({"headerPattern": "^(?=a)(b)"}), "headerPattern"),
        (json!({"headerPattern": r"^(a)\1"}), "headerPattern"),
        (json!({"mergePattern": "("}), "mergePattern"),
        (json!({"revertPattern": 3}), "revertPattern"),
        (json!({"fieldPattern": "(\\w{900}){900}"}), "fieldPattern"),
        (json!({"noteKeywords": "BREAKING"}), "noteKeywords"),
        (json!({"issuePrefixes": [1]}), "issuePrefixes"),
        (json!({"commentChar": ["#"]}), "commentChar"),
        (json!({"colour": "red"}), "colour"),
    ];
    for (changes, name) in refused {
        let failure = ParserOptions::default()
            .with(changes.as_object().unwrap())
            .unwrap_err();
        assert!(failure.to_string().contains(name), "{failure}");
        assert!(failure.advice().is_some(), "{failure}");
    }
    assert!(ParserOptions::preset("doesnotexist").is_err());
}

#[test]
fn a_line_between_dashes_has_no_meaning() {
    let parsed = parse(
        "feat: one\n\n---\n\nBREAKING CHANGE: gone",
        &ParserOptions::default(),
    );
    assert_eq!(parsed.notes.len(), 1);
    let changes = json!({"fieldPattern": "^-(.*?)-$"});
    let parsed = parse(
        "feat: one\n\n-notes-\nx\n-type-\nfix",
        &options("conventionalcommits", changes.as_object().unwrap()),
    );
    assert_eq!(
        (parsed.notes.len(), parsed.kind.as_deref()),
        (0, Some("feat\nfix"))
    );
}

#[test]
fn an_empty_message_says_nothing() {
    for message in ["", "\n", "\r\n\r\n", "gpg: x"] {
        let parsed = parse(message, &ParserOptions::default());
        assert_eq!(parsed, Parsed::default(), "{message:?}");
    }
}

#[test]
fn release_as_is_found_in_any_case() {
    let asked = |message: &str| parse(message, &ParserOptions::default()).release_as;
    assert_eq!(
        asked("fix: one\n\nRelease-As: 3.0.0"),
        Some(String::from("3.0.0"))
    );
    assert_eq!(asked("fix: one\n\nrelease-as: pkg@v1.2.3-beta.1 x"), None);
    assert_eq!(
        asked("fix: one\n\nBREAKING CHANGE: x\nRELEASE-AS:v1.2.3-beta.1 x"),
        Some(String::from("1.2.3-beta.1"))
    );
    assert_eq!(asked("fix: Release-As: 1.0.0"), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let message = String::from_utf8_lossy(&bytes);
        for options in [ParserOptions::conventional_commits(), ParserOptions::angular()] {
            std::hint::black_box(parse(&message, &options));
        }
    }

    #[test]
    fn no_text_and_pattern_panic(pattern in "[-a(b)|\\[\\]\\\\^$*+?.{}1,:<>=!/iwsSdDbBxu]{1,20}", message in "\\PC{0,60}") {
        let changes = json!({"headerPattern": pattern, "fieldPattern": pattern});
        if let Ok(options) = ParserOptions::default().with(changes.as_object().unwrap()) {
            std::hint::black_box(parse(&message, &options));
        }
    }

    /// Where the header is plain, the prescribed crate says the same.
    #[test]
    fn the_prescribed_crate_agrees_on_plain_headers(kind in "[a-zA-Z]{1,10}", scope in "(\\([a-z./-]{1,10}\\))?", mark in "!?", subject in "[a-zA-Z0-9 ,.'#é-]{0,30}[a-z]") {
        let header = format!("{kind}{scope}{mark}: {subject}");
        let ours = parse(&header, &ParserOptions::default());
        let theirs = conventional_commit_parser::parse(&header).unwrap();
        prop_assert_eq!(ours.scope, theirs.scope);
        prop_assert_eq!(ours.subject, Some(theirs.summary));
        prop_assert_eq!(ours.kind, Some(kind));
        prop_assert_eq!(!ours.notes.is_empty(), theirs.is_breaking_change);
    }
}
