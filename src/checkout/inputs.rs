//! The inputs of `foundation-checkout`.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::checkout::plan::{History, Submodules};
use crate::checkout::target;
use crate::kit::context::{Context, Host, Repository, is_object_id};
use crate::kit::git::remote::Remote;
use crate::kit::inputs::{Problems, boolean, duration};
use crate::kit::outcome::{Failure, Result};
use crate::kit::report::Format;

/// Check out the commit this run is for.
///
/// The token comes from FOUNDATION_TOKEN, FOUNDATION_TOKEN_FILE or the runner's own GITHUB_TOKEN, and goes to the forge only.
#[derive(Debug, Clone, Default, clap::Parser)]
#[command(name = "foundation-checkout", version)]
pub struct Raw {
    /// The folder to check out into, relative to the workspace [default: the workspace itself]
    #[arg(long, env = "FOUNDATION_PATH", value_name = "FOLDER")]
    pub path: Option<String>,

    /// A branch, a tag, a full ref or a full commit [default: the event's commit, or another repository's default branch]
    #[arg(long = "ref", env = "FOUNDATION_REF", value_name = "REF")]
    pub git_ref: Option<String>,

    /// The repository, as owner/name [default: the run's repository]
    #[arg(long, env = "FOUNDATION_REPOSITORY", value_name = "OWNER/NAME")]
    pub repository: Option<String>,

    /// The git repository's address, or a folder that holds it [default: <forge>/<owner>/<name>.git]
    #[arg(long, env = "FOUNDATION_REMOTE", value_name = "ADDRESS")]
    pub remote: Option<String>,

    /// How much history: `shallow` for the last commits, `full` for all branches (contents are fetched when needed)
    #[arg(
        long,
        env = "FOUNDATION_HISTORY",
        default_value = "shallow",
        value_name = "shallow|full"
    )]
    pub history: String,

    /// How many commits a shallow history holds [default: 1]
    #[arg(long, env = "FOUNDATION_DEPTH", value_name = "NUMBER")]
    pub depth: Option<String>,

    /// Whether to fetch all tags
    #[arg(
        long, env = "FOUNDATION_TAGS", default_value = "false", value_name = "true|false",
        num_args = 0..=1, default_missing_value = "true"
    )]
    pub tags: String,

    /// Whether to check submodules out: `false`, `true`, or `recursive` for theirs too
    #[arg(
        long, env = "FOUNDATION_SUBMODULES", default_value = "false", value_name = "false|true|recursive",
        num_args = 0..=1, default_missing_value = "true"
    )]
    pub submodules: String,

    /// Whether to download the files that Git LFS keeps
    #[arg(
        long, env = "FOUNDATION_LFS", default_value = "false", value_name = "true|false",
        num_args = 0..=1, default_missing_value = "true"
    )]
    pub lfs: String,

    /// How long all of it may take, such as 90s, 10m, 1h
    #[arg(long, env = "FOUNDATION_TIMEOUT", default_value = "10m", value_name = "TIME")]
    pub timeout: String,

    /// How to report: `text`, or `json` for one document on standard output
    #[arg(
        long,
        env = "FOUNDATION_FORMAT",
        default_value = "text",
        value_name = "text|json"
    )]
    pub format: String,
}

/// What is asked for, when nobody knows the commit yet or when it is the event's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The commit the run is for.
    Event,
    /// The default branch.
    Default,
    /// A full commit.
    Commit(String),
    /// A branch, a tag or a full ref.
    Name(String),
}

/// The checked inputs.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The folder to check out into; absolute.
    pub folder: PathBuf,
    /// What to check out.
    pub asked: Asked,
    /// From where.
    pub remote: Remote,
    /// How much of the history.
    pub history: History,
    /// Whether to fetch all tags.
    pub tags: bool,
    /// Which submodules to check out.
    pub submodules: Submodules,
    /// Whether to download what Git LFS keeps.
    pub lfs: bool,
    /// How long all of it may take.
    pub timeout: Duration,
    /// How to report.
    pub format: Format,
}

