//! A glob becomes a regular expression in JavaScript's dialect, by the rules of `picomatch` 2 with its default options.

use crate::semantic_release::glob::extglob;
use crate::semantic_release::glob::syntax;

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

/// A pattern without groups, slashes and quotes. Runs of one character that is no letter are looked at together.
fn plain(input: &str) -> String {
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

fn is_word(char: char) -> bool {
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

fn has_meaning(char: char) -> bool {
    matches!(
        char,
        '-' | '*' | '+' | '?' | '.' | '^' | '$' | '{' | '}' | '(' | '|' | ')' | '[' | ']'
    )
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

    /// After a backslash: what it stands for, or nothing where it is dropped.
    fn escaped(&mut self) -> Option<String> {
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

    fn in_brackets(&mut self, mut value: String) {
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

    fn close_bracket(&mut self) {
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

    fn close_paren(&mut self) {
        let parens = self.count(Nest::Parens);
        if self.opens.last().is_some_and(|open| parens == open.parens + 1)
            && let Some(open) = self.opens.pop()
        {
            return self.close_group(&open);
        }
        self.push(Kind::Paren, ")", if parens > 0 { ")" } else { "\\)" }, false);
        self.unnest(Nest::Parens);
    }

    fn unnest(&mut self, nest: Nest) {
        if let Some(at) = self.nest.iter().rposition(|one| *one == nest) {
            self.nest.remove(at);
        }
    }

    fn open_group(&mut self, sign: char) {
        let open = Open {
            sign,
            start: self.at - 1,
            place: self.list.len(),
            parens: self.count(Nest::Parens),
            inner: String::new(),
        };
        self.nest.push(Nest::Parens);
        let first = if self.is_empty() { ONE_CHAR } else { "" };
        self.push(Kind::Extglob, &sign.to_string(), first, false);
        self.at += 1;
        self.push(
            Kind::Paren,
            "(",
            if sign == '!' { "(?:(?!(?:" } else { "(?:" },
            true,
        );
        self.opens.push(open);
    }

    fn close_group(&mut self, open: &Open) {
        let body: String = self
            .chars
            .get(open.start + 2..self.at - 1)
            .unwrap_or_default()
            .iter()
            .collect();
        if matches!(open.sign, '+' | '*')
            && let Some(safe) = extglob::risky(&body)
        {
            return self.close_risky(open, safe);
        }
        let output = match open.sign {
            '!' => self.closing_of_not(open),
            '@' => String::from(")"),
            sign => format!("){sign}"),
        };
        self.push(Kind::Paren, ")", &output, true);
        self.unnest(Nest::Parens);
    }

    fn closing_of_not(&self, open: &Open) -> String {
        let rest: String = self.rest().iter().collect();
        let star = if open.inner.chars().count() > 1 && open.inner.contains('/') {
            GLOBSTAR
        } else {
            STAR
        };
        let plain_ending = rest
            .strip_prefix('.')
            .is_some_and(|text| !text.is_empty() && !text.contains(['\\', '/', '.']));
        if open.inner.contains('*') && plain_ending {
            return format!("){}){star})", translate(&rest, false).output);
        }
        if star == GLOBSTAR || rest.chars().all(|char| char == ')') {
            return format!(")$)){star}");
        }
        format!(")){STAR})")
    }

    /// `*(…)` or `+(…)` that would be slow elsewhere is plain text, or its short form.
    fn close_risky(&mut self, open: &Open, safe: Option<String>) {
        let literal: String = self
            .chars
            .get(open.start..self.at)
            .unwrap_or_default()
            .iter()
            .collect();
        let empty = self
            .list
            .iter()
            .take(open.place)
            .all(|token| self.tokens[*token].output.is_empty());
        let output = match safe {
            Some(safe) if empty => format!("{ONE_CHAR}{safe}"),
            Some(safe) => safe,
            None => escape(&literal),
        };
        for token in self.list.iter().skip(open.place + 1) {
            self.tokens[*token].value.clear();
            self.tokens[*token].output.clear();
        }
        if let Some(token) = self.list.get(open.place) {
            let token = &mut self.tokens[*token];
            token.kind = Kind::Text;
            token.value = literal;
            token.output = output;
        }
        self.push(Kind::Paren, ")", "", true);
        self.unnest(Nest::Parens);
    }

    fn open_brace(&mut self) {
        self.nest.push(Nest::Braces);
        self.push(Kind::Brace, "{", "(", false);
        self.braces.push(Brace {
            token: self.prev,
            comma: false,
            dots: false,
        });
    }

    fn close_brace(&mut self) {
        let Some(brace) = self.braces.pop() else {
            return self.text("}", "}");
        };
        let mut output = String::from(")");
        let mut value = String::from("}");
        if brace.dots {
            let mut ends = Vec::new();
            while let Some(token) = self.list.pop() {
                let token = &self.tokens[token];
                if token.kind == Kind::Brace {
                    break;
                }
                if token.kind != Kind::Dots {
                    ends.insert(0, token.value.clone());
                }
            }
            output = range(ends);
        }
        if !brace.comma && !brace.dots {
            let token = &mut self.tokens[brace.token];
            token.value = String::from("\\{");
            token.output = String::from("\\{");
            output = String::from("\\}");
            value.clone_from(&output);
        }
        self.push(Kind::Brace, &value, &output, false);
        self.unnest(Nest::Braces);
    }

    fn comma(&mut self) {
        let in_brace = self.nest.last() == Some(&Nest::Braces);
        let output = match self.braces.last_mut() {
            Some(brace) if in_brace => {
                brace.comma = true;
                "|"
            }
            Some(_) | None => ",",
        };
        self.push(Kind::Comma, ",", output, false);
    }

    fn slash(&mut self) {
        if self.tokens[self.prev].kind == Kind::Dot && self.at - 1 == self.start + 1 {
            self.start = self.at;
            self.list.pop();
            self.prev = 0;
            return;
        }
        self.push(Kind::Slash, "/", SLASH, false);
    }

    fn dot(&mut self) {
        let (braces, parens) = (self.count(Nest::Braces), self.count(Nest::Parens));
        let kind = self.tokens[self.prev].kind;
        if braces > 0 && kind == Kind::Dot {
            let prev = &mut self.tokens[self.prev];
            prev.kind = Kind::Dots;
            prev.output.push('.');
            prev.value.push('.');
            if let Some(brace) = self.braces.last_mut() {
                brace.dots = true;
            }
            return;
        }
        if braces + parens == 0 && !matches!(kind, Kind::Start | Kind::Slash) {
            return self.text(".", DOT);
        }
        self.push(Kind::Dot, ".", DOT, false);
    }

    fn qmark(&mut self) {
        let prev = &self.tokens[self.prev];
        let after_open = prev.value == "(";
        if !after_open && self.opens_group() {
            return self.open_group('?');
        }
        if prev.kind == Kind::Paren {
            let next = self.peek(1);
            let starts_group = next.is_some_and(|char| matches!(char, '!' | '=' | '<' | ':'));
            let literal = (after_open && !starts_group) || (next == Some('<') && !names_group(self.rest()));
            return self.text("?", if literal { "\\?" } else { "?" });
        }
        let output = if matches!(prev.kind, Kind::Slash | Kind::Start) {
            QMARK_NO_DOT
        } else {
            QMARK
        };
        self.push(Kind::Qmark, "?", output, false);
    }

    fn bang(&mut self) {
        let inside = self
            .peek(3)
            .is_some_and(|char| matches!(char, '!' | '=' | '<' | ':'));
        if self.peek(1) == Some('(') && (self.peek(2) != Some('?') || !inside) {
            return self.open_group('!');
        }
        if self.at == 1 {
            return self.negate();
        }
        let text = format!("!{}", self.plain_run());
        self.text(&text, &text);
    }

    fn negate(&mut self) {
        let mut count = 1;
        while self.peek(1) == Some('!') && (self.peek(2) != Some('(') || self.peek(3) == Some('?')) {
            self.at += 1;
            self.start += 1;
            count += 1;
        }
        if count % 2 == 1 {
            self.negated = true;
            self.start += 1;
        }
    }

    fn plus(&mut self) {
        if self.opens_group() {
            return self.open_group('+');
        }
        let prev = &self.tokens[self.prev];
        if prev.value == "(" {
            return self.push(Kind::Plus, "+", "\\+", false);
        }
        if matches!(prev.kind, Kind::Bracket | Kind::Paren | Kind::Brace) || self.count(Nest::Parens) > 0 {
            return self.push(Kind::Plus, "+", "+", false);
        }
        self.push(Kind::Plus, "\\+", "\\+", false);
    }

    fn star(&mut self) {
        let prev = &mut self.tokens[self.prev];
        if prev.kind == Kind::Globstar || prev.stars {
            prev.kind = Kind::Star;
            prev.stars = true;
            prev.value.push('*');
            prev.output = String::from(STAR);
            return;
        }
        if self.peek(1) == Some('(') && self.peek(2).is_some_and(|char| char != '?') {
            return self.open_group('*');
        }
        if self.tokens[self.prev].kind == Kind::Star {
            return self.second_star();
        }
        let kind = self.tokens[self.prev].kind;
        if self.at - 1 == self.start || matches!(kind, Kind::Slash | Kind::Dot) {
            let more = self.peek(1) != Some('*');
            let prev = &mut self.tokens[self.prev];
            prev.output
                .push_str(if kind == Kind::Dot { NO_DOT_SLASH } else { NO_DOT });
            prev.output.push_str(if more { ONE_CHAR } else { "" });
        }
        self.push(Kind::Star, "*", STAR, false);
    }

    fn second_star(&mut self) {
        let prior = self.tokens[self.prev].before;
        let before = self.tokens[prior].before;
        let prior_kind = self.tokens[prior].kind;
        let at_start = matches!(prior_kind, Kind::Slash | Kind::Start);
        let after_star = prior != 0 && matches!(self.tokens[before].kind, Kind::Star | Kind::Globstar);
        let in_brace = self.count(Nest::Braces) > 0 && matches!(prior_kind, Kind::Comma | Kind::Brace);
        if !at_start && prior_kind != Kind::Paren && !in_brace {
            return self.push(Kind::Star, "*", "", false);
        }
        while self.rest().starts_with(&['/', '*', '*']) && self.peek(4).is_none_or(|char| char == '/') {
            self.at += 3;
        }
        let rest = (self.peek(1), self.peek(2));
        let inner_slash = prior_kind == Kind::Slash && self.tokens[before].kind != Kind::Start;
        let (output, opened, eats) = match rest.0 {
            None if inner_slash && !after_star => (format!("{GLOBSTAR}|$)"), true, false),
            Some('/') if inner_slash => {
                let end = if rest.1.is_some() { "|$" } else { "" };
                (format!("{GLOBSTAR}{SLASH}|{SLASH}{end})"), true, true)
            }
            Some('/') if prior_kind == Kind::Start => {
                (format!("(?:^|{SLASH}|{GLOBSTAR}{SLASH})"), false, true)
            }
            Some(_) | None => (String::from(GLOBSTAR), false, false),
        };
        // What these forms replace began with the whole output of a pattern that starts with `**`.
        if prior_kind == Kind::Start && (rest.0.is_none() || eats) {
            self.tokens[prior].output.clear();
        }
        if opened {
            self.tokens[prior].output.insert_str(0, "(?:");
        }
        let prev = &mut self.tokens[self.prev];
        prev.kind = Kind::Globstar;
        prev.value.push('*');
        prev.output = output;
        if eats {
            self.at += 1;
            self.push(Kind::Slash, "/", "", false);
        }
    }
}

/// Whether `<` begins lookbehind or a named group.
fn names_group(rest: &[char]) -> bool {
    let text: String = rest.iter().collect();
    text.match_indices('<').any(|(at, _)| {
        let after = text.get(at + 1..).unwrap_or_default();
        let word = after.trim_start_matches(is_word);
        after.starts_with(['!', '=']) || (word.len() < after.len() && word.starts_with('>'))
    })
}

/// `{1..3}` as a class.
fn range(mut ends: Vec<String>) -> String {
    ends.sort_by(|one, other| one.encode_utf16().cmp(other.encode_utf16()));
    let class = format!("[{}]", ends.join("-"));
    if syntax::parse(&class) == Err(syntax::Fault::Invalid) {
        return ends.iter().map(|end| escape(end)).collect::<Vec<_>>().join("..");
    }
    class
}

/// Puts a backslash before the last such sign that has none.
fn escape_last(text: &str, sign: char) -> String {
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
