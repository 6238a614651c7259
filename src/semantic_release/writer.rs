//! Writing the notes of one release: which commits, which layout, which links.

use git2::Oid;
use jiff::Timestamp;
use semver::Version;
use std::path::Path;

use crate::kit::context::Context;
use crate::kit::git::Repo;
use crate::kit::outcome::{Failure, Result};
use crate::kit::secret::Masks;
use crate::semantic_release::commit::{Commit, Parsed, ParserOptions, Pattern};
use crate::semantic_release::config::Config;
use crate::semantic_release::inputs::Inputs;
use crate::semantic_release::notes::{
    self, NotesInput, Preset, RELEASE_LIMIT, Repository, Settings, Style, Template,
};
use crate::semantic_release::packages::Package;
use crate::semantic_release::place::Place;

/// Whose notes are written.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The package.
    pub package: &'a Package,
    /// The version.
    pub version: &'a Version,
    /// Its tag.
    pub tag: &'a str,
    /// The commit that is released.
    pub head: &'a str,
    /// The tag of the release before it.
    pub before: Option<&'a str>,
    /// The commits, newest first.
    pub commits: &'a [Commit],
    /// Packages of this repository that this one now needs in another version.
    pub dependencies: &'a [(&'a str, &'a str)],
}

/// Writes notes.
#[derive(Debug)]
pub struct Writer<'a> {
    repo: &'a Repo,
    /// None where the configuration has no notes.
    settings: Option<Settings>,
    parser: ParserOptions,
    ignored: Option<Pattern>,
    style: Style,
    repository: Option<Repository>,
    monorepo: bool,
    /// Notes are read by everybody: a secret that somebody wrote into a message is not repeated there.
    masks: Masks,
}

impl<'a> Writer<'a> {
    /// What all notes of a run have in common.
    ///
    /// # Errors
    /// Configuration, when an option cannot be used, or the project's own template cannot be read.
    pub fn new(
        place: &'a Place,
        inputs: &Inputs,
        context: &Context,
        config: &Config,
        monorepo: bool,
    ) -> Result<Self> {
        let repository = repository(place, context);
        let host = repository
            .as_ref()
            .and_then(|repository| url::Url::parse(&repository.host).ok());
        let host = host.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
        let (settings, parser) = match &config.notes {
            None => (None, ParserOptions::default()),
            Some(noting) => (Some(noting.settings()?), noting.parser()?.for_notes(host)),
        };
        let ignored = settings
            .as_ref()
            .and_then(|settings| settings.ignore_commits.as_deref());
        Ok(Self {
            repo: &place.repo,
            ignored: ignored.map(Pattern::new).transpose()?,
            settings,
            parser,
            style: match inputs.notes.as_str() {
                "foundation" => Style::Default,
                "conventionalcommits" => Style::Node(Preset::ConventionalCommits),
                "angular" => Style::Node(Preset::Angular),
                file => Style::Own(Template::read(place.repo.root(), Path::new(file))?),
            },
            repository,
            monorepo,
            masks: context.masks.clone(),
        })
    }

    /// The notes of one release; empty where the configuration has none.
    ///
    /// # Errors
    /// Configuration, when the project's own template cannot be used.
    pub fn notes(&self, subject: &Subject<'_>) -> Result<String> {
        let Some(settings) = &self.settings else {
            return Ok(String::new());
        };
        let parsed: Vec<Option<Parsed>> = subject
            .commits
            .iter()
            .map(|commit| commit.parse(&self.parser))
            .collect();
        let listed = notes::listed(subject.commits, &parsed, &self.parser, self.ignored.as_ref());
        let text = notes::render(
            &NotesInput {
                commits: &listed,
                settings,
                version: &subject.version.to_string(),
                previous_tag: subject.before,
                tag: subject.tag,
                repository: self.repository.as_ref(),
                date: &self.day(subject.head)?,
                package: self.monorepo.then_some(subject.package.name.as_str()),
                dependencies: subject.dependencies,
                limit: RELEASE_LIMIT,
            },
            &self.style,
        )?;
        Ok(self.masks.apply(&text))
    }

    /// The day of the commit that is released, in UTC: a run that is repeated later writes the same notes.
    fn day(&self, head: &str) -> Result<String> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::environment(format!("the commit {head} has no time: {error}"))
        };
        let oid = Oid::from_str(head).map_err(|error| failed(&error))?;
        let time = Timestamp::from_second(self.repo.time(oid)?).map_err(|error| failed(&error))?;
        Ok(time.strftime("%Y-%m-%d").to_string())
    }
}

/// Where the repository is on its forge: the run's own, else what the remote's address says.
fn repository(place: &Place, context: &Context) -> Option<Repository> {
    if let (Some(server), Some(repository)) = (&context.server, &context.repository) {
        return Some(Repository {
            host: server.clone(),
            owner: repository.owner.clone(),
            name: repository.name.clone(),
        });
    }
    Repository::from_remote(place.remote.as_ref()?.address())
}
