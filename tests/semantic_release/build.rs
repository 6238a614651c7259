//! Builds the repository of a case, and its bare remote, with the hashes that git itself would give. Written through libgit2, since a
//! process for each step would cost more than the decision that is tested.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use git2::{ObjectType, Oid, Repository, RepositoryInitOptions, Time};

use crate::case::{Case, Op};

/// Building fails where a case is wrong; the text says how.
pub type Built<T> = Result<T, Box<dyn Error>>;

const NAME: &str = "Parity Test";
const EMAIL: &str = "parity@example.org";
/// The date of commit 0; each next one is a minute later.
pub const BEGIN: i64 = 1_704_067_200;
const BLOB: i32 = 0o100_644;

/// The files of a tree by path, with their modes.
type Files = BTreeMap<String, (Oid, i32)>;

/// What stands where while a case is built.
struct Builder {
    repo: Repository,
    origin: Repository,
    hashes: Vec<Oid>,
    pushed: bool,
}

/// Makes `folder/repo` with the branch checked out, and `folder/origin.git`. Returns the folder to run in.
pub fn build(case: &Case, folder: &Path) -> Built<PathBuf> {
    let (path, remote) = (folder.join("repo"), folder.join("origin.git"));
    let start = case.start.as_deref().unwrap_or("master");
    let mut options = RepositoryInitOptions::new();
    options.initial_head(start).external_template(false);
    let repo = Repository::init_opts(&path, &options)?;
    let mut bare = RepositoryInitOptions::new();
    bare.initial_head(start).external_template(false).bare(true);
    let origin = Repository::init_opts(&remote, &bare)?;
    repo.remote("origin", remote.to_str().ok_or("a folder that is no text")?)?;
    let mut builder = Builder {
        repo,
        origin,
        hashes: Vec::new(),
        pushed: false,
    };
    for (index, op) in case.commits.iter().enumerate() {
        builder
            .step(op)
            .map_err(|error| format!("{}: operation {index}: {error}", case.name))?;
    }
    builder.switch(&case.branch)?;
    if builder.repo.head().is_ok() {
        let mut checkout = git2::build::CheckoutBuilder::new();
        builder.repo.checkout_head(Some(checkout.force()))?;
    }
    if !builder.pushed {
        builder.push()?;
    }
    let mut run_in = path;
    if let Some(depth) = case.shallow {
        run_in = folder.join("shallow");
        let (depth, url) = (depth.to_string(), format!("file://{}", remote.display()));
        let to = run_in.to_str().ok_or("a folder that is no text")?;
        git(
            folder,
            &[
                "clone",
                "-q",
                "--no-tags",
                "-b",
                &case.branch,
                "--depth",
                &depth,
                &url,
                to,
            ],
        )?;
    }
    if let Some(config) = &case.config {
        let info = run_in.join(".git/info");
        std::fs::create_dir_all(&info)?;
        std::fs::write(info.join("exclude"), "/.releaserc.json\n")?;
        std::fs::write(run_in.join(".releaserc.json"), serde_json::to_string(config)?)?;
    }
    Ok(run_in)
}

