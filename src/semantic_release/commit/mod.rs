//! A commit, and what its message says.
//!
//! | module | holds |
//! | --- | --- |
//! | `options` | how messages are read: the presets' rules, and what a configuration changes |
//! | `parser` | the message line by line |
//! | `header` | the presets' header patterns |
//! | `references` | issues that are mentioned |
//! | `pattern` | the regular expressions of a configuration |
//! | `text` | JavaScript's white space, line breaks, letters and case |
//!
//! All of it takes time linear in the length of a message.

mod header;
mod options;
mod parser;
mod pattern;
mod references;
pub(crate) mod text;

use std::collections::BTreeMap;

pub use options::ParserOptions;
pub(crate) use options::truthy;
pub use pattern::Pattern;

/// What a message says. Nothing, where it is empty. White space at its ends counts; [`Commit::parse`] removes it first, as
/// `semantic-release` does.
#[must_use]
pub fn parse(message: &str, options: &ParserOptions) -> Parsed {
    parser::parse(message, options)
}

/// One commit of the range that is released, as read from the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The full object name.
    pub hash: String,
    /// The whole message, decoded; bytes that are no text became U+FFFD.
    pub message: String,
    /// Who wrote it.
    pub author: Person,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
}

impl Commit {
    /// The message without white space (JavaScript's) at its ends.
    #[must_use]
    pub fn text(&self) -> &str {
        text::trim(&self.message)
    }

    /// What the message says; none where it is empty.
    #[must_use]
    pub fn parse(&self, options: &ParserOptions) -> Option<Parsed> {
        Some(self.text())
            .filter(|text| !text.is_empty())
            .map(|text| parse(text, options))
    }
}

/// A name and an address, as the commit gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

/// What a message says, by the rules of `conventional-commits-parser`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The first line that counts.
    pub header: Option<String>,
    /// `feat` of `feat(api): add`.
    pub kind: Option<String>,
    /// `api` of `feat(api): add`.
    pub scope: Option<String>,
    /// `add` of `feat(api): add`.
    pub subject: Option<String>,
    /// The message of a merge, if the header is one by the configured pattern.
    pub merge: Option<String>,
    /// The text between header and footer.
    pub body: Option<String>,
    /// From the first note or reference on.
    pub footer: Option<String>,
    /// Breaking changes and other notes.
    pub notes: Vec<Note>,
    /// Issues that are mentioned.
    pub references: Vec<Reference>,
    /// People that are mentioned, without the `@`.
    pub mentions: Vec<String>,
    /// Which commit this one takes back.
    pub revert: Option<Revert>,
    /// The version a `Release-As:` footer asks for. It changes no version, but shows a hidden commit.
    pub release_as: Option<String>,
    /// Whether the header has the configured form.
    pub matched: bool,
    /// Other fields that a configuration's patterns name, such as `ticket`.
    pub others: BTreeMap<String, Option<String>>,
}

impl Parsed {
    /// A field of text by the name that rules and configurations use; none where it has no such field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Option<String>> {
        Some(match name {
            "header" => &self.header,
            "type" => &self.kind,
            "scope" => &self.scope,
            "subject" => &self.subject,
            "merge" => &self.merge,
            "body" => &self.body,
            "footer" => &self.footer,
            _ => return self.others.get(name),
        })
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "header" => &mut self.header,
            "type" => &mut self.kind,
            "scope" => &mut self.scope,
            "subject" => &mut self.subject,
            "merge" => &mut self.merge,
            "body" => &mut self.body,
            "footer" => &mut self.footer,
            // Lists: a text in their place crashes Node.
            "notes" | "references" | "mentions" => return None,
            _ => self.others.entry(name.to_owned()).or_default(),
        })
    }

    fn set(&mut self, name: &str, value: Option<String>) {
        if name == "revert" {
            self.revert = value.map(|_| Revert::default());
        } else if let Some(place) = self.place(name) {
            *place = value;
        }
    }

    fn take(&mut self, name: &str) -> Option<String> {
        if name == "revert" {
            None
        } else {
            self.place(name).and_then(Option::take)
        }
    }
}

/// A note, such as a breaking change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The keyword, such as `BREAKING CHANGE`.
    pub title: String,
    /// What it says.
    pub text: String,
}

/// A reference to an issue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reference {
    /// The text it was found in.
    pub raw: String,
    /// `closes` of `closes #1`.
    pub action: Option<String>,
    /// `olsitec` of `olsitec/foundation#1`.
    pub owner: Option<String>,
    /// `foundation` of `olsitec/foundation#1`.
    pub repository: Option<String>,
    /// `#`.
    pub prefix: String,
    /// `1`.
    pub issue: String,
}

/// What a revert takes back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revert {
    /// The header of that commit.
    pub header: Option<String>,
    /// Its hash, as written.
    pub hash: Option<String>,
    /// Other fields that a configuration's pattern names.
    pub others: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests;
