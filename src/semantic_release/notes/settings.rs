//! What a configuration says about the notes: the preset and its options.

use serde_json::{Map, Value};

use crate::kit::outcome::{Failure, Result};
use crate::kit::text;
use crate::semantic_release::notes::template::OWN_TEMPLATE;

/// The preset that says which types are shown, and under which titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// `conventional-changelog-conventionalcommits` 9.3.1, the platform's own.
    ConventionalCommits,
    /// `conventional-changelog-angular` 8.
    Angular,
}

/// One of the preset's types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// `feat`, in small letters.
    pub kind: String,
    /// Only for this scope.
    pub scope: Option<String>,
    /// The title of its section.
    pub section: Option<String>,
    /// Whether it is shown only when it breaks something.
    pub hidden: bool,
}

/// The options of release-notes-generator and of its preset. Fields are named as there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The preset.
    pub preset: Preset,
    /// The types, in the order of their sections.
    pub types: Vec<Type>,
    /// What stands before an issue's number.
    pub issue_prefixes: Vec<String>,
    /// The address of an issue.
    pub issue_url_format: String,
    /// The address of a commit.
    pub commit_url_format: String,
    /// The address of the compare page.
    pub compare_url_format: String,
    /// The address of a person.
    pub user_url_format: String,
    /// Only commits of these scopes; empty is all.
    pub scope: Vec<String>,
    /// Whether commits without a scope are left out too.
    pub scope_only: bool,
    /// A pattern of messages that are left out (`ignoreCommits`); who reads the commits applies it.
    pub ignore_commits: Option<String>,
    /// The forge's address, where it is not the remote's.
    pub host: Option<String>,
    /// What stands before a hash in the address of a commit; for the layout `angular`.
    pub commit: Option<String>,
    /// What stands before a number in the address of an issue; for the layout `angular`.
    pub issue: Option<String>,
    /// Whether the version links to the compare page; by default where there is a previous tag.
    pub link_compare: Option<bool>,
    /// Whether commits and issues are links; by default where the repository is known.
    pub link_references: Option<bool>,
}

const CONVENTIONAL: &[(&str, &str, bool)] = &[
    ("feat", "Features", false),
    ("feature", "Features", false),
    ("fix", "Bug Fixes", false),
    ("perf", "Performance Improvements", false),
    ("revert", "Reverts", false),
    ("docs", "Documentation", true),
    ("style", "Styles", true),
    ("chore", "Miscellaneous Chores", true),
    ("refactor", "Code Refactoring", true),
    ("test", "Tests", true),
    ("build", "Build System", true),
    ("ci", "Continuous Integration", true),
];

impl Settings {
    /// The options of a preset that is not configured.
    #[must_use]
    pub fn new(preset: Preset) -> Self {
        let types = CONVENTIONAL
            .iter()
            // The preset angular knows neither.
            .filter(|(kind, ..)| preset == Preset::ConventionalCommits || !matches!(*kind, "feature" | "chore"))
            .map(|&(kind, section, hidden)| Type {
                kind: kind.to_owned(),
                scope: None,
                section: Some(section.to_owned()),
                hidden,
            })
            .collect();
        let below = "{{host}}/{{owner}}/{{repository}}";
        Self {
            preset,
            types,
            issue_prefixes: vec!["#".to_owned()],
            issue_url_format: format!("{below}/issues/{{{{id}}}}"),
            commit_url_format: format!("{below}/commit/{{{{hash}}}}"),
            compare_url_format: format!("{below}/compare/{{{{previousTag}}}}...{{{{currentTag}}}}"),
            user_url_format: "{{host}}/{{user}}".to_owned(),
            scope: Vec::new(),
            scope_only: false,
            ignore_commits: None,
            host: None,
            commit: None,
            issue: None,
            link_compare: None,
            link_references: None,
        }
    }

    /// The options as a `.releaserc` has them: the second entry of `["@semantic-release/release-notes-generator", {…}]`.
    /// `parserOpts` is not read here.
    ///
    /// # Errors
    /// Config: a preset that we do not have, an option of the wrong kind, and what only a program of Node could do.
    pub fn from_config(config: &Value) -> Result<Self> {
        let Some(options) = object(config, "the options of release-notes-generator")? else {
            return Ok(Self::new(Preset::Angular));
        };
        if let Some(name) = ["config", "writerOpts"]
            .into_iter()
            .find(|name| set(options, name))
        {
            return Err(Failure::config(format!(
                "release-notes-generator: {name} needs a program of Node, which is not run"
            ))
            .hint(format!("write a template of your own instead: {OWN_TEMPLATE}")));
        }
        let preset = match string(options, "preset")?.map(str::to_lowercase).as_deref() {
            None | Some("angular") => Preset::Angular,
            Some("conventionalcommits") => Preset::ConventionalCommits,
            Some(other) => {
                return Err(Failure::config(format!(
                    "release-notes-generator: there is no preset '{}' here",
                    text::one_line(other)
                ))
                .hint("write conventionalcommits or angular"));
            }
        };
        let mut settings = Self::new(preset);
        settings.host = owned(options, "host")?;
        settings.commit = owned(options, "commit")?;
        settings.issue = owned(options, "issue")?;
        settings.link_compare = boolean(options, "linkCompare")?;
        settings.link_references = boolean(options, "linkReferences")?;
        if let Some(preset_config) = options.get("presetConfig")
            && let Some(preset_config) = object(preset_config, "presetConfig")?
        {
            settings.ignore_commits = owned(preset_config, "ignoreCommits")?;
            // The preset angular takes no other option.
            if preset == Preset::ConventionalCommits {
                settings.configure(preset_config)?;
            }
        }
        Ok(settings)
    }

