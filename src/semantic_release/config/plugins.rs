//! What each of Node's plugins means here. What has no meaning is refused with the way out, never left out silently.

use serde_json::{Map, Value};

use crate::semantic_release::config::problems::Problems;
use crate::semantic_release::config::read::{flag, kind, text};
use crate::semantic_release::config::{
    Analyzing, Asset, Changelog, Config, ForgeRelease, Noting, Npm, Preset, ReleaseCommit,
};

/// More plugins are no configuration: each is read together with all that stands at the top.
const MOST: usize = 100;

type Options = Map<String, Value>;

/// Reads the list of plugins into a configuration. Without a list Node's own four are meant.
pub fn read(plugins: Option<&Value>, shared: &Options, config: &mut Config, problems: &mut Problems) {
    let none = Options::new();
    let mut analyzer = None;
    let mut notes = None;
    match plugins {
        None => {
            analyzer = Some(analyzing(&none, shared, problems));
            notes = Some(noting(&none, shared, problems));
        }
        Some(value) => {
            (config.npm, config.release) = (None, None);
            let one = std::slice::from_ref(value);
            let list = value.as_array().map_or(one, Vec::as_slice);
            if list.len() > MOST {
                problems.add(
                    format!("'plugins' lists {} plugins", list.len()),
                    format!("at most {MOST} are read"),
                );
            }
            for plugin in list.iter().take(MOST) {
                let Some((name, options)) = form(plugin) else {
                    problems.add(
                        format!("EPLUGINSCONF: a plugin is {plugin}"),
                        "a plugin is a name, or a list of a name and an object of options",
                    );
                    continue;
                };
                let options = options.unwrap_or(&none);
                match name {
                    "@semantic-release/commit-analyzer" => {
                        analyzer = Some(analyzing(options, shared, problems))
                    }
                    "@semantic-release/release-notes-generator" => {
                        notes = Some(noting(options, shared, problems))
                    }
                    "@semantic-release/changelog" => config.changelog = Some(changelog(options, problems)),
                    "@semantic-release/npm" => config.npm = Some(npm(options, problems)),
                    "@semantic-release/git" => config.commit = Some(commit(options, problems)),
                    "@semantic-release/github"
                    | "@semantic-release/gitlab"
                    | "@saithodev/semantic-release-gitea" => {
                        config.release = Some(release(name, options, problems));
                    }
                    name => unknown(name, problems),
                }
            }
        }
    }
    // A list without an analyzer has Node's default one.
    config.analyzer = analyzer.unwrap_or_else(|| analyzing(&none, shared, problems));
    config.notes = notes;
}

/// A name, a list of a name and options, or an object with a `path`.
fn form(plugin: &Value) -> Option<(&str, Option<&Options>)> {
    match plugin {
        Value::String(name) => Some((name, None)),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(name)] | [Value::String(name), Value::Null] => Some((name, None)),
            [Value::String(name), Value::Object(options)] => Some((name, Some(options))),
            _ => None,
        },
        Value::Object(options) => Some((options.get("path")?.as_str()?, Some(options))),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn unknown(name: &str, problems: &mut Problems) {
    let instead = match name {
        "@semantic-release/exec" => {
            "no command of the repository runs beside the token: run it in a step of your workflow, \
             before or after this one, with the outputs `released`, `version` and `notes`"
        }
        "semantic-release-monorepo" => {
            "write \"extends\": \"semantic-release-monorepo\", or name the folders in --packages"
        }
        "@google/semantic-release-replacer-plugin" | "semantic-release-replace-plugin" => {
            "`version-files` in a foundation.toml sets the version in any file (docs/monorepo.md)"
        }
        "@semantic-release/error" | "@semantic-release/apm" => "remove it",
        _ => "remove it, and do what it does in a step of your workflow that reads the output `released`",
    };
    problems.add(format!("the plugin '{name}' is not known here"), instead);
}

/// Options that are left after the known ones were read.
fn rest<'a>(
    plugin: &str,
    options: &'a Options,
    problems: &mut Problems,
    mut known: impl FnMut(&str, &'a Value, &mut Problems) -> bool,
) {
    for (name, value) in options.iter().filter(|(_, value)| !value.is_null()) {
        if name != "path" && !known(name, value, problems) {
            problems.add(
                format!("the option '{name}' of {plugin} is not known here"),
                "remove it; docs/semantic-release.md lists what each plugin takes",
            );
        }
    }
}

/// What analyzer and notes have in common: preset, parser and the preset's options.
struct Conventions {
    preset: Preset,
    parser: Options,
    preset_config: Options,
}

