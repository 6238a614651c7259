//! Killed before and after every effect (`kill -9`), and run again: the same final state as one clean run, nothing twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::driver::{Spec, effects, run, run_until};
use crate::gitea::Gitea;
use crate::verdaccio::Verdaccio;
use crate::world::{World, manifest, package, to_verdaccio, unique};

/// Everything that one run leaves behind, without what differs from world to world.
#[derive(Debug, PartialEq)]
struct Final {
    refs: BTreeMap<String, String>,
    releases: Vec<Value>,
    comments: usize,
    labels: usize,
    versions: Vec<Value>,
}

/// A monorepo of two packages, one of them published, with a release commit, assets, a comment and a label.
struct Case {
    world: World,
    spec: Spec,
    name: String,
}

impl Case {
    fn new() -> Self {
        let name = unique("killed");
        // The names of packages are in no commit, so that all worlds have the same objects.
        let files = [
            ("a/package.json", manifest("a", "0.0.0")),
            ("a/index.js", "exports.a = 1\n".to_owned()),
            ("b/package.json", manifest("b", "0.0.0")),
        ];
        let world = World::on_the_forge(
            &files.each_ref().map(|(name, text)| (*name, text.as_str())),
            &json!({}),
        );
        let repo = world.repo.as_ref().expect("a repository");
        Gitea::shared().post(
            &format!("/repos/{}/issues", repo.full_name),
            &json!({"title": "wanted"}),
        );
        let mut spec = world.spec();
        spec.packages = vec![
            package("a", "a", "1.0.0", "a-v1.0.0"),
            package("b", "b", "1.1.0", "b-v1.1.0"),
        ];
        spec.packages[0].assets = vec![
            (world.file("one", 50_000), "one.bin".into()),
            (world.file("two", 60_000), "two.bin".into()),
        ];
        let mut publish = to_verdaccio(&name);
        publish.edits = vec![("package.json".into(), manifest(&name, "1.0.0"))];
        spec.packages[0].publish = Some(publish);
        spec.edits = vec![
            ("a/package.json".into(), manifest("a", "1.0.0")),
            ("b/package.json".into(), manifest("b", "1.1.0")),
            ("CHANGELOG.md".into(), "# news\n".into()),
        ];
        spec.commit = Some("chore(release): a and b".into());
        spec.comments = vec![(1, Some("released".into()), vec!["released".into()])];
        Self { world, spec, name }
    }

    fn state(&self) -> Final {
        let gitea = Gitea::shared();
        let repo = self.world.repo.as_ref().expect("a repository");
        let labels = gitea.get(&format!("/repos/{}/labels", repo.full_name));
        let package = Verdaccio::shared().package(&self.name);
        let versions = package["versions"].as_object().into_iter().flatten();
        Final {
            refs: self.world.refs(),
            releases: self.world.releases(),
            comments: gitea.comments(repo, 1).len(),
            labels: labels.as_array().map_or(0, Vec::len),
            versions: versions
                .map(|(version, _)| json!(version))
                .chain([package["dist-tags"].clone()])
                .collect(),
        }
    }
}

#[test]
fn killed_before_and_after_each_effect() {
    let clean = Case::new();
    let ran = run(&clean.spec);
    ran.ends("Released");
    let wanted = clean.state();
    assert_eq!(
        (
            wanted.releases.len(),
            wanted.comments,
            wanted.labels,
            wanted.versions.len()
        ),
        (2, 1, 1, 2),
        "{wanted:?}"
    );
    assert_eq!(wanted.refs.len(), 5);
    run(&clean.spec).ends("Whole");
    assert_eq!(clean.state(), wanted);

    let mut places = effects(&clean.spec);
    places.push("asset:one.bin".into());
    places.push("asset:two.bin".into());
    let stops: Vec<(&str, &String)> = places
        .iter()
        .flat_map(|place| [("before", place), ("after", place)])
        .collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((when, place)) = stops.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let case = Case::new();
                    let stop = format!("{when}:{}", place.replace(&clean.name, &case.name));
                    assert!(
                        run_until(&case.spec, Some(&stop)).is_none(),
                        "it was not killed {stop}"
                    );
                    let again = run(&case.spec);
                    assert_eq!(again.code, 0, "{stop}: {}\n{}", again.error, again.log);
                    assert_eq!(case.state(), wanted, "{stop}");
                    let mut spec = case.spec.clone();
                    spec.completing = true;
                    run(&spec).ends("Whole");
                    assert_eq!(case.state(), wanted, "{stop}, once more");
                }
            });
        }
    });
    let kills = stops.len();
    assert_eq!(kills, 2 * places.len());
    eprintln!("killed at {kills} places, and each rerun ended as a clean run");
}

/// Killed again and again, one effect further each time, and once it was pushed only by `complete`.
#[test]
fn killed_at_every_step_of_one_release() {
    let case = Case::new();
    let mut spec = case.spec.clone();
    for place in effects(&case.spec) {
        let pushed = case.world.refs().contains_key("refs/tags/a-v1.0.0");
        spec.completing = pushed;
        // What is there already is not come to again in another way, so some places are not reached: that is fine here.
        run_until(&spec, Some(&format!("after:{place}")));
    }
    spec.completing = true;
    run(&spec).ends("Whole");
    let state = case.state();
    assert_eq!(
        (
            state.releases.len(),
            state.comments,
            state.labels,
            state.versions.len()
        ),
        (2, 1, 1, 2),
        "{state:?}"
    );
}
