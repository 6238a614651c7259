//! Git: the `git` program for the network and for what writes, and [`Repo`] over libgit2 for reading.
//!
//! The program runs with a fixed locale, no prompts, and nothing from the repository's own configuration that would start a
//! program.
//!
//! | module | holds |
//! | --- | --- |
//! | [`repo`] | a repository, opened for reading |
//! | [`graph`] | commits and their parents in memory: reachability, and ranges in `git log`'s order |
//! | [`message`] | what a commit object says, decoded as `git log` does |
//! | [`changes`] | which paths a commit changed |
//! | [`remote`] | addresses of repositories, and the token's way to the forge's and to no other |

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd, Done};

pub mod changes;
pub mod graph;
pub mod message;
pub mod remote;
pub mod repo;

pub use git2::Oid;
pub use repo::Repo;

/// Settings for every call. A repository is untrusted: its configuration must not start a file-system monitor or hooks, nor
/// transports that are programs.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
];

/// The `git` program in one folder.
#[derive(Debug, Clone)]
pub struct Git {
    program: PathBuf,
    env: Env,
    directory: PathBuf,
    ceiling: Option<PathBuf>,
}

impl Git {
    /// Git in a folder, which need not be a repository yet.
    ///
    /// # Errors
    /// Environment, when there is no `git` on `PATH`.
    pub fn new(env: &Env, directory: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self {
            program: process::require(env, "git")?,
            env: env.clone(),
            directory: directory.into(),
            ceiling: None,
        })
    }

    /// The same git, which does not look for a repository in the folders above its own.
    #[must_use]
    pub fn here_only(mut self) -> Self {
        self.ceiling = self.directory.parent().map(Path::to_owned);
        self
    }

    /// The repository that holds a folder.
    ///
    /// # Errors
    /// Configuration, when the folder is in no repository, or belongs to somebody else.
    pub async fn of(env: &Env, directory: &Path) -> Result<Self> {
        let git = Self::new(env, directory)?;
        let done = git.cmd(["rev-parse", "--show-toplevel"]).capture().await?;
        if done.end.good() {
            let root = done.stdout.strip_suffix(b"\n").unwrap_or(&done.stdout);
            return Ok(Self {
                directory: PathBuf::from(OsStr::from_bytes(root)),
                ..git
            });
        }
        Err(git.not_usable(&done))
    }

    /// Why git does not work in this folder, found by looking rather than by reading git's English.
    fn not_usable(&self, done: &Done) -> Failure {
        not_usable(&self.directory, &done.last_words())
    }

    /// The folder git works in.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A call of git, to be refined and run.
    pub fn cmd(&self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Cmd {
        let mut cmd = Cmd::new(&self.program, &self.env)
            .directory(&self.directory)
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1");
        if let Some(ceiling) = &self.ceiling {
            cmd = cmd.env("GIT_CEILING_DIRECTORIES", ceiling);
        }
        for setting in SETTINGS {
            cmd = cmd.arg("-c").arg(*setting);
        }
        cmd.args(arguments)
    }

    /// Runs git and returns its standard output.
    ///
    /// # Errors
    /// Environment, with git's last words, when it fails.
    pub async fn output(&self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Vec<u8>> {
        self.cmd(arguments).output().await
    }

    /// The commit that a revision names, or none. The revision is untrusted: it may look like an option.
    ///
    /// # Errors
    /// Environment, when git cannot be run.
    pub async fn commit(&self, revision: &str) -> Result<Option<String>> {
        let name = format!("{revision}^{{commit}}");
        let done = self
            .cmd(["rev-parse", "--verify", "--quiet", "--end-of-options", &name])
            .capture()
            .await?;
        let text = String::from_utf8_lossy(&done.stdout).trim().to_owned();
        Ok((done.end.good() && !text.is_empty()).then_some(text))
    }
}

/// Why git, or libgit2, does not work in a folder, found by looking rather than by reading its English; `words` is what it said.
fn not_usable(directory: &Path, words: &str) -> Failure {
    // Without the `.` that a path on the command line may end in.
    let directory: PathBuf = directory.components().collect();
    let folder = directory.display();
    let Some(owner) = directory.ancestors().find(|up| up.join(".git").exists()) else {
        return Failure::config(format!("{folder} is in no git repository"))
            .hint("check the repository out first (`foundation-checkout`), or name another path");
    };
    let uid = rustix::process::geteuid().as_raw();
    match std::fs::metadata(owner) {
        Ok(meta) if meta.uid() != uid => Failure::config(format!(
            "{} belongs to user {}, but this runs as user {uid}, so git does not trust it",
            owner.display(),
            meta.uid()
        ))
        .hint(format!(
            "run as its owner, or let git trust it: git config --global --add safe.directory {}",
            owner.display()
        )),
        Ok(_) | Err(_) => Failure::config(format!(
            "git cannot read the repository {}:\n  {words}",
            owner.display(),
        )),
    }
}

/// Splits what git prints with `-z`.
pub fn records(bytes: &[u8]) -> impl Iterator<Item = &OsStr> {
    bytes
        .split(|&byte| byte == 0)
        .filter(|record| !record.is_empty())
        .map(OsStr::from_bytes)
}
