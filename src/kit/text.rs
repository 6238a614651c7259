//! What hostile text becomes before it is printed. Branch names, file names, messages of tools: all of it is untrusted.

use std::fmt::Write as _;
use std::path::Path;

/// One line of plain text: control characters (line breaks, escape sequences, bidirectional marks) become visible escapes, so
/// that text can neither start a line of its own nor move the cursor.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => line.push('\t'),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            // Bidirectional controls and line separators reorder or break what a person reads (CVE-2021-42574).
            '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {
                let _ = write!(line, "\\u{{{:x}}}", u32::from(character));
            }
            control if control.is_control() => {
                let _ = write!(line, "\\u{{{:x}}}", u32::from(control));
            }
            other => line.push(other),
        }
    }
    line
}

/// A line that no runner takes for a log command. Runners look for `::name::` and `##[name]` at the start of a line, leading
/// blanks aside.
#[must_use]
pub fn no_command(line: &str) -> String {
    let start = line.trim_start();
    if start.starts_with("::") || start.starts_with("##[") {
        format!("\\{line}")
    } else {
        line.to_owned()
    }
}

/// A path as UTF-8: bytes that are not UTF-8 become `%XX`. The second value says whether that happened.
#[must_use]
pub fn path_utf8(path: &Path) -> (String, bool) {
    use std::os::unix::ffi::OsStrExt as _;
    let mut text = String::new();
    let mut escaped = false;
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            escaped = true;
            let _ = write!(text, "%{byte:02X}");
        }
    }
    (text, escaped)
}

/// A path on one line of text: as [`path_utf8`], and control characters as `%XX` too.
#[must_use]
pub fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for character in path_utf8(path).0.chars() {
        if character.is_control() || one_line(character.encode_utf8(&mut [0; 4])).starts_with("\\u") {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(text, "%{byte:02X}");
            }
        } else {
            text.push(character);
        }
    }
    text
}

/// One segment of an address's path: everything but letters, digits and `-._~` as `%XX`.
#[must_use]
pub fn url_segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Hides the user part of addresses: `https://user:password@host` becomes `https://***@host`.
#[must_use]
pub fn without_userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after
            .find(|c: char| c == '/' || c == '?' || c == '#' || c.is_whitespace())
            .unwrap_or(after.len());
        let authority = &after[..end];
        match authority.rfind('@') {
            // `ssh://git@host` tells nothing and is what people look for.
            Some(user) if &authority[..user] != "git" => {
                out.push_str(crate::kit::secret::MASK);
                out.push_str(&authority[user..]);
            }
            _ => out.push_str(authority),
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

/// Text in a Markdown comment: nothing in it can start HTML, a mention, a link, a table cell or a reference.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A zero-width space keeps `@name` and `#1` readable and makes them no mention and no reference.
            '@' | '#' | '!' => {
                out.push(character);
                out.push('\u{200B}');
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '|' | '~' => {
                out.push('\\');
                out.push(character);
            }
            ':' => out.push_str("&#58;"),
            other => out.push(other),
        }
    }
    out
}

/// Text as Markdown code: fenced by more backticks than it holds.
#[must_use]
pub fn markdown_code(text: &str) -> String {
    let text = one_line(text).replace('|', "¦");
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    // Two fences with nothing between them would be one fence, and open a code span.
    let pad = if text.is_empty() || text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn text_cannot_break_its_line() {
        assert_eq!(
            one_line("a\n::error::x\r\u{1b}[2J\u{202e}b\t"),
            "a\\n::error::x\\r\\u{1b}[2J\\u{202e}b\t"
        );
    }

    #[test]
    fn a_line_cannot_be_a_command() {
        for line in ["::error::x", "  ::add-mask::x", "##[group]x"] {
            assert!(no_command(line).starts_with('\\'), "{line}");
        }
        assert_eq!(no_command("a ::error::"), "a ::error::");
    }

    #[test]
    fn a_path_shows_every_byte() {
        let path = Path::new(OsStr::from_bytes(b"a\nb/\xff \xc3\xbc.js"));
        assert_eq!(path_text(path), "a%0Ab/%FF ü.js");
    }

    #[test]
    fn addresses_lose_their_passwords() {
        assert_eq!(
            without_userinfo("see https://bob:pw@h/x and ssh://git@h:22/y and a@b http://t@h"),
            "see https://***@h/x and ssh://git@h:22/y and a@b http://***@h"
        );
    }

    #[test]
    fn markdown_is_inert() {
        assert_eq!(markdown("<b>@me |"), "&lt;b&gt;@\u{200B}me \\|");
        assert_eq!(markdown_code("a `b` |"), "``a `b` ¦``");
        assert_eq!(markdown_code(""), "`  `");
    }
}
