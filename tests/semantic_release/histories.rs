//! Random histories in the format of the recorded cases: a seed makes the same one everywhere.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::build::BEGIN;
use crate::case::{Case, Names, Op};
use crate::generate::Dice;
use crate::messages::{Earlier, message};

/// Branches of semantic-release's default list, and two that are not in it.
const BRANCHES: &[&str] = &[
    "next",
    "next",
    "next-major",
    "beta",
    "beta",
    "alpha",
    "1.x",
    "1.0.x",
    "2.x",
    "1.x.x",
    "main",
    "master",
    "feature",
    "develop",
];

/// What the generator knows of the repository so far.
struct World<'a> {
    dice: &'a mut Dice,
    ops: Vec<Op>,
    /// Where each branch stands; the current one too.
    branches: BTreeMap<String, Option<usize>>,
    current: String,
    parents: Vec<Vec<usize>>,
    headers: Vec<String>,
    tags: BTreeSet<String>,
    versions: Vec<[u64; 3]>,
    pushed: bool,
}

/// The history of a seed.
pub fn history(seed: u64) -> Case {
    let mut dice = Dice(seed);
    let start = if dice.below(8) == 0 { "main" } else { "master" };
    let mut world = World {
        dice: &mut dice,
        ops: Vec::new(),
        branches: BTreeMap::from([(start.to_owned(), None)]),
        current: start.to_owned(),
        parents: Vec::new(),
        headers: Vec::new(),
        tags: BTreeSet::new(),
        versions: Vec::new(),
        pushed: false,
    };
    world.commit(Op::default());
    for _ in 0..world.dice.below(14) {
        world.step();
    }
    let (ops, branch) = world.finish();
    let config = (dice.below(6) == 0).then(|| configuration(&mut dice));
    Case {
        name: format!("random-{seed}"),
        branch,
        start: (start != "master").then(|| start.to_owned()),
        commits: ops,
        config,
        ..Case::default()
    }
}

