//! The only reader of the environment: where we run, for which repository, commit and event.

mod event;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use event::{Event, PullRequest};

use crate::kit::outcome::{Failure, Result};
use crate::kit::secret::{Masks, Secret};

/// A snapshot of the environment, so that a test can hand in its own.
#[derive(Debug, Clone, Default)]
pub struct Env(BTreeMap<OsString, OsString>);

impl Env {
    /// The environment of this process.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "the one home of reading the environment"
    )]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// The value of a variable; an empty one counts as absent, since a workflow hands over what was not given as "".
    #[must_use]
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.0
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether a variable is there but holds nothing.
    #[must_use]
    pub fn is_set_to_nothing(&self, name: &OsStr) -> bool {
        self.0.get(name).is_some_and(|value| value.is_empty())
    }

    /// The value of a variable that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.os(name).and_then(OsStr::to_str)
    }

    /// The value of the first of these variables that is set. Forgejo sets `FORGEJO_X` beside `GITHUB_X`; act only the latter.
    fn runner(&self, name: &str) -> Option<&str> {
        self.text(&format!("FORGEJO_{name}"))
            .or_else(|| self.text(&format!("GITHUB_{name}")))
    }

    /// All variables, for [`crate::kit::process`], which picks the few that a child may see.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// Registers with the masks every value whose name says that it is a secret, ours or not.
    fn mask_secrets(&self, masks: &Masks) {
        const NAMES: &[&str] = &[
            "TOKEN",
            "SECRET",
            "PASSWORD",
            "PASSPHRASE",
            "PRIVATE_KEY",
            "CREDENTIAL",
            "API_KEY",
        ];
        for (name, value) in self.iter() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else {
                continue;
            };
            let name = name.to_ascii_uppercase();
            // A path to a secret is no secret, and masking it would hide where it was looked for.
            if NAMES.iter().any(|part| name.contains(part))
                && !name.ends_with("_FILE")
                && !name.ends_with("_PATH")
            {
                masks.add(value);
            }
        }
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// What runs us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// A Forgejo (or Gitea) runner. It shows no annotations and no step summary.
    Forgejo,
    /// nektos/act on a laptop.
    Act,
    /// GitHub Actions.
    GitHub,
    /// No workflow at all: a person's terminal.
    Terminal,
}

impl Host {
    fn of(env: &Env) -> Self {
        // Forgejo's runner is built on act and says `ACT=true` as well, so its own name is asked for first.
        if env.text("FORGEJO_ACTIONS").is_some() || env.text("GITEA_ACTIONS").is_some() {
            Self::Forgejo
        } else if env.text("ACT") == Some("true") {
            Self::Act
        } else if env.text("GITHUB_ACTIONS").is_some() {
            Self::GitHub
        } else {
            Self::Terminal
        }
    }

    /// Whether `::error file=…::` becomes a mark beside the line of code. On Forgejo it is shown as literal text.
    #[must_use]
    pub fn has_annotations(self) -> bool {
        matches!(self, Self::Act | Self::GitHub)
    }

    /// Whether `::group::` folds the log.
    #[must_use]
    pub fn has_groups(self) -> bool {
        self != Self::Terminal
    }
}

/// A repository on a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The user or organisation.
    pub owner: String,
    /// The repository's name.
    pub name: String,
}

