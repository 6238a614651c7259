//! Random histories: the real program and ours must decide the same.

use std::cell::RefCell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::case::{Case, Op};
use crate::differ::{Decision, Difference, compare, ours, shrink};
use crate::differences::{for_node, is_comparable};
use crate::histories::history;
use crate::node::{self, Answer, Served};

/// How many are asked by `make test`, each in a fresh process.
const HISTORIES: usize = 300;

/// The seed: fresh each time, and printed, so that a run can be repeated.
fn seed() -> u64 {
    let given = std::env::var("FOUNDATION_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let seed = given.unwrap_or(clock);
    println!("FOUNDATION_SEED={seed}");
    seed
}

#[test]
fn random_histories_are_decided_as_node_decides_them() {
    let seed = seed();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::<Difference>::new()));
    let counts = Mutex::new([0_usize; 4]);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= HISTORIES || found.lock().expect("a lock").len() >= 5 {
                        return;
                    }
                    let case = history(seed.wrapping_add(index as u64));
                    let mut ask_node = |repo: &std::path::Path, config: &serde_json::Value| {
                        let answer = node::ask("", repo, config);
                        let at = answer.ends();
                        counts.lock().expect("a lock")[at] += 1;
                        answer
                    };
                    let compared = compare(&case, &mut ask_node, &mut ours);
                    let difference = compared.unwrap_or_else(|error| panic!("{}: {error}", case.name));
                    found.lock().expect("a lock").extend(difference);
                }
            });
        }
    });
    let [released, nothing, refused, crashed] = *counts.lock().expect("a lock");
    println!("{released} released, {nothing} nothing, {refused} refused, {crashed} where Node crashed");
    let found = found.into_inner().expect("a lock");
    if found.is_empty() {
        return;
    }
    let mut served = Served::start();
    let mut ask_node = |repo: &std::path::Path, config: &serde_json::Value| served.ask(repo, config);
    let told: Vec<String> = found
        .into_iter()
        .map(|one| format!("{}\n", shrink(one, &mut ask_node, &mut ours)))
        .collect();
    panic!(
        "seed {seed}: {} histories differ\n{}",
        told.len(),
        told.join("\n")
    );
}

/// What is left out of the comparison, and how little that is.
#[test]
fn few_histories_are_not_compared() {
    let left_out = |case: &Case| {
        let folder = tempfile::tempdir().expect("a folder");
        let (asked, _) = for_node(case);
        let repo = crate::build::build(&asked, folder.path()).expect("a repository");
        !is_comparable(&asked, &repo).expect("an answer")
    };
    let noted = |tags: &[&str], channels: &[Option<&str>]| Case {
        commits: serde_json::from_value(serde_json::json!([
            { "message": "docs: x", "tag": tags },
            { "message": "docs: y", "tag": ["v3.0.0"] },
            { "op": "note", "tag": tags[0], "channels": channels },
        ]))
        .expect("operations"),
        branch: "master".to_owned(),
        ..history(0)
    };
    assert!(left_out(&noted(&["v1.0.0", "v1.2.0"], &[])));
    assert!(!left_out(&noted(&["v1.0.0", "v1.2.0"], &[None])));
    assert!(!left_out(&noted(&["v1.0.0"], &[])));
    let count = (0..400).filter(|&seed| left_out(&history(seed))).count();
    println!("{count} of 400 are not compared");
    assert!(count <= 20, "{count} of 400 histories are not compared");
}

/// A generator that only makes easy histories would prove nothing.
#[test]
fn the_histories_are_of_many_kinds() {
    let mut served = Served::start();
    let mut counts = [0_usize; 4];
    let (mut major, mut prerelease, mut channels, mut last) = (0, 0, 0, 0);
    for seed in 0..80 {
        let case = history(seed);
        assert_eq!(case, history(seed), "the same seed makes another history");
        let text = serde_json::to_string(&case).expect("JSON");
        assert_eq!(serde_json::from_str::<Case>(&text).expect("a case"), case);
        let folder = tempfile::tempdir().expect("a folder");
        let (asked, config) = for_node(&case);
        let repo =
            crate::build::build(&asked, folder.path()).unwrap_or_else(|error| panic!("{text}: {error}"));
        let answer = served.ask(&repo, &config);
        counts[answer.ends()] += 1;
        major += usize::from(answer.kind.as_deref() == Some("major"));
        prerelease += usize::from(
            answer
                .version
                .as_ref()
                .is_some_and(|version| version.contains('-')),
        );
        channels += usize::from(answer.channel.is_some());
        last += usize::from(answer.last.is_some());
    }
    let [released, nothing, refused, crashed] = counts;
    let told = format!(
        "of 80: {released} released ({major} major, {prerelease} prereleases, {channels} on a channel, {last} after another), {nothing} nothing, {refused} refused, {crashed} crashed"
    );
    println!("{told}");
    assert!(
        released >= 25 && nothing >= 8 && refused >= 2 && crashed <= 8,
        "{told}"
    );
    assert!(
        major >= 3 && prerelease >= 2 && channels >= 3 && last >= 15,
        "{told}"
    );
}

/// Decides like Node, whose answer it was just given, but for one planted fault: a revert makes it blind.
fn faulty(case: &Case, answer: Answer) -> Decision {
    let reverts = |op: &Op| {
        op.message
            .as_ref()
            .is_some_and(|text| text.starts_with("Revert \""))
    };
    let blind = case.commits.iter().any(reverts);
    Decision {
        kind: answer.kind.filter(|_| !blind),
        version: answer.version.filter(|_| !blind),
        last: answer.last,
        tag: answer.tag,
        channel: answer.channel,
        reason: answer.why.or(blind.then(|| "no-relevant-changes".to_owned())),
        refused: answer.error.is_some(),
        broken: None,
    }
}

/// The whole machinery against a planted fault: it is found, and becomes a history that a person can read.
#[test]
fn a_planted_fault_is_found_and_shrunk() {
    let mut served = Served::start();
    let told = RefCell::new(Answer::default());
    let mut ask_node = |repo: &std::path::Path, config: &serde_json::Value| {
        told.replace(served.ask(repo, config));
        told.borrow().clone()
    };
    let mut ask_us = |case: &Case, _: &std::path::Path| faulty(case, told.borrow().clone());
    let reverts = |case: &Case| {
        case.config.is_none()
            && case.commits.len() > 5
            && case.commits.iter().any(|op| {
                op.message
                    .as_ref()
                    .is_some_and(|text| text.starts_with("Revert \""))
            })
    };
    let found = (0..2000)
        .map(history)
        .filter(reverts)
        .take(20)
        .find_map(|case| compare(&case, &mut ask_node, &mut ask_us).expect("a repository"))
        .expect("the planted fault is found within 20 histories");
    let before = found.case.commits.len();
    let small = shrink(found, &mut ask_node, &mut ask_us);
    let text = small.to_string();
    println!("{before} operations became {}:\n{text}", small.case.commits.len());
    assert!(small.case.commits.len() <= 3, "{text}");
    assert!(
        serde_json::to_string(&small.case.commits).expect("JSON").len() < 400,
        "{text}"
    );
}
