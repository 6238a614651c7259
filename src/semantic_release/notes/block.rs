//! Text of several lines below an entry: paragraphs, list items and code fences, each indented so far that it stays in its entry.

use crate::kit::text::one_line;
use crate::semantic_release::notes::inline::{Issues, inline, shortened};

/// What one text may hold, in characters and in lines.
const MOST_CHARACTERS: usize = 6_000;
const MOST_LINES: usize = 120;
/// The indentation that belongs to an entry.
const INDENT: &str = "  ";

/// The text as Markdown below `- `. `intro` starts it where it would start with a list or with code itself.
pub(super) fn block(
    text: &str,
    intro: &str,
    issues: Option<&Issues<'_>>,
    linked: &mut Vec<String>,
) -> String {
    let text = shortened(text.trim(), MOST_CHARACTERS);
    let mut lines = text.lines().map(str::trim).take(MOST_LINES).peekable();
    let mut out = String::new();
    if lines
        .peek()
        .is_none_or(|line| item(line).is_some() || fence(line).is_some())
    {
        out.push_str(intro);
    }
    let mut blank = false;
    while let Some(line) = lines.next() {
        if line.is_empty() {
            blank = true;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank { "\n\n" } else { "\n" });
            out.push_str(INDENT);
        }
        blank = false;
        if let Some(mark) = fence(line) {
            let inside: Vec<String> = lines
                .by_ref()
                .take_while(|line| !line.starts_with(mark))
                .map(one_line)
                .collect();
            fenced(&inside, &mut out);
            blank = true;
        } else if let Some(text) = item(line) {
            out.push_str("- ");
            out.push_str(&inline(text, issues, linked));
        } else {
            out.push_str(&inline(line, issues, linked));
        }
    }
    if out.ends_with("```") {
        // What comes behind a fence's end would keep it open.
        out.push_str("\n\n ");
    }
    out
}

fn item(line: &str) -> Option<&str> {
    let text = line
        .strip_prefix("- ")
        .or_else(|| line.strip_prefix("* "))?
        .trim();
    (!text.is_empty()).then_some(text)
}

fn fence(line: &str) -> Option<&'static str> {
    // The rest of a fence's line names its language; a backtick in it makes it code within a line.
    ["```", "~~~"].into_iter().find(|mark| {
        line.strip_prefix(mark)
            .is_some_and(|rest| !rest.trim_start_matches('`').contains('`'))
    })
}

fn fenced(lines: &[String], out: &mut String) {
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let mark = "`".repeat(longest.max(2) + 1);
    out.push_str(&mark);
    for line in lines {
        out.push('\n');
        out.push_str(INDENT);
        out.push_str(line);
    }
    out.push('\n');
    out.push_str(INDENT);
    out.push_str(&mark);
}

fn longest_run(line: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for character in line.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> String {
        block(text, "INTRO", None, &mut Vec::new())
    }

    #[test]
    fn paragraphs_lists_and_code_stay_in_their_entry() {
        assert_eq!(made("gone\nmore\n\n\n\nthird"), "gone\n  more\n\n  third");
        assert_eq!(
            made("gone:\n- a\n* b\n---\n# c"),
            "gone:\n  - a\n  - b\n  \\---\n  \\# c"
        );
        assert_eq!(made("- a\n- b"), "INTRO\n  - a\n  - b");
        assert_eq!(made(""), "INTRO");
    }

    #[test]
    fn code_is_closed_whatever_it_holds() {
        assert_eq!(
            made("so:\n```js\n<b> @me\n````\n# x"),
            "so:\n  ```\n  <b> @me\n  ```\n\n  \\# x"
        );
        assert_eq!(made("~~~\na ```` b"), "INTRO\n  `````\n  a ```` b\n  `````\n\n ");
        assert_eq!(
            made("```a`b``` c"),
            "\\`\\`\\`a\\`b\\`\\`\\` c".replace("\\`\\`\\`a\\`b\\`\\`\\`", "```a`b```")
        );
    }

    #[test]
    fn a_huge_text_is_cut() {
        assert!(made(&"a b\n".repeat(100_000)).len() < 2_000);
        assert!(made(&"a".repeat(1_000_000)).len() < 6_010);
    }
}
