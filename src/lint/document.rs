//! The JSON document, schema 1. Its shape is a promise: `tests/lint` holds it to a snapshot.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::kit::report::Severity;
use crate::kit::text;
use crate::lint::findings::{Finding, NotChecked, Tool};

/// The output `report` is kept below this many bytes: it is one line, and Forgejo's runner fails the job on one of 64 KiB.
const OUTPUT_LIMIT: usize = 48_000;

/// Everything a run found out.
#[derive(Debug, Clone, Default)]
pub struct Linted {
    /// What was found, sorted.
    pub findings: Vec<Finding>,
    /// How many files each linter looked at.
    pub checked: BTreeMap<Tool, usize>,
    /// What was not looked at, sorted.
    pub not_checked: Vec<NotChecked>,
    /// Why the run is not to be trusted, one line each; empty in a run that did what it was asked to.
    pub failures: Vec<String>,
}

#[derive(Serialize)]
struct Named {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
}

impl Named {
    fn of(path: &Path) -> Self {
        let (text, escaped) = text::path_utf8(path);
        Self {
            path: text,
            path_bytes: escaped.then(|| STANDARD.encode(path.as_os_str().as_bytes())),
        }
    }
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    tool: &'static str,
    #[serde(flatten)]
    path: Named,
    line: Option<u32>,
    column: Option<u32>,
    rule: Option<&'a str>,
    severity: Severity,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonNotChecked<'a> {
    #[serde(flatten)]
    path: Named,
    why: &'a str,
}

/// The document as it is written.
#[derive(Serialize)]
pub struct Document<'a> {
    schema: u32,
    findings: Vec<JsonFinding<'a>>,
    checked: BTreeMap<&'static str, usize>,
    not_checked: Vec<JsonNotChecked<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    omitted: Option<usize>,
}

impl Linted {
    /// How many files were looked at.
    #[must_use]
    pub fn total(&self) -> usize {
        self.checked.values().sum()
    }

    /// The whole document.
    #[must_use]
    pub fn document(&self) -> Document<'_> {
        self.cut(usize::MAX)
    }

    /// The document with at most so many bytes of findings and of unchecked files, and how many entries were left out.
    fn cut(&self, limit: usize) -> Document<'_> {
        let mut room = limit;
        let mut fits = |length: usize| {
            // Keys, quotes and escapes take at most this much beside the texts themselves.
            let kept = room >= length;
            room = if kept { room - length } else { 0 };
            kept
        };
        let findings: Vec<JsonFinding<'_>> = self
            .findings
            .iter()
            .take_while(|finding| fits(finding.path.as_os_str().len() * 3 + finding.message.len() * 2 + 200))
            .map(|finding| JsonFinding {
                tool: finding.tool.name(),
                path: Named::of(&finding.path),
                line: finding.line,
                column: finding.column,
                rule: finding.rule.as_deref(),
                severity: finding.severity,
                message: &finding.message,
            })
            .collect();
        let not_checked: Vec<JsonNotChecked<'_>> = self
            .not_checked
            .iter()
            .take_while(|file| fits(file.path.as_os_str().len() * 3 + file.why.len() * 2 + 60))
            .map(|file| JsonNotChecked {
                path: Named::of(&file.path),
                why: &file.why,
            })
            .collect();
        let omitted = self.findings.len() - findings.len() + self.not_checked.len() - not_checked.len();
        Document {
            schema: 1,
            findings,
            checked: self
                .checked
                .iter()
                .map(|(tool, count)| (tool.name(), *count))
                .collect(),
            not_checked,
            failures: self.failures.iter().map(String::as_str).collect(),
            omitted: (omitted > 0).then_some(omitted),
        }
    }

    /// The document for the output `report`, cut when it is very long.
    #[must_use]
    pub fn output(&self) -> Document<'_> {
        self.cut(OUTPUT_LIMIT)
    }
}
