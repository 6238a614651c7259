//! Arguments that are also `FOUNDATION_<INPUT>` variables.
//!
//! A workflow hands inputs over in `env:`, never inside a shell line. An input that was not given arrives as an empty
//! variable, which counts as absent here.

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};

/// How parsing ended: with values, or with a text that was asked for (`--help`, `--version`).
#[derive(Debug)]
pub enum Parsed<T> {
    /// The raw inputs.
    Inputs(T),
    /// Print this to standard output and end well.
    Text(String),
}

/// Parses arguments and variables.
///
/// # Errors
/// Configuration, with clap's own explanation of what is wrong.
pub fn parse<T: CommandFactory + FromArgMatches>(
    arguments: impl IntoIterator<Item = std::ffi::OsString>,
    env: &Env,
) -> Result<Parsed<T>> {
    let command = without_empty_variables(T::command(), env);
    match command
        .try_get_matches_from(arguments)
        .and_then(|matches| T::from_arg_matches(&matches))
    {
        Ok(inputs) => Ok(Parsed::Inputs(inputs)),
        Err(error) if !error.use_stderr() => Ok(Parsed::Text(error.to_string())),
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Err(Failure::config("no subcommand was named").hint(error.to_string().trim_end()))
        }
        Err(error) => {
            let text = error.to_string();
            let text = text.trim_end().trim_start_matches("error: ");
            Err(Failure::config(text.to_owned()))
        }
    }
}

fn without_empty_variables(mut command: clap::Command, env: &Env) -> clap::Command {
    let empty: Vec<clap::Id> = command
        .get_arguments()
        .filter(|argument| argument.get_env().is_some_and(|name| env.is_set_to_nothing(name)))
        .map(|argument| argument.get_id().clone())
        .collect();
    for id in empty {
        command = command.mut_arg(id, |argument| argument.env(None::<&'static str>));
    }
    let subcommands: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in subcommands {
        command = command.mut_subcommand(name, |sub| without_empty_variables(sub, env));
    }
    command
}

/// Collects every problem with the inputs, so that a person mends them all in one go.
#[derive(Debug, Default)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Notes a problem: which input, and what is wrong with it.
    pub fn add(&mut self, input: &str, problem: impl std::fmt::Display) {
        self.0.push(format!("{input}: {problem}"));
    }

    /// Takes the value, or notes the problem.
    pub fn take<T, E: std::fmt::Display>(&mut self, input: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|problem| self.add(input, problem)).ok()
    }

    /// Ends with all problems at once.
    ///
    /// # Errors
    /// Configuration, when there is at least one problem.
    pub fn finish(self) -> Result<()> {
        match self.0.as_slice() {
            [] => Ok(()),
            [one] => Err(Failure::config(format!("wrong input {one}"))),
            many => Err(Failure::config(format!(
                "{} wrong inputs:\n  {}",
                many.len(),
                many.join("\n  ")
            ))),
        }
    }
}

/// Parses `true` and `false` and the words workflows use for them.
///
/// # Errors
/// A text that names the accepted words.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "on" => Ok(true),
        "false" | "no" | "0" | "off" => Ok(false),
        other => Err(format!("'{other}' is neither true nor false")),
    }
}

/// Parses a length of time: `90`, `90s`, `5m`, `1h`. Plain numbers are seconds.
///
/// # Errors
/// A text that shows the accepted forms.
pub fn duration(text: &str) -> Result<std::time::Duration, String> {
    let (number, factor) = match text.trim().split_at_checked(text.trim().len().saturating_sub(1)) {
        Some((number, "s")) => (number, 1),
        Some((number, "m")) => (number, 60),
        Some((number, "h")) => (number, 3600),
        Some(_) | None => (text.trim(), 1),
    };
    let seconds = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor));
    match seconds {
        Some(seconds @ 1..=604_800) => Ok(std::time::Duration::from_secs(seconds)),
        _ => Err(format!(
            "'{text}' is no time limit; write for example 90s, 5m or 1h (at most 168h)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn all_problems_are_told_at_once() {
        let mut problems = Problems::default();
        problems.add("--a", "is odd");
        problems.take::<(), _>("--b", Err("is even"));
        let text = problems.finish().expect_err("two problems").to_string();
        assert_eq!(text, "2 wrong inputs:\n  --a: is odd\n  --b: is even");
    }

    #[test]
    fn durations_have_units_and_limits() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        for wrong in ["", "0", "-1", "5 m x", "1d", "m", "ü", "99999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
