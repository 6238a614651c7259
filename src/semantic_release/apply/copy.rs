//! The private copy: a bare repository of our own that borrows the objects of the person's clone. Commits, tags and notes are
//! made here, with the date of the commit that is released, so that a repeated run makes the very same objects.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use super::job::{Edit, Identity, Job, TRAILER, note_ref};
use super::signing::Signer;
use crate::kit::context::Env;
use crate::kit::git::Git;
use crate::kit::outcome::{Failure, Kind, Result};
use crate::kit::process::Cmd;

/// A disk with less room than this (in bytes) is full.
const FULL: u64 = 1024 * 1024;

/// The private copy.
#[derive(Debug)]
pub struct Copy {
    folder: tempfile::TempDir,
    git: Git,
    author: Identity,
    date: String,
    head: String,
    signer: Option<Signer>,
    edited: Vec<(String, String)>,
}

impl Copy {
    /// Makes it. It is gone when this is dropped.
    ///
    /// # Errors
    /// Configuration, when the clone does not hold the commit, or the signing key cannot be used; environment, when git or the
    /// disk fails.
    pub async fn of(job: &Job, env: &Env) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("foundation-release-")
            .tempdir()
            .map_err(|error| Failure::environment("cannot make a private folder").because(error))?;
        let (git, date) = make(job, env, folder.path())
            .await
            .map_err(|failure| with_room(folder.path(), failure))?;
        let signer = match &job.key {
            Some(key) => Some(Signer::of(key, env, folder.path()).await?),
            None => None,
        };
        Ok(Self {
            folder,
            git,
            author: job.author.clone(),
            date,
            head: job.head.clone(),
            signer,
            edited: Vec::new(),
        })
    }

    /// The private folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Git in the private copy.
    #[must_use]
    pub fn git(&self) -> &Git {
        &self.git
    }

    /// What every call needs: the copy's place, who we are, and when.
    fn cmd(&self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Cmd {
        let mut cmd = self.git.cmd([prefixed("--git-dir=", self.git_dir())]);
        for setting in self.signer.iter().flat_map(Signer::settings) {
            cmd = cmd.arg("-c").arg(setting);
        }
        if let Some(home) = self.signer.as_ref().and_then(Signer::gnupg) {
            cmd = cmd.env("GNUPGHOME", home);
        }
        for who in ["AUTHOR", "COMMITTER"] {
            cmd = cmd
                .env(format!("GIT_{who}_NAME"), &self.author.name)
                .env(format!("GIT_{who}_EMAIL"), &self.author.email)
                .env(format!("GIT_{who}_DATE"), &self.date);
        }
        cmd.args(arguments)
    }

    /// The repository's folder.
    #[must_use]
    pub fn git_dir(&self) -> PathBuf {
        self.folder.path().join("git")
    }

    async fn run<const N: usize>(&self, arguments: [&str; N]) -> Result<String> {
        let bytes = self.cmd(arguments).output().await?;
        Ok(line(&bytes).to_string_lossy().into_owned())
    }

    /// Takes a change of a file into the next commit and into what is published.
    ///
    /// # Errors
    /// Configuration, when there is something else than a file at its place; environment, when git or the disk fails.
    pub async fn edit(&mut self, edit: &Edit) -> Result<()> {
        let entry = self.entry(&self.head, edit).await?;
        self.edited.push((edit.path.clone(), entry));
        Ok(())
    }

    /// The line of an edit for the index of a tree.
    async fn entry(&self, tree: &str, edit: &Edit) -> Result<String> {
        let refuse = |why: &str| Err(Failure::config(format!("{} cannot be written: {why}", edit.path)));
        let odd = |part: &str| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git");
        if edit.path.split('/').any(odd) || edit.path.contains(['\0', '\n']) {
            return refuse("it is no path in the repository");
        }
        if self.crosses_a_file(tree, &edit.path).await? {
            return refuse("a part of its path is a link or a file");
        }
        let found = self
            .cmd(["ls-tree", "-z", "--full-tree", tree, "--", &edit.path])
            .output()
            .await?;
        let mode = match found.split(|&byte| byte == b' ').next() {
            None | Some(b"") => "100644",
            Some(b"100644") => "100644",
            Some(b"100755") => "100755",
            Some(_) => return refuse("there is a link or a folder at its place"),
        };
        let blob = self
            .cmd(["hash-object", "-w", "--no-filters", "--stdin"])
            .stdin(edit.content.clone())
            .output()
            .await?;
        Ok(format!("{mode} {}\t{}", line(&blob).to_string_lossy(), edit.path))
    }

    /// Whether a folder of a path is something else in a tree.
    async fn crosses_a_file(&self, tree: &str, path: &str) -> Result<bool> {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        let ask: String = folders.map(|folder| format!("{tree}:{folder}\n")).collect();
        if ask.is_empty() {
            return Ok(false);
        }
        let answers = self
            .cmd(["cat-file", "--batch-check=%(objecttype)"])
            .stdin(ask)
            .output()
            .await?;
        let mut answers = answers.split(|&byte| byte == b'\n');
        Ok(answers.any(|answer| !(answer.is_empty() || answer == b"tree" || answer.ends_with(b" missing"))))
    }

    /// The tree of the commit that is released, with the edits.
    async fn tree(&self) -> Result<String> {
        if self.edited.is_empty() {
            return Ok(format!("{}^{{tree}}", self.head));
        }
        let entries = self.edited.iter().map(|(_, entry)| entry.as_str());
        self.changed_tree(&self.head, entries).await
    }

    async fn changed_tree<'a>(&self, tree: &str, entries: impl Iterator<Item = &'a str>) -> Result<String> {
        let index = self.folder.path().join("index");
        let within = |arguments: &[&str]| self.cmd(arguments).env("GIT_INDEX_FILE", &index);
        within(&["read-tree", tree]).output().await?;
        let mut lines = String::new();
        for entry in entries {
            let _ = write!(lines, "{entry}\0");
        }
        if !lines.is_empty() {
            within(&["update-index", "-z", "--add", "--index-info"])
                .stdin(lines)
                .output()
                .await?;
        }
        // What did not change need not be there: the clone may be without contents (`--filter=blob:none`).
        let tree = within(&["write-tree", "--missing-ok"]).output().await?;
        Ok(line(&tree).to_string_lossy().into_owned())
    }

    /// Makes the release commit on top of the commit that is released.
    ///
    /// # Errors
    /// Environment, when git fails; signing is part of it.
    pub async fn commit(&self, message: &str) -> Result<String> {
        let tree = self.tree().await?;
        let tree = self.run(["rev-parse", "--verify", &tree]).await?;
        let mut cmd = self.cmd(["commit-tree", &tree, "-p", &self.head, "-F", "-"]);
        if self.signer.is_some() {
            cmd = cmd.arg("-S");
        }
        let commit = cmd.stdin(message).output().await?;
        Ok(line(&commit).to_string_lossy().into_owned())
    }

    /// Whether a commit, signed or not, is the release commit that this run would make.
    ///
    /// # Errors
    /// Environment, when git fails.
    pub async fn is_same_release(&self, commit: &str, other: &str) -> Result<bool> {
        if commit == other {
            return Ok(true);
        }
        let format = "--format=%T %P %ae %ct%n%B";
        let what = async |commit: &str| {
            self.run(["show", "--no-patch", "--no-show-signature", format, commit])
                .await
        };
        // Only a signature may differ; without one the names would be equal.
        Ok(self.signer.is_some() && what(commit).await? == what(other).await?)
    }

    /// Makes an annotated tag.
    ///
    /// # Errors
    /// Environment, when git fails; signing is part of it.
    pub async fn tag(&self, name: &str, commit: &str) -> Result<()> {
        let sign = if self.signer.is_some() {
            "--sign"
        } else {
            "--no-sign"
        };
        self.cmd([
            "tag",
            "--annotate",
            sign,
            "--force",
            "--cleanup=verbatim",
            "-F",
            "-",
            "--",
            name,
            commit,
        ])
        .stdin(format!("{name}\n\n{TRAILER}\n"))
        .output()
        .await
        .map(drop)
    }

    /// Whether a commit is in the history of another. One that is not here is in no history that is.
    ///
    /// # Errors
    /// Environment, when git cannot be started.
    pub async fn is_ancestor(&self, commit: &str, of: &str) -> Result<bool> {
        let done = self
            .cmd(["merge-base", "--is-ancestor", commit, of])
            .capture()
            .await?;
        Ok(done.end.good())
    }

    /// Whether some object is not in the copy.
    ///
    /// # Errors
    /// Environment, when git fails.
    pub async fn missing(&self, objects: &[&str]) -> Result<bool> {
        let answers = self
            .cmd(["cat-file", "--batch-check=%(objecttype)"])
            .stdin(format!("{}\n", objects.join("\n")))
            .output()
            .await?;
        let mut answers = answers.split(|&byte| byte == b'\n');
        Ok(answers.any(|answer| answer.ends_with(b" missing")))
    }

    /// Whether all these objects are annotated tags that say that we made them.
    ///
    /// # Errors
    /// Environment, when git fails.
    pub async fn are_ours(&self, tags: &[&str]) -> Result<bool> {
        for tag in tags {
            let object = self.cmd(["cat-file", "tag", tag]).capture().await?;
            let mut lines = object.stdout.split(|&byte| byte == b'\n');
            if !object.end.good() || !lines.any(|line| line == TRAILER.as_bytes()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Notes the channels of a tag on its commit, as semantic-release does.
    ///
    /// # Errors
    /// Environment, when git fails.
    pub async fn note(&self, tag: &str, commit: &str, channels: &[Option<String>]) -> Result<()> {
        let name = note_ref(tag);
        let note = serde_json::json!({ "channels": channels }).to_string();
        let reference = prefixed("--ref=", &name);
        let there = self
            .cmd([
                OsString::from("notes"),
                reference.clone(),
                "show".into(),
                commit.into(),
            ])
            .capture()
            .await?;
        if there.end.good() && there.stdout.trim_ascii() == note.as_bytes() {
            return Ok(());
        }
        self.cmd([OsString::from("notes"), reference])
            .args(["add", "--force", "--file=-", commit])
            .stdin(format!("{note}\n"))
            .output()
            .await
            .map(drop)
    }

    /// Writes the files of a package, as they are released, into a folder of ours.
    ///
    /// # Errors
    /// Configuration, when there is no such folder in the commit; environment, when git or the disk fails.
    pub async fn export(&self, path: &str, edits: &[Edit], into: &Path) -> Result<()> {
        let tree = self.tree().await?;
        let inner = if path == "." {
            tree
        } else {
            format!("{}:{path}", tree.trim_end_matches("^{tree}"))
        };
        let inner = match self
            .cmd(["rev-parse", "--verify", "--quiet", "--end-of-options", &inner])
            .capture()
            .await?
        {
            done if done.end.good() => line(&done.stdout).to_string_lossy().into_owned(),
            _ => {
                return Err(Failure::config(format!(
                    "the released commit has no folder {path}"
                )));
            }
        };
        let mut entries = Vec::new();
        for edit in edits {
            entries.push(self.entry(&inner, edit).await?);
        }
        self.changed_tree(&inner, entries.iter().map(String::as_str))
            .await?;
        std::fs::create_dir_all(into).map_err(|error| {
            Failure::environment(format!("cannot make {}", into.display())).because(error)
        })?;
        self.cmd([prefixed("--work-tree=", into)])
            .args(["checkout-index", "--all", "--force"])
            .env("GIT_INDEX_FILE", self.folder.path().join("index"))
            .env("GIT_LFS_SKIP_SMUDGE", "1")
            .output()
            .await
            .map(drop)
    }
}

/// Makes the repository, and tells git in its folder and the date of the commit that is released.
async fn make(job: &Job, env: &Env, folder: &Path) -> Result<(Git, String)> {
    let clone = match Git::of(env, &job.repository).await {
        // A bare repository has no top level, and is as good.
        Err(_) if job.repository.join("HEAD").is_file() => Git::new(env, &job.repository)?,
        clone => clone?,
    };
    if clone.commit(&job.head).await?.is_none() {
        return Err(Failure::config(format!(
            "the clone {} does not hold the commit {}",
            job.repository.display(),
            job.head
        )));
    }
    let format = line(&clone.output(["rev-parse", "--show-object-format"]).await?);
    let git = Git::new(env, folder)?.here_only();
    git.cmd(["init", "--quiet", "--bare", "--template="])
        .arg(prefixed("--object-format=", &format))
        .arg(folder.join("git"))
        .output()
        .await?;
    borrow(&clone, &folder.join("git")).await?;
    // What fetches later compare with.
    git.output(["--git-dir=git", "update-ref", "refs/foundation/head", &job.head])
        .await?;
    let date = line(
        &clone
            .output(["show", "--no-patch", "--format=%ct", &job.head])
            .await?,
    );
    Ok((git, format!("{} +0000", date.to_string_lossy())))
}

/// Whether the disk of a folder has no room left.
#[must_use]
pub fn is_full(folder: &Path) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < FULL)
}

