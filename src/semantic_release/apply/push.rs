//! What the remote has, the one atomic push, and why one failed. Git's English is shown, but never decided by.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;

use super::copy::{Copy, is_full};
use super::job::{Job, Package, Step, note_ref};
use super::{Access, Folders, Network, Way};
use crate::kit::context::Context;
use crate::kit::git::Git;
use crate::kit::http;
use crate::kit::outcome::{Failure, Kind, Result};
use crate::kit::process::Done;
use crate::kit::report::Report;

/// How long to wait before a push that failed, and changed nothing, is tried again: another run may hold the refs' locks.
const PAUSES: [Duration; 2] = [Duration::from_millis(400), Duration::from_secs(2)];

/// The refs that matter to a job, as the remote has them: names and objects; annotated tags also by the commit (`…^{}`).
#[derive(Debug, Default)]
pub struct Seen(BTreeMap<String, String>);

/// Where a job stands, by what the remote has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// None of it is there.
    Open,
    /// Its tags are there, on the commits they belong to.
    Pushed,
    /// A tag is there on another commit: another run released something else under this version.
    Taken {
        /// The tag.
        tag: String,
        /// The commit it is on.
        commit: String,
    },
    /// The branch is not at the commit that is released any more.
    Moved {
        /// Where it is; none when it is gone.
        to: Option<String>,
    },
}

/// How a push ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The remote has it now.
    Now,
    /// The remote had all of it.
    Already,
    /// Another run or another push was faster.
    Lost(Standing),
}

impl Seen {
    /// The commit that a tag is on.
    #[must_use]
    pub fn tag(&self, tag: &str) -> Option<&str> {
        self.get(&format!("refs/tags/{tag}^{{}}"))
            .or_else(|| self.get(&format!("refs/tags/{tag}")))
    }

    /// The object a ref names.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The remote, and the way to it.
#[derive(Debug)]
pub struct Server<'a> {
    job: &'a Job,
    context: &'a Context,
    access: &'a Access,
    network: Network<'a>,
    report: &'a Report,
}

impl<'a> Server<'a> {
    /// The way from the private copy to the job's remote.
    ///
    /// # Errors
    /// Environment, when there is no git.
    pub fn new(
        job: &'a Job,
        copy: &Copy,
        context: &'a Context,
        access: &'a Access,
        report: &'a Report,
    ) -> Result<Self> {
        let git = Git::new(&context.env, copy.git_dir())?.here_only();
        Ok(Self {
            job,
            context,
            access,
            network: Network::new(git, access, report, false, job.limit),
            report,
        })
    }

    async fn call(&self, arguments: &[&str]) -> Result<Done> {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        self.network.call(&arguments, Folders::Allowed).await
    }

    /// Asks the remote for the refs that matter.
    ///
    /// # Errors
    /// Configuration, when it may not be read; environment, when it cannot be reached.
    pub async fn look(&self) -> Result<Seen> {
        let mut names = vec![self.job.branch_ref()];
        for package in &self.job.packages {
            names.push(format!("refs/tags/{}", package.tag));
            names.push(format!("refs/tags/{}^{{}}", package.tag));
            names.push(note_ref(&package.tag));
        }
        let mut call = vec!["ls-remote", "--quiet", "--", self.job.remote.address()];
        call.extend(names.iter().map(String::as_str));
        let done = self.patiently(&call).await?;
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let refs = text.lines().filter_map(|line| line.split_once('\t'));
        // The patterns match ends of names, so others may come along.
        let refs = refs.filter(|(_, name)| names.iter().any(|wanted| wanted == name));
        Ok(Seen(
            refs.map(|(object, name)| (name.to_owned(), object.to_owned()))
                .collect(),
        ))
    }

    /// A call that only reads, again when the network failed.
    async fn patiently(&self, arguments: &[&str]) -> Result<Done> {
        let mut pauses = PAUSES.iter();
        loop {
            let done = self.call(arguments).await?;
            if done.end.good() {
                return Ok(done);
            }
            let failure = self.network.why(&self.job.remote, &done).await;
            match pauses.next() {
                Some(pause) if failure.kind() == Kind::Environment => tokio::time::sleep(*pause).await,
                Some(_) | None => return Err(failure),
            }
        }
    }

    /// Where the job stands. `commit` is the commit that its tags belong on.
    ///
    /// # Errors
    /// Those of [`Server::look`].
    pub async fn judge(&self, seen: &Seen, copy: &Copy, commit: &str) -> Result<Standing> {
        let mut open = 0;
        let mut there = 0;
        for package in self
            .job
            .packages
            .iter()
            .filter(|package| package.step == Step::Release)
        {
            match seen.tag(&package.tag) {
                None => open += 1,
                Some(on) if on == commit || self.is_same(seen, copy, &package.tag, commit, on).await? => {
                    there += 1
                }
                Some(on) => {
                    return Ok(Standing::Taken {
                        tag: package.tag.clone(),
                        commit: on.to_owned(),
                    });
                }
            }
        }
        if open == 0 && there > 0 {
            return Ok(Standing::Pushed);
        }
        match seen.get(&self.job.branch_ref()) {
            Some(at) if at == self.job.head || at == commit => Ok(Standing::Open),
            at => Ok(Standing::Moved {
                to: at.map(str::to_owned),
            }),
        }
    }