    fn configure(&mut self, options: &Map<String, Value>) -> Result<()> {
        for (name, place) in [
            ("issueUrlFormat", &mut self.issue_url_format),
            ("commitUrlFormat", &mut self.commit_url_format),
            ("compareUrlFormat", &mut self.compare_url_format),
            ("userUrlFormat", &mut self.user_url_format),
        ] {
            if let Some(format) = string(options, name)? {
                format.clone_into(place);
            }
        }
        if let Some(prefixes) = strings(options, "issuePrefixes")? {
            self.issue_prefixes = prefixes;
        }
        if let Some(scope) = strings(options, "scope")? {
            self.scope = scope;
        }
        self.scope_only = boolean(options, "scopeOnly")?.unwrap_or(false);
        match options.get("types") {
            None | Some(Value::Null) => {}
            Some(Value::Array(types)) => {
                self.types = types.iter().map(type_from).collect::<Result<_>>()?;
            }
            Some(_) => return Err(wrong("types", "a list")),
        }
        Ok(())
    }
}

fn type_from(value: &Value) -> Result<Type> {
    let options =
        object(value, "an entry of types")?.ok_or_else(|| wrong("an entry of types", "an object"))?;
    Ok(Type {
        kind: owned(options, "type")?.unwrap_or_default(),
        scope: owned(options, "scope")?.filter(|scope| !scope.is_empty()),
        section: owned(options, "section")?.filter(|section| !section.is_empty()),
        hidden: boolean(options, "hidden")?.unwrap_or(false),
    })
}

fn wrong(name: &str, wanted: &str) -> Failure {
    Failure::config(format!("release-notes-generator: {name} is not {wanted}"))
}

fn set(options: &Map<String, Value>, name: &str) -> bool {
    options.get(name).is_some_and(|value| !value.is_null())
}

fn object<'a>(value: &'a Value, name: &str) -> Result<Option<&'a Map<String, Value>>> {
    match value {
        Value::Null => Ok(None),
        Value::Object(options) => Ok(Some(options)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(wrong(name, "an object"))
        }
    }
}

fn string<'a>(options: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>> {
    match options.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(name, "a text")),
    }
}

fn owned(options: &Map<String, Value>, name: &str) -> Result<Option<String>> {
    Ok(string(options, name)?.map(str::to_owned))
}

fn boolean(options: &Map<String, Value>, name: &str) -> Result<Option<bool>> {
    match options.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(wrong(name, "true or false")),
    }
}

/// A text, or a list of texts.
fn strings(options: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>> {
    match options.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
        Some(Value::Array(texts)) => {
            let texts = texts.iter().map(|text| text.as_str().map(str::to_owned));
            texts
                .collect::<Option<_>>()
                .map(Some)
                .ok_or_else(|| wrong(name, "a list of texts"))
        }
        Some(_) => Err(wrong(name, "a text or a list of texts")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_configuration_is_read_and_its_mistakes_are_named() {
        let settings = Settings::from_config(&json!({
            "preset": "ConventionalCommits",
            "linkCompare": false,
            "presetConfig": {
                "types": [{ "type": "chore", "section": "Rest" }, { "type": "x", "scope": "y", "hidden": true }],
                "issuePrefixes": "GH-",
                "commitUrlFormat": "{{host}}/c/{{hash}}",
            },
        }))
        .expect("good");
        assert_eq!(settings.preset, Preset::ConventionalCommits);
        assert_eq!(
            (settings.link_compare, settings.link_references),
            (Some(false), None)
        );
        assert_eq!(settings.types.len(), 2);
        assert_eq!(settings.issue_prefixes, ["GH-"]);
        assert_eq!(settings.commit_url_format, "{{host}}/c/{{hash}}");
        assert_eq!(
            Settings::from_config(&json!(null)).expect("good").preset,
            Preset::Angular
        );
        for (config, word) in [
            (json!({ "preset": "atom" }), "atom"),
            (json!({ "writerOpts": {} }), "writerOpts"),
            (json!({ "config": "x" }), "config"),
            (json!([]), "object"),
            (
                json!({ "preset": "conventionalcommits", "presetConfig": { "types": {} } }),
                "types",
            ),
            (
                json!({ "preset": "conventionalcommits", "presetConfig": { "types": [1] } }),
                "types",
            ),
            (json!({ "linkReferences": "yes" }), "linkReferences"),
        ] {
            let failure = Settings::from_config(&config).expect_err("bad").to_string();
            assert!(failure.contains(word), "{failure}");
        }
    }
}