impl Inputs {
    /// Checks the raw inputs against the context.
    ///
    /// # Errors
    /// Configuration, with every problem at once.
    pub fn check(raw: &Raw, context: &Context) -> Result<Self> {
        let mut problems = Problems::default();
        let folder = problems.take("--path", folder(raw.path.as_deref(), context));
        let repository = problems
            .take("--repository", repository(raw.repository.as_deref(), context))
            .flatten();
        let asked = problems.take("--ref", asked(raw, context));
        let remote = remote(raw, context, repository.as_ref(), &mut problems);
        let history = problems.take("--history", raw.history.parse::<HistoryWord>());
        let depth = problems.take("--depth", depth(raw.depth.as_deref())).flatten();
        if matches!(history, Some(HistoryWord::Full)) && depth.is_some() {
            problems.add(
                "--depth",
                "means nothing with --history full; leave one of them out",
            );
        }
        let tags = problems.take("--tags", boolean(&raw.tags));
        let submodules = problems.take("--submodules", submodules(&raw.submodules));
        let lfs = problems.take("--lfs", boolean(&raw.lfs));
        let timeout = problems.take("--timeout", duration(&raw.timeout));
        let format = problems.take("--format", raw.format.parse());
        problems.finish()?;
        let checked = || {
            Some(Self {
                folder: folder?,
                asked: asked?,
                remote: remote?,
                history: match history? {
                    HistoryWord::Full => History::Full,
                    HistoryWord::Shallow => History::Shallow(depth.unwrap_or(1)),
                },
                tags: tags?,
                submodules: submodules?,
                lfs: lfs?,
                timeout: timeout?,
                format: format?,
            })
        };
        // Whatever is missing was told as a problem above.
        checked().ok_or_else(|| Failure::config("wrong inputs"))
    }
}

fn folder(path: Option<&str>, context: &Context) -> Result<PathBuf, String> {
    let workspace = context.workspace.as_deref().unwrap_or(&context.directory);
    let path = Path::new(path.unwrap_or("."));
    let free = context.host == Host::Terminal;
    if !free && (path.is_absolute() || path.components().any(|part| part == Component::ParentDir)) {
        return Err(format!(
            "'{}' leads out of the workspace; write a folder below it",
            path.display()
        ));
    }
    let mut folder = PathBuf::new();
    for part in workspace.join(path).components() {
        match part {
            Component::ParentDir => {
                folder.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => folder.push(part),
        }
    }
    if folder.parent().is_none() {
        return Err("the root folder cannot be a workspace".to_owned());
    }
    Ok(folder)
}

fn repository(text: Option<&str>, context: &Context) -> Result<Option<Repository>, String> {
    match text {
        None => Ok(context.repository.clone()),
        Some(text) => Repository::parse(text)
            .map(Some)
            .ok_or_else(|| format!("'{text}' is no repository; write owner/name")),
    }
}

fn asked(raw: &Raw, context: &Context) -> Result<Asked, String> {
    if let Some(name) = raw.git_ref.as_deref() {
        if is_object_id(name) {
            return Ok(Asked::Commit(name.to_ascii_lowercase()));
        }
        return if target::is_ref_name(name) {
            Ok(Asked::Name(name.to_owned()))
        } else {
            Err(format!(
                "'{name}' can be no branch, tag or commit; git allows no such name"
            ))
        };
    }
    // The event's commit is in the run's own repository; of any other only the default branch makes sense.
    let other = raw
        .repository
        .as_deref()
        .is_some_and(|name| Repository::parse(name) != context.repository);
    let nothing = context.sha.is_none() && context.git_ref.is_none();
    Ok(if other || nothing {
        Asked::Default
    } else {
        Asked::Event
    })
}

fn remote(
    raw: &Raw,
    context: &Context,
    repository: Option<&Repository>,
    problems: &mut Problems,
) -> Option<Remote> {
    if let Some(address) = raw.remote.as_deref() {
        return problems.take("--remote", Remote::parse(address, &context.directory));
    }
    match (context.server.as_deref(), repository) {
        (Some(server), Some(repository)) => {
            let address = format!("{server}/{repository}.git");
            problems.take("--remote", Remote::parse(&address, &context.directory))
        }
        (_, _) if raw.repository.is_some() && repository.is_none() => None,
        (_, _) => {
            problems.add(
                "--remote",
                "outside a workflow nobody knows the repository; write its address or a folder",
            );
            None
        }
    }
}

enum HistoryWord {
    Shallow,
    Full,
}

impl std::str::FromStr for HistoryWord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "shallow" => Ok(Self::Shallow),
            "full" => Ok(Self::Full),
            other => Err(format!("'{other}' is no history; write shallow or full")),
        }
    }
}

