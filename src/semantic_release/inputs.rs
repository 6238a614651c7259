//! The inputs of `foundation-semantic-release`.

use std::path::PathBuf;
use std::time::Duration;

use crate::kit::context::{Context, Event, Host, read_secret};
use crate::kit::inputs::{self, Problems};
use crate::kit::outcome::{Failure, Result};
use crate::kit::report::Format;
use crate::kit::secret::Secret;
use crate::semantic_release::packages::Selection;

/// Decide the next version from the commits, and release it: notes, tag, packages and the forge's release. Exit codes: 0 done
/// or nothing to do, 2 refused by the configuration or the versions, 3 the environment failed, 4 refused for safety.
///
/// Secrets are variables, never arguments: FOUNDATION_TOKEN (the forge's), FOUNDATION_REGISTRY_TOKEN, FOUNDATION_SIGNING_KEY, each also
/// as …_FILE.
#[derive(Debug, clap::Parser)]
#[command(
    name = "foundation-semantic-release",
    version,
    args_conflicts_with_subcommands = true
)]
pub struct Raw {
    /// What to do instead of releasing.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options.
    #[command(flatten)]
    pub options: Options,
}

/// What to do instead of releasing.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Say why the next version is what it is, commit by commit. Changes nothing.
    Explain(Options),
}

/// The options, for a release and for `explain`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The repository, or the folder of one package in it.
    #[arg(value_name = "PATH", env = "FOUNDATION_PATH", default_value = ".")]
    pub path: PathBuf,

    /// Only say what would be done: `true`, `false`, or `auto` (on a pull request, and at a terminal with a remote on the network).
    #[arg(
        long, value_name = "auto|BOOL", env = "FOUNDATION_DRY_RUN", default_value = "auto",
        num_args = 0..=1, require_equals = true, default_missing_value = "true"
    )]
    pub dry_run: String,

    /// The branch to release [default: the event's, or the one that is checked out].
    #[arg(long, value_name = "NAME", env = "FOUNDATION_BRANCH")]
    pub branch: Option<String>,

    /// The packages of a monorepo: `auto` for its declared workspaces, or folders and globs separated by commas.
    #[arg(long, value_name = "auto|GLOB,…", env = "FOUNDATION_PACKAGES")]
    pub packages: Option<String>,

    /// The repository that is pushed to: an address, or a folder [default: the clone's origin].
    #[arg(long, value_name = "ADDRESS", env = "FOUNDATION_REMOTE")]
    pub remote: Option<String>,

    /// Where the release page is made: `auto` for the forge of this run, or `none` for tags only.
    #[arg(
        long,
        value_name = "auto|none",
        env = "FOUNDATION_FORGE",
        default_value = "auto"
    )]
    pub forge: String,

    /// Commit the new versions and the changelog to the branch.
    #[arg(
        long, value_name = "BOOL", env = "FOUNDATION_COMMIT", num_args = 0..=1, require_equals = true, default_missing_value = "true"
    )]
    pub commit: Option<String>,

    /// The changelog to keep, relative to each package's folder; it needs `--commit`.
    #[arg(long, value_name = "FILE", env = "FOUNDATION_CHANGELOG")]
    pub changelog: Option<String>,

    /// Publish packages that are not private: `true`, `false`, or `auto` (where a registry token is given).
    #[arg(
        long, value_name = "auto|BOOL", env = "FOUNDATION_PUBLISH", default_value = "auto",
        num_args = 0..=1, require_equals = true, default_missing_value = "true"
    )]
    pub publish: String,

    /// The npm registry [default: what the package says, else the forge's own].
    #[arg(long, value_name = "ADDRESS", env = "FOUNDATION_REGISTRY")]
    pub registry: Option<String>,

    /// Files attached to the release, as globs separated by commas, relative to the repository.
    #[arg(long, value_name = "GLOB,…", env = "FOUNDATION_ASSETS")]
    pub assets: Option<String>,

    /// Comment on the issues and pull requests that a release contains.
    #[arg(
        long, value_name = "BOOL", env = "FOUNDATION_COMMENTS", default_value = "false",
        num_args = 0..=1, require_equals = true, default_missing_value = "true"
    )]
    pub comments: String,

    /// Labels for the issues and pull requests that a release contains, separated by commas.
    #[arg(long, value_name = "LIST", env = "FOUNDATION_LABELS")]
    pub labels: Option<String>,

    /// The layout of the notes: `foundation`, `conventionalcommits`, `angular`, or a template file of the project.
    #[arg(
        long,
        value_name = "NAME|FILE",
        env = "FOUNDATION_NOTES",
        default_value = "foundation"
    )]
    pub notes: String,

    /// The time limit of each program and of each push, such as 90s or 10m.
    #[arg(long, value_name = "TIME", env = "FOUNDATION_TIMEOUT", default_value = "10m")]
    pub timeout: String,

    /// What standard output carries: text or json.
    #[arg(
        long,
        value_name = "FORMAT",
        env = "FOUNDATION_FORMAT",
        default_value = "text"
    )]
    pub format: String,
}