    /// Whether a tag is on the release commit of another run of this job, which differs by its signature alone.
    async fn is_same(&self, seen: &Seen, copy: &Copy, tag: &str, commit: &str, on: &str) -> Result<bool> {
        if self.job.key.is_none() || self.job.commit.is_none() {
            return Ok(false);
        }
        self.fetch_tag(seen, tag).await?;
        copy.is_same_release(commit, on).await
    }

    /// Brings a tag of the remote into the private copy.
    ///
    /// # Errors
    /// Those of [`Server::look`].
    pub async fn fetch_tag(&self, seen: &Seen, tag: &str) -> Result<()> {
        let name = format!("refs/tags/{tag}");
        match seen.get(&name) {
            Some(_) => self.fetch(&name).await,
            None => Ok(()),
        }
    }

    /// Whether all tags of the job are there, and say that we made them.
    ///
    /// # Errors
    /// Those of [`Server::look`].
    pub async fn are_ours(&self, seen: &Seen, copy: &Copy) -> Result<bool> {
        let made = self
            .job
            .packages
            .iter()
            .filter(|package| package.step == Step::Release);
        let tags: Vec<&str> = made.map(|package| package.tag.as_str()).collect();
        let objects: Option<Vec<&str>> = tags
            .iter()
            .map(|tag| seen.get(&format!("refs/tags/{tag}")))
            .collect();
        let Some(objects) = objects.filter(|objects| !objects.is_empty()) else {
            return Ok(false);
        };
        // Most clones have their tags, so nothing is fetched.
        if copy.missing(&objects).await? {
            for tag in &tags {
                self.fetch_tag(seen, tag).await?;
            }
        }
        copy.are_ours(&objects).await
    }

    async fn fetch(&self, name: &str) -> Result<()> {
        let refspec = format!("+{name}:{name}");
        let remote = self.job.remote.address();
        self.patiently(&[
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--",
            remote,
            &refspec,
        ])
        .await
        .map(drop)
    }

    /// Notes the channels of a tag, on top of what the remote has noted.
    ///
    /// # Errors
    /// Those of [`Server::look`].
    pub async fn note(&self, seen: &Seen, copy: &Copy, package: &Package, commit: &str) -> Result<()> {
        let name = note_ref(&package.tag);
        if seen.get(&name).is_some() {
            self.fetch(&name).await?;
        }
        let on = match &package.step {
            Step::Release => commit,
            Step::AddChannel { commit } => commit,
        };
        copy.note(&package.tag, on, &package.channels).await
    }

    /// Pushes branch, tags and notes at once, or nothing of it. What is there already is left out.
    ///
    /// # Errors
    /// Configuration, when the remote does not let us; environment, when it, the network or a disk failed.
    pub async fn push(&self, copy: &Copy, commit: &str, seen: &mut Seen) -> Result<Pushed> {
        let mut pauses = PAUSES.iter();
        loop {
            let refspecs = self.refspecs(copy, commit, seen).await?;
            if refspecs.is_empty() {
                return Ok(Pushed::Already);
            }
            let branch = self.job.branch_ref();
            let at = seen.get(&branch).unwrap_or(&self.job.head);
            // The branch goes along also where it stays where it is, so that the lease is asked for.
            let branch_refspec = format!("{}:{branch}", if self.job.commit.is_some() { commit } else { at });
            let lease = format!("--force-with-lease={branch}:{at}");
            let remote = self.job.remote.address();
            let mut call = vec![
                "push",
                "--atomic",
                "--porcelain",
                "--no-verify",
                "--no-signed",
                &lease,
                "--",
                remote,
            ];
            call.push(&branch_refspec);
            call.extend(refspecs.iter().map(String::as_str));
            let done = self.call(&call).await?;
            if done.end.good() && moved(&done) {
                return Ok(Pushed::Now);
            }
            // Never by git's words: what counts is what the remote has now.
            *seen = self.look().await?;
            match self.judge(seen, copy, commit).await? {
                Standing::Open if done.end.good() => return Ok(Pushed::Already),
                Standing::Open => {}
                standing @ (Standing::Pushed | Standing::Taken { .. } | Standing::Moved { .. }) => {
                    return Ok(Pushed::Lost(standing));
                }
            }
            match pauses.next() {
                Some(pause) => {
                    // Why is told once, when it failed for good.
                    self.report.say("the push changed nothing; trying again");
                    tokio::time::sleep(*pause).await;
                }
                None => return Err(self.why(&done).await),
            }
            for package in &self.job.packages {
                self.note(seen, copy, package, commit).await?;
            }
        }
    }

