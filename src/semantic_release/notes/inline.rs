//! Text of commits as Markdown of one line: inert, but for code in backticks, bare addresses and issues, which become what they
//! mean. Nothing in it can start HTML, an image, a mention, emphasis, a block or a link to anywhere but what it shows.
//!
//! `kit::text::markdown` is for tables and comments and escapes more. Notes also stand in a `CHANGELOG.md`, which people read as
//! plain text: only what would be alive is touched.

use crate::kit::text::one_line;
use crate::semantic_release::notes::links::tidy;

/// A zero-width space: keeps `@name` and `[[name]]` readable and makes them nothing to the forge, which looks at the text that is
/// left after Markdown, where no backslash helps.
const NOTHING: char = '\u{200B}';

/// An issue found in a text: `#1`, or `owner/name#1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issue<'t> {
    /// `owner/name`, where the text says it.
    pub(super) repository: Option<(&'t str, &'t str)>,
    /// `#`.
    pub(super) prefix: &'t str,
    /// `1`.
    pub(super) number: &'t str,
}

/// How issues become links: the prefixes, and who knows the address. None leaves the text as it is.
pub(super) struct Issues<'a> {
    pub(super) prefixes: &'a [String],
    pub(super) address: &'a dyn Fn(&Issue<'_>) -> Option<String>,
}

/// One line of text as Markdown. What is linked is added to `linked` by its text.
pub(super) fn inline(text: &str, issues: Option<&Issues<'_>>, linked: &mut Vec<String>) -> String {
    let text = one_line(text.trim()).replace('\t', " ");
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = block_start(&text, &mut out);
    while let Some(character) = text[at..].chars().next() {
        let (before, rest) = text.split_at(at);
        let last = before.chars().next_back();
        if let Some((markdown, length)) = code(rest)
            .or_else(|| address(rest, last))
            .or_else(|| issues.and_then(|issues| issue(rest, last, issues, linked)))
        {
            // Before a link it would make an image.
            if markdown.starts_with('[') && out.ends_with('!') {
                out.pop();
                out.push_str("\\!");
            }
            out.push_str(&markdown);
            at += length;
            continue;
        }
        at += character.len_utf8();
        if character == '`' {
            // The whole run: a part of it might end a code span.
            let run = rest.len() - rest.trim_start_matches('`').len();
            out.push_str(&"\\`".repeat(run));
            at += run - 1;
        } else {
            single(character, last, text[at..].chars().next(), &mut out);
        }
    }
    out
}

/// One character that is nothing special.
fn single(character: char, last: Option<char>, next: Option<char>, out: &mut String) {
    let alphanumeric = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
    match character {
        '<' => out.push_str("&lt;"),
        '&' if next.is_some_and(|next| next == '#' || next.is_ascii_alphanumeric()) => out.push_str("&amp;"),
        '@' if !alphanumeric(last) && next.is_some_and(starts_name) => {
            out.push('@');
            out.push(NOTHING);
        }
        // Inside a word it is no emphasis, and `snake_case` is frequent.
        '_' if alphanumeric(last) && alphanumeric(next) => out.push('_'),
        '[' if next == Some('[') => {
            out.push_str("\\[");
            out.push(NOTHING);
        }
        '\\' | '*' | '_' | '[' | ']' | '~' | '|' | '$' => {
            out.push('\\');
            out.push(character);
        }
        other => out.push(other),
    }
}

/// Whether a forge may take this for the start of a name; letters of any script and their marks.
fn starts_name(next: char) -> bool {
    matches!(next, '-' | '_') || !(next.is_whitespace() || next.is_ascii_punctuation())
}

/// What would start a block at the start of a line: a list, a heading, a quotation, an underline. Returns how far it wrote.
fn block_start(text: &str, out: &mut String) -> usize {
    // `#1` is no heading, but an issue.
    let issue = text.starts_with('#') && text[1..].starts_with(|next: char| next.is_ascii_digit());
    if text.starts_with(['-', '+', '=', '#', '>', ':']) && !issue {
        out.push('\\');
        out.push_str(&text[..1]);
        return 1;
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && text[digits..].starts_with(['.', ')']) {
        out.push_str(&text[..digits]);
        out.push('\\');
        out.push_str(&text[digits..=digits]);
        return digits + 1;
    }
    0
}

/// Code in backticks, up to as many of them as start it.
fn code(rest: &str) -> Option<(String, usize)> {
    let open = rest.len() - rest.trim_start_matches('`').len();
    if open == 0 {
        return None;
    }
    let mut at = open;
    loop {
        let start = at + rest[at..].find('`')?;
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        at = start + run;
        if run == open {
            // As it was, so that what shows is what was written.
            return Some((rest[..at].to_owned(), at));
        }
    }
}

/// A bare address of the web: a link that shows where it goes.
fn address(rest: &str, last: Option<char>) -> Option<(String, usize)> {
    if last.is_some_and(char::is_alphanumeric)
        || !(rest.starts_with("https://") || rest.starts_with("http://"))
    {
        return None;
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '\\'))
        .unwrap_or(rest.len());
    let url = rest[..end].trim_end_matches([
        '.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '*', '_', '|', '~',
    ]);
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    // A user in an address hides its host, or is a password.
    if !authority.starts_with(|c: char| c.is_ascii_alphanumeric()) || authority.contains('@') {
        return None;
    }
    Some((format!("<{}>", tidy(url)), url.len()))
}

