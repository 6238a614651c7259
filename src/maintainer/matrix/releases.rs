//! The releases of a candidate: a repository that grows commit by commit, as its people would make it, and a bare repository
//! beside it as the forge's git. After each step the workflow runs, and the tags that it has pushed are what counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::kit::context::Context;
use crate::kit::git::Git;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::End;
use crate::maintainer::act::{self, Pushed, Ran, Refs, Request, Runner};
use crate::maintainer::matrix::cases::Case;

/// The workflow this is about.
pub const WORKFLOW: &str = "semantic-release";

/// `states.json`: what becomes of the repository, in order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Releases {
    /// The candidate, where this is another shape of it.
    #[serde(default)]
    pub base: Option<String>,
    /// The states, each made from the one before.
    pub states: Vec<State>,
}

/// One state of the repository, and what has to be released there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// How it is called.
    pub name: String,
    /// What is done before the workflow runs. The repository's first commit, `init`, is there already.
    #[serde(default, rename = "do")]
    pub steps: Vec<Step>,
    /// The tags that the workflow has to push, each on the state's commit; no others, and no branch.
    pub tags: Vec<String>,
}

/// One thing that somebody does in the repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Step {
    /// Adds a line to files, and commits them with a message.
    Commit {
        /// The message.
        message: String,
        /// The files, relative to the repository.
        #[serde(default = "readme")]
        files: Vec<PathBuf>,
    },
    /// Tags the commit.
    Tag(String),
    /// Makes a branch and goes there.
    Branch(String),
    /// Goes to a branch.
    Switch(String),
}

fn readme() -> Vec<PathBuf> {
    vec![PathBuf::from("README.md")]
}

/// Reads a `states.json`.
///
/// # Errors
/// Configuration, when it is wrong.
pub fn read(file: &Path) -> Result<Releases> {
    let wrong = |error: String| Failure::config(format!("{} is wrong: {error}", file.display()));
    let text = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let releases: Releases = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    if releases.states.is_empty() || releases.states.iter().all(|state| state.tags.is_empty()) {
        return Err(wrong("it releases nothing".to_owned()));
    }
    Ok(releases)
}

/// The candidate in a folder of its own, with a commit that is its start.
#[derive(Debug)]
pub struct Repository {
    _home: tempfile::TempDir,
    git: Git,
    folder: PathBuf,
    remote: PathBuf,
}

impl Repository {
    /// Makes it.
    ///
    /// # Errors
    /// Environment, when there is no room or git fails.
    pub async fn make(case: &Case, context: &Context) -> Result<Self> {
        let home = tempfile::Builder::new()
            .prefix("foundation-matrix-")
            .tempdir()
            .map_err(|error| Failure::environment("cannot make a temporary folder").because(error))?;
        // Its name becomes the repository's.
        let folder = home.path().join(&case.candidate);
        act::take(&context.env, &case.folder, &case.overlays(), &folder).await?;
        let git = Git::new(&context.env, &folder)?;
        Ok(Self {
            remote: home.path().join("remote.git"),
            folder,
            git,
            _home: home,
        })
    }

    /// Does what somebody does there.
    ///
    /// # Errors
    /// Environment, when git fails.
    pub async fn apply(&self, steps: &[Step]) -> Result<()> {
        for step in steps {
            match step {
                Step::Commit { message, files } => self.commit(message, files).await?,
                Step::Tag(name) => self.call(&["tag", name]).await?,
                Step::Branch(name) => self.call(&["checkout", "--quiet", "-b", name]).await?,
                Step::Switch(name) => self.call(&["checkout", "--quiet", name]).await?,
            }
        }
        Ok(())
    }

    async fn commit(&self, message: &str, files: &[PathBuf]) -> Result<()> {
        let subject = message.lines().next().unwrap_or_default();
        for file in files {
            let path = self.folder.join(file);
            std::fs::read_to_string(&path)
                .and_then(|text| std::fs::write(&path, format!("{text}\n{subject}\n")))
                .map_err(|error| {
                    Failure::config(format!("cannot change {}", path.display())).because(error)
                })?;
        }
        self.call(&["add", "--all"]).await?;
        let identity = [
            "-c",
            "user.name=Somebody",
            "-c",
            "user.email=somebody@example.org",
        ];
        let commit = ["-c", "commit.gpgSign=false", "commit", "--quiet", "--allow-empty"];
        let message = format!("--message={message}");
        self.call(&[&identity[..], &commit, &[&message]].concat()).await
    }

    async fn call(&self, arguments: &[&str]) -> Result<()> {
        self.git.output(arguments).await?;
        Ok(())
    }

    /// What act is asked to do here.
    #[must_use]
    pub fn request(&self) -> Request {
        Request {
            source: self.folder.clone(),
            workflow: Some(WORKFLOW.to_owned()),
            remote: Some(self.remote.clone()),
            ..Request::default()
        }
    }

    async fn pushed(&self, context: &Context) -> Result<Refs> {
        if !self.remote.exists() {
            return Ok(Refs::new());
        }
        act::refs(&Git::new(&context.env, &self.remote)?).await
    }

    async fn head(&self) -> Result<String> {
        self.git
            .commit("HEAD")
            .await?
            .ok_or_else(|| Failure::environment("the repository has no commit"))
    }
}

/// How many states were as they have to be, and what was wrong with the first that was not.
#[derive(Debug)]
pub struct Walked {
    /// How many were.
    pub good: usize,
    /// What was wrong.
    pub problem: Option<String>,
}

