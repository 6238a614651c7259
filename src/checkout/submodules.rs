//! Repositories within the repository. `.gitmodules` is written by whoever writes the commit, so its addresses are hostile
//! until they are checked.

use std::path::{Path, PathBuf};

use crate::checkout::network::{Folders, Network, said};
use crate::checkout::plan::{self, History};
use crate::kit::context::Env;
use crate::kit::git::remote::Remote;
use crate::kit::git::{Git, records};
use crate::kit::outcome::{Failure, Result};

/// Deeper nests than this are a mistake or a trap.
const DEEPEST: usize = 16;

/// One entry of `.gitmodules`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub path: Option<String>,
    /// Where it comes from.
    pub url: Option<String>,
}

/// How submodules are checked out.
#[derive(Debug)]
pub struct Updating<'a> {
    /// The environment, for git in other folders.
    pub env: &'a Env,
    /// How much of their history.
    pub history: History,
    /// Whether theirs too.
    pub recursive: bool,
    /// Whether what LFS keeps.
    pub lfs: bool,
}

impl Updating<'_> {
    /// Checks all submodules of a repository out and returns how many they are.
    ///
    /// # Errors
    /// Refused, for an address that is not taken; configuration, when one may not be read; environment, when git or the
    /// network failed.
    pub async fn run(&self, network: &Network<'_>, remote: &Remote) -> Result<usize> {
        // Two levels up are the owners' folders: neighbours of the repository that the user named, and nothing beyond.
        let root = remote
            .folder()
            .and_then(Path::parent)
            .and_then(|owner| owner.parent().or(Some(owner)));
        let root = root
            .filter(|root| root.parent().is_some())
            .or_else(|| remote.folder().and_then(Path::parent));
        let mut open = vec![(network.git().directory().to_owned(), remote.clone(), 0)];
        let mut count = 0;
        while let Some((folder, remote, level)) = open.pop() {
            let network = network.with(Git::new(self.env, &folder)?.here_only());
            for (path, remote) in self.level(&network, &remote, root).await? {
                count += 1;
                if self.recursive {
                    if level == DEEPEST {
                        return Err(Failure::refused(format!(
                            "submodules are nested more than {DEEPEST} deep"
                        )));
                    }
                    open.push((path, remote, level + 1));
                }
            }
        }
        Ok(count)
    }

    async fn level(
        &self,
        network: &Network<'_>,
        remote: &Remote,
        root: Option<&Path>,
    ) -> Result<Vec<(PathBuf, Remote)>> {
        let folder = network.git().directory();
        // Git itself reads no `.gitmodules` that is a link.
        if !std::fs::symlink_metadata(folder.join(".gitmodules")).is_ok_and(|meta| meta.is_file()) {
            return Ok(Vec::new());
        }
        let listed = network
            .git()
            .cmd(["config", "--file", ".gitmodules", "-z", "--list"])
            .capture()
            .await?;
        if !listed.end.good() {
            return Err(Failure::config(format!(
                ".gitmodules cannot be read:\n  {}",
                listed.last_words()
            )));
        }
        let mut addresses = Vec::new();
        for entry in entries(&listed.stdout) {
            let Some(url) = &entry.url else { continue };
            let address = remote.submodule(url, root).map_err(|why| {
                Failure::refused(format!("the submodule '{}' is not fetched: {why}", entry.name))
                    .hint("give it an https or ssh address, or one relative to this repository (../name.git)")
            })?;
            addresses.push((entry, address));
        }
        let folders = if root.is_some() {
            Folders::Allowed
        } else {
            Folders::Never
        };
        let mut call: Vec<String> = [
            "submodule",
            "--quiet",
            "update",
            "--init",
            "--checkout",
            "--force",
            "--jobs=4",
        ]
        .map(str::to_owned)
        .into();
        if let History::Shallow(depth) = self.history {
            call.push(format!("--depth={depth}"));
        }
        let done = network.call(&call, folders).await?;
        if !done.end.good() {
            return Err(self.why(network, &addresses, &done).await);
        }
        let mut found = Vec::new();
        for (entry, address) in addresses {
            let Some(path) = entry.path.and_then(|path| inside(folder, &path)) else {
                continue;
            };
            if self.lfs {
                add_lfs_filter(&path)?;
            }
            found.push((path, address));
        }
        Ok(found)
    }

    /// Which submodule cannot be read, and why.
    async fn why(
        &self,
        network: &Network<'_>,
        addresses: &[(Entry, Remote)],
        done: &crate::kit::process::Done,
    ) -> Failure {
        for (entry, remote) in addresses {
            let call = ["ls-remote", "--quiet", "--", remote.address(), "HEAD"].map(str::to_owned);
            match network.call(&call, Folders::Allowed).await {
                Ok(asked) if asked.end.good() => {}
                Ok(asked) => {
                    let failure = network.why(remote, &asked).await;
                    let text = format!("the submodule '{}' cannot be fetched: {failure}", entry.name);
                    let hint = failure
                        .advice()
                        .unwrap_or("look at its address in .gitmodules")
                        .to_owned();
                    return match failure.kind() {
                        crate::kit::outcome::Kind::Environment => Failure::environment(text),
                        crate::kit::outcome::Kind::Config | crate::kit::outcome::Kind::Refused => {
                            Failure::config(text)
                        }
                    }
                    .hint(hint);
                }
                Err(failure) => return failure,
            }
        }
        said("submodule update", done)
            .hint("does the commit that the repository records exist in the submodule?")
    }
}

