//! The configuration people already have, and the platform's defaults.
//!
//! | module | holds |
//! | --- | --- |
//! | [`find`] | which file it is |
//! | [`strict`] | JSON and YAML without surprises |
//! | [`read`] | what the file says about branches, tags and presets |
//! | [`plugins`] | what each of Node's plugins means here |
//! | [`problems`] | everything that is wrong with it, at once |
//!
//! Without a file, and in a file that names neither plugins nor a preset nor rules, the platform's rules hold. Once a file names
//! plugins, what it says is read as Node reads it: the preset is `angular` where none is named.

pub mod find;
pub mod plugins;
pub mod problems;
pub mod read;
pub mod strict;

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::kit::outcome::Result;
use crate::semantic_release::analyze::{Analyzer, Rules};
use crate::semantic_release::branches::Setting;
use crate::semantic_release::branches::format::TagFormat;
use crate::semantic_release::commit::{ParserOptions, Pattern};
use crate::semantic_release::notes::settings::Settings;

/// What a project wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file it came from, relative to the folder; none for the defaults.
    pub file: Option<String>,
    /// Files that hold a configuration as well and are not read, as in Node; to be said aloud.
    pub unread: Vec<String>,
    /// Whether it extends `semantic-release-monorepo`, so that the folder is a package with tags of its own.
    pub monorepo: bool,
    /// The remote's address, where the file names one.
    pub repository_url: Option<String>,
    /// Whether the file asks for a dry run.
    pub dry_run: bool,
    /// The branches.
    pub branches: Vec<Setting>,
    /// How tags are written; none is `v${version}`, or `<name>-v${version}` for a package of a monorepo.
    pub tag_format: Option<TagFormat>,
    /// How commits are judged.
    pub analyzer: Analyzing,
    /// How notes are written; none writes none.
    pub notes: Option<Noting>,
    /// A changelog file.
    pub changelog: Option<Changelog>,
    /// A commit of what the release changed.
    pub commit: Option<ReleaseCommit>,
    /// Publishing to the npm registry; none publishes nothing.
    pub npm: Option<Npm>,
    /// The release on the forge; none makes none.
    pub release: Option<ForgeRelease>,
}

/// A set of conventions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Node's default.
    Angular,
    /// `conventionalcommits`.
    ConventionalCommits,
}

/// How commits are judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Analyzing {
    /// The conventions.
    pub preset: Preset,
    /// The project's own rules, in order: objects with `release` and what a commit has to match. None are Node's alone.
    pub rules: Vec<Map<String, Value>>,
    /// Whether the platform's rules hold instead.
    pub platform: bool,
    /// The parser's options, as written.
    pub parser: Map<String, Value>,
    /// The preset's options, as written.
    pub preset_config: Map<String, Value>,
}

/// How notes are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Noting {
    /// The conventions.
    pub preset: Preset,
    /// The parser's options, as written.
    pub parser: Map<String, Value>,
    /// The preset's options, such as `types`, as written.
    pub preset_config: Map<String, Value>,
}

/// A changelog file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changelog {
    /// Its path, relative to the folder.
    pub file: String,
    /// The title above the first release.
    pub title: Option<String>,
}

/// A commit of what the release changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseCommit {
    /// Globs of files that are committed where they changed; none are Node's defaults.
    pub assets: Option<Vec<String>>,
    /// The message's template, in Node's form; none is our own.
    pub message: Option<String>,
}

/// Publishing to the npm registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Npm {
    /// Whether to publish; none goes by the manifest's `private`.
    pub publish: Option<bool>,
    /// The folder that is published.
    pub root: Option<String>,
    /// The folder that the packed file is put into.
    pub tarball_dir: Option<String>,
}

/// The release on the forge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForgeRelease {
    /// Files that are attached.
    pub assets: Vec<Asset>,
    /// The comment on what a release contains: not said, none, or this text.
    pub comment: Option<Option<String>>,
    /// Labels on what a release contains.
    pub labels: Vec<String>,
    /// Whether the release is a draft.
    pub draft: bool,
}

/// Files that are attached to a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Globs of files; those with a `!` in front leave files out again.
    pub paths: Vec<String>,
    /// The file's name at the release.
    pub name: Option<String>,
    /// The text that is shown for it.
    pub label: Option<String>,
}

impl Preset {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Angular => "angular",
            Self::ConventionalCommits => "conventionalcommits",
        }
    }
}

impl Config {
    /// The configuration of a folder.
    ///
    /// # Errors
    /// Configuration, naming the file and everything in it that cannot be taken, each with what to write instead.
    pub fn read(folder: &Path) -> Result<Self> {
        match find::find(folder)? {
            Some(found) => read::read(&found),
            None => Ok(Self::default()),
        }
    }
}

impl Default for Config {
    /// The platform's rules.
    fn default() -> Self {
        Self {
            file: None,
            unread: Vec::new(),
            monorepo: false,
            repository_url: None,
            dry_run: false,
            branches: Setting::defaults(),
            tag_format: None,
            analyzer: Analyzing::platform(),
            notes: Some(Noting {
                preset: Preset::ConventionalCommits,
                parser: Map::new(),
                preset_config: Map::new(),
            }),
            changelog: None,
            commit: None,
            npm: Some(Npm::default()),
            release: Some(ForgeRelease::default()),
        }
    }
}

impl Analyzing {
    /// Node's rules for `conventionalcommits`, and the platform's two: a chore is a patch, and what is breaking is major
    /// whatever else it is.
    #[must_use]
    pub fn platform() -> Self {
        Self {
            preset: Preset::ConventionalCommits,
            rules: Vec::new(),
            platform: true,
            parser: Map::new(),
            preset_config: Map::new(),
        }
    }

    /// What judges commits by it.
    ///
    /// # Errors
    /// Configuration, for a rule or an option that cannot be taken.
    pub fn analyzer(&self) -> Result<Analyzer> {
        let rules = if self.platform {
            Rules::platform()
        } else {
            Rules::from_json(&Value::Array(
                self.rules.iter().cloned().map(Value::Object).collect(),
            ))?
        };
        Ok(Analyzer {
            rules,
            parser: options(self.preset, &self.preset_config, &self.parser)?,
        })
    }
}

impl Noting {
    /// How it reads messages.
    ///
    /// # Errors
    /// Configuration, for an option that cannot be taken.
    pub fn parser(&self) -> Result<ParserOptions> {
        options(self.preset, &self.preset_config, &self.parser)
    }

    /// What the notes go by.
    ///
    /// # Errors
    /// Configuration, for an option of the preset that cannot be taken.
    pub fn settings(&self) -> Result<Settings> {
        let options = json!({ "preset": self.preset.name(), "presetConfig": self.preset_config });
        let settings = Settings::from_config(&options)?;
        if let Some(pattern) = &settings.ignore_commits {
            Pattern::new(pattern)?;
        }
        Ok(settings)
    }
}

fn options(
    preset: Preset,
    preset_config: &Map<String, Value>,
    parser: &Map<String, Value>,
) -> Result<ParserOptions> {
    let mut all = parser.clone();
    // The preset hands this one on to its parser.
    if let (Preset::ConventionalCommits, Some(prefixes)) = (preset, preset_config.get("issuePrefixes"))
        && !all.contains_key("issuePrefixes")
    {
        all.insert("issuePrefixes".to_owned(), prefixes.clone());
    }
    match preset {
        Preset::Angular => ParserOptions::angular(),
        Preset::ConventionalCommits => ParserOptions::conventional_commits(),
    }
    .with(&all)
}
