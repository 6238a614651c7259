//! What lies in the folder before anything is done: nothing, our own checkout, somebody else's repository, or files.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use crate::checkout::workspace::{MARK, check_owner, unreadable};
use crate::kit::context::is_object_id;
use crate::kit::git::{Git, records};
use crate::kit::outcome::Result;
use crate::kit::text;

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
