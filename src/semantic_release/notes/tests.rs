//! Recorded notes of Node, our own layout, and hostile text.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::*;
use crate::semantic_release::commit::Person;

mod hostile;
mod ours;
mod recorded;

pub(super) fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// A release as a test describes it.
pub(super) struct Case {
    pub(super) commits: Vec<Commit>,
    pub(super) config: Value,
    pub(super) version: String,
    pub(super) previous: Option<String>,
    pub(super) tag: String,
    pub(super) url: String,
    pub(super) date: String,
    pub(super) package: Option<String>,
    pub(super) dependencies: Vec<(&'static str, &'static str)>,
    pub(super) limit: usize,
}

impl Case {
    pub(super) fn new(messages: &[&str]) -> Self {
        let commits = messages.iter().enumerate().map(|(index, message)| Commit {
            hash: format!("{:07x}{index:033x}", 0xa1b_2c30 + index * 0x11_0101),
            message: (*message).to_owned(),
            author: Person {
                name: "Ana Lys".to_owned(),
                email: "ana@example.org".to_owned(),
            },
            time: 0,
        });
        Self {
            commits: commits.collect(),
            config: json!({ "preset": "conventionalcommits" }),
            version: "1.3.0".to_owned(),
            previous: Some("v1.2.3".to_owned()),
            tag: "v1.3.0".to_owned(),
            url: "https://forge.example.org/acme/demo.git".to_owned(),
            date: "2024-01-31".to_owned(),
            package: None,
            dependencies: Vec::new(),
            limit: RELEASE_LIMIT,
        }
    }

    /// Notes in Node's layout of the configured preset.
    pub(super) fn node(&self) -> String {
        let settings = Settings::from_config(&self.config).unwrap();
        self.render(&Style::Node(settings.preset)).unwrap()
    }

    pub(super) fn ours(&self) -> String {
        self.render(&Style::Default).unwrap()
    }

    pub(super) fn render(&self, style: &Style) -> Result<String> {
        self.with(|input| render(input, style))
    }

    pub(super) fn with<T>(&self, then: impl FnOnce(&NotesInput<'_>) -> T) -> T {
        let settings = Settings::from_config(&self.config).unwrap();
        let repository = Repository::from_remote(&self.url);
        let name = match settings.preset {
            Preset::ConventionalCommits => "conventionalcommits",
            Preset::Angular => "angular",
        };
        let mut changes = Map::new();
        if settings.preset == Preset::ConventionalCommits {
            changes.insert("issuePrefixes".to_owned(), json!(settings.issue_prefixes));
        }
        let host = repository.as_ref().map_or("", |repository| {
            repository.host.split_once("://").map_or("", |(_, host)| host)
        });
        let parser = ParserOptions::preset(name)
            .unwrap()
            .with(&changes)
            .unwrap()
            .for_notes(host);
        let parsed: Vec<Option<Parsed>> = self.commits.iter().map(|commit| commit.parse(&parser)).collect();
        let ignored = settings
            .ignore_commits
            .as_deref()
            .map(|pattern| Pattern::new(pattern).unwrap());
        let commits = listed(&self.commits, &parsed, &parser, ignored.as_ref());
        then(&NotesInput {
            commits: &commits,
            settings: &settings,
            version: &self.version,
            previous_tag: self.previous.as_deref(),
            tag: &self.tag,
            repository: repository.as_ref(),
            date: &self.date,
            package: self.package.as_deref(),
            dependencies: &self.dependencies,
            limit: self.limit,
        })
    }
}
