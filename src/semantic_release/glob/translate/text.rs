//! Text: what needs no translating but its own signs, and backslashes.

use super::{DOT, QMARK, QMARK_NO_DOT, STAR};

/// A pattern without groups, slashes and quotes. Runs of one character that is no letter are looked at together.
pub(super) fn plain(input: &str) -> String {
    let chars: Vec<char> = input.chars().collect();
    let mut output = String::new();
    let mut backslashes = false;
    let mut at = 0;
    while let Some(char) = chars.get(at).copied() {
        if is_word(char) {
            output.push(char);
            at += 1;
            continue;
        }
        let escaped = char == '\\' && chars.get(at + 1).is_some_and(|next| !is_word(*next));
        let start = at + usize::from(escaped);
        let first = chars.get(start).copied().unwrap_or(char);
        let length = chars
            .iter()
            .skip(start)
            .take_while(|next| **next == first)
            .count();
        let run: String = std::iter::repeat_n(first, length).collect();
        match first {
            '\\' => {
                backslashes = true;
                output.push_str(if escaped { "\\" } else { "" });
                output.push_str(&run);
            }
            '?' if escaped => output.push_str(&format!("\\?{}", QMARK.repeat(length - 1))),
            '?' if at == 0 => output.push_str(&format!("{QMARK_NO_DOT}{}", QMARK.repeat(length - 1))),
            '?' => output.push_str(&QMARK.repeat(length)),
            '.' => output.push_str(&DOT.repeat(length)),
            '*' if escaped => output.push_str(if length > 1 { "\\*[^/]*?" } else { "\\*" }),
            '*' => output.push_str(STAR),
            _ => output.push_str(&format!("\\{run}")),
        }
        at = start + length;
    }
    if backslashes {
        halved_backslashes(&output)
    } else {
        output
    }
}

/// Each run of backslashes becomes one, or two where their number is even.
fn halved_backslashes(text: &str) -> String {
    let mut output = String::new();
    let mut run = 0_usize;
    for char in text.chars().chain(std::iter::once('\0')) {
        if char == '\\' {
            run += 1;
            continue;
        }
        if run > 0 {
            output.push_str(if run.is_multiple_of(2) { "\\\\" } else { "\\" });
            run = 0;
        }
        output.push(char);
    }
    output.pop();
    output
}

pub(super) fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// Puts a backslash before what has a meaning in an expression.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut output = String::new();
    for char in text.chars() {
        if has_meaning(char) {
            output.push('\\');
        }
        output.push(char);
    }
    output
}

pub(super) fn has_meaning(char: char) -> bool {
    matches!(
        char,
        '-' | '*' | '+' | '?' | '.' | '^' | '$' | '{' | '}' | '(' | '|' | ')' | '[' | ']'
    )
}

/// Puts a backslash before the last such sign that has none.
pub(super) fn escape_last(text: &str, sign: char) -> String {
    let mut end = text.len();
    while let Some(at) = text.get(..end).and_then(|head| head.rfind(sign)) {
        let head = text.get(..at).unwrap_or_default();
        if !head.ends_with('\\') {
            return format!("{head}\\{}", text.get(at..).unwrap_or_default());
        }
        end = at;
    }
    text.to_owned()
}
