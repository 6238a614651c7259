//! A thousand random workspaces: afterwards no internal range is left unsatisfied, and no major comes from nowhere.

use std::fmt::Write as _;

use foundation::semantic_release::packages::ripple::Versions;
use foundation::semantic_release::packages::{DependencyKind, Files, ManifestKind, edits, ripple};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use semver::{Prerelease, Version};

use super::{Tree, find, patched, release};

/// A seed for this run, or that of `FOUNDATION_TEST_SEED`; tests print it when they fail.
pub fn seed() -> u64 {
    match std::env::var("FOUNDATION_TEST_SEED") {
        Ok(seed) => seed.parse().expect("FOUNDATION_TEST_SEED is a number"),
        Err(_) => std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("after 1970")
            .subsec_nanos()
            .into(),
    }
}

pub fn generator(seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

#[derive(Debug, Clone)]
struct Made {
    npm: bool,
    cargo: bool,
    /// Whether it was ever released.
    released: bool,
    /// Whether its manifests say the released version; else they hold placeholders and old ranges.
    committed: bool,
    last: (u64, u64, u64, Option<u8>),
    needs: Vec<(usize, u8, u8)>,
    /// What its commits ask for.
    bump: Option<u8>,
    line_break: &'static str,
}

fn made() -> impl Strategy<Value = Made> {
    let last = (0_u64..3, 0_u64..3, 0_u64..3, prop::option::weighted(0.2, 0_u8..3));
    let needs = prop::collection::vec((0_usize..12, 0_u8..5, 0_u8..14), 0..5);
    (
        (any::<bool>(), any::<bool>()),
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.7),
        last,
        needs,
        prop::option::weighted(0.4, 0_u8..5),
        prop::sample::select(vec!["\n", "\r\n"]),
    )
        .prop_map(
            |((npm, cargo), released, committed, last, needs, bump, line_break)| Made {
                npm: npm || !cargo,
                cargo,
                released,
                committed,
                last,
                needs,
                bump,
                line_break,
            },
        )
}

fn version(numbers: (u64, u64, u64, Option<u8>)) -> Version {
    let mut version = Version::new(numbers.0, numbers.1, numbers.2);
    if let Some(pre) = numbers.3 {
        version.pre = Prerelease::new(&format!("beta.{pre}")).expect("good");
    }
    version
}

fn bumped(last: &Version, bump: u8) -> Version {
    let &Version {
        major, minor, patch, ..
    } = last;
    match bump {
        0 => Version::new(major, minor, patch + 1),
        1 => Version::new(major, minor + 1, 0),
        2 => Version::new(major + 1, 0, 0),
        3 => version((major + 1, 0, 0, Some(7))),
        _ => version((major, minor + 1, 0, Some(7))),
    }
}

/// A range that holds the version.
fn range(cargo: bool, style: u8, version: &Version) -> Option<String> {
    let &Version { major, minor, .. } = version;
    let whole = !version.pre.is_empty();
    Some(match (style, cargo) {
        (0, _) => format!("^{version}"),
        (1, _) => format!("~{version}"),
        (2, false) => version.to_string(),
        (3, _) | (2, true) => format!("={version}"),
        (4, _) if !whole => format!("^{major}"),
        (5, false) if !whole => format!("{major}.x"),
        (5, true) if !whole => format!("{major}"),
        (6, false) => format!(">={version} <{}", major + 1),
        (6, true) => format!(">={version}, <{}", major + 1),
        (7, false) => format!("^{version} || ^9"),
        (8, false) => "workspace:*".to_owned(),
        (9, false) => "workspace:^".to_owned(),
        (10, false) => format!("workspace:^{version}"),
        (11, false) => "*".to_owned(),
        (12, false) => format!("{version} - {}.{}", major, minor),
        (13, true) => return None,
        (8.., true) => version.to_string(),
        _ => format!("^{version}"),
    })
}

