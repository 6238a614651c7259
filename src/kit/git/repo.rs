//! A repository, opened for reading. libgit2 reads objects and refs; it never reaches for the network.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use git2::{ErrorClass, ErrorCode, ObjectType, Odb, Oid, Repository};
use tempfile::TempDir;

use crate::kit::git::not_usable;
use crate::kit::outcome::{Failure, Result};

/// A repository, opened for reading.
pub struct Repo {
    inner: Repository,
    root: PathBuf,
    /// The stand-in that a partial clone is read through; see [`stand_in`].
    _stand_in: Option<TempDir>,
}

impl std::fmt::Debug for Repo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repo")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// A ref: its full name, and what it points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref {
    /// The full name, such as `refs/tags/v1.0.0`.
    pub name: String,
    /// What it points at: a commit or, for an annotated tag, the tag object.
    pub target: Oid,
    /// The commit behind a tag object, where that is known without reading it.
    pub peeled: Option<Oid>,
}

/// Where `HEAD` stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The commit; none in a repository without one.
    pub commit: Option<Oid>,
    /// The branch, without `refs/heads/`; none for a detached `HEAD`.
    pub branch: Option<String>,
}

impl Repo {
    /// Opens the repository that holds a folder.
    ///
    /// # Errors
    /// Configuration, when the folder is in no repository, belongs to somebody else, or is of a kind libgit2 cannot read
    /// (SHA-256, reftable): named, with the way out.
    pub fn open(directory: &Path) -> Result<Self> {
        match Repository::discover(directory) {
            Ok(inner) => Ok(Self::new(inner, directory, None)),
            Err(error) => {
                let Some(common) = common_folder(directory).filter(|_| error.code() != ErrorCode::Owner)
                else {
                    return Err(not_usable(directory, error.message()));
                };
                readable(&common)?;
                owned(&common, directory)?;
                let Some(stand_in) = stand_in(directory, &common)? else {
                    return Err(not_usable(directory, error.message()));
                };
                let inner = Repository::open_bare(stand_in.path())
                    .map_err(|error| not_usable(directory, error.message()))?;
                Ok(Self::new(inner, directory, Some(stand_in)))
            }
        }
    }

    fn new(inner: Repository, directory: &Path, stand_in: Option<TempDir>) -> Self {
        let root = match &stand_in {
            Some(_) => git_entry(directory).and_then(|entry| entry.parent().map(Path::to_owned)),
            None => inner.workdir().map(Path::to_owned),
        };
        let root = root.unwrap_or_else(|| inner.path().to_owned());
        Self {
            root: root.components().collect(),
            inner,
            _stand_in: stand_in,
        }
    }

    /// The folder that holds the files; the repository itself where it is bare.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that `git merge-base` names: where two histories part; none where they have nothing in common.
    ///
    /// # Errors
    /// Environment, when history is missing or damaged.
    pub fn merge_base(&self, one: Oid, other: Oid) -> Result<Option<Oid>> {
        match self.inner.merge_base(one, other) {
            Ok(base) => Ok(Some(base)),
            // A commit that is missing is not found either, but by the object database.
            Err(error) if error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Merge => {
                Ok(None)
            }
            Err(error) => Err(self.broken(&format!("the history below {one} and {other}"), &error)),
        }
    }

    /// Where `HEAD` stands.
    ///
    /// # Errors
    /// Environment, when it cannot be read.
    pub fn head(&self) -> Result<Head> {
        let head = self
            .inner
            .find_reference("HEAD")
            .map_err(|error| self.broken("HEAD", &error))?;
        let branch = head
            .symbolic_target_bytes()
            .and_then(|name| name.strip_prefix(b"refs/heads/"))
            .map(|name| String::from_utf8_lossy(name).into_owned());
        let commit = match head.peel_to_commit() {
            Ok(commit) => Some(commit.id()),
            Err(error) if error.code() == ErrorCode::NotFound && branch.is_some() => None,
            Err(error) => return Err(self.broken("HEAD", &error)),
        };
        Ok(Head { commit, branch })
    }

    /// The commit that a full ref or a full object name stands for; none where there is no such thing here.
    #[must_use]
    pub fn resolve(&self, name: &str) -> Option<Oid> {
        let oid = match self.inner.find_reference(name) {
            Ok(reference) => reference.resolve().ok()?.target()?,
            Err(_) => Oid::from_str(name).ok().filter(|_| name.len() == 40)?,
        };
        self.peel(oid)
    }