impl Repository {
    /// Parses `owner/name`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.split_once('/')?;
        let fits = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        (fits(owner) && fits(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl std::fmt::Display for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Everything a run knows about where it is.
#[derive(Debug, Clone)]
pub struct Context {
    /// The environment it was read from.
    pub env: Env,
    /// What must never be printed.
    pub masks: Masks,
    /// What runs us.
    pub host: Host,
    /// The folder that paths on the command line are relative to.
    pub directory: PathBuf,
    /// The repository the run is for.
    pub repository: Option<Repository>,
    /// The forge's address, such as `https://forge.olsitec.net`, without a slash at the end.
    pub server: Option<String>,
    /// The forge's API address, such as `https://forge.olsitec.net/api/v1`, without a slash at the end.
    pub api: Option<String>,
    /// The commit the run is for.
    pub sha: Option<String>,
    /// The full ref the run is for, such as `refs/heads/master` or `refs/pull/1/head`.
    pub git_ref: Option<String>,
    /// What started the run.
    pub event: Event,
    /// The automatic token, or one handed in as `FOUNDATION_TOKEN`.
    pub token: Option<Secret>,
    /// The workflow's file name, such as `ci.yml`, which keys the sticky comment.
    pub workflow_file: Option<String>,
    /// The number of the run, which rises with time within a repository.
    pub run_number: Option<u64>,
    /// Where the workflow's repository is checked out.
    pub workspace: Option<PathBuf>,
    /// Where outputs for later steps and jobs are appended.
    pub output_file: Option<PathBuf>,
    /// Where the step summary is appended.
    pub summary_file: Option<PathBuf>,
    /// A certificate authority beside the public ones (PEM).
    pub ca_file: Option<PathBuf>,
}

impl Context {
    /// Reads the environment and the event file.
    ///
    /// # Errors
    /// Configuration, when the event file or the token file is named but cannot be read.
    pub fn from_env(env: Env, directory: &Path) -> Result<Self> {
        Self::read(env, directory, Masks::default())
    }

    /// As [`Context::from_env`], with masks that the caller keeps, so that a failure here is masked too.
    ///
    /// # Errors
    /// Those of [`Context::from_env`].
    pub fn read(env: Env, directory: &Path, masks: Masks) -> Result<Self> {
        env.mask_secrets(&masks);
        let host = Host::of(&env);
        let payload = match env.runner("EVENT_PATH").filter(|_| host != Host::Terminal) {
            Some(path) => event::payload(Path::new(path))?,
            None => Value::Null,
        };
        let event = Event::read(env.runner("EVENT_NAME"), &payload);
        let token = match env.text("FOUNDATION_TOKEN_FILE") {
            Some(path) => Some(read_secret(Path::new(path), &masks)?),
            None => env
                .text("FOUNDATION_TOKEN")
                .or_else(|| env.runner("TOKEN"))
                .map(|token| Secret::new(token.trim(), &masks)),
        };
        let path = |name: &str| env.os(name).map(PathBuf::from);
        let address = |name: &str| {
            env.runner(name)
                .map(|address| address.trim_end_matches('/').to_owned())
        };
        let server = address("SERVER_URL");
        Ok(Self {
            host,
            directory: directory.to_owned(),
            repository: env.runner("REPOSITORY").and_then(Repository::parse),
            api: address("API_URL").or_else(|| server.as_ref().map(|server| format!("{server}/api/v1"))),
            server,
            sha: env
                .runner("SHA")
                .filter(|sha| is_object_id(sha))
                .map(str::to_owned),
            git_ref: env.runner("REF").map(full_ref),
            event,
            token,
            workflow_file: env.runner("WORKFLOW_REF").and_then(workflow_file),
            run_number: env.runner("RUN_NUMBER").and_then(|number| number.parse().ok()),
            workspace: path("FORGEJO_WORKSPACE").or_else(|| path("GITHUB_WORKSPACE")),
            output_file: path("FORGEJO_OUTPUT").or_else(|| path("GITHUB_OUTPUT")),
            summary_file: path("FORGEJO_STEP_SUMMARY").or_else(|| path("GITHUB_STEP_SUMMARY")),
            ca_file: path("FOUNDATION_CA_FILE").or_else(|| path("SSL_CERT_FILE")),
            masks,
            env,
        })
    }

    /// The web address of this run. Forgejo's routes use the run's number, not its id.
    #[must_use]
    pub fn run_url(&self) -> Option<String> {
        let (server, repository) = (self.server.as_ref()?, self.repository.as_ref()?);
        Some(format!("{server}/{repository}/actions/runs/{}", self.run_number?))
    }

    /// Whether the event comes from another repository's branch, whose code and names nobody here has approved.
    #[must_use]
    pub fn from_fork(&self) -> bool {
        self.event.pull_request().is_some_and(|pull| pull.from_fork)
    }
}

/// Whether the text is a full SHA-1 or SHA-256 object name.
#[must_use]
pub fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A full ref. A schedule's ref is a bare branch name on Forgejo.
fn full_ref(name: &str) -> String {
    if name.starts_with("refs/") {
        name.to_owned()
    } else {
        format!("refs/heads/{name}")
    }
}

/// `ci.yml` of `owner/name/.forgejo/workflows/ci.yml@refs/heads/master`.
fn workflow_file(workflow_ref: &str) -> Option<String> {
    let (path, _) = workflow_ref.split_once('@').unwrap_or((workflow_ref, ""));
    path.rsplit('/')
        .next()
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

/// Reads a secret from a file, trimmed and masked.
///
/// # Errors
/// Configuration, when the file cannot be read or is empty.
pub fn read_secret(path: &Path, masks: &Masks) -> Result<Secret> {
    let unreadable = || Failure::config(format!("cannot read the secret file {}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| unreadable().because(error))?;
    match text.trim() {
        "" => Err(Failure::config(format!(
            "the secret file {} is empty",
            path.display()
        ))),
        secret => Ok(Secret::new(secret, masks)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn context(pairs: &[(&str, &str)]) -> Context {
        Context::from_env(pairs.iter().copied().collect(), Path::new("/")).expect("a context")
    }

    #[test]
    fn forgejo_names_win_and_empty_values_do_not_count() {
        let context = context(&[
            ("ACT", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("FORGEJO_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("FORGEJO_REPOSITORY", "o/n"),
            ("FORGEJO_SERVER_URL", "https://forge.example/sub/"),
            ("GITHUB_API_URL", ""),
            ("FORGEJO_RUN_NUMBER", "7"),
            (
                "FORGEJO_WORKFLOW_REF",
                "o/n/.forgejo/workflows/ci.yml@refs/heads/master",
            ),
        ]);
        assert_eq!(context.host, Host::Forgejo);
        assert_eq!(
            context.run_url().as_deref(),
            Some("https://forge.example/sub/o/n/actions/runs/7")
        );
        assert_eq!(context.api.as_deref(), Some("https://forge.example/sub/api/v1"));
        assert_eq!(context.workflow_file.as_deref(), Some("ci.yml"));
    }

    #[test]
    fn events_are_read_from_the_payload_when_the_name_only_says_workflow_call() {
        let called = Some("workflow_call");
        let pull = json!({"number": 3, "pull_request": {"number": 3,
            "head": {"sha": "aa", "repo": {"full_name": "x/n"}},
            "base": {"sha": "bb", "ref": "master", "repo": {"full_name": "o/n"}}}});
        let event = Event::read(called, &pull);
        assert!(
            event
                .pull_request()
                .is_some_and(|pull| pull.from_fork && pull.number == 3)
        );
        let zeros = "0".repeat(40);
        assert_eq!(
            Event::read(called, &json!({"before": zeros})),
            Event::Push { before: None }
        );
        assert_eq!(
            Event::read(called, &json!({"schedule": "@weekly"})),
            Event::Schedule
        );
        assert_eq!(Event::read(called, &json!({"inputs": null})), Event::Dispatch);
        assert_eq!(Event::read(None, &Value::Null), Event::Other);
    }

    #[test]
    fn hostile_repository_names_are_no_repository() {
        for name in ["a", "a/b/c", "../b", "a/..", "a/b?x", "/b", "a/"] {
            assert_eq!(Repository::parse(name), None, "{name}");
        }
    }

    #[test]
    fn the_token_is_masked_before_anything_is_written() {
        let context = context(&[
            ("FOUNDATION_TOKEN", "t0ps3cret"),
            ("AWS_SECRET_ACCESS_KEY", "other-value"),
        ]);
        assert_eq!(context.masks.apply("t0ps3cret other-value"), "*** ***");
        assert!(!format!("{:?}", context.token).contains("t0ps3cret"));
    }
}
