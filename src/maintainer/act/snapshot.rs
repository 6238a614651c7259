//! A repository as it lies there, with what is not committed, as a commit in a folder of our own.
//!
//! Git reads the files where they are and writes only into our folder, so nothing in the repository changes, not even the times
//! of its files.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::kit::context::Env;
use crate::kit::git::{Git, records};
use crate::kit::outcome::{Failure, Result};

/// Where a repository without a remote is said to live. The name can never be reached (RFC 2606).
const NOWHERE: &str = "forge.invalid";

/// What was staged.
#[derive(Debug)]
pub struct Snapshot {
    /// The forge's host, as the repository's remote names it.
    pub host: String,
    /// `owner/name`.
    pub repository: String,
    /// The commit that act runs on.
    pub commit: String,
    /// Whether it holds more than the repository's own last commit.
    pub dirty: bool,
}

/// How a folder is kept.
enum Kept {
    /// It is the root of a repository that has a commit.
    Repository,
    /// It is the root of a repository without a commit, or a folder within a repository.
    Within,
    /// No repository is around it.
    Loose,
}

/// Takes a snapshot of `source`, with the files of `overlays` on top, as a repository with a working tree in `into`.
///
/// # Errors
/// Configuration, when the folder cannot be used as a repository; environment, when git fails.
pub async fn take(env: &Env, source: &Path, overlays: &[PathBuf], into: &Path) -> Result<Snapshot> {
    let there = Git::new(env, source)?;
    let kept = kept(env, &there).await?;
    let folder = into
        .parent()
        .ok_or_else(|| Failure::environment("no place for the snapshot"))?;
    std::fs::create_dir_all(into)
        .map_err(|error| Failure::environment(format!("cannot make {}", into.display())).because(error))?;
    let store = into.join(".git");
    let here = Git::new(env, into)?;
    let mut remote = None;
    if matches!(kept, Kept::Repository) {
        // All of it: an action may ask for history, tags or another branch. No hard links: nothing here touches the original.
        let clone = ["clone", "--mirror", "--no-hardlinks", "--quiet", "--"].map(OsStr::new);
        let clone = clone.into_iter().chain([source.as_os_str(), store.as_os_str()]);
        Git::new(env, folder)?.output(clone).await?;
        here.output(["config", "core.bare", "false"]).await?;
        here.output(["config", "--remove-section", "remote.origin"])
            .await?;
        let branch = here.cmd(["symbolic-ref", "--quiet", "HEAD"]).capture().await?;
        if !branch.end.good() {
            // act finds no ref for a commit that no branch points to.
            here.output(["checkout", "--quiet", "--no-track", "-B", "detached"])
                .await?;
        }
        here.output(["read-tree", "HEAD"]).await?;
        let done = there
            .cmd(["config", "--get", "remote.origin.url"])
            .capture()
            .await?;
        remote = place(String::from_utf8_lossy(&done.stdout).trim());
    } else {
        here.output(["init", "--quiet", "--initial-branch=master"])
            .await?;
    }
    let listed = match kept {
        Kept::Repository | Kept::Within => {
            there
                .output(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
                .await?
        }
        Kept::Loose => {
            at(&here, source, env)?
                .output(in_store(
                    &store,
                    source,
                    &["ls-files", "-z", "--others", "--exclude-standard"],
                ))
                .await?
        }
    };
    let (mut files, mut hidden) = (Vec::new(), Vec::new());
    for path in records(&listed) {
        if beyond_a_link(source, Path::new(path)) {
            // A folder became a link: what was below it is gone.
            hidden.push(path);
        } else if !source
            .join(path)
            .symlink_metadata()
            .is_ok_and(|meta| meta.is_dir())
        {
            // A folder would be a submodule or a repository within the repository: its commit is in the index already.
            files.push(path);
        }
    }
    index(env, &store, source, &["--force-remove"], &hidden).await?;
    index(env, &store, source, ADD, &files).await?;
    for overlay in overlays {
        let mut files = Vec::new();
        walk(overlay, Path::new(""), &mut files)
            .map_err(|error| Failure::config(format!("cannot read {}", overlay.display())).because(error))?;
        let files: Vec<&OsStr> = files.iter().map(|path| path.as_os_str()).collect();
        index(env, &store, overlay, ADD, &files).await?;
    }
    let repository = matches!(kept, Kept::Repository);
    // In a release, what is not committed decides nothing, and a repository's first commit decides that it is new.
    let message = if repository {
        "chore: the working tree as it is [skip release]"
    } else {
        "init: the folder as it is"
    };
    let dirty = commit(&here, message).await? && repository;
    here.output(["reset", "--hard", "--quiet"]).await?;
    let (host, repository) =
        remote.unwrap_or_else(|| (NOWHERE.to_owned(), format!("local/{}", name_of(source))));
    let address = format!("https://{host}/{repository}.git");
    here.output(["remote", "add", "origin", &address]).await?;
    let commit = here
        .commit("HEAD")
        .await?
        .ok_or_else(|| Failure::config(format!("{} holds no file", source.display())))?;
    Ok(Snapshot {
        host,
        repository,
        commit,
        dirty,
    })
}

async fn kept(env: &Env, there: &Git) -> Result<Kept> {
    let done = there.cmd(["rev-parse", "--show-toplevel"]).capture().await?;
    if !done.end.good() {
        if there.directory().ancestors().any(|up| up.join(".git").exists()) {
            // It says why git does not work there.
            Git::of(env, there.directory()).await?;
        }
        return Ok(Kept::Loose);
    }
    let root = done.stdout.strip_suffix(b"\n").unwrap_or(&done.stdout);
    let is_root = Path::new(OsStr::from_bytes(root)) == there.directory();
    if is_root && there.commit("HEAD").await?.is_some() {
        return Ok(Kept::Repository);
    }
    Ok(Kept::Within)
}

fn at(git: &Git, folder: &Path, env: &Env) -> Result<Git> {
    if git.directory() == folder {
        return Ok(git.clone());
    }
    Git::new(env, folder)
}

fn in_store<'a>(store: &'a Path, tree: &'a Path, arguments: &'a [&'a str]) -> Vec<&'a OsStr> {
    let mut all = vec![
        OsStr::new("--git-dir"),
        store.as_os_str(),
        OsStr::new("--work-tree"),
        tree.as_os_str(),
    ];
    all.extend(arguments.iter().map(OsStr::new));
    all
}

/// Takes files as they are; those that are gone are removed.
const ADD: &[&str] = &["--add", "--remove", "--replace"];

/// Brings files of a folder into our index, or out of it.
async fn index(env: &Env, store: &Path, tree: &Path, how: &[&str], files: &[&OsStr]) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let mut names = Vec::new();
    for file in files {
        names.extend_from_slice(file.as_bytes());
        names.push(0);
    }
    let arguments = [&["update-index", "-z"], how, &["--stdin"]].concat();
    Git::new(env, tree)?
        .cmd(in_store(store, tree, &arguments))
        .stdin(names)
        .output()
        .await?;
    Ok(())
}

fn beyond_a_link(source: &Path, path: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .any(|up| !up.as_os_str().is_empty() && source.join(up).is_symlink())
}

/// Commits the index, unless it is what `HEAD` already holds.
async fn commit(here: &Git, message: &str) -> Result<bool> {
    let tree = |name: &str| {
        let name = name.to_owned();
        async move {
            let done = here
                .cmd(["rev-parse", "--verify", "--quiet", &name])
                .capture()
                .await?;
            Ok::<_, Failure>(String::from_utf8_lossy(&done.stdout).trim().to_owned())
        }
    };
    let written = here.output(["write-tree"]).await?;
    if tree("HEAD^{tree}").await? == String::from_utf8_lossy(&written).trim() {
        return Ok(false);
    }
    here.cmd(["-c", "commit.gpgSign=false", "-c", "user.useConfigOnly=false"])
        .args(["commit", "--quiet", "--no-verify", "--allow-empty", "--message"])
        .arg(message)
        .env("GIT_AUTHOR_NAME", "foundation act")
        .env("GIT_AUTHOR_EMAIL", "act@localhost")
        .env("GIT_COMMITTER_NAME", "foundation act")
        .env("GIT_COMMITTER_EMAIL", "act@localhost")
        .output()
        .await?;
    Ok(true)
}

/// The files below a folder, relative to it.
///
/// # Errors
/// When a folder cannot be read.
pub fn walk(base: &Path, below: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(base.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            walk(base, &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The host and `owner/name` of a remote's address: a URL, or what ssh understands.
fn place(address: &str) -> Option<(String, String)> {
    let rest = match address.split_once("://") {
        Some(("http" | "https" | "ssh" | "git", rest)) => rest.to_owned(),
        Some(_) => return None,
        // `git@host:owner/name`
        None => address.replacen(':', "/", 1),
    };
    let mut parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    let name = parts.pop()?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    let owner = parts.pop()?;
    let host = parts.first()?;
    let host = host.rsplit('@').next()?.split(':').next()?;
    let fits = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    ([host, owner, name].into_iter().all(fits)).then(|| (host.to_owned(), format!("{owner}/{name}")))
}

/// The folder's name, with what no forge allows in a name replaced.
fn name_of(folder: &Path) -> String {
    let name: String = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() {
        "repository".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_of_all_kinds_are_understood_and_never_with_a_password() {
        let expected = Some(("forge.example".to_owned(), "o/n".to_owned()));
        for address in [
            "https://forge.example/o/n.git",
            "https://bob:password@forge.example:3000/sub/o/n",
            "git@forge.example:o/n.git",
            "ssh://git@forge.example:2222/o/n.git/",
        ] {
            assert_eq!(place(address), expected, "{address}");
        }
        for address in [
            "",
            "/srv/git/n.git",
            "../n",
            "file:///srv/o/n",
            "https://h/n",
            "https://h/o/$(x)",
        ] {
            assert_eq!(place(address), None, "{address}");
        }
    }

    #[test]
    fn a_folder_s_name_becomes_a_repository_s_name() {
        assert_eq!(name_of(Path::new("/a/my repo!")), "my-repo");
        assert_eq!(name_of(Path::new("/")), "repository");
    }
}
