//! Secrets for act, from a file only.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::kit::outcome::{Failure, Result};
use crate::kit::secret::Masks;

/// Names that stand for the forge's automatic token. A laptop's run is about a commit that the forge does not have, and act would
/// offer the token to the wrong address, so jobs run without one: nothing is told to any forge.
const TOKENS: &[&str] = &["GITHUB_TOKEN", "FORGEJO_TOKEN", "GITEA_TOKEN"];

/// Copies the secrets, in the form `NAME=value`, to where only act looks; none makes an empty file. All values are masked.
///
/// # Errors
/// Configuration, when the file cannot be read; environment, when the copy cannot be written.
pub fn copy(from: Option<&Path>, to: &Path, masks: &Masks) -> Result<()> {
    let text = match from {
        Some(from) => std::fs::read_to_string(from).map_err(|error| {
            Failure::config(format!("cannot read the secrets in {}", from.display())).because(error)
        })?,
        None => String::new(),
    };
    let mut kept = String::new();
    for line in text.lines() {
        let (name, value) = line.split_once('=').unwrap_or(("", line));
        let name = name.trim().trim_start_matches("export ").trim();
        masks.add(value.trim().trim_matches(['"', '\'']));
        if TOKENS.iter().any(|token| token.eq_ignore_ascii_case(name)) {
            return Err(Failure::config(format!(
                "the secrets hold {name}, the name of the automatic token"
            ))
            .hint("take it out: jobs on a laptop run without one and tell nothing to the forge"));
        }
        kept.push_str(line);
        kept.push('\n');
    }
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .and_then(|mut file| file.write_all(kept.as_bytes()))
        .map_err(|error| Failure::environment(format!("cannot write {}", to.display())).because(error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn secrets_are_masked_and_private_and_never_the_automatic_token() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to, masks) = (folder.path().join("a"), folder.path().join("b"), Masks::default());
        std::fs::write(&from, "# mine\nNPM_TOKEN=\"s3cret-value\"\n").expect("written");
        copy(Some(&from), &to, &masks).expect("copied");
        assert_eq!(masks.apply("s3cret-value"), "***");
        let mode = std::fs::metadata(&to).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(&from, "github_token=abcdef\n").expect("written");
        assert!(copy(Some(&from), &folder.path().join("c"), &masks).is_err());
    }
}
