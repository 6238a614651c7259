//! Who made the changes.

use std::collections::HashMap;

use crate::semantic_release::commit::Commit;
use crate::semantic_release::notes::inline::{inline, shortened};
use crate::semantic_release::notes::model::Author;
use crate::semantic_release::notes::order::Order;

/// How many people are named.
const MOST: usize = 50;
/// How long a name may be, in characters.
pub(super) const NAME: usize = 60;

/// The authors and co-authors, whoever is in most commits first. Robots are not thanked.
pub(super) fn authors<'a>(commits: impl Iterator<Item = &'a Commit>, order: &Order) -> Vec<Author> {
    // One person is one address; the name is the newest one.
    let mut people: HashMap<String, (&str, usize)> = HashMap::new();
    for commit in commits {
        let mut here = vec![(commit.author.name.trim(), commit.author.email.trim())];
        here.extend(co_authors(&commit.message));
        let mut seen: Vec<String> = Vec::new();
        for (name, email) in here {
            let key = if email.is_empty() { name } else { email }.to_lowercase();
            if name.is_empty() || name.ends_with("[bot]") || seen.contains(&key) {
                continue;
            }
            people.entry(key.clone()).or_insert((name, 0)).1 += 1;
            seen.push(key);
        }
    }
    // Two addresses of one name are most likely one person.
    let mut names: HashMap<&str, usize> = HashMap::new();
    for (name, commits) in people.into_values() {
        *names.entry(name).or_default() += commits;
    }
    let mut names: Vec<(&str, usize)> = names.into_iter().collect();
    names.sort_by(|a, b| {
        b.1.cmp(&a.1)
            .then_with(|| order.compare(a.0, b.0))
            .then_with(|| a.0.cmp(b.0))
    });
    names.truncate(MOST);
    names
        .into_iter()
        .map(|(name, commits)| Author {
            name: inline(&shortened(name, NAME), None, &mut Vec::new()),
            commits,
        })
        .collect()
}

/// The trailers `Co-authored-by: Name <address>` of a message's last lines.
fn co_authors(message: &str) -> impl Iterator<Item = (&str, &str)> {
    const TRAILER: &str = "co-authored-by:";
    message
        .lines()
        .rev()
        .take(50)
        .filter_map(|line| {
            let line = line.trim();
            let (keyword, rest) = line.split_at_checked(TRAILER.len())?;
            let (name, email) = rest.strip_suffix('>')?.split_once('<')?;
            keyword
                .eq_ignore_ascii_case(TRAILER)
                .then_some((name.trim(), email.trim()))
        })
        .take(20)
}
