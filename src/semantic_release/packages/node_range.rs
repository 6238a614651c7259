//! Ranges with the meaning of `node-semver` (strict, without `includePrerelease`), as npm and bun use them.
//!
//! The crate `nodejs-semver` merges the comparators of a range into one interval, and so answers differently where a range
//! names several prereleases or excludes everything; here each comparator is kept, as the original does it.

use std::cmp::Ordering;

use semver::{Prerelease, Version};

/// JavaScript's largest exact whole number: no part of a version is larger.
const LARGEST: u64 = 9_007_199_254_740_991;
/// `node-semver` refuses longer texts.
const LONGEST: usize = 256;

/// Any of several sets of comparators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRange(Vec<Vec<Comparator>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparator {
    test: Test,
    version: Version,
}

/// An operator in front of a version, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// None.
    Bare,
    /// `=`.
    Equal,
    /// `^`.
    Caret,
    /// `~` or `~>`.
    Tilde,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

/// A version of which the end may be missing or a wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// Major, minor, patch: as far as they are numbers.
    pub numbers: Vec<u64>,
    /// How many parts are written, wildcards among them.
    pub written: usize,
    /// The wildcard, as it is written.
    pub wildcard: Option<char>,
    /// Whether a number follows a wildcard.
    mixed: bool,
    /// What follows the `-`.
    pub prerelease: Option<Prerelease>,
}

impl NodeRange {
    /// Parses a range; none where `node-semver` calls it no range.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut sets = Vec::new();
        for alternative in text.split("||") {
            sets.push(set(alternative)?);
        }
        // As in the original: sets that hold nothing go, and one that holds everything replaces all others.
        if sets.len() > 1 {
            let first = sets.first().cloned();
            sets.retain(|set| !is_nothing(set));
            if sets.is_empty() {
                sets.extend(first);
            } else if sets.iter().any(Vec::is_empty) {
                sets = vec![Vec::new()];
            }
        }
        Some(Self(sets))
    }

    /// Whether a version is in the range. A prerelease is only where a comparator names one of the same version.
    #[must_use]
    pub fn holds(&self, version: &Version) -> bool {
        self.0.iter().any(|set| {
            set.iter().all(|comparator| comparator.holds(version))
                && (version.pre.is_empty()
                    || set.iter().any(|Comparator { version: other, .. }| {
                        !other.pre.is_empty()
                            && (other.major, other.minor, other.patch)
                                == (version.major, version.minor, version.patch)
                    }))
        })
    }
}

impl Comparator {
    fn holds(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.test {
            Test::Less => order == Ordering::Less,
            Test::LessOrEqual => order != Ordering::Greater,
            Test::Equal => order == Ordering::Equal,
            Test::GreaterOrEqual => order != Ordering::Less,
            Test::Greater => order == Ordering::Greater,
        }
    }
}

fn is_nothing(set: &[Comparator]) -> bool {
    set.iter().any(|comparator| *comparator == below(0, 0, 0))
}

fn version(major: u64, minor: u64, patch: u64, prerelease: Option<Prerelease>) -> Version {
    Version {
        pre: prerelease.unwrap_or(Prerelease::EMPTY),
        ..Version::new(major, minor, patch)
    }
}

/// The words of one alternative, an operator joined with the version behind it; or the two ends of a hyphen range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// `1.0.0 - 2.0.0`.
    Hyphen(String, String),
    /// Everything else.
    Each(Vec<String>),
}

/// Splits one alternative.
#[must_use]
pub fn words(text: &str) -> Words {
    let parts: Vec<&str> = text.split_whitespace().collect();
    if let Some(at) = parts.iter().position(|part| *part == "-") {
        return Words::Hyphen(parts[..at].join(" "), parts[at + 1..].join(" "));
    }
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for part in parts {
        match words.last_mut() {
            Some(last) if open => last.push_str(part),
            _ => words.push(part.to_owned()),
        }
        open = matches!(part, "<" | "<=" | "=" | ">" | ">=" | "^" | "~" | "~>");
    }
    Words::Each(words)
}

/// The operator in front of a word, and the rest of it.
#[must_use]
pub fn operator(word: &str) -> (Operator, &str) {
    for (text, operator) in [
        ("~>", Operator::Tilde),
        ("~", Operator::Tilde),
        ("^", Operator::Caret),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("=", Operator::Equal),
    ] {
        if let Some(rest) = word.strip_prefix(text) {
            return (operator, rest);
        }
    }
    (Operator::Bare, word)
}

