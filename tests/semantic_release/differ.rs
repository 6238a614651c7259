//! One history, asked on both sides, and what to do when they disagree: the smallest history that still does.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::build::build;
use crate::case::{Case, Names, Op};
use crate::differences::{Expected, expected, for_node, is_comparable, started};
use crate::node::Answer;

/// What `foundation-semantic-release` decides.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    pub kind: Option<String>,
    pub version: Option<String>,
    pub last: Option<String>,
    pub tag: Option<String>,
    pub channel: Option<String>,
    /// Why nothing is released, or why it is refused.
    pub reason: Option<String>,
    pub refused: bool,
    /// Anything that is no decision: a crash, a wrong exit code, no JSON.
    pub broken: Option<String>,
}

/// Who is asked about a repository: Node with a configuration, or us with the case it was made of.
pub type AskNode<'a> = dyn FnMut(&Path, &Value) -> Answer + 'a;
pub type AskUs<'a> = dyn FnMut(&Case, &Path) -> Decision + 'a;

/// Two answers that are not the same.
#[derive(Debug)]
pub struct Difference {
    pub case: Case,
    pub node: Answer,
    pub ours: Decision,
    /// In what they differ; the first one stays the same while shrinking.
    pub keys: Vec<&'static str>,
}

/// The real binary, with nothing of the machine in its environment.
pub fn ours(_case: &Case, repo: &Path) -> Decision {
    let output = Command::new(env!("CARGO_BIN_EXE_foundation-semantic-release"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["--dry-run", "--format", "json"])
        .arg(repo)
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .expect("our binary");
    let broken = |what: &str| Decision {
        broken: Some(format!(
            "{what} ({}): {}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout)
        )),
        ..Decision::default()
    };
    // A configuration that cannot be read is refused before there is anything to tell.
    if output.status.code() == Some(2) && output.stdout.is_empty() {
        return Decision {
            refused: true,
            reason: Some(String::from_utf8_lossy(&output.stderr).into_owned()),
            ..Decision::default()
        };
    }
    let Ok(json) = serde_json::from_slice::<Value>(&output.stdout) else {
        return broken("no JSON");
    };
    let outcome = json["outcome"].as_str().unwrap_or_default();
    let fits = match outcome {
        "release" | "nothing" => output.status.code() == Some(0),
        "refused" => output.status.code() == Some(2),
        _ => false,
    };
    if !fits {
        return broken("a wrong exit code");
    }
    let package = &json["packages"][0];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Decision {
        kind: text(&package["type"]),
        version: text(&package["next"]),
        last: text(&package["last"]),
        tag: text(&package["tag"]),
        channel: text(&package["channel"]),
        reason: text(&json["reason"]),
        refused: outcome == "refused",
        broken: None,
    }
}

/// Builds a case, asks both, and compares. An error means that the case cannot be built.
pub fn compare(
    case: &Case,
    ask_node: &mut AskNode<'_>,
    ask_us: &mut AskUs<'_>,
) -> Result<Option<Difference>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (asked, config) = for_node(case);
    let (theirs, mine) = (folder.path().join("node"), folder.path().join("ours"));
    let text = |error: Box<dyn std::error::Error>| error.to_string();
    let mut repo = build(&asked, &theirs).map_err(text)?;
    if !is_comparable(&asked, &repo).map_err(|error| error.to_string())? {
        return Ok(None);
    }
    let mut node = ask_node(&repo, &config);
    if let Some((asked, config)) = started(case, &node) {
        repo = build(&asked, &folder.path().join("started")).map_err(text)?;
        node = ask_node(&repo, &config);
    }
    let repo = git2::Repository::open(&repo).map_err(|error| error.to_string())?;
    let taken = |tag: &str| repo.find_reference(&format!("refs/tags/{tag}")).is_ok();
    let ours = ask_us(case, &build(case, &mine).map_err(text)?);
    let keys = differing(&expected(&node, &taken), &ours);
    Ok((!keys.is_empty()).then(|| Difference {
        case: case.clone(),
        node,
        ours,
        keys,
    }))
}