fn write(all: &[Made]) -> Tree {
    let mut tree = Tree::new();
    tree.insert(
        "package.json".to_owned(),
        b"{ \"name\": \"root\", \"private\": true, \"workspaces\": [\"packages/*\"] }".to_vec(),
    );
    tree.insert(
        "Cargo.toml".to_owned(),
        b"[workspace]\nmembers = [\"packages/*\"]\n".to_vec(),
    );
    for (index, one) in all.iter().enumerate() {
        let mut json = format!("{{\n  \"name\": \"p{index}\"");
        let mut toml = format!("[package]\nname = \"p{index}\"\n");
        let own = if one.committed {
            version(one.last)
        } else {
            Version::new(0, 0, 0)
        };
        let _ = write!(json, ",\n  \"version\": \"{own}\"");
        let _ = writeln!(toml, "version = \"{own}\" # ours");
        for (kind, npm, cargo) in [
            (0, "dependencies", "dependencies"),
            (1, "devDependencies", "dev-dependencies"),
            (2, "peerDependencies", ""),
            (3, "optionalDependencies", "build-dependencies"),
            (4, "dependencies2", "target.'cfg(unix)'.dependencies"),
        ] {
            let mut seen = Vec::new();
            let mut list = String::new();
            let mut table = String::new();
            for &(to, which, style) in &one.needs {
                // Firm dependencies go backwards, so that there is no cycle.
                let other = match kind {
                    1 | 2 => to % all.len(),
                    _ if index > 0 => to % index,
                    _ => continue,
                };
                if which != kind || other == index || seen.contains(&other) {
                    continue;
                }
                seen.push(other);
                // What is not committed has old ranges.
                let at = if one.committed {
                    version(all[other].last)
                } else {
                    Version::new(1, 0, 0)
                };
                if all[other].npm
                    && let Some(range) = range(false, style, &at)
                {
                    let comma = if list.is_empty() { "" } else { "," };
                    let _ = write!(list, "{comma}\n    \"p{other}\": \"{range}\"");
                }
                if all[other].cargo {
                    let range = range(true, style, &at).map(|range| format!(", version = '{range}'"));
                    let range = range.unwrap_or_default();
                    let _ = writeln!(table, "p{other} = {{ path = \"../p{other}\"{range} }}");
                }
            }
            let _ = write!(json, ",\n  \"{npm}\": {{{list}\n  }}");
            if !cargo.is_empty() && !table.is_empty() {
                let _ = write!(toml, "\n[{cargo}]\n{table}");
            }
        }
        json.push_str("\n}\n");
        if one.npm {
            tree.insert(
                format!("packages/p{index}/package.json"),
                json.replace('\n', one.line_break).into_bytes(),
            );
        }
        if one.cargo {
            tree.insert(
                format!("packages/p{index}/Cargo.toml"),
                toml.replace('\n', one.line_break).into_bytes(),
            );
        }
    }
    tree
}

