//! Classes: `[abc]`, `[!a-z]`, `[[:alpha:]]`.

use super::text::{escape, has_meaning};
use super::{Kind, Nest, ONE_CHAR, Translator};

impl Translator {
    /// After a backslash: what it stands for, or nothing where it is dropped.
    pub(super) fn escaped(&mut self) -> Option<String> {
        match self.peek(1) {
            Some('/' | '.' | ';') => return None,
            None => return Some(String::from("\\\\")),
            Some(_) => {}
        }
        let mut value = String::from("\\");
        let more = self.rest().iter().take_while(|char| **char == '\\').count();
        if more > 2 {
            self.at += more;
            if more % 2 == 1 {
                value.push('\\');
            }
        }
        if let Some(next) = self.peek(1) {
            value.push(next);
            self.at += 1;
        }
        Some(value)
    }

    pub(super) fn in_brackets(&mut self, mut value: String) {
        if value == ":" && self.named_class() {
            return;
        }
        let literal = (value == "[" && self.peek(1) != Some(':'))
            || (value == "-" && self.peek(1) == Some(']'))
            || (value == "]" && matches!(self.prev_value(), "[" | "[^"));
        if literal {
            value.insert(0, '\\');
        }
        let prev = &mut self.tokens[self.prev];
        prev.value.push_str(&value);
        prev.output.push_str(&value);
    }

    /// At the second colon of `[:alpha:]`, puts in what it stands for.
    fn named_class(&mut self) -> bool {
        let value = self.prev_value().to_owned();
        let inner: String = value.chars().skip(1).collect();
        if !inner.contains('[') {
            return false;
        }
        self.tokens[self.prev].posix = true;
        if !inner.contains(':') {
            return false;
        }
        let Some((before, name)) = value.rsplit_once('[') else {
            return false;
        };
        let Some(class) = posix(name.get(1..).unwrap_or_default()) else {
            return false;
        };
        let text = format!("{before}{class}");
        let prev = &mut self.tokens[self.prev];
        prev.value.clone_from(&text);
        prev.output = text;
        // The `]` of the name.
        self.at += 1;
        if self.list.get(1) == Some(&self.prev) && self.tokens[0].output.is_empty() {
            self.tokens[0].output = String::from(ONE_CHAR);
        }
        true
    }

    pub(super) fn close_bracket(&mut self) {
        let prev = &self.tokens[self.prev];
        if (prev.kind == Kind::Bracket && prev.value.chars().count() == 1) || self.count(Nest::Brackets) == 0
        {
            return self.text("]", "\\]");
        }
        self.nest.pop();
        let inner: String = prev.value.chars().skip(1).collect();
        let closing = if !prev.posix && inner.starts_with('^') && !inner.contains('/') {
            "/]"
        } else {
            "]"
        };
        let prev = &mut self.tokens[self.prev];
        prev.value.push_str(closing);
        prev.output.push_str(closing);
        // `[abc]` is a class and the text itself.
        if !inner.contains(has_meaning) {
            prev.value = format!("(?:{}|{})", escape(&prev.value), prev.value);
            prev.output.clone_from(&prev.value);
        }
    }
}

fn posix(name: &str) -> Option<&'static str> {
    Some(match name {
        "alnum" => "a-zA-Z0-9",
        "alpha" => "a-zA-Z",
        "ascii" => r"\x00-\x7F",
        "blank" => r" \t",
        "cntrl" => r"\x00-\x1F\x7F",
        "digit" => "0-9",
        "graph" => r"\x21-\x7E",
        "lower" => "a-z",
        "print" => r"\x20-\x7E ",
        "punct" => "\\-!\"#$%&'()\\*+,./:;<=>?@[\\]^_`{|}~",
        "space" => r" \t\r\n\v\f",
        "upper" => "A-Z",
        "word" => "A-Za-z0-9_",
        "xdigit" => "A-Fa-f0-9",
        _ => return None,
    })
}
