//! Commits that take each other back, by the rules of `conventional-commits-filter`.

use std::collections::{BTreeMap, HashMap};

use crate::semantic_release::commit::{Commit, Parsed, text};

/// Which commits count for nothing, each with the one that takes it back or that it takes back. A revert cancels the next commit
/// after it in the log that has all that it names: the hash and the header.
pub fn cancelled<'a>(
    commits: &'a [Commit],
    parsed: impl Fn(usize) -> Option<&'a Parsed>,
    names: &[String],
) -> HashMap<usize, usize> {
    let mut cancelled = HashMap::new();
    // The reverts that wait for their commit, in their order, by the hash they name: cost must not grow with their number.
    let by_hash = names.iter().any(|name| name == "hash");
    let mut waiting: HashMap<&str, BTreeMap<usize, &Parsed>> = HashMap::new();
    for (index, commit) in commits.iter().enumerate() {
        let Some(message) = parsed(index) else {
            continue;
        };
        let hash = field("hash", commit, message).flatten().unwrap_or_default();
        let key = if by_hash { text::trim(hash) } else { "" };
        if let Some(reverts) = waiting.get_mut(key)
            && let Some(revert) = first(reverts, commit, message, names)
        {
            reverts.remove(&revert);
            cancelled.insert(index, revert);
            cancelled.insert(revert, index);
            continue;
        }
        let Some(revert) = &message.revert else {
            continue;
        };
        match (by_hash, &revert.hash) {
            // Without a hash it equals no commit's.
            (true, None) => {}
            (true, Some(hash)) => {
                waiting
                    .entry(text::trim(hash))
                    .or_default()
                    .insert(index, message);
            }
            (false, _) => {
                waiting.entry("").or_default().insert(index, message);
            }
        }
    }
    cancelled
}

fn first(
    reverts: &BTreeMap<usize, &Parsed>,
    commit: &Commit,
    message: &Parsed,
    names: &[String],
) -> Option<usize> {
    reverts
        .iter()
        .find(|(_, revert)| names.iter().all(|name| equal(name, revert, commit, message)))
        .map(|(index, _)| *index)
}

/// Whether a field of the commit is what the revert says, white space at the ends aside.
fn equal(name: &str, revert: &Parsed, commit: &Commit, message: &Parsed) -> bool {
    let Some(revert) = &revert.revert else {
        return false;
    };
    let named = match name {
        "header" => revert.header.as_deref(),
        "hash" => revert.hash.as_deref(),
        other => revert.others.get(other).map(String::as_str),
    };
    let (named, own) = (named.map(text::trim), field(name, commit, message));
    match own {
        Some(own) => named == own.map(text::trim),
        // A field that the commit does not have equals nothing, not even null.
        None => false,
    }
}

/// A field by its name: none where there is no such field.
pub fn field<'a>(name: &str, commit: &'a Commit, message: &'a Parsed) -> Option<Option<&'a str>> {
    match name {
        // A configuration may let a message name its own.
        "hash" | "message" if message.field(name).is_none() => Some(Some(if name == "hash" {
            commit.hash.as_str()
        } else {
            commit.text()
        })),
        _ => message.field(name).map(Option::as_deref),
    }
}