/// Reads `git config -z --list`: `submodule.<name>.<key>\n<value>\0`.
fn entries(listed: &[u8]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for record in records(listed) {
        let record = record.to_string_lossy();
        let Some((key, value)) = record.split_once('\n') else {
            continue;
        };
        let Some((name, key)) = key
            .strip_prefix("submodule.")
            .and_then(|rest| rest.rsplit_once('.'))
        else {
            continue;
        };
        let index = entries
            .iter()
            .position(|entry| entry.name == name)
            .unwrap_or_else(|| {
                entries.push(Entry {
                    name: name.to_owned(),
                    ..Entry::default()
                });
                entries.len() - 1
            });
        // The last one counts, as for git.
        match key {
            "path" => entries[index].path = Some(value.to_owned()),
            "url" => entries[index].url = Some(value.to_owned()),
            _ => {}
        }
    }
    entries
}

/// The submodule's folder, if it is checked out and really lies within the repository.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let (folder, full) = (
        folder.canonicalize().ok()?,
        folder.join(path).canonicalize().ok()?,
    );
    (full != folder && full.starts_with(&folder) && full.join(".git").exists()).then_some(full)
}

/// Later steps' git has to know the filter, or it takes every LFS file for a changed one.
fn add_lfs_filter(submodule: &Path) -> Result<()> {
    use std::io::Write as _;
    let cannot = |error: std::io::Error| {
        Failure::environment(format!(
            "cannot write the configuration of {}",
            submodule.display()
        ))
        .because(error)
    };
    let link = std::fs::read_to_string(submodule.join(".git")).map_err(cannot)?;
    let Some(folder) = link.trim().strip_prefix("gitdir: ") else {
        return Ok(());
    };
    std::fs::OpenOptions::new()
        .append(true)
        .open(submodule.join(folder).join("config"))
        .and_then(|mut file| file.write_all(plan::LFS.as_bytes()))
        .map_err(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_with_names_that_hold_dots_and_blanks() {
        let listed =
            b"submodule.a.b c.path\nx\0submodule.a.b c.url\n../x.git\0core.x\ny\0submodule.a.b c.url\n../z\0";
        let wanted = Entry {
            name: "a.b c".into(),
            path: Some("x".into()),
            url: Some("../z".into()),
        };
        assert_eq!(entries(listed), [wanted]);
    }

    #[test]
    fn folders_outside_are_no_submodules() {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = folder.path().join("r");
        std::fs::create_dir_all(repository.join("sub/.git")).expect("folders");
        std::fs::create_dir_all(folder.path().join("other/.git")).expect("folders");
        assert!(inside(&repository, "sub").is_some());
        assert_eq!(inside(&repository, "../other"), None);
        assert_eq!(inside(&repository, "."), None);
    }
}