/// The git program, for the few things that libgit2 does in another way.
fn git(folder: &Path, arguments: &[&str]) -> Built<()> {
    let output = Command::new("git")
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(arguments)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// `text` with the placeholders replaced.
fn placed(text: &str, hashes: &[Oid]) -> Built<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some((value, length)) = placeholder(from, hashes)? {
            out.push_str(&value);
            rest = from.get(length..).ok_or("cut")?;
        } else {
            out.push('{');
            rest = from.get(1..).ok_or("cut")?;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What the placeholder that `from` begins with stands for, and its length; none where it is literal text.
fn placeholder(from: &str, hashes: &[Oid]) -> Built<Option<(String, usize)>> {
    let Some(end) = from.find("}}") else {
        return Ok(None);
    };
    let inner = from.get(2..end).ok_or("cut")?;
    let hash = |number: &str| -> Built<String> {
        let index: usize = number.parse()?;
        Ok(hashes
            .get(index)
            .ok_or_else(|| format!("there is no commit {index} yet"))?
            .to_string())
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = if let Some(number) = inner.strip_prefix("hash:").filter(|number| digits(number)) {
        hash(number)?
    } else if let Some(number) = inner.strip_prefix("short:").filter(|number| digits(number)) {
        hash(number)?.chars().take(7).collect()
    } else if let Some((text, count)) = inner
        .strip_prefix("repeat:")
        .and_then(|rest| rest.split_once(':'))
        .filter(|(text, count)| !text.contains('}') && digits(count))
    {
        text.replace("\\n", "\n").repeat(count.parse()?)
    } else {
        return Ok(None);
    };
    Ok(Some((value, end + 2)))
}

impl Builder {
    fn step(&mut self, op: &Op) -> Built<()> {
        let date = op
            .date
            .unwrap_or_else(|| BEGIN + 60 * i64::try_from(self.hashes.len()).unwrap_or(0));
        let name = || op.name.as_deref().ok_or("it needs a name");
        match op.kind() {
            "merge" if op.ff => self.forward(op),
            "commit" | "merge" => self.commit(op, date),
            "branch" if op.orphan => Ok(self.repo.set_head(&format!("refs/heads/{}", name()?))?),
            "branch" => {
                let head = self.repo.head()?.peel_to_commit()?;
                self.repo.branch(name()?, &head, false)?;
                Ok(self.repo.set_head(&format!("refs/heads/{}", name()?))?)
            }
            "checkout" => self.switch(name()?),
            "tag" => {
                let target = match (&op.rev, op.at) {
                    (Some(rev), _) => self.repo.revparse_single(rev)?.id(),
                    (None, Some(at)) => *self.hashes.get(at).ok_or("there is no such commit")?,
                    (None, None) => self.head()?.ok_or("there is no commit to tag")?,
                };
                self.tag(name()?, target, op.annotated, date)
            }
            "untag" => Ok(self
                .repo
                .find_reference(&format!("refs/tags/{}", name()?))?
                .delete()?),
            "note" => self.note(op, date),
            "push" => self.push(),
            "reset" => {
                let at = op.at.ok_or("it needs an index")?;
                let target = *self.hashes.get(at).ok_or("there is no such commit")?;
                self.moved(target)
            }
            "gc" => {
                let folder = self.repo.workdir().ok_or("no work tree")?.to_owned();
                git(&folder, &["pack-refs", "--all"])?;
                git(&folder, &["repack", "-adq"])
            }
            other => Err(format!("no such operation: {other}").into()),
        }
    }

    /// The commit that stands at HEAD; none on a branch without commits.
    fn head(&self) -> Built<Option<Oid>> {
        match self.repo.head() {
            Ok(head) => Ok(Some(head.peel_to_commit()?.id())),
            Err(error) if error.code() == git2::ErrorCode::UnbornBranch => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// `git checkout NAME`, without touching files.
    fn switch(&self, name: &str) -> Built<()> {
        let branch = format!("refs/heads/{name}");
        if self.repo.find_reference(&branch).is_ok() {
            return Ok(self.repo.set_head(&branch)?);
        }
        if self.head()?.is_none() {
            return Ok(());
        }
        let there = self.repo.revparse_single(name)?.peel_to_commit()?;
        Ok(self.repo.set_head_detached(there.id())?)
    }

    /// Lets the current branch stand at `target`.
    fn moved(&self, target: Oid) -> Built<()> {
        let head = self.repo.find_reference("HEAD")?;
        match head.symbolic_target()? {
            Some(branch) => {
                self.repo.reference(branch, target, true, "case")?;
            }
            None => self.repo.set_head_detached(target)?,
        }
        Ok(())
    }

    fn forward(&self, op: &Op) -> Built<()> {
        for from in op.from.all() {
            let head = self.head()?.ok_or("there is nothing to merge into")?;
            let there = self.repo.revparse_single(from)?.peel_to_commit()?.id();
            if head == there || self.repo.graph_descendant_of(head, there)? {
                continue;
            }
            if !self.repo.graph_descendant_of(there, head)? {
                return Err(format!("{from} cannot be fast-forwarded to").into());
            }
            self.moved(there)?;
        }
        Ok(())
    }

    fn commit(&mut self, op: &Op, date: i64) -> Built<()> {
        let head = self.head()?;
        let mut parents: Vec<Oid> = head.into_iter().collect();
        let mut files = match head {
            Some(head) => self.files(self.repo.find_commit(head)?.tree_id())?,
            None => Files::new(),
        };
        if op.kind() == "merge" {
            for from in op.from.all() {
                let there = self.repo.revparse_single(from)?.peel_to_commit()?.id();
                let known = parents.iter().any(|&parent| {
                    parent == there || self.repo.graph_descendant_of(parent, there).unwrap_or(false)
                });
                if !known {
                    files = self.merged(&files, head.ok_or("nothing to merge into")?, there)?;
                    parents.push(there);
                }
            }
        }
        for (old, new) in &op.rename {
            rename(&mut files, old, new)?;
        }
        for (path, content) in &op.files {
            files.retain(|known, _| known != path && !known.starts_with(&format!("{path}/")));
            if let Some(content) = content {
                files.insert(path.clone(), (self.repo.blob(content.as_bytes())?, BLOB));
            }
        }
        let message = match (&op.message_base64, &op.message) {
            (Some(bytes), _) => base64::engine::general_purpose::STANDARD.decode(bytes)?,
            (None, Some(text)) => placed(text, &self.hashes)?.into_bytes(),
            (None, None) => return Err("a commit needs a message".into()),
        };
        if op.raw {
            parents = vec![*self.hashes.last().ok_or("a raw commit needs a parent")?];
        }
        let tree = self.tree(&files)?;
        let encoding = op.encoding.as_deref().filter(|_| !op.raw);
        let made = self.object(tree, &parents, date, encoding, &message)?;
        self.moved(made)?;
        self.hashes.push(made);
        for tag in op.tag.all() {
            self.tag(tag, made, op.annotated, date)?;
        }
        Ok(())
    }

    /// A commit object, byte for byte.
    fn object(
        &self,
        tree: Oid,
        parents: &[Oid],
        date: i64,
        encoding: Option<&str>,
        message: &[u8],
    ) -> Built<Oid> {
        let mut bytes = format!("tree {tree}\n");
        for parent in parents {
            bytes += &format!("parent {parent}\n");
        }
        bytes += &format!("author {NAME} <{EMAIL}> {date} +0000\ncommitter {NAME} <{EMAIL}> {date} +0000\n");
        // Git writes no header where it says what is the default.
        if let Some(encoding) = encoding.filter(|name| !name.eq_ignore_ascii_case("utf-8")) {
            bytes += &format!("encoding {encoding}\n");
        }
        bytes.push('\n');
        let bytes = [bytes.as_bytes(), message].concat();
        Ok(self.repo.odb()?.write(ObjectType::Commit, &bytes)?)
    }

    fn files(&self, tree: Oid) -> Built<Files> {
        let mut files = Files::new();
        let tree = self.repo.find_tree(tree)?;
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if entry.kind() == Some(ObjectType::Blob) {
                let name = String::from_utf8_lossy(entry.name_bytes());
                files.insert(format!("{folder}{name}"), (entry.id(), entry.filemode()));
            }
            git2::TreeWalkResult::Ok
        })?;
        Ok(files)
    }

    /// Writes the trees of all folders.
    fn tree(&self, files: &Files) -> Built<Oid> {
        let mut builder = self.repo.treebuilder(None)?;
        let mut folders: BTreeMap<&str, Files> = BTreeMap::new();
        for (path, &(blob, mode)) in files {
            match path.split_once('/') {
                Some((folder, rest)) => {
                    folders
                        .entry(folder)
                        .or_default()
                        .insert(rest.to_owned(), (blob, mode));
                }
                None => {
                    builder.insert(path, blob, mode)?;
                }
            }
        }
        for (folder, inner) in folders {
            builder.insert(folder, self.tree(&inner)?, 0o040_000)?;
        }
        Ok(builder.write()?)
    }

    /// `files` of `ours`, with what `theirs` changed since they parted.
    fn merged(&self, files: &Files, ours: Oid, theirs: Oid) -> Built<Files> {
        let base = match self.repo.merge_base(ours, theirs) {
            Ok(base) => self.repo.find_commit(base)?.tree()?,
            Err(_) => self.repo.find_tree(self.tree(&Files::new())?)?,
        };
        let mine = self.repo.find_tree(self.tree(files)?)?;
        let other = self.repo.find_commit(theirs)?.tree()?;
        let mut index = self.repo.merge_trees(&base, &mine, &other, None)?;
        if index.has_conflicts() {
            return Err("this merge has conflicts".into());
        }
        let tree = index.write_tree_to(&self.repo)?;
        self.files(tree)
    }

    fn tag(&self, name: &str, target: Oid, annotated: bool, date: i64) -> Built<()> {
        let mut target = target;
        if annotated {
            let kind = self.repo.find_object(target, None)?.kind().ok_or("no kind")?;
            let text = format!(
                "object {target}\ntype {kind}\ntag {name}\ntagger {NAME} <{EMAIL}> {date} +0000\n\nrelease\n"
            );
            target = self.repo.odb()?.write(ObjectType::Tag, text.as_bytes())?;
        }
        self.repo
            .reference(&format!("refs/tags/{name}"), target, false, "case")?;
        Ok(())
    }

    fn note(&self, op: &Op, date: i64) -> Built<()> {
        let [tag] = op.tag.all() else {
            return Err("a note needs a tag".into());
        };
        let channels = op.channels.as_ref().ok_or("a note needs channels")?;
        let listed: Vec<String> = channels
            .iter()
            .map(serde_json::to_string)
            .collect::<Result<_, _>>()?;
        let text = format!("{{\"channels\": [{}]}}\n", listed.join(", "));
        let noted = self.repo.revparse_single(tag)?.id();
        let who = git2::Signature::new(NAME, EMAIL, &Time::new(date, 0))?;
        let name = format!("refs/notes/semantic-release-{tag}");
        self.repo.note(&who, &who, Some(&name), noted, &text, true)?;
        Ok(())
    }

    /// All branches, tags and notes, as `git push` would leave them here and there.
    fn push(&mut self) -> Built<()> {
        self.pushed = true;
        link_all(
            &self.repo.path().join("objects"),
            &self.origin.path().join("objects"),
        )?;
        self.origin.odb()?.refresh()?;
        for reference in self.repo.references()? {
            let reference = reference?;
            let (name, Some(target)) = (reference.name()?, reference.target()) else {
                continue;
            };
            if ["refs/heads/", "refs/tags/", "refs/notes/"]
                .iter()
                .any(|kind| name.starts_with(kind))
            {
                self.origin.reference(name, target, true, "case")?;
            }
            if let Some(branch) = name.strip_prefix("refs/heads/") {
                let tracking = format!("refs/remotes/origin/{branch}");
                self.repo.reference(&tracking, target, true, "case")?;
            }
        }
        Ok(())
    }
}

/// `git mv`, of a file or a folder.
fn rename(files: &mut Files, old: &str, new: &str) -> Built<()> {
    let inside = format!("{old}/");
    let moved: Vec<String> = files
        .keys()
        .filter(|path| *path == old || path.starts_with(&inside))
        .cloned()
        .collect();
    if moved.is_empty() {
        return Err(format!("there is no {old} to rename").into());
    }
    for path in moved {
        if let Some(entry) = files.remove(&path) {
            let rest = path.get(old.len()..).unwrap_or_default();
            files.insert(format!("{new}{rest}"), entry);
        }
    }
    Ok(())
}

/// Links all files of a folder into another one. Objects never change, so a link is as good as a copy.
fn link_all(from: &Path, to: &Path) -> Built<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            link_all(&entry.path(), &target)?;
        } else if !target.exists() {
            std::fs::hard_link(entry.path(), target)?;
        }
    }
    Ok(())
}
