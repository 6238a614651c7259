//! The folder that is checked out into: whose it is, what it holds, our mark in it.
//!
//! The mark is `.git/foundation-checkout`. No repository can bring one along, since git keeps nothing named `.git`. A folder
//! without the mark is never changed unless it is empty.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags};
use serde::{Deserialize, Serialize};

use crate::kit::context::is_object_id;
use crate::kit::git::{Git, records};
use crate::kit::outcome::{Failure, Result};
use crate::kit::text;

const MARK: &str = "foundation-checkout";

/// What a checkout is asked to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wants {
    /// From where.
    pub remote: String,
    /// The commit, or a tag that points at it.
    pub sha: String,
    /// The full ref, if one is known.
    pub git_ref: Option<String>,
    /// How many commits; none for all.
    pub depth: Option<u32>,
    /// Whether all tags.
    pub tags: bool,
    /// Submodules: 0 none, 1 direct, 2 recursive.
    pub submodules: u8,
    /// Whether what LFS keeps.
    pub lfs: bool,
}

/// Our mark in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Whether that checkout came to its end.
    pub done: bool,
    /// Where it came from.
    pub remote: String,
    /// What it holds. None in a mark that was cut short.
    pub holds: Option<Wants>,
}

impl Mark {
    /// Whether all that is wanted is there.
    #[must_use]
    pub fn covers(&self, wants: &Wants) -> bool {
        let Some(holds) = &self.holds else { return false };
        let deep = match (holds.depth, wants.depth) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(has), Some(wants)) => has >= wants,
        };
        deep && (holds.git_ref == wants.git_ref || wants.git_ref.is_none())
            && holds.tags >= wants.tags
            && holds.submodules >= wants.submodules
            && holds.lfs == wants.lfs
    }
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nothing, or it does not exist.
    Nothing,
    /// Files, and no repository; the name of one.
    Files(String),
    /// A checkout that we made.
    Ours {
        /// Its mark.
        mark: Mark,
        /// Whether it stands at the wanted commit.
        at_commit: bool,
        /// How many files were changed or added, and commits made; none when git cannot tell.
        changed: Option<usize>,
    },
    /// A repository that somebody else put there (`act --bind`, a person's clone).
    Theirs {
        /// The commit it stands at.
        head: Option<String>,
        /// Whether that is the wanted one.
        at_commit: bool,
        /// How many files were changed or added.
        changed: Option<usize>,
        /// What was asked for and is not there.
        lacks: Vec<String>,
    },
}

impl Held {
    /// How many files were changed or added, where git can tell.
    #[must_use]
    pub fn changed(&self) -> Option<usize> {
        match self {
            Self::Ours { changed, .. } | Self::Theirs { changed, .. } => *changed,
            Self::Nothing | Self::Files(_) => None,
        }
    }
}

/// Refuses a folder that git would not trust, before anything is put into it.
///
/// # Errors
/// Configuration, when it belongs to somebody else or is no folder.
pub fn check_owner(folder: &Path) -> Result<()> {
    let uid = rustix::process::geteuid().as_raw();
    for path in [folder.to_owned(), folder.join(".git")] {
        match std::fs::metadata(&path) {
            Ok(meta) if meta.uid() != uid => {
                return Err(Failure::config(format!(
                    "{} belongs to user {}, but this runs as user {uid}, so git does not trust it; nothing was changed",
                    path.display(),
                    meta.uid()
                ))
                .hint("run the job as the workspace's owner, or give the folder to this user"));
            }
            Ok(meta) if path == folder && !meta.is_dir() => {
                return Err(Failure::config(format!("{} is no folder", path.display()))
                    .hint("name another by --path"));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&path, error)),
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::environment(format!("cannot read {}", path.display())).because(error)
}

/// Looks at what the folder holds.
///
/// # Errors
/// Environment, when it cannot be read; configuration, when it belongs to somebody else.
pub async fn inspect(git: &Git, folder: &Path, wants: &Wants) -> Result<Held> {
    check_owner(folder)?;
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Held::Nothing),
        Err(error) => return Err(unreadable(folder, error)),
    };
    let mut example = None;
    let mut repository = false;
    for entry in entries {
        let name = entry.map_err(|error| unreadable(folder, error))?.file_name();
        if name == ".git" {
            repository = true;
        } else {
            example = Some(text::path_text(Path::new(&name)));
        }
    }
    if !repository {
        return Ok(example.map_or(Held::Nothing, Held::Files));
    }
    if let Some(mark) = read_mark(folder)? {
        if !mark.done {
            return Ok(Held::Ours {
                mark,
                at_commit: false,
                changed: None,
            });
        }
        let head = git.commit("HEAD").await?;
        // Only what that checkout fetched is asked for: in a blobless clone, git would look for anything else at the remote.
        let fetched = match &mark.holds {
            Some(holds) => git.commit(&holds.sha).await?.map(|commit| (&holds.sha, commit)),
            None => None,
        };
        let unmoved = fetched
            .as_ref()
            .is_some_and(|(_, commit)| head.as_ref() == Some(commit));
        let named = fetched.is_some_and(|(sha, _)| *sha == wants.sha);
        return Ok(Held::Ours {
            at_commit: head.as_ref() == Some(&wants.sha) || (unmoved && named),
            // Commits made here are work as well.
            changed: changed(git).await.map(|files| files + usize::from(!unmoved)),
            mark,
        });
    }
    // A run that was killed between making `.git` and marking it.
    if is_empty_folder(&folder.join(".git")) && example.is_none() {
        return Ok(Held::Nothing);
    }
    theirs(git, folder, wants).await
}

