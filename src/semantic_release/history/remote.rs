//! What the remote holds, and fetching what is missing here.
//!
//! One `git ls-remote` says it all. Fetched is only what is missing, and nothing of the person's is touched: other branches go
//! to refs of our own, the notes of semantic-release where Node keeps them as well.

use std::collections::BTreeMap;

use git2::Oid;

use crate::checkout::network::{Folders, Network};
use crate::kit::git::Repo;
use crate::kit::git::remote::Remote as Address;
use crate::kit::outcome::Result;
use crate::kit::process::Done;
use crate::semantic_release::history::NOTES;

/// Where the heads of other branches go.
const HEADS: &str = "refs/foundation/heads/";
/// More refspecs than these go by a pattern.
const MOST: usize = 200;

/// A tag of the remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteTag {
    /// What it points at.
    pub target: Oid,
    /// The commit behind a tag object.
    pub peeled: Option<Oid>,
}

/// The refs of the remote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remote {
    /// The branches and their commits.
    pub heads: BTreeMap<String, Oid>,
    /// The tags.
    pub tags: BTreeMap<String, RemoteTag>,
    /// The notes of semantic-release, by their full name.
    pub notes: BTreeMap<String, Oid>,
}

impl Remote {
    /// What `git ls-remote` printed. Names that are not UTF-8 are left out.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let mut remote = Self::default();
        for line in bytes.split(|&byte| byte == b'\n') {
            let Some((oid, name)) = std::str::from_utf8(line)
                .ok()
                .and_then(|line| line.split_once('\t'))
            else {
                continue;
            };
            let Ok(oid) = Oid::from_str(oid) else { continue };
            if let Some(head) = name.strip_prefix("refs/heads/") {
                remote.heads.insert(head.to_owned(), oid);
            } else if let Some(tag) = name.strip_prefix("refs/tags/") {
                // The commit behind a tag follows the tag.
                match tag.strip_suffix("^{}") {
                    Some(tag) => {
                        if let Some(tag) = remote.tags.get_mut(tag) {
                            tag.peeled = Some(oid);
                        }
                    }
                    None => {
                        let tagged = RemoteTag {
                            target: oid,
                            peeled: None,
                        };
                        remote.tags.insert(tag.to_owned(), tagged);
                    }
                }
            } else if name.starts_with(NOTES) {
                remote.notes.insert(name.to_owned(), oid);
            }
        }
        remote
    }

    /// What a repository without a remote would have for one: its own refs.
    ///
    /// # Errors
    /// Environment, when they cannot be read.
    pub fn of_itself(repo: &Repo) -> Result<Self> {
        let mut remote = Self::default();
        for head in repo.refs("refs/heads/")? {
            let name = head.name.trim_start_matches("refs/heads/").to_owned();
            remote.heads.insert(name, head.target);
        }
        Ok(remote)
    }

    /// Asks the remote.
    ///
    /// # Errors
    /// Configuration, when it may not be read; environment, when it cannot be reached.
    pub async fn ask(network: &Network<'_>, address: &Address) -> Result<Self> {
        let call = ["ls-remote", "--quiet", "--", address.address()].map(str::to_owned);
        let stdout = network
            .patiently(address, async || finished(network, &call).await)
            .await?;
        Ok(Self::parse(&stdout))
    }

    /// Fetches what a decision for the branch `own` needs and is not here: history that a shallow clone left out, the heads of
    /// `others`, and the channels of tags, where `channels` asks for them.
    ///
    /// # Errors
    /// Those of [`Remote::ask`].
    pub async fn complete(
        &self,
        network: &Network<'_>,
        address: &Address,
        repo: &Repo,
        own: &str,
        others: &[&str],
        channels: bool,
    ) -> Result<()> {
        let mut refspecs = Vec::new();
        for &name in others {
            if self.heads.get(name).is_some_and(|head| !repo.holds(*head)) {
                refspecs.push(format!("+refs/heads/{name}:{HEADS}{name}"));
            }
        }
        if channels {
            let missing: Vec<&String> = self
                .notes
                .iter()
                .filter(|(name, oid)| repo.target(name) != Some(**oid))
                .map(|(name, _)| name)
                .collect();
            if missing.len() > MOST {
                refspecs.push(format!("+{NOTES}*:{NOTES}*"));
            } else {
                refspecs.extend(missing.iter().map(|name| format!("+{name}:{name}")));
            }
        }
        let shallow = repo.is_shallow();
        if refspecs.is_empty() && !shallow {
            return Ok(());
        }
        let mut call: Vec<String> = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
        ]
        .map(str::to_owned)
        .into();
        if shallow {
            call.push("--unshallow".to_owned());
            // Without a branch git would ask for the remote's default one, and leave ours cut off.
            refspecs.push(format!("refs/heads/{own}"));
            let here = |name: &&&str| self.heads.get(**name).is_some_and(|head| repo.holds(*head));
            refspecs.extend(
                others
                    .iter()
                    .filter(here)
                    .map(|name| format!("refs/heads/{name}")),
            );
        }
        call.push("--".to_owned());
        call.push(address.address().to_owned());
        call.extend(refspecs);
        network
            .patiently(address, async || finished(network, &call).await)
            .await?;
        Ok(())
    }
}

async fn finished(network: &Network<'_>, call: &[String]) -> Result<Result<Vec<u8>, Done>> {
    let done = network.call(call, Folders::Allowed).await?;
    Ok(if done.end.good() {
        Ok(done.stdout)
    } else {
        Err(done)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_remote_says_is_read() {
        let a = "a".repeat(40);
        let b = "b".repeat(40);
        let text = format!(
            "{a}\tHEAD\n{a}\trefs/heads/feature/x\n{a}\trefs/notes/commits\n{b}\trefs/notes/semantic-release-v1.0.0\n\
             {a}\trefs/pull/1/head\n{a}\trefs/tags/v1.0.0\n{b}\trefs/tags/v1.0.0^{{}}\n{b}\trefs/tags/v2\nrubbish\n"
        );
        let mut bytes = text.into_bytes();
        bytes.extend(b"\xff\trefs/heads/\xff\n");
        let remote = Remote::parse(&bytes);
        assert_eq!(remote.heads.keys().collect::<Vec<_>>(), ["feature/x"]);
        assert_eq!(
            remote.notes.keys().collect::<Vec<_>>(),
            ["refs/notes/semantic-release-v1.0.0"]
        );
        assert_eq!(remote.tags["v1.0.0"].peeled.map(|oid| oid.to_string()), Some(b));
        assert_eq!(remote.tags["v2"].peeled, None);
    }
}
