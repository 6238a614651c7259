//! Which files changed, for `--since`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::checkout::network::{Folders, Network};
use crate::kit::context::{Context, Event};
use crate::kit::git::remote::{Access, Remote};
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
    limit: Duration,
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
    let mut fetch = Fetch {
        git,
        context,
        report,
        limit,
        last: None,
    };
    let base = merge_base(&revision, &mut fetch).await?;
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
async fn merge_base(revision: &str, fetch: &mut Fetch<'_>) -> Result<String> {
    let git = fetch.git;
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
            .run(&[&format!("--deepen={depth}"), "origin", &commit])
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
    Err(match &fetch.last {
        Some(words) => failure.because(words.clone()),
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

/// Fetching from the remote `origin`, as checkout does it: the token is for the forge alone and in no file.
struct Fetch<'a> {
    git: &'a Git,
    context: &'a Context,
    report: &'a Report,
    limit: Duration,
    /// Why the last fetch failed.
    last: Option<String>,
}

impl Fetch<'_> {
    /// Fetches a revision that is not here. `origin/x` and `x` mean the branch or tag of the remote; an object id itself.
    async fn revision(&mut self, revision: &str) -> Result<String> {
        let name = revision.strip_prefix("origin/").unwrap_or(revision);
        match is_shallow(self.git).await? {
            true => self.run(&["--depth=50", "origin", name]).await?,
            false => self.run(&["origin", name]).await?,
        }
        let fetched = match self.last {
            None => self.git.commit("FETCH_HEAD").await?,
            Some(_) => None,
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

    async fn run(&mut self, arguments: &[&str]) -> Result<()> {
        let address = self
            .git
            .cmd(["config", "--get", "remote.origin.url"])
            .capture()
            .await?;
        let address = String::from_utf8_lossy(&address.stdout).trim().to_owned();
        if address.is_empty() {
            self.last = Some("there is no remote 'origin' to fetch from".to_owned());
            return Ok(());
        }
        let remote = Remote::parse(&address, self.git.directory())
            .map_err(|why| Failure::config("cannot fetch from the remote 'origin'").because(why))?;
        let access = Access::of(self.context, &remote)?;
        let network = Network::new(self.git.clone(), &access, self.report, false, self.limit);
        let call: Vec<String> = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]
            .iter()
            .chain(arguments)
            .map(|&word| word.to_owned())
            .collect();
        let done = network.call(&call, Folders::Allowed).await?;
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
