//! `foundation act`: a repository's own workflow on a laptop, through nektos/act.

mod callers;
mod engine;
mod remote;
mod runner;
mod secrets;
mod snapshot;
mod stage;

use std::path::PathBuf;

pub use engine::Engine;
pub use remote::{Pushed, Refs, Target, moved, refs};
pub use runner::{IMAGE, Ran, Request, Runner};
pub use snapshot::{Snapshot, take, walk};

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Outcome, Result};
use crate::kit::process::{self, End};
use crate::kit::report::Report;
use crate::maintainer::checkout::Checkout;

/// Run a repository's own workflow here, with the reusable workflows, the image and the binaries of this clone.
///
/// The repository is copied as it lies there, with what is not committed; nothing is written into it.
#[derive(Debug, clap::Args)]
pub struct Act {
    /// The repository, or a folder that is to be taken as one.
    repository: PathBuf,
    /// Run only the jobs that call this workflow of foundation, and the jobs they need.
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Run only this job of the caller, and the jobs it needs.
    #[arg(long, value_name = "ID")]
    job: Option<String>,
    /// Run without a container engine, with the tools of this machine.
    #[arg(long, conflicts_with = "image")]
    host: bool,
    /// The image that jobs run in.
    #[arg(long, value_name = "NAME", default_value = IMAGE)]
    image: String,
    /// The event's payload, as JSON. Without it, the event is a push.
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// Secrets as NAME=value lines. There is no other way to hand one over.
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// Where to keep the bare repository that jobs push to in place of the forge's. What it holds already is what the forge holds.
    #[arg(long, value_name = "FOLDER")]
    remote: Option<PathBuf>,
    /// More arguments for act, after `--`.
    #[arg(last = true, value_name = "ACT ARGUMENTS")]
    arguments: Vec<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// See [`Failure`].
pub async fn run(act: &Act, context: &Context, report: &Report) -> Result<Outcome> {
    let checkout = Checkout::of(&context.directory)?;
    let at = |path: &PathBuf| context.directory.join(path);
    let request = Request {
        source: at(&act.repository),
        overlays: Vec::new(),
        workflow: act.workflow.clone(),
        job: act.job.clone(),
        event: act.event.as_ref().map(at),
        secrets: act.secrets.as_ref().map(at),
        remote: act.remote.as_ref().map(at),
        arguments: act.arguments.clone(),
    };
    let image = (!act.host).then_some(act.image.as_str());
    let runner = Runner::prepare(context, checkout, image).await?;
    let result = runner.run(&request, context, |line| report.say(line)).await;
    if act.host {
        // What a job left running belongs to nobody else: without a container it would outlive us.
        process::sweep()?;
    }
    let ran = result?;
    report.say(format_args!(
        "act: {} succeeded, {} failed, {} on commit {}{}, {}, in {:.1} s",
        jobs(ran.succeeded),
        ran.failed,
        ran.event,
        &ran.snapshot.commit[..12],
        if ran.snapshot.dirty {
            " (with what is not committed)"
        } else {
            ""
        },
        runner.place(),
        ran.time.as_secs_f64(),
    ));
    for pushed in &ran.pushed {
        report.say(format_args!("act: pushed {pushed}"));
    }
    match &act.remote {
        Some(folder) if ran.pushed.is_empty() => report.say(format_args!(
            "act: the jobs pushed nothing; {} is the remote as it was, with this commit",
            folder.display()
        )),
        Some(folder) => report.say(format_args!("act: kept in {}", folder.display())),
        None if ran.pushed.is_empty() => {}
        None => report.say("act: that was a copy of the remote, which is gone; --remote FOLDER keeps one"),
    }
    match ran.end {
        End::Code(0 | 1) if ran.succeeded + ran.failed == 0 && act.arguments.is_empty() => Err(
            Failure::config(format!("no job of the repository ran on {}", ran.event)).hint(
                "act says why above, or see the `on:` of its workflows; --event FILE sets another event",
            ),
        ),
        End::Code(0) => Ok(Outcome::Good),
        End::Code(1) => Ok(Outcome::Bad),
        End::Code(_) | End::Signal(_) | End::TimedOut(_) => {
            Err(Failure::environment(format!("act {}", ran.end)))
        }
    }
}

fn jobs(number: usize) -> String {
    format!("{number} {}", if number == 1 { "job" } else { "jobs" })
}
