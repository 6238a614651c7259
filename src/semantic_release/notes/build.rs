//! From commits to the model, once by Node's rules and once by ours.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use semver::Version;

use crate::kit::outcome::Result;
use crate::semantic_release::commit::{Parsed, Reference};
use crate::semantic_release::notes::block::block;
use crate::semantic_release::notes::inline::{self, Issues, inline, shortened};
use crate::semantic_release::notes::links::{Repository, expand, part, tidy};
use crate::semantic_release::notes::model::{Breaking, Count, Dependency, Entry, Issue, Model, Raw, Section};
use crate::semantic_release::notes::order::Order;
use crate::semantic_release::notes::people;
use crate::semantic_release::notes::select::{self, Picked};
use crate::semantic_release::notes::settings::{Preset, Settings};
use crate::semantic_release::notes::{NotesInput, node};

/// How long a subject may be in our layout, in characters.
const SUBJECT: usize = 400;
/// How long a scope may be in our layout, in characters.
const SCOPE: usize = 80;
/// How many issues one entry names.
const REFERENCES: usize = 30;

/// What links need.
struct Site<'a> {
    settings: &'a Settings,
    /// Host, owner and name, where they are known.
    repository: Option<(&'a str, &'a str, &'a str)>,
    words: (&'a str, &'a str),
    /// Whether commits and issues are links.
    references: bool,
}

impl<'a> Site<'a> {
    fn new(input: &'a NotesInput<'_>, settings: &'a Settings) -> Self {
        let (commit, issue) = input.repository.map_or(("commit", "issues"), Repository::words);
        let repository = input.repository.map(|repository| {
            let host = settings.host.as_deref().unwrap_or(&repository.host);
            (
                host.trim_end_matches('/'),
                repository.owner.as_str(),
                repository.name.as_str(),
            )
        });
        Self {
            settings,
            repository,
            words: (
                settings.commit.as_deref().unwrap_or(commit),
                settings.issue.as_deref().unwrap_or(issue),
            ),
            references: settings.link_references.unwrap_or(true) && repository.is_some(),
        }
    }

    /// Host, owner and repository as an address' template names them.
    fn values(&self) -> [(&'static str, &'a str); 3] {
        let (host, owner, name) = self.repository.unwrap_or_default();
        [("host", host), ("owner", owner), ("repository", name)]
    }

    fn commit(&self, hash: &str) -> Option<String> {
        self.references.then(|| {
            let short = short(hash);
            let values = [&self.values()[..], &[("hash", hash), ("shortHash", short)]].concat();
            match self.settings.preset {
                Preset::ConventionalCommits => expand(&self.settings.commit_url_format, &values),
                Preset::Angular => {
                    let [host, owner, name] = self.values().map(|(_, value)| value);
                    format!("{host}/{owner}/{name}/{}/{hash}", self.words.0)
                }
            }
        })
    }

    fn issue(
        &self,
        owner: Option<&str>,
        repository: Option<&str>,
        prefix: &str,
        number: &str,
    ) -> Option<String> {
        self.references.then(|| {
            let [host, own, name] = self.values().map(|(_, value)| value);
            let (own, name) = (owner.unwrap_or(own), repository.unwrap_or(name));
            match self.settings.preset {
                Preset::ConventionalCommits => expand(
                    &self.settings.issue_url_format,
                    &[
                        ("host", host),
                        ("owner", own),
                        ("repository", name),
                        ("id", number),
                        ("prefix", prefix),
                    ],
                ),
                // Of a repository without an owner, Node's address has none either.
                Preset::Angular => match (owner, repository) {
                    (None, Some(repository)) => format!("{host}/{repository}/{}/{number}", self.words.1),
                    (Some(_) | None, _) => format!("{host}/{own}/{name}/{}/{number}", self.words.1),
                },
            }
        })
    }

    fn compare(&self, previous: &str, current: &str, version: &str) -> Option<String> {
        let (host, owner, name) = self.repository?;
        let values = [
            &self.values()[..],
            &[
                ("previousTag", previous),
                ("currentTag", current),
                ("version", version),
            ],
        ]
        .concat();
        Some(match self.settings.preset {
            Preset::ConventionalCommits => expand(&self.settings.compare_url_format, &values),
            Preset::Angular => format!("{host}/{owner}/{name}/compare/{previous}...{current}"),
        })
    }
}

fn short(hash: &str) -> &str {
    hash.get(..7).unwrap_or(hash)
}

fn head(input: &NotesInput<'_>) -> Model {
    Model {
        version: input.version.to_owned(),
        tag: input.tag.to_owned(),
        previous_tag: input.previous_tag.map(str::to_owned),
        date: input.date.to_owned(),
        node_version: match input.package {
            Some(_) => input.tag.to_owned(),
            None => input.version.to_owned(),
        },
        is_patch: input.package.is_none()
            && Version::parse(input.version).is_ok_and(|version| version.patch != 0),
        ..Model::default()
    }
}

