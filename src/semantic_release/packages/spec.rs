//! What a dependency asks for, as it is written, and how that moves to another version in the same style.

use semver::{Version, VersionReq};

use super::node_range::{NodeRange, Operator, Partial, Words, operator, words};

/// Whose rules a text follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// npm's and bun's.
    Npm,
    /// Cargo's.
    Cargo,
}

/// What a dependency asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    rules: Rules,
    /// `workspace:`, `npm:name@`, or nothing.
    prefix: String,
    wish: Wish,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    /// `workspace:*`, `workspace:^`, `workspace:~`: whatever version is there.
    There(String),
    Range(String),
    /// A folder, an address, a dist-tag: no range, so nothing to leave.
    Unversioned(String),
}

impl Spec {
    /// Reads the text of a dependency.
    #[must_use]
    pub fn parse(rules: Rules, text: &str) -> Self {
        let spec = |prefix: &str, wish| Self {
            rules,
            prefix: prefix.to_owned(),
            wish,
        };
        let (prefix, rest) = match rules {
            Rules::Npm => split_prefix(text),
            Rules::Cargo => ("", text),
        };
        if prefix.starts_with("workspace:") && matches!(rest.trim(), "" | "*" | "^" | "~") {
            return spec(prefix, Wish::There(rest.to_owned()));
        }
        if matches(rules, rest).is_some() {
            spec(prefix, Wish::Range(rest.to_owned()))
        } else {
            spec(prefix, Wish::Unversioned(rest.to_owned()))
        }
    }

    /// The name of an alias: `a` of `npm:a@^1.0.0`.
    #[must_use]
    pub fn alias(&self) -> Option<&str> {
        let name = self.prefix.split_once(':')?.1.strip_suffix('@')?;
        Some(name)
    }

    /// Whether it says `workspace:`: then it follows every release of the dependency.
    #[must_use]
    pub fn is_workspace(&self) -> bool {
        self.prefix.starts_with("workspace:")
    }

    /// Whether it names versions at all.
    #[must_use]
    pub fn is_versioned(&self) -> bool {
        !matches!(self.wish, Wish::Unversioned(_))
    }

    /// Whether a version is good for it. What names no versions is content with each.
    #[must_use]
    pub fn holds(&self, version: &Version) -> bool {
        match &self.wish {
            Wish::There(_) | Wish::Unversioned(_) => true,
            Wish::Range(range) => range_holds(self.rules, range, version),
        }
    }

    /// The same style for another version; the text itself where that is good already.
    #[must_use]
    pub fn moved(&self, version: &Version) -> Self {
        match &self.wish {
            Wish::Range(range) if !range_holds(self.rules, range, version) => Self {
                wish: Wish::Range(moved(self.rules, range, version)),
                ..self.clone()
            },
            Wish::Range(_) | Wish::There(_) | Wish::Unversioned(_) => self.clone(),
        }
    }

    /// What a registry is told: `workspace:^` becomes `^1.2.3`, `workspace:*` becomes `1.2.3`.
    #[must_use]
    pub fn published(&self, version: &Version) -> String {
        if !self.is_workspace() {
            return self.to_string();
        }
        let range = match &self.wish {
            Wish::There(sign) => {
                let sign = sign.trim().trim_start_matches('*');
                format!("{sign}{}", plain(version))
            }
            Wish::Range(_) | Wish::Unversioned(_) => match self.moved(version).wish {
                Wish::Range(range) => range,
                // `workspace:packages/a` means the package itself.
                Wish::There(_) | Wish::Unversioned(_) => plain(version),
            },
        };
        match self.alias() {
            Some(name) => format!("npm:{name}@{range}"),
            None => range,
        }
    }
}

impl std::fmt::Display for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Wish::There(rest) | Wish::Range(rest) | Wish::Unversioned(rest)) = &self.wish;
        write!(f, "{}{rest}", self.prefix)
    }
}

/// `workspace:` or `npm:name@`, and the rest.
fn split_prefix(text: &str) -> (&str, &str) {
    let protocol = ["workspace:", "npm:"]
        .into_iter()
        .find(|protocol| text.starts_with(protocol));
    let Some(protocol) = protocol else {
        return ("", text);
    };
    let rest = &text[protocol.len()..];
    // The first character may be the `@` of a scope.
    match rest.get(1..).and_then(|tail| tail.rfind('@')) {
        Some(at) => text.split_at(protocol.len() + at + 2),
        None => text.split_at(protocol.len()),
    }
}

