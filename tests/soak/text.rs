//! The library's readers and escapes, on text that nobody would write.

use foundation::kit::context::{Event, Repository};
use foundation::kit::text;
use foundation::kit::versions::Versions;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::{dice, times};

const CASES: usize = 200_000;

fn check<S: Strategy>(name: &str, strategy: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let mut dice = dice(name);
    let seed: Vec<u8> = (0..4).flat_map(|_| dice.roll().to_le_bytes()).collect();
    let cases = times(CASES);
    let config = Config {
        cases: u32::try_from(cases).expect("a count"),
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    runner
        .run(strategy, property)
        .unwrap_or_else(|failure| panic!("{name}: {failure}"));
    println!("{name}: {cases} cases");
}

/// Text with more of what breaks lines, logs, comments and addresses than chance would give.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[ -~]{0,12}",
        proptest::sample::select(vec![
            "\n",
            "\r\n",
            "\r",
            "\u{1b}[31m",
            "\u{202e}",
            "\u{2028}",
            "\u{85}",
            "\u{feff}",
            "::error::",
            "##[group]",
            "::add-mask::",
            "@team",
            "#1",
            "!2",
            "<b>",
            "|",
            "```",
            "`",
            "](http://x)",
            "https://bob:pw@host/x",
            "://",
            "@",
            "git@",
            "%0A",
            "\0",
            "\\",
            "~~",
            "<!-- -->",
            "::stop-commands::x",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn escapes() {
    check("escapes", &hostile(), |text| {
        let line = text::one_line(&text);
        let dangerous = |c: char| {
            (c.is_control() && c != '\t')
                || matches!(u32::from(c), 0x2028 | 0x2029 | 0x202a..=0x202e | 0x2066..=0x2069)
        };
        prop_assert!(!line.chars().any(dangerous), "{:?}", line);
        let safe = text::no_command(&line);
        prop_assert!(
            !safe.trim_start().starts_with("::") && !safe.trim_start().starts_with("##["),
            "{safe:?}"
        );
        let markdown = text::markdown(&text);
        prop_assert!(!markdown.contains(['<', '>', '\n', '\r']), "{markdown:?}");
        // `&#58;` is our own.
        let markdown = markdown.replace("&#58;", "");
        let signs = markdown.match_indices(['@', '#', '!']);
        let inert = signs
            .clone()
            .all(|(at, sign)| markdown[at + sign.len()..].starts_with('\u{200B}'));
        prop_assert!(inert, "{:?}", markdown);
        let code = text::markdown_code(&text);
        let fence = code.chars().take_while(|&c| c == '`').count();
        let inner = &code[fence..code.len() - fence];
        prop_assert!(
            !inner.contains(&"`".repeat(fence)) && !code.contains('\n') && !code.contains('|'),
            "{code:?}"
        );
        Ok(())
    });
}

#[test]
fn paths() {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = proptest::collection::vec(
        prop_oneof![any::<u8>(), Just(b'\n'), Just(b'%'), Just(0xc3), 32_u8..127],
        0..40,
    );
    check("paths", &bytes, |bytes| {
        let path = std::path::Path::new(std::ffi::OsStr::from_bytes(&bytes));
        let (shown, escaped) = text::path_utf8(path);
        prop_assert_eq!(escaped, std::str::from_utf8(&bytes).is_err());
        prop_assert!(escaped || shown.as_bytes() == bytes);
        let shown = text::path_text(path);
        prop_assert_eq!(text::one_line(&shown), shown.clone(), "{:?}", shown);
        prop_assert!(!shown.contains(['\t', '\n']));
        Ok(())
    });
}

#[test]
fn addresses() {
    let parts = ("[a-z]{1,6}", "[a-zA-Z0-9:._-]{1,12}", "[a-z.]{1,12}", hostile());
    check("addresses", &parts, |(scheme, user, host, rest)| {
        prop_assume!(user != "git");
        let address = format!("{rest} {scheme}://{user}@{host}/x {rest}");
        let shown = text::without_userinfo(&address);
        let leaked = format!("://{user}@");
        prop_assert!(!shown.contains(&leaked), "{shown:?}");
        Ok(())
    });
}

#[test]
fn versions() {
    let line = prop_oneof![
        "[A-Z0-9_]{0,8}=[ -~]{0,20}",
        "#.{0,20}",
        hostile(),
        Just(String::new())
    ];
    let file = proptest::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"));
    check("versions", &file, |file| {
        let Ok(versions) = Versions::parse(&file) else {
            return Ok(());
        };
        for (key, value) in versions.iter() {
            prop_assert!(!key.is_empty() && !value.contains('\n'));
            prop_assert_eq!(versions.get(key).is_ok(), !value.is_empty());
        }
        Ok(())
    });
}

/// Payloads with the keys that are looked for, holding anything.
fn payload() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        hostile().prop_map(Value::from),
        Just(Value::from("0".repeat(40))),
        Just(Value::from("a".repeat(40))),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let key = proptest::sample::select(vec![
            "pull_request",
            "number",
            "head",
            "base",
            "sha",
            "ref",
            "repo",
            "full_name",
            "before",
            "after",
            "schedule",
            "inputs",
            "other",
        ])
        .prop_map(str::to_owned);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn events() {
    let name = proptest::option::of(proptest::sample::select(vec![
        "push",
        "pull_request",
        "schedule",
        "workflow_dispatch",
        "workflow_call",
        "",
    ]));
    check("events", &(name, payload()), |(name, payload)| {
        let event = Event::read(name, &payload);
        if let Some(pull) = event.pull_request() {
            let head = payload
                .pointer("/pull_request/head/repo/full_name")
                .and_then(Value::as_str);
            let base = payload
                .pointer("/pull_request/base/repo/full_name")
                .and_then(Value::as_str);
            // Only a pull request that says so of itself may be trusted like one of our own.
            prop_assert_eq!(pull.from_fork, head.is_none() || head != base);
        }
        if let Event::Push { before: Some(before) } = &event {
            prop_assert!(before.bytes().any(|byte| byte != b'0'));
        }
        Ok(())
    });
}

#[test]
fn repositories() {
    check(
        "repositories",
        &prop_oneof![hostile(), "[a-z.]{0,4}/[a-zA-Z0-9_./-]{0,6}"],
        |text| {
            if let Some(repository) = Repository::parse(&text) {
                prop_assert_eq!(repository.to_string(), text.clone());
                prop_assert!(
                    text.split('/').count() == 2
                        && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
                );
            }
            Ok(())
        },
    );
}
