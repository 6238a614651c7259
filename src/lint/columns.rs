//! Columns, counted in code points from 1 whatever the tool counts in.

use std::path::Path;

use crate::lint::findings::Finding;

/// Turns eslint's columns, UTF-16 units, into code points. The findings of a file must follow one another.
pub fn from_utf16(root: &Path, findings: &mut [Finding]) {
    let mut rest = findings;
    while let Some(first) = rest.first() {
        let path = first.path.clone();
        let count = rest.iter().take_while(|finding| finding.path == path).count();
        let (same, others) = rest.split_at_mut(count);
        // A file that is gone by now keeps what eslint counted: right for all but rare characters.
        if let Ok(bytes) = std::fs::read(root.join(&path))
            && !bytes.is_ascii()
        {
            let text = String::from_utf8_lossy(&bytes);
            let lines = lines(text.strip_prefix('\u{feff}').unwrap_or(&text));
            for finding in same {
                let (Some(line), Some(column)) = (finding.line, finding.column) else {
                    continue;
                };
                if let Some(line) = usize::try_from(line).ok().and_then(|line| lines.get(line - 1)) {
                    finding.column = Some(code_points(line, column));
                }
            }
        }
        rest = others;
    }
}

/// Lines as JavaScript counts them, with their ends.
#[must_use]
pub fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let end = match character {
            '\r' if matches!(characters.peek(), Some((_, '\n'))) => continue,
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => at + character.len_utf8(),
            _ => continue,
        };
        lines.push(&text[start..end]);
        start = end;
    }
    lines.push(&text[start..]);
    lines
}

/// The code point, from 1, at a UTF-16 unit, from 1.
fn code_points(line: &str, column: u32) -> u32 {
    let mut units = 1;
    let mut points = 1;
    for character in line.chars() {
        let length = if u32::from(character) > 0xFFFF { 2 } else { 1 };
        if units + length > column {
            return points;
        }
        units += length;
        points += 1;
    }
    points + (column - units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_one() {
        assert_eq!(code_points("/*😀*/ m();", 8), 7);
        assert_eq!(code_points("é m", 3), 3);
        // In the middle of a pair, and behind the end.
        assert_eq!(code_points("😀", 2), 1);
        assert_eq!(code_points("😀", 3), 2);
        assert_eq!(code_points("", 4), 4);
    }

    #[test]
    fn lines_end_as_in_javascript() {
        assert_eq!(
            lines("a\r\nb\rc\u{2028}d\n"),
            ["a\r\n", "b\r", "c\u{2028}", "d\n", ""]
        );
    }
}
