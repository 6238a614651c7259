//! The inputs of `foundation-lint`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::kit::inputs::{self, Problems};
use crate::kit::outcome::Result;
use crate::kit::report::{Format, Severity};
use crate::lint::findings::Tool;

/// Lint a repository with eslint, yamllint and shellcheck. Exit codes: 0 good, 1 findings, 2 wrong input or configuration,
/// 3 a linter or the environment failed, 4 refused for safety.
#[derive(Debug, clap::Parser)]
#[command(name = "foundation-lint", version)]
pub struct Raw {
    /// The folder or file to lint.
    #[arg(value_name = "PATH", env = "FOUNDATION_PATH", default_value = ".")]
    pub path: PathBuf,

    /// Lint only files changed since the merge base with this revision; `auto` takes it from the event.
    #[arg(long, value_name = "REV", env = "FOUNDATION_SINCE")]
    pub since: Option<String>,

    /// The linters to run, separated by commas: eslint, yamllint, shellcheck. All that find files when not given.
    #[arg(long, value_name = "LIST", env = "FOUNDATION_LINTERS")]
    pub linters: Option<String>,

    /// The least severity that fails the run: error, warning or never.
    #[arg(
        long,
        value_name = "LEVEL",
        env = "FOUNDATION_FAIL_ON",
        default_value = "error"
    )]
    pub fail_on: String,

    /// What standard output carries: text or json.
    #[arg(
        long,
        value_name = "FORMAT",
        env = "FOUNDATION_FORMAT",
        default_value = "text"
    )]
    pub format: String,

    /// Install the project's own eslint from its lock file first, package scripts off: true or false.
    #[arg(
        long,
        value_name = "BOOL",
        env = "FOUNDATION_INSTALL",
        default_value = "false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub install: String,

    /// The time limit of one linter process, such as 90s or 10m.
    #[arg(long, value_name = "TIME", env = "FOUNDATION_TIMEOUT", default_value = "10m")]
    pub timeout: String,

    /// The unprivileged user that runs the project's own code (eslint configurations and plugins).
    #[arg(
        long,
        value_name = "NAME",
        env = "FOUNDATION_FOREIGN_USER",
        default_value = "ci"
    )]
    pub foreign_user: String,

    /// How many linter processes run at once; as many as there are cores when not given.
    #[arg(long, value_name = "N", env = "FOUNDATION_JOBS")]
    pub jobs: Option<String>,
}

/// What `--since` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// Every file.
    Everything,
    /// What the event proposes or pushed.
    Event,
    /// Changed since the merge base with this revision.
    Revision(String),
}

/// The least severity that fails the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Findings of this severity, or of a worse one.
    Severity(Severity),
    /// No finding fails the run.
    Never,
}

impl FailOn {
    /// Whether a finding of this severity fails the run.
    #[must_use]
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Severity(least) => severity >= least,
            Self::Never => false,
        }
    }
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "error" => Ok(Self::Severity(Severity::Error)),
            "warning" => Ok(Self::Severity(Severity::Warning)),
            "never" => Ok(Self::Never),
            other => Err(format!("'{other}' is no level; write error, warning or never")),
        }
    }
}

/// The inputs, checked.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The folder or file to lint.
    pub path: PathBuf,
    /// Which files count.
    pub since: Since,
    /// The linters named by hand.
    pub linters: Option<Vec<Tool>>,
    /// What fails the run.
    pub fail_on: FailOn,
    /// What standard output carries.
    pub format: Format,
    /// Whether to install the project's own eslint.
    pub install: bool,
    /// The time limit of one process.
    pub timeout: Duration,
    /// The user for foreign code.
    pub foreign_user: String,
    /// How many processes run at once.
    pub jobs: usize,
}

