//! The text of the changelog file, by the rules of `@semantic-release/changelog`.

use std::borrow::Cow;

/// JavaScript's `trim` removes the byte order mark too.
const BOM: char = '\u{FEFF}';

/// The file with the notes on top, below its title. What is there already stays as it is, but for blank lines at its ends. Notes
/// of a version that the file has are not added again: the file stays as it is. Lines end as those of the file do.
#[must_use]
pub fn changelog(existing: Option<&str>, title: Option<&str>, notes: &str) -> String {
    let existing = existing.unwrap_or_default();
    let notes = notes.trim();
    if notes.is_empty() || has(existing, notes) {
        return existing.to_owned();
    }
    let crlf = existing
        .find('\n')
        .is_some_and(|end| existing[..end].ends_with('\r'));
    let line_break = if crlf { "\r\n" } else { "\n" };
    let notes = in_style(notes, crlf);
    let title = title
        .map(str::trim)
        .filter(|title| !title.is_empty())
        .map(|title| in_style(title, crlf));
    let mark = if existing.starts_with(BOM) { "\u{FEFF}" } else { "" };
    let content = trim(existing);
    let content = match &title {
        Some(title) => content.strip_prefix(title.as_ref()).map_or(content, trim),
        None => content,
    };
    let mut file = mark.to_owned();
    if let Some(title) = &title {
        file.push_str(title);
        file.push_str(line_break);
        file.push_str(line_break);
    }
    file.push_str(&notes);
    file.push_str(line_break);
    if !content.is_empty() {
        file.push_str(line_break);
        file.push_str(content);
        file.push_str(line_break);
    }
    file
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == BOM)
}

fn in_style(text: &str, crlf: bool) -> Cow<'_, str> {
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    };
    if crlf {
        Cow::Owned(text.replace('\n', "\r\n"))
    } else {
        text
    }
}

/// Whether the file has notes of this version. The day may differ: a run that was killed goes on the next day.
fn has(existing: &str, notes: &str) -> bool {
    let Some(wanted) = notes.lines().next().and_then(version) else {
        // Notes without a version as their heading are the same only where they are equal.
        return in_style(existing, false).contains(in_style(notes, false).as_ref());
    };
    let mut fence: Option<&str> = None;
    existing.lines().any(|line| {
        let start = line.trim_start();
        match fence {
            Some(mark) if start.starts_with(mark) => fence = None,
            Some(_) => {}
            None => fence = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark)),
        }
        fence.is_none() && version(line).as_ref() == Some(&wanted)
    })
}

/// `1.2.3` of `## [1.2.3](https://…) (2024-01-31)`, `a 1.2.3` of `## a 1.2.3 (2024-01-31)`; none where no version is there.
fn version(heading: &str) -> Option<String> {
    let text = heading
        .trim()
        .trim_start_matches(BOM)
        .strip_prefix('#')?
        .trim_start_matches('#');
    let text = text.strip_prefix([' ', '\t'])?.trim();
    let text = match text.strip_prefix('[').and_then(|text| text.split_once("](")) {
        Some((text, _)) => text,
        None => text.rsplit_once(" (").map_or(text, |(text, _)| text),
    };
    let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    let has_version = numbers
        .into_iter()
        .any(|number| number.split('.').filter(|part| !part.is_empty()).count() >= 3);
    has_version.then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "## [1.1.0](https://h/c) (2024-01-01)\n\n### Features\n\n* one\n";

    #[test]
    fn new_notes_are_on_top_below_the_title() {
        assert_eq!(changelog(None, None, NEW), NEW);
        assert_eq!(changelog(Some("\n \n"), None, NEW), NEW);
        assert_eq!(changelog(Some("\nold\n\n"), None, NEW), format!("{NEW}\nold\n"));
        assert_eq!(
            changelog(Some("# Changelog\n\n## 1.0.0\n"), Some("# Changelog"), NEW),
            format!("# Changelog\n\n{NEW}\n## 1.0.0\n")
        );
        assert_eq!(changelog(None, Some("# T"), NEW), format!("# T\n\n{NEW}"));
        assert_eq!(
            changelog(Some("old"), Some("# T"), NEW),
            format!("# T\n\n{NEW}\nold\n")
        );
        assert_eq!(changelog(Some("old"), None, " \n"), "old");
    }

    #[test]
    fn a_version_is_there_once() {
        let once = changelog(Some("# T\n\n## 1.0.0\n"), Some("# T"), NEW);
        assert_eq!(changelog(Some(&once), Some("# T"), NEW), once);
        assert_eq!(
            changelog(Some(&once), Some("# T"), &NEW.replace("01-01", "01-02")),
            once
        );
        let ours = "## 1.1.0 (2024-01-02)\n\n- one";
        assert_eq!(changelog(Some(&once), Some("# T"), ours), once);
        // Neither a part of a version, nor an example, nor a section that each release has.
        for (file, notes) in [
            ("## 1.1.0-beta.1 (2024-01-01)\n", NEW),
            ("## 11.1.0\n", NEW),
            ("```\n## 1.1.0\n```\n", NEW),
            ("## b 1.1.0 (2024-01-01)\n", "## a 1.1.0 (2024-01-01)\n\n- x"),
            ("## Features\n\n- x\n", "## Features\n\n- y\n"),
        ] {
            assert!(
                changelog(Some(file), None, notes).starts_with(notes.trim()),
                "{file}"
            );
        }
    }

    #[test]
    fn lines_end_as_those_of_the_file() {
        let file = "# T\r\n\r\n## 1.0.0\r\n\r\n- x\n- y\r\n";
        let new = changelog(Some(file), Some("# T"), "## 1.1.0\n\n- z\n");
        assert_eq!(
            new,
            "# T\r\n\r\n## 1.1.0\r\n\r\n- z\r\n\r\n## 1.0.0\r\n\r\n- x\n- y\r\n"
        );
        assert_eq!(changelog(Some(&new), Some("# T"), "## 1.1.0\n\n- z\n"), new);
        assert_eq!(
            changelog(Some("\u{FEFF}old"), None, "## 1.1.0\n"),
            "\u{FEFF}## 1.1.0\n\nold\n"
        );
        assert_eq!(
            changelog(Some("old"), None, "## 1.1.0\r\n\r\n- z"),
            "## 1.1.0\n\n- z\n\nold\n"
        );
    }
}
