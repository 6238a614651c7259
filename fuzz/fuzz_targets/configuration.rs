//! A letter that says which configuration file it is, and its text: a good one can be used, a bad one is refused by its name. The
//! letters are for whole files, for `release` in a manifest, for the plugins, and for one plugin's options.
#![no_main]

use foundation::kit::outcome::{Failure, Kind};
use foundation::semantic_release::branches::expand;
use foundation::semantic_release::commit::{Commit, Person};
use foundation::semantic_release::config::find::{Found, value};
use foundation::semantic_release::config::read::read;
use foundation::semantic_release::notes::settings::Settings;
use foundation::semantic_release::{analyze::analyze, config::Config};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    // What is not UTF-8 is refused where the file is read.
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut rest = text.chars();
    let form = rest.next().unwrap_or_default();
    let text = rest.as_str();
    match form {
        'p' => file("package.json", text),
        'r' => file(".releaserc", text),
        'j' => file(".releaserc.json", text),
        'y' => file(".releaserc.yaml", text),
        'R' => file(
            "package.json",
            &format!("{{\"name\": \"x\", \"release\": {text}}}"),
        ),
        'P' => file(".releaserc", &format!("{{\"plugins\": {text}}}")),
        'S' => settings(text),
        other => {
            let step = match other {
                'a' => "commit-analyzer",
                'n' => "release-notes-generator",
                'c' => "changelog",
                'm' => "npm",
                'g' => "git",
                _ => "github",
            };
            file(
                ".releaserc",
                &format!("{{\"plugins\": [[\"@semantic-release/{step}\", {text}]]}}"),
            );
        }
    }
});

fn file(place: &str, text: &str) {
    let value = match value(place, text) {
        Ok(Some(value)) => value,
        Ok(None) => return,
        Err(failure) => return refused(&failure, place),
    };
    let found = Found {
        file: place.to_owned(),
        value,
        unread: Vec::new(),
    };
    match read(&found) {
        Ok(config) => {
            if place != ".releaserc.json" {
                again(&found, &config);
            }
            used(&config);
        }
        Err(failure) => refused(&failure, place),
    }
}

fn settings(text: &str) {
    if let Ok(Some(value)) = value(".releaserc", text)
        && let Err(failure) = Settings::from_config(&value)
    {
        refused(&failure, "release-notes-generator");
    }
}

fn refused(failure: &Failure, named: &str) {
    assert_eq!(failure.kind(), Kind::Config, "{failure}");
    assert!(failure.to_string().contains(named), "{failure}");
}

/// What was read from YAML says the same as JSON.
fn again(found: &Found, config: &Config) {
    let text = found.value.to_string();
    let json = value(".releaserc.json", &text)
        .expect("our own JSON")
        .expect("not empty");
    if !fractions(&json) {
        let found = Found {
            value: json,
            ..found.clone()
        };
        assert_eq!(&read(&found).expect("the same configuration"), config);
    }
}

/// Reading a fraction may change its last digit.
fn fractions(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(list) => list.iter().any(fractions),
        Value::Object(map) => map.values().any(fractions),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn used(config: &Config) {
    let analyzer = config.analyzer.analyzer().expect("it was checked");
    if let Some(notes) = &config.notes {
        notes.settings().expect("it was checked");
    }
    let commit = Commit {
        hash: "0".repeat(40),
        message: "feat(scope)!: text (#1)\n\nBREAKING CHANGE: all\nCloses #2".to_owned(),
        author: Person::default(),
        time: 0,
    };
    std::hint::black_box(analyze(&[commit], &analyzer));
    let heads = ["master", "next", "beta", "1.x", "1.2.x", "feature/a b"];
    if let Ok((branches, _)) = expand(&config.branches, &heads) {
        assert!(
            branches
                .iter()
                .all(|branch| heads.contains(&branch.name.as_str()))
        );
    }
}
