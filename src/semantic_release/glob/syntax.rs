//! The part of JavaScript's regular expressions that globs are made of, without the flag `u`: units are UTF-16.

use crate::semantic_release::glob::classes::Class;

/// A regular expression, as far as the question "does it match" goes: groups capture nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Nothing.
    Empty,
    /// One unit of a set.
    Set(Class),
    /// One after the other.
    All(Vec<Node>),
    /// One of them.
    Any(Vec<Node>),
    /// So many times: at least `min`, at most once or without end.
    Repeat {
        /// What is repeated.
        node: Box<Node>,
        /// Whether none is enough.
        optional: bool,
        /// Whether there may be more than one.
        many: bool,
    },
    /// What follows matches, or does not.
    Look {
        /// What is looked for.
        node: Box<Node>,
        /// Whether it must not be there.
        negated: bool,
    },
    /// `^`
    Start,
    /// `$`
    End,
    /// `\b`, or `\B` where negated.
    WordEdge {
        /// `\B`
        negated: bool,
    },
}

/// Why there is no expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// JavaScript refuses it too.
    Invalid,
    /// JavaScript knows it, we do not.
    Unsupported(&'static str),
}

/// How deep groups may be nested: the parser recurses.
const DEEPEST: usize = 200;

/// Parses an expression.
///
/// # Errors
/// [`Fault`].
pub fn parse(source: &str) -> Result<Node, Fault> {
    let mut parser = Parser {
        units: source.encode_utf16().collect(),
        at: 0,
        depth: 0,
    };
    let node = parser.alternatives()?;
    if parser.at < parser.units.len() {
        return Err(Fault::Invalid);
    }
    Ok(node)
}

struct Parser {
    units: Vec<u16>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek_unit(&self) -> Option<u16> {
        self.units.get(self.at).copied()
    }

    /// The next unit if it is ASCII; other units have no meaning.
    fn peek(&self) -> Option<char> {
        self.peek_unit()
            .and_then(|unit| u8::try_from(unit).ok())
            .map(char::from)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = text
            .encode_utf16()
            .eq(self.units.iter().skip(self.at).take(text.len()).copied());
        if found {
            self.at += text.len();
        }
        found
    }