impl Partial {
    /// Parses `1`, `1.2`, `1.x`, `1.2.3-beta.1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (numbers, prerelease) = match text.split_once('-') {
            Some((numbers, prerelease)) => (numbers, Some(prerelease)),
            None => (text, None),
        };
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() > 3 || (prerelease.is_some() && parts.len() < 3) {
            return None;
        }
        let prerelease = match prerelease {
            Some(text) => Some(Prerelease::new(text).ok().filter(|pre| !pre.is_empty())?),
            None => None,
        };
        let mut partial = Self {
            numbers: Vec::new(),
            written: parts.len(),
            wildcard: None,
            mixed: false,
            prerelease,
        };
        for part in parts {
            match part {
                "x" | "X" | "*" => partial.wildcard = partial.wildcard.or(part.chars().next()),
                number => {
                    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
                    if number.is_empty() || !digits || (number.len() > 1 && number.starts_with('0')) {
                        return None;
                    }
                    let number = number.parse::<u64>().ok().filter(|number| *number <= LARGEST)?;
                    if partial.wildcard.is_none() {
                        partial.numbers.push(number);
                    } else {
                        partial.mixed = true;
                    }
                }
            }
        }
        Some(partial)
    }

    /// The whole version, where nothing is missing.
    #[must_use]
    pub fn full(&self) -> Option<Version> {
        match self.numbers.as_slice() {
            &[major, minor, patch] => Some(version(major, minor, patch, self.prerelease.clone())),
            _ => None,
        }
    }
}

/// Takes the build parts away: they mean nothing, wherever they stand.
fn without_build(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('+') {
        let (before, build) = rest.split_at(at);
        plain.push_str(before);
        let mut end = 0;
        // Identifiers, separated by single dots.
        for (index, identifier) in build[1..].split('.').enumerate() {
            let good = identifier
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
                .count();
            if good == 0 {
                break;
            }
            end += good + usize::from(index > 0);
            if good < identifier.len() {
                break;
            }
        }
        if end == 0 {
            plain.push('+');
        }
        rest = &build[1 + end..];
    }
    plain.push_str(rest);
    plain
}

/// The comparators of one alternative; empty holds everything.
fn set(text: &str) -> Option<Vec<Comparator>> {
    let mut set = Vec::new();
    match words(&without_build(text)) {
        Words::Hyphen(from_text, to_text) => {
            let (from, to) = (partial(&from_text)?, partial(&to_text)?);
            let one_v = |text: &str| !text.strip_prefix('v').unwrap_or(text).starts_with(SIGNS);
            // The original writes these two into the range again as they are.
            if (from.full().is_some() && !one_v(&from_text))
                || (to.full().is_some() && to.prerelease.is_none() && !one_v(&to_text))
            {
                return None;
            }
            if let Some(lower) = lowest(&from) {
                set.push(at_least(lower));
            }
            match to.numbers.as_slice() {
                [] => {}
                &[major] => set.push(below(major + 1, 0, 0)),
                &[major, minor] => set.push(below(major, minor + 1, 0)),
                _ => set.push(Comparator {
                    test: Test::LessOrEqual,
                    version: to.full()?,
                }),
            }
        }
        Words::Each(words) => {
            for word in words {
                expand(&word, &mut set)?;
            }
        }
    }
    Some(set)
}

/// What may stand in front of an x-range.
const SIGNS: [char; 3] = ['v', '=', ' '];

/// A version that may have `v` and `=` in front, as the pattern of x-ranges allows.
fn partial(text: &str) -> Option<Partial> {
    Partial::parse(text.trim_start_matches(SIGNS))
}

/// The lowest version that a partial one can mean; none where that is any.
fn lowest(partial: &Partial) -> Option<Version> {
    match partial.numbers.as_slice() {
        [] => None,
        &[major] => Some(Version::new(major, 0, 0)),
        &[major, minor] => Some(Version::new(major, minor, 0)),
        _ => partial.full(),
    }
}

fn at_least(version: Version) -> Comparator {
    Comparator {
        test: Test::GreaterOrEqual,
        version,
    }
}

/// Below a version and all of its prereleases.
fn below(major: u64, minor: u64, patch: u64) -> Comparator {
    Comparator {
        test: Test::Less,
        version: version(major, minor, patch, Prerelease::new("0").ok()),
    }
}

