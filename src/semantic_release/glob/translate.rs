//! A glob becomes a regular expression in JavaScript's dialect, by the rules of `picomatch` 2 with its default options.
//!
//! | module | holds |
//! | --- | --- |
//! | `text` | plain patterns, and backslashes |
//! | `brackets` | classes |
//! | `groups` | groups and braces |
//! | `signs` | single signs |

mod brackets;
mod groups;
mod signs;
mod text;

pub use text::escape;
use text::{escape_last, plain};

pub const ONE_CHAR: &str = "(?=.)";
pub const STAR: &str = "[^/]*?";
pub const GLOBSTAR: &str = r"(?:(?:(?!(?:^|\/)\.).)*?)";
const NO_DOT: &str = r"(?!\.)";
const NO_DOT_SLASH: &str = r"(?!\.?(?:\/|$))";
const DOT: &str = r"\.";
const SLASH: &str = r"\/";
const QMARK: &str = "[^/]";
const QMARK_NO_DOT: &str = r"[^.\/]";

/// The whole expression.
#[must_use]
pub fn source(pattern: &str) -> String {
    if pattern.starts_with(['.', '*'])
        && let Some(known) = common(shortened(pattern))
    {
        return format!(r"^(?:{known}\/?)$");
    }
    let translated = translate(pattern, true);
    let whole = format!("^(?:{})$", translated.output);
    if translated.negated {
        format!("^(?!{whole}).*$")
    } else {
        whole
    }
}

/// Patterns that mean the same as a shorter one.
fn shortened(pattern: &str) -> &str {
    match pattern {
        "***" => "*",
        "**/**" | "**/**/**" => "**",
        other => other.strip_prefix("./").unwrap_or(other),
    }
}

/// Common patterns, whose expression is known.
fn common(pattern: &str) -> Option<String> {
    let text = match pattern {
        "*" => format!("{NO_DOT}{ONE_CHAR}{STAR}"),
        ".*" => format!("{DOT}{ONE_CHAR}{STAR}"),
        "*.*" => format!("{NO_DOT}{STAR}{DOT}{ONE_CHAR}{STAR}"),
        "*/*" => format!("{NO_DOT}{STAR}{SLASH}{ONE_CHAR}{NO_DOT}{STAR}"),
        "**" => format!("{NO_DOT}{GLOBSTAR}"),
        "**/*" => format!("(?:{NO_DOT}{GLOBSTAR}{SLASH})?{NO_DOT}{ONE_CHAR}{STAR}"),
        "**/*.*" => format!("(?:{NO_DOT}{GLOBSTAR}{SLASH})?{NO_DOT}{STAR}{DOT}{ONE_CHAR}{STAR}"),
        "**/.*" => format!("(?:{NO_DOT}{GLOBSTAR}{SLASH})?{DOT}{ONE_CHAR}{STAR}"),
        _ => {
            let (before, ending) = pattern.rsplit_once('.')?;
            let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if ending.is_empty() || !ending.bytes().all(word) {
                return None;
            }
            return Some(format!("{}{DOT}{ending}", common(before)?));
        }
    };
    Some(text)
}

/// A translated pattern.
pub struct Translated {
    /// The expression, without anchors.
    pub output: String,
    /// Whether it says what must not match.
    pub negated: bool,
}

/// Translates; `short` allows the way of patterns without groups, which differs in details (`api|web` is plain text there).
pub fn translate(pattern: &str, short: bool) -> Translated {
    let input = shortened(pattern);
    let special = |char: char| matches!(char, '/' | '(' | ')' | '[' | ']' | '{' | '}' | '"');
    if short && !input.starts_with(['*', '!']) && !input.contains(special) {
        return Translated {
            output: plain(input),
            negated: false,
        };
    }
    Translator::new(input).run()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Start,
    Text,
    Paren,
    Bracket,
    Brace,
    Comma,
    Slash,
    Dot,
    Dots,
    Qmark,
    Plus,
    Star,
    Globstar,
    At,
    Extglob,
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    value: String,
    output: String,
    /// A star that was more than two.
    stars: bool,
    posix: bool,
    /// The token before it when it was read.
    before: usize,
}

/// An open `@(`, `!(`, `*(`, `+(` or `?(`.
struct Open {
    sign: char,
    /// Where the sign stands.
    start: usize,
    /// Its token's place in the list.
    place: usize,
    parens: usize,
    inner: String,
}

struct Brace {
    token: usize,
    comma: bool,
    dots: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nest {
    Parens,
    Brackets,
    Braces,
}

struct Translator {
    chars: Vec<char>,
    /// The next character to read.
    at: usize,
    start: usize,
    negated: bool,
    tokens: Vec<Token>,
    list: Vec<usize>,
    prev: usize,
    nest: Vec<Nest>,
    quoted: bool,
    opens: Vec<Open>,
    braces: Vec<Brace>,
}

impl Translator {
    fn new(input: &str) -> Self {
        let first = Token {
            kind: Kind::Start,
            value: String::new(),
            output: String::new(),
            stars: false,
            posix: false,
            before: 0,
        };
        Self {
            chars: input.chars().collect(),
            at: 0,
            start: 0,
            negated: false,
            tokens: vec![first],
            list: vec![0],
            prev: 0,
            nest: Vec::new(),
            quoted: false,
            opens: Vec::new(),
            braces: Vec::new(),
        }
    }

