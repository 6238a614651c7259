//! Other people's code that git tracks: left alone, and said so.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use crate::kit::git::Git;
use crate::kit::outcome::Result;

/// Folders of other people's code, wherever they are below the path that is linted.
const FOLDERS: &[&str] = &["node_modules", "bower_components", "vendor", "third_party"];

/// The outermost vendored folder that holds the file, below the scope.
#[must_use]
pub fn folder(name: &Path, scope: &Path) -> Option<PathBuf> {
    let below = name.strip_prefix(scope).ok()?;
    let mut folder = scope.to_owned();
    let mut parts = below.components().peekable();
    while let Some(Component::Normal(part)) = parts.next() {
        folder.push(part);
        if parts.peek().is_some() && FOLDERS.iter().any(|vendored| part == *vendored) {
            return Some(folder);
        }
    }
    None
}

/// The files among these that `.gitattributes` calls `linguist-vendored`. Git is only asked where some such file has the word.
///
/// # Errors
/// Environment, when git fails.
pub async fn by_attribute(git: &Git, attributes: &[PathBuf], files: &[&Path]) -> Result<Vec<PathBuf>> {
    const WORD: &[u8] = b"linguist-vendored";
    let has_word = |file: &PathBuf| {
        std::fs::read(git.directory().join(file))
            .is_ok_and(|text| text.windows(WORD.len()).any(|window| window == WORD))
    };
    if files.is_empty() || !attributes.iter().any(has_word) {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for file in files {
        names.extend_from_slice(file.as_os_str().as_bytes());
        names.push(0);
    }
    let told = git
        .cmd(["check-attr", "-z", "--stdin", "linguist-vendored"])
        .stdin(names)
        .output()
        .await?;
    // `path NUL attribute NUL value NUL`
    let fields: Vec<&[u8]> = told.split(|&byte| byte == 0).collect();
    Ok(fields
        .chunks_exact(3)
        .filter(|record| matches!(record[2], b"set" | b"true"))
        .map(|record| PathBuf::from(OsStr::from_bytes(record[0])))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_folders_are_named_once_and_only_below_the_scope() {
        let of = |name: &str, scope: &str| folder(Path::new(name), Path::new(scope));
        assert_eq!(
            of("a/node_modules/x/vendor/b.js", ""),
            Some("a/node_modules".into())
        );
        assert_eq!(of("vendor/a.js", "vendor"), None);
        assert_eq!(of("vendor", ""), None);
        assert_eq!(of("src/vendors/a.js", ""), None);
    }
}
