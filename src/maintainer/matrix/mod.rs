//! `foundation matrix`: every candidate, and every broken variant, through the reusable workflows, by act.

mod cases;
mod releases;
mod table;
mod verdict;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Outcome, Result};
use crate::kit::process;
use crate::kit::report::{Format, Report};
use crate::maintainer::act::{Engine, IMAGE, Request, Runner};
use crate::maintainer::checkout::Checkout;
use crate::maintainer::matrix::cases::Case;
use crate::maintainer::matrix::releases::Repository;
use crate::maintainer::matrix::verdict::Seen;
use crate::registry::ACTIONS;

/// Run the candidates of matrix-fixtures/ through the reusable workflows, and print one table.
///
/// Candidates have to pass; their broken variants have to fail for the reason named in `expected.json`. Exit code 1 unless every
/// cell ran and ended as it has to.
#[derive(Debug, clap::Args)]
pub struct Matrix {
    /// Run without a container engine. Not for CI, which has to check the image.
    #[arg(long, conflicts_with = "image")]
    host: bool,
    /// The image that jobs run in.
    #[arg(long, value_name = "NAME", default_value = IMAGE)]
    image: String,
    /// Only these candidates or broken variants.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// How many runs of act at once.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    parallel: u8,
    /// `text`, or `json` for one document on standard output.
    #[arg(long, default_value = "text")]
    format: Format,
}

/// One cell of the table.
#[derive(Debug)]
struct Cell<'a> {
    index: usize,
    case: &'a Case,
    workflow: &'static str,
}

impl Cell<'_> {
    fn releases(&self) -> bool {
        self.workflow == releases::WORKFLOW
    }
}

/// How a cell ended.
#[derive(Debug)]
struct Ended<'a> {
    cell: Cell<'a>,
    problem: Option<String>,
    /// Of how many states how many were as they have to be, where it is about releases.
    states: Option<(usize, usize)>,
    time: Duration,
    log: Vec<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// See [`Failure`].
pub async fn run(matrix: &Matrix, context: &Context, report: &Report) -> Result<Outcome> {
    report.set_format(matrix.format);
    let checkout = Checkout::of(&context.directory)?;
    let cases = cases::read(&checkout.path("matrix-fixtures"), &matrix.only)?;
    let cells = cells(&cases)?;
    let host = matrix.host || no_engine(context, report).await?;
    if host && context.env.os("CI").is_some() {
        return Err(
            Failure::config("CI is set, and host mode does not check the image")
                .hint("start a container engine (`make setup`) and build the image (`make image`)"),
        );
    }
    let runner = Runner::prepare(context, checkout, (!host).then_some(matrix.image.as_str())).await?;
    report.say(format_args!("matrix: {} cells, {}", cells.len(), runner.place()));
    let started = Instant::now();
    let ended = run_all(cells, matrix.parallel, &runner, context, report).await;
    if host {
        process::sweep()?;
    }
    let ended = ended?;
    tell(&ended, report);
    let good = ended.iter().all(|ended| ended.problem.is_none());
    if matrix.format == Format::Json {
        report.document(&table::document(&ended, &runner, good))?;
    }
    report.say(format_args!(
        "matrix: {} of {} cells as they have to be, {}, in {:.0} s",
        ended.iter().filter(|ended| ended.problem.is_none()).count(),
        ended.len(),
        runner.place(),
        started.elapsed().as_secs_f64()
    ));
    Ok(if good { Outcome::Good } else { Outcome::Bad })
}

/// Whether no engine answers; says so.
async fn no_engine(context: &Context, report: &Report) -> Result<bool> {
    match Engine::answering(&context.env).await {
        Ok(_) => Ok(false),
        Err(failure) => {
            report.say(format_args!("matrix: {failure}"));
            report.say("matrix: so this is host mode, with the tools of this machine");
            Ok(true)
        }
    }
}

/// One cell per case and workflow; a broken variant is about one workflow alone.
fn cells(cases: &[Case]) -> Result<Vec<Cell<'_>>> {
    let mut cells = Vec::new();
    for case in cases {
        let workflows = ACTIONS
            .iter()
            .filter(|action| action.workflow && case.workflow().is_none_or(|name| name == action.name));
        let before = cells.len();
        for action in workflows {
            cells.push(Cell {
                index: cells.len(),
                case,
                workflow: action.name,
            });
        }
        if cells.len() == before {
            return Err(Failure::config(format!(
                "{} is about no workflow that there is",
                case.name()
            )));
        }
    }
    Ok(cells)
}

