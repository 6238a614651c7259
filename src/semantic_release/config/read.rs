//! What a configuration file says about branches, tags and presets.

use serde_json::{Map, Value};

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::branches::format::TagFormat;
use crate::semantic_release::branches::{Identifier, Setting};
use crate::semantic_release::config::find::Found;
use crate::semantic_release::config::plugins;
use crate::semantic_release::config::problems::Problems;
use crate::semantic_release::config::{Analyzing, Config};

/// Options of plugins that Node also takes at the top, for all plugins together.
const SHARED: &[&str] = &[
    "preset",
    "config",
    "presetConfig",
    "releaseRules",
    "parserOpts",
    "writerOpts",
];
/// Node's steps, in the form from before there were plugins.
const STEPS: &[&str] = &[
    "verifyConditions",
    "analyzeCommits",
    "verifyRelease",
    "generateNotes",
    "prepare",
    "publish",
    "addChannel",
    "success",
    "fail",
];

/// Reads a configuration.
///
/// # Errors
/// Configuration, naming the file and everything in it that cannot be taken.
pub fn read(found: &Found) -> Result<Config> {
    let Value::Object(options) = &found.value else {
        return Err(Failure::config(format!("{} holds no object", found.file))
            .hint("it looks like { \"branches\": [\"master\"] }"));
    };
    let mut problems = Problems::default();
    let mut config = Config {
        file: Some(found.file.clone()),
        unread: found.unread.clone(),
        ..Config::default()
    };
    let mut shared = Map::new();
    let mut quiet = false;
    // Node takes an option that is null for one that is not there.
    for (name, value) in options.iter().filter(|(_, value)| !value.is_null()) {
        match name.as_str() {
            "extends" => extends(value, &mut config, &mut problems),
            "branches" => config.branches = branches(value, &mut problems),
            "tagFormat" => config.tag_format = tag_format(value, &mut problems),
            "repositoryUrl" => config.repository_url = text(name, value, &mut problems),
            "dryRun" => config.dry_run = flag(name, value, &mut problems),
            // A run outside of CI is a run here, and traces are asked for in another way: both change no decision.
            "ci" | "noCi" | "debug" => drop(flag(name, value, &mut problems)),
            "$schema" | "plugins" => {}
            name if SHARED.contains(&name) => drop(shared.insert(name.to_owned(), value.clone())),
            "fail" if is_off(value) => {}
            "success" if is_off(value) => quiet = true,
            name if STEPS.contains(&name) => problems.add(
                format!("the step '{name}' is set by itself"),
                "name the plugin and its options in \"plugins\" instead",
            ),
            name => problems.add(
                format!("the option '{name}' is not known here"),
                "if it belongs to a plugin, write it there: \"plugins\": [[\"the-plugin\", { … }]]",
            ),
        }
    }
    let plugins = options.get("plugins").filter(|value| !value.is_null());
    let own_rules = ["preset", "config", "presetConfig", "releaseRules", "parserOpts"]
        .iter()
        .any(|name| shared.contains_key(*name));
    if plugins.is_none() && !own_rules && !shared.contains_key("writerOpts") {
        config.analyzer = Analyzing::platform();
    } else {
        plugins::read(plugins, &shared, &mut config, &mut problems);
    }
    if quiet && let Some(release) = &mut config.release {
        release.comment = Some(None);
    }
    if problems.is_empty() {
        let mut tried = vec![config.analyzer.analyzer().map(drop)];
        if let Some(notes) = &config.notes {
            tried.extend([notes.parser().map(drop), notes.settings().map(drop)]);
        }
        for failure in tried.into_iter().filter_map(Result::err) {
            let hint = failure.advice().unwrap_or("see the documentation").to_owned();
            problems.add(failure.to_string(), hint);
        }
    }
    match problems.failure(&found.file) {
        Some(failure) => Err(failure),
        None => Ok(config),
    }
}

fn is_off(value: &Value) -> bool {
    value == &Value::Bool(false) || value.as_array().is_some_and(Vec::is_empty)
}

/// One text.
pub fn text(name: &str, value: &Value, problems: &mut Problems) -> Option<String> {
    let text = value.as_str();
    if text.is_none() {
        problems.add(format!("'{name}' is {}", kind(value)), "it is a text");
    }
    text.map(str::to_owned)
}

/// Yes or no.
pub fn flag(name: &str, value: &Value, problems: &mut Problems) -> bool {
    if !value.is_boolean() {
        problems.add(format!("'{name}' is {}", kind(value)), "it is true or false");
    }
    value.as_bool().unwrap_or_default()
}

/// What a value is, for people.
#[must_use]
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn extends(value: &Value, config: &mut Config, problems: &mut Problems) {
    let one = std::slice::from_ref(value);
    for extended in value.as_array().map_or(one, Vec::as_slice) {
        match extended.as_str() {
            Some("semantic-release-monorepo") => config.monorepo = true,
            Some(name) => problems.add(
                format!("it extends '{name}', which is not known here"),
                "copy what that configuration says into this file; semantic-release-monorepo alone may be extended",
            ),
            None => problems.add("'extends' is no name", "only semantic-release-monorepo may be extended"),
        }
    }
}

fn tag_format(value: &Value, problems: &mut Problems) -> Option<TagFormat> {
    let text = text("tagFormat", value, problems)?;
    match TagFormat::parse(&text) {
        Ok(format) => Some(format),
        Err(wrong) => {
            for wrong in wrong {
                problems.add(
                    format!("{}: {}", wrong.code, wrong.what),
                    "such as \"v${version}\"",
                );
            }
            None
        }
    }
}

fn branches(value: &Value, problems: &mut Problems) -> Vec<Setting> {
    let one = std::slice::from_ref(value);
    value
        .as_array()
        .map_or(one, Vec::as_slice)
        .iter()
        .filter_map(|branch| setting(branch, problems))
        .collect()
}

fn setting(value: &Value, problems: &mut Problems) -> Option<Setting> {
    let mut bad = |what: String| {
        problems.add(
            format!("EINVALIDBRANCH: {what}"),
            "a branch is a name such as \"master\", or { \"name\": \"beta\", \"prerelease\": true }",
        );
    };
    let (name, options) = match value {
        Value::String(name) => (Some(name.as_str()), None),
        Value::Object(options) => (options.get("name").and_then(Value::as_str), Some(options)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => (None, None),
    };
    let Some(name) = name.filter(|name| !name.trim().is_empty()) else {
        bad(format!("a branch is {value}, which has no name"));
        return None;
    };
    let mut setting = Setting::named(name);
    for (option, value) in options
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
    {
        match (option.as_str(), value) {
            ("name", _) => {}
            ("channel", Value::String(channel)) => {
                setting.channel = Some(Some(channel.clone()).filter(|channel| !channel.is_empty()));
            }
            ("channel", Value::Bool(false)) => setting.channel = Some(None),
            ("range", Value::String(range)) => setting.range = Some(range.clone()),
            ("prerelease", Value::Bool(true)) => setting.prerelease = Some(Identifier::Name),
            ("prerelease", Value::String(word)) => setting.prerelease = Some(Identifier::Word(word.clone())),
            ("prerelease" | "range", Value::Bool(false)) => {}
            ("channel" | "range" | "prerelease", value) => {
                bad(format!("'{option}' of the branch '{name}' is {}", kind(value)));
            }
            (option, _) => bad(format!("the branch '{name}' has the unknown option '{option}'")),
        }
    }
    Some(setting)
}