/// Says that the disk is full where that is why something failed.
#[must_use]
pub fn with_room(folder: &Path, failure: Failure) -> Failure {
    if failure.kind() == Kind::Environment && is_full(folder) {
        return Failure::environment(format!("no space is left on the disk of {}", folder.display()))
            .because(failure)
            .hint("make room, or name another folder as TMPDIR; then run this again");
    }
    failure
}

/// Lets the copy find the objects of the clone, and know where its history is cut.
async fn borrow(clone: &Git, place: &Path) -> Result<()> {
    let find = async |name: &str| -> Result<PathBuf> {
        let found = clone.output(["rev-parse", "--git-path", name]).await?;
        Ok(clone.directory().join(PathBuf::from(line(&found))))
    };
    let cannot =
        |error: std::io::Error| Failure::environment("cannot write to a private folder").because(error);
    let objects = std::path::absolute(find("objects").await?).map_err(cannot)?;
    let mut alternate = objects.as_os_str().as_bytes().to_vec();
    if alternate.contains(&b'\n') {
        return Err(Failure::config(format!(
            "the path of the clone holds a line break: {}",
            objects.display()
        )));
    }
    alternate.push(b'\n');
    std::fs::write(place.join("objects/info/alternates"), alternate).map_err(cannot)?;
    let shallow = find("shallow").await?;
    if shallow.is_file() {
        std::fs::copy(shallow, place.join("shallow")).map_err(cannot)?;
    }
    Ok(())
}

/// What git printed, without the line's end.
fn line(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.strip_suffix(b"\n").unwrap_or(bytes).to_vec())
}

fn prefixed(option: &str, value: impl AsRef<std::ffi::OsStr>) -> OsString {
    let mut argument = OsString::from(option);
    argument.push(value);
    argument
}