impl Inputs {
    /// Checks the raw inputs.
    ///
    /// # Errors
    /// Configuration, with every problem at once.
    pub fn check(raw: &Raw) -> Result<Self> {
        let mut problems = Problems::default();
        let since = match raw.since.as_deref().map(str::trim) {
            None | Some("") => Some(Since::Everything),
            Some("auto") => Some(Since::Event),
            Some(revision) if revision.starts_with('-') || revision.contains(char::is_control) => {
                problems.add("--since", format_args!("'{revision}' is no revision"));
                None
            }
            Some(revision) => Some(Since::Revision(revision.to_owned())),
        };
        let linters = raw
            .linters
            .as_deref()
            .filter(|list| !list.trim().is_empty())
            .map(tools);
        let linters = linters
            .map(|list| problems.take("--linters", list))
            .map_or(Some(None), |list| list.map(Some));
        let fail_on = problems.take("--fail-on", raw.fail_on.parse());
        let format = problems.take("--format", raw.format.parse());
        let install = problems.take("--install", inputs::boolean(&raw.install));
        let timeout = problems.take("--timeout", inputs::duration(&raw.timeout));
        let jobs = problems.take("--jobs", jobs(raw.jobs.as_deref()));
        problems.finish()?;
        match (since, linters, fail_on, format, install, timeout, jobs) {
            (
                Some(since),
                Some(linters),
                Some(fail_on),
                Some(format),
                Some(install),
                Some(timeout),
                Some(jobs),
            ) => Ok(Self {
                path: raw.path.clone(),
                since,
                linters,
                fail_on,
                format,
                install,
                timeout,
                foreign_user: raw.foreign_user.clone(),
                jobs,
            }),
            // Every absent value was noted as a problem, so `finish` has ended the run already.
            _ => Err(crate::kit::outcome::Failure::config("wrong inputs")),
        }
    }
}

fn tools(list: &str) -> Result<Vec<Tool>, String> {
    let mut tools = Vec::new();
    for name in list.split([',', ' ', '\n']).filter(|name| !name.is_empty()) {
        let tool = name.parse()?;
        if !tools.contains(&tool) {
            tools.push(tool);
        }
    }
    match tools.is_empty() {
        true => Err("the list names no linter".to_owned()),
        false => Ok(tools),
    }
}

fn jobs(text: Option<&str>) -> Result<usize, String> {
    match text {
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        Some(text) => match text.trim().parse() {
            Ok(jobs @ 1..=256) => Ok(jobs),
            Ok(_) | Err(_) => Err(format!("'{text}' is no number from 1 to 256")),
        },
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn check(arguments: &[&str]) -> Result<Inputs> {
        let arguments = std::iter::once("foundation-lint").chain(arguments.iter().copied());
        Inputs::check(&Raw::try_parse_from(arguments).expect("arguments"))
    }

    #[test]
    fn every_problem_is_told() {
        let failure = check(&[
            "--linters",
            "eslint,tslint",
            "--fail-on",
            "info",
            "--jobs",
            "0",
            "--since=-x",
        ])
        .expect_err("four problems");
        let text = failure.to_string();
        for input in [
            "4 wrong inputs",
            "--linters: 'tslint'",
            "--fail-on: 'info'",
            "--jobs: '0'",
            "--since: '-x'",
        ] {
            assert!(text.contains(input), "{text}");
        }
    }

    #[test]
    fn lists_and_switches() {
        let inputs = check(&[
            "--linters",
            "yamllint, eslint,yamllint",
            "--install",
            "--since",
            "auto",
        ])
        .expect("inputs");
        assert_eq!(inputs.linters, Some(vec![Tool::Yamllint, Tool::Eslint]));
        assert!(inputs.install);
        assert_eq!(inputs.since, Since::Event);
        assert!(check(&["--linters", ","]).is_err());
    }

    #[test]
    fn a_path_after_a_switch_is_the_path() {
        let inputs = check(&["--install", "src"]).expect("inputs");
        assert!(inputs.install);
        assert_eq!(inputs.path, PathBuf::from("src"));
        assert!(!check(&["--install=false"]).expect("inputs").install);
    }

    #[test]
    fn info_fails_no_level() {
        for level in ["error", "warning", "never"] {
            assert!(
                !level.parse::<FailOn>().expect("a level").fails(Severity::Info),
                "{level}"
            );
        }
    }
}