    /// The commit behind an object name: itself, or what a tag object points at. None for a tree, a file, or a missing object.
    #[must_use]
    pub fn peel(&self, oid: Oid) -> Option<Oid> {
        let mut oid = oid;
        // Tags may point at tags; nobody's chain is this long.
        for _ in 0..16 {
            let object = self.inner.find_object(oid, None).ok()?;
            match object.kind() {
                Some(ObjectType::Commit) => return Some(oid),
                Some(ObjectType::Tag) => oid = object.as_tag()?.target_id(),
                Some(ObjectType::Any | ObjectType::Tree | ObjectType::Blob) | None => return None,
            }
        }
        None
    }

    /// What a full ref points at; none where there is no such ref.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<Oid> {
        self.inner.find_reference(name).ok()?.target()
    }

    /// The commit behind a tag object; none where it is no tag object, or not here.
    #[must_use]
    pub fn peel_tag(&self, oid: Oid) -> Option<Oid> {
        let kind = self.inner.odb().ok()?.read_header(oid).ok()?.1;
        (kind == ObjectType::Tag).then(|| self.peel(oid)).flatten()
    }

    /// The refs below a prefix, such as `refs/tags/`, sorted by name. Names that are not UTF-8 are left out.
    ///
    /// # Errors
    /// Environment, when they cannot be read.
    pub fn refs(&self, prefix: &str) -> Result<Vec<Ref>> {
        let failed = |error: git2::Error| self.broken(prefix, &error);
        let mut refs = Vec::new();
        for reference in self
            .inner
            .references_glob(&format!("{prefix}*"))
            .map_err(failed)?
        {
            let Ok(reference) = reference else { continue };
            let Ok(name) = std::str::from_utf8(reference.name_bytes()) else {
                continue;
            };
            let Some(target) = reference.target() else {
                continue;
            };
            refs.push(Ref {
                name: name.to_owned(),
                target,
                peeled: reference.target_peel(),
            });
        }
        refs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(refs)
    }

    /// The note that a ref below `refs/notes/` holds for an object.
    #[must_use]
    pub fn note(&self, reference: &str, oid: Oid) -> Option<String> {
        let note = self.inner.find_note(Some(reference), oid).ok()?;
        Some(String::from_utf8_lossy(note.message_bytes()).into_owned())
    }

    /// A file's content at a commit; none where there is no such file.
    ///
    /// # Errors
    /// Environment, when the object is missing (a partial clone) or damaged.
    pub fn file(&self, commit: Oid, path: &Path) -> Result<Option<Vec<u8>>> {
        let failed = |error: &git2::Error| self.broken(&format!("{} at {commit}", path.display()), error);
        let commit = self.inner.find_commit(commit).map_err(|error| failed(&error))?;
        let tree = commit.tree().map_err(|error| failed(&error))?;
        let entry = match tree.get_path(path) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        if entry.kind() != Some(ObjectType::Blob) {
            return Ok(None);
        }
        let blob = self.inner.find_blob(entry.id()).map_err(|error| failed(&error))?;
        Ok(Some(blob.content().to_vec()))
    }

    /// When a commit was committed, in seconds since 1970.
    ///
    /// # Errors
    /// Environment, when the commit is missing or damaged.
    pub fn time(&self, commit: Oid) -> Result<i64> {
        let found = self.inner.find_commit(commit);
        let found = found.map_err(|error| self.broken(&format!("commit {commit}"), &error))?;
        Ok(found.time().seconds())
    }

    /// Whether an object is here.
    #[must_use]
    pub fn holds(&self, oid: Oid) -> bool {
        self.inner.odb().is_ok_and(|odb| odb.exists(oid))
    }

    /// Whether history is cut off somewhere.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        !self.shallow().is_empty()
    }

    /// The commits whose parents a shallow clone left out.
    #[must_use]
    pub fn shallow(&self) -> HashSet<Oid> {
        let text = std::fs::read_to_string(self.inner.commondir().join("shallow")).unwrap_or_default();
        text.lines()
            .filter_map(|line| Oid::from_str(line.trim()).ok())
            .collect()
    }

    /// The objects.
    ///
    /// # Errors
    /// Environment, when there are none to be read.
    pub fn objects(&self) -> Result<Odb<'_>> {
        self.inner
            .odb()
            .map_err(|error| self.broken("its objects", &error))
    }

    pub(super) fn inner_tree(&self, commit: Oid) -> Result<git2::Tree<'_>, git2::Error> {
        self.inner.find_commit(commit)?.tree()
    }

    pub(super) fn inner_subtree(&self, tree: Oid) -> Result<git2::Tree<'_>, git2::Error> {
        self.inner.find_tree(tree)
    }

    pub(super) fn broken(&self, what: &str, error: &git2::Error) -> Failure {
        let failure = Failure::environment(format!("cannot read {what} in {}", self.root.display()))
            .because(error.message().to_owned());
        if error.code() == ErrorCode::NotFound {
            failure
                .hint("the clone lacks objects: check it out with full history, and without --filter=tree:0")
        } else {
            failure.hint("`git fsck` says what is damaged; a fresh clone may be the quickest way out")
        }
    }
}

