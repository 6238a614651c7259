use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn matches(pattern: &str, text: &str) -> bool {
    Glob::new(pattern).is_ok_and(|glob| glob.is_match(text))
}

/// `tests/cases/glob/README.md` says how the table was recorded.
#[test]
fn the_recorded_answers_of_micromatch() {
    let table = include_str!("../../../tests/cases/glob/table.jsonl");
    let mut wrong = Vec::new();
    for line in table.lines() {
        let (pattern, text, answer): (String, String, bool) = serde_json::from_str(line).unwrap();
        if matches(&pattern, &text) != answer {
            wrong.push(format!("{line} {}", translate::source(&pattern)));
        }
    }
    assert_eq!(table.lines().count(), 900);
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn text_beside_a_range_is_kept() {
    // micromatch answers false, true.
    assert!(matches("v1.{1..3}.x", "v1.2.x"));
    assert!(!matches("v1.{1..3}.x", "a2.x"));
}

#[test]
fn what_cannot_be_matched_in_linear_time_is_refused() {
    for pattern in ["(a)\\1", "(?<=a)b", ""] {
        let failure = Glob::new(pattern).unwrap_err();
        assert!(failure.advice().is_some(), "{pattern}: {failure}");
    }
    assert!(Glob::new(&"a".repeat(5_000)).is_err());
    assert!(Glob::new(&"(".repeat(4_000)).is_ok_and(|glob| !glob.is_match("a")));
    assert!(Glob::new(&format!("{}a{}", "(".repeat(300), ")".repeat(300))).is_err());
}

#[test]
fn an_expression_that_is_none_matches_only_itself() {
    assert!(!matches("[z-a]", "z"));
    assert!(matches("[z-a]", "[z-a]"));
}

#[test]
fn time_is_linear_in_the_text() {
    let text = "a".repeat(1_000_000);
    let start = Instant::now();
    assert!(!matches("*a*a*a*a*a*b", &text));
    assert!(!matches("+(a|b)*(a|c)+(a)!(a)x", &text));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

proptest! {
    #[test]
    fn no_pattern_and_text_panic(pattern in "[-ab1*?!+@(){}\\[\\]|,./\\\\:^$\"<=é]{1,20}", text in "\\PC{0,10}") {
        matches(&pattern, &text);
    }

    #[test]
    fn any_text_as_pattern_matches_itself(text in "\\PC{1,20}") {
        if let Ok(glob) = Glob::new(&text) {
            prop_assert!(glob.is_match(&text));
        }
    }
}
