//! `ci-image/debs.lock`: one Debian package a line, and the time that every file of the image gets.

use std::fmt;

use crate::kit::outcome::{Failure, Result};

/// One locked package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deb {
    /// Its name.
    pub name: String,
    /// Its full version, with the epoch where it has one.
    pub version: String,
    /// Its architecture, `amd64` or `all`.
    pub architecture: String,
    /// The SHA-256 of the `.deb` file.
    pub sha256: String,
}

impl Deb {
    /// The file's name, as the package manager writes it.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!(
            "{}_{}_{}.deb",
            self.name,
            self.version.replace(':', "%3a"),
            self.architecture
        )
    }

    /// Reads a line of `apt-get --print-uris`: `'address' file size SHA256:hash`. The address is dropped: mirrors come and go.
    #[must_use]
    pub fn from_uri_line(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().skip(1);
        let file = words.next()?.strip_suffix(".deb")?;
        let sha256 = words.nth(1)?.strip_prefix("SHA256:")?;
        let mut parts = file.split('_');
        let (name, version, architecture) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            name: name.to_owned(),
            version: version.replace("%3a", ":"),
            architecture: architecture.to_owned(),
            sha256: sha256.to_owned(),
        })
    }
}

/// The whole lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebsLock {
    /// Seconds since 1970: the time of every file in the image, and of the image.
    pub epoch: u64,
    /// The packages, sorted by name.
    pub debs: Vec<Deb>,
}

const EPOCH: &str = "# source-date-epoch ";

impl DebsLock {
    /// Parses the file.
    ///
    /// # Errors
    /// Configuration, naming the line.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong =
            |number: usize, what: &str| Failure::config(format!("ci-image/debs.lock:{number}: {what}"));
        let mut epoch = None;
        let mut debs = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            if let Some(seconds) = line.strip_prefix(EPOCH) {
                epoch = seconds.trim().parse().ok();
            }
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let [name, version, architecture, sha256] = words[..] else {
                return Err(wrong(number, "is not: name version architecture sha256"));
            };
            if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(wrong(number, "the last word is no SHA-256"));
            }
            // The words become file names and arguments.
            let plain = |word: &str| {
                !word.starts_with('-')
                    && word
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.:~".contains(&byte))
            };
            if !(plain(name) && plain(version) && plain(architecture)) {
                return Err(wrong(number, "has a character that no package has"));
            }
            debs.push(Deb {
                name: name.to_owned(),
                version: version.to_owned(),
                architecture: architecture.to_owned(),
                sha256: sha256.to_owned(),
            });
        }
        let epoch = epoch.ok_or_else(|| wrong(1, "the line `# source-date-epoch SECONDS` is missing"))?;
        if debs.is_empty() {
            return Err(wrong(1, "names no package"));
        }
        Ok(Self { epoch, debs })
    }
}

impl fmt::Display for DebsLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# The Debian packages of the image: name version architecture sha256. Written by `make image-relock`."
        )?;
        writeln!(f, "{EPOCH}{}", self.epoch)?;
        for deb in &self.debs {
            writeln!(
                f,
                "{} {} {} {}",
                deb.name, deb.version, deb.architecture, deb.sha256
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "c9a1f4ba3b8fa1f4b0b4ed1d4cd5b4c1f39bb5b3b1b6a9c0d1e2f3a4b5c6d7e8";

    #[test]
    fn what_is_written_is_read_again() {
        let line = format!(
            "'http://mirror/pool/g/git_1%3a2.39-1+x_amd64.deb' git_1%3a2.39-1+x_amd64.deb 12 SHA256:{HASH}"
        );
        let deb = Deb::from_uri_line(&line).expect("a package");
        assert_eq!(deb.version, "1:2.39-1+x");
        assert_eq!(deb.file_name(), "git_1%3a2.39-1+x_amd64.deb");
        let lock = DebsLock {
            epoch: 1_700_000_000,
            debs: vec![deb],
        };
        assert_eq!(DebsLock::parse(&lock.to_string()).expect("parsed"), lock);
    }

    #[test]
    fn a_broken_lock_is_named_by_its_line() {
        let epoch = "# source-date-epoch 1\n";
        for (text, what) in [
            (format!("{epoch}git 1 amd64"), ":2: is not"),
            (format!("{epoch}git 1 amd64 00"), ":2: the last word"),
            (format!("{epoch}../git 1 amd64 {HASH}"), ":2: has a character"),
            (format!("{epoch}-git 1 amd64 {HASH}"), ":2: has a character"),
            (format!("git 1 amd64 {HASH}"), "source-date-epoch"),
            (epoch.to_owned(), "names no package"),
        ] {
            let failure = DebsLock::parse(&text).expect_err(&text).to_string();
            assert!(failure.contains(what), "{failure}");
        }
    }
}