fn differing(expected: &Expected<'_>, ours: &Decision) -> Vec<&'static str> {
    if ours.broken.is_some() {
        return vec!["broken"];
    }
    let node = match expected {
        Expected::Any => return Vec::new(),
        Expected::Refused if ours.refused => return Vec::new(),
        Expected::Refused => return vec!["refused"],
        Expected::Same(node) => node,
    };
    if node.error.is_some() || ours.refused {
        return if node.error.is_some() == ours.refused {
            Vec::new()
        } else {
            vec!["refused"]
        };
    }
    let mut keys = Vec::new();
    let mut compared = |key, same: bool| {
        if !same {
            keys.push(key);
        }
    };
    compared("version", node.version == ours.version);
    if node.version.is_some() {
        compared("type", node.kind == ours.kind);
        compared("tag", node.tag == ours.tag);
        compared("channel", node.channel == ours.channel);
    } else if node.why.as_deref() != Some("no-relevant-changes") || node.add_to_channel.is_empty() {
        compared("why", node.why == ours.reason);
    }
    // Where the branch releases nothing at all, neither of us has looked for it.
    if node.why.as_deref().is_none_or(|why| why == "no-relevant-changes") {
        compared("last", node.last == ours.last);
    }
    keys
}

/// How often is asked while a difference is made small: half a minute for Node.
const QUESTIONS: usize = 250;

/// A difference that becomes smaller, as long as the same thing differs.
struct Shrinker<'a, 'b> {
    best: Difference,
    key: Option<&'static str>,
    questions: usize,
    ask_node: &'a mut AskNode<'b>,
    ask_us: &'a mut AskUs<'b>,
}

/// Asks again and again, each time about something smaller.
pub fn shrink<'b>(found: Difference, ask_node: &mut AskNode<'b>, ask_us: &mut AskUs<'b>) -> Difference {
    let mut shrinker = Shrinker {
        key: found.keys.first().copied(),
        best: found,
        questions: 0,
        ask_node,
        ask_us,
    };
    loop {
        let before = shrinker.best.case.clone();
        shrinker.operations();
        shrinker.configuration();
        for index in 0..shrinker.best.case.commits.len() {
            shrinker.operation(index);
        }
        if shrinker.best.case == before || shrinker.questions >= QUESTIONS {
            return shrinker.best;
        }
    }
}

impl Shrinker<'_, '_> {
    /// Takes the candidate if it still differs in the same way.
    fn attempt(&mut self, candidate: Option<Case>) -> bool {
        let Some(candidate) = candidate.filter(|one| *one != self.best.case) else {
            return false;
        };
        if self.questions >= QUESTIONS {
            return false;
        }
        match compare(&candidate, self.ask_node, self.ask_us) {
            Ok(found) => {
                self.questions += 1;
                match found.filter(|found| found.keys.first().copied() == self.key) {
                    Some(found) => self.best = found,
                    None => return false,
                }
                true
            }
            // It cannot be built, which costs no question.
            Err(_) => false,
        }
    }

    fn operations(&mut self) {
        let mut length = self.best.case.commits.len() / 2;
        while length > 0 {
            let mut from = 0;
            while from < self.best.case.commits.len() {
                let to = (from + length).min(self.best.case.commits.len());
                if !self.attempt(without(&self.best.case, from, to)) {
                    from += length;
                }
            }
            length /= 2;
        }
    }

    fn configuration(&mut self) {
        let case = Case {
            config: None,
            ..self.best.case.clone()
        };
        if self.best.case.config.is_none() || self.attempt(Some(case)) {
            return;
        }
        let mut at = 0;
        while let Some(case) = smaller_configurations(&self.best.case).into_iter().nth(at) {
            if !self.attempt(Some(case)) {
                at += 1;
            }
        }
    }

    /// One operation with another form of itself.
    fn changed(&mut self, index: usize, change: impl FnOnce(&mut Op)) -> bool {
        let mut case = self.best.case.clone();
        change(&mut case.commits[index]);
        self.attempt(Some(case))
    }