fn conventions(
    plugin: &str,
    options: &Options,
    shared: &Options,
    problems: &mut Problems,
    mut more: impl FnMut(&str, &Value, &mut Problems) -> bool,
) -> Conventions {
    let mut found = Conventions {
        preset: Preset::Angular,
        parser: Options::new(),
        preset_config: Options::new(),
    };
    // What stands at the top is for all plugins, and each plugin's own comes over it.
    let mut all = shared.clone();
    all.extend(options.iter().map(|(name, value)| (name.clone(), value.clone())));
    for (name, value) in all
        .iter()
        .filter(|(name, value)| !value.is_null() && *name != "path")
    {
        match name.as_str() {
            "preset" | "config" => found.preset = preset(value, problems).unwrap_or(found.preset),
            "parserOpts" => found.parser = object(name, value, problems),
            "presetConfig" => found.preset_config = object(name, value, problems),
            name if more(name, value, problems)
                || shared.contains_key(name) && !options.contains_key(name) => {}
            name => problems.add(
                format!("the option '{name}' of {plugin} is not known here"),
                "remove it; docs/semantic-release.md lists what each plugin takes",
            ),
        }
    }
    found
}

fn preset(value: &Value, problems: &mut Problems) -> Option<Preset> {
    let name = value.as_str().unwrap_or_default();
    match name.trim_start_matches("conventional-changelog-") {
        "angular" => Some(Preset::Angular),
        "conventionalcommits" => Some(Preset::ConventionalCommits),
        _ => {
            problems.add(
                format!("the preset {value} is not known here"),
                "it is \"conventionalcommits\" or \"angular\"",
            );
            None
        }
    }
}

fn object(name: &str, value: &Value, problems: &mut Problems) -> Options {
    if let Value::Object(options) = value {
        return options.clone();
    }
    problems.add(format!("'{name}' is {}", kind(value)), "it is an object");
    Options::new()
}

fn analyzing(options: &Options, shared: &Options, problems: &mut Problems) -> Analyzing {
    let mut own = Vec::new();
    let found = conventions(
        "@semantic-release/commit-analyzer",
        options,
        shared,
        problems,
        |name, value, problems| {
            if name == "releaseRules" {
                own = rules(value, problems);
            }
            name == "releaseRules"
        },
    );
    Analyzing {
        preset: found.preset,
        rules: own,
        platform: false,
        parser: found.parser,
        preset_config: found.preset_config,
    }
}

fn rules(value: &Value, problems: &mut Problems) -> Vec<Options> {
    let Value::Array(list) = value else {
        match value {
            Value::String(_) => problems.add(
                "'releaseRules' names a program",
                "write the list of rules itself into the configuration",
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                problems.add(
                    format!("'releaseRules' is {}", kind(value)),
                    "it is a list of rules",
                );
            }
        }
        return Vec::new();
    };
    let mut rules = Vec::new();
    for rule in list {
        let Value::Object(fields) = rule else {
            problems.add(
                format!("a rule is {rule}"),
                "such as { \"type\": \"docs\", \"release\": \"patch\" }",
            );
            continue;
        };
        match fields.get("release") {
            Some(Value::Null | Value::Bool(false)) => {}
            Some(Value::String(kind)) if ["major", "minor", "patch"].contains(&kind.as_str()) => {}
            Some(Value::String(kind)) if kind.starts_with("pre") => problems.add(
                format!("the rule {rule} asks for '{kind}'"),
                "a commit asks for \"major\", \"minor\" or \"patch\"; whether that is a prerelease is the branch's to say",
            ),
            release => problems.add(
                format!("the rule {rule} has {} for its release", release.unwrap_or(&Value::Null)),
                "it is \"major\", \"minor\", \"patch\" or false",
            ),
        }
        rules.push(fields.clone());
    }
    rules
}

fn noting(options: &Options, shared: &Options, problems: &mut Problems) -> Noting {
    let found = conventions(
        "@semantic-release/release-notes-generator",
        options,
        shared,
        problems,
        |name, value, problems| {
            if name == "writerOpts" {
                problems.add(
                    "'writerOpts' is for Node's templates",
                    "sections go by \"presetConfig\": { \"types\": … }, the layout by a template of your own (input `notes`)",
                );
            }
            // The forge says where its pages are.
            name == "writerOpts" || (["linkCompare", "linkReferences"].contains(&name) && value.is_boolean())
        },
    );
    Noting {
        preset: found.preset,
        parser: found.parser,
        preset_config: found.preset_config,
    }
}

fn changelog(options: &Options, problems: &mut Problems) -> Changelog {
    let mut found = Changelog {
        file: "CHANGELOG.md".to_owned(),
        title: None,
    };
    rest(
        "@semantic-release/changelog",
        options,
        problems,
        |name, value, problems| {
            match name {
                "changelogFile" => found.file = path(name, value, problems).unwrap_or_default(),
                "changelogTitle" => found.title = text(name, value, problems),
                _ => return false,
            }
            true
        },
    );
    found
}

