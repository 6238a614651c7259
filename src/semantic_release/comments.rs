//! What is said on the issues and pull requests that a release contains.

use std::collections::BTreeSet;

use crate::kit::outcome::Result;
use crate::kit::text;
use crate::semantic_release::analyze::Analyzer;
use crate::semantic_release::apply::{Comment, Step};
use crate::semantic_release::assemble::{Desk, Draft};
use crate::semantic_release::commit::parse;
use crate::semantic_release::inputs::Mode;

/// No more commits than these are looked up for their pull requests: each is a request to the forge.
const MOST: usize = 200;

/// The comments of a release: none unless they were asked for. Looking up pull requests takes the forge, so a dry run lists
/// only what the messages name.
///
/// # Errors
/// Environment, when the forge cannot be reached.
pub async fn of(
    desk: &Desk<'_>,
    analyzer: &Analyzer,
    drafts: &[Draft<'_>],
    mode: Mode,
) -> Result<Vec<Comment>> {
    let configured = desk
        .config
        .release
        .as_ref()
        .and_then(|release| release.comment.clone().flatten());
    let says = desk.inputs.comments || configured.is_some();
    let mut labels = desk.inputs.labels.clone();
    if let Some(release) = &desk.config.release {
        labels.extend(release.labels.iter().cloned());
    }
    if !says && labels.is_empty() {
        return Ok(Vec::new());
    }
    let Some(forge) = desk.forge()? else {
        return Ok(Vec::new());
    };
    let releases: Vec<&Draft<'_>> = drafts
        .iter()
        .filter(|draft| draft.step == Step::Release)
        .collect();
    let mut numbers = BTreeSet::new();
    let mut looked = BTreeSet::new();
    for commit in releases.iter().flat_map(|draft| &draft.commits) {
        if !looked.insert(&commit.hash) {
            continue;
        }
        let parsed = parse(&commit.message, &analyzer.parser);
        let own = parsed
            .references
            .iter()
            .filter(|reference| reference.repository.is_none() && reference.prefix == "#");
        numbers.extend(own.filter_map(|reference| reference.issue.parse::<u64>().ok()));
        if mode == Mode::Release && looked.len() <= MOST {
            numbers.extend(forge.pull_of(&commit.hash).await?);
        }
    }
    let body = says.then(|| body(desk, &releases));
    Ok(numbers
        .into_iter()
        .map(|number| Comment {
            number,
            body: body.clone(),
            labels: labels.clone(),
        })
        .collect())
}

fn body(desk: &Desk<'_>, releases: &[&Draft<'_>]) -> String {
    let base = match (&desk.context.server, &desk.context.repository) {
        (Some(server), Some(repository)) => Some(format!("{server}/{repository}/releases/tag/")),
        (_, _) => None,
    };
    let list: Vec<String> = releases
        .iter()
        .map(|draft| match &base {
            Some(base) => {
                let tag: String = url::form_urlencoded::byte_serialize(draft.tag.as_bytes()).collect();
                format!("[{}]({base}{tag})", text::markdown(&draft.tag))
            }
            None => text::markdown(&draft.tag),
        })
        .collect();
    format!("This is part of {}.\n", list.join(", "))
}
