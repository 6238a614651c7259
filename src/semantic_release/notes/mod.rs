//! Release notes, and the text of the changelog file.
//!
//! ```text
//! commits ─▶ select (which, in which section) ─▶ build ─▶ model ─▶ template ─▶ text, cut at whole entries
//! ```
//!
//! | module | holds |
//! | --- | --- |
//! | [`settings`] | what a configuration says about the notes |
//! | `select` | which commits are shown, and in which section: the rules of the presets |
//! | `build` | from commits to the model, once by Node's rules and once by ours |
//! | `node` | subjects as Node's presets write them |
//! | `inline`, `block` | text of commits as Markdown that does nothing but what it means |
//! | `links` | addresses of commits, issues, people and the compare page |
//! | `people` | who made the changes |
//! | `order` | the order of texts, as JavaScript has it |
//! | [`model`] | what a template sees |
//! | `template` | our templates, and the project's own |
//! | `changelog` | the text of the changelog file |

mod block;
mod build;
mod changelog;
mod inline;
mod links;
pub mod model;
mod node;
mod order;
mod people;
mod select;
pub mod settings;
mod template;

pub use changelog::changelog;
pub use links::Repository;
pub use settings::{Preset, Settings};
pub use template::{Style, Template};

use crate::kit::outcome::{Failure, Result};
use crate::semantic_release::analyze::reverts;
use crate::semantic_release::commit::{Commit, Parsed, ParserOptions, Pattern};
use crate::semantic_release::notes::model::Model;

/// How many bytes a forge takes as the text of a release. Forgejo and Gitea keep it in a column `TEXT`, which in MySQL ends at
/// 65,535 bytes (the others have no end); GitHub takes 125,000 characters.
pub const RELEASE_LIMIT: usize = 65_000;

/// Everything the notes of one release are made of.
#[derive(Debug, Clone, Copy)]
pub struct NotesInput<'a> {
    /// The commits since the last release, newest first, and what their messages say. As in Node: those with `[skip release]`
    /// are among them; those with an empty message, those that another takes back, and the reverts that did so are not.
    pub commits: &'a [(&'a Commit, &'a Parsed)],
    /// The preset and its options.
    pub settings: &'a Settings,
    /// The version, without the tag's format.
    pub version: &'a str,
    /// The tag of the last release.
    pub previous_tag: Option<&'a str>,
    /// The tag of this one.
    pub tag: &'a str,
    /// Where the repository is; without it there are no links.
    pub repository: Option<&'a Repository>,
    /// The day in UTC, `2024-01-31`.
    pub date: &'a str,
    /// The package's name, in a monorepo.
    pub package: Option<&'a str>,
    /// Packages of this repository that this one now needs in another version: their names and versions.
    pub dependencies: &'a [(&'a str, &'a str)],
    /// How many bytes the notes may have: [`RELEASE_LIMIT`].
    pub limit: usize,
}

impl NotesInput<'_> {
    /// So many entries never fit: each is longer than ten bytes.
    fn most_entries(&self) -> usize {
        self.limit / 10
    }
}

/// The commits that notes are about, of those since the last release: none with an empty message, none that another takes back,
/// no revert that did so, and none whose message `ignored` (`ignoreCommits`) matches. `parsed` is what their messages say, read
/// with `parser`, which for notes is [`ParserOptions::for_notes`]. Skip marks do not count, as in Node.
#[must_use]
pub fn listed<'a>(
    commits: &'a [Commit],
    parsed: &'a [Option<Parsed>],
    parser: &ParserOptions,
    ignored: Option<&Pattern>,
) -> Vec<(&'a Commit, &'a Parsed)> {
    let counted = |index: usize| {
        let commit = commits.get(index)?;
        let ignored = ignored.is_some_and(|pattern| pattern.groups(commit.text()).is_some());
        parsed.get(index)?.as_ref().filter(|_| !ignored)
    };
    let cancelled = reverts::cancelled(commits, counted, &parser.revert_correspondence);
    commits
        .iter()
        .enumerate()
        .filter(|(index, _)| !cancelled.contains_key(index))
        .filter_map(|(index, commit)| Some((commit, counted(index)?)))
        .collect()
}

/// The notes as Markdown, with one line break at the end. What does not fit is left out by whole entries, and the notes say so.
///
/// # Errors
/// Config, when the project's own template is wrong: it names the file and the line.
pub fn render(input: &NotesInput<'_>, style: &Style) -> Result<String> {
    // The first alone leaves no room, and so many as the second have none.
    let model = model(input, style)?
        .without_larger(input.limit)
        .cut(input.most_entries());
    let mut text = template::lay_out(&model, style)?;
    if text.len() <= input.limit {
        return Ok(text);
    }
    // One entry must not take the room of all others.
    let before = model.entries();
    let model = model.without_larger(input.limit / 4);
    if model.entries() < before {
        text = template::lay_out(&model, style)?;
        if text.len() <= input.limit {
            return Ok(text);
        }
    }
    let none = template::lay_out(&model.cut(0), style)?;
    if none.len() > input.limit {
        let whose = match style {
            Style::Own(own) => format!("{}: the notes have", own.file),
            Style::Default | Style::Node(_) => "the notes have".to_owned(),
        };
        return Err(Failure::config(format!(
            "{whose} more than {} bytes even without any change",
            input.limit
        )));
    }
    largest(&model, style, input.limit, none, text.len())
}

/// The notes with as many entries as fit. `none` is those without any, `all` the bytes of those with all of them.
fn largest(model: &Model, style: &Style, limit: usize, none: String, all: usize) -> Result<String> {
    let empty = none.len();
    // Entries are much alike, so what some took tells how many there is room for. Where they are not, halves find it.
    let room = |entries: usize, bytes: usize| (limit - empty) * entries / bytes.saturating_sub(empty).max(1);
    let (mut fits, mut best) = (0, none);
    let mut too_many = model.entries();
    let mut guess = room(too_many, all);
    let mut missed = 0;
    while too_many - fits > 1 {
        let middle = fits + (too_many - fits) / 2;
        let tried = if missed > 3 {
            middle
        } else {
            guess.clamp(fits + 1, too_many - 1)
        };
        let text = template::lay_out(&model.cut(tried), style)?;
        guess = room(tried, text.len());
        missed += 1;
        if text.len() <= limit {
            (fits, best) = (tried, text);
        } else {
            too_many = tried;
        }
    }
    Ok(best)
}

/// What the template will see.
///
/// # Errors
/// Environment; only a build without the collation's data can cause it.
pub fn model(input: &NotesInput<'_>, style: &Style) -> Result<Model> {
    match style {
        Style::Default => build::as_ours(input, false),
        Style::Own(_) => build::as_ours(input, true),
        Style::Node(preset) if *preset == input.settings.preset => build::as_node(input, input.settings),
        Style::Node(preset) => build::as_node(input, &Settings::new(*preset)),
    }
}

#[cfg(test)]
mod tests;