    fn operation(&mut self, index: usize) {
        self.changed(index, |op| op.annotated = false);
        self.changed(index, |op| op.date = None);
        if self.best.case.commits[index].kind() == "commit" {
            self.changed(index, |op| op.tag = Names::None);
        }
        if self.best.case.commits[index].message.is_none() {
            return;
        }
        for plain in ["docs: x", "feat: x", "fix: x"] {
            if self.best.case.commits[index].message.as_deref() == Some(plain)
                || self.changed(index, |op| op.message = Some(plain.to_owned()))
            {
                return;
            }
        }
        self.message(index, |text| {
            text.split_inclusive('\n').map(str::to_owned).collect()
        });
        self.message(index, |text| {
            text.split_inclusive(' ').map(str::to_owned).collect()
        });
        // Letter by letter only where few are left; in a placeholder that would only break it.
        self.message(index, |text| match text.chars().count() {
            0..=24 if !text.contains("{{") => text.chars().map(String::from).collect(),
            _ => Vec::new(),
        });
    }

    /// A message without each of its pieces.
    fn message(&mut self, index: usize, pieces: impl Fn(&str) -> Vec<String>) {
        let mut at = 0;
        loop {
            let mut parts = pieces(
                self.best.case.commits[index]
                    .message
                    .as_deref()
                    .unwrap_or_default(),
            );
            if at >= parts.len() || parts.len() < 2 {
                return;
            }
            parts.remove(at);
            if !self.changed(index, |op| op.message = Some(parts.concat())) {
                at += 1;
            }
        }
    }
}

/// The case without some operations; none where a message speaks of a commit that would be gone.
fn without(case: &Case, from: usize, to: usize) -> Option<Case> {
    let mut places = Vec::new();
    let mut next = 0;
    for (index, op) in case.commits.iter().enumerate() {
        if op.commits() {
            let gone = (from..to).contains(&index);
            places.push((!gone).then_some(next));
            next += usize::from(!gone);
        }
    }
    let mut smaller = case.clone();
    smaller.commits.drain(from..to);
    for op in &mut smaller.commits {
        if let Some(at) = op.at {
            op.at = Some((*places.get(at)?)?);
        }
        if let Some(message) = &op.message {
            op.message = Some(renumbered(message, &places)?);
        }
    }
    Some(smaller)
}

fn renumbered(message: &str, places: &[Option<usize>]) -> Option<String> {
    let pattern = regex::Regex::new(r"\{\{(hash|short):(\d+)\}\}").expect("a pattern");
    let mut whole = true;
    let text = pattern.replace_all(message, |found: &regex::Captures| {
        let old: usize = found[2].parse().unwrap_or(usize::MAX);
        match places.get(old).copied().flatten() {
            Some(new) => format!("{{{{{}:{new}}}}}", &found[1]),
            None => {
                whole = false;
                String::new()
            }
        }
    });
    let text = text.into_owned();
    whole.then_some(text)
}

fn smaller_configurations(case: &Case) -> Vec<Case> {
    let mut made = Vec::new();
    let mut with = |change: &dyn Fn(&mut Value)| {
        let mut one = case.clone();
        if let Some(config) = &mut one.config {
            change(config);
        }
        if one != *case {
            made.push(one);
        }
    };
    for key in ["tagFormat", "branches"] {
        with(&|config| {
            config.as_object_mut().and_then(|config| config.remove(key));
        });
    }
    with(&|config| {
        let options = config.pointer_mut("/plugins/0/1").and_then(Value::as_object_mut);
        options.and_then(|options| options.remove("releaseRules"));
    });
    let rules = case
        .config
        .as_ref()
        .and_then(|config| config.pointer("/plugins/0/1/releaseRules")?.as_array())
        .map_or(0, Vec::len);
    for index in 0..rules {
        with(&|config| {
            let rules = config
                .pointer_mut("/plugins/0/1/releaseRules")
                .and_then(Value::as_array_mut);
            rules.map(|rules| rules.remove(index));
        });
    }
    made
}

impl std::fmt::Display for Difference {
    /// A case that can be added to the recorded ones, and both answers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut case = self.case.clone();
        let Answer {
            kind,
            version,
            last,
            error,
            ..
        } = &self.node;
        case.expected = match error {
            Some(code) => serde_json::json!({ "error": code }),
            None => serde_json::json!({ "type": kind, "version": version, "last": last }),
        };
        let text = serde_json::to_string_pretty(&case).map_err(|_| std::fmt::Error)?;
        let Self { keys, node, ours, .. } = self;
        write!(
            f,
            "they differ in {}:\n{text}\nNode: {node:?}\nours: {ours:?}",
            keys.join(", ")
        )
    }
}