/// An issue, where a word starts: `#1`, or `owner/name#1`.
fn issue(
    rest: &str,
    last: Option<char>,
    issues: &Issues<'_>,
    linked: &mut Vec<String>,
) -> Option<(String, usize)> {
    if last
        .is_some_and(|last| last.is_alphanumeric() || matches!(last, '_' | '/' | '.' | '-' | '#' | '@' | '&'))
    {
        return None;
    }
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let owner = rest.len() - rest.trim_start_matches(name).len();
    let (repository, start) = match rest[owner..].strip_prefix('/') {
        Some(after) if owner > 0 => {
            let length = after.len() - after.trim_start_matches(name).len();
            let start = owner + 1 + length;
            (
                Some((&rest[..owner], &rest[owner + 1..start])).filter(|_| length > 0),
                start,
            )
        }
        Some(_) | None => (None, 0),
    };
    let start = if repository.is_some() { start } else { 0 };
    let after = &rest[start..];
    let prefix = issues
        .prefixes
        .iter()
        .filter(|prefix| !prefix.is_empty())
        .find(|prefix| after.starts_with(prefix.as_str()))?;
    let after = &after[prefix.len()..];
    let length = after.len()
        - after
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric())
            .len();
    let number = &after[..length];
    // `#fff` is a colour.
    let numeric = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let followed = after[length..].chars().next();
    if number.is_empty()
        || (prefix == "#" && !numeric)
        || followed.is_some_and(|c| c.is_alphanumeric() || c == '_')
    {
        return None;
    }
    let found = Issue {
        repository,
        prefix,
        number,
    };
    let address = (issues.address)(&found)?;
    let length = start + prefix.len() + length;
    let shown = &rest[..length];
    linked.push(shown.to_owned());
    Some((format!("[{}]({})", plain(shown), tidy(&address)), length))
}

/// The text of a link of ours.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut last = None;
    let text = one_line(text);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        single(character, last, characters.peek().copied(), &mut out);
        last = Some(character);
    }
    out.replace('`', "\\`")
}

/// The first characters of a text, with a sign that there were more.
pub(super) fn shortened(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> String {
        let prefixes = ["#".to_owned(), "JIRA-".to_owned()];
        let issues = Issues {
            prefixes: &prefixes,
            address: &|issue| {
                let (owner, name) = issue.repository.unwrap_or(("o", "n"));
                Some(format!("https://h/{owner}/{name}/issues/{}", issue.number))
            },
        };
        inline(text, Some(&issues), &mut Vec::new())
    }

    #[test]
    fn what_is_plain_stays_as_it_is() {
        for text in [
            "add the option --dry-run (again): a::b, 100% sure!",
            "snake_case, a.b@c.d, C# and F#, a && b, x -> y, `*code* @me <b>`",
            "größe 漢字 🚀 é",
            "``a ` b``",
        ] {
            assert_eq!(made(text), text);
        }
    }

    #[test]
    fn what_would_be_alive_is_not() {
        for (text, wanted) in [
            ("<b>html</b> &amp; &#64;", "&lt;b>html&lt;/b> &amp;amp; &amp;#64;"),
            ("![x](http://h/i.png)", "!\\[x\\](<http://h/i.png>)"),
            ("!#1", "\\![#1](https://h/o/n/issues/1)"),
            ("@\u{11d42}", "@\u{200B}\u{11d42}"),
            ("[[i.png]]", "\\[\u{200B}\\[i.png\\]\\]"),
            (
                "thanks @octo-cat, `@deco` and @acme/team",
                "thanks @\u{200B}octo-cat, `@deco` and @\u{200B}acme/team",
            ),
            ("*bold* _it_ ~no~ `open", "\\*bold\\* \\_it\\_ \\~no\\~ \\`open"),
            ("# title", "\\# title"),
            ("- item", "\\- item"),
            ("1. one", "1\\. one"),
            ("===", "\\==="),
            ("a\n::error::x", "a\\\\n::error::x"),
            ("$x$ a|b", "\\$x\\$ a\\|b"),
            ("https://u:p@h/", "https://u:p@h/"),
        ] {
            assert_eq!(made(text), wanted);
        }
    }

    #[test]
    fn issues_and_addresses_are_links() {
        for (text, wanted) in [
            (
                "#12 (#34), x",
                "[#12](https://h/o/n/issues/12) ([#34](https://h/o/n/issues/34)), x",
            ),
            ("acme/other#7", "[acme/other#7](https://h/acme/other/issues/7)"),
            ("JIRA-9", "[JIRA-9](https://h/o/n/issues/9)"),
            ("#fff a#1 #1a ##1 /x#1", "\\#fff a#1 #1a ##1 /x#1"),
            ("see https://h/a_b?x=[1]).", "see <https://h/a_b?x=%5B1>\\])."),
        ] {
            assert_eq!(made(text), wanted);
        }
    }
}