    /// What has to move: tags that the remote does not have, notes that differ.
    async fn refspecs(&self, copy: &Copy, commit: &str, seen: &Seen) -> Result<Vec<String>> {
        let mut refspecs = Vec::new();
        let branch = self.job.branch_ref();
        for package in &self.job.packages {
            let tag = format!("refs/tags/{}", package.tag);
            if package.step == Step::Release && seen.get(&tag).is_none() {
                refspecs.push(format!("{tag}:{tag}"));
            }
            let note = note_ref(&package.tag);
            let ours = copy
                .git()
                .cmd(["--git-dir=git", "rev-parse", "--verify", "--quiet", &note])
                .output()
                .await?;
            if seen.get(&note) != Some(String::from_utf8_lossy(&ours).trim()) {
                refspecs.push(format!("{note}:{note}"));
            }
        }
        if refspecs.is_empty()
            && self.job.commit.is_some()
            && seen.get(&branch) == Some(self.job.head.as_str())
        {
            refspecs.push(format!("{commit}:{branch}"));
        }
        Ok(refspecs)
    }

    /// Why a push failed that changed nothing.
    async fn why(&self, done: &Done) -> Failure {
        let words = done.last_words();
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let declined: Vec<&str> = text.lines().filter(|line| line.starts_with('!')).collect();
        // `unpack` failed: the one answer about a ref that is about the server and not about the ref (gitprotocol-pack).
        let unpacker = declined.iter().any(|line| line.contains("unpacker error"));
        let remote = &self.job.remote;
        let right = match (remote.way(), remote.folder()) {
            (Way::Http, _) => self.may_push().await,
            (_, Some(folder)) => writable(folder),
            (_, None) => Ok(()),
        };
        if let Err(failure) = right {
            return failure;
        }
        if declined.is_empty() || unpacker {
            return Failure::environment(format!("git push {}:\n  {words}", done.end))
                .hint("nothing was changed; a retry may help");
        }
        Failure::config(format!(
            "{} declines the push of {}; nothing was changed:\n  {words}",
            remote.address(),
            self.job.branch
        ))
        .hint(if self.job.commit.is_some() {
            "a protected branch: let the token's user push to it (branch protection, push whitelist), or turn `commit` off; protected tags the same"
        } else {
            "protected tags or a hook: let the token's user push tags (tag protection)"
        })
    }

    /// Asks an http server whether we may push.
    async fn may_push(&self) -> Result<()> {
        let remote = &self.job.remote;
        let address = remote.address();
        let mut request = http::client(self.access.ca_file.as_deref())?
            .get(format!("{address}/info/refs?service=git-receive-pack"));
        if let Some(value) = self.access.authorization(remote) {
            request = request.header(reqwest::header::AUTHORIZATION, value);
        }
        let answer = request.send().await.map_err(|error| {
            Failure::environment(format!("{address} {}", http::no_answer(&error))).hint("a retry may help")
        })?;
        match answer.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                Err(self.no_right(answer.status()))
            }
            // A public repository lets anybody ask, and declines later.
            status if status.is_success() => match &self.job.forge {
                Some(forge) if !forge.may_push().await? => Err(self.no_right(answer.status())),
                Some(_) | None => Ok(()),
            },
            status => Err(Failure::environment(format!("{address} answers {status}"))
                .hint("the forge is not well; try again later")),
        }
    }

    fn no_right(&self, status: StatusCode) -> Failure {
        let remote = &self.job.remote;
        let who = match (&self.context.token, self.access.authorization(remote)) {
            (Some(_), Some(_)) => "the token may not write to it",
            (Some(_), None) => "the token is for another server",
            (None, _) => "no token was given",
        };
        Failure::config(format!(
            "{} does not let us push ({status}): {who}",
            remote.address()
        ))
        .hint("hand over a token with the right to write to the repository as FOUNDATION_TOKEN")
    }
}

/// Whether a push moved a ref, by the flags of `--porcelain`. Two runs of one job make the same objects, so a push can succeed
/// since another run's has just done all of it.
fn moved(done: &Done) -> bool {
    let mut flags = done
        .stdout
        .split(|&byte| byte == b'\n')
        .filter_map(|line| line.split_first());
    flags.any(|(flag, rest)| matches!(flag, b'*' | b'+' | b' ') && rest.starts_with(b"\t"))
}

/// Whether a folder can take a push.
fn writable(folder: &Path) -> Result<()> {
    let git = folder.join(".git");
    let objects = if git.is_dir() { git } else { folder.to_owned() }.join("objects");
    let name = folder.display();
    if rustix::fs::access(&objects, rustix::fs::Access::WRITE_OK).is_err() {
        return Err(Failure::config(format!("{name} may not be written to"))
            .hint("run as a user who may, or name another --remote"));
    }
    if is_full(&objects) {
        return Err(
            Failure::environment(format!("the disk of {name} is full")).hint("make room and run this again")
        );
    }
    Ok(())
}
