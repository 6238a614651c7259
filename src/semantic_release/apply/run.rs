//! The way through all of it: one effect after the other, each looked for before it is made.

use std::collections::BTreeSet;

use super::copy::{Copy, with_room};
use super::job::{self, Job, Package, Step};
use super::packages::{self, Prepared};
use super::push::{Pushed, Seen, Server, Standing};
use super::{Access, comments, effects, release};
use crate::kit::context::Context;
use crate::kit::failpoint;
use crate::kit::outcome::{Failure, Result};
use crate::kit::report::Report;
use crate::semantic_release::plan::Effect;

/// What became of one effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// It was made now.
    Made,
    /// It was there.
    There,
    /// It could not apply, and that is fine; the log says why.
    LeftOut,
}

/// How a job ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// This run made the release.
    Released,
    /// The release was pushed before; this run made what was missing of it.
    Completed,
    /// The release was pushed before, and nothing was missing.
    Whole,
    /// Another run released something else under this version.
    Taken {
        /// The tag.
        tag: String,
        /// The commit it is on.
        commit: String,
    },
    /// The branch is not at the commit that was to be released any more.
    Moved {
        /// Where it is; none when it is gone.
        to: Option<String>,
    },
    /// The remote's branch does not hold the commit that was to be released yet.
    Unpushed,
    /// There is no release of ours to complete.
    NotOurs,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// How it ended.
    pub ended: Ended,
    /// Whether another run was faster while this one was on its way.
    pub race: bool,
    /// The commit that the tags are on.
    pub commit: String,
    /// Each effect that was come to, and what became of it.
    pub done: Vec<(Effect, Did)>,
}

impl Applied {
    /// Why nothing was released, as the stable word of the document; none where something was.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match &self.ended {
            Ended::Taken { .. } => Some("race-lost"),
            Ended::Whole if self.race => Some("race-lost"),
            Ended::Whole | Ended::NotOurs => Some("nothing-missing"),
            Ended::Moved { .. } => Some("behind-remote"),
            Ended::Unpushed => Some("not-pushed"),
            Ended::Released | Ended::Completed => None,
        }
    }
}

/// Does the job. Repeating it, after a kill at any point or from several runs at once, ends in the same state as one run.
///
/// # Errors
/// Configuration, when the remote, the forge or a registry does not let us, or a version is published with other content;
/// environment, when one of them, git, npm, the network or a disk failed.
pub async fn apply(job: &Job, context: &Context, report: &Report) -> Result<Applied> {
    let access = Access::of(context, &job.remote)?;
    let run = Run::start(job, context, &access, report).await?;
    if job.forge.is_none() && job.packages.iter().any(|package| package.release.is_some()) {
        report.say("note: no forge is used, so no release, assets, comments or labels are made");
    }
    run.all().await
}

/// Completes a release of ours that is pushed: makes what is missing of it, and says so. The job is the one that made it.
/// Tags of somebody else, or no tags, are left alone ([`Ended::NotOurs`]).
///
/// # Errors
/// Those of [`apply`].
pub async fn complete(job: &Job, context: &Context, report: &Report) -> Result<Applied> {
    let access = Access::of(context, &job.remote)?;
    let mut run = Run::start(job, context, &access, report).await?;
    run.trust = true;
    let ours = run.server.are_ours(&run.seen, &run.copy).await?;
    if !ours {
        return Ok(run.end(Ended::NotOurs));
    }
    run.all().await
}

/// A job on its way.
struct Run<'a> {
    job: &'a Job,
    context: &'a Context,
    report: &'a Report,
    copy: Copy,
    server: Server<'a>,
    seen: Seen,
    commit: String,
    trust: bool,
    standing: Option<Standing>,
    race: bool,
    prepared: Prepared,
    done: Vec<(Effect, Did)>,
}

impl<'a> Run<'a> {
    async fn start(
        job: &'a Job,
        context: &'a Context,
        access: &'a Access,
        report: &'a Report,
    ) -> Result<Self> {
        check(job)?;
        release::check_assets(job)?;
        let copy = Copy::of(job, &context.env).await?;
        let server = Server::new(job, &copy, context, access, report)?;
        let seen = server.look().await?;
        Ok(Self {
            job,
            context,
            report,
            copy,
            server,
            seen,
            commit: job.head.clone(),
            trust: false,
            standing: None,
            race: false,
            prepared: Prepared::new(),
            done: Vec::new(),
        })
    }

