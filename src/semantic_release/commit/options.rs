//! How messages are read: the presets' rules, and what a configuration changes of them.

use serde_json::{Map, Value};

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::commit::header::Mark;
use crate::semantic_release::commit::pattern::Pattern;
use crate::semantic_release::commit::text::Needles;

const CONVENTIONAL_REVERT: &str = r#"/^(?:Revert|revert:)\s"?([\s\S]+?)"?\s*This reverts commit (\w*)\./i"#;
const ANGULAR_REVERT: &str = r#"/^(?:Revert|revert:)\s"?([\s\S]+?)"?\s*This reverts commit (\w{7,40})\b/i"#;
const ACTIONS: [&str; 9] = [
    "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved",
];
const ALL_ACTIONS: [&str; 12] = [
    "close",
    "closes",
    "closed",
    "closing",
    "fix",
    "fixes",
    "fixed",
    "fixing",
    "resolve",
    "resolves",
    "resolved",
    "resolving",
];

/// The options of `conventional-commits-parser`. Fields are named as there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParserOptions {
    /// Where the header has type, scope and subject.
    pub header_pattern: Option<Pattern>,
    /// The header of a breaking change; tried before the other.
    pub breaking_header_pattern: Option<Pattern>,
    /// The fields that the header's groups are for.
    pub header_correspondence: Vec<String>,
    /// The line of a merge, before the header.
    pub merge_pattern: Option<Pattern>,
    /// The fields that its groups are for.
    pub merge_correspondence: Vec<String>,
    /// What takes another commit back.
    pub revert_pattern: Option<Pattern>,
    /// The fields of that commit that its groups name.
    pub revert_correspondence: Vec<String>,
    /// A line that sets the field of its first group to the lines after it. The presets have `/^-(.*?)-$/`, which swallows
    /// breaking changes below `---` and lets a text crash Node; we have none, unless the configuration names one.
    pub field_pattern: Option<Pattern>,
    /// What starts a comment line, which does not count.
    pub comment_char: Option<String>,
    /// What starts a note, such as `BREAKING CHANGE`; none knows no notes.
    pub(super) keywords: Option<Needles>,
    /// What stands before an issue's number; none knows no references.
    pub(super) prefixes: Option<Needles>,
    /// What stands before a reference, such as `closes`; none is anything.
    pub(super) actions: Option<Needles>,
    case_sensitive_prefixes: bool,
    own: Own,
}

/// What a configuration said itself: what the host of the repository would set is then left alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Own {
    actions: bool,
    prefixes: bool,
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

impl Default for ParserOptions {
    fn default() -> Self {
        Self::conventional_commits()
    }
}

impl ParserOptions {
    /// The preset `conventionalcommits` 9, the platform's own.
    #[must_use]
    pub fn conventional_commits() -> Self {
        Self {
            header_pattern: Some(Pattern::Header(Mark::Optional)),
            breaking_header_pattern: Some(Pattern::Header(Mark::Required)),
            header_correspondence: names(&["type", "scope", "subject"]),
            merge_pattern: None,
            merge_correspondence: Vec::new(),
            // The pattern is ours and compiles: a test holds it to that.
            revert_pattern: Pattern::starting_with("revert", CONVENTIONAL_REVERT).ok(),
            revert_correspondence: names(&["header", "hash"]),
            field_pattern: None,
            comment_char: None,
            keywords: Some(Needles::new(
                &names(&["BREAKING CHANGE", "BREAKING-CHANGE"]),
                true,
            )),
            prefixes: Some(Needles::new(&names(&["#"]), true)),
            actions: Some(Needles::new(&names(&ACTIONS), true)),
            case_sensitive_prefixes: false,
            own: Own {
                actions: false,
                prefixes: true,
            },
        }
    }

    /// The preset `angular` 8, which Node takes where the configuration names none: `!` means nothing in it.
    #[must_use]
    pub fn angular() -> Self {
        Self {
            header_pattern: Some(Pattern::Header(Mark::None)),
            breaking_header_pattern: None,
            revert_pattern: Pattern::starting_with("revert", ANGULAR_REVERT).ok(),
            keywords: Some(Needles::new(&names(&["BREAKING CHANGE"]), true)),
            own: Own::default(),
            ..Self::conventional_commits()
        }
    }

