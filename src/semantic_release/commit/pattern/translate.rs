//! From JavaScript's dialect to that of the crate `regex`, with JavaScript's meaning: `\w` and case are ASCII's, `.` and `\s` are
//! JavaScript's.

const SPACE: &str = r"\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";
const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Z_a-z";

/// Why a pattern cannot be used.
pub type Fault = &'static str;

/// Translates.
///
/// # Errors
/// What of it is not known.
pub fn translate(source: &str) -> Result<String, Fault> {
    let (body, flags) = literal(source);
    let mut translator = Translator {
        chars: body.chars().collect(),
        at: 0,
        any_case: false,
        any_char: false,
        lines: false,
        output: String::new(),
    };
    for flag in flags.chars() {
        match flag {
            'i' => translator.any_case = true,
            's' => translator.any_char = true,
            'm' => translator.lines = true,
            // Neither changes the first match.
            'd' | 'g' | 'u' => {}
            'y' => translator.output.push_str(r"\A"),
            _ => return Err("a flag is not known"),
        }
    }
    if flags.contains('y') {
        translator.output.push_str("(?:");
    }
    translator.run()?;
    if flags.contains('y') {
        translator.output.push(')');
    }
    Ok(translator.output)
}

/// `/body/flags`, or all of it.
fn literal(source: &str) -> (&str, &str) {
    let parts = source.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    parts
        .filter(|(body, flags)| !body.is_empty() && flags.bytes().all(|flag| flag.is_ascii_lowercase()))
        .unwrap_or((source, ""))
}

struct Translator {
    chars: Vec<char>,
    at: usize,
    any_case: bool,
    any_char: bool,
    lines: bool,
    output: String,
}