fn matches(rules: Rules, range: &str) -> Option<()> {
    match rules {
        Rules::Npm => NodeRange::parse(range).map(|_| ()),
        Rules::Cargo => VersionReq::parse(range).map(|_| ()).ok(),
    }
}

fn range_holds(rules: Rules, range: &str, version: &Version) -> bool {
    match rules {
        // npm takes `*` for every version, prereleases too, which `node-semver` does not.
        Rules::Npm => {
            matches!(range.trim(), "" | "*")
                || NodeRange::parse(range).is_some_and(|range| range.holds(version))
        }
        Rules::Cargo => VersionReq::parse(range).is_ok_and(|range| range.matches(version)),
    }
}

/// A version without its build part, which no range knows.
fn plain(version: &Version) -> String {
    let mut plain = version.clone();
    plain.build = semver::BuildMetadata::EMPTY;
    plain.to_string()
}

/// A range in the same style that holds the version.
fn moved(rules: Rules, range: &str, version: &Version) -> String {
    let new = match rules {
        Rules::Npm => match range.rsplit_once("||") {
            // Whoever lists alternatives supports them: the new one is one more.
            Some((_, last)) => {
                styled(last.trim(), version, " ", rules).map(|last| format!("{} || {last}", range.trim_end()))
            }
            None => styled(range.trim(), version, " ", rules),
        },
        Rules::Cargo => styled(range.trim(), version, ", ", rules),
    };
    new.filter(|new| range_holds(rules, new, version))
        .unwrap_or_else(|| match rules {
            Rules::Npm => format!("^{}", plain(version)),
            Rules::Cargo => plain(version),
        })
}

fn styled(text: &str, version: &Version, between: &str, rules: Rules) -> Option<String> {
    let split;
    let list: Vec<&str> = match rules {
        Rules::Npm => match words(text) {
            Words::Hyphen(_, to) => {
                let to = Partial::parse(to.trim_start_matches(['v', '=', ' ']))?;
                let parts = if to.written == 1 { 1 } else { 2 };
                return Some(format!("{} - {}", plain(version), cut(version, parts)));
            }
            Words::Each(words) => {
                split = words;
                split.iter().map(String::as_str).collect()
            }
        },
        Rules::Cargo => text.split(',').map(str::trim).collect(),
    };
    match list.as_slice() {
        [one] => single(one, version),
        [lower, upper] => {
            let is_lower = |word| matches!(operator(word).0, Operator::Greater | Operator::GreaterOrEqual);
            let (lower, upper) = if is_lower(lower) {
                (lower, upper)
            } else {
                (upper, lower)
            };
            if !is_lower(lower) {
                return None;
            }
            let lower = at_least(operator(lower).1, version)?;
            Some(format!("{lower}{between}{}", single(upper, version)?))
        }
        _ => None,
    }
}

/// `>=` in the old one's precision, if that is enough.
fn at_least(old: &str, version: &Version) -> Option<String> {
    let old = Partial::parse(old.trim().trim_start_matches('v'))?;
    let zero_behind = match old.numbers.len() {
        1 => version.minor == 0 && version.patch == 0,
        2 => version.patch == 0,
        _ => true,
    };
    Some(if version.pre.is_empty() && zero_behind {
        format!(">={}", cut(version, old.numbers.len()))
    } else {
        format!(">={}", plain(version))
    })
}

