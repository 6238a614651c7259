//! Reads a message line by line, as `conventional-commits-parser` 6 does.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::semantic_release::commit::options::ParserOptions;
use crate::semantic_release::commit::pattern::{Groups, Pattern};
use crate::semantic_release::commit::references;
use crate::semantic_release::commit::text::{first_line, is_space, is_word, trim, trim_line_breaks};
use crate::semantic_release::commit::{Note, Parsed, Reference, Revert};

/// What git writes above the part of a message that it cuts off.
const SCISSORS: &str = " ------------------------ >8 ------------------------";

pub struct Parser<'a> {
    options: &'a ParserOptions,
    lines: Vec<&'a str>,
    at: usize,
    parsed: Parsed,
}

/// Parses a message.
pub fn parse(message: &str, options: &ParserOptions) -> Parsed {
    let mut parser = Parser {
        options,
        lines: lines(message, options.comment_char.as_deref()),
        at: 0,
        parsed: Parsed::default(),
    };
    parser.head();
    parser.rest();
    parser.breaking_header();
    parser.parsed.mentions = mentions(message);
    parser.revert(message);
    parser.finish()
}

/// The lines that count.
fn lines<'a>(message: &'a str, comment: Option<&str>) -> Vec<&'a str> {
    let all = trim_line_breaks(message)
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let signed = |line: &&str| line.trim_start_matches(is_space).starts_with("gpg:");
    let Some(comment) = comment else {
        return all.filter(|line| !signed(line)).collect();
    };
    let cut = |line: &&str| line.strip_prefix(comment) != Some(SCISSORS);
    all.take_while(cut)
        .filter(|line| !line.starts_with(comment) && !signed(line))
        .collect()
}

/// Adds a line to a text.
fn append(text: &mut Option<String>, line: &str) {
    match text {
        Some(text) => append_line(text, line),
        None => *text = Some(line.to_owned()),
    }
}

fn append_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

fn trimmed_text(text: &mut Option<String>) {
    if let Some(text) = text
        && text.trim_matches(['\r', '\n']).len() < text.len()
    {
        *text = trim_line_breaks(text).to_owned();
    }
}

fn mentions(message: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in message.match_indices('@') {
        let rest = message.get(at + 1..).unwrap_or_default();
        let length = rest
            .bytes()
            .take_while(|byte| is_word(*byte) || *byte == b'-')
            .count();
        found.extend(
            rest.get(..length)
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
        );
    }
    found
}