impl World<'_> {
    fn head(&self) -> Option<usize> {
        self.branches.get(&self.current).copied().flatten()
    }

    fn ancestors(&self, of: usize) -> BTreeSet<usize> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![of]);
        while let Some(one) = open.pop() {
            if seen.insert(one) {
                open.extend(&self.parents[one]);
            }
        }
        seen
    }

    fn others(&self) -> Vec<String> {
        let standing = self.branches.iter().filter(|(_, head)| head.is_some());
        standing
            .map(|(name, _)| name.clone())
            .filter(|name| *name != self.current)
            .collect()
    }

    fn step(&mut self) {
        match self.dice.below(100) {
            0..50 => self.commit(Op::default()),
            50..60 => self.branch(),
            60..68 => self.checkout(),
            68..78 => self.merge(),
            78..93 => self.tag(),
            93 => self.untag(),
            94 => self.note(),
            95 if !self.pushed => {
                self.pushed = true;
                self.ops.push(op("push"));
            }
            96 => self.reset(),
            97 => self.ops.push(op("gc")),
            98 => self.orphan(),
            _ => self.commit(Op::default()),
        }
    }

    fn commit(&mut self, mut commit: Op) {
        let head = self.head();
        let reachable = head.map(|head| self.ancestors(head)).unwrap_or_default();
        // Mostly commits of this branch: a revert of another branch's commit must cancel nothing.
        let anywhere = self.dice.below(8) == 0;
        let known = |index: &usize| anywhere || reachable.contains(index);
        let earlier: Vec<Earlier> = (0..self.headers.len())
            .filter(known)
            .map(|index| Earlier {
                index,
                header: self.headers[index].clone(),
            })
            .collect();
        let index = self.parents.len();
        let text = if commit.kind() == "merge" && self.dice.below(2) == 0 {
            format!("Merge branch '{}'", commit.from.all().join("' and '"))
        } else if index == 0 && self.dice.below(3) == 0 {
            self.dice
                .pick(&[
                    "Initial commit",
                    "init",
                    "init: the start",
                    "feat: start",
                    "chore: start",
                    "docs: start",
                ])
                .to_owned()
        } else {
            message(self.dice, &earlier)
        };
        if self.dice.below(25) == 0 {
            let minutes =
                i64::try_from(index).unwrap_or(0) + i64::try_from(self.dice.below(21)).unwrap_or(0) - 10;
            commit.date = Some(BEGIN + 60 * minutes);
        }
        self.headers.push(header(&text));
        commit.message = Some(text);
        let mut parents: Vec<usize> = head.into_iter().collect();
        for from in commit.from.all() {
            parents.extend(self.branches.get(from).copied().flatten());
        }
        self.parents.push(parents);
        self.branches.insert(self.current.clone(), Some(index));
        self.ops.push(commit);
        if self.dice.below(7) == 0 {
            self.tag();
        }
    }

    fn branch(&mut self) {
        let name = self.dice.pick(BRANCHES).to_owned();
        if self.branches.contains_key(&name) || self.head().is_none() {
            return self.checkout();
        }
        self.branches.insert(name.clone(), self.head());
        self.current.clone_from(&name);
        self.ops.push(Op {
            name: Some(name),
            ..op("branch")
        });
    }

    fn orphan(&mut self) {
        if self.branches.contains_key("foreign") {
            return;
        }
        self.ops.push(Op {
            name: Some("foreign".to_owned()),
            orphan: true,
            ..op("branch")
        });
        "foreign".clone_into(&mut self.current);
        self.branches.insert("foreign".to_owned(), None);
        self.commit(Op::default());
    }

    fn checkout(&mut self) {
        let others = self.others();
        if others.is_empty() {
            return;
        }
        self.current.clone_from(&others[self.dice.below(others.len())]);
        self.ops.push(Op {
            name: Some(self.current.clone()),
            ..op("checkout")
        });
    }

    fn merge(&mut self) {
        let others = self.others();
        let (false, Some(head)) = (others.is_empty(), self.head()) else {
            return self.branch();
        };
        let from = others[self.dice.below(others.len())].clone();
        let Some(there) = self.branches.get(&from).copied().flatten() else {
            return;
        };
        if self.ancestors(head).contains(&there) {
            return self.checkout();
        }
        let merge = Op {
            from: Names::One(from),
            ..op("merge")
        };
        if self.ancestors(there).contains(&head) && self.dice.below(2) == 0 {
            self.branches.insert(self.current.clone(), Some(there));
            self.ops.push(Op { ff: true, ..merge });
        } else {
            self.commit(merge);
        }
    }

    fn reset(&mut self) {
        let Some(head) = self.head() else { return };
        let before: Vec<usize> = self.ancestors(head).into_iter().collect();
        let at = before[self.dice.below(before.len())];
        // Without a push before it, the commits were never anywhere: as good as not made.
        if !self.pushed {
            self.pushed = true;
            self.ops.push(op("push"));
        }
        self.branches.insert(self.current.clone(), Some(at));
        self.ops.push(Op {
            at: Some(at),
            ..op("reset")
        });
    }

    /// A version that may come next on this branch, or any other.
    fn version(&mut self) -> [u64; 3] {
        let number = |dice: &mut Dice, end| dice.below(end) as u64;
        let base = match self.versions.len() {
            0 => [number(self.dice, 3), number(self.dice, 3), number(self.dice, 3)],
            count => self.versions[self.dice.below(count)],
        };
        let [major, minor, patch] = base;
        let next = match self.dice.below(8) {
            0 => [major + 1, 0, 0],
            1..4 => [major, minor + 1, 0],
            4..7 => [major, minor, patch + 1],
            _ => [number(self.dice, 4), number(self.dice, 4), number(self.dice, 4)],
        };
        self.versions.push(next);
        next
    }

    fn tag(&mut self) {
        if self.head().is_none() {
            return;
        }
        let [major, minor, patch] = self.version();
        let version = format!("{major}.{minor}.{patch}");
        let number = self.dice.below(3) + 1;
        let own = ["beta", "alpha"].into_iter().find(|name| *name == self.current);
        let name = match (own, self.dice.below(24)) {
            (Some(own), 0..16) => format!("v{version}-{own}.{number}"),
            (None, 0..14) => format!("v{version}"),
            (_, 14) => version,
            (_, 15) => format!("v{version}-beta.{number}"),
            (_, 16) => format!("v{version}-rc.{number}"),
            (_, 17) => format!("v{version}+build.{number}"),
            (_, 18) => format!("release-{version}"),
            (_, 19) => format!("pkg@{version}"),
            (_, 20) => format!("vv{version}"),
            (_, 21) => format!("v{major}.{minor}"),
            (_, 22) => self
                .dice
                .pick(&[
                    "v01.2.3",
                    "V1.2.3",
                    "v1.2.3.4",
                    "vlatest",
                    "v1.2.3-",
                    "v1.2.3-0",
                    "v1.2.3-01",
                    "v9007199254740992.0.0",
                ])
                .to_owned(),
            _ => format!("v{version}"),
        };
        if !self.tags.insert(name.clone()) {
            return;
        }
        let annotated = self.dice.below(5) == 0;
        let elsewhere = self.dice.below(12) == 0;
        let at = elsewhere.then(|| self.dice.below(self.parents.len()));
        self.ops.push(Op {
            name: Some(name.clone()),
            annotated,
            at,
            ..op("tag")
        });
        // As semantic-release leaves its own prereleases; next's releases too, now and then.
        let noted = match own {
            Some(own) if name.contains(own) => Some(own.to_owned()),
            _ if self.current.starts_with("next") && self.dice.below(2) == 0 => Some(self.current.clone()),
            _ => None,
        };
        if let Some(channel) = noted.filter(|_| !annotated) {
            self.ops.push(Op {
                tag: Names::One(name),
                channels: Some(vec![Some(channel)]),
                ..op("note")
            });
        }
    }

    fn untag(&mut self) {
        let noted: BTreeSet<&str> = self
            .ops
            .iter()
            .filter(|op| op.kind() == "note")
            .flat_map(|op| op.tag.all())
            .map(String::as_str)
            .collect();
        let free: Vec<String> = self
            .tags
            .iter()
            .filter(|tag| !noted.contains(tag.as_str()))
            .cloned()
            .collect();
        if free.is_empty() {
            return;
        }
        let name = free[self.dice.below(free.len())].clone();
        self.tags.remove(&name);
        self.ops.push(Op {
            name: Some(name),
            ..op("untag")
        });
    }

    fn note(&mut self) {
        let names: Vec<String> = self.tags.iter().cloned().collect();
        if names.is_empty() {
            return;
        }
        let tag = Names::One(names[self.dice.below(names.len())].clone());
        let channels = match self.dice.below(6) {
            0 => vec![None],
            1 => vec![Some("next".to_owned())],
            2 => vec![Some("next".to_owned()), None],
            3 => vec![Some("1.x".to_owned()), None],
            4 => vec![Some("beta".to_owned())],
            _ => vec![],
        };
        self.ops.push(Op {
            tag,
            channels: Some(channels),
            ..op("note")
        });
    }

    /// The operations, and the branch that is released: mostly a likely one.
    fn finish(self) -> (Vec<Op>, String) {
        let Self {
            dice,
            mut ops,
            branches,
            current,
            ..
        } = self;
        let standing: Vec<String> = branches
            .into_iter()
            .filter(|(_, head)| head.is_some())
            .map(|(name, _)| name)
            .collect();
        // Mostly a branch that may release at all.
        let released = |name: &String| !["feature", "develop", "foreign", "1.x.x"].contains(&name.as_str());
        let likely: Vec<String> = standing.iter().filter(|name| released(name)).cloned().collect();
        if !released(&current) && !likely.is_empty() && dice.below(5) > 0 {
            let branch = likely[dice.below(likely.len())].clone();
            return (ops, branch);
        }
        let branch = if dice.below(3) == 0 || !standing.contains(&current) {
            standing[dice.below(standing.len())].clone()
        } else {
            current
        };
        // Otherwise a push too early would leave most branches out.
        if dice.below(2) == 0 {
            ops.retain(|op| op.kind() != "push");
        }
        (ops, branch)
    }
}

