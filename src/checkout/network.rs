//! Git's calls over the network, and why one failed. What git says in English is shown, but never decided by.

use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::Instant;

use crate::checkout::plan::{self, Plan};
use crate::checkout::target::{self, Target, short};
use crate::checkout::workspace::Workspace;
use crate::kit::git::Git;
use crate::kit::git::remote::{Access, Remote, Way};
use crate::kit::http;
use crate::kit::outcome::{Failure, Kind, Result};
use crate::kit::process::{Cmd, Done, End};
use crate::kit::report::Report;

/// The oldest git that takes settings from its environment, which is how it gets the token.
const OLDEST_GIT: (u32, u32) = (2, 31);
/// How long to wait before a call that failed for the network's sake is tried again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Which folders of this machine git may fetch from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folders {
    /// None.
    Never,
    /// Those it is told.
    Allowed,
}

/// Git with a way to the network, the token and a time limit.
#[derive(Debug)]
pub struct Network<'a> {
    git: Git,
    access: &'a Access,
    report: &'a Report,
    lfs: bool,
    limit: Duration,
    end: Instant,
}

impl<'a> Network<'a> {
    /// Git in a folder; `limit` is for all calls together.
    #[must_use]
    pub fn new(git: Git, access: &'a Access, report: &'a Report, lfs: bool, limit: Duration) -> Self {
        Self {
            git,
            access,
            report,
            lfs,
            limit,
            end: Instant::now() + limit,
        }
    }

    /// The same in another folder.
    #[must_use]
    pub fn with(&self, git: Git) -> Self {
        Self {
            git,
            access: self.access,
            report: self.report,
            lfs: self.lfs,
            limit: self.limit,
            end: self.end,
        }
    }

    /// The git without the network.
    #[must_use]
    pub fn git(&self) -> &Git {
        &self.git
    }

