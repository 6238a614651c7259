//! Release rules, as `@semantic-release/commit-analyzer` 13 has them.

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::analyze::{ReleaseType, reverts};
use crate::semantic_release::commit::{Commit, Parsed, ParserOptions, truthy};
use crate::semantic_release::glob::Glob;

/// What a rule wants of one field.
#[derive(Debug, Clone)]
enum Wanted {
    /// A text that matches.
    Glob(Glob),
    /// That the field is there and has no text.
    Null,
    /// An empty pattern, which no text matches.
    Never,
}

/// One rule: what it wants of a commit, and what such a commit asks for.
#[derive(Debug, Clone)]
pub struct Rule {
    breaking: bool,
    revert: bool,
    fields: Vec<(String, Wanted)>,
    release: Option<ReleaseType>,
    /// For people.
    text: String,
}

/// All rules: the project's own, and those for commits that no own rule matches.
#[derive(Debug, Clone)]
pub struct Rules {
    own: Vec<Rule>,
    defaults: Vec<Rule>,
}

impl Default for Rules {
    fn default() -> Self {
        Self::platform()
    }
}

impl Rules {
    /// The platform's: Node's, and `chore` is a patch, and breaking is major whatever the type is.
    #[must_use]
    pub fn platform() -> Self {
        let mut rules = Self::node();
        rules.defaults.push(Rule::of("type", "chore", ReleaseType::Patch));
        rules
    }

    /// Node's, where a configuration has no `releaseRules`.
    #[must_use]
    pub fn node() -> Self {
        use ReleaseType::{Major, Minor, Patch};
        let special = |breaking: bool, release: ReleaseType| Rule {
            breaking,
            revert: !breaking,
            fields: Vec::new(),
            release: Some(release),
            text: String::from(if breaking { "a breaking change" } else { "a revert" }),
        };
        let mut defaults = vec![special(true, Major), special(false, Patch)];
        let fields = [
            ("type", "feat", Minor),
            ("type", "fix", Patch),
            ("type", "perf", Patch),
            ("emoji", ":racehorse:", Patch),
            ("emoji", ":bug:", Patch),
            ("emoji", ":penguin:", Patch),
            ("emoji", ":apple:", Patch),
            ("emoji", ":checkered_flag:", Patch),
            ("tag", "BUGFIX", Patch),
            ("tag", "FEATURE", Minor),
            ("tag", "SECURITY", Patch),
            ("tag", "Breaking", Major),
            ("tag", "Fix", Patch),
            ("tag", "Update", Minor),
            ("tag", "New", Minor),
            ("component", "perf", Patch),
            ("component", "deps", Patch),
            ("type", "FEAT", Minor),
            ("type", "FIX", Patch),
        ];
        defaults.extend(
            fields
                .into_iter()
                .map(|(name, text, release)| Rule::of(name, text, release)),
        );
        Self {
            own: Vec::new(),
            defaults,
        }
    }

    /// The rules of a configuration's `releaseRules`: they hide Node's defaults for each commit that one of them matches.
    ///
    /// # Errors
    /// Configuration: no list, a rule without a valid `release`, or a field that cannot be matched; the text names the rule.
    pub fn from_json(value: &Value) -> Result<Self> {
        let list = match value {
            // As in JavaScript, these are no rules at all.
            value if !truthy(value) => return Ok(Self::node()),
            Value::Array(list) => list,
            Value::String(module) => {
                let what = format!("`releaseRules` names the module `{module}`, and JavaScript is not run");
                return Err(Failure::config(what)
                    .hint("write its rules as a list: `[{\"type\": \"docs\", \"release\": \"patch\"}]`"));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                return Err(Failure::config("`releaseRules` is not a list of rules")
                    .hint("write `[{\"type\": \"docs\", \"release\": \"patch\"}]`"));
            }
        };
        let rules = list
            .iter()
            .enumerate()
            .map(|(index, rule)| Rule::from_json(rule, index));
        Ok(Self {
            own: rules.collect::<Result<_>>()?,
            ..Self::node()
        })
    }

    /// What a commit asks for, and why.
    pub(super) fn judge(
        &self,
        commit: &Commit,
        parsed: &Parsed,
        options: &ParserOptions,
    ) -> (Option<ReleaseType>, String) {
        let rule = highest(&self.own, commit, parsed, options)
            .or_else(|| highest(&self.defaults, commit, parsed, options));
        match rule {
            Some(Rule {
                release: Some(release),
                text,
                ..
            }) => (Some(*release), format!("{text} is {}", release.name())),
            Some(rule) => (None, format!("{} releases nothing", rule.text)),
            None => (None, no_rule(parsed)),
        }
    }
}

/// A word as it may be shown on one line.
fn no_rule(parsed: &Parsed) -> String {
    match parsed.kind.as_deref() {
        Some(kind) => format!("no rule for {}", kind.chars().take(40).collect::<String>()),
        None if parsed.matched => String::from("no rule for a commit without a type"),
        None => String::from("the header is not of the form `type: subject`"),
    }
}

