//! Single signs: `/`, `.`, `?`, `!`, `+`, `*`.

use super::text::is_word;
use super::{
    DOT, GLOBSTAR, Kind, NO_DOT, NO_DOT_SLASH, Nest, ONE_CHAR, QMARK, QMARK_NO_DOT, SLASH, STAR, Translator,
};

impl Translator {
    pub(super) fn slash(&mut self) {
        if self.tokens[self.prev].kind == Kind::Dot && self.at - 1 == self.start + 1 {
            self.start = self.at;
            self.list.pop();
            self.prev = 0;
            return;
        }
        self.push(Kind::Slash, "/", SLASH, false);
    }

    pub(super) fn dot(&mut self) {
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

    pub(super) fn qmark(&mut self) {
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

    pub(super) fn bang(&mut self) {
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

    pub(super) fn plus(&mut self) {
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

    pub(super) fn star(&mut self) {
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
