//! Globs of folders, as `workspaces` and `members` have them. Not the globs of rules and branches: with those `packages/**` is also
//! `packages`, and what is no pattern matches itself, where here it is an error.

use regex::Regex;

/// A pattern for a folder's path: `*`, `**`, `?`, `[abc]`, `{a,b}`. A star does not match a leading dot.
#[derive(Debug, Clone)]
pub struct Glob {
    pattern: Regex,
    text: String,
    literal: bool,
}

impl Glob {
    /// Parses a pattern, relative to the repository; `./` and trailing slashes are cut off.
    ///
    /// # Errors
    /// A text that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        if text.starts_with('/') || parts.contains(&"..") {
            return Err(format!("'{text}' leads out of the repository"));
        }
        if text.trim().is_empty() {
            return Err("an empty pattern matches nothing".to_owned());
        }
        let joined = if parts.is_empty() {
            ".".to_owned()
        } else {
            parts.join("/")
        };
        let regex = regex_of(&joined).ok_or_else(|| format!("'{text}' is no pattern for folders"))?;
        let pattern = Regex::new(&regex).map_err(|_| format!("'{text}' is no pattern for folders"))?;
        let literal = !joined.contains(['*', '?', '[', '{']);
        Ok(Self {
            pattern,
            text: joined,
            literal,
        })
    }

    /// Whether a folder matches.
    #[must_use]
    pub fn matches(&self, folder: &str) -> bool {
        if self.literal {
            self.text == folder
        } else {
            folder != "." && self.pattern.is_match(folder)
        }
    }

    /// The folder it names, where it has no wildcard.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.literal.then_some(self.text.as_str())
    }
}

fn regex_of(text: &str) -> Option<String> {
    let mut regex = String::from("^(?s:");
    let mut rest = text;
    let mut braces = 0_usize;
    let mut start = true;
    while let Some(character) = rest.chars().next() {
        let at_start = std::mem::take(&mut start);
        if at_start && rest == "**" {
            regex.push_str(r"(?:[^./][^/]*)(?:/[^./][^/]*)*");
            break;
        }
        if at_start && let Some(after) = rest.strip_prefix("**/") {
            regex.push_str(r"(?:[^./][^/]*/)*");
            rest = after;
            start = true;
            continue;
        }
        let mut after = &rest[character.len_utf8()..];
        match character {
            '*' => {
                after = after.trim_start_matches('*');
                // A star that is a whole name needs at least one character, and no star takes a leading dot.
                regex.push_str(if at_start { r"(?:[^./][^/]*)" } else { "[^/]*" });
            }
            '?' => regex.push_str(if at_start { "[^./]" } else { "[^/]" }),
            '[' => {
                let (class, tail) = after.split_once(']')?;
                let (not, class) = match class.strip_prefix(['!', '^']) {
                    Some(class) => ("^/", class),
                    None => ("", class),
                };
                if class.is_empty() || class.contains(['[', '\\', '&', '~', '/']) {
                    return None;
                }
                regex.push_str(&format!("[{not}{class}]"));
                after = tail;
            }
            '{' => {
                braces += 1;
                regex.push_str("(?:");
                start = at_start;
            }
            ',' if braces > 0 => regex.push('|'),
            '}' if braces > 0 => {
                braces -= 1;
                regex.push(')');
            }
            '/' => {
                regex.push('/');
                start = true;
            }
            '\\' | '(' | ')' => return None,
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
        rest = after;
    }
    regex.push_str(")$");
    (braces == 0).then_some(regex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_match_as_in_workspaces() {
        for (glob, yes, no) in [
            ("packages/*", "packages/a", "packages/a/b"),
            ("./packages/*/", "packages/ü b", "packages/.hidden"),
            ("packages/**", "packages/a/b", "packages"),
            ("**/pkg-?", "a/b/pkg-1", "a/b/pkg-12"),
            ("{apps,libs}/[a-c]x*", "libs/bx1", "libs/dx"),
            ("a.b", "a.b", "aXb"),
            (".", ".", "a"),
            ("*", "a", "."),
            ("a/**/b", "a/b", "a/b/c"),
            ("x-*", "x-", "y-a"),
        ] {
            let parsed = Glob::parse(glob).expect(glob);
            assert!(parsed.matches(yes), "{glob} {yes}");
            assert!(!parsed.matches(no), "{glob} {no}");
        }
        for wrong in [
            "",
            "/a",
            "../a",
            "a/../../b",
            "{a",
            "[a",
            "a\\b",
            "@(a|b)",
            "[]",
            " ",
        ] {
            assert!(Glob::parse(wrong).is_err(), "{wrong}");
        }
    }
}
