//! Any bytes as commit messages, cut at NUL, and the first of them as a pattern of the configuration: reading and judging them never
//! panics, and says the same twice.
#![no_main]

use std::sync::LazyLock;

use foundation::semantic_release::analyze::{Analyzer, Rules, analyze};
use foundation::semantic_release::commit::{Commit, ParserOptions, Person};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

// Compiling patterns is what takes time.
static PRESETS: LazyLock<Vec<Analyzer>> = LazyLock::new(|| {
    let angular = Analyzer {
        rules: Rules::node(),
        parser: ParserOptions::angular().for_notes("forge.example.org"),
    };
    vec![Analyzer::default(), angular]
});

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let commits: Vec<Commit> = text
        .split('\0')
        .enumerate()
        .map(|(index, message)| Commit {
            hash: format!("{index:040x}"),
            message: message.to_owned(),
            author: Person::default(),
            time: 0,
        })
        .collect();
    let mut analyzers = PRESETS.clone();
    let first = commits
        .first()
        .map(|commit| commit.message.as_str())
        .unwrap_or_default();
    let changes = json!({"headerPattern": first, "revertPattern": null, "fieldPattern": "^-(.*?)-$", "commentChar": "#", "noteKeywords": [first], "issuePrefixes": [first, "gh-"]});
    if let (Some(changes), Ok(rules)) = (
        changes.as_object(),
        Rules::from_json(&json!([{"subject": first, "release": "patch"}])),
    ) && let Ok(parser) = PRESETS[0].parser.clone().with(changes)
    {
        analyzers.push(Analyzer { rules, parser });
    }
    for analyzer in &analyzers {
        let analysis = analyze(&commits, analyzer);
        assert_eq!(analysis, analyze(&commits, analyzer));
        assert_eq!(analysis.commits.len(), commits.len());
        assert_eq!(
            analysis.kind,
            analysis.commits.iter().filter_map(|judged| judged.kind).max()
        );
    }
});
