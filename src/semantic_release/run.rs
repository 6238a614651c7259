//! The run of `foundation-semantic-release`.

use crate::kit::context::Context;
use crate::kit::outcome::{Outcome, Result};
use crate::kit::report::{Format, Report};
use crate::kit::text;
use crate::semantic_release::analyze::analyze;
use crate::semantic_release::apply::{self, Applied, Ended};
use crate::semantic_release::assemble::Desk;
use crate::semantic_release::commit::Commit;
use crate::semantic_release::config::Config;
use crate::semantic_release::decide::World;
use crate::semantic_release::document::Document;
use crate::semantic_release::inputs::{Inputs, Mode, Raw};
use crate::semantic_release::place::Place;
use crate::semantic_release::plan::{Plan, Verdict};
use crate::semantic_release::render::Detail;
use crate::semantic_release::writer::Writer;
use crate::semantic_release::{assets, comments, complete, drafts, proposal, releases, render, survey, tell};

/// Releases, or says what would be released.
///
/// # Errors
/// Configuration, environment or refused: see [`crate::kit::outcome::Failure`].
pub async fn run(raw: &Raw, context: &Context, report: &Report) -> Result<Outcome> {
    let inputs = Inputs::check(raw, context)?;
    report.set_format(inputs.format);
    let place = Place::find(&inputs, context).await?;
    let mode = inputs.mode(context, place.is_local())?;
    let this = Run {
        place,
        inputs,
        context,
        report,
    };
    if mode == Mode::PullRequest {
        return proposal::run(&this.place, &this.inputs, context, report).await;
    }
    let mut plan = Plan::empty(&this.place.branch);
    let result = this.all(mode, &mut plan).await;
    if this.inputs.format == Format::Json && (result.is_ok() || plan.outcome == Verdict::Refused) {
        report.document(&Document::of(&plan))?;
    }
    if mode == Mode::Release {
        let told = tell::release(&this.place, &plan, &result, context, report).await;
        result?;
        told?;
    } else {
        result?;
    }
    Ok(Outcome::Good)
}

struct Run<'a> {
    place: Place,
    inputs: Inputs,
    context: &'a Context,
    report: &'a Report,
}

impl Run<'_> {
    /// Reads, decides, and does; what was decided is in `plan` also when it fails.
    async fn all(&self, mode: Mode, plan: &mut Plan) -> Result<()> {
        let (place, inputs, context, report) = (&self.place, &self.inputs, self.context, self.report);
        let config = survey::config(place, report)?;
        let Some(head) = place.head else {
            plan.reason = Some("no-commits".to_owned());
            return self.conclude(plan, false);
        };
        let remote = survey::remote(place, inputs, &config, context, report).await?;
        let files = survey::files_at(&place.repo, head);
        let workspace = survey::workspace(&files, place, inputs, &config, context)?;
        for folder in &workspace.skipped {
            report.say(format_args!(
                "note: {folder} matches, but holds no manifest, so it is no package"
            ));
        }
        let analyzer = config.analyzer.analyzer()?;
        let judge = |commits: &[Commit]| analyze(commits, &analyzer);
        let folders = releases::folders(&workspace);
        let mut world = World::read(&place.repo, &remote, &place.branch, folders)?;
        let releases = releases::decide(&mut world, &workspace, &config, &judge)?;
        plan.fill(&workspace, &releases);
        plan.words = releases::words(plan.reason.as_deref(), place, &remote, &config);
        if plan.outcome == Verdict::Release && remote.heads.get(&place.branch) != Some(&head) {
            report.say(format_args!(
                "note: the remote's {} does not hold this commit yet; only what is pushed is released",
                text::one_line(&place.branch)
            ));
        }
        if let Some(refusal) = releases.refusal() {
            self.show(plan, Detail::Some);
            return Err(refusal);
        }
        if mode == Mode::Explain {
            self.show(plan, Detail::All);
            return self.conclude(plan, false);
        }
        let writer = Writer::new(place, inputs, context, &config, workspace.monorepo)?;
        let drafts = drafts::of(&writer, &workspace, &releases)?;
        plan.take_notes(&drafts);
        let mode = self.asked(mode, &config);
        let desk = Desk {
            place,
            context,
            inputs,
            config: &config,
            workspace: &workspace,
            files: &files,
            assets: self.assets(mode, &config, plan)?,
        };
        if mode == Mode::Release {
            plan.completed = complete::all(&desk, &writer, &mut world, &releases, &judge, report).await?;
        }
        if plan.outcome == Verdict::Release {
            let comments = comments::of(&desk, &analyzer, &drafts, mode).await?;
            let job = desk.job(&head.to_string(), &drafts, &releases.ripple, comments)?;
            plan.effects = apply::effects(&job);
            let detail = if mode == Mode::DryRun {
                Detail::Notes
            } else {
                Detail::Some
            };
            self.show(plan, detail);
            if mode == Mode::Release {
                settle(plan, &apply::apply(&job, context, report).await?);
            }
        } else {
            self.show(plan, Detail::Some);
        }
        self.conclude(plan, mode == Mode::Release)
    }

    /// Says what was decided. Where the document says it all, the log need not repeat it.
    fn show(&self, plan: &Plan, detail: Detail) {
        let detail = match self.inputs.format {
            Format::Json => Detail::Headlines,
            Format::Text => detail,
        };
        let text = render::plan(plan, detail);
        if !text.is_empty() {
            self.report.say(text.trim_end());
        }
    }

    /// What the configuration makes of the mode.
    fn asked(&self, mode: Mode, config: &Config) -> Mode {
        if config.dry_run && mode == Mode::Release {
            self.report
                .say("note: the configuration says dryRun, so nothing is changed");
            return Mode::DryRun;
        }
        mode
    }

    /// The files that are attached, where something is released. A dry run need not have built them.
    fn assets(&self, mode: Mode, config: &Config, plan: &Plan) -> Result<Vec<apply::Asset>> {
        if plan.outcome == Verdict::Refused {
            return Ok(Vec::new());
        }
        let configured = config.release.as_ref().map(|release| release.assets.as_slice());
        let missing = |text: String| self.report.warn(text);
        let needed = mode == Mode::Release && plan.outcome == Verdict::Release;
        assets::find(
            self.place.repo.root(),
            &self.inputs.assets,
            configured.unwrap_or_default(),
            (!needed).then_some(&missing),
        )
    }

    /// The last words, and what later jobs may read.
    fn conclude(&self, plan: &Plan, done: bool) -> Result<()> {
        self.report.say(render::summary(plan, done));
        tell::outputs(plan, done, self.context, self.report)
    }
}

/// What came of the plan when it was done: a race can have been lost meanwhile.
fn settle(plan: &mut Plan, applied: &Applied) {
    match applied.ended {
        Ended::Released => {}
        Ended::Completed => plan
            .completed
            .extend(plan.packages.iter().filter_map(|package| package.tag.clone())),
        Ended::Whole | Ended::Taken { .. } | Ended::Moved { .. } | Ended::Unpushed | Ended::NotOurs => {
            plan.outcome = Verdict::Nothing;
            plan.reason = applied.reason().map(str::to_owned);
        }
    }
}
