//! JSON with the place of everything, so that a text can be changed without touching the rest of it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

/// Deeper nesting is refused: nobody writes it, and the stack is finite.
const DEEPEST: usize = 200;

/// Which JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// As the standard has it.
    Strict,
    /// With comments and trailing commas, as `bun.lock`.
    Relaxed,
}

/// A value and where it stands.
#[derive(Debug)]
pub struct Value<'a> {
    /// In bytes of the text.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What a value is.
#[derive(Debug)]
pub enum Kind<'a> {
    /// An object; no two keys are equal.
    Object(Vec<Member<'a>>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// A string.
    Text(Cow<'a, str>),
    /// `true` or `false`.
    Boolean(bool),
    /// A number or null.
    Other,
}

/// A key and its value.
#[derive(Debug)]
pub struct Member<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// Where the key stands, with its quotes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Value<'a>,
}

impl<'a> Value<'a> {
    /// The members; none where it is no object.
    pub fn members(&self) -> &[Member<'a>] {
        match &self.kind {
            Kind::Object(members) => members,
            Kind::Array(_) | Kind::Text(_) | Kind::Boolean(_) | Kind::Other => &[],
        }
    }

    /// The items; none where it is no array.
    pub fn items(&self) -> &[Value<'a>] {
        match &self.kind {
            Kind::Array(items) => items,
            Kind::Object(_) | Kind::Text(_) | Kind::Boolean(_) | Kind::Other => &[],
        }
    }

    /// The string.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            Kind::Object(_) | Kind::Array(_) | Kind::Boolean(_) | Kind::Other => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.members()
            .iter()
            .find(|member| member.key == key)
            .map(|member| &member.value)
    }

    /// The value below several keys.
    pub fn at<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Option<&Value<'a>> {
        keys.into_iter().try_fold(self, |value, key| value.get(key))
    }
}

/// Whether it may stand between values.
pub fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// The line of a place in a text, from 1.
pub fn line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1
}

/// Parses a text. A byte order mark in front is skipped.
///
/// # Errors
/// The line and what is wrong there.
pub fn parse(text: &str, dialect: Dialect) -> Result<Value<'_>, (usize, String)> {
    let mut parser = Parser {
        text,
        at: if text.starts_with('\u{FEFF}') { 3 } else { 0 },
        dialect,
    };
    let value = parser.blank().and_then(|()| parser.value(0)).and_then(|value| {
        parser.blank()?;
        if parser.at < text.len() {
            return Err("something follows the end of the value".to_owned());
        }
        Ok(value)
    });
    value.map_err(|what| (line(text, parser.at), what))
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
}

