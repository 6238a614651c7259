//! 20,000 random histories: the real semantic-release and ours must decide the same. Its own modules answer in two long-lived
//! processes; what its command line says to 500 of the questions must be what they said.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::differ::{Difference, compare, ours, shrink};
use crate::histories::history;
use crate::node::{self, Answer, Served};
use crate::{dice, times};

/// Histories in a whole run, and how many of them the command line confirms.
const HISTORIES: usize = 20_000;
const CONFIRMED: usize = 500;

/// What the command line tells has to be what the modules told.
fn confirm(repo: &Path, config: &Value, answer: &Answer) {
    let line = node::ask("--cli", repo, config);
    let told = |answer: &Answer| {
        (
            answer.version.clone(),
            answer.last.clone(),
            answer.error.is_some(),
        )
    };
    assert_eq!(
        told(&line),
        told(answer),
        "the command line answers something else: {line:?}"
    );
}

#[test]
fn decisions() {
    let seed = dice("decisions").roll() >> 1;
    let (whole, every) = (times(HISTORIES), HISTORIES / CONFIRMED);
    let (next, confirmed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (found, counts) = (Mutex::new(Vec::<Difference>::new()), Mutex::new([0_usize; 4]));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut served = Served::start();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= whole || found.lock().expect("a lock").len() >= 5 {
                        return;
                    }
                    let case = history(seed.wrapping_add(index as u64));
                    let mut ask_node = |repo: &Path, config: &Value| {
                        let answer = served.ask(repo, config);
                        counts.lock().expect("a lock")[answer.ends()] += 1;
                        if index.is_multiple_of(every) {
                            confirm(repo, config, &answer);
                            confirmed.fetch_add(1, Ordering::Relaxed);
                        }
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
    println!(
        "decisions: {whole} histories from {seed} on: {released} released, {nothing} nothing, {refused} refused, {crashed} where Node \
         crashed; {} confirmed by the command line",
        confirmed.into_inner()
    );
    let mut served = Served::start();
    let mut ask_node = |repo: &Path, config: &Value| served.ask(repo, config);
    let found = found.into_inner().expect("a lock");
    let told: Vec<String> = found
        .into_iter()
        .map(|one| shrink(one, &mut ask_node, &mut ours).to_string())
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n\n"));
}
