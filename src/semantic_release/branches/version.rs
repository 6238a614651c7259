//! Versions by JavaScript's rules: `v1.2.3` is one, numbers end at 2^53 - 1, and what is written behind a `+` weighs nothing.

use std::cmp::Ordering;

use semver::{BuildMetadata, Prerelease, Version};

use crate::semantic_release::analyze::ReleaseType;

/// The largest whole number that JavaScript counts exactly; `node-semver` takes none above it.
pub const LARGEST: u64 = (1 << 53) - 1;
/// A longer text is no version for `node-semver`.
const LONGEST: usize = 256;

/// A version as a tag gives it. `v1.2.3` and `1.2.3` are equal in weight, and each is shown as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// As written.
    pub text: String,
    /// What it means.
    pub version: Version,
}

impl Written {
    /// Reads a version. `=1.2.3` is none: Node takes it from a tag at first, and crashes on it later.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let version = Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()?;
        in_range(&version).then(|| Self {
            text: text.to_owned(),
            version,
        })
    }

    /// Whether it is a prerelease.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.version.pre.is_empty()
    }
}

/// Whether JavaScript can count that far.
#[must_use]
pub fn in_range(version: &Version) -> bool {
    [version.major, version.minor, version.patch]
        .iter()
        .all(|&number| number <= LARGEST)
}

/// Compares by weight; `+build` weighs nothing.
#[must_use]
pub fn weigh(a: &Version, b: &Version) -> Ordering {
    a.cmp_precedence(b)
}

/// The next version of a kind. From a prerelease the version it leads to, where that is far enough.
#[must_use]
pub fn raise(version: &Version, kind: ReleaseType) -> Version {
    let pre = !version.pre.is_empty();
    let (major, minor, patch) = (version.major, version.minor, version.patch);
    match kind {
        ReleaseType::Major if pre && minor == 0 && patch == 0 => Version::new(major, 0, 0),
        ReleaseType::Major => Version::new(major.saturating_add(1), 0, 0),
        ReleaseType::Minor if pre && patch == 0 => Version::new(major, minor, 0),
        ReleaseType::Minor => Version::new(major, minor.saturating_add(1), 0),
        ReleaseType::Patch if pre => Version::new(major, minor, patch),
        ReleaseType::Patch => Version::new(major, minor, patch.saturating_add(1)),
    }
}

/// A version with a prerelease part; none where that is not valid.
#[must_use]
pub fn with_prerelease(version: &Version, pre: &str) -> Option<Version> {
    Some(Version {
        pre: Prerelease::new(pre).ok()?,
        build: BuildMetadata::EMPTY,
        ..version.clone()
    })
}

/// The next prerelease: the last number in it goes up by one, and where there is none a `.0` is added.
#[must_use]
pub fn raise_prerelease(version: &Version) -> Option<Version> {
    let mut parts: Vec<String> = version.pre.as_str().split('.').map(str::to_owned).collect();
    let counted = parts.iter_mut().rev().find_map(|part| {
        let number: u64 = part.parse().ok().filter(|&number| number < LARGEST)?;
        *part = (number + 1).to_string();
        Some(())
    });
    if counted.is_none() {
        parts.push("0".to_owned());
    }
    with_prerelease(version, &parts.join("."))
}

/// Whether one of the parts of a prerelease is this word: `beta` in `1.0.0-beta.3`.
#[must_use]
pub fn has_identifier(version: &Version, word: &str) -> bool {
    let number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    !number && version.pre.as_str().split('.').any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_version_and_what_is_not() {
        for text in ["1.2.3", "v1.2.3", "1.2.3-rc.1+x", "0.0.0", "1.2.9007199254740991"] {
            assert_eq!(Written::parse(text).expect(text).text, text);
        }
        for text in [
            "",
            "1",
            "1.2",
            "=1.2.3",
            "v=1.2.3",
            "vv1.2.3",
            "V1.2.3",
            "01.2.3",
            "1.2.3.4",
            "1.2.3-",
            "1.2.3-01",
            " 1.2.3",
            "1.2.9007199254740992",
            "99999999999999999999.0.0",
            "1.2.x",
        ] {
            assert_eq!(Written::parse(text), None, "{text}");
        }
        assert_eq!(Written::parse(&format!("1.2.3-{}", "a".repeat(251))), None);
    }

    #[test]
    fn versions_go_up_as_in_node() {
        use ReleaseType::{Major, Minor, Patch};
        for (from, kind, to) in [
            ("1.2.3", Patch, "1.2.4"),
            ("1.2.3", Minor, "1.3.0"),
            ("1.2.3", Major, "2.0.0"),
            ("0.1.0", Major, "1.0.0"),
            ("1.2.3+b", Patch, "1.2.4"),
            ("1.2.3-a.1", Patch, "1.2.3"),
            ("1.2.3-a.1", Minor, "1.3.0"),
            ("1.2.0-a.1", Minor, "1.2.0"),
            ("1.2.0-a.1", Major, "2.0.0"),
            ("2.0.0-a.1", Major, "2.0.0"),
        ] {
            let version = Version::parse(from).expect(from);
            assert_eq!(raise(&version, kind).to_string(), to, "{from} {kind:?}");
        }
        for (from, to) in [
            ("1.0.0-beta.9", "1.0.0-beta.10"),
            ("1.0.0-beta", "1.0.0-beta.0"),
            ("1.0.0-1.beta", "1.0.0-2.beta"),
        ] {
            let version = Version::parse(from).expect(from);
            assert_eq!(raise_prerelease(&version).expect(from).to_string(), to);
        }
    }
}