/// Runs all cells, some at once, and returns them in their order.
async fn run_all<'a>(
    cells: Vec<Cell<'a>>,
    parallel: u8,
    runner: &Runner,
    context: &Context,
    report: &Report,
) -> Result<Vec<Ended<'a>>> {
    let waiting = RefCell::new(VecDeque::from(cells));
    let done = RefCell::new(Vec::new());
    let worker = async || -> Result<()> {
        loop {
            // Taken in a statement of its own: the queue is not borrowed while the cell runs.
            let next = waiting.borrow_mut().pop_front();
            let Some(cell) = next else { return Ok(()) };
            let ended = run_one(cell, runner, context).await?;
            report.say(format_args!("matrix: {}", progress(&ended)));
            done.borrow_mut().push(ended);
        }
    };
    let mut workers: Vec<_> = (0..parallel).map(|_| Box::pin(worker())).collect();
    // All are polled until each is done; the first failure ends them all.
    std::future::poll_fn(|task| {
        let mut open = false;
        let mut failure = None;
        workers.retain_mut(|worker| match worker.as_mut().poll(task) {
            std::task::Poll::Pending => {
                open = true;
                true
            }
            std::task::Poll::Ready(result) => {
                failure = failure.take().or(result.err());
                false
            }
        });
        match failure {
            Some(failure) => std::task::Poll::Ready(Err(failure)),
            None if open => std::task::Poll::Pending,
            None => std::task::Poll::Ready(Ok(())),
        }
    })
    .await?;
    drop(workers);
    let mut done = done.into_inner();
    done.sort_by_key(|ended| ended.cell.index);
    Ok(done)
}

async fn run_one<'a>(cell: Cell<'a>, runner: &Runner, context: &Context) -> Result<Ended<'a>> {
    let started = Instant::now();
    let mut log = Vec::new();
    let (problem, states) = match cell.case.releases.as_ref().filter(|_| cell.releases()) {
        Some(releases) => {
            let walked = releases::walk(cell.case, releases, runner, context, &mut log).await?;
            (walked.problem, Some((walked.good, releases.states.len())))
        }
        None => (once(&cell, runner, context, &mut log).await?, None),
    };
    Ok(Ended {
        cell,
        problem,
        states,
        time: started.elapsed(),
        log,
    })
}

/// Runs a cell that is one run of act, and says what is not as it has to be.
async fn once(
    cell: &Cell<'_>,
    runner: &Runner,
    context: &Context,
    log: &mut Vec<String>,
) -> Result<Option<String>> {
    // One that releases needs a history, and a remote that is looked at afterwards.
    let repository = match cell.case.variant.as_ref().filter(|_| cell.releases()) {
        Some(variant) => {
            let repository = Repository::make(cell.case, context).await?;
            repository.apply(&variant.expected.steps).await?;
            Some(repository)
        }
        None => None,
    };
    let request = match &repository {
        Some(repository) => repository.request(),
        None => Request {
            source: cell.case.folder.clone(),
            overlays: cell.case.overlays(),
            workflow: Some(cell.workflow.to_owned()),
            ..Request::default()
        },
    };
    let ran = runner
        .run(&request, context, |line| log.push(line.to_owned()))
        .await?;
    Ok(verdict::judge(
        cell.case,
        &Seen {
            end: ran.end,
            succeeded: ran.succeeded,
            failed: ran.failed,
            pushed: ran.pushed.len(),
            log,
        },
    ))
}

fn progress(ended: &Ended<'_>) -> String {
    let how = if ended.problem.is_none() {
        "as it has to be"
    } else {
        "NOT as it has to be"
    };
    format!("{}, {}: {how}", ended.cell.case.name(), ended.cell.workflow)
}

/// The logs of what went wrong, then the table.
fn tell(ended: &[Ended<'_>], report: &Report) {
    for bad in ended.iter().filter(|ended| ended.problem.is_some()) {
        let _group = report.group(&format!(
            "the log of {}, {}",
            bad.cell.case.name(),
            bad.cell.workflow
        ));
        for line in &bad.log {
            report.say(line);
        }
    }
    report.say(table::rows(ended).trim_end());
}