async fn theirs(git: &Git, folder: &Path, wants: &Wants) -> Result<Held> {
    let (head, wanted) = (git.commit("HEAD").await?, git.commit(&wants.sha).await?);
    let at_commit = head.is_some() && head == wanted;
    let mut lacks = Vec::new();
    if at_commit {
        let shallow = git
            .cmd(["rev-parse", "--is-shallow-repository"])
            .capture()
            .await?;
        if wants.depth.is_none() && shallow.stdout.trim_ascii() != b"false" {
            lacks.push("its history is shallow".to_owned());
        }
        if wants.submodules > 0 && folder.join(".gitmodules").exists() {
            let mut call = vec!["submodule", "status"];
            if wants.submodules > 1 {
                call.push("--recursive");
            }
            let status = git.output(call).await?;
            let missing = status
                .split(|&byte| byte == b'\n')
                .filter(|line| line.starts_with(b"-"))
                .count();
            if missing > 0 {
                lacks.push(format!("{missing} submodules are not checked out"));
            }
        }
        if wants.lfs {
            let listed = git.output(["lfs", "ls-files"]).await?;
            // `<oid> - <path>` is a pointer, `<oid> * <path>` the file.
            let pointers = String::from_utf8_lossy(&listed)
                .lines()
                .filter(|line| line.split(' ').nth(1) == Some("-"))
                .count();
            if pointers > 0 {
                lacks.push(format!("{pointers} files of Git LFS are not downloaded"));
            }
        }
    }
    Ok(Held::Theirs {
        head,
        at_commit,
        changed: changed(git).await,
        lacks,
    })
}

/// The commit that a fresh checkout stands at, as git writes it; none where it is kept in another way.
#[must_use]
pub fn head(folder: &Path) -> Option<String> {
    let git = folder.join(".git");
    let head = std::fs::read_to_string(git.join("HEAD")).ok()?;
    let commit = match head.trim_end().strip_prefix("ref: ") {
        Some(name) => std::fs::read_to_string(git.join(name)).ok()?,
        None => head,
    };
    Some(commit.trim_end().to_owned()).filter(|commit| is_object_id(commit))
}

/// How many files were changed or added.
async fn changed(git: &Git) -> Option<usize> {
    let done = git
        .cmd(["status", "--porcelain", "-z", "--no-renames"])
        .capture()
        .await
        .ok()?;
    done.end.good().then(|| records(&done.stdout).count())
}

fn is_empty_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir())
        && std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn read_mark(folder: &Path) -> Result<Option<Mark>> {
    let git = folder.join(".git");
    if !std::fs::symlink_metadata(&git).is_ok_and(|meta| meta.is_dir()) {
        return Ok(None);
    }
    let path = git.join(MARK);
    let bytes = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(&path)
        .and_then(|mut file| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map(|_| bytes)
        });
    match bytes {
        // A mark that was cut short by a kill is a mark all the same.
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or(Mark {
            done: false,
            remote: String::new(),
            holds: None,
        }))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&path, error)),
    }
}

/// A folder that is ours for the time of this run.
#[derive(Debug)]
pub struct Workspace {
    folder: PathBuf,
    mark: File,
}