/// One comparator in the old one's style.
fn single(word: &str, version: &Version) -> Option<String> {
    let (kind, rest) = operator(word);
    let sign = &word[..word.len() - rest.len()];
    let space = &rest[..rest.len() - rest.trim_start().len()];
    let rest = rest.trim_start();
    let (v, digits) = match rest.strip_prefix('v') {
        Some(digits) => ("v", digits),
        None => ("", rest),
    };
    let old = Partial::parse(digits)?;
    // A prerelease needs its whole version: no shorter form holds one.
    let whole = !version.pre.is_empty() || old.numbers.len() == 3;
    match kind {
        Operator::Greater | Operator::GreaterOrEqual => at_least(rest, version),
        Operator::Less | Operator::LessOrEqual => {
            // Up to the next major; up to the next minor where the old limit was inside of a major.
            let (major, minor) = match old.numbers.as_slice() {
                [_, minor, ..] if *minor != 0 => (version.major, version.minor + 1),
                _ => (version.major + 1, 0),
            };
            let limit = Version::new(major, minor, 0);
            Some(format!("<{space}{v}{}", cut(&limit, old.numbers.len().max(1))))
        }
        Operator::Bare | Operator::Equal | Operator::Caret | Operator::Tilde => {
            if let Some(wildcard) = old.wildcard {
                if !version.pre.is_empty() {
                    let sign = if old.numbers.len() == 2 { "~" } else { "^" };
                    return Some(format!("{sign}{}", plain(version)));
                }
                let mut parts: Vec<String> = vec![cut(version, old.numbers.len())];
                parts.retain(|part| !part.is_empty());
                parts.extend((old.numbers.len()..old.written).map(|_| wildcard.to_string()));
                return Some(format!("{sign}{space}{v}{}", parts.join(".")));
            }
            if whole && old.numbers.len() < 3 && kind == Operator::Bare {
                // `1` means any 1.x for npm, and so does a caret; Cargo's bare version is a caret anyway.
                let sign = if old.numbers.len() == 2 { "~" } else { "^" };
                return Some(format!("{sign}{}", plain(version)));
            }
            let parts = if whole { 3 } else { old.numbers.len() };
            Some(format!("{sign}{space}{v}{}", cut(version, parts)))
        }
    }
}