/// The rule that decides: the highest, but one that releases nothing takes the place of an earlier one below major, as with Node.
fn highest<'a>(
    rules: &'a [Rule],
    commit: &Commit,
    parsed: &Parsed,
    options: &ParserOptions,
) -> Option<&'a Rule> {
    let mut found: Option<&Rule> = None;
    for rule in rules.iter().filter(|rule| rule.matches(commit, parsed, options)) {
        let current = found.and_then(|rule| rule.release);
        if current.is_none() || rule.release.is_none() || rule.release > current {
            found = Some(rule);
        }
        if rule.release == Some(ReleaseType::Major) {
            break;
        }
    }
    found
}

impl Rule {
    fn of(name: &str, text: &str, release: ReleaseType) -> Self {
        // Plain words all of them; a test holds them to that.
        let wanted = Glob::new(text).map_or(Wanted::Never, Wanted::Glob);
        Self {
            breaking: false,
            revert: false,
            fields: vec![(name.to_owned(), wanted)],
            release: Some(release),
            text: text.to_owned(),
        }
    }

    fn from_json(value: &Value, index: usize) -> Result<Self> {
        let number = index + 1;
        let valid = "valid are `major`, `minor`, `patch`, and `false` for none";
        let Some((rule, release)) = value
            .as_object()
            .and_then(|rule| Some((rule, rule.get("release")?)))
        else {
            return Err(Failure::config(format!(
                "rule {number} of `releaseRules` is not an object with a `release`"
            ))
            .hint(valid));
        };
        let name = release.as_str();
        let release = match name {
            Some("patch") => Some(ReleaseType::Patch),
            Some("minor") => Some(ReleaseType::Minor),
            Some("major") => Some(ReleaseType::Major),
            None if matches!(release, Value::Null | Value::Bool(false)) => None,
            Some(_) | None => {
                let what = format!(
                    "`release` of rule {number} of `releaseRules` is {}",
                    shown(release)
                );
                let pre = name.is_some_and(|name| name.starts_with("pre"));
                let more = if pre {
                    "; a prerelease comes from a branch with `prerelease`"
                } else {
                    ""
                };
                return Err(Failure::config(what).hint(format!("{valid}{more}")));
            }
        };
        let mut fields = Vec::new();
        for (name, value) in rule
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "breaking" | "revert" | "release"))
        {
            fields.push((name.clone(), wanted(name, value, number)?));
        }
        let on = |name: &str| rule.get(name).is_some_and(truthy);
        Ok(Self {
            breaking: on("breaking"),
            revert: on("revert"),
            fields,
            release,
            text: told(rule),
        })
    }

    fn matches(&self, commit: &Commit, parsed: &Parsed, options: &ParserOptions) -> bool {
        (!self.breaking || !parsed.notes.is_empty())
            && (!self.revert || parsed.revert.is_some())
            && self.fields.iter().all(
                |(name, wanted)| match (wanted, reverts::field(name, commit, parsed)) {
                    (Wanted::Glob(glob), Some(Some(text))) => glob.is_match(text),
                    (Wanted::Null, Some(None)) => has_field(name, parsed, options),
                    (Wanted::Glob(_) | Wanted::Null, _) | (Wanted::Never, _) => false,
                },
            )
    }
}

/// Whether the message has that field, with or without a text: those of the header are there only where the header matched.
fn has_field(name: &str, parsed: &Parsed, options: &ParserOptions) -> bool {
    let listed = |names: &[String]| names.iter().any(|one| one == name);
    matches!(name, "merge" | "header" | "body" | "footer")
        || (parsed.matched && listed(&options.header_correspondence))
        || (parsed.merge.is_some() && listed(&options.merge_correspondence))
}

fn wanted(name: &str, value: &Value, number: usize) -> Result<Wanted> {
    match value {
        Value::Null => Ok(Wanted::Null),
        Value::String(pattern) if pattern.is_empty() => Ok(Wanted::Never),
        Value::String(pattern) => Glob::new(pattern).map(Wanted::Glob).map_err(|failure| {
            let hint = failure.advice().unwrap_or_default().to_owned();
            Failure::config(format!("`{name}` of rule {number} of `releaseRules`"))
                .because(failure)
                .hint(hint)
        }),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Err(Failure::config(
            format!("`{name}` of rule {number} of `releaseRules` is {}", shown(value)),
        )
        .hint("write a text, such as `docs`, `(docs|ci)` or `*`, or `null` for no text")),
    }
}

fn shown(value: &Value) -> String {
    let mut text: String = value.to_string().chars().take(60).collect();
    text.retain(|char| !char.is_control());
    text
}

/// The rule, for people: `type docs, scope api`.
fn told(rule: &Map<String, Value>) -> String {
    let wants = rule.iter().filter(|(name, value)| match name.as_str() {
        "release" => false,
        "breaking" | "revert" => truthy(value),
        _ => true,
    });
    let wants: Vec<String> = wants
        .map(|(name, value)| match (name.as_str(), value) {
            ("breaking", _) => String::from("a breaking change"),
            ("revert", _) => String::from("a revert"),
            ("type", Value::String(text)) => text.clone(),
            (name, Value::String(text)) => format!("{name} {text}"),
            (name, value) => format!("{name} {value}"),
        })
        .collect();
    if wants.is_empty() {
        String::from("every commit")
    } else {
        wants.join(", ")
    }
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_json(&value).map_err(|failure| {
            let hint = failure
                .advice()
                .map(|hint| format!(" ({hint})"))
                .unwrap_or_default();
            de::Error::custom(format!("{failure}{hint}"))
        })
    }
}