fn expand(word: &str, set: &mut Vec<Comparator>) -> Option<()> {
    let (operator, rest) = operator(word);
    let partial = partial(rest)?;
    let numbers = partial.numbers.as_slice();
    match operator {
        Operator::Caret => {
            let Some(lower) = lowest(&partial) else {
                return Some(());
            };
            set.push(at_least(lower));
            set.push(match *numbers {
                [0, minor] => below(0, minor + 1, 0),
                [0, 0, patch] => below(0, 0, patch + 1),
                [0, minor, _] => below(0, minor + 1, 0),
                [major, ..] => below(major + 1, 0, 0),
                [] => return None,
            });
        }
        Operator::Tilde => {
            let Some(lower) = lowest(&partial) else {
                return Some(());
            };
            set.push(at_least(lower));
            set.push(match *numbers {
                [major] => below(major + 1, 0, 0),
                [major, minor, ..] => below(major, minor + 1, 0),
                [] => return None,
            });
        }
        Operator::Bare
        | Operator::Equal
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual => compare(operator, &partial, rest, set)?,
    }
    Some(())
}

fn compare(operator: Operator, partial: &Partial, rest: &str, set: &mut Vec<Comparator>) -> Option<()> {
    if let Some(full) = partial.full() {
        // A whole version is no x-range: one `v` may stand in front of it, and nothing else.
        if rest.strip_prefix('v').unwrap_or(rest).starts_with(SIGNS) {
            return None;
        }
        let test = match operator {
            Operator::Less => Test::Less,
            Operator::LessOrEqual => Test::LessOrEqual,
            Operator::Greater => Test::Greater,
            Operator::GreaterOrEqual => Test::GreaterOrEqual,
            Operator::Bare | Operator::Equal | Operator::Caret | Operator::Tilde => Test::Equal,
        };
        // `>=0.0.0` is replaced by nothing there.
        let everything = test == Test::GreaterOrEqual && full == Version::new(0, 0, 0);
        if !everything {
            set.push(Comparator { test, version: full });
        }
        return Some(());
    }
    if partial.mixed {
        return None;
    }
    let next = |set: &mut Vec<Comparator>, or_below: bool| {
        let (major, minor) = match *partial.numbers.as_slice() {
            [major] => (major + 1, 0),
            [major, minor, ..] => (major, minor + 1),
            [] => return,
        };
        set.push(if or_below {
            below(major, minor, 0)
        } else {
            at_least(Version::new(major, minor, 0))
        });
    };
    match (lowest(partial), operator) {
        (None, Operator::Less | Operator::Greater) => set.push(below(0, 0, 0)),
        (None, _) => {}
        (Some(lower), Operator::GreaterOrEqual) => set.push(at_least(lower)),
        (Some(lower), Operator::Less) => set.push(below(lower.major, lower.minor, 0)),
        (Some(_), Operator::Greater) => next(set, false),
        (Some(_), Operator::LessOrEqual) => next(set, true),
        (Some(lower), Operator::Bare | Operator::Equal | Operator::Caret | Operator::Tilde) => {
            set.push(at_least(lower));
            next(set, true);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_node_says() {
        for (range, yes, no) in [
            ("^1.2.3", "1.9.0", "2.0.0-beta.1"),
            ("^0.2.3", "0.2.9", "0.3.0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            ("^0", "0.9.9", "1.0.0"),
            ("~1.2", "1.2.9", "1.3.0"),
            ("1.x", "1.0.0", "1.1.0-beta.1"),
            ("", "3.0.0", "3.0.0-a"),
            (">=1 <2 || >=3.0.0-rc.1", "3.0.0-rc.2", "2.0.0"),
            (">1.2", "1.3.0", "1.2.9"),
            ("<=1.2", "1.2.9", "1.3.0"),
            ("1.2.3 - 2", "2.9.9", "3.0.0"),
            (">= 1.0.0", "1.0.0", "0.9.9"),
            ("~> 1", "1.9.0", "2.0.0"),
            (">=1.0.0-a <2 >=1.0.0-b", "1.0.0-c", "1.0.0-a"),
        ] {
            let parsed = NodeRange::parse(range).expect(range);
            assert!(parsed.holds(&yes.parse().expect("a version")), "{range} {yes}");
            assert!(!parsed.holds(&no.parse().expect("a version")), "{range} {no}");
        }
        for wrong in [
            "latest",
            "1.2.3.4",
            "^",
            ">",
            "01.2.3",
            "1.2.3-",
            "==1.2.3",
            "9007199254740992.0.0",
        ] {
            assert_eq!(NodeRange::parse(wrong), None, "{wrong}");
        }
    }
}