/// What the run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Release.
    Release,
    /// Print what would be done.
    DryRun,
    /// Tell a pull request what merging it would release.
    PullRequest,
    /// Say why, commit by commit.
    Explain,
}

/// A choice that can be left to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// As fits.
    Auto,
    /// Yes.
    Yes,
    /// No.
    No,
}

/// The checked inputs.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The repository, or the folder of one package in it.
    pub path: PathBuf,
    /// Whether a dry run was asked for by word.
    pub dry_run: Choice,
    /// Whether `explain` was asked for.
    pub explain: bool,
    /// The branch named by hand.
    pub branch: Option<String>,
    /// Which packages; none is the one at the path.
    pub packages: Option<Selection>,
    /// The remote named by hand.
    pub remote: Option<String>,
    /// Whether the forge is used.
    pub forge: bool,
    /// Whether a release commit is made; none leaves it to the configuration.
    pub commit: Option<bool>,
    /// The changelog's name.
    pub changelog: Option<String>,
    /// Whether packages are published.
    pub publish: Choice,
    /// The npm registry's address.
    pub registry: Option<String>,
    /// The registry's token.
    pub registry_token: Option<Secret>,
    /// Files attached to the release.
    pub assets: Vec<String>,
    /// Whether to comment.
    pub comments: bool,
    /// Labels to set.
    pub labels: Vec<String>,
    /// The layout of the notes.
    pub notes: String,
    /// The file that holds the key for signatures.
    pub signing_key: Option<Secret>,
    /// The time limit of one step.
    pub timeout: Duration,
    /// What standard output carries.
    pub format: Format,
}

impl Inputs {
    /// Checks the raw inputs. Secrets come from the environment or from files only: the registry's token from
    /// `FOUNDATION_REGISTRY_TOKEN`, the key for signatures from `FOUNDATION_SIGNING_KEY`, each also as `…_FILE`.
    ///
    /// # Errors
    /// Configuration, with every problem at once.
    pub fn check(raw: &Raw, context: &Context) -> Result<Self> {
        let (options, explain) = match &raw.command {
            Some(Command::Explain(options)) => (options, true),
            None => (&raw.options, false),
        };
        let mut problems = Problems::default();
        let dry_run = problems.take("--dry-run", choice(&options.dry_run));
        let branch = problems.take("--branch", branch(options.branch.as_deref()));
        let packages = problems.take(
            "--packages",
            options.packages.as_deref().map(str::parse).transpose(),
        );
        let forge = problems.take(
            "--forge",
            match options.forge.as_str() {
                "auto" => Ok(true),
                "none" => Ok(false),
                other => Err(format!("'{other}' is neither auto nor none")),
            },
        );
        let commit = problems.take(
            "--commit",
            options.commit.as_deref().map(inputs::boolean).transpose(),
        );
        let changelog = problems.take("--changelog", file_below(options.changelog.as_deref()));
        let publish = problems.take("--publish", choice(&options.publish));
        let registry = problems.take("--registry", registry(options.registry.as_deref()));
        let comments = problems.take("--comments", inputs::boolean(&options.comments));
        let timeout = problems.take("--timeout", inputs::duration(&options.timeout));
        let format = problems.take("--format", options.format.parse());
        let registry_token = problems.take(
            "FOUNDATION_REGISTRY_TOKEN",
            secret(context, "FOUNDATION_REGISTRY_TOKEN"),
        );
        let signing_key = problems.take(
            "FOUNDATION_SIGNING_KEY",
            secret(context, "FOUNDATION_SIGNING_KEY"),
        );
        if changelog.as_ref().is_some_and(Option::is_some) && commit == Some(Some(false)) {
            problems.add("--changelog", "is kept in the branch, so it needs --commit");
        }
        problems.finish()?;
        let checked = || {
            Some(Self {
                path: options.path.clone(),
                dry_run: dry_run?,
                explain,
                branch: branch?,
                packages: packages?,
                remote: options.remote.clone(),
                forge: forge?,
                commit: commit?,
                changelog: changelog?,
                publish: publish?,
                registry: registry?,
                registry_token: registry_token?,
                assets: list(options.assets.as_deref()),
                comments: comments?,
                labels: list(options.labels.as_deref()),
                notes: options.notes.clone(),
                signing_key: signing_key?,
                timeout: timeout?,
                format: format?,
            })
        };
        // Whatever is missing was told as a problem above.
        checked().ok_or_else(|| Failure::config("wrong inputs"))
    }

    /// What the run is for. `folder` says whether the remote is a folder of this machine.
    ///
    /// # Errors
    /// Refused, when a fork's event asks to write; configuration, when a pull request does.
    pub fn mode(&self, context: &Context, folder: bool) -> Result<Mode> {
        if self.explain {
            return Ok(Mode::Explain);
        }
        let pull = matches!(context.event, Event::PullRequest(_));
        match self.dry_run {
            Choice::No if context.from_fork() => Err(Failure::refused(
                "a pull request of another repository asks to release (dry-run: false)",
            )
            .hint("release on a push to the branch; on pull requests leave dry-run out")),
            Choice::No if pull => Err(Failure::config(
                "a pull request cannot release: its commits are on no release branch yet",
            )
            .hint("leave dry-run out: on a pull request the run says what merging would release")),
            Choice::Auto | Choice::Yes if pull => Ok(Mode::PullRequest),
            Choice::Yes => Ok(Mode::DryRun),
            Choice::Auto if context.host == Host::Terminal && !folder => Ok(Mode::DryRun),
            Choice::Auto | Choice::No => Ok(Mode::Release),
        }
    }
}

