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
    let _ = write!(
        line,
        ": {}: {} ({})",
        finding.severity,
        text::one_line(&finding.message),
        source(finding)
    );
    line
}

fn source(finding: &Finding) -> String {
    match &finding.rule {
        Some(rule) => format!("{}/{}", finding.tool, text::one_line(rule)),
        None => finding.tool.to_string(),
    }
}

/// `3 errors, 1 warning in 41 files`: for the status, which has room for few words.
#[must_use]
pub fn summary(linted: &Linted) -> String {
    let counts = Counts::of(&linted.findings);
    let mut parts = Vec::new();
    for (count, word) in [
        (counts.errors, "error"),
        (counts.warnings, "warning"),
        (counts.infos, "info"),
    ] {
        if count > 0 {
            parts.push(plural(count, word));
        }
    }
    match (linted.total(), parts.is_empty()) {
        (0, true) => "nothing to lint".to_owned(),
        (files, true) => format!("no findings in {}", plural(files, "file")),
        (files, false) => format!("{} in {}", parts.join(", "), plural(files, "file")),
    }
}

/// `1 error, 0 warnings, 0 infos in 12 files (eslint 8, yamllint 3, shellcheck 1)`: the last line of the log.
#[must_use]
pub fn last_line(linted: &Linted) -> String {
    let Counts {
        errors,
        warnings,
        infos,
    } = Counts::of(&linted.findings);
    if linted.total() == 0 && linted.findings.is_empty() {
        return "nothing to lint".to_owned();
    }
    let tools: Vec<String> = linted
        .checked
        .iter()
        .map(|(tool, files)| format!("{tool} {files}"))
        .collect();
    format!(
        "{}, {}, {} in {} ({})",
        plural(errors, "error"),
        plural(warnings, "warning"),
        plural(infos, "info"),
        plural(linted.total(), "file"),
        tools.join(", ")
    )
}

/// The comment. Everything in it that is not ours is inert.
#[must_use]
pub fn comment(linted: &Linted, title: &str, url: Option<&str>) -> String {
    let mut out = format!(
        "### {}: {}\n\n",
        text::markdown(title),
        text::markdown(&summary(linted))
    );
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
        let _ = writeln!(
            out,
            "\nNot checked: {}; the log names them.",
            plural(linted.not_checked.len(), "path")
        );
    }
    if let Some(url) = url {
        let _ = writeln!(out, "\n[The log]({url})");
    }
    out
}

/// `path:line:column`.
fn place(finding: &Finding) -> String {
    let mut place = text::path_text(&finding.path);
    for number in [finding.line, finding.line.and(finding.column)]
        .into_iter()
        .flatten()
    {
        let _ = write!(place, ":{number}");
    }
    place
}