impl Translator {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn starts(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(index, char)| self.chars.get(self.at + index) == Some(&char))
    }

    fn run(&mut self) -> Result<(), Fault> {
        while let Some(char) = self.peek() {
            self.at += 1;
            match char {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.open()?,
                ')' | '|' | '*' | '+' | '?' => self.output.push(char),
                '{' if self.counts() => self.output.push(char),
                '.' if self.any_char => self.output.push_str("(?s:.)"),
                '.' => self.output.push_str(r"[^\n\r\u{2028}\u{2029}]"),
                '^' => self.output.push_str(if self.lines { "(?m:^)" } else { r"\A" }),
                '$' => self.output.push_str(if self.lines { "(?m:$)" } else { r"\z" }),
                '}' => self.close_brace(),
                plain => self.plain(plain),
            }
        }
        Ok(())
    }

    /// After `{`: whether it is a number of times; else it is plain.
    fn counts(&self) -> bool {
        let rest: String = self
            .chars
            .iter()
            .skip(self.at)
            .take_while(|char| **char != '}')
            .collect();
        if self.at + rest.chars().count() >= self.chars.len() {
            return false;
        }
        let (least, most) = rest.split_once(',').unwrap_or((&rest, ""));
        !least.is_empty()
            && [least, most]
                .into_iter()
                .all(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// The end of a number of times, or plain.
    fn close_brace(&mut self) {
        let open = self
            .output
            .rfind('{')
            .map(|at| self.output.get(at..).unwrap_or_default());
        let counts = open.is_some_and(|text| {
            text.bytes()
                .skip(1)
                .all(|byte| byte.is_ascii_digit() || byte == b',')
                && text.len() > 1
        });
        let escaped = self
            .output
            .rfind('{')
            .is_some_and(|at| self.output.get(..at).is_some_and(|head| head.ends_with('\\')));
        self.output.push_str(if counts && !escaped { "}" } else { r"\}" });
    }

    fn open(&mut self) -> Result<(), Fault> {
        if ["?=", "?!", "?<=", "?<!"]
            .into_iter()
            .any(|look| self.starts(look))
        {
            return Err("it looks around");
        }
        if self.starts("?:") || self.starts("?<") {
            self.output.push_str("(?");
            self.at += 1;
            while let Some(char) = self.peek() {
                self.at += 1;
                self.output.push(char);
                if matches!(char, ':' | '>') {
                    break;
                }
            }
            return Ok(());
        }
        if self.starts("?") {
            return Err("it has an inline flag");
        }
        self.output.push('(');
        Ok(())
    }

    /// A character that stands for itself, in both cases where case makes no difference.
    fn plain(&mut self, char: char) {
        let other = other_case(char).filter(|_| self.any_case);
        match other {
            Some(other) => self.output.push_str(&format!("[{char}{other}]")),
            None => self.output.push_str(&regex::escape(&char.to_string())),
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let Some(char) = self.peek() else {
            return Err("it ends with a backslash");
        };
        if let Some(set) = set(char) {
            self.at += 1;
            self.output.push_str(&format!("[{set}]"));
            return Ok(());
        }
        match char {
            'b' => self.output.push_str(r"(?-u:\b)"),
            'B' => return Err(r"it uses \B"),
            '1'..='9' | 'k' => return Err("it has a backreference"),
            'p' | 'P' => return Err("it has a Unicode property"),
            _ => {
                let char = self.escaped()?;
                self.plain(char);
                return Ok(());
            }
        }
        self.at += 1;
        Ok(())
    }

    /// The character that `\n`, `\x41`, `\-` and so on stand for.
    fn escaped(&mut self) -> Result<char, Fault> {
        let Some(char) = self.peek() else {
            return Err("it ends with a backslash");
        };
        self.at += 1;
        Ok(match char {
            't' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            '0' => '\0',
            'x' => self.hex(2)?.unwrap_or('x'),
            'u' => self.hex(4)?.unwrap_or('u'),
            'c' => return Err("it has a control character"),
            other => other,
        })
    }

    fn hex(&mut self, digits: usize) -> Result<Option<char>, Fault> {
        let text: String = self.chars.iter().skip(self.at).take(digits).collect();
        if text.len() != digits || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        self.at += digits;
        let code = u32::from_str_radix(&text, 16).unwrap_or_default();
        char::from_u32(code)
            .map(Some)
            .ok_or("it has half of a surrogate pair")
    }

    fn class(&mut self) -> Result<(), Fault> {
        let negated = self.peek() == Some('^');
        self.at += usize::from(negated);
        let mut inside = String::new();
        loop {
            let Some(char) = self.peek() else {
                return Err("a class is not closed");
            };
            self.at += 1;
            if char == ']' {
                break;
            }
            let Some(from) = self.class_atom(char, &mut inside)? else {
                continue;
            };
            let range =
                self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|next| *next != ']');
            if !range {
                self.add(from, from, &mut inside);
                continue;
            }
            self.at += 1;
            let next = self.peek().unwrap_or('-');
            self.at += 1;
            match self.class_atom(next, &mut inside)? {
                Some(to) if to < from => return Err("a range is the wrong way round"),
                Some(to) => self.add(from, to, &mut inside),
                None => {
                    self.add(from, from, &mut inside);
                    self.add('-', '-', &mut inside);
                }
            }
        }
        match (inside.is_empty(), negated) {
            (true, true) => self.output.push_str("(?s:.)"),
            (true, false) => self.output.push_str(r"[^\s\S]"),
            (false, true) => self.output.push_str(&format!("[^{inside}]")),
            (false, false) => self.output.push_str(&format!("[{inside}]")),
        }
        Ok(())
    }

    /// One character of a class; none where it was a set, which is added at once.
    fn class_atom(&mut self, char: char, inside: &mut String) -> Result<Option<char>, Fault> {
        if char != '\\' {
            return Ok(Some(char));
        }
        let next = self.peek();
        if let Some(set) = next.and_then(set) {
            self.at += 1;
            inside.push_str(&format!("[{set}]"));
            return Ok(None);
        }
        if next == Some('b') {
            self.at += 1;
            return Ok(Some('\u{8}'));
        }
        self.escaped().map(Some)
    }

    fn add(&self, from: char, to: char, inside: &mut String) {
        let mut range = |from: char, to: char| {
            inside.push_str(&format!(r"\u{{{:x}}}-\u{{{:x}}}", from as u32, to as u32))
        };
        range(from, to);
        if !self.any_case {
            return;
        }
        for (first, last) in [('a', 'z'), ('A', 'Z')] {
            let (low, high) = (from.max(first), to.min(last));
            if low <= high {
                range(flip(low), flip(high));
            }
        }
        if from == to
            && let Some(other) = other_case(from)
        {
            range(other, other);
        }
    }
}

fn flip(char: char) -> char {
    if char.is_ascii_lowercase() {
        char.to_ascii_uppercase()
    } else {
        char.to_ascii_lowercase()
    }
}

/// The set of `\d`, `\w`, `\s` and their opposites.
fn set(letter: char) -> Option<String> {
    Some(match letter {
        'd' => DIGIT.to_owned(),
        'D' => format!("^{DIGIT}"),
        'w' => WORD.to_owned(),
        'W' => format!("^{WORD}"),
        's' => SPACE.to_owned(),
        'S' => format!("^{SPACE}"),
        _ => return None,
    })
}

/// The other case of a letter, where each is one character and both are, or are not, ASCII.
fn other_case(char: char) -> Option<char> {
    let (mut lower, mut upper) = (char.to_lowercase(), char.to_uppercase());
    let (lower, upper) = ((lower.next()?, lower.next()), (upper.next()?, upper.next()));
    if lower.1.is_some() || upper.1.is_some() {
        return None;
    }
    let other = if lower.0 == char { upper.0 } else { lower.0 };
    (other != char && other.is_ascii() == char.is_ascii()).then_some(other)
}