fn choice(text: &str) -> Result<Choice, String> {
    match text.trim() {
        "auto" | "" => Ok(Choice::Auto),
        word => inputs::boolean(word)
            .map(|yes| if yes { Choice::Yes } else { Choice::No })
            .map_err(|_| format!("'{word}' is none of auto, true and false")),
    }
}

fn branch(name: Option<&str>) -> Result<Option<String>, String> {
    match name.map(|name| name.strip_prefix("refs/heads/").unwrap_or(name)) {
        Some(name) if !crate::checkout::target::is_ref_name(name) => {
            Err(format!("'{name}' can be no branch; git allows no such name"))
        }
        name => Ok(name.map(str::to_owned)),
    }
}

fn registry(text: Option<&str>) -> Result<Option<String>, String> {
    let Some(text) = text else { return Ok(None) };
    match url::Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("the address holds a user or a password; set FOUNDATION_REGISTRY_TOKEN instead".to_owned())
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Ok(Some(format!("{}/", text.trim_end_matches('/'))))
        }
        Ok(_) | Err(_) => Err(format!("'{text}' is no http or https address")),
    }
}

/// A file name that stays below its folder.
fn file_below(text: Option<&str>) -> Result<Option<String>, String> {
    use std::path::{Component, Path};
    match text {
        Some(name)
            if Path::new(name)
                .components()
                .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) =>
        {
            Err(format!("'{name}' leads out of the package's folder"))
        }
        name => Ok(name.map(str::to_owned)),
    }
}

/// The entries of a list, separated by commas or line breaks.
fn list(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default()
        .split([',', '\n'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
        .collect()
}

fn secret(context: &Context, name: &str) -> Result<Option<Secret>> {
    match context.env.text(&format!("{name}_FILE")) {
        Some(path) => read_secret(&context.directory.join(path), &context.masks).map(Some),
        None => Ok(context
            .env
            .text(name)
            .map(|text| Secret::new(text, &context.masks))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser as _;

    use super::*;

    fn context(pairs: &[(&str, &str)]) -> Context {
        Context::from_env(pairs.iter().copied().collect(), Path::new("/here")).expect("a context")
    }

    fn check(arguments: &[&str], context: &Context) -> Result<Inputs> {
        let arguments = std::iter::once("x").chain(arguments.iter().copied());
        Inputs::check(&Raw::try_parse_from(arguments).expect("arguments"), context)
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let arguments = [
            "--dry-run=maybe",
            "--branch=a..b",
            "--packages=!x",
            "--forge=github",
            "--commit=2",
            "--changelog=../C.md",
            "--publish=sometimes",
            "--registry=https://me:pw@r.example/",
            "--comments=x",
            "--timeout=1d",
            "--format=xml",
        ];
        let failure = check(&arguments, &context(&[])).expect_err("all wrong");
        insta::assert_snapshot!(failure.to_string(), @r"
        11 wrong inputs:
          --dry-run: 'maybe' is none of auto, true and false
          --branch: 'a..b' can be no branch; git allows no such name
          --packages: no folder is named; write auto, or folders such as packages/*
          --forge: 'github' is neither auto nor none
          --commit: '2' is neither true nor false
          --changelog: '../C.md' leads out of the package's folder
          --publish: 'sometimes' is none of auto, true and false
          --registry: the address holds a user or a password; set FOUNDATION_REGISTRY_TOKEN instead
          --comments: 'x' is neither true nor false
          --timeout: '1d' is no time limit; write for example 90s, 5m or 1h (at most 168h)
          --format: 'xml' is no format; write text or json
        ");
    }

    #[test]
    fn a_terminal_releases_only_into_a_folder_unless_told_to() {
        let terminal = context(&[]);
        let mode = |arguments: &[&str], folder| {
            check(arguments, &terminal)
                .expect("inputs")
                .mode(&terminal, folder)
                .expect("a mode")
        };
        assert_eq!(mode(&[], true), Mode::Release);
        assert_eq!(mode(&[], false), Mode::DryRun);
        assert_eq!(mode(&["--dry-run=false"], false), Mode::Release);
        assert_eq!(mode(&["--dry-run"], true), Mode::DryRun);
        assert_eq!(mode(&["explain"], true), Mode::Explain);
    }

    #[test]
    fn secrets_are_no_arguments() {
        let inputs = check(&[], &context(&[("FOUNDATION_REGISTRY_TOKEN", "t0p-secret")])).expect("inputs");
        assert_eq!(inputs.registry_token.expect("a token").expose(), "t0p-secret");
        assert!(Raw::try_parse_from(["x", "--registry-token=x"]).is_err());
    }
}
