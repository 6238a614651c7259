//! The way of one run: streams and arguments in, exit code out.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use crate::kit::context::{Context, Env, Host};
use crate::kit::fence;
use crate::kit::inputs::{self, Parsed};
use crate::kit::outcome::{Exit, Failure, Outcome, Result};
use crate::kit::process::{self, watchdog};
use crate::kit::report::{Format, Report};
use crate::kit::secret::Masks;

/// Runs an action as this process. `actions/<name>/main.rs` calls nothing else.
pub fn main<T>(action: impl AsyncFnOnce(&T, &Context, &Report) -> Result<Outcome>) -> ExitCode
where
    T: clap::CommandFactory + clap::FromArgMatches,
{
    if watchdog::is_called(std::env::args_os()) {
        watchdog::watch();
        return ExitCode::SUCCESS;
    }
    let env = Env::of_process();
    let masks = Masks::default();
    let color = std::io::stdout().is_terminal() && env.os("NO_COLOR").is_none();
    let plain = Report::new(
        std::io::stdout(),
        std::io::stderr(),
        masks.clone(),
        Host::Terminal,
        false,
    );
    // Before the environment is known, a failure can only be told plainly.
    let exit = match prepare(env, masks) {
        Ok((context, arguments)) => {
            let report = Report::new(
                std::io::stdout(),
                std::io::stderr(),
                context.masks.clone(),
                context.host,
                // act gives its jobs a terminal, but obeys what they print.
                color && context.host == Host::Terminal,
            );
            run(arguments, &context, &report, action)
        }
        Err(failure) => {
            plain.fail(&failure);
            failure.kind().into()
        }
    };
    watchdog::dismiss();
    ExitCode::from(exit.code())
}

fn prepare(env: Env, masks: Masks) -> Result<(Context, Vec<OsString>)> {
    process::harden()?;
    let directory = std::env::current_dir()
        .map_err(|error| Failure::environment("the working directory cannot be read").because(error))?;
    Ok((
        Context::read(env, &directory, masks)?,
        std::env::args_os().collect(),
    ))
}

/// Parses the arguments, runs the action, and says how it ended.
fn run<T>(
    arguments: Vec<OsString>,
    context: &Context,
    report: &Report,
    action: impl AsyncFnOnce(&T, &Context, &Report) -> Result<Outcome>,
) -> Exit
where
    T: clap::CommandFactory + clap::FromArgMatches,
{
    if wants_json(&arguments, &context.env) {
        report.set_format(Format::Json);
    }
    let outcome = inputs::parse::<T>(arguments, &context.env).and_then(|parsed| match parsed {
        Parsed::Text(text) => {
            report.say(text.trim_end());
            Ok(Outcome::Good)
        }
        Parsed::Inputs(inputs) => {
            fence::warn(context, report);
            runtime()?.block_on(until_stopped(action(&inputs, context, report)))
        }
    });
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            report.fail(&failure);
            failure.kind().into()
        }
    }
}

/// Whether standard output is for one document alone. Asked before the arguments are parsed, since what is wrong with them is
/// no document either.
fn wants_json(arguments: &[OsString], env: &Env) -> bool {
    let mut wanted = env.text("FOUNDATION_FORMAT");
    for (index, argument) in arguments.iter().enumerate() {
        match argument.to_str() {
            Some("--format") => wanted = arguments.get(index + 1).and_then(|next| next.to_str()),
            Some(text) => wanted = text.strip_prefix("--format=").or(wanted),
            None => {}
        }
    }
    wanted == Some("json")
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::environment("cannot start the runtime").because(error))
}

/// Runs the action until it ends or somebody stops us. Dropping it kills its programs and removes its private files.
async fn until_stopped(action: impl Future<Output = Result<Outcome>>) -> Result<Outcome> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen =
        |kind| signal(kind).map_err(|error| Failure::environment("cannot listen for signals").because(error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let stopped = |name: &str| {
        Err(Failure::environment(format!(
            "stopped by {name} before it was done"
        )))
    };
    tokio::select! {
        outcome = action => outcome,
        _ = terminate.recv() => stopped("SIGTERM"),
        _ = interrupt.recv() => stopped("SIGINT"),
    }
}
