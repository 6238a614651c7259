//! Groups: `(a|b)`, `@(a|b)` and the like, `{a,b}`, `{1..3}`.

use super::text::escape;
use super::{Brace, GLOBSTAR, Kind, Nest, ONE_CHAR, Open, STAR, Translator, translate};
use crate::semantic_release::glob::{extglob, syntax};

impl Translator {
    pub(super) fn close_paren(&mut self) {
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

    pub(super) fn open_group(&mut self, sign: char) {
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

    pub(super) fn open_brace(&mut self) {
        self.nest.push(Nest::Braces);
        self.push(Kind::Brace, "{", "(", false);
        self.braces.push(Brace {
            token: self.prev,
            comma: false,
            dots: false,
        });
    }

    pub(super) fn close_brace(&mut self) {
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

    pub(super) fn comma(&mut self) {
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