/// Goes through all states, up to the first that is not as it has to be.
///
/// # Errors
/// See [`Failure`]. A job that failed is none.
pub async fn walk(
    case: &Case,
    releases: &Releases,
    runner: &Runner,
    context: &Context,
    log: &mut Vec<String>,
) -> Result<Walked> {
    let repository = Repository::make(case, context).await?;
    for (good, state) in releases.states.iter().enumerate() {
        repository.apply(&state.steps).await?;
        let before = repository.pushed(context).await?;
        let from = log.len();
        let ran = runner
            .run(&repository.request(), context, |line| log.push(line.to_owned()))
            .await?;
        let after = repository.pushed(context).await?;
        let problem = judge(
            state,
            &ran,
            &act::moved(&before, &after),
            &repository.head().await?,
        );
        if let Some(problem) = problem {
            // The log of what went wrong is enough.
            log.drain(..from);
            return Ok(Walked {
                good,
                problem: Some(format!("{}: {problem}", state.name)),
            });
        }
        log.clear();
    }
    Ok(Walked {
        good: releases.states.len(),
        problem: None,
    })
}

/// Says what is not as it has to be. `moved` is what is new in the bare repository since before the push, `head` the state's commit.
fn judge(state: &State, ran: &Ran, moved: &[Pushed], head: &str) -> Option<String> {
    if ran.end != End::Code(0) || ran.failed > 0 {
        return Some(format!(
            "has to pass, but {} jobs failed (act {})",
            ran.failed, ran.end
        ));
    }
    if ran.succeeded == 0 {
        return Some("no job ran".to_owned());
    }
    let mut tags = BTreeMap::new();
    for Pushed { name, before, after } in moved {
        let commit = after.as_ref().map(|target| target.commit.as_str());
        if let Some(tag) = name.strip_prefix("refs/tags/") {
            if before.is_some() {
                return Some(format!("has moved the tag {tag}"));
            }
            tags.insert(tag, commit);
        } else if name.starts_with("refs/heads/") && commit != Some(head) {
            return Some(format!(
                "has moved the branch {name} from the commit that was pushed"
            ));
        } else if !name.starts_with("refs/heads/") && !name.starts_with("refs/notes/semantic-release") {
            return Some(format!("has pushed {name}"));
        }
    }
    let told: Vec<&str> = tags.keys().copied().collect();
    let mut wanted: Vec<&str> = state.tags.iter().map(String::as_str).collect();
    wanted.sort_unstable();
    if told != wanted {
        return Some(format!("has to tag {}, not {}", list(&wanted), list(&told)));
    }
    let wrong = tags.into_iter().find(|(_, commit)| *commit != Some(head));
    wrong.map(|(tag, _)| format!("the tag {tag} is not on the commit that was pushed"))
}

fn list(tags: &[&str]) -> String {
    if tags.is_empty() {
        return "nothing".to_owned();
    }
    tags.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maintainer::act::{Snapshot, Target};

    fn pushed(name: &str, commit: &str) -> Pushed {
        Pushed {
            name: name.to_owned(),
            before: None,
            after: Some(Target {
                object: "0".to_owned(),
                commit: commit.to_owned(),
            }),
        }
    }

    fn ran(code: i32, succeeded: usize, failed: usize) -> Ran {
        Ran {
            end: End::Code(code),
            succeeded,
            failed,
            time: std::time::Duration::ZERO,
            snapshot: Snapshot {
                host: String::new(),
                repository: String::new(),
                commit: "c".to_owned(),
                dirty: false,
            },
            event: "push",
            pushed: Vec::new(),
        }
    }

    #[test]
    fn a_state_is_judged_by_the_tags_in_the_bare_repository() {
        let state = |tags: &[&str]| State {
            name: "feat".to_owned(),
            steps: Vec::new(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        let branch = pushed("refs/heads/master", "c");
        let tag = pushed("refs/tags/v1.1.0", "c");
        let note = pushed("refs/notes/semantic-release-v1.1.0", "n");
        let good = ran(0, 1, 0);
        let all = [branch.clone(), note, tag.clone()];
        assert_eq!(judge(&state(&["v1.1.0"]), &good, &all, "c"), None);
        assert_eq!(
            judge(&state(&[]), &good, std::slice::from_ref(&branch), "c"),
            None
        );
        let wrong = [
            (
                state(&["v1.1.0"]),
                ran(1, 0, 1),
                vec![branch.clone(), tag.clone()],
            ),
            (
                state(&["v1.1.0"]),
                ran(0, 0, 0),
                vec![branch.clone(), tag.clone()],
            ),
            (state(&["v1.1.0"]), ran(0, 1, 0), vec![branch.clone()]),
            (
                state(&["v1.1.1"]),
                ran(0, 1, 0),
                vec![branch.clone(), tag.clone()],
            ),
            (state(&[]), ran(0, 1, 0), vec![branch.clone(), tag.clone()]),
            (
                state(&["v1.1.0"]),
                ran(0, 1, 0),
                vec![branch.clone(), pushed("refs/tags/v1.1.0", "other")],
            ),
            (
                state(&["v1.1.0"]),
                ran(0, 1, 0),
                vec![pushed("refs/heads/master", "d"), tag.clone()],
            ),
            (
                state(&["v1.1.0"]),
                ran(0, 1, 0),
                vec![branch, tag, pushed("refs/pull/1/head", "c")],
            ),
        ];
        for (state, ran, moved) in wrong {
            assert!(judge(&state, &ran, &moved, "c").is_some(), "{state:?} {moved:?}");
        }
    }
}
