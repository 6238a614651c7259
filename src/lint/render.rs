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
    if !linted.failures.is_empty() {
        parts.push("could not check everything".to_owned());
    }
    match (linted.total(), parts.is_empty()) {
        (0, false) => parts.join(", "),
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
    if linted.total() == 0 && linted.findings.is_empty() && linted.failures.is_empty() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::report::Severity;
    use crate::lint::findings::{NotChecked, Tool};

    fn finding(line: u32, message: &str) -> Finding {
        Finding {
            path: "a\n|`<b>.js".into(),
            line: Some(line),
            column: None,
            tool: Tool::Eslint,
            rule: None,
            severity: Severity::Error,
            message: message.to_owned(),
        }
    }

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(
            line(&finding(3, "is\n::error::x")),
            "a%0A|`<b>.js:3: error: is\\n::error::x (eslint)"
        );
    }

    #[test]
    fn the_comment_holds_the_first_fifty_and_nothing_of_it_is_alive() {
        let message = "<img src=x> @admin [x](http://h) #1 | `code`\n# title";
        let linted = Linted {
            findings: (1..=60).map(|line| finding(line, message)).collect(),
            checked: [(Tool::Eslint, 2)].into(),
            not_checked: vec![NotChecked {
                path: "b.js".into(),
                why: "eslint: ignored".to_owned(),
            }],
            failures: Vec::new(),
        };
        let text = comment(
            &linted,
            "foundation/lint (a)",
            Some("https://forge.example/o/n/actions/runs/7"),
        );
        assert!(
            text.starts_with("### foundation/lint \\(a\\): 60 errors in 2 files\n"),
            "{text}"
        );
        assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), 50);
        assert!(
            text.contains("… and 10 more in the log.") && text.contains("Not checked: 1 path"),
            "{text}"
        );
        for alive in ["<img", "@admin", "[x](", "#1", "\n# title"] {
            assert!(!text.contains(alive), "{alive}: {text}");
        }
    }

    #[test]
    fn sums_of_few_and_of_nothing() {
        let nothing = Linted {
            checked: [(Tool::Eslint, 0)].into(),
            ..Linted::default()
        };
        assert_eq!(
            (summary(&nothing).as_str(), last_line(&nothing).as_str()),
            ("nothing to lint", "nothing to lint")
        );
        let failed = Linted {
            failures: vec!["npm ended with exit code 1".to_owned()],
            ..Linted::default()
        };
        assert_eq!(summary(&failed), "could not check everything");
        let one = Linted {
            findings: vec![finding(1, "x")],
            checked: [(Tool::Eslint, 1), (Tool::Yamllint, 2)].into(),
            ..Linted::default()
        };
        assert_eq!(summary(&one), "1 error in 3 files");
        assert_eq!(
            last_line(&one),
            "1 error, 0 warnings, 0 infos in 3 files (eslint 1, yamllint 2)"
        );
    }
}
