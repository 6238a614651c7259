//! Templates in a branch's `channel`, `range` and `prerelease`: lodash's in Node, of which this is what people write.

use std::borrow::Cow;

use regex::{NoExpand, Regex};

/// No value becomes longer, in bytes: a few replacements in a row could fill the memory.
const LONGEST: usize = 1000;

/// Fills a template in: `${name}` and `${name.replace(/pattern/g, 'text')}`, the latter any number of times in a row.
///
/// # Errors
/// A text that names the expression that is not taken.
pub fn fill(template: &str, name: &str) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = template;
    loop {
        let next = ["${", "<%="]
            .iter()
            .filter_map(|open| Some((rest.find(open)?, *open)))
            .min();
        let Some((at, open)) = next else {
            if rest.contains("<%") {
                return Err(refusal("<%"));
            }
            filled.push_str(rest);
            return Ok(filled);
        };
        filled.push_str(&rest[..at]);
        let inside = &rest[at + open.len()..];
        let close = if open == "${" { "}" } else { "%>" };
        let end = end_of(inside, close).ok_or_else(|| refusal(inside))?;
        filled.push_str(&evaluate(inside[..end].trim(), name)?);
        rest = &inside[end + close.len()..];
    }
}

fn refusal(expression: &str) -> String {
    format!(
        "'{expression}' cannot be evaluated here: write ${{name}}, ${{name.replace('a', 'b')}} or ${{name.replace(/a/g, 'b')}}"
    )
}

/// Where the expression ends: its first closing bracket that is in no quotes and in no pattern.
fn end_of(text: &str, close: &str) -> Option<usize> {
    let mut within: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match within {
            _ if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(quote) if c == quote => within = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"' | '/') => within = Some(c),
            None if text[at..].starts_with(close) => return Some(at),
            None => {}
        }
    }
    None
}

fn evaluate(expression: &str, name: &str) -> Result<String, String> {
    let refuse = || refusal(expression);
    let mut rest = expression.strip_prefix("name").ok_or_else(refuse)?.trim();
    let mut value = name.to_owned();
    while !rest.is_empty() {
        let call = rest.strip_prefix(".replace(").ok_or_else(refuse)?.trim_start();
        let (what, after) = argument(call).ok_or_else(refuse)?;
        let after = after
            .trim_start()
            .strip_prefix(',')
            .ok_or_else(refuse)?
            .trim_start();
        let (Argument::Text(by), after) = argument(after).ok_or_else(refuse)? else {
            return Err(refuse());
        };
        // `$1` and its like have a meaning in JavaScript.
        if by.contains('$') {
            return Err(refuse());
        }
        value = match what {
            Argument::Text(text) => value.replacen(&text, &by, 1),
            Argument::Pattern { pattern, all } => {
                // Each of its bytes can become the whole text.
                if value.len().saturating_mul(by.len()) > LONGEST * LONGEST {
                    return Err(refuse());
                }
                let regex = Regex::new(&pattern).map_err(|_| refuse())?;
                let limit = if all { 0 } else { 1 };
                match regex.replacen(&value, limit, NoExpand(&by)) {
                    Cow::Borrowed(same) => same.to_owned(),
                    Cow::Owned(other) => other,
                }
            }
        };
        if value.len() > LONGEST {
            return Err(refuse());
        }
        rest = after
            .trim_start()
            .strip_prefix(')')
            .ok_or_else(refuse)?
            .trim_start();
    }
    Ok(value)
}

enum Argument {
    Text(String),
    Pattern { pattern: String, all: bool },
}

/// A quoted text or a pattern, and what follows it.
fn argument(text: &str) -> Option<(Argument, &str)> {
    let open = text.chars().next().filter(|c| matches!(c, '\'' | '"' | '/'))?;
    let inside = &text[1..];
    let mut escaped = false;
    let end = inside.char_indices().find_map(|(at, c)| {
        let ends = c == open && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })?;
    let (raw, mut after) = (&inside[..end], &inside[end + 1..]);
    if open != '/' {
        // Escapes in a text are rare enough to be refused.
        return (!raw.contains('\\')).then(|| (Argument::Text(raw.to_owned()), after));
    }
    let (mut all, mut flags) = (false, String::new());
    while let Some(flag) = after.chars().next().filter(char::is_ascii_alphabetic) {
        match flag {
            'g' => all = true,
            'i' => flags.push_str("(?i)"),
            _ => return None,
        }
        after = &after[1..];
    }
    Some((
        Argument::Pattern {
            pattern: format!("{flags}{}", pattern(raw)?),
            all,
        },
        after,
    ))
}

/// A JavaScript pattern for the regex crate; none for escapes whose meaning differs.
fn pattern(raw: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            'd' => out.push_str("[0-9]"),
            'w' => out.push_str("[0-9A-Za-z_]"),
            next if next.is_ascii_punctuation() => {
                out.push('\\');
                out.push(next);
            }
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_filled_in() {
        for (template, name, expected) in [
            ("plain", "x", "plain"),
            ("${name}", "beta", "beta"),
            ("pre-${ name }-<%= name %>", "b", "pre-b-b"),
            ("${name.replace(/^feature\\//g, '')}", "feature/login", "login"),
            (
                "${name.replace('feature/', '')}",
                "feature/feature/x",
                "feature/x",
            ),
            ("${name.replace(/[^0-9A-Za-z-]/g, \"-\")}", "a/b_c", "a-b-c"),
            ("${name.replace(/\\//, '-')}", "a/b/c", "a-b/c"),
            ("${name.replace(/A/gi, '}').replace('b', '')}", "aAb", "}}"),
        ] {
            assert_eq!(fill(template, name).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn other_expressions_are_refused_by_name() {
        let bomb = format!("${{name{}}}", ".replace(/a/g, 'aaaaaaaaaa')".repeat(12));
        for template in [
            bomb.as_str(),
            "${version}",
            "${name",
            "<% x %>",
            "${name.split('/')[1]}",
            "${name.replace(/(a)/, '$1')}",
            "${name.replace(/a(?=b)/, '')}",
            "${name.replace(/a/u, '')}",
            "${name.replace('a\\n', '')}",
            "${process.exit()}",
        ] {
            assert!(fill(template, "name").is_err(), "{template}");
        }
    }
}
