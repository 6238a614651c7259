//! What `matrix-fixtures/` holds: candidates that must pass, and broken variants that must fail for the reason named.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::kit::outcome::{Failure, Result};
use crate::kit::report::Severity;
use crate::maintainer::act::walk;
use crate::maintainer::matrix::releases::{self, Releases, Step};

/// The repositories of the acceptance matrix. A folder that got lost must not look like a pass.
const CANDIDATES: &[&str] = &[
    "seaspots-homepage",
    "olsicrypto",
    "document-engine",
    "api",
    "token-service",
    "olsitrack2",
];

/// The folder of the broken variants.
const BROKEN: &str = "broken";
/// The folder of what has to be released, by candidate, and of other shapes of candidates.
const RELEASES: &str = "releases";
/// What has to be released by a candidate without one of its own.
const DEFAULT: &str = "default";

/// One cell's repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The candidate.
    pub candidate: String,
    /// The broken variant, if it is one.
    pub variant: Option<Variant>,
    /// Another shape of the candidate that has to release as well: its name, and the files laid over the candidate.
    pub shape: Option<(String, PathBuf)>,
    /// What has to be released, unless it is broken.
    pub releases: Option<Releases>,
    /// Its folder.
    pub folder: PathBuf,
}

/// How a candidate is broken, and what has to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// The files laid over the candidate.
    pub overlay: PathBuf,
    /// Their paths.
    pub files: Vec<String>,
    /// What has to be found.
    pub expected: Expected,
}

impl Variant {
    /// The files, as people list them.
    #[must_use]
    pub fn files(&self) -> String {
        self.files.join(" or ")
    }
}

/// `expected.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The candidate it is a variant of.
    pub base: String,
    /// The workflow that has to fail.
    pub workflow: String,
    /// The exit code of our binary.
    pub exit: u8,
    /// All findings there are.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What the `error:` lines have to name, beside or in place of a file of the overlay.
    #[serde(default)]
    pub names: Vec<String>,
    /// What happens in the repository before the workflow runs.
    #[serde(default, rename = "do")]
    pub steps: Vec<Step>,
    /// Why, for people.
    #[serde(default)]
    pub note: String,
}

/// A finding, as far as it is told apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
    /// How bad it is.
    pub severity: Severity,
    /// The program that says so.
    pub tool: String,
    /// Its rule, where it names one.
    pub rule: Option<String>,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} {}", self.path, self.line, self.tool)?;
        self.rule.as_ref().map_or(Ok(()), |rule| write!(f, "/{rule}"))
    }
}

impl Case {
    /// How the case is called: `candidate`, or `candidate + variant`.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.variant, &self.shape) {
            (Some(variant), _) => format!("{} + {}", self.candidate, variant.name),
            (None, Some((shape, _))) => shape.clone(),
            (None, None) => self.candidate.clone(),
        }
    }

    /// The folders whose files are laid over the candidate.
    #[must_use]
    pub fn overlays(&self) -> Vec<PathBuf> {
        let variant = self.variant.iter().map(|variant| &variant.overlay);
        let shape = self.shape.iter().map(|(_, overlay)| overlay);
        variant
            .chain(shape)
            .filter(|folder| folder.is_dir())
            .cloned()
            .collect()
    }

    /// The one workflow it is about, or none if it is about all.
    #[must_use]
    pub fn workflow(&self) -> Option<&str> {
        match (&self.variant, &self.shape) {
            (Some(variant), _) => Some(&variant.expected.workflow),
            (None, Some(_)) => Some(releases::WORKFLOW),
            (None, None) => None,
        }
    }
}

/// Reads all cases, or those whose candidate or variant is named.
///
/// # Errors
/// Configuration, when a candidate is missing, an `expected.json` is wrong, or nothing has a name that was given.
pub fn read(fixtures: &Path, only: &[String]) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for candidate in CANDIDATES {
        let folder = fixtures.join(candidate);
        if !folder.is_dir() {
            return Err(Failure::config(format!(
                "the candidate {} is gone",
                folder.display()
            )));
        }
        let own = fixtures.join(RELEASES).join(candidate).join("states.json");
        let states = if own.is_file() {
            own
        } else {
            fixtures.join(RELEASES).join(DEFAULT).join("states.json")
        };
        cases.push(Case {
            candidate: (*candidate).to_owned(),
            variant: None,
            shape: None,
            releases: Some(releases::read(&states)?),
            folder,
        });
    }
    let mut shapes = folders(&fixtures.join(RELEASES))?;
    shapes.retain(|name| name != DEFAULT && !CANDIDATES.contains(&name.as_str()));
    shapes.sort();
    for name in shapes {
        cases.push(shape(fixtures, name)?);
    }
    let mut names = folders(&fixtures.join(BROKEN))?;
    names.sort();
    for name in names {
        cases.push(broken(fixtures, name)?);
    }
    for wanted in only {
        if !cases.iter().any(|case| is_named(case, wanted)) {
            let known: Vec<String> = cases.iter().map(Case::name).collect();
            return Err(Failure::config(format!("no case is called {wanted}"))
                .hint(format!("there are: {}", known.join(", "))));
        }
    }
    cases.retain(|case| only.is_empty() || only.iter().any(|wanted| is_named(case, wanted)));
    Ok(cases)
}

fn is_named(case: &Case, name: &str) -> bool {
    case.name() == name || case.variant.as_ref().is_some_and(|variant| variant.name == name)
}

/// Another shape of a candidate.
fn shape(fixtures: &Path, name: String) -> Result<Case> {
    let folder = fixtures.join(RELEASES).join(&name);
    let file = folder.join("states.json");
    let releases = releases::read(&file)?;
    let base = releases
        .base
        .clone()
        .filter(|base| CANDIDATES.contains(&base.as_str()))
        .ok_or_else(|| Failure::config(format!("{} names no candidate as its base", file.display())))?;
    Ok(Case {
        folder: fixtures.join(&base),
        candidate: base,
        variant: None,
        shape: Some((name, folder.join("overlay"))),
        releases: Some(releases),
    })
}

fn broken(fixtures: &Path, name: String) -> Result<Case> {
    let file = fixtures.join(BROKEN).join(&name).join("expected.json");
    let wrong = |error: String| Failure::config(format!("{} is wrong: {error}", file.display()));
    let text = std::fs::read(&file).map_err(|error| wrong(error.to_string()))?;
    let expected: Expected = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    if expected.exit == 0 || (expected.exit == 1 && expected.findings.is_empty()) {
        return Err(wrong("a broken variant has to fail, and to say why".to_owned()));
    }
    let folder = fixtures.join(&expected.base);
    if !CANDIDATES.contains(&expected.base.as_str()) {
        return Err(wrong(format!("there is no candidate {}", expected.base)));
    }
    let overlay = fixtures.join(BROKEN).join(&name).join("overlay");
    let mut files = Vec::new();
    if overlay.is_dir() || expected.names.is_empty() {
        walk(&overlay, Path::new(""), &mut files)
            .map_err(|error| Failure::config(format!("cannot read {}", overlay.display())).because(error))?;
    }
    Ok(Case {
        shape: None,
        releases: None,
        candidate: expected.base.clone(),
        variant: Some(Variant {
            overlay,
            files: files.iter().map(|file| file.display().to_string()).collect(),
            name,
            expected,
        }),
        folder,
    })
}

fn folders(folder: &Path) -> Result<Vec<String>> {
    let unreadable = |error| Failure::config(format!("cannot read {}", folder.display())).because(error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        names.push(
            entry
                .map_err(unreadable)?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    Ok(names)
}
