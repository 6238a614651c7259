//! The folder that is checked out into: whose it is, and our mark in it.
//!
//! The mark is `.git/foundation-checkout`. No repository can bring one along, since git keeps nothing named `.git`. A folder
//! without the mark is never changed unless it is empty.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags};

use crate::checkout::held::{Mark, Wants};
use crate::kit::outcome::{Failure, Result};

/// The name of our mark within `.git`.
pub(super) const MARK: &str = "foundation-checkout";

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

pub(super) fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::environment(format!("cannot read {}", path.display())).because(error)
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
        lock(&mark).map_err(|_| {
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
        let mut emptied = Ok(());
        for _ in 0..200 {
            emptied = empty_but(&self.folder, ".git").and_then(|()| empty_but(&git, MARK));
            // The git of a run that was killed a moment ago may still be ending, and writes or removes a last file.
            let moving = |error: &std::io::Error| {
                matches!(
                    error.kind(),
                    std::io::ErrorKind::DirectoryNotEmpty | std::io::ErrorKind::NotFound
                )
            };
            if !emptied.as_ref().is_err_and(moving) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        emptied.map_err(|error| {
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

/// Locks the mark. A child that a run was just about to start when it was killed holds the lock for a moment longer than the run.
fn lock(mark: &File) -> rustix::io::Result<()> {
    let attempt = || rustix::fs::flock(mark, FlockOperation::NonBlockingLockExclusive);
    for _ in 0..200 {
        if attempt().is_ok() {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    attempt()
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