    /// The preset of that name, in any case.
    ///
    /// # Errors
    /// Configuration: it is none that we know.
    pub fn preset(name: &str) -> Result<Self> {
        match name.to_lowercase().as_str() {
            "conventionalcommits" => Ok(Self::conventional_commits()),
            "angular" => Ok(Self::angular()),
            _ => Err(Failure::config(format!("the preset `{name}` is not known"))
                .hint("use `conventionalcommits` or `angular`, and `parserOpts` and `releaseRules` for what differs")),
        }
    }

    /// What the release notes read messages with: as Node does, the forge's words for closing an issue, and its prefixes
    /// where neither preset nor configuration has any.
    #[must_use]
    pub fn for_notes(&self, hostname: &str) -> Self {
        let mut options = self.clone();
        if !self.own.actions {
            let actions = match hostname {
                "github.com" => names(&ACTIONS),
                "gitlab.com" => names(ALL_ACTIONS.get(..8).unwrap_or_default()),
                _ => names(&ALL_ACTIONS),
            };
            options.actions = Some(Needles::new(&actions, true));
        }
        if !self.own.prefixes {
            let short = matches!(hostname, "bitbucket.org" | "gitlab.com");
            let prefixes = names(if short { &["#"] } else { &["#", "gh-"] });
            options.prefixes = Some(Needles::new(&prefixes, !self.case_sensitive_prefixes));
        }
        options
    }

    /// Changes what `parserOpts` names.
    ///
    /// # Errors
    /// Configuration: an option that is not known, of another kind, or a pattern that cannot be used; the text names it.
    pub fn with(mut self, options: &Map<String, Value>) -> Result<Self> {
        self.case_sensitive_prefixes = options
            .get("issuePrefixesCaseSensitive")
            .map_or(self.case_sensitive_prefixes, truthy);
        for (name, value) in options {
            self.change(name, value)?;
        }
        Ok(self)
    }

    fn change(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "headerPattern" => self.header_pattern = pattern(name, value)?,
            "breakingHeaderPattern" => self.breaking_header_pattern = pattern(name, value)?,
            "mergePattern" => self.merge_pattern = pattern(name, value)?,
            "revertPattern" => self.revert_pattern = pattern(name, value)?,
            "fieldPattern" => self.field_pattern = pattern(name, value)?,
            "headerCorrespondence" => self.header_correspondence = list(name, value)?.unwrap_or_default(),
            "mergeCorrespondence" => self.merge_correspondence = list(name, value)?.unwrap_or_default(),
            "revertCorrespondence" => self.revert_correspondence = list(name, value)?.unwrap_or_default(),
            "noteKeywords" => self.keywords = list(name, value)?.map(|list| Needles::new(&list, true)),
            "issuePrefixes" => {
                self.own.prefixes = true;
                self.prefixes =
                    list(name, value)?.map(|list| Needles::new(&list, !self.case_sensitive_prefixes));
            }
            "referenceActions" => {
                self.own.actions = true;
                self.actions = list(name, value)?.map(|list| Needles::new(&list, true));
            }
            "commentChar" => {
                self.comment_char = match value {
                    Value::Null => None,
                    Value::String(text) if text.is_empty() => None,
                    Value::String(text) => Some(text.clone()),
                    Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                        return Err(wrong(name, "a text"));
                    }
                }
            }
            "issuePrefixesCaseSensitive" => {}
            _ => {
                return Err(Failure::config(format!("`parserOpts.{name}` is not known"))
                    .hint("remove it, or see docs/semantic-release.md for the options that can be set"));
            }
        }
        Ok(())
    }
}

/// What JavaScript takes for true.
pub(crate) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

fn wrong(name: &str, kind: &str) -> Failure {
    Failure::config(format!("`parserOpts.{name}` is not {kind}"))
        .hint(format!("write {kind}, or `null` for none"))
}

fn pattern(name: &str, value: &Value) -> Result<Option<Pattern>> {
    match value {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Pattern::new(text).map(Some).map_err(|failure| {
            let hint = failure.advice().unwrap_or_default().to_owned();
            Failure::config(format!("`parserOpts.{name}`"))
                .because(failure)
                .hint(hint)
        }),
        Value::Bool(true) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(wrong(name, "a regular expression as a text"))
        }
    }
}

fn list(name: &str, value: &Value) -> Result<Option<Vec<String>>> {
    let texts = |list: &Vec<Value>| {
        list.iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
    };
    match value {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::Array(values) => texts(values)
            .map(Some)
            .ok_or_else(|| wrong(name, "a list of texts")),
        Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(wrong(name, "a list of texts"))
        }
    }
}
