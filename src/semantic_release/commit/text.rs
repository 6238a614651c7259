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
    if prefix.is_ascii() {
        let start = text.as_bytes().get(..prefix.len())?;
        return start
            .eq_ignore_ascii_case(prefix.as_bytes())
            .then_some(prefix.len());
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needles {
    needles: Vec<String>,
    any_case: bool,
    firsts: Firsts,
}

/// What a needle can start with.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Firsts {
    /// An empty needle is found everywhere.
    Anything,
    /// One character of ASCII, such as `#`.
    One(char),
    /// One of these bytes.
    Bytes(Box<[bool; 256]>),
}

impl Needles {
    /// The needles, white space around them removed; empty ones count for nothing, yet a list that ends up empty is found
    /// everywhere, as the regular expression of it is.
    #[must_use]
    pub fn new(needles: &[String], any_case: bool) -> Self {
        let trimmed = needles.iter().map(|needle| trim(needle).to_owned());
        let mut needles: Vec<String> = trimmed.filter(|needle| !needle.is_empty()).collect();
        let firsts = firsts(&needles, any_case);
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
        let first = text.as_bytes().first();
        let possible = match &self.firsts {
            Firsts::Anything => true,
            Firsts::One(char) => first == Some(&(*char as u8)),
            Firsts::Bytes(bytes) => first.is_some_and(|first| bytes[usize::from(*first)]),
        };
        let needles = if possible { self.needles.as_slice() } else { &[] };
        needles
            .iter()
            .filter_map(move |needle| prefix(text, needle, self.any_case))
    }

    /// Whether one of them may start with one of these bytes.
    #[must_use]
    pub fn may_start_with(&self, bytes: &[u8]) -> bool {
        match &self.firsts {
            Firsts::Anything => true,
            Firsts::One(char) => bytes.contains(&(*char as u8)),
            Firsts::Bytes(firsts) => bytes.iter().any(|byte| firsts[usize::from(*byte)]),
        }
    }

    /// The next place, from `from` on, where one of them begins; the text's length is a place as well for an empty one.
    #[must_use]
    pub fn find(&self, text: &str, from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at += match &self.firsts {
                Firsts::Anything => return (from <= text.len()).then_some(from),
                Firsts::One(char) => text.get(at..)?.find(*char)?,
                Firsts::Bytes(bytes) => text
                    .as_bytes()
                    .get(at..)?
                    .iter()
                    .position(|byte| bytes[usize::from(*byte)])?,
            };
            if text.get(at..).is_some_and(|rest| self.at(rest).next().is_some()) {
                return Some(at);
            }
            at += 1;
        }
    }
}

fn firsts(needles: &[String], any_case: bool) -> Firsts {
    if needles.is_empty() {
        return Firsts::Anything;
    }
    let mut bytes = [false; 256];
    for first in needles.iter().filter_map(|needle| needle.chars().next()) {
        if first.is_ascii() {
            let both = if any_case {
                [first.to_ascii_lowercase(), first.to_ascii_uppercase()]
            } else {
                [first, first]
            };
            both.into_iter().for_each(|char| bytes[char as usize] = true);
        } else {
            bytes[0xC2..=0xF4].fill(true);
        }
    }
    let mut set = (0_u8..=255).filter(|byte| bytes[usize::from(*byte)]);
    match (set.next(), set.next()) {
        (Some(one), None) => Firsts::One(char::from(one)),
        _ => Firsts::Bytes(Box::new(bytes)),
    }
}