/// The first parts of a version; with all three also its prerelease.
fn cut(version: &Version, parts: usize) -> String {
    match parts {
        0 => String::new(),
        1 => version.major.to_string(),
        2 => format!("{}.{}", version.major, version.minor),
        _ => plain(version),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn move_to(rules: Rules, text: &str, version: &str) -> String {
        Spec::parse(rules, text)
            .moved(&version.parse().expect("a version"))
            .to_string()
    }

    #[test]
    fn npm_ranges_keep_their_style() {
        for (old, version, new) in [
            ("^1.2.3", "1.9.0", "^1.2.3"),
            ("^1.2.3", "2.0.0", "^2.0.0"),
            ("^1.2.3", "2.0.0-beta.1", "^2.0.0-beta.1"),
            ("^2.0.0-beta.1", "2.0.0-beta.2", "^2.0.0-beta.1"),
            ("^2.0.0-beta.1", "2.0.0", "^2.0.0-beta.1"),
            ("^1.0.0", "1.1.0-beta.1", "^1.1.0-beta.1"),
            ("^1", "2.3.4", "^2"),
            ("~1.2", "1.3.0", "~1.3"),
            ("~1.2.3", "1.3.0", "~1.3.0"),
            ("~1.2.3", "1.2.9", "~1.2.3"),
            ("1.2.3", "1.2.4", "1.2.4"),
            ("=1.2.3", "1.2.4", "=1.2.4"),
            ("v1.2.3", "1.2.4+b", "v1.2.4"),
            ("1.x", "2.3.4", "2.x"),
            ("1.2.x", "2.3.4", "2.3.x"),
            ("1.x.x", "2.3.4", "2.x.x"),
            ("1", "2.3.4", "2"),
            ("1.2", "2.3.4", "2.3"),
            ("1.x", "2.0.0-a", "^2.0.0-a"),
            ("1", "2.0.0-a", "^2.0.0-a"),
            ("*", "2.0.0-a", "*"),
            ("x", "2.0.0-a", "^2.0.0-a"),
            (">=1 <2", "2.0.0", ">=2 <3"),
            (">=1 <2", "2.3.0", ">=2.3.0 <3"),
            (">=1.2.0 <1.3.0", "1.3.0", ">=1.3.0 <1.4.0"),
            ("<2 >=1.0.0", "2.0.0", ">=2.0.0 <3"),
            (">=1.0.0 <=1.9.9", "2.0.0", ">=2.0.0 <2.1.0"),
            (">=1.0.0", "2.0.0-a", ">=2.0.0-a"),
            (">1.0.0", "0.9.0", ">=0.9.0"),
            ("<2", "2.1.0", "<3"),
            ("<2", "2.1.0-a", "^2.1.0-a"),
            ("^1 || ^2", "3.0.0", "^1 || ^2 || ^3"),
            ("1.0.0 - 1.9.9", "2.1.0", "2.1.0 - 2.1"),
            ("1 - 2", "3.1.0", "3.1.0 - 3"),
            ("workspace:*", "2.0.0", "workspace:*"),
            ("workspace:^1.2.3", "2.0.0", "workspace:^2.0.0"),
            ("npm:@s/a@^1.0.0", "2.0.0", "npm:@s/a@^2.0.0"),
            ("file:../a", "2.0.0", "file:../a"),
            ("latest", "2.0.0", "latest"),
        ] {
            assert_eq!(move_to(Rules::Npm, old, version), new, "{old} {version}");
        }
    }

    #[test]
    fn cargo_ranges_keep_their_style() {
        for (old, version, new) in [
            ("1.2.3", "2.0.0", "2.0.0"),
            ("1.2", "2.3.4", "2.3"),
            ("1", "2.3.4", "2"),
            ("0.1", "0.2.0", "0.2"),
            ("^1.0.0", "2.0.0", "^2.0.0"),
            ("=1.2.3", "1.2.4", "=1.2.4"),
            ("= 1.2.3", "1.2.4", "= 1.2.4"),
            ("~1.2", "1.3.0", "~1.3"),
            ("1.*", "2.1.0", "2.*"),
            (">=1, <2", "2.0.0", ">=2, <3"),
            (">=1.0.0, <2.0.0", "2.1.0-a", ">=2.1.0-a, <3.0.0"),
            ("1", "2.0.0-a", "^2.0.0-a"),
            ("*", "2.0.0-a", "^2.0.0-a"),
        ] {
            assert_eq!(move_to(Rules::Cargo, old, version), new, "{old} {version}");
        }
    }

    #[test]
    fn registries_are_told_plain_ranges() {
        let version = "1.2.3".parse().expect("a version");
        for (text, told) in [
            ("workspace:*", "1.2.3"),
            ("workspace:^", "^1.2.3"),
            ("workspace:~", "~1.2.3"),
            ("workspace:", "1.2.3"),
            ("workspace:^1.0.0", "^1.0.0"),
            ("workspace:packages/a", "1.2.3"),
            ("workspace:b@^", "npm:b@^1.2.3"),
            ("^1.0.0", "^1.0.0"),
        ] {
            assert_eq!(Spec::parse(Rules::Npm, text).published(&version), told, "{text}");
        }
        assert_eq!(Spec::parse(Rules::Npm, "npm:@s/a@1").alias(), Some("@s/a"));
    }

    proptest! {
        #[test]
        fn what_moved_holds_the_version(
            text in r"(\^|~|=|>=|<|<=|>|v|)[0-3](\.[0-3x*]){0,2}(-(a|b\.1))?( (<|<=|>=)?[0-4](\.[0-3]){0,2})?( ?\|\| ?[~^]?[0-3](\.[0-3]){0,2})?",
            numbers in (0_u64..5, 0_u64..5, 0_u64..5),
            pre in prop::option::of("(a|b\\.[0-9])"),
        ) {
            let version = Version {
                pre: pre.map_or(semver::Prerelease::EMPTY, |pre| semver::Prerelease::new(&pre).expect("good")),
                ..Version::new(numbers.0, numbers.1, numbers.2)
            };
            for rules in [Rules::Npm, Rules::Cargo] {
                let text = if rules == Rules::Cargo { text.replace(' ', ", ").replace("||", "") } else { text.clone() };
                let spec = Spec::parse(rules, &text);
                let moved = spec.moved(&version);
                prop_assert!(moved.holds(&version), "{} -> {}", spec, moved);
                prop_assert_eq!(moved.moved(&version), moved.clone());
                if spec.holds(&version) {
                    prop_assert_eq!(moved, spec);
                } else {
                    // What is written is read again as the same.
                    prop_assert_eq!(Spec::parse(rules, &moved.to_string()), moved);
                }
            }
        }
    }
}
