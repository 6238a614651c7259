//! The run on a pull request: it changes nothing but its own comment and status.

use git2::Oid;
use serde::Serialize;

use crate::kit::context::{Context, PullRequest};
use crate::kit::forge::{Cause, Forge, Settings, State};
use crate::kit::outcome::{Failure, Outcome, Result};
use crate::kit::report::{Format, Report};
use crate::kit::telling::Telling;
use crate::semantic_release::analyze::{Analyzer, analyze};
use crate::semantic_release::commit::Commit;
use crate::semantic_release::config::Config;
use crate::semantic_release::decide::World;
use crate::semantic_release::history::remote::Remote;
use crate::semantic_release::inputs::Inputs;
use crate::semantic_release::packages::Workspace;
use crate::semantic_release::place::Place;
use crate::semantic_release::plan::Plan;
use crate::semantic_release::proposal::comment::{self, Prediction};
use crate::semantic_release::proposal::styles::{Style, message};
use crate::semantic_release::{releases, survey};

/// Where a project keeps its own texts for merge commits, Forgejo's folder first.
const TEMPLATES: [&str; 2] = [".forgejo/default_merge_message/", ".gitea/default_merge_message/"];

/// The document of a pull request's run.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    outcome: &'static str,
    branch: &'a str,
    agree: bool,
    merges: Vec<Merge<'a>>,
}

#[derive(Serialize)]
struct Merge<'a> {
    style: Style,
    #[serde(flatten)]
    plan: &'a Plan,
}

/// Says what merging the pull request would release.
///
/// # Errors
/// Configuration, environment: see [`Failure`]. That a merge would be refused is no error of the pull request: the comment says it.
pub async fn run(place: &Place, inputs: &Inputs, context: &Context, report: &Report) -> Result<Outcome> {
    let predictions = predict(place, inputs, context, report).await;
    let part = (place.path != ".").then_some(place.path.as_str());
    let told = match (
        Telling::of(context, report, "semantic-release", part)?,
        &predictions,
    ) {
        (None, _) => Ok(()),
        (Some(telling), Ok(all)) => {
            let text = comment::text(all, &place.branch);
            telling.tell(State::Success, &comment::headline(all), &text).await
        }
        (Some(telling), Err(failure)) => {
            let text = format!("It could not be found out what this would release: {failure}\n");
            telling.tell(State::Error, &failure.to_string(), &text).await
        }
    };
    let predictions = predictions?;
    if inputs.format == Format::Json {
        report.document(&Document {
            schema: 1,
            outcome: "proposal",
            branch: &place.branch,
            agree: comment::agree(&predictions),
            merges: predictions
                .iter()
                .map(|prediction| Merge {
                    style: prediction.style,
                    plan: &prediction.plan,
                })
                .collect(),
        })?;
    }
    told.map(|()| Outcome::Good)
}

async fn predict(
    place: &Place,
    inputs: &Inputs,
    context: &Context,
    report: &Report,
) -> Result<Vec<Prediction>> {
    let pull = context
        .event
        .pull_request()
        .ok_or_else(|| Failure::environment("this run is for no pull request"))?;
    let config = survey::config(place, report)?;
    let head = place.head.ok_or_else(|| {
        Failure::config("the repository has no commit").hint("check the pull request out first")
    })?;
    let remote = survey::remote(place, inputs, &config, context, report).await?;
    let Some(&base) = remote.heads.get(&place.branch) else {
        return Err(Failure::config(format!(
            "the remote has no branch '{}'",
            place.branch
        )));
    };
    let settings = settings(inputs, context, report).await?;
    let texts = match settings.default_branch.as_deref() {
        Some(default) if default != place.branch => {
            survey::branch(&remote, place, inputs, context, report, default).await?;
            remote.heads.get(default).copied().unwrap_or(base)
        }
        _ => base,
    };
    let files = survey::files_at(&place.repo, head);
    let workspace = survey::workspace(&files, place, inputs, &config, context)?;
    let analyzer = config.analyzer.analyzer()?;
    let proposal = Proposal {
        place,
        context,
        config: &config,
        remote: &remote,
        workspace: &workspace,
        analyzer: &analyzer,
        pull,
        base,
        head,
        texts,
    };
    let mut predictions = Vec::new();
    for style in Style::ALL
        .into_iter()
        .filter(|style| is_allowed(*style, &settings))
    {
        predictions.extend(proposal.predict(style)?);
    }
    let first = settings.default_merge_style.as_deref();
    predictions.sort_by_key(|prediction| first != Some(prediction.style.api_name()));
    report.say(comment::log(&predictions).trim_end());
    if !comment::agree(&predictions) {
        report.warn("what this releases depends on how it is merged");
    }
    report.say(comment::headline(&predictions));
    Ok(predictions)
}