    fn cmd(&self, arguments: &[String], folders: Folders) -> Cmd {
        let folders = match folders {
            Folders::Never => "never",
            Folders::Allowed => "always",
        };
        let mut cmd = self
            .git
            .cmd(plan::arguments(arguments))
            .limit(self.end.saturating_duration_since(Instant::now()))
            // A blobless clone fetches files' contents when it checks them out.
            .env("GIT_NO_LAZY_FETCH", "0")
            .env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
            .env("GIT_LFS_SKIP_SMUDGE", if self.lfs { "0" } else { "1" });
        let mut settings = vec![
            ("protocol.file.allow".to_owned(), folders),
            ("submodule.recurse".to_owned(), "false"),
        ];
        settings.extend(self.access.settings());
        if self.lfs {
            for (name, value) in [
                ("clean", "git-lfs clean -- %f"),
                ("smudge", "git-lfs smudge -- %f"),
                ("process", "git-lfs filter-process"),
                ("required", "true"),
            ] {
                settings.push((format!("filter.lfs.{name}"), value));
            }
        }
        cmd = cmd.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (index, (name, value)) in settings.iter().enumerate() {
            cmd = cmd
                .env(format!("GIT_CONFIG_KEY_{index}"), name)
                .env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        cmd
    }

    /// Runs git with all it needs for the network.
    ///
    /// # Errors
    /// Environment, when it cannot be run or the time is up. How it ended is no error.
    pub async fn call(&self, arguments: &[String], folders: Folders) -> Result<Done> {
        let done = self.cmd(arguments, folders).capture().await?;
        if let End::TimedOut(_) = done.end {
            let name = arguments.first().map_or("", String::as_str);
            return Err(Failure::environment(format!(
                "git {name} did not end within the {} s that its calls may take together",
                self.limit.as_secs()
            ))
            .hint("a larger --timeout gives it more"));
        }
        Ok(done)
    }

    /// Finds out what a name means at the remote.
    ///
    /// # Errors
    /// Configuration, when there is no such ref or the remote may not be read; environment, when it cannot be reached.
    pub async fn resolve(&self, remote: &Remote, name: Option<&str>) -> Result<Target> {
        let answer = self
            .patiently(remote, async || self.ask(remote, name).await)
            .await?;
        target::resolve(name, &answer).ok_or_else(|| match name {
            Some(name) => Failure::config(format!("{} has no branch or tag '{name}'", remote.address()))
                .hint("--ref takes a branch, a tag, a full ref or a full commit"),
            None => Failure::config(format!(
                "{} has no default branch: it holds no commit yet",
                remote.address()
            )),
        })
    }

    /// What `git ls-remote` says, or how it failed.
    async fn ask(&self, remote: &Remote, name: Option<&str>) -> Result<Result<String, Done>> {
        let mut call: Vec<String> = ["ls-remote", "--quiet", "--symref", "--", remote.address()]
            .map(str::to_owned)
            .into();
        call.extend(target::patterns(name));
        let done = self.call(&call, Folders::Allowed).await?;
        Ok(if done.end.good() {
            Ok(String::from_utf8_lossy(&done.stdout).into_owned())
        } else {
            Err(done)
        })
    }

    /// Runs something until it works, until it fails for good, or until it failed three times for the network's sake.
    ///
    /// # Errors
    /// What the last failure was found to be; see [`Network::why`].
    pub async fn patiently<T>(
        &self,
        remote: &Remote,
        run: impl AsyncFn() -> Result<Result<T, Done>>,
    ) -> Result<T> {
        let mut pauses = PAUSES.iter();
        loop {
            let done = match run().await? {
                Ok(value) => return Ok(value),
                Err(done) => done,
            };
            let failure = self.why(remote, &done).await;
            match pauses.next() {
                Some(pause) if failure.kind() == Kind::Environment && Instant::now() + *pause < self.end => {
                    self.report
                        .say(format_args!("{failure}\ntrying again in {} s", pause.as_secs()));
                    tokio::time::sleep(*pause).await;
                }
                _ => return Err(failure),
            }
        }
    }

    /// Fetches the target, by its commit or, where the server hands out refs only, by its ref.
    ///
    /// # Errors
    /// Configuration, when the commit is gone or the remote may not be read; environment, when the network, the disk or git
    /// failed.
    pub async fn fetch(
        &self,
        remote: &Remote,
        plan: &Plan,
        target: &Target,
        workspace: &Workspace,
    ) -> Result<()> {
        let done = self.call(&plan.fetch, Folders::Allowed).await?;
        if done.end.good() {
            return Ok(());
        }
        workspace.has_room()?;
        self.new_enough().await?;
        let name = target.git_ref.as_deref();
        // Whoever answers this is there and lets us in, so it was the commit that was refused.
        let answer = self
            .patiently(remote, async || self.ask(remote, name).await)
            .await?;
        let tip = target::resolve(name, &answer);
        if let Some(tip) = tip.as_ref().filter(|tip| tip.sha.len() != target.sha.len()) {
            return Err(Failure::config(format!(
                "{} names its commits by {} digits, and {} has {}",
                remote.address(),
                tip.sha.len(),
                target.sha,
                target.sha.len()
            )));
        }
        let mut last = done;
        let mut asked = false;
        for call in &plan.fallback {
            last = self.call(call, Folders::Allowed).await?;
            if !last.end.good() {
                continue;
            }
            if self.git.commit(&target.sha).await?.is_some() {
                return Ok(());
            }
            // One proof spares fetching a long history only to find that the commit is not in it.
            if let Some(tip) = tip.as_ref().filter(|_| !asked) {
                asked = true;
                if self.hands_out_commits(remote, &tip.sha).await? {
                    break;
                }
            }
        }
        workspace.has_room()?;
        let gone = tip.is_none() && name.is_some();
        if !last.end.good() && !gone {
            return Err(
                said("fetch", &last).hint("the server answers, but the transfer failed; a retry may help")
            );
        }
        Err(vanished(remote, target, tip.as_ref()))
    }

    /// Whether the server hands out commits by their names, and not refs only: shown by a commit that no ref points at, the one
    /// before the tip. Then one that it does not hand out is not there.
    async fn hands_out_commits(&self, remote: &Remote, tip: &str) -> Result<bool> {
        let commit = self.git.cmd(["cat-file", "commit", tip]).capture().await?;
        let text = String::from_utf8_lossy(&commit.stdout).into_owned();
        let header = text.split("\n\n").next().unwrap_or_default();
        let Some(parent) = header.lines().find_map(|line| line.strip_prefix("parent ")) else {
            return Ok(false);
        };
        if self.git.commit(parent).await?.is_some() {
            return Ok(false);
        }
        let refs = ["ls-remote", "--quiet", "--", remote.address()].map(str::to_owned);
        let refs = self.call(&refs, Folders::Allowed).await?;
        if !refs.end.good() || String::from_utf8_lossy(&refs.stdout).contains(parent) {
            return Ok(false);
        }
        let fetch = ["fetch", "--quiet", "--no-tags", "--depth=1", "origin", parent].map(str::to_owned);
        Ok(self.call(&fetch, Folders::Allowed).await?.end.good())
    }

    /// Refuses a git that would not hand the token over.
    async fn new_enough(&self) -> Result<()> {
        let words = self.git.output(["version"]).await?;
        let words = String::from_utf8_lossy(&words);
        if version(&words).is_none_or(|version| version >= OLDEST_GIT) {
            return Ok(());
        }
        Err(Failure::environment(format!(
            "{} is too old: foundation-checkout needs git {}.{}",
            words.trim(),
            OLDEST_GIT.0,
            OLDEST_GIT.1
        ))
        .hint("the foundation-ci image holds a new one"))
    }

    /// Why the remote cannot be read, found by looking at the folder or by asking the server ourselves.
    pub async fn why(&self, remote: &Remote, done: &Done) -> Failure {
        if let Err(failure) = self.new_enough().await {
            return failure;
        }
        match (remote.way(), remote.folder()) {
            (Way::Http, _) => self.why_http(remote, done).await,
            (_, Some(folder)) => why_folder(folder, done),
            (_, None) => Failure::environment(format!(
                "cannot read {}:\n  {}",
                remote.address(),
                done.last_words()
            ))
            .hint("is there a key for ssh, and is the host known?"),
        }
    }

    async fn why_http(&self, remote: &Remote, done: &Done) -> Failure {
        let address = remote.address();
        let client = match http::client(self.access.ca_file.as_deref()) {
            Ok(client) => client,
            Err(failure) => return failure,
        };
        let mut request = client.get(format!("{address}/info/refs?service=git-upload-pack"));
        let authorization = self.access.authorization(remote);
        if let Some(value) = authorization {
            request = request.header(reqwest::header::AUTHORIZATION, value);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                return Failure::environment(format!("cannot reach {address}"))
                    .because(error.without_url())
                    .hint("is the forge up, and can this machine resolve its name and trust its certificate (FOUNDATION_CA_FILE)?");
            }
        };
        let status = answer.status();
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                let who = if authorization.is_some() {
                    "the token may not read it"
                } else {
                    "it is private and no token was given for that server"
                };
                Failure::config(format!("{address} answers {status}: there is no such repository, or {who}"))
                    .hint("the automatic token reads its own repository only; hand over a personal one as FOUNDATION_TOKEN")
            }
            _ if status.is_redirection() => {
                let to = answer
                    .headers()
                    .get(reqwest::header::LOCATION)
                    .and_then(|to| to.to_str().ok())
                    .unwrap_or("nowhere");
                Failure::config(format!(
                    "{address} redirects to {to}, where the token is not taken to"
                ))
                .hint("name the repository by its new address (--repository or --remote)")
            }
            _ if status.is_success() => said("fetch", done),
            _ => Failure::environment(format!("{address} answers {status}"))
                .hint("the forge is not well; try again later"),
        }
    }
}

