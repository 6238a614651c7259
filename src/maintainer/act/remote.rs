//! The bare repository that stands in for the forge's git: jobs fetch from it and push to it, and nothing of the repository
//! they belong to changes.
//!
//! It holds what the forge would hold after a push of the branch: the branches that `origin` had when it was last fetched (or
//! all, where there is no `origin`), the tags, the notes, and the commit that act runs on. It lies in the run's own folder; where
//! a folder is named to keep it in, it begins as what that one holds, and goes back there at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::kit::context::Env;
use crate::kit::git::Git;
use crate::kit::outcome::{Failure, Result};

/// What each ref stands on: the object it names, and the commit behind that, where it is an annotated tag.
pub type Refs = BTreeMap<String, Target>;

/// What a ref stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The object.
    pub object: String,
    /// The commit; the object itself unless that is an annotated tag.
    pub commit: String,
}

/// The bare repository of one run.
#[derive(Debug)]
pub struct Remote {
    git: Git,
    kept: Option<(PathBuf, Refs)>,
    before: Refs,
}

/// One ref that jobs have moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The full ref.
    pub name: String,
    /// What it stood on; none where it is new.
    pub before: Option<Target>,
    /// What it stands on; none where it is gone.
    pub after: Option<Target>,
}

impl std::fmt::Display for Pushed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self.name.split_once('/').map(|(_, rest)| rest) {
            Some(rest) => match rest.split_once('/') {
                Some(("heads", name)) => format!("branch {name}"),
                Some(("tags", name)) => format!("tag {name}"),
                _ => self.name.clone(),
            },
            None => self.name.clone(),
        };
        let short = |target: &Target| target.commit.chars().take(12).collect::<String>();
        match (&self.before, &self.after) {
            (None, Some(after)) => write!(f, "{name} on {}", short(after)),
            (Some(before), Some(after)) => write!(f, "{name} from {} to {}", short(before), short(after)),
            (_, None) => write!(f, "{name} removed"),
        }
    }
}

impl Remote {
    /// Makes the bare repository `into` for the copy of a repository that lies in `run`. `kept` is where it comes from and goes to.
    ///
    /// # Errors
    /// Configuration, when `kept` is no bare repository, or its branch holds commits that the repository lacks; environment, when
    /// git fails.
    pub async fn make(env: &Env, run: &Path, into: &Path, kept: Option<&Path>) -> Result<Self> {
        std::fs::create_dir_all(into).map_err(|error| {
            Failure::environment(format!("cannot make {}", into.display())).because(error)
        })?;
        let git = Git::new(env, into)?;
        // No template: a hook of this machine's has no business here.
        git.output(["init", "--quiet", "--bare", "--template="]).await?;
        // What a forge allows: clones without the contents of old files.
        git.output(["config", "uploadpack.allowFilter", "true"]).await?;
        let here = Git::new(env, run)?;
        let kept = match kept {
            Some(folder) => Some((folder.to_owned(), begin_as(env, &git, folder).await?)),
            None => None,
        };
        match &kept {
            Some((folder, refs)) if !refs.is_empty() => {
                push_branch(&git, &here, run, folder).await?;
                // A checkout of the forge's would bring these.
                fetch(
                    &here,
                    into,
                    &["+refs/tags/*:refs/tags/*", "+refs/notes/*:refs/notes/*"],
                )
                .await?;
            }
            _ => all_of(&git, &here, run).await?,
        }
        let before = refs(&git).await?;
        Ok(Self { git, kept, before })
    }

    /// What jobs have pushed.
    ///
    /// # Errors
    /// Environment, when git fails.
    pub async fn pushed(&self) -> Result<Vec<Pushed>> {
        let after = refs(&self.git).await?;
        Ok(moved(&self.before, &after))
    }

    /// Brings the refs back to where they are kept, if they are.
    ///
    /// # Errors
    /// Configuration, when they were moved there meanwhile; environment, when git fails.
    pub async fn keep(&self) -> Result<()> {
        let Some((folder, began)) = &self.kept else {
            return Ok(());
        };
        let mut arguments = vec!["push".to_owned(), "--quiet".to_owned(), "--atomic".to_owned()];
        let mut refspecs = Vec::new();
        for Pushed { name, before, after } in moved(began, &refs(&self.git).await?) {
            // Only from what it was when the run began: nobody's push in between gets lost.
            let was = before.map_or(String::new(), |target| target.object);
            arguments.push(format!("--force-with-lease={name}:{was}"));
            refspecs.push(match after {
                Some(_) => format!("+{name}:{name}"),
                None => format!(":{name}"),
            });
        }
        if refspecs.is_empty() {
            return Ok(());
        }
        arguments.push("--".to_owned());
        arguments.push(folder.display().to_string());
        arguments.extend(refspecs);
        let done = self.git.cmd(&arguments).capture().await?;
        if done.end.good() {
            return Ok(());
        }
        Err(Failure::config(format!(
            "what was pushed cannot be kept in {}:\n  {}",
            folder.display(),
            done.last_words()
        ))
        .hint("somebody else pushed there while this ran; run it again"))
    }
}