    fn end(self, ended: Ended) -> Applied {
        Applied {
            ended,
            race: self.race,
            commit: self.commit,
            done: self.done,
        }
    }

    async fn all(mut self) -> Result<Applied> {
        match self.go().await {
            Ok(ended) => Ok(self.end(ended)),
            Err(failure) => Err(with_room(self.copy.folder(), failure)),
        }
    }

    async fn go(&mut self) -> Result<Ended> {
        for effect in effects(self.job) {
            if !matches!(effect, Effect::Edit { .. } | Effect::Commit { .. })
                && self.standing.is_none()
                && let Some(ended) = self.judge().await?
            {
                return Ok(ended);
            }
            let name = job::name(&effect);
            failpoint::here(&self.context.env, "before", &name);
            match self.step(&effect).await? {
                Ok(did) => self.done.push((effect, did)),
                Err(ended) => return Ok(ended),
            }
            failpoint::here(&self.context.env, "after", &name);
        }
        let after_push = |effect: &Effect| {
            matches!(
                effect,
                Effect::Publish { .. }
                    | Effect::DistTag { .. }
                    | Effect::Release { .. }
                    | Effect::Comment { .. }
            )
        };
        let missing = self
            .done
            .iter()
            .any(|(effect, did)| after_push(effect) && *did == Did::Made);
        Ok(match self.standing {
            Some(Standing::Pushed) if missing => Ended::Completed,
            Some(Standing::Pushed) => Ended::Whole,
            _ => Ended::Released,
        })
    }

    /// Looks where we stand, and prepares all that can fail before the push.
    async fn judge(&mut self) -> Result<Option<Ended>> {
        let standing = self.server.judge(&self.seen, &self.copy, &self.commit).await?;
        if let Some(ended) = self.lost(&standing).await? {
            return Ok(Some(ended));
        }
        if standing == Standing::Pushed && !self.trust {
            self.report
                .say("the tags are there already: looking whether the release is whole");
        }
        self.stand(standing);
        self.prepared = packages::prepare(self.job, &self.copy, &self.context.env, self.trust).await?;
        Ok(None)
    }

    /// Takes a standing in which there is something to do. A signed release commit of another run differs from ours.
    fn stand(&mut self, standing: Standing) {
        let tag = self
            .job
            .packages
            .iter()
            .find(|package| package.step == Step::Release);
        if let (Standing::Pushed, Some(on)) = (&standing, tag.and_then(|package| self.seen.tag(&package.tag)))
        {
            self.commit = on.to_owned();
        }
        self.standing = Some(standing);
    }

    /// Whether a standing means that there is nothing to do for us; says why.
    async fn lost(&self, standing: &Standing) -> Result<Option<Ended>> {
        Ok(match standing {
            Standing::Open | Standing::Pushed => None,
            Standing::Taken { tag, commit } => {
                self.report.say(format_args!(
                    "race lost: another run has made {tag} meanwhile, on commit {commit}; nothing is released here"
                ));
                Some(Ended::Taken {
                    tag: tag.clone(),
                    commit: commit.clone(),
                })
            }
            Standing::Moved { to } => {
                let (branch, head) = (&self.job.branch, &self.job.head);
                match to {
                    // Whoever decided has said so.
                    Some(to) if self.copy.is_ancestor(to, head).await? => return Ok(Some(Ended::Unpushed)),
                    Some(to) => self.report.say(format_args!(
                        "the branch {branch} is at {to} by now, not at {head}; nothing is released here, the run for the newer commit does it"
                    )),
                    None => self.report.say(format_args!(
                        "the branch {branch} is not at the remote; nothing is released here"
                    )),
                }
                Some(Ended::Moved { to: to.clone() })
            }
        })
    }

