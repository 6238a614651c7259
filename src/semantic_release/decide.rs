//! The decision: what a branch releases next, for one package or for all of a monorepo in one walk of history.
//!
//! It reads the repository and what the remote said, and changes nothing.

pub mod again;
mod imagine;

use std::collections::HashMap;
use std::rc::Rc;

use semver::Version;

use crate::checkout::network::Network;
use crate::kit::git::Repo;
use crate::kit::git::graph::{Graph, Id};
use crate::kit::git::remote::Remote as Address;
use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::analyze::{self, Analysis, ReleaseType, has_skip_mark, is_start};
use crate::semantic_release::branches::format::TagFormat;
use crate::semantic_release::branches::range::{Bounds, Branches};
use crate::semantic_release::branches::tags::{Tagged, Tags};
use crate::semantic_release::branches::version::{
    has_identifier, in_range, raise, raise_prerelease, weigh, with_prerelease,
};
use crate::semantic_release::branches::{self, Branch, FIRST, Kind, Refusal, Setting};
use crate::semantic_release::commit::Commit;
use crate::semantic_release::config::Config;
use crate::semantic_release::history::commits::Commits;
use crate::semantic_release::history::folders::Folders;
use crate::semantic_release::history::remote::Remote;
use crate::semantic_release::history::{self, Tag};
use crate::semantic_release::plan::Verdict;

/// Judges the commits of a range, newest first.
pub type Analyze<'a> = dyn Fn(&[Commit]) -> Analysis + 'a;

/// What is asked about one package.
pub struct Ask<'a> {
    /// The configured branches.
    pub branches: &'a [Setting],
    /// How its tags are written, such as `v${version}`.
    pub format: &'a TagFormat,
    /// Judges its commits.
    pub analyze: &'a Analyze<'a>,
    /// Which of the [`Folders`] is its own; none takes every commit.
    pub folder: Option<usize>,
}

/// A release that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// The version, as the tag gives it.
    pub version: String,
    /// The tag.
    pub tag: String,
    /// The commit it stands on.
    pub hash: String,
}

/// The release that is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The version.
    pub version: Version,
    /// What the commits ask for.
    pub kind: ReleaseType,
    /// Its tag.
    pub tag: String,
    /// The channel; none is the default one.
    pub channel: Option<String>,
}

/// A release of a higher branch that was merged, and is put on this branch's channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Addition {
    /// The release.
    pub release: Last,
    /// The release before it on this branch.
    pub before: Option<Last>,
    /// The channel it comes to; none is the default one.
    pub channel: Option<String>,
    /// All its channels from then on.
    pub channels: Vec<Option<String>>,
    /// Its commits, for its notes, newest first.
    pub commits: Vec<Commit>,
}

/// What was decided for one package.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// How it ends.
    pub verdict: Verdict,
    /// Why nothing is released: `branch-not-configured`, `behind-remote`, `no-relevant-changes`.
    pub nothing: Option<&'static str>,
    /// Why it is refused.
    pub refusals: Vec<Refusal>,
    /// The branch, where it is a configured one.
    pub branch: Option<Branch>,
    /// What it may release, for people, such as `>=1.0.0 <1.1.0`; none where any version is good.
    pub range: Option<String>,
    /// The commit that is released.
    pub head: String,
    /// The last release.
    pub last: Option<Last>,
    /// The commits since then, newest first.
    pub commits: Vec<Commit>,
    /// What they ask for.
    pub analysis: Analysis,
    /// The next release.
    pub next: Option<Next>,
    /// A merged release that is put on this branch's channel.
    pub addition: Option<Addition>,
}

/// The repository as it is while decisions are made. What was read for one package is there for the next.
pub struct World<'r> {
    graph: Graph<'r>,
    remote: &'r Remote,
    tags: Vec<Tag>,
    head: Id,
    branch: String,
    commits: Commits,
    ranges: HashMap<(Option<Id>, Id), Rc<Vec<Id>>>,
    folders: Folders,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("branch", &self.branch)
            .finish_non_exhaustive()
    }
}