/// Takes over what a folder holds, which becomes a bare repository if it is none yet.
async fn begin_as(env: &Env, git: &Git, folder: &Path) -> Result<Refs> {
    let fresh = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if fresh {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::config(format!("cannot make {}", folder.display())).because(error))?;
        let there = Git::new(env, folder)?;
        there.output(["init", "--quiet", "--bare", "--template="]).await?;
        return Ok(Refs::new());
    }
    let there = Git::new(env, folder)?.here_only();
    let done = there.cmd(["rev-parse", "--is-bare-repository"]).capture().await?;
    if !done.end.good() || done.stdout.trim_ascii() != b"true" {
        return Err(
            Failure::config(format!("{} is no bare git repository", folder.display())).hint(
                "name a folder that does not exist yet, or make one: git clone --bare REPOSITORY FOLDER",
            ),
        );
    }
    fetch(git, folder, &["+refs/*:refs/*"]).await?;
    refs(&there).await
}

/// What a push of the branch does to a forge that has been there before.
async fn push_branch(git: &Git, here: &Git, run: &Path, folder: &Path) -> Result<()> {
    let branch = branch(here).await?;
    let done = fetch_cmd(git, run, &[&format!("{branch}:{branch}")])
        .capture()
        .await?;
    if done.end.good() {
        return Ok(());
    }
    let name = branch.trim_start_matches("refs/heads/");
    Err(Failure::config(format!(
        "the branch {name} of {} holds commits that the repository does not have",
        folder.display()
    ))
    .hint(format!(
        "take them over first: git pull {} {name}",
        folder.display()
    )))
}

/// All that a forge would hold, from what the repository knows of it.
async fn all_of(git: &Git, here: &Git, run: &Path) -> Result<()> {
    let branch = branch(here).await?;
    let known = here
        .output(["for-each-ref", "--format=%(refname)", "refs/remotes/origin/"])
        .await?;
    let known = String::from_utf8_lossy(&known);
    // `origin/HEAD` is a name for another one.
    let mut refspecs: Vec<String> = known
        .lines()
        .filter_map(|name| Some((name, name.strip_prefix("refs/remotes/origin/")?)))
        .filter(|(name, short)| {
            *short != "HEAD" && format!("refs/heads/{short}") != branch && !name.is_empty()
        })
        .map(|(name, short)| format!("+{name}:refs/heads/{short}"))
        .collect();
    if refspecs.is_empty() {
        refspecs.push("+refs/heads/*:refs/heads/*".to_owned());
    } else {
        refspecs.push(format!("+{branch}:{branch}"));
    }
    for kind in ["tags", "notes"] {
        refspecs.push(format!("+refs/{kind}/*:refs/{kind}/*"));
    }
    let refspecs: Vec<&str> = refspecs.iter().map(String::as_str).collect();
    fetch(git, run, &refspecs).await?;
    git.output(["symbolic-ref", "HEAD", &branch]).await?;
    Ok(())
}

/// The branch that act runs on, as a full ref.
async fn branch(here: &Git) -> Result<String> {
    let name = here.output(["symbolic-ref", "HEAD"]).await?;
    Ok(String::from_utf8_lossy(&name).trim().to_owned())
}

fn fetch_cmd(git: &Git, from: &Path, refspecs: &[&str]) -> crate::kit::process::Cmd {
    // Not the branch that HEAD names: in a bare repository that hinders nobody.
    git.cmd(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--"])
        .arg(from)
        .args(refspecs)
}

async fn fetch(git: &Git, from: &Path, refspecs: &[&str]) -> Result<()> {
    fetch_cmd(git, from, refspecs).output().await?;
    Ok(())
}

/// The refs of a repository.
///
/// # Errors
/// Environment, when git fails.
pub async fn refs(git: &Git) -> Result<Refs> {
    let format = "--format=%(refname) %(objectname) %(*objectname)";
    let listed = git.output(["for-each-ref", format]).await?;
    Ok(String::from_utf8_lossy(&listed)
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (name, object) = (words.next()?, words.next()?);
            let commit = words.next().filter(|peeled| !peeled.is_empty()).unwrap_or(object);
            Some((
                name.to_owned(),
                Target {
                    object: object.to_owned(),
                    commit: commit.to_owned(),
                },
            ))
        })
        .collect())
}

/// What differs, by name.
#[must_use]
pub fn moved(before: &Refs, after: &Refs) -> Vec<Pushed> {
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| Pushed {
            name: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        Target {
            object: text.to_owned(),
            commit: text.to_owned(),
        }
    }

    #[test]
    fn what_moved_is_told_in_words() {
        let before = Refs::from([
            ("refs/heads/master".to_owned(), target("aaaaaaaaaaaaaaaa")),
            ("refs/tags/old".to_owned(), target("aaaaaaaaaaaaaaaa")),
            ("refs/tags/same".to_owned(), target("aaaaaaaaaaaaaaaa")),
        ]);
        let after = Refs::from([
            ("refs/heads/master".to_owned(), target("bbbbbbbbbbbbbbbb")),
            ("refs/notes/x/y".to_owned(), target("bbbbbbbbbbbbbbbb")),
            ("refs/tags/same".to_owned(), target("aaaaaaaaaaaaaaaa")),
            ("refs/tags/v1.0.0".to_owned(), target("bbbbbbbbbbbbbbbb")),
        ]);
        let told: Vec<String> = moved(&before, &after).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "branch master from aaaaaaaaaaaa to bbbbbbbbbbbb",
                "refs/notes/x/y on bbbbbbbbbbbb",
                "tag old removed",
                "tag v1.0.0 on bbbbbbbbbbbb",
            ]
        );
    }
}
