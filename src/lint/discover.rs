//! Which files there are to lint: asked of git, never found by walking.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File as Handle;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::kit::git::{Git, records};
use crate::kit::outcome::{Failure, Result};
use crate::kit::text;
use crate::lint::findings::{NotChecked, Tool};
use crate::lint::{since, vendored};

/// A file for a linter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, relative to the repository.
    pub path: PathBuf,
    /// Its size in bytes, from which the time it takes is guessed.
    pub size: u64,
}

/// What is linted: the whole repository, a folder, or one file named by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Relative to the repository; empty for all of it.
    pub path: PathBuf,
    /// Whether it is one file.
    pub by_hand: bool,
}

impl Scope {
    /// Finds out what a path on the command line means.
    ///
    /// # Errors
    /// Configuration, when it is not there, is a link, or lies outside of the repository.
    pub fn of(root: &Path, path: &Path) -> Result<Self> {
        let shown = text::path_text(path);
        let meta = std::fs::symlink_metadata(path)
            .map_err(|error| Failure::config(format!("cannot lint {shown}")).because(error))?;
        let outside = || Failure::config(format!("{shown} is not in the repository {}", root.display()));
        if meta.is_dir() {
            let real = path.canonicalize().map_err(|error| outside().because(error))?;
            let path = real.strip_prefix(root).map_err(|_| outside())?.to_owned();
            return Ok(Self { path, by_hand: false });
        }
        if !meta.is_file() {
            return Err(Failure::config(format!(
                "{shown} is neither a file nor a folder; links are not followed"
            )));
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(outside());
        };
        let parent = if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        };
        let parent = parent.canonicalize().map_err(|error| outside().because(error))?;
        let path = parent.strip_prefix(root).map_err(|_| outside())?.join(name);
        Ok(Self { path, by_hand: true })
    }
}

/// What discovery found.
#[derive(Debug, Default)]
pub struct Found {
    /// The files of each linter, sorted by path.
    pub files: HashMap<Tool, Vec<File>>,
    /// What was left alone, and why.
    pub not_checked: Vec<NotChecked>,
}

/// Finds the files in scope; with `changed`, only those among them.
///
/// # Errors
/// Environment, when git fails; configuration, when a file named by hand is none that could be linted.
pub async fn discover(git: &Git, scope: &Scope, changed: Option<&[PathBuf]>) -> Result<Found> {
    let root = git.directory();
    let pathspec = match scope.path.as_os_str() {
        path if path.is_empty() => OsStr::new("."),
        path => path,
    };
    let list = |arguments: &[&str]| {
        git.cmd(["--literal-pathspecs", "ls-files", "-z"])
            .args(arguments)
            .arg("--")
            .arg(pathspec)
    };
    let (tracked, untracked) = (list(&["-s"]), list(&["--others", "--exclude-standard"]));
    let (tracked, untracked) = tokio::try_join!(tracked.output(), untracked.output())?;
    let mut search = Search::new(root, scope);
    let mut names: Vec<&Path> = records(&tracked)
        .filter_map(|record| tracked_file(record.as_bytes()))
        .chain(records(&untracked).map(Path::new))
        .collect();
    names.sort_unstable();
    // An unmerged file stands in the index once for each side.
    names.dedup();
    // Those above the scope count as well.
    let attributes: Vec<PathBuf> = scope
        .path
        .ancestors()
        .skip(1)
        .map(|folder| folder.join(".gitattributes"))
        .chain(
            names
                .iter()
                .filter(|name| name.file_name() == Some(OsStr::new(".gitattributes")))
                .map(PathBuf::from),
        )
        .collect();
    if let Some(changed) = changed {
        names.retain(|name| since::holds(changed, name));
    }
    for name in names {
        search.visit(name);
    }
    search.leave_vendored(git, &attributes).await?;
    search.end(changed.is_none())
}

/// The path in `mode object stage<tab>path`, if the mode is a file's: a link or a submodule is not followed.
fn tracked_file(record: &[u8]) -> Option<&Path> {
    let tab = record.iter().position(|&byte| byte == b'\t')?;
    record
        .starts_with(b"100")
        .then(|| Path::new(OsStr::from_bytes(&record[tab + 1..])))
}

