//! The format of a case: `tests/cases/semantic-release/README.md` says what each field means.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A small repository, a configuration, and what must come out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Case {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The branch that is released.
    pub branch: String,
    /// The first branch; `master` where it is not named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The run is made in a clone of this depth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shallow: Option<u32>,
    /// Monorepo cases: the folders of the packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packages: Option<Vec<String>>,
    pub commits: Vec<Op>,
    /// The complete releaserc.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    /// What must come out; a key that is missing is not compared.
    pub expected: Value,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
    /// The file with the notes, or one for each package.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub notes: Value,
    /// What Node answered, where that is not what is expected.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub node: Value,
    /// Why we differ on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differs: Option<String>,
    /// Monorepo cases: the hash of the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
}

/// One step of making the repository.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Op {
    /// `commit` where it is not named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_base64: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Option<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rename: BTreeMap<String, String>,
    /// Tags of a commit, or the tag of a note.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub tag: Names,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub annotated: bool,
    /// In seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub orphan: bool,
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub from: Names,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ff: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rev: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Option<String>>>,
}

impl Op {
    /// Whether it makes a commit, and so has an index.
    #[allow(dead_code, reason = "each test uses its part of this file")]
    pub fn commits(&self) -> bool {
        matches!((self.kind(), self.ff), ("commit", _) | ("merge", false))
    }

    /// What it does.
    pub fn kind(&self) -> &str {
        self.op.as_deref().unwrap_or("commit")
    }
}

/// A name, a list of names, or none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Names {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl Names {
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    pub fn all(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl From<&str> for Names {
    fn from(name: &str) -> Self {
        Self::One(name.to_owned())
    }
}

#[allow(dead_code, reason = "each test uses its part of this file")]
/// Where the recorded cases are.
pub const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/semantic-release");

#[allow(dead_code, reason = "each test uses its part of this file")]
/// The recorded cases of a file: `cases.json` (one package) or `monorepo.json`.
pub fn recorded(file: &str) -> Vec<Case> {
    let path = format!("{CASES}/{file}");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}
