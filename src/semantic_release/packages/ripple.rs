//! Which packages are released because a dependency moved, and how the ranges follow. Never a major: what no commit explains is a
//! patch.

use std::collections::BTreeMap;

use semver::Version;

use crate::kit::outcome::{Failure, Result};

use super::model::{Dependency, Package, Place, Workspace};
use super::spec::Spec;

/// Versions by package name.
pub type Versions = BTreeMap<String, Version>;

/// What a release of some packages means for the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ripple {
    /// All that is released: what was decided, and what follows from it.
    pub next: Versions,
    /// What follows, dependencies first.
    pub rippled: Vec<Rippled>,
    /// The version of each package afterwards: the next one, else the last one. Packages that were never released are missing.
    pub versions: Versions,
    /// The ranges that change, in all packages.
    pub ranges: Vec<RangeChange>,
}

/// A package that is released because of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rippled {
    /// Its name.
    pub package: String,
    /// Its next version, a patch.
    pub version: Version,
    /// Why, one line for people each.
    pub because: Vec<String>,
}

/// A range that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeChange {
    /// Where it is written.
    pub place: Place,
    /// The package that is asked for.
    pub on: String,
    /// What is written.
    pub from: String,
    /// What has to be written.
    pub to: String,
}

/// Works out what a release of `decided` means. `last` holds the version of each package that was ever released; `patch` answers
/// the version that a patch gives a package (its branch's rules know).
///
/// A package is released too when it was released before, and a dependency that its users get as well (not one for development)
/// is among those released, and that one leaves its range or is tied by `workspace:`. A range that is out of date in the
/// repository but was right in the published copy (where nothing is committed, versions are set in that copy alone) has not been
/// left.
///
/// # Errors
/// Those of `patch`, and configuration, when it answers a version that is not above the last one.
pub fn ripple(
    workspace: &Workspace,
    last: &Versions,
    decided: &Versions,
    mut patch: impl FnMut(&Package) -> Result<Version>,
) -> Result<Ripple> {
    let mut ripple = Ripple {
        next: decided.clone(),
        ..Ripple::default()
    };
    if decided.is_empty() {
        ripple.versions = last.clone();
        return Ok(ripple);
    }
    // One pass is enough for firm dependencies; peer dependencies may go in circles. Each package is added at most once.
    loop {
        let before = ripple.next.len();
        for package in &workspace.packages {
            let Some(released) = last
                .get(&package.name)
                .filter(|_| !ripple.next.contains_key(&package.name))
            else {
                continue;
            };
            let because: Vec<String> = package
                .dependencies
                .iter()
                .filter_map(|dependency| left(package, dependency, last, &ripple.next))
                .collect();
            if because.is_empty() {
                continue;
            }
            let version = patch(package)?;
            if version.cmp_precedence(released) != std::cmp::Ordering::Greater {
                return Err(Failure::config(format!(
                    "{} would go from {released} to {version}, because {}",
                    crate::kit::text::one_line(&package.name),
                    because.join(", ")
                )));
            }
            ripple.next.insert(package.name.clone(), version.clone());
            ripple.rippled.push(Rippled {
                package: package.name.clone(),
                version,
                because,
            });
        }
        if ripple.next.len() == before {
            break;
        }
    }
    ripple.versions = last.clone();
    ripple.versions.extend(ripple.next.clone());
    ripple.ranges = ranges(workspace, &ripple.versions);
    Ok(ripple)
}

/// Why a package has to follow this dependency; none where it does not.
fn left(package: &Package, dependency: &Dependency, last: &Versions, next: &Versions) -> Option<String> {
    let spec = dependency
        .spec
        .as_ref()
        .filter(|_| dependency.kind.is_published())?;
    let version = next.get(&dependency.on)?;
    let on = crate::kit::text::one_line(&dependency.on);
    if spec.is_workspace() {
        return Some(format!("{on} {version} is tied to it by '{spec}'"));
    }
    let range = published_range(package, dependency, spec, last);
    (!range.holds(version)).then(|| format!("{on} {version} leaves its range '{range}'"))
}

/// The range that the last published copy has. A manifest whose version is not the released one was not what was published: its
/// ranges were moved to what was the last version then.
fn published_range(package: &Package, dependency: &Dependency, spec: &Spec, last: &Versions) -> Spec {
    let written = package
        .manifest(dependency.manifest)
        .and_then(|manifest| manifest.version.as_deref()?.parse::<Version>().ok());
    let committed = written.as_ref() == last.get(&package.name);
    match last.get(&dependency.on) {
        Some(version) if !committed => spec.moved(version),
        _ => spec.clone(),
    }
}

/// The ranges that the versions are not in, each place once.
fn ranges(workspace: &Workspace, versions: &Versions) -> Vec<RangeChange> {
    let mut changes: BTreeMap<&Place, RangeChange> = BTreeMap::new();
    let all = workspace
        .packages
        .iter()
        .flat_map(|package| &package.dependencies);
    for dependency in all.chain(&workspace.bystanders) {
        let (Some(spec), Some(version)) = (&dependency.spec, versions.get(&dependency.on)) else {
            continue;
        };
        if !spec.holds(version) {
            changes.insert(
                &dependency.place,
                RangeChange {
                    place: dependency.place.clone(),
                    on: dependency.on.clone(),
                    from: spec.to_string(),
                    to: spec.moved(version).to_string(),
                },
            );
        }
    }
    changes.into_values().collect()
}