fn depth(text: Option<&str>) -> Result<Option<u32>, String> {
    // Git's own limit is the largest 32-bit number, which it takes for "all".
    const MOST: u32 = 1_000_000;
    match text.map(|text| (text, text.parse::<u32>())) {
        None => Ok(None),
        Some((_, Ok(depth @ 1..=MOST))) => Ok(Some(depth)),
        Some((text, Ok(_) | Err(_))) => Err(format!(
            "'{text}' is no depth; write 1 to {MOST}, or --history full for all"
        )),
    }
}

fn submodules(text: &str) -> Result<Submodules, String> {
    if text == "recursive" {
        return Ok(Submodules::Recursive);
    }
    boolean(text)
        .map(|yes| if yes { Submodules::Direct } else { Submodules::No })
        .map_err(|_| format!("'{text}' is not one of false, true and recursive"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::inputs::{Parsed, parse};

    fn context(pairs: &[(&str, &str)]) -> Context {
        Context::from_env(pairs.iter().copied().collect(), Path::new("/here")).expect("a context")
    }

    fn raw(arguments: &[&str]) -> Raw {
        let arguments = std::iter::once("x")
            .chain(arguments.iter().copied())
            .map(Into::into);
        let Parsed::Inputs(raw) =
            parse::<Raw>(arguments, &[("A", "b")].into_iter().collect()).expect("parses")
        else {
            panic!("no inputs");
        };
        raw
    }

    const RUN: &[(&str, &str)] = &[
        ("FORGEJO_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://forge.example/sub"),
        ("GITHUB_REPOSITORY", "o/n"),
        ("GITHUB_SHA", "0123456789012345678901234567890123456789"),
        ("GITHUB_REF", "refs/heads/master"),
        ("GITHUB_WORKSPACE", "/ws"),
    ];

    #[test]
    fn in_a_run_nothing_needs_to_be_said() {
        let inputs = Inputs::check(&raw(&[]), &context(RUN)).expect("good");
        assert_eq!(inputs.folder, Path::new("/ws"));
        assert_eq!(inputs.remote.address(), "https://forge.example/sub/o/n.git");
        assert_eq!(inputs.asked, Asked::Event);
        assert_eq!(inputs.history, History::Shallow(1));
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let arguments = [
            "--path=../x",
            "--ref=a..b",
            "--repository=x",
            "--history=some",
            "--depth=0",
            "--tags=maybe",
            "--submodules=all",
            "--lfs=2",
            "--timeout=1d",
            "--format=xml",
            "--remote=ext::sh -c id",
        ];
        let failure = Inputs::check(&raw(&arguments), &context(RUN)).expect_err("all wrong");
        insta::assert_snapshot!(failure.to_string(), @r"
        11 wrong inputs:
          --path: '../x' leads out of the workspace; write a folder below it
          --repository: 'x' is no repository; write owner/name
          --ref: 'a..b' can be no branch, tag or commit; git allows no such name
          --remote: 'ext::sh -c id' names a transport that is a program; write an https, http or ssh address, or a folder
          --history: 'some' is no history; write shallow or full
          --depth: '0' is no depth; write 1 to 1000000, or --history full for all
          --tags: 'maybe' is neither true nor false
          --submodules: 'all' is not one of false, true and recursive
          --lfs: '2' is neither true nor false
          --timeout: '1d' is no time limit; write for example 90s, 5m or 1h (at most 168h)
          --format: 'xml' is no format; write text or json
        ");
    }

    #[test]
    fn another_repository_means_its_default_branch() {
        let inputs = Inputs::check(&raw(&["--repository", "o/other"]), &context(RUN)).expect("good");
        assert_eq!(inputs.asked, Asked::Default);
        let inputs = Inputs::check(&raw(&["--repository", "o/n", "--tags"]), &context(RUN)).expect("good");
        assert_eq!((inputs.asked, inputs.tags), (Asked::Event, true));
    }

    #[test]
    fn a_terminal_needs_a_remote_and_may_go_anywhere() {
        let failure = Inputs::check(&raw(&[]), &context(&[])).expect_err("no remote");
        assert!(
            failure.to_string().contains("--remote: outside a workflow"),
            "{failure}"
        );
        let inputs =
            Inputs::check(&raw(&["--remote", "r.git", "--path", "../x"]), &context(&[])).expect("good");
        assert_eq!(inputs.folder, Path::new("/x"));
        assert_eq!(
            (inputs.remote.address(), inputs.asked),
            ("/here/r.git", Asked::Default)
        );
    }
}