struct Search<'a> {
    root: &'a Path,
    scope: &'a Scope,
    folders: HashMap<PathBuf, bool>,
    found: Found,
    vendored: Vec<PathBuf>,
}

impl<'a> Search<'a> {
    fn new(root: &'a Path, scope: &'a Scope) -> Self {
        Self {
            root,
            scope,
            folders: HashMap::new(),
            found: Found::default(),
            vendored: Vec::new(),
        }
    }

    fn visit(&mut self, name: &Path) {
        if let Some(folder) = vendored::folder(name, &self.scope.path) {
            if self.vendored.last().is_none_or(|last| *last != folder) {
                self.vendored.push(folder);
            }
            return;
        }
        let by_name = by_extension(name);
        // Most files of a big repository are for no linter, and are not even looked at.
        if by_name.is_none() && name.extension().is_some() && !might_be_script(name) {
            return;
        }
        if !self.real_folder(name.parent().unwrap_or(Path::new(""))) {
            return;
        }
        let full = self.root.join(name);
        let meta = match std::fs::symlink_metadata(&full) {
            Ok(meta) => meta,
            Err(_) if by_name.is_none() => return,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return self.leave(name, "not in the work tree: deleted there, or a sparse checkout");
            }
            Err(error) => return self.leave(name, &format!("cannot be looked at: {error}")),
        };
        if !meta.is_file() {
            return;
        }
        let executable = meta.permissions().mode() & 0o111 != 0;
        let tool = match by_name {
            // A shell script may be one of a shell that shellcheck does not know.
            Some(Tool::Shellcheck) => match shebang(&full) {
                Some(shell) if !is_known_shell(&shell) => {
                    let shell = text::one_line(&String::from_utf8_lossy(&shell));
                    return self.leave(name, &format!("shellcheck does not know the shell {shell}"));
                }
                Some(_) | None => Tool::Shellcheck,
            },
            Some(tool) => tool,
            None if name.extension().is_none() || executable => match shebang(&full) {
                Some(shell) if is_known_shell(&shell) => Tool::Shellcheck,
                Some(_) | None => return,
            },
            None => return,
        };
        self.found.files.entry(tool).or_default().push(File {
            path: name.to_owned(),
            size: meta.len(),
        });
    }

    async fn leave_vendored(&mut self, git: &Git, attributes: &[PathBuf]) -> Result<()> {
        if self.scope.by_hand {
            return Ok(());
        }
        // Asked about like the files: where any file of the folder that was named is vendored, the folder was meant all the same.
        let any_file = self.scope.path.join("any-file");
        let mut files: Vec<&Path> = self
            .found
            .files
            .values()
            .flatten()
            .map(|file| file.path.as_path())
            .collect();
        if !self.scope.path.as_os_str().is_empty() {
            files.push(&any_file);
        }
        let vendored = vendored::by_attribute(git, attributes, &files).await?;
        if vendored.is_empty() || vendored.contains(&any_file) {
            return Ok(());
        }
        let vendored: std::collections::HashSet<PathBuf> = vendored.into_iter().collect();
        for files in self.found.files.values_mut() {
            files.retain(|file| !vendored.contains(&file.path));
        }
        self.found.files.retain(|_, files| !files.is_empty());
        for file in &vendored {
            self.leave(file, "vendored, as .gitattributes says");
        }
        Ok(())
    }

    fn leave(&mut self, name: &Path, why: &str) {
        self.found.not_checked.push(NotChecked {
            path: name.to_owned(),
            why: why.to_owned(),
        });
    }

    /// Whether no part of the folder's path is a link: git knows the file, but behind the link is another one.
    fn real_folder(&mut self, folder: &Path) -> bool {
        if folder.as_os_str().is_empty() {
            return true;
        }
        if let Some(&known) = self.folders.get(folder) {
            return known;
        }
        let real = self.real_folder(folder.parent().unwrap_or(Path::new("")))
            && std::fs::symlink_metadata(self.root.join(folder)).is_ok_and(|meta| meta.is_dir());
        self.folders.insert(folder.to_owned(), real);
        real
    }

    fn end(mut self, everything: bool) -> Result<Found> {
        let name = text::path_text(&self.scope.path);
        if self.scope.by_hand && everything && self.found.files.is_empty() {
            let why = self.found.not_checked.first().map(|file| file.why.clone());
            return Err(Failure::config(match why {
                Some(why) => format!("{name} cannot be linted: {why}"),
                None => format!("{name} is a file for none of the linters, or git ignores it"),
            })
            .hint("linted are *.js, *.ts and their kin, *.yml, *.yaml, and shell scripts, by extension or shebang"));
        }
        for folder in std::mem::take(&mut self.vendored) {
            self.leave(&folder, "vendored");
        }
        self.found.not_checked.sort();
        Ok(self.found)
    }
}