/// What the remote holds, after fetching what a decision for this branch needs and is not here. Without a remote the repository
/// is its own.
///
/// # Errors
/// Configuration, when the remote may not be read, or a branch's glob is none that can be taken; environment, when the remote
/// cannot be reached.
pub async fn prepare(
    repo: &Repo,
    remote: Option<(&Network<'_>, &Address)>,
    settings: &[Setting],
    branch: &str,
) -> Result<Remote> {
    let Some((network, address)) = remote else {
        return Remote::of_itself(repo);
    };
    let remote = Remote::ask(network, address).await?;
    let names: Vec<&str> = remote.heads.keys().map(String::as_str).collect();
    let (all, refusals) = branches::expand(settings, &names)?;
    let Some(own) = all
        .iter()
        .find(|other| other.name == branch)
        .filter(|_| refusals.is_empty())
    else {
        return Ok(remote);
    };
    // What bounds a branch are the others that release; its own head is the commit that is here.
    let others = all
        .iter()
        .filter(|other| other.name != branch && other.kind != Kind::Prerelease);
    let needed: Vec<&str> = others.map(|other| other.name.as_str()).collect();
    let channels = !needed.is_empty() || own.kind == Kind::Prerelease;
    remote
        .complete(network, address, repo, branch, &needed, channels)
        .await?;
    Ok(remote)
}

/// Decides for a repository that is one package.
///
/// # Errors
/// Those of [`prepare`]; configuration, when the repository has no commit; environment, when it cannot be read.
pub async fn single(
    repo: &Repo,
    remote: Option<(&Network<'_>, &Address)>,
    config: &Config,
    branch: &str,
) -> Result<Decision> {
    let analyzer = config.analyzer.analyzer()?;
    let analyze = |commits: &[Commit]| analyze::analyze(commits, &analyzer);
    let format = match &config.tag_format {
        Some(format) => format.clone(),
        None => TagFormat::default(),
    };
    let refs = prepare(repo, remote, &config.branches, branch).await?;
    let mut world = World::read(repo, &refs, branch, Folders::default())?;
    world.decide(&Ask {
        branches: &config.branches,
        format: &format,
        analyze: &analyze,
        folder: None,
    })
}

impl<'r> World<'r> {
    /// The world at `HEAD`, as the head of a branch. `folders` are those of a monorepo's packages, or empty.
    ///
    /// # Errors
    /// Configuration, when the repository has no commit; environment, when it cannot be read.
    pub fn read(repo: &'r Repo, remote: &'r Remote, branch: &str, folders: Folders) -> Result<Self> {
        let head = repo.head()?.commit.ok_or_else(|| {
            Failure::config(format!("{} holds no commit yet", repo.root().display()))
                .hint("commit and push something first; \"init\" releases 1.0.0")
        })?;
        let mut graph = Graph::new(repo)?;
        Ok(Self {
            head: graph.id(head),
            tags: history::tags(repo, remote)?,
            graph,
            remote,
            branch: branch.to_owned(),
            commits: Commits::default(),
            ranges: HashMap::new(),
            folders,
        })
    }

    /// How many commits were read so far.
    #[must_use]
    pub fn read_commits(&self) -> usize {
        self.graph.read()
    }

    /// Decides for one package.
    ///
    /// # Errors
    /// Configuration, when a branch's glob is none that can be taken; environment, when history is damaged.
    pub fn decide(&mut self, ask: &Ask<'_>) -> Result<Decision> {
        let mut decision = Decision {
            verdict: Verdict::Nothing,
            nothing: None,
            refusals: Vec::new(),
            branch: None,
            range: None,
            head: self.graph.oid(self.head).to_string(),
            last: None,
            commits: Vec::new(),
            analysis: Analysis::default(),
            next: None,
            addition: None,
        };
        self.fill(ask, &mut decision)?;
        decision.verdict = if !decision.refusals.is_empty() {
            decision.next = None;
            Verdict::Refused
        } else if decision.next.is_some() || decision.addition.is_some() {
            Verdict::Release
        } else {
            Verdict::Nothing
        };
        Ok(decision)
    }

    fn fill(&mut self, ask: &Ask<'_>, decision: &mut Decision) -> Result<()> {
        let names: Vec<&str> = self.remote.heads.keys().map(String::as_str).collect();
        let (all, refusals) = branches::expand(ask.branches, &names)?;
        decision.refusals = refusals;
        let mut heads = Vec::new();
        for branch in &all {
            let own = branch.name == self.branch;
            let there = self.remote.heads.get(&branch.name).filter(|_| !own);
            heads.push(there.map_or(self.head, |head| self.graph.id(*head)));
        }
        let tags = Tags::of(&self.tags, ask.format);
        let branches = Branches {
            all: &all,
            heads: &heads,
            tags: &tags,
        };
        if decision.refusals.is_empty() {
            decision.refusals.extend(branches.overlap(&mut self.graph)?);
        }
        if !decision.refusals.is_empty() {
            return Ok(());
        }
        let Some(at) = all.iter().position(|branch| branch.name == self.branch) else {
            decision.nothing = Some("branch-not-configured");
            return Ok(());
        };
        let branch = &all[at];
        decision.branch = Some(branch.clone());
        if !self.is_up_to_date()? {
            decision.nothing = Some("behind-remote");
            return Ok(());
        }
        let bounds = branches.bounds(&mut self.graph, at)?;
        decision.range = bounds.range.as_ref().map(ToString::to_string);
        let last = self.last(&tags, branch, None)?;
        match self.addition(&tags, &all, at, &bounds, last.as_ref(), ask)? {
            Some(Ok(addition)) => decision.addition = Some(addition),
            Some(Err(refusal)) => {
                decision.refusals.push(refusal);
                return Ok(());
            }
            None => {}
        }
        let ids = self.range(last.as_ref(), self.head, ask.folder)?;
        decision.commits = self.commits(&ids)?;
        decision.last = last.as_ref().map(|last| self.release(last));
        decision.analysis = (ask.analyze)(&decision.commits);
        let start = last.is_none()
            && decision.analysis.kind.is_none()
            && self.starts(&mut decision.analysis, &decision.commits, ask)?;
        let kind = decision.analysis.kind.or(start.then_some(ReleaseType::Patch));
        let Some(kind) = kind else {
            decision.nothing = Some("no-relevant-changes");
            return Ok(());
        };
        match self.next(&tags, branch, &bounds, last.as_ref(), kind, ask)? {
            Ok(next) => decision.next = Some(next),
            Err(refusal) => decision.refusals.push(refusal),
        }
        Ok(())
    }

    /// Whether the remote's branch holds nothing that this commit does not.
    fn is_up_to_date(&mut self) -> Result<bool> {
        match self.remote.heads.get(&self.branch) {
            Some(&there) => match self.graph.peeled(there) {
                Some(there) => self.graph.reaches(self.head, there),
                None => Ok(false),
            },
            None => Ok(false),
        }
    }

    fn channels(&mut self, tagged: &Tagged) -> Option<Vec<Option<String>>> {
        let commit = tagged.commit(&mut self.graph)?;
        history::channels(self.graph.repo(), &tagged.tag, self.graph.oid(commit))
    }

    /// The highest release of a branch, or its highest one below another.
    fn last(&mut self, tags: &Tags, branch: &Branch, before: Option<&Version>) -> Result<Option<Tagged>> {
        for tagged in tags.iter() {
            let version = &tagged.version.version;
            if before.is_some_and(|before| weigh(version, before).is_ge()) {
                continue;
            }
            let counts = if version.pre.is_empty() {
                true
            } else {
                // Node wants the note to be there. Without one it would give the same version once more.
                branch.kind == Kind::Prerelease
                    && branch
                        .prerelease
                        .as_deref()
                        .is_some_and(|word| has_identifier(version, word))
                    && self
                        .channels(tagged)
                        .is_none_or(|channels| channels.contains(&branch.channel))
            };
            if counts && tagged.is_below(&mut self.graph, self.head)? {
                return Ok(Some(tagged.clone()));
            }
        }
        Ok(None)
    }

    fn release(&mut self, tagged: &Tagged) -> Last {
        let commit = tagged.commit(&mut self.graph);
        Last {
            version: tagged.version.text.clone(),
            tag: tagged.tag.clone(),
            hash: commit
                .map(|commit| self.graph.oid(commit).to_string())
                .unwrap_or_default(),
        }
    }

    /// The commits since a release, as far as they are the package's.
    fn range(&mut self, from: Option<&Tagged>, to: Id, folder: Option<usize>) -> Result<Vec<Id>> {
        let from = from.and_then(|from| from.commit(&mut self.graph));
        let all = match self.ranges.get(&(from, to)) {
            Some(all) => Rc::clone(all),
            None => {
                let all = Rc::new(self.graph.range(from, to)?);
                self.ranges.insert((from, to), Rc::clone(&all));
                all
            }
        };
        let Some(folder) = folder else {
            return Ok(all.to_vec());
        };
        let mut own = Vec::new();
        for &id in all.iter() {
            if self.folders.touched(&mut self.graph, id)?.contains(&folder) {
                own.push(id);
            }
        }
        Ok(own)
    }

    fn commits(&mut self, ids: &[Id]) -> Result<Vec<Commit>> {
        ids.iter()
            .map(|&id| self.commits.get(&mut self.graph, id, self.folders.is_empty()))
            .collect()
    }

    /// The release of a higher branch that was merged into this one and is not on its channel yet.
    fn addition(
        &mut self,
        tags: &Tags,
        all: &[Branch],
        at: usize,
        bounds: &Bounds,
        last: Option<&Tagged>,
        ask: &Ask<'_>,
    ) -> Result<Option<Result<Addition, Refusal>>> {
        let branch = &all[at];
        let higher: Vec<&Option<String>> = all[at + 1..]
            .iter()
            .filter(|other| other.kind != Kind::Prerelease)
            .map(|other| &other.channel)
            .collect();
        let (Some(last), false) = (last, higher.is_empty()) else {
            return Ok(None);
        };
        for tagged in tags.iter() {
            let version = &tagged.version.version;
            // Below the last release there is nothing that Node would add.
            if weigh(version, &last.version.version).is_lt() {
                break;
            }
            if bounds
                .merge
                .as_ref()
                .is_some_and(|merge| weigh(version, &merge.min).is_lt())
            {
                continue;
            }
            let channels = self.channels(tagged).unwrap_or_else(|| vec![None]);
            let comes = !channels.contains(&branch.channel)
                && channels.iter().any(|channel| higher.contains(&channel));
            if !comes || !tagged.is_below(&mut self.graph, self.head)? {
                continue;
            }
            if let Some(merge) = bounds.merge.as_ref().filter(|merge| !merge.holds(version)) {
                return Ok(Some(Err(Refusal::new(
                    "EINVALIDMAINTENANCEMERGE",
                    format!(
                        "the release {} was merged into '{}', whose channel takes only {merge}",
                        tagged.tag, branch.name
                    ),
                    "reset the branch to a commit before that merge",
                ))));
            }
            let before = self.last(tags, branch, Some(version))?;
            let to = tagged.commit(&mut self.graph).unwrap_or(self.head);
            let ids = self.range(before.as_ref(), to, ask.folder)?;
            let mut from_then_on = channels;
            from_then_on.push(branch.channel.clone());
            return Ok(Some(Ok(Addition {
                release: self.release(tagged),
                before: before.as_ref().map(|before| self.release(before)),
                channel: branch.channel.clone(),
                channels: from_then_on,
                commits: self.commits(&ids)?,
            })));
        }
        Ok(None)
    }

    /// The platform's rule: what was never released and begins with its start is released. Says so at the commit.
    fn starts(&mut self, analysis: &mut Analysis, commits: &[Commit], ask: &Ask<'_>) -> Result<bool> {
        let first = match ask.folder {
            Some(_) => commits.last().cloned(),
            None => {
                let id = self.graph.first(self.head)?;
                Some(self.commits.get(&mut self.graph, id, self.folders.is_empty())?)
            }
        };
        let Some(first) = first.filter(|first| is_start(&first.message) && !has_skip_mark(&first.message))
        else {
            return Ok(false);
        };
        let place = commits.iter().position(|commit| commit.hash == first.hash);
        for judged in &mut analysis.commits {
            if Some(judged.index) == place {
                judged.kind = Some(ReleaseType::Patch);
                "the start of what was never released".clone_into(&mut judged.why);
            }
        }
        analysis.kind = Some(ReleaseType::Patch);
        Ok(true)
    }

    fn next(
        &mut self,
        tags: &Tags,
        branch: &Branch,
        bounds: &Bounds,
        last: Option<&Tagged>,
        kind: ReleaseType,
        ask: &Ask<'_>,
    ) -> Result<Result<Next, Refusal>> {
        let version = match (last, &branch.prerelease) {
            (None, None) => Some(FIRST),
            (None, Some(word)) => with_prerelease(&FIRST, &format!("{word}.1")),
            (Some(last), None) => Some(raise(&last.version.version, kind)),
            (Some(last), Some(word)) => {
                let first = |version: &Version| with_prerelease(&raise(version, kind), &format!("{word}.1"));
                let from = &last.version.version;
                if from.pre.is_empty() {
                    first(from)
                } else {
                    let latest = tags.highest(&mut self.graph, self.head, |_| true)?;
                    let counted = raise_prerelease(from);
                    let started = latest.and_then(|latest| first(&latest.version.version));
                    match (counted, started) {
                        (Some(a), Some(b)) => Some(if weigh(&a, &b).is_gt() { a } else { b }),
                        (a, b) => a.or(b),
                    }
                }
            }
        };
        let Some(version) = version.filter(in_range) else {
            return Ok(Err(Refusal::new(
                "EINVALIDNEXTVERSION",
                format!(
                    "after {} no further version can be counted",
                    last.map_or("", |last| &last.version.text)
                ),
                "node-semver, and with it every npm client, counts up to 9007199254740991; release a larger kind of change",
            )));
        };
        if let Some(range) = bounds.range.as_ref().filter(|range| !range.holds(&version)) {
            return Ok(Err(Refusal::new(
                "EINVALIDNEXTVERSION",
                format!(
                    "{version} may not be released from '{}', which may release only {range}",
                    branch.name
                ),
                "other branches have released what is above; move the commits to a branch that may release them, or revert them here",
            )));
        }
        let tag = ask.format.tag(&version);
        if let Ok(at) = self.tags.binary_search_by(|other| other.name.as_str().cmp(&tag)) {
            let target = self.tags[at].target;
            return Ok(Err(Refusal::new(
                "tag-elsewhere",
                format!(
                    "{version} is next, but the tag {tag} stands on {target} already, which is not in the history of '{}'",
                    branch.name
                ),
                format!(
                    "merge that commit, or remove the tag where it is wrong: git push --delete origin {tag}"
                ),
            )));
        }
        Ok(Ok(Next {
            version,
            kind,
            tag,
            channel: branch.channel.clone(),
        }))
    }
}
