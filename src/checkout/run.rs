//! The run of `foundation-checkout`.

use serde::Serialize;

use crate::checkout::held::{self, Held, Wants};
use crate::checkout::inputs::{Inputs, Raw};
use crate::checkout::network::{Folders, Network, said};
use crate::checkout::plan::{self, History, Step, Submodules};
use crate::checkout::submodules::Updating;
use crate::checkout::target::{self, Target, Wanted, short};
use crate::checkout::workspace::{self, Workspace};
use crate::kit::context::Context;
use crate::kit::git::Git;
use crate::kit::git::remote::Access;
use crate::kit::outcome::{Failure, Outcome, Result};
use crate::kit::process;
use crate::kit::report::Report;

/// The document of `--format json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    commit: &'a str,
    r#ref: Option<&'a str>,
    path: String,
    /// False when the folder held the commit already.
    fetched: bool,
    /// How many files were changed or added in a folder that held the commit already; null when that is unknown.
    changed: Option<usize>,
    submodules: usize,
}

/// Checks the event's commit out.
///
/// # Errors
/// See [`Failure`].
pub async fn run(raw: &Raw, context: &Context, report: &Report) -> Result<Outcome> {
    let inputs = Inputs::check(raw, context)?;
    report.set_format(inputs.format);
    let access = Access::of(context, &inputs.remote)?;
    workspace::check_owner(&inputs.folder)?;
    if inputs.lfs {
        process::require(&context.env, "git-lfs").map_err(|failure| {
            failure.hint("install git-lfs, or leave --lfs out; the foundation-ci image holds it")
        })?;
    }
    let git = Git::new(&context.env, &inputs.folder)?.here_only();
    let anywhere = Git::new(&context.env, "/")?;
    let network = Network::new(anywhere, &access, report, inputs.lfs, inputs.timeout);
    let target = match target::wanted(&inputs.asked, context)? {
        Wanted::Known(target) => target,
        Wanted::Ask(name) => network.resolve(&inputs.remote, name.as_deref()).await?,
    };
    let network = network.with(git);
    let wants = plan::wants(&inputs, &inputs.remote, &target);
    let held = held::inspect(network.git(), &inputs.folder, &wants).await?;
    let step = plan::decide(&held, &wants, context.host, &inputs.folder)?;
    let submodules = match step {
        Step::Nothing => {
            already(&held, &target, &inputs, report);
            0
        }
        Step::Fresh | Step::Replace => {
            if step == Step::Replace {
                replaced(&held, &inputs, report);
            }
            fresh(&inputs, context, &network, &target, &wants, report).await?
        }
    };
    // A checkout costs three calls of git and no fourth: what they left is read.
    let head = match held::head(&inputs.folder) {
        Some(head) => Some(head),
        None => network.git().commit("HEAD").await?,
    };
    let commit = head.ok_or_else(|| {
        Failure::environment(format!(
            "{} has no commit after the checkout",
            inputs.folder.display()
        ))
    })?;
    report.output(context, "commit", &commit)?;
    report.output(context, "ref", target.git_ref.as_deref().unwrap_or_default())?;
    if inputs.format == crate::kit::report::Format::Json {
        report.document(&Document {
            schema: 1,
            commit: &commit,
            r#ref: target.git_ref.as_deref(),
            path: crate::kit::text::path_utf8(&inputs.folder).0,
            fetched: step != Step::Nothing,
            changed: held.changed().filter(|_| step == Step::Nothing),
            submodules,
        })?;
    }
    Ok(Outcome::Good)
}

fn already(held: &Held, target: &Target, inputs: &Inputs, report: &Report) {
    let state = match held.changed() {
        Some(0) => "nothing to do".to_owned(),
        Some(count) => format!("its {count} changed or new files are left as they are"),
        None => "whether files were changed is unknown".to_owned(),
    };
    report.say(format_args!(
        "{} already holds commit {}: {state}",
        inputs.folder.display(),
        short(&target.sha)
    ));
}

fn replaced(held: &Held, inputs: &Inputs, report: &Report) {
    let changed = match held {
        Held::Ours { mark, .. } if !mark.done => "which was cut short".to_owned(),
        Held::Ours { .. } | Held::Nothing | Held::Files(_) | Held::Theirs { .. } => match held.changed() {
            Some(0) => "which nobody has changed".to_owned(),
            Some(count) => format!("with {count} changed or new files"),
            None => "which git cannot read".to_owned(),
        },
    };
    report.say(format_args!(
        "removing the earlier checkout in {}, {changed}",
        inputs.folder.display()
    ));
}

/// Checks out into a folder that is empty or ours, and returns the number of submodules.
async fn fresh(
    inputs: &Inputs,
    context: &Context,
    network: &Network<'_>,
    target: &Target,
    wants: &Wants,
    report: &Report,
) -> Result<usize> {
    let plan = plan::plan(inputs, target);
    let mut workspace = Workspace::claim(&inputs.folder, wants)?;
    workspace.empty()?;
    let init = network.git().cmd(plan::arguments(&plan.init)).capture().await?;
    if !init.end.good() {
        workspace.has_room()?;
        return Err(said("init", &init));
    }
    workspace.configure(&plan.config)?;
    network.fetch(&inputs.remote, &plan, target, &workspace).await?;
    let done = network.call(&plan.checkout, Folders::Allowed).await?;
    if !done.end.good() {
        workspace.has_room()?;
        let failure = said("checkout", &done);
        return Err(if inputs.lfs {
            failure.hint("if a file of Git LFS is missing, push it again: git lfs push --all origin")
        } else {
            failure
        });
    }
    let mut count = 0;
    if inputs.submodules != Submodules::No {
        let updating = Updating {
            env: &context.env,
            history: inputs.history,
            recursive: inputs.submodules == Submodules::Recursive,
            lfs: inputs.lfs,
        };
        count = updating.run(network, &inputs.remote).await?;
    }
    workspace.done(wants)?;
    tell(inputs, target, count, report);
    Ok(count)
}

fn tell(inputs: &Inputs, target: &Target, submodules: usize, report: &Report) {
    let history = match inputs.history {
        History::Full => "full history".to_owned(),
        History::Shallow(depth) => format!("depth {depth}"),
    };
    let mut also = String::new();
    if inputs.submodules != Submodules::No {
        also = format!(", {submodules} submodules");
    }
    report.say(format_args!(
        "checked out commit {} ({}) of {} into {} ({history}{also})",
        short(&target.sha),
        target.name(),
        inputs.remote.address(),
        inputs.folder.display()
    ));
    if target.branch().is_none()
        && target
            .git_ref
            .as_deref()
            .is_some_and(|name| name.starts_with("refs/heads/"))
    {
        report.say("git cannot stand on a branch of that name, so no branch is checked out");
    }
    let attributes = std::fs::read_to_string(inputs.folder.join(".gitattributes")).unwrap_or_default();
    if !inputs.lfs && attributes.contains("filter=lfs") {
        report.say("files of Git LFS are left as pointers; --lfs downloads them");
    }
}