impl Workspace {
    /// Makes the folder ours: marks it, and keeps any other checkout out of it.
    ///
    /// # Errors
    /// Environment, when it cannot be written, or another checkout is at work in it.
    pub fn claim(folder: &Path, wants: &Wants) -> Result<Self> {
        let git = folder.join(".git");
        let cannot = |error: std::io::Error| {
            Failure::environment(format!("cannot write to {}", folder.display()))
                .because(error)
                .hint("the workspace has to be a folder that this user may write to, on a disk with room")
        };
        std::fs::create_dir_all(&git).map_err(cannot)?;
        let mark = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(git.join(MARK))
            .map_err(cannot)?;
        rustix::fs::flock(&mark, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            Failure::environment(format!(
                "another foundation-checkout is at work in {}",
                folder.display()
            ))
            .hint("give each its own folder by --path")
        })?;
        let mut this = Self {
            folder: folder.to_owned(),
            mark,
        };
        this.write(wants, false).map_err(cannot)?;
        Ok(this)
    }

    /// Removes all but the mark.
    ///
    /// # Errors
    /// Environment, when something cannot be removed.
    pub fn empty(&self) -> Result<()> {
        let git = self.folder.join(".git");
        empty_but(&self.folder, ".git")
            .and_then(|()| empty_but(&git, MARK))
            .map_err(|error| {
                Failure::environment(format!(
                    "cannot remove the earlier checkout in {}",
                    self.folder.display()
                ))
                .because(error)
            })
    }

    /// Adds to the configuration that `git init` has made.
    ///
    /// # Errors
    /// Environment, when it cannot be written.
    pub fn configure(&self, text: &str) -> Result<()> {
        let path = self.folder.join(".git/config");
        OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| Failure::environment(format!("cannot write {}", path.display())).because(error))
    }

    /// Whether the disk takes another mebibyte, which tells a full disk from other failures of git.
    ///
    /// # Errors
    /// Environment, when it does not.
    pub fn has_room(&self) -> Result<()> {
        let probe = self.folder.join(".git/foundation-room");
        let written = takes_a_mebibyte(&probe);
        let _ = std::fs::remove_file(&probe);
        written.map_err(|error| {
            Failure::environment(format!("cannot write to {}", self.folder.display()))
                .because(error)
                .hint("is the disk full or read-only?")
        })
    }

    /// Notes that all that was wanted is there now.
    ///
    /// # Errors
    /// Environment, when the mark cannot be written.
    pub fn done(&mut self, wants: &Wants) -> Result<()> {
        self.write(wants, true).map_err(|error| {
            Failure::environment(format!("cannot write to {}", self.folder.display())).because(error)
        })
    }

    fn write(&mut self, wants: &Wants, done: bool) -> std::io::Result<()> {
        let mark = Mark {
            done,
            remote: wants.remote.clone(),
            holds: Some(wants.clone()),
        };
        let text = serde_json::to_string(&mark).map_err(std::io::Error::other)?;
        self.mark.set_len(0)?;
        self.mark.rewind()?;
        writeln!(self.mark, "{text}")
    }
}

fn empty_but(folder: &Path, keep: &str) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == keep {
            continue;
        }
        // Links are removed, never followed.
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn takes_a_mebibyte(path: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all(&vec![1; 1024 * 1024])?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_noticed() {
        assert!(takes_a_mebibyte(Path::new("/dev/full")).is_err());
        let folder = tempfile::tempdir().expect("a folder");
        assert!(takes_a_mebibyte(&folder.path().join("x")).is_ok());
    }

    #[test]
    fn emptying_removes_links_and_not_what_they_lead_to() {
        let (folder, other) = (
            tempfile::tempdir().expect("a folder"),
            tempfile::tempdir().expect("a folder"),
        );
        std::fs::write(other.path().join("precious"), "x").expect("written");
        std::os::unix::fs::symlink(other.path(), folder.path().join("link")).expect("a link");
        std::fs::create_dir_all(folder.path().join("a/b")).expect("folders");
        std::fs::write(folder.path().join("keep"), "x").expect("written");
        empty_but(folder.path(), "keep").expect("emptied");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
        assert!(other.path().join("precious").exists());
    }

    #[test]
    fn only_one_checkout_works_in_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let wants = Wants {
            remote: "/r".into(),
            sha: "a".into(),
            git_ref: None,
            depth: Some(1),
            tags: false,
            submodules: 0,
            lfs: false,
        };
        let first = Workspace::claim(folder.path(), &wants).expect("claimed");
        assert!(Workspace::claim(folder.path(), &wants).is_err());
        drop(first);
        assert!(Workspace::claim(folder.path(), &wants).is_ok());
    }
}
