//! Where a run is: the repository, the folder in it, the remote, the branch and its commit.

use std::path::Path;

use git2::Oid;

use crate::kit::context::{Context, Host};
use crate::kit::git::remote::Remote as Address;
use crate::kit::git::{Git, Repo};
use crate::kit::outcome::{Failure, Result};
use crate::kit::text;
use crate::semantic_release::inputs::Inputs;

/// Where a run is.
#[derive(Debug)]
pub struct Place {
    /// The repository.
    pub repo: Repo,
    /// The folder that was named, relative to the repository; `.` for the repository itself.
    pub path: String,
    /// Where releases are pushed to; none in a clone without a remote.
    pub remote: Option<Address>,
    /// The branch that is released, or that a pull request would be merged into.
    pub branch: String,
    /// The commit that is released, or proposed; none in a repository without one.
    pub head: Option<Oid>,
}

impl Place {
    /// Looks where the run is.
    ///
    /// # Errors
    /// Configuration, when there is no repository, or no branch, or an address is none that can be taken.
    pub async fn find(inputs: &Inputs, context: &Context) -> Result<Self> {
        let folder = context.directory.join(&inputs.path);
        if !folder.is_dir() {
            let hint = if inputs.path.as_os_str() == "explain" {
                "the word explain comes first: foundation-semantic-release explain --packages auto"
            } else {
                "name the repository, or the folder of one package in it"
            };
            return Err(Failure::config(format!("{} is no folder", folder.display())).hint(hint));
        }
        let repo = Repo::open(&folder)?;
        let at = repo.head()?;
        let branch = inputs.branch.clone().or_else(|| of_event(context)).or(at.branch);
        let branch = branch.ok_or_else(|| {
            Failure::config(
                "no branch is checked out (HEAD is detached), so nobody knows which one to release",
            )
            .hint("check a branch out, or name it: --branch master")
        })?;
        Ok(Self {
            path: below(repo.root(), &folder)?,
            remote: remote(inputs, context, &repo).await?,
            branch,
            head: at.commit,
            repo,
        })
    }

    /// The remote, for what cannot be done without one.
    ///
    /// # Errors
    /// Configuration, when there is none.
    pub fn remote(&self) -> Result<&Address> {
        self.remote.as_ref().ok_or_else(|| {
            Failure::config("this clone has no remote, so there is nowhere to release to").hint(
                "add one (git remote add origin <address>), or name an address or a folder: --remote ../origin.git",
            )
        })
    }

    /// Whether releases are pushed to a folder of this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.remote
            .as_ref()
            .is_none_or(|remote| remote.folder().is_some())
    }
}

/// The branch that the event is about.
fn of_event(context: &Context) -> Option<String> {
    if let Some(pull) = context.event.pull_request() {
        return Some(pull.base_ref.clone());
    }
    let name = context
        .git_ref
        .as_deref()
        .filter(|_| context.host != Host::Terminal)?;
    name.strip_prefix("refs/heads/").map(str::to_owned)
}

/// The folder, relative to the repository's.
fn below(root: &Path, folder: &Path) -> Result<String> {
    let failed = |error| Failure::environment(format!("cannot read {}", folder.display())).because(error);
    let (root, folder) = (
        root.canonicalize().map_err(failed)?,
        folder.canonicalize().map_err(failed)?,
    );
    let relative = folder.strip_prefix(&root).unwrap_or(Path::new(""));
    match relative.to_str() {
        Some("") => Ok(".".to_owned()),
        Some(path) => Ok(path.to_owned()),
        None => Err(Failure::config(format!(
            "the folder {} has a name that is not UTF-8",
            text::path_text(relative)
        ))),
    }
}

/// The address that was named, the run's own repository, or the clone's origin.
async fn remote(inputs: &Inputs, context: &Context, repo: &Repo) -> Result<Option<Address>> {
    let parse = |address: &str, directory: &Path| {
        Address::parse(address, directory)
            .map(Some)
            .map_err(|problem| Failure::config(format!("the remote cannot be used: {problem}")))
    };
    if let Some(address) = &inputs.remote {
        return parse(address, &context.directory);
    }
    if context.host != Host::Terminal
        && let (Some(server), Some(repository)) = (&context.server, &context.repository)
    {
        return parse(&format!("{server}/{repository}.git"), repo.root());
    }
    let git = Git::new(&context.env, repo.root())?;
    // As git resolves it: people shorten addresses with `url.….insteadOf`.
    let done = git.cmd(["remote", "get-url", "origin"]).capture().await?;
    match String::from_utf8_lossy(&done.stdout).trim() {
        "" => Ok(None),
        address => parse(&without_credentials(address), repo.root()),
    }
}

/// The address without a user and password that somebody cloned with: ours come from the environment alone.
fn without_credentials(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url) if matches!(url.scheme(), "http" | "https") => {
            let cleared = url.set_username("").is_ok() && url.set_password(None).is_ok();
            if cleared {
                url.to_string()
            } else {
                address.to_owned()
            }
        }
        Ok(_) | Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_clone_are_left_behind() {
        assert_eq!(
            without_credentials("https://me:pw@h/o/n.git"),
            "https://h/o/n.git"
        );
        assert_eq!(without_credentials("../o.git"), "../o.git");
        assert_eq!(without_credentials("git@h:o/n.git"), "git@h:o/n.git");
    }
}