fn by_extension(name: &Path) -> Option<Tool> {
    match name.extension()?.to_str()? {
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => Some(Tool::Eslint),
        "yml" | "yaml" => Some(Tool::Yamllint),
        "sh" | "bash" | "dash" | "ksh" => Some(Tool::Shellcheck),
        _ => None,
    }
}

/// Whether a file with another extension is worth a look at its first bytes: `deploy.prod` may be a script, `a.png` not.
fn might_be_script(name: &Path) -> bool {
    const NEVER: &[&str] = &[
        "c", "cc", "cpp", "cs", "css", "csv", "gif", "go", "gz", "h", "hpp", "html", "ico", "java", "jpeg",
        "jpg", "json", "lock", "map", "md", "pdf", "php", "png", "proto", "py", "rb", "rs", "scss", "sql",
        "svg", "toml", "ttf", "txt", "vue", "webp", "woff", "woff2", "xml", "zip", "zsh", "fish",
    ];
    let extension = name.extension().and_then(OsStr::to_str).unwrap_or_default();
    !NEVER.contains(&extension)
}

/// The program a script asks for: `bash` of `#!/usr/bin/env -S bash -e`. Only the first bytes are read.
fn shebang(file: &Path) -> Option<Vec<u8>> {
    let mut start = [0; 128];
    let mut handle = Handle::open(file).ok()?;
    let length = handle.read(&mut start).ok()?;
    interpreter(&start[..length]).map(<[u8]>::to_owned)
}

fn interpreter(start: &[u8]) -> Option<&[u8]> {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let line = start.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?;
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .map(|word| word.rsplit(|&byte| byte == b'/').next().unwrap_or(word));
    let first = words.next()?;
    if first != b"env" {
        return Some(first);
    }
    // `env` takes options and variables before the program.
    words.find(|word| !word.starts_with(b"-") && !word.contains(&b'='))
}

fn is_known_shell(shell: &[u8]) -> bool {
    matches!(shell, b"sh" | b"bash" | b"dash" | b"ash" | b"ksh" | b"busybox")
        || shell
            .strip_prefix(b"ksh")
            .is_some_and(|rest| rest.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_of_a_script() {
        let cases: [(&[u8], Option<&[u8]>); 8] = [
            (b"#!/bin/sh\n", Some(b"sh")),
            (b"#! /usr/bin/env bash\n", Some(b"bash")),
            (b"#!/usr/bin/env -S A=b dash -e", Some(b"dash")),
            (b"#!/bin/bash\r\necho", Some(b"bash")),
            (b"#!/usr/bin/python3 -I\n", Some(b"python3")),
            (b"#!\n", None),
            (b"echo #!/bin/sh", None),
            (b"", None),
        ];
        for (start, program) in cases {
            assert_eq!(interpreter(start), program, "{}", String::from_utf8_lossy(start));
        }
    }

    #[test]
    fn links_and_submodules_are_no_files() {
        assert_eq!(tracked_file(b"100644 00 0\ta\tb"), Some(Path::new("a\tb")));
        assert_eq!(tracked_file(b"120000 00 0\ta"), None);
        assert_eq!(tracked_file(b"160000 00 0\ta"), None);
    }
}