/// A failed call of git, with its own last words.
pub fn said(call: &str, done: &Done) -> Failure {
    Failure::environment(format!("git {call} {}:\n  {}", done.end, done.last_words()))
}

fn why_folder(folder: &Path, done: &Done) -> Failure {
    use std::os::unix::fs::MetadataExt as _;
    let name = folder.display();
    let uid = rustix::process::geteuid().as_raw();
    match std::fs::metadata(folder) {
        Ok(meta) if meta.uid() != uid => Failure::config(format!(
            "{name} belongs to user {}, but this runs as user {uid}, so git does not trust it",
            meta.uid()
        ))
        .hint(format!(
            "run as its owner, or let git trust it: git config --global --add safe.directory {name}"
        )),
        Ok(_) if !folder.join("HEAD").exists() && !folder.join(".git").exists() => {
            Failure::config(format!("{name} is no git repository"))
                .hint("--remote takes a repository's address or its folder")
        }
        Ok(_) => said("fetch", done),
        Err(error) => Failure::config(format!("{name} cannot be read")).because(error),
    }
}

fn vanished(remote: &Remote, target: &Target, tip: Option<&Target>) -> Failure {
    let what = format!("commit {} is not in {}", short(&target.sha), remote.address());
    match (&target.git_ref, tip) {
        (None, _) => {
            Failure::config(what).hint("--ref takes a full commit of this repository, a branch or a tag")
        }
        (Some(_), None) => Failure::config(format!("{what} any more, and {} is gone as well", target.name()))
            .hint("it was deleted after this run was started; there is nothing to run on"),
        (Some(_), Some(tip)) => Failure::config(format!(
            "{what} any more: {} is at {} now, so it was force-pushed",
            target.name(),
            short(&tip.sha)
        ))
        .hint("run the workflow on the new commit instead of running this one again"),
    }
}

fn version(words: &str) -> Option<(u32, u32)> {
    let mut numbers = words.trim().strip_prefix("git version ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("git version 2.39.5\n"), Some((2, 39)));
        assert_eq!(version("git version 2.50.1 (Apple Git-155)"), Some((2, 50)));
        assert_eq!(version("something else"), None);
        assert!((2, 30) < OLDEST_GIT && (3, 0) > OLDEST_GIT);
    }
}