    fn run(mut self) -> Translated {
        while let Some(char) = self.chars.get(self.at).copied() {
            self.at += 1;
            self.read(char);
        }
        let mut output = self.output_from(0);
        for (kind, sign) in [(Nest::Brackets, '['), (Nest::Parens, '('), (Nest::Braces, '{')] {
            for _ in 0..self.count(kind) {
                output = escape_last(&output, sign);
            }
        }
        if matches!(self.tokens[self.prev].kind, Kind::Star | Kind::Bracket) {
            output.push_str(r"\/?");
        }
        Translated {
            output,
            negated: self.negated,
        }
    }

    fn read(&mut self, char: char) {
        let mut value = String::from(char);
        match char {
            '\0' => return,
            '\\' => match self.escaped() {
                None => return,
                Some(text) if self.count(Nest::Brackets) == 0 => return self.text(&text, &text),
                Some(text) => value = text,
            },
            _ => {}
        }
        if self.count(Nest::Brackets) > 0 && (value != "]" || matches!(self.prev_value(), "[" | "[^")) {
            return self.in_brackets(value);
        }
        if self.quoted && char != '"' {
            let text = escape(&value);
            let prev = &mut self.tokens[self.prev];
            prev.value.push_str(&text);
            return prev.output.push_str(&text);
        }
        match char {
            '"' => self.quoted = !self.quoted,
            '(' => {
                self.nest.push(Nest::Parens);
                self.push(Kind::Paren, "(", "(", false);
            }
            ')' => self.close_paren(),
            '[' if self.rest().contains(&']') => {
                self.nest.push(Nest::Brackets);
                self.push(Kind::Bracket, "[", "[", false);
            }
            '[' => self.push(Kind::Bracket, "\\[", "\\[", false),
            ']' => self.close_bracket(),
            '{' => self.open_brace(),
            '}' => self.close_brace(),
            ',' => self.comma(),
            '/' => self.slash(),
            '.' => self.dot(),
            '?' => self.qmark(),
            '!' => self.bang(),
            '+' => self.plus(),
            '@' if self.opens_group() => self.push(Kind::At, "@", "", true),
            '*' => self.star(),
            '^' | '$' => {
                let text = format!("\\{char}{}", self.plain_run());
                self.text(&text, &text);
            }
            '|' => {
                self.text("|", "|");
            }
            '@' => self.text("@", "@"),
            _ => {
                value.push_str(&self.plain_run());
                self.text(&value.clone(), &value);
            }
        }
    }

    fn rest(&self) -> &[char] {
        self.chars.get(self.at..).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead - 1).copied()
    }

    fn count(&self, nest: Nest) -> usize {
        self.nest.iter().filter(|one| **one == nest).count()
    }

    fn prev_value(&self) -> &str {
        &self.tokens[self.prev].value
    }

    /// Takes the characters that follow and mean nothing.
    fn plain_run(&mut self) -> String {
        let plain = |char: &&char| !"@![].,$*+?^{}()|\\/".contains(**char);
        let run: String = self.rest().iter().take_while(plain).collect();
        self.at += run.chars().count();
        run
    }

    /// Whether `(` follows and begins a group of `@`, `+`, `*`, `?`.
    fn opens_group(&self) -> bool {
        self.peek(1) == Some('(') && self.peek(2) != Some('?')
    }

    fn text(&mut self, value: &str, output: &str) {
        self.push(Kind::Text, value, output, false);
    }

    /// Adds a token; `extglob` where it is part of `@(…)` and the like.
    fn push(&mut self, kind: Kind, value: &str, output: &str, extglob: bool) {
        if self.tokens[self.prev].kind == Kind::Globstar {
            let in_brace = self.count(Nest::Braces) > 0 && matches!(kind, Kind::Comma | Kind::Brace);
            let in_group = extglob || (!self.opens.is_empty() && kind == Kind::Paren);
            if !matches!(kind, Kind::Slash | Kind::Paren) && !in_brace && !in_group {
                let prev = &mut self.tokens[self.prev];
                prev.kind = Kind::Star;
                prev.value = String::from("*");
                prev.output = String::from(STAR);
            }
        }
        if kind != Kind::Paren
            && let Some(open) = self.opens.last_mut()
        {
            open.inner.push_str(value);
        }
        let prev = &mut self.tokens[self.prev];
        if kind == Kind::Text && prev.kind == Kind::Text {
            prev.value.push_str(value);
            prev.output.push_str(output);
            return;
        }
        self.tokens.push(Token {
            kind,
            value: value.to_owned(),
            output: output.to_owned(),
            stars: false,
            posix: false,
            before: self.prev,
        });
        self.prev = self.tokens.len() - 1;
        self.list.push(self.prev);
    }

    /// The output so far, from a place of the list on.
    fn output_from(&self, place: usize) -> String {
        self.list
            .iter()
            .skip(place)
            .map(|token| self.tokens[*token].output.as_str())
            .collect()
    }

    fn is_empty(&self) -> bool {
        self.list
            .iter()
            .all(|token| self.tokens[*token].output.is_empty())
    }
}
