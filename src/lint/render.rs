//! What people read: lines in the log, excerpts in a terminal, the pull-request comment.

use std::fmt::Write as _;

use crate::kit::text;
use crate::lint::document::Linted;
use crate::lint::findings::{Counts, Finding, plural};

/// How many findings the comment holds; the log holds all.
const IN_COMMENT: usize = 50;

/// One finding as one line: `path:line:column: severity: message (tool/rule)`.
#[must_use]
pub fn line(finding: &Finding) -> String {
    let mut line = place(finding);
    let _ = write!(line, ": {}: {} ({})", finding.severity, text::one_line(&finding.message), source(finding));
    line
}

fn source(finding: &Finding) -> String {
    match &finding.rule {
        Some(rule) => format!("{}/{}", finding.tool, text::one_line(rule)),
        None => finding.tool.to_string(),
    }
}

/// `3 errors, 1 warning in 41 files`.
#[must_use]
pub fn summary(linted: &Linted) -> String {
    let counts = Counts::of(&linted.findings);
    let checked = linted.checked.values().sum();
    let mut parts = Vec::new();
    for (count, word) in [(counts.errors, "error"), (counts.warnings, "warning")] {
        if count > 0 {
            parts.push(plural(count, word));
        }
    }
    if counts.infos > 0 {
        parts.push(format!("{} info", counts.infos));
    }
    match (checked, parts.is_empty()) {
        (0, true) => "nothing to lint".to_owned(),
        (_, true) => format!("no findings in {}", plural(checked, "file")),
        (_, false) => format!("{} in {}", parts.join(", "), plural(checked, "file")),
    }
}

/// The comment. Everything in it that is not ours is inert.
#[must_use]
pub fn comment(linted: &Linted, title: &str, url: Option<&str>) -> String {
    let mut out = format!("### {}: {}\n\n", text::markdown(title), text::markdown(&summary(linted)));
    for failure in &linted.failures {
        let _ = writeln!(out, "- ❌ {}", text::markdown(failure));
    }
    for finding in linted.findings.iter().take(IN_COMMENT) {
        let _ = writeln!(
            out,
            "- {} {}: {} ({})",
            text::markdown_code(&place(finding)),
            finding.severity,
            text::markdown(&finding.message),
            text::markdown(&source(finding))
        );
    }
    let more = linted.findings.len().saturating_sub(IN_COMMENT);
    if more > 0 {
        let _ = writeln!(out, "\n… and {more} more in the log.");
    }
    if !linted.not_checked.is_empty() {
        let _ = writeln!(out, "\nNot checked: {}; the log names them.", plural(linted.not_checked.len(), "path"));
    }
    if let Some(url) = url {
        let _ = writeln!(out, "\n[The log]({url})");
    }
    out
}

/// `path:line:column`.
fn place(finding: &Finding) -> String {
    let mut place = text::path_text(&finding.path);
    for number in [finding.line, finding.line.and(finding.column)].into_iter().flatten() {
        let _ = write!(place, ":{number}");
    }
    place
}
