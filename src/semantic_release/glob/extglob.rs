//! Which `*(…)` and `+(…)` a backtracking engine would be slow on. `picomatch` reads them as plain text, and so do we.

use crate::semantic_release::glob::translate::escape;

/// None where it is fine; else its short form, if it has one.
#[must_use]
pub fn risky(body: &str) -> Option<Option<String>> {
    let branches: Vec<&str> = branches(body).into_iter().map(js_trim).collect();
    if branches.len() > 1 {
        let wild = |branch: &&str| branch.chars().all(|char| matches!(char, '*' | '?'));
        // An empty branch is wild, too.
        if branches.iter().any(wild) || overlap(&branches) {
            return Some(None);
        }
    }
    for branch in branches {
        if let Some(short) = stars(branch) {
            return Some(Some(short));
        }
        if repeated(branch, true).is_some() {
            return Some(None);
        }
    }
    None
}

fn js_trim(text: &str) -> &str {
    text.trim_matches(|char: char| (char.is_whitespace() && char != '\u{85}') || char == '\u{feff}')
}

/// Cuts at each `|` that is in no group, class or quotes.
fn branches(body: &str) -> Vec<&str> {
    let mut cuts = Vec::new();
    let mut from = 0;
    let mut depth = Depth::default();
    for (at, char) in body.char_indices() {
        if depth.is_plain(char) && char == '|' && depth.parens == 0 {
            cuts.push(body.get(from..at).unwrap_or_default());
            from = at + 1;
        }
    }
    cuts.push(body.get(from..).unwrap_or_default());
    cuts
}

#[derive(Default)]
struct Depth {
    escaped: bool,
    quoted: bool,
    brackets: usize,
    parens: usize,
}

impl Depth {
    /// Takes a character; whether it is in no quotes and class, and not escaped.
    fn is_plain(&mut self, char: char) -> bool {
        if self.escaped {
            self.escaped = false;
            return false;
        }
        match char {
            '\\' => self.escaped = true,
            '"' => self.quoted = !self.quoted,
            _ if self.quoted => {}
            '[' => self.brackets += 1,
            ']' if self.brackets > 0 => self.brackets -= 1,
            _ if self.brackets > 0 => {}
            '(' => self.parens += 1,
            ')' => self.parens = self.parens.saturating_sub(1),
            _ => return true,
        }
        !self.quoted && self.brackets == 0 && matches!(char, '(' | ')')
    }
}

/// Two branches of one repeated character each, such as `a|aa`.
fn overlap(branches: &[&str]) -> bool {
    let plain: Vec<String> = branches.iter().filter_map(|branch| simple(branch)).collect();
    let one = |text: &str| {
        let first = text.chars().next()?;
        text.chars().all(|char| char == first).then_some(first)
    };
    plain.iter().enumerate().any(|(index, text)| {
        one(text).is_some_and(|char| plain.iter().skip(index + 1).any(|other| one(other) == Some(char)))
    })
}

/// The text of a branch without meaning, `@(…)` around it removed.
fn simple(branch: &str) -> Option<String> {
    let mut text = branch;
    while let Some(inner) = text.strip_prefix("@(").and_then(|rest| rest.strip_suffix(')')) {
        if inner.is_empty() || inner.contains(['\\', '(', ')', '[', ']', '{', '}', '|']) {
            break;
        }
        text = inner;
    }
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => plain.push(chars.next().unwrap_or('\\')),
            '?' | '*' | '+' | '@' | '!' | '(' | ')' | '[' | ']' | '{' | '}' => return None,
            other => plain.push(other),
        }
    }
    (!plain.is_empty()).then_some(plain)
}

/// `*(a)*(b)` is `[ab]*`.
fn stars(branch: &str) -> Option<String> {
    let mut rest = branch;
    let mut chars = Vec::new();
    while !rest.is_empty() {
        let (sign, body, end) = repeated(rest, false)?;
        let inner = branches(body);
        if sign != '*' || inner.len() != 1 {
            return None;
        }
        let text = simple(js_trim(inner.first()?))?;
        if text.encode_utf16().count() != 1 {
            return None;
        }
        chars.push(text);
        rest = rest.get(end..).unwrap_or_default();
    }
    match chars.as_slice() {
        [] => None,
        [one] => Some(format!("{}*", escape(one))),
        many => Some(format!(
            "[{}]*",
            many.iter().map(|text| escape(text)).collect::<String>()
        )),
    }
}

/// Reads `*(…)` or `+(…)` at the start, or as the whole: its sign, what is inside, and where it ends.
fn repeated(text: &str, whole: bool) -> Option<(char, &str, usize)> {
    let sign = text.chars().next().filter(|char| matches!(char, '*' | '+'))?;
    if !text.get(1..)?.starts_with('(') {
        return None;
    }
    let mut depth = Depth::default();
    for (at, char) in text.char_indices().skip(1) {
        let plain = depth.is_plain(char);
        if plain && char == ')' && depth.parens == 0 {
            let end = at + 1;
            return (!whole || end == text.len()).then(|| (sign, text.get(2..at).unwrap_or_default(), end));
        }
    }
    None
}
