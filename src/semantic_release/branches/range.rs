//! Which versions a branch may release, so that no branch takes a version that belongs to another.

use std::cmp::Ordering;

use semver::Version;

use crate::kit::git::graph::{Graph, Id};
use crate::kit::outcome::Result;
use crate::semantic_release::branches::tags::{Tagged, Tags};
use crate::semantic_release::branches::version::{LARGEST, in_range, weigh};
use crate::semantic_release::branches::{Branch, FIRST, Kind, Refusal};

/// From a version on, up to another that is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The lowest version.
    pub min: Version,
    /// The first version that is too high; none where all are good.
    pub max: Option<Version>,
}

impl Range {
    /// Whether a version is in it. A prerelease never is, as in Node.
    #[must_use]
    pub fn holds(&self, version: &Version) -> bool {
        version.pre.is_empty()
            && in_range(version)
            && weigh(version, &self.min).is_ge()
            && self.max.as_ref().is_none_or(|max| weigh(version, max).is_lt())
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.max {
            Some(max) => write!(f, ">={} <{max}", self.min),
            None => write!(f, ">={}", self.min),
        }
    }
}

/// The numbers in `1.x`, `1.x.x` and `1.2.x`; none for anything else.
fn parts(range: &str) -> Option<(&str, Option<&str>)> {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let x = |part: &str| part.eq_ignore_ascii_case("x");
    let parts: Vec<&str> = range.split('.').collect();
    match parts[..] {
        [major, last] if number(major) && x(last) => Some((major, None)),
        [major, minor, last] if number(major) && x(minor) && x(last) => Some((major, None)),
        [major, minor, last] if number(major) && number(minor) && x(last) => Some((major, Some(minor))),
        _ => None,
    }
}

/// Whether a name or a range is one of a maintenance branch.
#[must_use]
pub fn is_maintenance(range: &str) -> bool {
    parts(range).is_some()
}

fn is_major(range: &str) -> bool {
    matches!(parts(range), Some((_, None)))
}

/// The first version of a range, and the first one after it.
#[must_use]
pub fn bounds(range: &str) -> Option<(Version, Version)> {
    let number = |text: &str| {
        let number: u64 = text.parse().ok()?;
        (number < LARGEST && number.to_string() == text).then_some(number)
    };
    let (major, minor) = parts(range)?;
    let major = number(major)?;
    match minor {
        None => Some((Version::new(major, 0, 0), Version::new(major + 1, 0, 0))),
        Some(minor) => {
            let minor = number(minor)?;
            Some((Version::new(major, minor, 0), Version::new(major, minor + 1, 0)))
        }
    }
}

fn higher(a: Version, b: Version) -> Version {
    if weigh(&a, &b) == Ordering::Greater { a } else { b }
}

fn lower(a: Version, b: Version) -> Version {
    if weigh(&a, &b) == Ordering::Less { a } else { b }
}

/// The branches with what is needed to compare them.
#[derive(Debug)]
pub struct Branches<'a> {
    /// In Node's order.
    pub all: &'a [Branch],
    /// The head of each.
    pub heads: &'a [Id],
    /// The tags of the format.
    pub tags: &'a Tags,
}

/// What a branch may release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The versions it may release; none for a prerelease branch, which may release any.
    pub range: Option<Range>,
    /// The versions that may be put on a maintenance branch's channel by a merge.
    pub merge: Option<Range>,
}