/// The model for Node's layouts: texts as Node has them, nothing escaped. `settings` has the layout's preset.
pub(super) fn as_node(input: &NotesInput<'_>, settings: &Settings) -> Result<Model> {
    let order = Order::new()?;
    let site = Site::new(input, settings);
    let mut model = head(input);
    if settings.link_compare.unwrap_or(input.previous_tag.is_some()) {
        let previous = input.previous_tag.unwrap_or_default();
        model.compare_url = site.compare(previous, input.tag, &model.node_version);
    }
    let mut sections: Vec<(Section, Vec<String>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (commit, parsed) in input.commits {
        let Some(picked) = select::as_node(settings, commit, parsed) else {
            continue;
        };
        let (entry, subject) = node_entry(&picked, &site, input.limit);
        for note in &parsed.notes {
            model.breaking.push(Breaking {
                scope: entry.scope.clone(),
                text: note.text.clone(),
                hash: entry.hash.clone(),
                short_hash: entry.short_hash.clone(),
                url: entry.url.clone(),
            });
        }
        let place = *places.entry(picked.section).or_insert_with(|| {
            let title = picked.section.to_owned();
            sections.push((
                Section {
                    title,
                    entries: Vec::new(),
                },
                Vec::new(),
            ));
            sections.len() - 1
        });
        if let Some((section, keys)) = sections.get_mut(place) {
            keys.push(format!("{}{subject}", entry.scope));
            section.entries.push(entry);
        }
    }
    let mut sections: Vec<Section> = sections
        .into_iter()
        .map(|(mut section, keys)| {
            let mut entries: Vec<(String, Entry)> = keys.into_iter().zip(section.entries).collect();
            entries.sort_by(|a, b| order.compare(&a.0, &b.0));
            section.entries = entries.into_iter().map(|(_, entry)| entry).collect();
            section
        })
        .collect();
    // An object of JavaScript has its numbers first.
    sections.sort_by_key(|section| number(&section.title).map_or((1, 0), |number| (0, number)));
    match settings.preset {
        Preset::ConventionalCommits => sections.sort_by_key(|section| rank(settings, &section.title)),
        Preset::Angular => sections.sort_by(|a, b| order.compare(&a.title, &b.title)),
    }
    model.sections = sections;
    Ok(model)
}

/// A name that JavaScript takes for an index.
fn number(name: &str) -> Option<u32> {
    let number: u32 = name.parse().ok()?;
    (number != u32::MAX && number.to_string() == name).then_some(number)
}

/// The place of a section: after the configured ones there is none, so Node puts what is not configured first.
fn rank(settings: &Settings, title: &str) -> Option<usize> {
    let mut titles = settings.types.iter().filter_map(|entry| entry.section.as_deref());
    titles.position(|known| known == title)
}

fn node_entry(picked: &Picked<'_>, site: &Site<'_>, limit: usize) -> (Entry, String) {
    let Picked { commit, parsed, .. } = picked;
    let raw = parsed.subject.as_deref().unwrap_or_default();
    // What is longer than all notes may be is left out anyway.
    let (subject, linked) = if site.repository.is_some() && raw.len() <= limit {
        node::subject(raw, site.settings, &site.values())
    } else {
        (raw.to_owned(), HashSet::new())
    };
    let angular = site.settings.preset == Preset::Angular;
    let references = parsed.references.iter().filter(|reference| {
        let shown = if angular {
            reference.issue.clone()
        } else {
            format!("{}{}", reference.prefix, reference.issue)
        };
        !linked.contains(&shown)
    });
    let references = references.map(|reference| {
        let owner = reference.owner.as_deref().filter(|owner| !owner.is_empty());
        let repository = reference.repository.as_deref().filter(|name| !name.is_empty());
        let prefix = if angular { "#" } else { &reference.prefix };
        Issue {
            action: reference.action.clone().unwrap_or_default(),
            text: shown(owner, repository, prefix, &reference.issue),
            url: site.issue(owner, repository, prefix, &reference.issue),
        }
    });
    let entry = Entry {
        references: references.take(limit).collect(),
        text: if subject.is_empty() {
            parsed.header.clone().unwrap_or_default()
        } else {
            subject.clone()
        },
        scope: picked.scope.unwrap_or_default().to_owned(),
        author: commit.author.name.clone(),
        ..bare(picked, site.commit(&commit.hash))
    };
    (entry, subject)
}

/// What all entries have.
fn bare(picked: &Picked<'_>, url: Option<String>) -> Entry {
    Entry {
        hash: picked.commit.hash.clone(),
        short_hash: short(&picked.commit.hash).to_owned(),
        url,
        kind: picked.parsed.kind.clone().unwrap_or_default(),
        breaking: !picked.parsed.notes.is_empty(),
        ..Entry::default()
    }
}

fn shown(owner: Option<&str>, repository: Option<&str>, prefix: &str, number: &str) -> String {
    let owner = owner.map(|owner| format!("{owner}/")).unwrap_or_default();
    format!("{owner}{}{prefix}{number}", repository.unwrap_or_default())
}

/// The model for our own layout and for templates of projects (`raw`): everything in it is inert.
pub(super) fn as_ours(input: &NotesInput<'_>, raw: bool) -> Result<Model> {
    let order = Order::new()?;
    let settings = input.settings;
    let site = Site::new(input, settings);
    // What is beyond is counted, not made.
    let mut room = input.most_entries();
    let mut model = head(input);
    model.package = input.package.map(inline::plain);
    model.authors = people::authors(input.commits.iter().map(|(commit, _)| *commit), &order);
    if let Some(previous) = input
        .previous_tag
        .filter(|_| settings.link_compare != Some(false))
    {
        model.compare_url = site
            .compare(&part(previous), &part(input.tag), input.version)
            .map(|url| tidy(&url));
    }
    model.tag = inline::plain(input.tag);
    model.previous_tag = input.previous_tag.map(inline::plain);
    model.dependencies = input
        .dependencies
        .iter()
        .map(|(name, version)| Dependency {
            name: inline::plain(name),
            version: inline::plain(version),
        })
        .collect();
    let picked = input
        .commits
        .iter()
        .filter_map(|(commit, parsed)| select::as_ours(settings, commit, parsed));
    let (mut other, mut visible): (Vec<Picked<'_>>, Vec<Picked<'_>>) =
        picked.partition(|picked| picked.hidden);
    // A merge says what its commits say already.
    if !visible.is_empty() || other.iter().any(|picked| !is_merge(picked.parsed)) {
        other.retain(|picked| !is_merge(picked.parsed));
    }
    model.other_total = other.len();
    model.other_types = counts(&other, settings);
    for picked in &visible {
        let text = subject(picked.parsed, &site, &mut Vec::new());
        for note in picked
            .parsed
            .notes
            .iter()
            .take(room - model.breaking.len().min(room))
        {
            model.breaking.push(Breaking {
                scope: scope(picked),
                text: our_text(&note.text, &text, &site),
                hash: picked.commit.hash.clone(),
                short_hash: short(&picked.commit.hash).to_owned(),
                url: site.commit(&picked.commit.hash).map(|url| tidy(&url)),
            });
        }
    }
    sort(&mut visible, settings, &order);
    model.sections = sections(&visible, &site, raw, &mut room);
    if raw || visible.is_empty() {
        sort(&mut other, settings, &order);
        model.other = sections(&other, &site, raw, &mut room);
    }
    let made: usize = [&model.sections, &model.other]
        .into_iter()
        .flatten()
        .map(|section| section.entries.len())
        .sum();
    let wanted = visible.len() + if raw || visible.is_empty() { other.len() } else { 0 };
    model.left_out = wanted - made;
    Ok(model)
}

fn is_merge(parsed: &Parsed) -> bool {
    parsed.kind.is_none()
        && parsed
            .header
            .as_deref()
            .is_some_and(|header| header.starts_with("Merge "))
}

/// By section as configured, unknown ones behind; within a section by scope, then by subject.
fn sort(picked: &mut [Picked<'_>], settings: &Settings, order: &Order) {
    let place = |picked: &Picked<'_>| rank(settings, picked.section).unwrap_or(usize::MAX);
    picked.sort_by(|a, b| {
        place(a)
            .cmp(&place(b))
            .then_with(|| order.compare(a.section, b.section))
            .then_with(|| a.section.cmp(b.section))
            .then_with(|| order.compare(a.scope.unwrap_or_default(), b.scope.unwrap_or_default()))
            .then_with(|| order.compare(&sort_text(a.parsed), &sort_text(b.parsed)))
    });
}

fn sort_text(parsed: &Parsed) -> Cow<'_, str> {
    let text = parsed.subject.as_deref().or(parsed.header.as_deref());
    shortened(text.unwrap_or_default(), SUBJECT)
}

fn sections(picked: &[Picked<'_>], site: &Site<'_>, raw: bool, room: &mut usize) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for of_one in picked.chunk_by(|a, b| a.section == b.section) {
        let entries: Vec<Entry> = of_one
            .iter()
            .take(*room)
            .map(|picked| our_entry(picked, site, raw))
            .collect();
        *room -= entries.len();
        if let (Some(first), false) = (of_one.first(), entries.is_empty()) {
            sections.push(Section {
                title: inline(&shortened(first.section, SCOPE), None, &mut Vec::new()),
                entries,
            });
        }
    }
    sections
}

fn counts(other: &[Picked<'_>], settings: &Settings) -> Vec<Count> {
    let mut counts: Vec<(usize, Count)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for picked in other {
        let kind = picked.parsed.kind.as_deref().filter(|kind| !kind.is_empty());
        let place = *places.entry(kind.unwrap_or_default()).or_insert_with(|| {
            let rank = rank(settings, picked.section).unwrap_or(usize::MAX);
            let name = kind.map_or_else(
                || "other".to_owned(),
                |kind| inline(&shortened(kind, SCOPE), None, &mut Vec::new()),
            );
            counts.push((rank, Count { kind: name, count: 0 }));
            counts.len() - 1
        });
        if let Some((_, count)) = counts.get_mut(place) {
            count.count += 1;
        }
    }
    counts.sort_by_key(|(rank, _)| *rank);
    counts.truncate(REFERENCES);
    counts.into_iter().map(|(_, count)| count).collect()
}

fn our_entry(picked: &Picked<'_>, site: &Site<'_>, raw: bool) -> Entry {
    let Picked { commit, parsed, .. } = picked;
    let mut linked = Vec::new();
    let text = subject(parsed, site, &mut linked);
    let references = parsed
        .references
        .iter()
        .filter_map(|reference| reference_of(reference, site, &linked))
        .filter(|issue| site.references || !names(parsed, &issue.text))
        .take(REFERENCES)
        .collect();
    Entry {
        text,
        references,
        scope: scope(picked),
        author: inline(
            &shortened(&commit.author.name, people::NAME),
            None,
            &mut Vec::new(),
        ),
        raw: raw.then(|| Raw {
            header: shortened(parsed.header.as_deref().unwrap_or_default(), SUBJECT).into_owned(),
            subject: shortened(parsed.subject.as_deref().unwrap_or_default(), SUBJECT).into_owned(),
            scope: picked.scope.unwrap_or_default().to_owned(),
            body: shortened(parsed.body.as_deref().unwrap_or_default(), 10 * SUBJECT).into_owned(),
            author: commit.author.name.clone(),
        }),
        ..bare(picked, site.commit(&commit.hash).map(|url| tidy(&url)))
    }
}

/// Whether the subject names an issue that is no link.
fn names(parsed: &Parsed, issue: &str) -> bool {
    let text = parsed
        .subject
        .as_deref()
        .or(parsed.header.as_deref())
        .unwrap_or_default();
    text.match_indices(issue)
        .any(|(at, found)| !text[at + found.len()..].starts_with(char::is_alphanumeric))
}

fn scope(picked: &Picked<'_>) -> String {
    let scope = picked.scope.unwrap_or_default();
    inline(&shortened(scope, SCOPE), None, &mut Vec::new())
}

fn subject(parsed: &Parsed, site: &Site<'_>, linked: &mut Vec<String>) -> String {
    let text = [&parsed.subject, &parsed.header]
        .into_iter()
        .flatten()
        .map(|text| text.trim())
        .find(|text| !text.is_empty());
    let text = shortened(text.unwrap_or("(no message)"), SUBJECT);
    with_issues(site, |issues| inline(&text, issues, linked))
}

fn our_text(text: &str, intro: &str, site: &Site<'_>) -> String {
    with_issues(site, |issues| block(text, intro, issues, &mut Vec::new()))
}

fn with_issues<T>(site: &Site<'_>, then: impl FnOnce(Option<&Issues<'_>>) -> T) -> T {
    let address = |issue: &inline::Issue<'_>| {
        let (owner, name) = issue.repository.unzip();
        site.issue(owner, name, issue.prefix, issue.number)
    };
    let issues = Issues {
        prefixes: &site.settings.issue_prefixes,
        address: &address,
    };
    then(site.references.then_some(&issues))
}

/// A reference that the subject does not name already.
fn reference_of(reference: &Reference, site: &Site<'_>, linked: &[String]) -> Option<Issue> {
    let owner = reference.owner.as_deref().filter(|owner| !owner.is_empty());
    let repository = reference.repository.as_deref().filter(|name| !name.is_empty());
    let text = shown(owner, repository, &reference.prefix, &reference.issue);
    if linked.contains(&text) || text.len() > 2 * SCOPE {
        return None;
    }
    let (owner_part, name_part) = (owner.map(part), repository.map(part));
    let url = site.issue(
        owner_part.as_deref(),
        name_part.as_deref(),
        &reference.prefix,
        &part(&reference.issue),
    );
    Some(Issue {
        action: inline(
            &reference.action.as_deref().unwrap_or_default().to_lowercase(),
            None,
            &mut Vec::new(),
        ),
        text: inline::plain(&text),
        url: url.map(|url| tidy(&url)),
    })
}
