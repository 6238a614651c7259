//! Which files changed, for `--since`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::kit::context::{Context, Event};
use crate::kit::git::{Git, records};
use crate::kit::outcome::{Failure, Result};
use crate::kit::report::Report;
use crate::lint::inputs::Since;

/// How much deeper a shallow clone is made each time, until the merge base is there.
const DEEPEN: [u32; 4] = [50, 500, 5_000, 50_000];

/// The changed files, sorted; none when every file counts.
///
/// # Errors
/// Configuration, when the revision is wrong; environment, when the merge base cannot be had. Never "nothing changed".
pub async fn changed(
    since: &Since,
    git: &Git,
    context: &Context,
    report: &Report,
) -> Result<Option<Vec<PathBuf>>> {
    let revision = match since {
        Since::Everything => return Ok(None),
        Since::Revision(revision) => revision.clone(),
        Since::Event => match of_event(&context.event) {
            Some(revision) => revision,
            None => {
                report.say("this event has no commit to compare with: every file is linted");
                return Ok(None);
            }
        },
    };
    let base = merge_base(&revision, git, context).await?;
    report.say(format_args!(
        "only files changed since {base}, the merge base with {revision}"
    ));
    let differ = git
        .cmd([
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--diff-filter=d",
        ])
        .arg(&base)
        .arg("--");
    let untracked = git.cmd(["ls-files", "-z", "--others", "--exclude-standard"]);
    let (differ, untracked) = tokio::try_join!(differ.output(), untracked.output())?;
    let mut files: Vec<PathBuf> = records(&differ)
        .chain(records(&untracked))
        .map(PathBuf::from)
        .collect();
    files.sort();
    files.dedup();
    Ok(Some(files))
}

fn of_event(event: &Event) -> Option<String> {
    match event {
        Event::PullRequest(pull) if !pull.base_sha.is_empty() => Some(pull.base_sha.clone()),
        Event::Push { before } => before.clone(),
        Event::PullRequest(_) | Event::Dispatch | Event::Schedule | Event::Other => None,
    }
}

/// The best commit that the revision and the checked out commit have in common, fetched if need be.
async fn merge_base(revision: &str, git: &Git, context: &Context) -> Result<String> {
    let mut fetch = Fetch {
        git,
        context,
        last: None,
    };
    let commit = match git.commit(revision).await? {
        Some(commit) => commit,
        None => fetch.revision(revision).await?,
    };
    if let Some(base) = common(git, &commit).await? {
        return Ok(base);
    }
    for depth in DEEPEN {
        if !is_shallow(git).await? {
            break;
        }
        fetch
            .run([
                OsString::from(format!("--deepen={depth}")),
                "origin".into(),
                commit.clone().into(),
            ])
            .await?;
        if let Some(base) = common(git, &commit).await? {
            return Ok(base);
        }
    }
    let why = match is_shallow(git).await? {
        true => "the clone is too shallow, and deepening it did not bring it",
        false => "they have no history in common",
    };
    let failure = Failure::environment(format!(
        "no merge base of {revision} and the checked out commit: {why}"
    ));
    Err(match fetch.last {
        Some(words) => failure.because(words),
        None => failure,
    }
    .hint("check out with full history, or leave --since away to lint everything"))
}

async fn common(git: &Git, commit: &str) -> Result<Option<String>> {
    let done = git.cmd(["merge-base", commit, "HEAD"]).capture().await?;
    let base = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    Ok((done.end.good() && !base.is_empty()).then_some(base))
}

async fn is_shallow(git: &Git) -> Result<bool> {
    Ok(git
        .output(["rev-parse", "--is-shallow-repository"])
        .await?
        .starts_with(b"true"))
}

struct Fetch<'a> {
    git: &'a Git,
    context: &'a Context,
    /// Why the last fetch failed.
    last: Option<String>,
}

impl Fetch<'_> {
    /// Fetches a revision that is not here. `origin/x` and `x` mean the branch or tag of the remote; an object id itself.
    async fn revision(&mut self, revision: &str) -> Result<String> {
        let name = revision.strip_prefix("origin/").unwrap_or(revision);
        let depth: &[&str] = match is_shallow(self.git).await? {
            true => &["--depth=50"],
            false => &[],
        };
        let mut arguments: Vec<OsString> = depth.iter().map(OsString::from).collect();
        arguments.extend(["origin".into(), name.into()]);
        self.run(arguments).await?;
        let fetched = if self.last.is_none() {
            self.git.commit("FETCH_HEAD").await?
        } else {
            None
        };
        fetched.ok_or_else(|| {
            let failure = Failure::environment(format!(
                "the revision {revision} is not here and could not be fetched"
            ));
            match &self.last {
                Some(words) => failure.because(words.clone()),
                None => failure,
            }
            .hint("name a branch, a tag or a commit of this repository, or check out with full history")
        })
    }

    async fn run(&mut self, arguments: impl IntoIterator<Item = OsString>) -> Result<()> {
        let _ = self.context;
        let done = self
            .git
            .cmd([
                "fetch",
                "--no-tags",
                "--no-recurse-submodules",
                "--quiet",
                "--no-auto-maintenance",
            ])
            .args(arguments)
            .capture()
            .await?;
        self.last = (!done.end.good()).then(|| done.last_words());
        Ok(())
    }
}

/// Whether the path is among the changed ones.
#[must_use]
pub fn holds(changed: &[PathBuf], path: &Path) -> bool {
    changed
        .binary_search_by(|other| other.as_path().cmp(path))
        .is_ok()
}