type Parsed<T> = Result<T, String>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) -> Parsed<()> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') if self.dialect == Dialect::Relaxed => {
                    let rest = &self.text[self.at..];
                    if rest.starts_with("//") {
                        self.at += rest.find('\n').unwrap_or(rest.len());
                    } else if let Some(inside) = rest.strip_prefix("/*") {
                        let end = inside.find("*/").ok_or("a comment is not closed")?;
                        self.at += end + 4;
                    } else {
                        return Err("a stray slash".to_owned());
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Parsed<Value<'a>> {
        if depth > DEEPEST {
            return Err(format!("nested more than {DEEPEST} deep"));
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b't') => self.word("true", Kind::Boolean(true))?,
            Some(b'f') => self.word("false", Kind::Boolean(false))?,
            Some(b'n') => self.word("null", Kind::Other)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => return Err("a value was expected".to_owned()),
            None => return Err("the file ends too early".to_owned()),
        };
        Ok(Value {
            span: start..self.at,
            kind,
        })
    }

    fn word(&mut self, word: &str, kind: Kind<'a>) -> Parsed<Kind<'a>> {
        if !self.text[self.at..].starts_with(word) {
            return Err("a value was expected".to_owned());
        }
        self.at += word.len();
        Ok(kind)
    }

    fn number(&mut self) -> Parsed<Kind<'a>> {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        // Of a number only its correctness matters here.
        if serde_json::from_str::<serde_json::Number>(&rest[..end]).is_err() {
            return Err("a number is malformed".to_owned());
        }
        self.at += end;
        Ok(Kind::Other)
    }

    fn string(&mut self) -> Parsed<Cow<'a, str>> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        let mut end = start;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    end += 2;
                }
                Some(0..=0x1f) => {
                    self.at = end;
                    return Err("a string holds a line break or a control character".to_owned());
                }
                Some(_) => end += 1,
                None => return Err("a string is not closed".to_owned()),
            }
        }
        self.at = end + 1;
        if escaped {
            serde_json::from_str::<String>(&self.text[start - 1..=end])
                .map(Cow::Owned)
                .map_err(|_| "a string holds a wrong escape".to_owned())
        } else {
            Ok(Cow::Borrowed(&self.text[start..end]))
        }
    }

    /// After an item: whether another one follows.
    fn more(&mut self, close: u8) -> Parsed<bool> {
        self.blank()?;
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.blank()?;
                if self.peek() != Some(close) {
                    return Ok(true);
                }
                if self.dialect == Dialect::Strict {
                    return Err("a comma is too many".to_owned());
                }
            }
            Some(byte) if byte == close => {}
            Some(_) => return Err("a comma is missing".to_owned()),
            None => return Err("the file ends too early".to_owned()),
        }
        self.at += 1;
        Ok(false)
    }

    fn object(&mut self, depth: usize) -> Parsed<Kind<'a>> {
        self.at += 1;
        self.blank()?;
        let mut members: Vec<Member<'a>> = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(members));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err("a key in double quotes was expected".to_owned());
            }
            let key = self.string()?;
            let key_span = start..self.at;
            self.blank()?;
            if self.peek() != Some(b':') {
                return Err("a colon is missing".to_owned());
            }
            self.at += 1;
            self.blank()?;
            let value = self.value(depth + 1)?;
            members.push(Member { key, key_span, value });
            if !self.more(b'}')? {
                break;
            }
        }
        let mut seen = HashSet::with_capacity(members.len());
        if let Some(twice) = members.iter().find(|member| !seen.insert(&member.key)) {
            self.at = twice.key_span.start;
            return Err(format!(
                "the key \"{}\" is there twice",
                crate::kit::text::one_line(&twice.key)
            ));
        }
        Ok(Kind::Object(members))
    }

    fn array(&mut self, depth: usize) -> Parsed<Kind<'a>> {
        self.at += 1;
        self.blank()?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.more(b']')? {
                return Ok(Kind::Array(items));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_and_lines() {
        let text = "\u{FEFF}{\r\n  \"a\": \"x\\u0041\",\r\n  \"b\": [1, -2.5e3, {\"c\": true}]\r\n}\r\n";
        let value = parse(text, Dialect::Strict).expect("good");
        let a = value.get("a").expect("a");
        assert_eq!((a.text(), &text[a.span.clone()]), (Some("xA"), "\"x\\u0041\""));
        let wrong = [
            ("{\n\"a\": 1,\n}", 3, "a comma is too many"),
            ("{\n\"a\": 1\n\"b\": 2}", 3, "a comma is missing"),
            ("{\"a\": 1,\n\"\\u0061\": 2}", 2, "the key \"a\" is there twice"),
            ("", 1, "the file ends too early"),
            (
                "{\"a\": \"\n\"}",
                1,
                "a string holds a line break or a control character",
            ),
            ("{} x", 1, "something follows the end of the value"),
            ("[01]", 1, "a number is malformed"),
            ("// a\n{}", 1, "a value was expected"),
            ("{a: 1}", 1, "a key in double quotes was expected"),
            ("\"\\", 1, "a string is not closed"),
            ("\"\\ü\"", 1, "a string holds a wrong escape"),
        ];
        for (text, line, what) in wrong {
            assert_eq!(
                parse(text, Dialect::Strict).expect_err(text),
                (line, what.to_owned()),
                "{text}"
            );
        }
        assert!(parse("// a\n{\"a\": [1,], /* b */}", Dialect::Relaxed).is_ok());
        assert!(parse(&"[".repeat(1_000_000), Dialect::Strict).is_err());
    }

    proptest! {
        #[test]
        fn what_serde_refuses_is_refused(text in r#"[\{\}\[\]",:0-9a-c\\ \n/eE.+-]{0,24}"#) {
            let serde = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let ours = parse(&text, Dialect::Strict);
            if serde {
                let twice = matches!(&ours, Err((_, what)) if what.contains("twice"));
                prop_assert!(ours.is_ok() || twice, "{:?}", ours);
            } else {
                prop_assert!(ours.is_err());
            }
        }

        #[test]
        fn any_bytes_do_no_harm(text in ".{0,200}") {
            let _ = parse(&text, Dialect::Relaxed);
        }
    }
}