fn op(kind: &str) -> Op {
    Op {
        op: Some(kind.to_owned()),
        ..Op::default()
    }
}

/// What a revert of this message would quote; git shows the first paragraph in one line.
fn header(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().to_owned()
}

/// A configuration: all of it is given to both programs.
fn configuration(dice: &mut Dice) -> Value {
    let mut analyzer = json!({ "preset": dice.pick(&["conventionalcommits", "conventionalcommits", "conventionalcommits", "angular"]) });
    if dice.below(2) == 0 {
        let rules: Vec<Value> = (0..=dice.below(4)).map(|_| rule(dice)).collect();
        analyzer["releaseRules"] = rules.into();
    }
    let preset = analyzer["preset"].clone();
    let mut config = json!({ "plugins": [
        ["@semantic-release/commit-analyzer", analyzer],
        ["@semantic-release/release-notes-generator", { "preset": preset }],
    ] });
    if dice.below(3) == 0 {
        let formats = [
            "${version}",
            "release-${version}",
            "pkg@${version}",
            "v${version}-lts",
            "v${version}",
            "${version}+x",
            "no",
        ];
        config["tagFormat"] = dice.pick(&formats).into();
    }
    if dice.below(3) == 0 {
        config["branches"] = branches(dice);
    }
    config
}

fn rule(dice: &mut Dice) -> Value {
    let mut rule = json!({});
    if dice.below(8) > 0 {
        rule["type"] = dice
            .pick(&[
                "feat",
                "fix",
                "docs",
                "chore",
                "*",
                "!feat",
                "{feat,fix}",
                "FEAT",
                "f*",
                "revert",
            ])
            .into();
    }
    if dice.below(3) == 0 {
        rule["scope"] = dice
            .pick(&["api", "*", "!api", "{api,web}", "a*", "**", "no-release"])
            .into();
    }
    if dice.below(6) == 0 {
        rule["breaking"] = (dice.below(4) > 0).into();
    }
    if dice.below(10) == 0 {
        rule["revert"] = true.into();
    }
    if dice.below(12) == 0 {
        rule["subject"] = dice.pick(&["*", "add*", "one"]).into();
    }
    rule["release"] = match dice.below(6) {
        0 => "major".into(),
        1 => "minor".into(),
        2 | 3 => "patch".into(),
        4 => false.into(),
        _ => Value::Null,
    };
    rule
}

fn branches(dice: &mut Dice) -> Value {
    match dice.below(9) {
        0 => json!(["master"]),
        1 => json!(["main", "master", "next"]),
        2 => json!("master"),
        3 => json!(["master", { "name": "beta", "prerelease": true }]),
        4 => json!(["master", { "name": "next", "channel": "canary" }]),
        5 => json!(["master", { "name": "1.x", "range": "1.x", "channel": "legacy" }]),
        6 => json!(["+([0-9])?(.{+([0-9]),x}).x", "master", "main", "develop"]),
        7 => json!(["m*", "next?(-major)", { "name": "alpha", "prerelease": true }]),
        _ => json!(["master", { "name": "feature", "prerelease": "${name.replace(/[^a-z]/g, '')}" }]),
    }
}
