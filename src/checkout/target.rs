//! Which commit is wanted, and by which name: pure.

use crate::checkout::inputs::Asked;
use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Result};

/// What is wanted, as far as it is known without asking the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A commit, and the ref it is on, if one was told.
    Known(Target),
    /// Whatever the remote's ref of that name points at; its default branch, without a name.
    Ask(Option<String>),
}

/// A commit to check out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The commit, or a tag that points at it.
    pub sha: String,
    /// The full ref, such as `refs/heads/master`.
    pub git_ref: Option<String>,
}

impl Target {
    /// The branch to stand on, if the ref is one that git can stand on. Git refuses branches that look like options.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        let branch = self.git_ref.as_deref()?.strip_prefix("refs/heads/")?;
        (!branch.starts_with('-') && branch != "HEAD").then_some(branch)
    }

    /// The ref's short name, for people.
    #[must_use]
    pub fn name(&self) -> String {
        match self.git_ref.as_deref() {
            None => "no ref".to_owned(),
            Some(full) => match (full.strip_prefix("refs/heads/"), full.strip_prefix("refs/tags/")) {
                (Some(branch), _) => format!("branch {branch}"),
                (_, Some(tag)) => format!("tag {tag}"),
                (None, None) => full.strip_prefix("refs/pull/").map_or_else(
                    || full.to_owned(),
                    |rest| format!("pull request {}", rest.split('/').next().unwrap_or(rest)),
                ),
            },
        }
    }
}

/// Which commit is wanted.
///
/// # Errors
/// Configuration, when the runner's ref is none.
pub fn wanted(asked: &Asked, context: &Context) -> Result<Wanted> {
    match asked {
        Asked::Default => Ok(Wanted::Ask(None)),
        Asked::Name(name) => Ok(Wanted::Ask(Some(name.clone()))),
        Asked::Commit(sha) => Ok(Wanted::Known(Target {
            sha: sha.clone(),
            git_ref: None,
        })),
        Asked::Event => {
            // A pull request's head is fetched from the repository it was made for, so forks need nothing more, and
            // `pull_request_target` gets what the runner says: the base.
            let git_ref = context.git_ref.clone().filter(|name| name.starts_with("refs/"));
            if let Some(name) = &git_ref
                && !is_ref_name(name)
            {
                return Err(Failure::config(format!(
                    "the run's ref '{name}' is no name that git allows"
                )));
            }
            Ok(match (&context.sha, &context.git_ref) {
                (Some(sha), _) => Wanted::Known(Target {
                    sha: sha.to_ascii_lowercase(),
                    git_ref,
                }),
                (None, name) => Wanted::Ask(name.clone()),
            })
        }
    }
}

/// The patterns to ask `git ls-remote` for.
#[must_use]
pub fn patterns(name: Option<&str>) -> Vec<String> {
    match name {
        None => vec!["HEAD".to_owned()],
        Some(full) if full.starts_with("refs/") => vec![full.to_owned(), format!("{full}^{{}}")],
        Some(name) => vec![
            format!("refs/heads/{name}"),
            format!("refs/tags/{name}"),
            format!("refs/tags/{name}^{{}}"),
        ],
    }
}

/// Reads the answer of `git ls-remote --symref`. A branch wins over a tag of the same name, as everywhere on a forge.
#[must_use]
pub fn resolve(name: Option<&str>, answer: &str) -> Option<Target> {
    let lines: Vec<(&str, &str)> = answer.lines().filter_map(|line| line.split_once('\t')).collect();
    let sha_of = |wanted: &str| {
        let of = |wanted: &str| {
            lines
                .iter()
                .find(|(value, full)| *full == wanted && !value.starts_with("ref: "))
                .map(|(sha, _)| (*sha).to_owned())
        };
        of(&format!("{wanted}^{{}}")).or_else(|| of(wanted))
    };
    let Some(name) = name else {
        let branch = lines
            .iter()
            .find_map(|(value, full)| value.strip_prefix("ref: ").filter(|_| *full == "HEAD"));
        return Some(Target {
            sha: sha_of("HEAD")?,
            git_ref: branch.map(str::to_owned),
        });
    };
    let candidates = if name.starts_with("refs/") {
        vec![name.to_owned()]
    } else {
        vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")]
    };
    candidates.into_iter().find_map(|full| {
        sha_of(&full).map(|sha| Target {
            sha,
            git_ref: Some(full),
        })
    })
}

/// A commit, short enough to read.
#[must_use]
pub fn short(sha: &str) -> &str {
    sha.get(..12).unwrap_or(sha)
}

/// Whether git allows the name for a ref (`git check-ref-format`), here so that nothing else reaches its command line.
#[must_use]
pub fn is_ref_name(name: &str) -> bool {
    let part_fits = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    name != "@"
        && name.len() <= 1024
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.chars().any(|c| c.is_control() || " ~^:?*[\\".contains(c))
        && name.split('/').all(part_fits)
}
