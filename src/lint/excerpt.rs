//! The line of code that a finding is about, with the place marked: for a person at a terminal.

use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::kit::report::{Report, Severity};
use crate::lint::columns;
use crate::lint::findings::{Finding, Tool};

/// Longer lines are generated code, and no help.
const WIDTH: usize = 200;
/// Bigger files are not read again.
const SIZE: u64 = 4 * 1024 * 1024;

/// Excerpts of one repository. Findings come sorted by file, so the last file is remembered.
#[derive(Debug)]
pub struct Excerpts<'a> {
    root: &'a Path,
    last: Option<(PathBuf, String)>,
}

impl<'a> Excerpts<'a> {
    /// Excerpts of the files below a folder.
    #[must_use]
    pub fn new(root: &'a Path) -> Self {
        Self { root, last: None }
    }

    fn text(&mut self, path: &Path) -> &str {
        if self.last.as_ref().is_none_or(|(last, _)| last != path) {
            let full = self.root.join(path);
            let small = std::fs::metadata(&full).is_ok_and(|meta| meta.len() <= SIZE);
            let bytes = if small {
                std::fs::read(full).unwrap_or_default()
            } else {
                Vec::new()
            };
            let text = String::from_utf8_lossy(&bytes);
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
            self.last = Some((path.to_owned(), text));
        }
        self.last.as_ref().map_or("", |(_, text)| text)
    }

    /// The excerpt, coloured; none where there is nothing to show, or where it would show a secret.
    #[must_use]
    pub fn of(&mut self, finding: &Finding, report: &Report) -> Option<String> {
        let number = usize::try_from(finding.line?).ok()?;
        let text = self.text(&finding.path);
        let line = match finding.tool {
            Tool::Eslint => columns::lines(text).get(number.checked_sub(1)?).copied()?,
            Tool::Yamllint | Tool::Shellcheck => text.split('\n').nth(number.checked_sub(1)?)?,
        };
        let line = line.trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}']);
        if line.is_empty() || line.chars().count() > WIDTH || report.masked(line) != line {
            return None;
        }
        Some(render(line, number, finding))
    }
}

fn render(line: &str, number: usize, finding: &Finding) -> String {
    // One for one, so that the column stays right: whatever would move the cursor or turn the text around.
    let shown: String = line
        .chars()
        .map(|character| match character {
            '\t' => '\t',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            control if control.is_control() => '\u{fffd}',
            other => other,
        })
        .collect();
    let from = finding
        .column
        .and_then(|column| shown.char_indices().nth(usize::try_from(column).ok()? - 1));
    let span = match from {
        Some((at, character)) => at..at + word(&shown[at..]).max(character.len_utf8()),
        None => shown.len()..shown.len(),
    };
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let snippet = Snippet::source(&shown)
        .line_start(number)
        .annotation(AnnotationKind::Primary.span(span));
    Renderer::styled().render(&[Group::with_level(level).element(snippet)])
}

/// The length of the word at the start of the text: tools tell where something starts, and mostly it is a word.
fn word(text: &str) -> usize {
    text.find(|character: char| !character.is_alphanumeric() && character != '_')
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked_and_nothing_moves_the_cursor() {
        let finding = Finding {
            path: "a.js".into(),
            line: Some(3),
            column: Some(4),
            tool: Tool::Eslint,
            rule: None,
            severity: Severity::Error,
            message: String::new(),
        };
        let text = render("\u{1b}é missing(1)", 3, &finding);
        let plain: String = regex::Regex::new("\u{1b}\\[[0-9;]*m")
            .expect("a pattern")
            .replace_all(&text, "")
            .into_owned();
        assert!(!plain.contains('\u{1b}'), "{text:?}");
        let lines: Vec<&str> = plain.lines().collect();
        assert!(
            lines.iter().any(|line| line.contains("\u{fffd}é missing(1)")),
            "{plain}"
        );
        assert!(
            lines
                .iter()
                .any(|line| line.trim_start_matches(['|', ' ']) == "^^^^^^^"),
            "{plain}"
        );
    }
}
