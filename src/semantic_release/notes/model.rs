//! What a template sees. `docs/release-notes.md` documents each field.

use serde::Serialize;

/// The notes of one release, before they are laid out. Each text is Markdown that is ready to be printed, but for what is `raw`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Model {
    /// The version.
    pub version: String,
    /// Its tag.
    pub tag: String,
    /// The tag of the last release.
    pub previous_tag: Option<String>,
    /// The package of a monorepo.
    pub package: Option<String>,
    /// The day, `2024-01-31`.
    pub date: String,
    /// What Node has as the version: that, or the tag for a package of a monorepo.
    pub node_version: String,
    /// Whether the last number of the version is not 0.
    pub is_patch: bool,
    /// The compare page; none for a first release.
    pub compare_url: Option<String>,
    /// Breaking changes.
    pub breaking: Vec<Breaking>,
    /// The other changes, by sections.
    pub sections: Vec<Section>,
    /// What the configuration hides, by sections. In our own layout only filled where nothing else is shown.
    pub other: Vec<Section>,
    /// How many commits of which type are hidden.
    pub other_types: Vec<Count>,
    /// How many that are together.
    pub other_total: usize,
    /// Packages of the same repository that this one now needs in another version.
    pub dependencies: Vec<Dependency>,
    /// Who made the changes, whoever made most first; no robots.
    pub authors: Vec<Author>,
    /// How many entries were left out, since a forge takes no longer notes.
    pub left_out: usize,
}

/// One breaking change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Breaking {
    /// The scope of its commit, or nothing.
    pub scope: String,
    /// What breaks. Its lines after the first are indented by two blanks.
    pub text: String,
    /// Its commit.
    pub hash: String,
    /// The first seven digits of that.
    pub short_hash: String,
    /// The commit's page.
    pub url: Option<String>,
}

/// Changes of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// The changes.
    pub entries: Vec<Entry>,
}

/// One change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The commit.
    pub hash: String,
    /// The first seven digits of that.
    pub short_hash: String,
    /// The commit's page.
    pub url: Option<String>,
    /// `feat`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The scope, or nothing.
    pub scope: String,
    /// What changed; issues are links.
    pub text: String,
    /// Issues that are mentioned elsewhere in the message.
    pub references: Vec<Issue>,
    /// Who wrote it.
    pub author: String,
    /// Whether it breaks something.
    pub breaking: bool,
    /// The texts as they are in the commit, for a template of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

/// Texts nobody looked at: print them with the filter `md`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Raw {
    /// The first line of the message.
    pub header: String,
    /// `add` of `feat(api): add`.
    pub subject: String,
    /// `api` of `feat(api): add`.
    pub scope: String,
    /// The text below.
    pub body: String,
    /// The author's name.
    pub author: String,
}

/// An issue or a pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// `closes`, or nothing.
    pub action: String,
    /// `#1` or `owner/name#1`.
    pub text: String,
    /// Its page.
    pub url: Option<String>,
}

/// How many commits have a type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The type; `other` where a message has none.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many.
    pub count: usize,
}

/// A package of the same repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its version from now on.
    pub version: String,
}

/// Somebody who made changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Author {
    /// The name.
    pub name: String,
    /// In how many commits.
    pub commits: usize,
}

impl Model {
    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> usize {
        let listed = |sections: &[Section]| {
            sections
                .iter()
                .map(|section| section.entries.len())
                .sum::<usize>()
        };
        self.breaking.len() + listed(&self.sections) + listed(&self.other)
    }

    /// The same with no more than its first entries.
    #[must_use]
    pub fn cut(&self, mut most: usize) -> Self {
        let mut cut = Self {
            left_out: self.left_out + self.entries().saturating_sub(most),
            breaking: self.breaking.iter().take(most).cloned().collect(),
            sections: Vec::new(),
            other: Vec::new(),
            ..self.clone_head()
        };
        most = most.saturating_sub(self.breaking.len());
        for (from, to) in [(&self.sections, &mut cut.sections), (&self.other, &mut cut.other)] {
            for section in from.iter() {
                let entries: Vec<Entry> = section.entries.iter().take(most).cloned().collect();
                most -= entries.len();
                if !entries.is_empty() {
                    to.push(Section {
                        title: section.title.clone(),
                        entries,
                    });
                }
            }
        }
        cut
    }

    /// The same without what alone would take too much of the room.
    #[must_use]
    pub fn without_larger(mut self, most: usize) -> Self {
        let before = self.entries();
        self.breaking.retain(|note| note.text.len() <= most);
        for sections in [&mut self.sections, &mut self.other] {
            for section in sections.iter_mut() {
                section.entries.retain(|entry| entry.size() <= most);
            }
            sections.retain(|section| !section.entries.is_empty());
        }
        self.left_out += before - self.entries();
        self
    }

    /// All but the lists of commits.
    fn clone_head(&self) -> Self {
        Self {
            version: self.version.clone(),
            tag: self.tag.clone(),
            previous_tag: self.previous_tag.clone(),
            package: self.package.clone(),
            date: self.date.clone(),
            node_version: self.node_version.clone(),
            is_patch: self.is_patch,
            compare_url: self.compare_url.clone(),
            other_types: self.other_types.clone(),
            other_total: self.other_total,
            dependencies: self.dependencies.clone(),
            authors: self.authors.clone(),
            ..Self::default()
        }
    }
}

impl Entry {
    fn size(&self) -> usize {
        let references: usize = self
            .references
            .iter()
            .map(|issue| issue.text.len() + issue.url.as_ref().map_or(0, String::len))
            .sum();
        self.text.len() + self.scope.len() + references
    }
}