impl<'a> Parser<'a> {
    fn line(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    fn assign(&mut self, groups: &Groups<'_>, names: &[String]) {
        for (index, name) in names.iter().enumerate() {
            let value = groups.get(index, name).filter(|value| !value.is_empty());
            self.parsed.set(name, value.map(str::to_owned));
        }
    }

    /// The line of a merge, if there is one, and the header.
    fn head(&mut self) {
        let options = self.options;
        if let (Some(line), Some(pattern)) = (
            self.line().filter(|line| !line.is_empty()),
            &options.merge_pattern,
        ) && let Some(groups) = pattern.groups(line)
        {
            self.at += 1;
            self.parsed.merge = groups.whole().filter(|text| !text.is_empty()).map(str::to_owned);
            self.assign(&groups, &options.merge_correspondence);
            while self.line().is_some_and(|line| trim(line).is_empty()) {
                self.at += 1;
            }
        }
        let header = match self.parsed.header.take() {
            Some(header) => Some(header),
            None => {
                let line = self.line().map(str::to_owned);
                self.at += 1;
                line
            }
        };
        let Some(header) = header.filter(|header| !header.is_empty()) else {
            return;
        };
        let matching =
            |pattern: &'a Option<Pattern>| pattern.as_ref().and_then(|pattern| pattern.groups(&header));
        let groups = matching(&options.breaking_header_pattern).or_else(|| matching(&options.header_pattern));
        self.parsed.header = Some(header.clone());
        if let Some(groups) = groups {
            self.parsed.matched = true;
            self.assign(&groups, &options.header_correspondence);
        }
        references::collect(&header, options, &mut self.parsed.references);
    }

    /// Body and footer.
    fn rest(&mut self) {
        let mut in_body = true;
        while self.line().is_some() {
            self.fields();
            in_body &= !self.notes();
            let Some(line) = self.line() else {
                return;
            };
            let found = references::collect(line, self.options, &mut self.parsed.references);
            in_body &= found == 0;
            append(
                if in_body {
                    &mut self.parsed.body
                } else {
                    &mut self.parsed.footer
                },
                line,
            );
            self.at += 1;
        }
    }

    /// Lines that set a field, where the configuration has a pattern for them. Whether there was one.
    fn fields(&mut self) -> bool {
        let Some(pattern) = &self.options.field_pattern else {
            return false;
        };
        let mut field: Option<String> = None;
        let mut any = false;
        while let Some(line) = self.line() {
            if let Some(groups) = pattern.groups(line) {
                field = groups.nth(0).filter(|name| !name.is_empty()).map(str::to_owned);
            } else if let Some(name) = &field {
                any = true;
                let mut value = self.parsed.take(name);
                append(&mut value, line);
                self.parsed.set(name, value);
            } else {
                break;
            }
            self.at += 1;
        }
        any
    }

    /// Notes, each up to the next one or to a line with references. Whether there was one.
    fn notes(&mut self) -> bool {
        let Some(mut note) = self.note() else {
            return false;
        };
        while self.line().is_some() {
            if self.fields() {
                break;
            }
            let Some(line) = self.line() else {
                break;
            };
            if let Some(next) = self.note() {
                self.parsed.notes.push(std::mem::replace(&mut note, next));
                continue;
            }
            let found = references::collect(line, self.options, &mut self.parsed.references);
            if found == 0 {
                append_line(&mut note.text, line);
            }
            append(&mut self.parsed.footer, line);
            self.at += 1;
            if found > 0 {
                break;
            }
        }
        self.parsed.notes.push(note);
        true
    }

    /// `^[\s|*]*(keywords)[:\s]+(.*)`, in any case.
    fn note(&mut self) -> Option<Note> {
        let line = self.line()?;
        let keywords = self.options.keywords.as_ref()?;
        let lead = |char: char| is_space(char) || char == '|' || char == '*';
        let lead = line.len() - line.trim_start_matches(lead).len();
        // What leads may belong to the keyword, as with `**BREAKING**`.
        let bytes = line.as_bytes().get(..lead).unwrap_or_default().iter().rev();
        let starts = std::iter::once(lead).chain(
            (0..lead)
                .rev()
                .zip(bytes)
                .filter_map(|(at, byte)| byte.is_ascii().then_some(at)),
        );
        let starts = starts.take(if keywords.may_start_with(b"*|") {
            usize::MAX
        } else {
            1
        });
        let note = starts.into_iter().find_map(|start| {
            let rest = line.get(start..)?;
            keywords.at(rest).find_map(|length| {
                let after = rest.get(length..)?;
                let text = after.trim_start_matches(|char| char == ':' || is_space(char));
                (text.len() < after.len()).then(|| Note {
                    title: rest.get(..length).unwrap_or_default().to_owned(),
                    text: first_line(text).to_owned(),
                })
            })
        })?;
        append(&mut self.parsed.footer, line);
        self.at += 1;
        Some(note)
    }

    fn breaking_header(&mut self) {
        let (Some(pattern), Some(header)) = (&self.options.breaking_header_pattern, &self.parsed.header)
        else {
            return;
        };
        if self.parsed.notes.is_empty()
            && let Some(groups) = pattern.groups(header)
        {
            self.parsed.notes.push(Note {
                title: String::from("BREAKING CHANGE"),
                text: groups.nth(2).unwrap_or_default().to_owned(),
            });
        }
    }

    fn revert(&mut self, message: &str) {
        let options = self.options;
        if let Some(groups) = options
            .revert_pattern
            .as_ref()
            .and_then(|pattern| pattern.groups(message))
        {
            let mut revert = Revert::default();
            for (index, name) in options.revert_correspondence.iter().enumerate() {
                let value = groups
                    .get(index, name)
                    .filter(|value| !value.is_empty())
                    .map(str::to_owned);
                match name.as_str() {
                    "header" => revert.header = value,
                    "hash" => revert.hash = value,
                    _ => {
                        revert.others.extend(value.map(|value| (name.clone(), value)));
                    }
                }
            }
            self.parsed.revert = Some(revert);
        }
    }

    fn finish(mut self) -> Parsed {
        trimmed_text(&mut self.parsed.body);
        trimmed_text(&mut self.parsed.footer);
        for note in &mut self.parsed.notes {
            note.text = trim_line_breaks(&note.text).to_owned();
        }
        if self.parsed.references.len() > 1 {
            let mut seen = HashSet::new();
            let key =
                |reference: &Reference| format!("{:?} {}", reference.action, reference.raw).to_lowercase();
            self.parsed
                .references
                .retain(|reference| seen.insert(key(reference)));
        }
        self.parsed.release_as = [&self.parsed.footer, &self.parsed.body]
            .into_iter()
            .flatten()
            .find_map(|text| release_as(text));
        self.parsed
    }
}

/// The version after `Release-As:`, in any case.
fn release_as(text: &str) -> Option<String> {
    static PATTERN: OnceLock<Option<Pattern>> = OnceLock::new();
    if !text.contains(':') {
        return None;
    }
    let pattern = PATTERN.get_or_init(|| {
        Pattern::new(r"/release-as:\s*\w*@?([0-9]+\.[0-9]+\.[0-9a-z]+(?:-[0-9a-z.]+)?)\s*/i").ok()
    });
    Some(pattern.as_ref()?.groups(text)?.nth(0)?.to_owned())
}
