//! A commit, and what its message says.

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
}
