//! Text as JavaScript sees it: white space, line breaks, letters of words, and case without Unicode's folding.

/// What JavaScript's `\s` matches and `trim` removes: U+FEFF is white space, U+0085 is not.
#[must_use]
pub fn is_space(char: char) -> bool {
    matches!(
        char,
        '\u{9}'..='\u{d}' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}'
            | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// What `.` does not match.
#[must_use]
pub fn is_line_break(char: char) -> bool {
    matches!(char, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// What `\w` matches.
#[must_use]
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// JavaScript's `trim`.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Without line feeds and carriage returns at both ends.
#[must_use]
pub fn trim_line_breaks(text: &str) -> &str {
    text.trim_matches(['\r', '\n'])
}

/// The text up to the first of JavaScript's line breaks.
#[must_use]
pub fn first_line(text: &str) -> &str {
    text.split(is_line_break).next().unwrap_or_default()
}

/// Whether a line break is in the text.
#[must_use]
pub fn has_line_break(text: &str) -> bool {
    if text.is_ascii() {
        return text.bytes().any(|byte| byte == b'\n' || byte == b'\r');
    }
    text.contains(is_line_break)
}

/// What two letters are compared by where case makes no difference (flag `i` without `u`): no letter beyond ASCII equals one
/// of ASCII, so the Kelvin sign is no `k`.
#[must_use]
pub fn canonical(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_uppercase();
    }
    let mut upper = char.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) if !one.is_ascii() => one,
        _ => char,
    }
}

/// The length, in bytes, of the start of the text that equals the prefix; none where it does not start so.
#[must_use]
pub fn prefix(text: &str, prefix: &str, any_case: bool) -> Option<usize> {
    if !any_case {
        return text.starts_with(prefix).then_some(prefix.len());
    }
    let mut rest = text.chars();
    for wanted in prefix.chars() {
        if canonical(rest.next()?) != canonical(wanted) {
            return None;
        }
    }
    Some(text.len() - rest.as_str().len())
}

/// Where the text holds one of the needles, first to last, overlapping ones too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needles {
    needles: Vec<String>,
    any_case: bool,
    /// The first bytes that one of the needles can have; none where an empty needle is found everywhere.
    firsts: Option<Vec<u8>>,
}

impl Needles {
    /// The needles, white space around them removed; empty ones count for nothing, yet a list that ends up empty is found
    /// everywhere, as the regular expression of it is.
    #[must_use]
    pub fn new(needles: &[String], any_case: bool) -> Self {
        let mut needles: Vec<String> = needles
            .iter()
            .map(|needle| trim(needle).to_owned())
            .filter(|needle| !needle.is_empty())
            .collect();
        let mut firsts = Vec::new();
        for first in needles.iter().filter_map(|needle| needle.chars().next()) {
            if first.is_ascii() {
                firsts.push(first as u8);
                if any_case && first.is_ascii_alphabetic() {
                    firsts.push(first as u8 ^ 0x20);
                }
            } else {
                firsts.extend(0xC2..=0xF4);
            }
        }
        firsts.sort_unstable();
        firsts.dedup();
        let firsts = (!needles.is_empty()).then_some(firsts);
        if needles.is_empty() {
            needles.push(String::new());
        }
        Self {
            needles,
            any_case,
            firsts,
        }
    }

    /// The lengths of those that the text starts with, in their order.
    pub fn at<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let possible = match (&self.firsts, text.as_bytes().first()) {
            (None, _) => true,
            (Some(firsts), Some(byte)) => firsts.contains(byte),
            (Some(_), None) => false,
        };
        let needles = if possible { self.needles.as_slice() } else { &[] };
        needles
            .iter()
            .filter_map(move |needle| prefix(text, needle, self.any_case))
    }

    /// Whether one of them may start with one of these bytes.
    #[must_use]
    pub fn may_start_with(&self, bytes: &[u8]) -> bool {
        self.firsts
            .as_ref()
            .is_none_or(|firsts| firsts.iter().any(|first| bytes.contains(first)))
    }

    /// The next place, from `from` on, where one of them begins; the text's length is a place as well for an empty one.
    #[must_use]
    pub fn find(&self, text: &str, from: usize) -> Option<usize> {
        let Some(firsts) = &self.firsts else {
            return (from <= text.len()).then_some(from);
        };
        let mut at = from;
        loop {
            let rest = text.as_bytes().get(at..)?;
            at += match firsts.as_slice() {
                [one] => rest.iter().position(|byte| byte == one)?,
                many => rest.iter().position(|byte| many.contains(byte))?,
            };
            if text.get(at..).is_some_and(|rest| self.at(rest).next().is_some()) {
                return Some(at);
            }
            at += 1;
        }
    }
}