    fn alternatives(&mut self) -> Result<Node, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::Unsupported("groups nested deeper than 200"));
        }
        let mut branches = vec![self.sequence()?];
        while self.eat("|") {
            branches.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(match branches.len() {
            1 => branches.pop().unwrap_or(Node::Empty),
            _ => Node::Any(branches),
        })
    }

    fn sequence(&mut self) -> Result<Node, Fault> {
        let mut nodes = Vec::new();
        while let Some(unit) = self.peek_unit() {
            if self.peek().is_some_and(|char| matches!(char, '|' | ')')) {
                break;
            }
            let (node, repeatable) = self.atom(unit)?;
            nodes.push(if repeatable { self.repeated(node)? } else { node });
            if !repeatable && self.peek().is_some_and(|char| matches!(char, '*' | '+' | '?')) {
                return Err(Fault::Invalid);
            }
        }
        Ok(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.pop().unwrap_or(Node::Empty),
            _ => Node::All(nodes),
        })
    }

    /// What may follow an atom: `*`, `+`, `?`, each lazy or not, which makes no difference to the question.
    fn repeated(&mut self, node: Node) -> Result<Node, Fault> {
        let (optional, many) = match self.peek() {
            Some('*') => (true, true),
            Some('+') => (false, true),
            Some('?') => (true, false),
            Some('{') if self.counts() => return Err(Fault::Unsupported("a counted repetition")),
            Some(_) | None => return Ok(node),
        };
        self.at += 1;
        self.eat("?");
        if self.peek().is_some_and(|char| matches!(char, '*' | '+' | '?')) {
            return Err(Fault::Invalid);
        }
        Ok(Node::Repeat {
            node: Box::new(node),
            optional,
            many,
        })
    }

    /// Whether `{2}`, `{2,}` or `{2,3}` comes next; any other `{` is plain.
    fn counts(&self) -> bool {
        let rest: String = self
            .units
            .iter()
            .skip(self.at + 1)
            .take(20)
            .map(|unit| char::from(u8::try_from(*unit).unwrap_or(b'x')))
            .collect();
        let Some((inside, _)) = rest.split_once('}') else {
            return false;
        };
        let mut parts = inside.splitn(2, ',');
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        parts
            .next()
            .is_some_and(|first| !first.is_empty() && digits(first))
            && parts.next().is_none_or(digits)
    }

    /// One atom, and whether it may be repeated.
    fn atom(&mut self, unit: u16) -> Result<(Node, bool), Fault> {
        let Some(char) = self.peek() else {
            self.at += 1;
            return Ok((Node::Set(Class::one(unit)), true));
        };
        match char {
            '(' => self.group(),
            '[' => Ok((Node::Set(self.class()?), true)),
            '\\' => self.escape(),
            '*' | '+' | '?' => Err(Fault::Invalid),
            '{' if self.counts() => Err(Fault::Invalid),
            '.' => self.taken(Node::Set(Class::dot()), true),
            '^' => self.taken(Node::Start, false),
            '$' => self.taken(Node::End, false),
            _ => self.taken(Node::Set(Class::one(unit)), true),
        }
    }

    fn taken(&mut self, node: Node, repeatable: bool) -> Result<(Node, bool), Fault> {
        self.at += 1;
        Ok((node, repeatable))
    }

    fn group(&mut self) -> Result<(Node, bool), Fault> {
        self.at += 1;
        let look = if self.eat("?=") {
            Some(false)
        } else if self.eat("?!") {
            Some(true)
        } else if self.eat("?<=") || self.eat("?<!") {
            return Err(Fault::Unsupported("lookbehind"));
        } else if self.eat("?<") {
            self.name()?;
            None
        } else if self.eat("?:") {
            None
        } else if self.peek() == Some('?') {
            // Such as `(?i:…)`, which newer engines know.
            return Err(Fault::Unsupported("an inline flag"));
        } else {
            None
        };
        let node = self.alternatives()?;
        if !self.eat(")") {
            return Err(Fault::Invalid);
        }
        Ok(match look {
            Some(negated) => (
                Node::Look {
                    node: Box::new(node),
                    negated,
                },
                true,
            ),
            None => (node, true),
        })
    }

    /// The rest of `(?<name>`.
    fn name(&mut self) -> Result<(), Fault> {
        let from = self.at;
        while let Some(char) = self.peek() {
            self.at += 1;
            match char {
                '>' if self.at > from + 1 => return Ok(()),
                '_' | '$' | 'a'..='z' | 'A'..='Z' => {}
                '0'..='9' if self.at > from + 1 => {}
                _ => return Err(Fault::Invalid),
            }
        }
        Err(Fault::Invalid)
    }

    fn escape(&mut self) -> Result<(Node, bool), Fault> {
        self.at += 1;
        let Some(unit) = self.peek_unit() else {
            return Err(Fault::Invalid);
        };
        match self.peek() {
            Some('b') => self.taken(Node::WordEdge { negated: false }, false),
            Some('B') => self.taken(Node::WordEdge { negated: true }, false),
            Some('1'..='9') => Err(Fault::Unsupported("a backreference")),
            Some('p' | 'P' | 'k') | None => self.taken(Node::Set(Class::one(unit)), true),
            Some(letter) => {
                if let Some(class) = Class::escape(letter) {
                    return self.taken(Node::Set(class), true);
                }
                let unit = self.escaped_unit(letter);
                Ok((Node::Set(Class::one(unit)), true))
            }
        }
    }

    /// The unit that `\n`, `\x41`, `\u0041`, `\cA` or `\-` stands for; the backslash is already read.
    fn escaped_unit(&mut self, letter: char) -> u16 {
        self.at += 1;
        match letter {
            't' => 0x09,
            'n' => 0x0A,
            'v' => 0x0B,
            'f' => 0x0C,
            'r' => 0x0D,
            '0' => 0x00,
            'x' => self.hex(2).unwrap_or(u16::from(b'x')),
            'u' => self.hex(4).unwrap_or(u16::from(b'u')),
            'c' => match self.peek().filter(char::is_ascii_alphabetic) {
                Some(control) => {
                    self.at += 1;
                    (control as u16) % 32
                }
                None => {
                    // A backslash that stands for itself; the `c` is read next.
                    self.at -= 1;
                    u16::from(b'\\')
                }
            },
            // The letter is a Latin-1 unit.
            _ => letter as u16,
        }
    }

    fn hex(&mut self, digits: usize) -> Option<u16> {
        let text: String = self
            .units
            .iter()
            .skip(self.at)
            .take(digits)
            .map(|unit| char::from(u8::try_from(*unit).unwrap_or(b'x')))
            .collect();
        if text.len() != digits || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += digits;
        u16::from_str_radix(&text, 16).ok()
    }

    fn class(&mut self) -> Result<Class, Fault> {
        self.at += 1;
        let negated = self.eat("^");
        let mut class = Class::default();
        loop {
            let Some(unit) = self.peek_unit() else {
                return Err(Fault::Invalid);
            };
            if self.eat("]") {
                return Ok(if negated { class.not() } else { class });
            }
            let from = self.class_atom(unit, &mut class);
            let (Some(next), true) = (self.units.get(self.at + 1).copied(), self.peek() == Some('-')) else {
                continue_with(&mut class, from);
                continue;
            };
            if next == u16::from(b']') {
                continue_with(&mut class, from);
                continue;
            }
            self.at += 1;
            let to = self.class_atom(next, &mut class);
            match (from, to) {
                (Some(from), Some(to)) if from > to => return Err(Fault::Invalid),
                (Some(from), Some(to)) => class.add(from, to),
                (one, other) => {
                    // `[\w-x]`: the dash is plain beside a set.
                    continue_with(&mut class, one);
                    continue_with(&mut class, other);
                    class.add(u16::from(b'-'), u16::from(b'-'));
                }
            }
        }
    }

    /// One unit of a class; none where it is a set, which is added at once.
    fn class_atom(&mut self, unit: u16, class: &mut Class) -> Option<u16> {
        self.at += 1;
        if unit != u16::from(b'\\') {
            return Some(unit);
        }
        let letter = self.peek();
        match letter {
            Some('b') => {
                self.at += 1;
                Some(0x08)
            }
            Some(letter) => {
                if let Some(set) = Class::escape(letter) {
                    self.at += 1;
                    class.join(&set);
                    return None;
                }
                Some(self.escaped_unit(letter))
            }
            None => {
                let unit = self.peek_unit();
                self.at += usize::from(unit.is_some());
                unit.or(Some(u16::from(b'\\')))
            }
        }
    }
}

fn continue_with(class: &mut Class, unit: Option<u16>) {
    if let Some(unit) = unit {
        class.add(unit, unit);
    }
}