fn npm(options: &Options, problems: &mut Problems) -> Npm {
    let mut found = Npm::default();
    rest(
        "@semantic-release/npm",
        options,
        problems,
        |name, value, problems| {
            match name {
                "npmPublish" => found.publish = Some(flag(name, value, problems)),
                "pkgRoot" => found.root = path(name, value, problems),
                "tarballDir" if value == &Value::Bool(false) => {}
                "tarballDir" => found.tarball_dir = path(name, value, problems),
                _ => return false,
            }
            true
        },
    );
    found
}

fn commit(options: &Options, problems: &mut Problems) -> ReleaseCommit {
    let mut found = ReleaseCommit {
        assets: None,
        message: None,
    };
    rest(
        "@semantic-release/git",
        options,
        problems,
        |name, value, problems| {
            match name {
                "message" => found.message = text(name, value, problems),
                "assets" if value == &Value::Bool(false) => found.assets = Some(Vec::new()),
                "assets" => {
                    let assets = assets(value, problems);
                    found.assets = Some(assets.into_iter().flat_map(|asset| asset.paths).collect());
                }
                _ => return false,
            }
            true
        },
    );
    found
}

fn release(plugin: &str, options: &Options, problems: &mut Problems) -> ForgeRelease {
    let mut found = ForgeRelease::default();
    rest(plugin, options, problems, |name, value, problems| {
        match (name, value) {
            ("assets", Value::Bool(false)) => {}
            ("assets", _) => found.assets = assets(value, problems),
            ("successComment", Value::Bool(false)) => found.comment = Some(None),
            ("successComment", _) => found.comment = Some(text(name, value, problems)),
            ("releasedLabels" | "labels", Value::Bool(false)) => {}
            ("releasedLabels" | "labels", _) => found.labels = texts(name, value, problems),
            ("draftRelease", _) => found.draft = flag(name, value, problems),
            // What fails says so in the log, the status and the comment of the run; no issue is opened.
            ("failComment" | "failTitle" | "failCommentCondition", Value::Bool(false)) => {}
            // The forge and the way to it are known from the run itself.
            (
                "giteaUrl"
                | "giteaApiPathPrefix"
                | "gitlabUrl"
                | "gitlabApiPathPrefix"
                | "githubUrl"
                | "githubApiPathPrefix"
                | "githubApiUrl",
                _,
            ) => problems.add(
                format!("'{name}' of {plugin} names a forge"),
                "remove it: the release is made on the forge that the run is on",
            ),
            (_, _) => return false,
        }
        true
    });
    found
}

fn assets(value: &Value, problems: &mut Problems) -> Vec<Asset> {
    let one = std::slice::from_ref(value);
    let mut found = Vec::new();
    for asset in value.as_array().map_or(one, Vec::as_slice) {
        let plain = |paths: Vec<String>| Asset {
            paths,
            name: None,
            label: None,
        };
        match asset {
            Value::String(_) | Value::Array(_) => found.push(plain(paths("assets", asset, problems))),
            Value::Object(options) => {
                let mut asset = plain(Vec::new());
                for (name, value) in options.iter().filter(|(_, value)| !value.is_null()) {
                    match name.as_str() {
                        "path" => asset.paths = paths(name, value, problems),
                        "name" => asset.name = text(name, value, problems),
                        "label" => asset.label = text(name, value, problems),
                        name => problems.add(
                            format!("the asset option '{name}' is not known here"),
                            "an asset has \"path\", \"name\" and \"label\"",
                        ),
                    }
                }
                if asset.paths.is_empty() {
                    problems.add("an asset has no path", "such as { \"path\": \"dist/*.tgz\" }");
                }
                found.push(asset);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => problems.add(
                format!("an asset is {asset}"),
                "it is a path or glob, or { \"path\": …, \"label\": … }",
            ),
        }
    }
    found
}

fn texts(name: &str, value: &Value, problems: &mut Problems) -> Vec<String> {
    let one = std::slice::from_ref(value);
    value
        .as_array()
        .map_or(one, Vec::as_slice)
        .iter()
        .filter_map(|value| text(name, value, problems))
        .collect()
}

fn paths(name: &str, value: &Value, problems: &mut Problems) -> Vec<String> {
    texts(name, value, problems)
        .into_iter()
        .filter(|path| within(name, path, problems))
        .collect()
}

fn path(name: &str, value: &Value, problems: &mut Problems) -> Option<String> {
    text(name, value, problems).filter(|path| within(name, path, problems))
}

/// A path of the repository leads nowhere else.
fn within(name: &str, path: &str, problems: &mut Problems) -> bool {
    let inner = path.trim_start_matches('!');
    let good = !inner.is_empty()
        && !inner.starts_with('/')
        && !inner.contains('\0')
        && !inner.split('/').any(|part| part == "..");
    if !good {
        problems.add(
            format!("'{name}' is '{path}'"),
            "it is a path inside the repository",
        );
    }
    good
}

#[cfg(test)]
#[path = "plugins_tests.rs"]
mod tests;