/// The `.git` of the repository that holds a folder, or a bare repository itself.
fn git_entry(directory: &Path) -> Option<PathBuf> {
    let directory = directory.canonicalize().ok()?;
    directory
        .ancestors()
        .map(|up| up.join(".git"))
        .find(|entry| entry.exists())
}

/// Where a repository keeps its objects and refs, also for a worktree.
fn common_folder(directory: &Path) -> Option<PathBuf> {
    let folder = git_folder(&git_entry(directory)?)?;
    match std::fs::read_to_string(folder.join("commondir")) {
        Ok(text) => folder.join(text.trim()).canonicalize().ok(),
        Err(_) => Some(folder),
    }
}

fn git_folder(entry: &Path) -> Option<PathBuf> {
    if entry.is_dir() {
        return Some(entry.to_owned());
    }
    let text = std::fs::read_to_string(entry).ok()?;
    let folder = text.trim().strip_prefix("gitdir:")?.trim();
    entry.parent()?.join(folder).canonicalize().ok()
}

/// What libgit2 checks as well, but not before it gives up on a partial clone.
fn owned(common: &Path, directory: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    match std::fs::metadata(common) {
        Ok(meta) if meta.uid() == rustix::process::geteuid().as_raw() => Ok(()),
        Ok(_) | Err(_) => Err(not_usable(directory, "it belongs to somebody else")),
    }
}

/// Refuses by name what libgit2 cannot read.
fn readable(common: &Path) -> Result<()> {
    let Ok(config) = git2::Config::open(&common.join("config")) else {
        return Ok(());
    };
    let is = |name: &str, value: &str| {
        config
            .get_string(name)
            .is_ok_and(|found| found.eq_ignore_ascii_case(value))
    };
    if is("extensions.objectformat", "sha256") {
        return Err(Failure::config(format!(
            "{} names its objects by SHA-256, which cannot be read here yet",
            common.display()
        ))
        .hint("make the repository with `git init --object-format=sha1`; forges do so by default"));
    }
    if is("extensions.refstorage", "reftable") {
        return Err(Failure::config(format!(
            "{} keeps its refs in a reftable, which cannot be read here yet",
            common.display()
        ))
        .hint("git refs migrate --ref-format=files"));
    }
    Ok(())
}

/// libgit2 refuses to open a partial clone (`git clone --filter=blob:none`), for the name of one setting, although it can read
/// all that is there. So it gets a folder of its own with other settings, whose objects and refs are the clone's.
fn stand_in(directory: &Path, common: &Path) -> Result<Option<TempDir>> {
    let partial = git2::Config::open(&common.join("config"))
        .is_ok_and(|config| config.get_entry("extensions.partialclone").is_ok());
    let Some(own) = git_entry(directory)
        .as_deref()
        .and_then(git_folder)
        .filter(|_| partial)
    else {
        return Ok(None);
    };
    let make = || -> std::io::Result<TempDir> {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::fs::symlink;
        let folder = tempfile::Builder::new().prefix("foundation-git-").tempdir()?;
        let at = |name: &str| folder.path().join(name);
        std::fs::write(
            at("config"),
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
        )?;
        std::fs::copy(own.join("HEAD"), at("HEAD"))?;
        std::fs::create_dir_all(at("objects/info"))?;
        let mut alternates = common.join("objects").as_os_str().as_bytes().to_vec();
        alternates.push(b'\n');
        std::fs::write(at("objects/info/alternates"), alternates)?;
        symlink(common.join("refs"), at("refs"))?;
        for name in ["packed-refs", "shallow"] {
            symlink(common.join(name), at(name))?;
        }
        Ok(folder)
    };
    make().map(Some).map_err(|error| {
        Failure::environment("cannot make a folder to read the partial clone through").because(error)
    })
}