/// The repository's settings; those of a new repository where nobody can be asked.
async fn settings(inputs: &Inputs, context: &Context, report: &Report) -> Result<Settings> {
    let usual = Settings {
        allow_merge_commits: true,
        allow_rebase: true,
        allow_rebase_explicit: true,
        allow_squash_merge: true,
        ..Settings::default()
    };
    let forge = match inputs.forge {
        true => Forge::of(context)?,
        false => None,
    };
    let Some(forge) = forge else { return Ok(usual) };
    match forge.settings().await {
        Ok(settings) => Ok(settings),
        Err(error)
            if matches!(
                error.cause,
                Cause::Unauthorized | Cause::Forbidden | Cause::NotFound
            ) =>
        {
            report.say(
                "note: the token may not read which styles of merging are allowed; the usual ones are shown",
            );
            Ok(usual)
        }
        Err(error) => Err(error.into()),
    }
}

fn is_allowed(style: Style, settings: &Settings) -> bool {
    match style {
        Style::Merge => settings.allow_merge_commits,
        Style::Rebase => settings.allow_rebase,
        Style::RebaseMerge => settings.allow_rebase_explicit,
        Style::Squash => settings.allow_squash_merge,
        Style::FastForwardOnly => settings.allow_fast_forward_only_merge,
    }
}

/// One pull request, and all that a prediction needs.
struct Proposal<'a> {
    place: &'a Place,
    context: &'a Context,
    config: &'a Config,
    remote: &'a Remote,
    workspace: &'a Workspace,
    analyzer: &'a Analyzer,
    pull: &'a PullRequest,
    base: Oid,
    head: Oid,
    /// The commit whose templates the forge reads: that of the default branch, whatever is merged into.
    texts: Oid,
}

impl Proposal<'_> {
    /// What that style would release; none where it cannot merge this.
    fn predict(&self, style: Style) -> Result<Option<Prediction>> {
        let folders = releases::folders(self.workspace);
        let mut world = World::read(&self.place.repo, self.remote, &self.place.branch, folders)?;
        let (template, address) = (self.template(style)?, self.address());
        let text = |last: &str| message(style, self.pull, template.as_deref(), &address, last);
        if !world.merge(self.base, self.head, style, &text)? {
            return Ok(None);
        }
        let judge = |commits: &[Commit]| analyze(commits, self.analyzer);
        let releases = releases::decide(&mut world, self.workspace, self.config, &judge)?;
        let mut plan = Plan::empty(&self.place.branch);
        plan.fill(self.workspace, &releases);
        Ok(Some(Prediction {
            style,
            refusal: releases.refusal().map(|failure| failure.to_string()),
            plan,
        }))
    }

    /// The project's own text, as the default branch has it.
    fn template(&self, style: Style) -> Result<Option<String>> {
        let Some(name) = style.template() else {
            return Ok(None);
        };
        for folder in TEMPLATES {
            let path = format!("{folder}{name}");
            if let Some(bytes) = self.place.repo.file(self.texts, path.as_ref())? {
                return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        Ok(None)
    }

    fn address(&self) -> String {
        match (&self.context.server, &self.context.repository) {
            (Some(server), Some(repository)) => format!("{server}/{repository}/pulls/{}", self.pull.number),
            (_, _) => format!("#{}", self.pull.number),
        }
    }
}