fn check(all: &[Made]) -> Result<(), TestCaseError> {
    let tree = write(all);
    let name = |index: usize| format!("p{index}");
    let mut last = Versions::new();
    let mut decided = Versions::new();
    for (index, one) in all.iter().enumerate() {
        if one.released {
            last.insert(name(index), version(one.last));
        }
        if let Some(bump) = one.bump {
            let next = if one.released {
                bumped(&version(one.last), bump)
            } else {
                Version::new(1, 0, 0)
            };
            decided.insert(name(index), next);
        }
    }
    let before = find(&tree, "auto").expect("packages");
    prop_assert_eq!(before.packages.len(), all.len());
    let (done, changed, after) = release(&tree, "auto", &last, &decided);

    // What was decided stays, and what follows is a patch of what was released before.
    for (package, next) in &done.next {
        match decided.get(package) {
            Some(decided) => prop_assert_eq!(next, decided),
            None => prop_assert_eq!(next, &patched(&last, package), "{} ripples", package),
        }
    }
    prop_assert_eq!(done.rippled.len() + decided.len(), done.next.len());

    // Nobody follows without a reason, and nobody who has one stays behind.
    for (at, package) in before.packages.iter().enumerate() {
        let made = &all[package.name[1..].parse::<usize>().expect("a number")];
        let reason = || {
            package.dependencies.iter().any(|dependency| {
                let Some((spec, next)) = dependency.spec.as_ref().zip(done.next.get(&dependency.on)) else {
                    return false;
                };
                // Where nothing is committed, the published copy had the range of what was the last version.
                let published = match last.get(&dependency.on) {
                    Some(then) if !made.committed && version(made.last) != Version::new(0, 0, 0) => {
                        spec.moved(then)
                    }
                    _ => spec.clone(),
                };
                dependency.kind != DependencyKind::Dev && (spec.is_workspace() || !published.holds(next))
            })
        };
        if decided.contains_key(&package.name) || !last.contains_key(&package.name) {
            continue;
        }
        prop_assert_eq!(
            done.next.contains_key(&package.name),
            reason(),
            "{}",
            package.name
        );
        // Dependencies come first.
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind.is_firm())
        {
            prop_assert!(
                before.packages[..at]
                    .iter()
                    .any(|other| other.name == dependency.on)
            );
        }
    }

    // Read again: versions as decided, and every internal range is satisfied, once something was released.
    let read = find(&after, "auto").expect("packages");
    if !decided.is_empty() {
        for package in &read.packages {
            if let Some(version) = done.versions.get(&package.name) {
                for manifest in &package.manifests {
                    prop_assert_eq!(
                        manifest.version.clone(),
                        Some(version.to_string()),
                        "{}",
                        &manifest.path
                    );
                }
            }
            for dependency in &package.dependencies {
                if let Some((spec, version)) = dependency.spec.as_ref().zip(done.versions.get(&dependency.on))
                {
                    prop_assert!(
                        spec.holds(version),
                        "{}: {} {} {}",
                        package.name,
                        dependency.on,
                        spec,
                        version
                    );
                }
            }
        }
    }

    // Only lines with a version or an internal dependency changed; the rest is byte for byte the same.
    for edit in &changed.edits {
        let (old, new) = (&tree[&edit.path], &edit.after);
        let lines = |bytes: &[u8]| {
            bytes
                .split(|&byte| byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        };
        let (old, new) = (lines(old), lines(new));
        prop_assert_eq!(old.len(), new.len());
        for (old, new) in old.iter().zip(&new).filter(|(old, new)| old != new) {
            let text = String::from_utf8_lossy(new);
            prop_assert!(text.contains("version") || text.contains("\"p"), "{}", text);
            prop_assert_eq!(old.ends_with(b"\r"), new.ends_with(b"\r"));
        }
    }

    // Once more: nothing is left to do.
    let again = ripple(&read, &done.versions, &Versions::new(), |_| {
        panic!("nothing is released")
    })
    .expect("a ripple");
    prop_assert!(again.next.is_empty() && again.ranges.is_empty());
    let again = ripple(&read, &done.versions, &done.next, |package| {
        Ok(patched(&done.versions, &package.name))
    });
    let again = again.expect("a ripple");
    prop_assert_eq!(&again.next, &done.next);
    prop_assert!(
        decided.is_empty() || again.ranges.is_empty(),
        "{:?}",
        again.ranges
    );
    let nothing = edits(&Files::memory(&after), &read, &done.versions, &again.ranges).expect("edits");
    prop_assert!(decided.is_empty() || nothing.edits.is_empty());
    prop_assert!(
        read.packages
            .iter()
            .all(|package| package.manifest(ManifestKind::Foundation).is_none())
    );
    Ok(())
}

#[test]
fn a_thousand_workspaces_stay_whole() {
    let seed = seed();
    println!("FOUNDATION_TEST_SEED={seed}");
    let config = Config {
        cases: 1000,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, generator(seed));
    let all = prop::collection::vec(made(), 1..12);
    if let Err(error) = runner.run(&all, |all| check(&all)) {
        panic!("FOUNDATION_TEST_SEED={seed}: {error}");
    }
}