    /// Does one effect. The inner error is the end of a run that lost.
    async fn step(&mut self, effect: &Effect) -> Result<Result<Did, Ended>> {
        let pushed = self.standing == Some(Standing::Pushed);
        let env = &self.context.env;
        let job = self.job;
        Ok(Ok(match effect {
            Effect::Edit { path } => {
                for edit in job.edits.iter().filter(|edit| edit.path == *path) {
                    self.copy.edit(edit).await?;
                }
                Did::Made
            }
            Effect::Commit { message } => {
                self.commit = self.copy.commit(message).await?;
                Did::Made
            }
            Effect::Tag { .. } | Effect::Channel { .. } | Effect::Push { .. } if pushed => Did::There,
            Effect::Tag { name, .. } => {
                self.copy.tag(name, &self.commit).await?;
                Did::Made
            }
            Effect::Channel { tag, .. } => {
                for package in self.tagged(tag) {
                    self.server
                        .note(&self.seen, &self.copy, package, &self.commit)
                        .await?;
                }
                Did::Made
            }
            Effect::Push { refs } => {
                match self.server.push(&self.copy, &self.commit, &mut self.seen).await? {
                    Pushed::Now => {
                        self.report.say(format_args!("pushed {}", refs.join(", ")));
                        Did::Made
                    }
                    Pushed::Already => Did::There,
                    Pushed::Lost(standing) => {
                        self.race = true;
                        if let Some(ended) = self.lost(&standing).await? {
                            return Ok(Err(ended));
                        }
                        self.report
                            .say("race lost: another run has pushed this very release meanwhile; looking whether it is whole");
                        self.stand(standing);
                        Did::There
                    }
                }
            }
            Effect::Publish {
                name,
                version,
                registry,
                dist_tag,
                ..
            } => {
                let mut did = Did::There;
                for (index, publish) in self.publishing(name) {
                    did = packages::publish(publish, self.prepared.get(&index), env).await?;
                }
                self.say(did, format_args!("{name} {version} in {registry} as {dist_tag}"));
                did
            }
            Effect::DistTag {
                name,
                version,
                registry,
                dist_tag,
            } => {
                let mut did = Did::There;
                for (index, publish) in self.publishing(name) {
                    did = packages::add_channel(&job.packages[index], publish).await?;
                }
                self.say(did, format_args!("{name} {version} as {dist_tag} in {registry}"));
                did
            }
            Effect::Release { tag, .. } => {
                let mut did = Did::There;
                for wanted in self.tagged(tag).filter_map(|package| package.release.as_ref()) {
                    if let Some(forge) = &job.forge {
                        did = release::release(forge, tag, wanted, env, self.trust).await?;
                    }
                }
                self.say(did, format_args!("release {tag}"));
                did
            }
            Effect::Comment { number } => {
                let mut did = Did::There;
                let marker = comments::marker(job);
                for wanted in job.comments.iter().filter(|comment| comment.number == *number) {
                    if let Some(forge) = &job.forge {
                        did = comments::comment(forge, &marker, wanted, self.report).await?;
                    }
                }
                did
            }
        }))
    }

    fn say(&self, did: Did, what: std::fmt::Arguments<'_>) {
        match did {
            Did::Made => self.report.say(format_args!("made: {what}")),
            // Each run looks whether the release before is whole, and nearly always it is: that is no news.
            Did::There if self.trust => {}
            Did::There => self.report.say(format_args!("there already: {what}")),
            Did::LeftOut => {}
        }
    }

    fn tagged<'b>(&self, tag: &'b str) -> impl Iterator<Item = &'a Package> + use<'a, 'b> {
        self.job.packages.iter().filter(move |package| package.tag == tag)
    }

    fn publishing<'b>(&self, name: &'b str) -> impl Iterator<Item = (usize, &'a job::Publish)> + use<'a, 'b> {
        self.job
            .packages
            .iter()
            .enumerate()
            .filter_map(|(index, package)| Some((index, package.publish.as_ref()?)))
            .filter(move |(_, publish)| publish.name == name)
    }
}

/// Refuses a job that contradicts itself.
fn check(job: &Job) -> Result<()> {
    let twice = |what: &str, name: &str| {
        Err(Failure::config(format!(
            "{what} {name} is there twice in one release"
        )))
    };
    let (mut paths, mut tags, mut names) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for edit in &job.edits {
        if !paths.insert(&edit.path) {
            return twice("the file", &edit.path);
        }
    }
    for package in &job.packages {
        if !tags.insert(&package.tag) {
            return twice("the tag", &package.tag);
        }
        let Some(publish) = &package.publish else { continue };
        if !names.insert(&publish.name) {
            return twice("the published package", &publish.name);
        }
    }
    Ok(())
}
