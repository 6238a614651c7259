//! Tags, channels and commits, read from the repository and from what its remote says.
//!
//! | module | holds |
//! | --- | --- |
//! | [`remote`] | what the remote holds, and fetching what is missing here |
//! | [`commits`] | the commits of a range, each read once |
//! | [`folders`] | which packages of a monorepo a commit touches |

pub mod commits;
pub mod folders;
pub mod remote;

use git2::Oid;
use serde::Deserialize;

use crate::kit::git::Repo;
use crate::kit::outcome::Result;
use crate::semantic_release::history::remote::Remote;

/// Where Node keeps a tag's channels, followed by the tag's name.
pub const NOTES: &str = "refs/notes/semantic-release-";
/// Where it kept those of all tags once.
const OLD_NOTES: &str = "refs/notes/semantic-release";

/// A tag, here or on the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// What it points at: a commit or, for an annotated tag, the tag object.
    pub target: Oid,
    /// The commit behind a tag object, where that is known without reading it.
    pub peeled: Option<Oid>,
    /// What the remote has under this name, where that is something else.
    pub elsewhere: Option<Oid>,
}

/// The tags here and those on the remote, sorted by name.
///
/// A tag on the remote need not be fetched: if its commit is in the history of a branch, then that commit is here already.
///
/// # Errors
/// Environment, when the refs cannot be read.
pub fn tags(repo: &Repo, remote: &Remote) -> Result<Vec<Tag>> {
    let prefix = "refs/tags/";
    let mut tags: Vec<Tag> = Vec::new();
    let here = repo.refs(prefix)?;
    let mut there = remote.tags.iter().peekable();
    let from_remote = |(name, tag): (&String, &remote::RemoteTag)| Tag {
        name: name.clone(),
        target: tag.target,
        peeled: tag.peeled,
        elsewhere: None,
    };
    for tag in here {
        let name = tag.name.strip_prefix(prefix).unwrap_or(&tag.name);
        while let Some(earlier) = there.next_if(|(other, _)| other.as_str() < name) {
            tags.push(from_remote(earlier));
        }
        let same = there.next_if(|(other, _)| other.as_str() == name);
        let known = same.filter(|(_, there)| there.target == tag.target);
        tags.push(Tag {
            name: name.to_owned(),
            target: tag.target,
            peeled: tag.peeled.or_else(|| known.and_then(|(_, there)| there.peeled)),
            elsewhere: same.filter(|_| known.is_none()).map(|(_, there)| there.target),
        });
    }
    tags.extend(there.map(from_remote));
    Ok(tags)
}

#[derive(Deserialize)]
struct Note {
    channels: Vec<Option<String>>,
}

/// The channels that a tag was released on, as its git note says; none without a note that can be read.
#[must_use]
pub fn channels(repo: &Repo, tag: &str, commit: Oid) -> Option<Vec<Option<String>>> {
    let text = repo
        .note(&format!("{NOTES}{tag}"), commit)
        .or_else(|| repo.note(OLD_NOTES, commit))?;
    let note: Note = serde_json::from_str(&text).ok()?;
    // An empty name is the default channel, as in Node.
    Some(
        note.channels
            .into_iter()
            .map(|channel| channel.filter(|name| !name.is_empty()))
            .collect(),
    )
}
