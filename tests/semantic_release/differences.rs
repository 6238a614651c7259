//! Where we differ from Node on purpose. `docs/semantic-release.md` lists the same, for people: a change here is a change there.
//!
//! Most differences are turned into a question that Node does answer as we do, so that they stay compared.

use std::collections::HashMap;
use std::path::Path;

use foundation::semantic_release::analyze;
use git2::{ObjectType, Oid, Repository};
use serde_json::{Value, json};

use crate::case::{Case, Names, Op};
use crate::node::Answer;

/// The branches that release prereleases in what `histories` makes: name, channel and identifier are one word.
const PRERELEASES: &[&str] = &["beta", "alpha", "feature"];

/// The case that Node is asked about, with the configuration that means to it what the case's own means to us.
pub fn for_node(case: &Case) -> (Case, Value) {
    let mut config = case.config.clone().unwrap_or_else(|| {
        // "The platform: breaking is always major", also beside its rule for chore.
        json!({ "plugins": [
            ["@semantic-release/commit-analyzer", {
                "preset": "conventionalcommits",
                "releaseRules": [{ "type": "chore", "release": "patch" }, { "breaking": true, "release": "major" }],
            }],
            ["@semantic-release/release-notes-generator", { "preset": "conventionalcommits" }],
        ] })
    });
    // "A line -x- has no meaning": Node's parser can be told so.
    for plugin in config["plugins"].as_array_mut().into_iter().flatten() {
        if let Some(options) = plugin.get_mut(1)
            && options["parserOpts"].get("fieldPattern").is_none()
        {
            options["parserOpts"]["fieldPattern"] = Value::Null;
        }
    }
    let mut asked = case.clone();
    asked.config = None;
    without_notes_on_tag_objects(&mut asked);
    prereleases_with_notes(&mut asked);
    (asked, config)
}

/// The tags that an operation makes.
fn tags(op: &Op) -> Vec<String> {
    match op.kind() {
        "tag" => op.name.clone().into_iter().collect(),
        "commit" | "merge" => op.tag.all().to_vec(),
        _ => Vec::new(),
    }
}

/// A note on an annotated tag is one on the tag's object, where neither of us looks: Node is asked without it.
fn without_notes_on_tag_objects(case: &mut Case) {
    let annotated: Vec<String> = case
        .commits
        .iter()
        .filter(|op| op.annotated)
        .flat_map(tags)
        .collect();
    case.commits
        .retain(|op| op.kind() != "note" || !op.tag.all().iter().any(|tag| annotated.contains(tag)));
}

/// "A reachable prerelease tag of this branch counts without its git note": for Node, each gets the note.
fn prereleases_with_notes(case: &mut Case) {
    let Some(id) = PRERELEASES.iter().find(|name| **name == case.branch) else {
        return;
    };
    let own = |tag: &str| tag.contains(&format!("-{id}."));
    let noted: Vec<String> = case
        .commits
        .iter()
        .filter(|op| op.kind() == "note")
        .flat_map(|op| op.tag.all().to_vec())
        .collect();
    let mut ops = Vec::new();
    for mut op in std::mem::take(&mut case.commits) {
        let missing: Vec<String> = tags(&op)
            .into_iter()
            .filter(|tag| own(tag) && !noted.contains(tag))
            .collect();
        // On the commit, where Node looks.
        op.annotated &= missing.is_empty();
        ops.push(op);
        ops.extend(missing.into_iter().map(|tag| Op {
            op: Some("note".to_owned()),
            tag: Names::One(tag),
            channels: Some(vec![Some((*id).to_owned())]),
            ..Op::default()
        }));
    }
    case.commits = ops;
}

/// What we expect instead of Node's answer.
pub enum Expected<'a> {
    /// Exactly this.
    Same(&'a Answer),
    /// A refusal; Node would fail later, when it is too late for a dry run to say so.
    Refused,
    /// Node crashed: any decision will do, as long as there is one.
    Any,
}

/// Our answer, by Node's. `taken` says whether a tag is there already, on whatever commit.
pub fn expected<'a>(node: &'a Answer, taken: &dyn Fn(&str) -> bool) -> Expected<'a> {
    if node.crashed() {
        return Expected::Any;
    }
    // "A tag that exists elsewhere": Node's dry run does not look, and its real run fails on it.
    if node.tag.as_deref().is_some_and(taken) {
        return Expected::Refused;
    }
    Expected::Same(node)
}

/// "init releases 1.0.0": where Node sees nothing in a repository never released, it is asked again, with a fix in that place and
/// nothing else that could count, whatever rules the project has: this is none of them.
pub fn started(case: &Case, node: &Answer) -> Option<(Case, Value)> {
    let first = case.commits.first()?;
    if !is_start(first) || node.last.is_some() || node.why.as_deref() != Some("no-relevant-changes") {
        return None;
    }
    let mut case = case.clone();
    let kept = case.config.take();
    for (index, op) in case.commits.iter_mut().enumerate() {
        if let Some(message) = &mut op.message {
            *message = if index == 0 { "fix: start" } else { "docs: nothing" }.to_owned();
        }
    }
    let (case, mut config) = for_node(&case);
    for (key, value) in kept.as_ref().and_then(Value::as_object).into_iter().flatten() {
        if key != "plugins" {
            config[key] = value.clone();
        }
    }
    Some((case, config))
}

/// The rule is ours alone, so there is no other one to hold it to; its own tests are in `analyze`.
fn is_start(op: &Op) -> bool {
    let starts = |message: &str| analyze::is_start(message) && !analyze::has_skip_mark(message);
    op.message.as_deref().is_some_and(starts)
}

/// Whether Node can be asked at all: where it cannot, a history is left out.
pub fn is_comparable(case: &Case, repo: &Path) -> Result<bool, git2::Error> {
    Ok(!starts_twice(case) && !shares_a_note(case, &Repository::open(repo)?)?)
}

/// A history with several beginnings, where one that is not the first says that it is the start: the case does not tell which of them
/// the branch comes from.
fn starts_twice(case: &Case) -> bool {
    case.commits.iter().any(|op| op.orphan) && case.commits.iter().skip(1).any(is_start)
}

/// "Two version tags on one commit, one of them with its git note": for Node the channels of either are those of both.
fn shares_a_note(case: &Case, repo: &Repository) -> Result<bool, git2::Error> {
    let mut channels: HashMap<Oid, Vec<Option<String>>> = HashMap::new();
    for tag in repo.tag_names(None)?.iter().flatten().flatten() {
        let commit = repo
            .find_reference(&format!("refs/tags/{tag}"))?
            .peel(ObjectType::Any)?;
        let mut notes = case.commits.iter().rev().filter(|op| op.kind() == "note");
        let own = notes
            .find(|op| op.tag.all().iter().any(|noted| noted == tag))
            .and_then(|op| op.channels.clone())
            .unwrap_or_else(|| vec![None]);
        if *channels.entry(commit.id()).or_insert_with(|| own.clone()) != own {
            return Ok(true);
        }
    }
    Ok(false)
}
