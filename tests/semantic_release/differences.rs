//! Where we differ from Node on purpose. `docs/semantic-release.md` lists the same, for people: a change here is a change there.
//!
//! Most differences are turned into a question that Node does answer as we do, so that they stay compared.

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
    prereleases_with_notes(&mut asked);
    (asked, config)
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
        let named = match op.kind() {
            "tag" => op.name.clone().into_iter().collect(),
            "commit" | "merge" => op.tag.all().to_vec(),
            _ => Vec::new(),
        };
        let missing: Vec<String> = named
            .into_iter()
            .filter(|tag| own(tag) && !noted.contains(tag))
            .collect();
        // A note on an annotated tag would be one on the tag's object, where Node does not look.
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

/// "init releases 1.0.0": where Node sees nothing in a repository never released, it is asked again, with a fix in that place.
pub fn started(case: &Case, node: &Answer) -> Option<(Case, Value)> {
    let first = case.commits.first()?;
    let (header, rest) = match first.message.as_deref()?.split_once('\n') {
        Some((header, rest)) => (header, format!("\n{rest}")),
        None => (first.message.as_deref()?, String::new()),
    };
    let header = header.trim().to_lowercase();
    let starts = header == "init" || header.starts_with("init:") || header == "initial commit";
    if !starts || node.last.is_some() || node.why.as_deref() != Some("no-relevant-changes") {
        return None;
    }
    let (mut case, mut config) = (case.clone(), for_node(case).1);
    // Whatever rules the project has, this is none of them; the last one that fits decides where the others release nothing.
    if let Some(options) = config.pointer_mut("/plugins/0/1") {
        let mut rules = options["releaseRules"].as_array().cloned().unwrap_or_default();
        rules.push(json!({ "type": "fix", "scope": "start", "release": "patch" }));
        options["releaseRules"] = rules.into();
    }
    case.config = None;
    prereleases_with_notes(&mut case);
    case.commits[0].message = Some(format!("fix(start): start{rest}"));
    Some((case, config))
}