impl Branches<'_> {
    fn of(&self, kind: Kind) -> impl DoubleEndedIterator<Item = usize> + '_ {
        (0..self.all.len()).filter(move |&at| self.all[at].kind == kind)
    }

    fn latest(&self, graph: &mut Graph<'_>, at: usize) -> Result<Option<Version>> {
        let found = self
            .tags
            .highest(graph, self.heads[at], |tagged| !tagged.version.is_prerelease())?;
        Ok(found.map(|tagged| tagged.version.version.clone()))
    }

    /// The lowest version of a branch that is above all of the lower branches'.
    fn first_above(
        &self,
        graph: &mut Graph<'_>,
        at: usize,
        lower: impl Iterator<Item = usize>,
    ) -> Result<Option<Version>> {
        let mut highest: Option<Version> = None;
        for below in lower {
            // Only what is above the highest so far can change it.
            let above = |tagged: &Tagged| {
                highest
                    .as_ref()
                    .is_none_or(|highest| weigh(&tagged.version.version, highest).is_gt())
            };
            if let Some(found) = self.tags.highest(graph, self.heads[below], above)? {
                highest = Some(found.version.version.clone());
            }
        }
        let found = match &highest {
            Some(highest) => self.tags.lowest(graph, self.heads[at], |tagged| {
                weigh(&tagged.version.version, highest).is_gt()
            })?,
            None => self
                .tags
                .lowest(graph, self.heads[at], |tagged| !tagged.version.is_prerelease())?,
        };
        Ok(found.map(|tagged| tagged.version.version.clone()))
    }

    /// What the branch at a place may release.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn bounds(&self, graph: &mut Graph<'_>, at: usize) -> Result<Bounds> {
        Ok(match self.all[at].kind {
            Kind::Maintenance => self.maintenance(graph, at)?,
            Kind::Release => Bounds {
                range: Some(self.release(graph, at)?),
                merge: None,
            },
            Kind::Prerelease => Bounds {
                range: None,
                merge: None,
            },
        })
    }

    fn maintenance(&self, graph: &mut Graph<'_>, at: usize) -> Result<Bounds> {
        let range = |at: usize| self.all[at].range.as_deref().unwrap_or_default();
        let Some((own_min, own_max)) = bounds(range(at)) else {
            return Ok(Bounds {
                range: None,
                merge: None,
            });
        };
        let before = self.of(Kind::Maintenance).take_while(|&other| other < at).last();
        let min = match before.filter(|&before| is_major(range(at)) && !is_major(range(before))) {
            Some(before) => bounds(range(before)).map_or(own_min, |(_, max)| max),
            None => own_min,
        };
        let latest = self.latest(graph, at)?.unwrap_or(FIRST);
        let main = self.of(Kind::Release).next();
        let base = match main {
            Some(main) => match self.first_above(graph, main, self.of(Kind::Maintenance))? {
                Some(first) => Some(first),
                None => self.latest(graph, main)?,
            },
            None => None,
        };
        Ok(Bounds {
            range: Some(Range {
                min: higher(latest, min.clone()),
                max: Some(lower(base.unwrap_or(FIRST), own_max.clone())),
            }),
            merge: Some(Range {
                min,
                max: Some(own_max),
            }),
        })
    }

    fn release(&self, graph: &mut Graph<'_>, at: usize) -> Result<Range> {
        let mut min: Option<Version> = None;
        for below in self.of(Kind::Release).take_while(|&other| other <= at) {
            let latest = self.latest(graph, below)?;
            // Only where the first branch has no release yet, the count starts at the first version.
            min = Some(match (min, latest) {
                (None, latest) => latest.unwrap_or(FIRST),
                (Some(min), Some(latest)) => higher(latest, min),
                (Some(min), None) => min,
            });
        }
        let min = min.unwrap_or(FIRST);
        let next = self.of(Kind::Release).find(|&other| other > at);
        let max = match next {
            Some(next) => self.first_above(
                graph,
                next,
                self.of(Kind::Release).take_while(|&other| other < next),
            )?,
            None => None,
        };
        Ok(Range { min, max })
    }

    /// Two maintenance branches for the same versions.
    ///
    /// # Errors
    /// Environment, when history is damaged.
    pub fn overlap(&self, graph: &mut Graph<'_>) -> Result<Option<Refusal>> {
        let places: Vec<usize> = self.of(Kind::Maintenance).collect();
        if places.len() < 2 {
            return Ok(None);
        }
        let mut ranges: Vec<(usize, Range)> = Vec::new();
        for at in places {
            let Some(range) = self.bounds(graph, at)?.range else {
                continue;
            };
            if let Some((other, _)) = ranges
                .iter()
                .find(|(_, other)| other.to_string() == range.to_string())
            {
                return Ok(Some(Refusal::new(
                    "EMAINTENANCEBRANCHES",
                    format!(
                        "the maintenance branches '{}' and '{}' are for the same versions, {range}",
                        self.all[*other].name, self.all[at].name
                    ),
                    "give each maintenance branch a \"range\" of its own, or remove one of them",
                )));
            }
            ranges.push((at, range));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_maintenance_branches() {
        for (range, min, max) in [
            ("1.x", "1.0.0", "2.0.0"),
            ("1.x.x", "1.0.0", "2.0.0"),
            ("1.X", "1.0.0", "2.0.0"),
            ("0.x", "0.0.0", "1.0.0"),
            ("10.20.x", "10.20.0", "10.21.0"),
        ] {
            let (low, high) = bounds(range).expect(range);
            assert_eq!(
                (low.to_string(), high.to_string()),
                (min.to_owned(), max.to_owned()),
                "{range}"
            );
        }
        for range in [
            "",
            "x",
            "1",
            "1.2",
            "1.2.3",
            "1.x.2",
            "1.x.x.x",
            "a.x",
            ".x",
            "1..x",
            "01.x",
            "99999999999999999999.x",
        ] {
            assert_eq!(bounds(range), None, "{range}");
        }
        assert!(is_maintenance("01.x") && !is_maintenance("1.x.2"));
    }

    #[test]
    fn a_range_holds_its_lower_end_and_no_prerelease() {
        let version = |text: &str| Version::parse(text).expect(text);
        let range = Range {
            min: version("1.0.0"),
            max: Some(version("1.1.0")),
        };
        assert_eq!(range.to_string(), ">=1.0.0 <1.1.0");
        for (text, holds) in [
            ("1.0.0", true),
            ("1.0.9", true),
            ("1.1.0", false),
            ("0.9.9", false),
            ("1.0.1-a.1", false),
            ("1.1.0-a.1", false),
        ] {
            assert_eq!(range.holds(&version(text)), holds, "{text}");
        }
        let open = Range {
            min: version("1.2.9007199254740991"),
            max: None,
        };
        assert!(!open.holds(&Version::new(1, 2, LARGEST + 1)));
    }
}
