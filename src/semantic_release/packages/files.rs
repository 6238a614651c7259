//! A snapshot of files: paths, and the bytes of one of them when somebody asks.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::kit::outcome::{Failure, Result};
use crate::kit::text;

/// No manifest and no lock file is larger, in bytes. A larger one is refused, not read.
pub const LARGEST: u64 = 50 * 1024 * 1024;

type List<'a> = Box<dyn Fn() -> Result<BTreeSet<String>> + 'a>;
type Read<'a> = Box<dyn Fn(&str) -> Result<Option<Vec<u8>>> + 'a>;

/// Files as they are at one moment. Paths are relative, with `/` between names; links are no files, and neither is a path that
/// is not UTF-8.
pub struct Files<'a> {
    list: List<'a>,
    read: Read<'a>,
    paths: OnceCell<BTreeSet<String>>,
}

impl std::fmt::Debug for Files<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").field("paths", &self.paths.get()).finish()
    }
}

impl<'a> Files<'a> {
    /// A snapshot over two functions: one lists all files (asked at most once, and only for a monorepo), one reads a file,
    /// which is none where there is no such file.
    pub fn new(
        list: impl Fn() -> Result<BTreeSet<String>> + 'a,
        read: impl Fn(&str) -> Result<Option<Vec<u8>>> + 'a,
    ) -> Self {
        Self {
            list: Box::new(list),
            read: Box::new(read),
            paths: OnceCell::new(),
        }
    }

    /// The files of a folder. `.git`, `node_modules` and repositories inside of it are left out.
    #[must_use]
    pub fn folder(root: &'a Path) -> Self {
        Self::new(
            move || {
                let mut paths = BTreeSet::new();
                walk(root, "", &mut paths)?;
                Ok(paths)
            },
            move |path| read_file(root, path),
        )
    }

    /// Files that are in memory.
    #[must_use]
    pub fn memory(files: &'a BTreeMap<String, Vec<u8>>) -> Self {
        Self::new(
            || Ok(files.keys().cloned().collect()),
            |path| Ok(files.get(path).cloned()),
        )
    }

    /// All paths, sorted.
    ///
    /// # Errors
    /// Those of the source.
    pub fn paths(&self) -> Result<&BTreeSet<String>> {
        if let Some(paths) = self.paths.get() {
            return Ok(paths);
        }
        let paths = (self.list)()?;
        Ok(self.paths.get_or_init(|| paths))
    }

    /// The bytes of a file; none where there is no such file.
    ///
    /// # Errors
    /// Configuration, when it is larger than [`LARGEST`]; else those of the source.
    pub fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let bytes = (self.read)(path)?;
        match bytes {
            Some(bytes) if bytes.len() as u64 > LARGEST => Err(too_large(path)),
            other => Ok(other),
        }
    }

    /// The text of a file; none where there is no such file.
    ///
    /// # Errors
    /// Configuration, when it is not UTF-8 (with the line) or larger than [`LARGEST`]; else those of the source.
    pub fn text(&self, path: &str) -> Result<Option<String>> {
        let Some(bytes) = self.bytes(path)? else {
            return Ok(None);
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..good]
                    .iter()
                    .filter(|&&byte| byte == b'\n')
                    .count()
                    + 1;
                Err(
                    Failure::config(format!("{}:{line}: the file is not UTF-8", shown(path)))
                        .hint("Save it as UTF-8: its version cannot be edited otherwise."),
                )
            }
        }
    }
}

/// A path as it is told to people.
pub(super) fn shown(path: &str) -> String {
    text::path_text(Path::new(path))
}

/// `folder` and `name` as one path; the folder of the repository is `.`.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder == "." {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// The folder of a path; that of the repository is `.`.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// `relative`, seen from `folder`; none where it leads out of the repository.
pub(super) fn resolve(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    })
}

fn too_large(path: &str) -> Failure {
    Failure::config(format!(
        "{} is larger than {} MB",
        shown(path),
        LARGEST / 1024 / 1024
    ))
    .hint("No manifest and no lock file is that large; is it the right file?")
}

fn read_file(root: &Path, path: &str) -> Result<Option<Vec<u8>>> {
    let unreadable = |error| Failure::environment(format!("cannot read {}", shown(path))).because(error);
    let Some(path_is) = resolve(".", path).filter(|clean| clean == path) else {
        return Ok(None);
    };
    // A folder that is a link leads out of the snapshot.
    let mut here = root.to_owned();
    for part in path_is.split('/') {
        here.push(part);
        match fs::symlink_metadata(&here) {
            Ok(about) if about.is_symlink() => return Ok(None),
            Ok(about) if about.is_file() && about.len() > LARGEST => return Err(too_large(path)),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(unreadable(error)),
        }
    }
    if !here.is_file() {
        return Ok(None);
    }
    fs::read(&here).map(Some).map_err(unreadable)
}

fn walk(folder: &Path, prefix: &str, paths: &mut BTreeSet<String>) -> Result<()> {
    let unreadable =
        |error| Failure::environment(format!("cannot list {}", text::path_text(folder))).because(error);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{prefix}{name}");
        if kind.is_file() {
            paths.insert(path);
        } else if kind.is_dir()
            && name != ".git"
            && name != "node_modules"
            && !entry.path().join(".git").exists()
        {
            walk(&entry.path(), &format!("{path}/"), paths)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_inside_the_repository() {
        assert_eq!(resolve("packages/a", "../b/").as_deref(), Some("packages/b"));
        assert_eq!(resolve(".", "./x//y").as_deref(), Some("x/y"));
        assert_eq!(resolve("a", "..").as_deref(), Some("."));
        assert_eq!(resolve("a", "../.."), None);
    }

    #[test]
    fn a_folder_is_a_snapshot_without_links_modules_and_inner_repositories() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for (path, text) in [
            ("a/package.json", "{}"),
            ("node_modules/x/package.json", "{}"),
            ("inner/.git", "x"),
            ("inner/b", "x"),
        ] {
            fs::create_dir_all(root.join(path).parent().expect("a parent")).expect("a folder");
            fs::write(root.join(path), text).expect("a file");
        }
        std::os::unix::fs::symlink("a", root.join("link")).expect("a link");
        let files = Files::folder(root);
        assert_eq!(
            files.paths().expect("paths").iter().collect::<Vec<_>>(),
            ["a/package.json"]
        );
        assert_eq!(files.text("a/package.json").expect("read").as_deref(), Some("{}"));
        for missing in ["link/package.json", "a", "b", "../x", "a/package.json/x"] {
            assert_eq!(files.bytes(missing).expect("read"), None, "{missing}");
        }
    }

    #[test]
    fn what_is_no_text_or_too_large_is_told() {
        let files = BTreeMap::from([("a".to_owned(), b"x\ny\xff".to_vec())]);
        let error = Files::memory(&files).text("a").expect_err("not UTF-8");
        assert_eq!(error.to_string(), "a:2: the file is not UTF-8");
        let large = Files::new(
            || Ok(BTreeSet::new()),
            |_| Ok(Some(vec![b' '; usize::try_from(LARGEST).expect("fits") + 1])),
        );
        let error = large.bytes("big.json").expect_err("too large");
        assert_eq!(error.to_string(), "big.json is larger than 50 MB");
    }
}
