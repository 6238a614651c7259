//! Comments and labels on the issues and pull requests that a release contains: once, however often a run is repeated.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::job::{Comment, Job, Step};
use super::run::Did;
use crate::kit::forge::{self, Forge, ForgeError};
use crate::kit::outcome::Result;
use crate::kit::report::Report;

/// The hidden first line that tells our comment about these tags from all others.
#[must_use]
pub fn marker(job: &Job) -> String {
    let tags: Vec<&str> = job
        .packages
        .iter()
        .filter(|package| package.step == Step::Release)
        .map(|package| package.tag.as_str())
        .collect();
    let mut marker = "<!-- foundation:semantic-release:released:".to_owned();
    // A hash, since a tag could hold the end of an HTML comment.
    for byte in &Sha256::digest(tags.join("\0"))[..8] {
        let _ = write!(marker, "{byte:02x}");
    }
    marker.push_str(" -->");
    marker
}

/// Says it and labels it, unless that was done.
///
/// # Errors
/// Those of the forge. That there is no such issue is none: a message may name anything.
pub async fn comment(forge: &Forge, marker: &str, wanted: &Comment, report: &Report) -> Result<Did> {
    if !forge.has_issue(wanted.number).await? {
        report.say(format_args!(
            "note: there is no issue or pull request #{}",
            wanted.number
        ));
        return Ok(Did::LeftOut);
    }
    let mut did = Did::There;
    if let Some(body) = &wanted.body
        && ours(forge, marker, wanted.number).await?.is_empty()
    {
        let body = report.masked(&format!("{marker}\n{body}"));
        forge.create_comment(wanted.number, &body).await?;
        did = Did::Made;
        // Two runs at once, or a lost answer: all choose the same survivor.
        for twin in ours(forge, marker, wanted.number).await?.iter().skip(1) {
            forge.delete_comment(twin.id).await?;
        }
    }
    if !wanted.labels.is_empty() {
        forge.add_labels(wanted.number, &wanted.labels).await?;
    }
    Ok(did)
}

/// Our comments, oldest first. What somebody else wrote is never ours: anybody can copy the marker.
async fn ours(forge: &Forge, marker: &str, number: u64) -> Result<Vec<forge::Comment>, ForgeError> {
    let mut comments = forge.comments(number).await?;
    comments.retain(|comment| comment.body.starts_with(marker));
    if !comments.is_empty() {
        let me = forge.me().await?;
        comments.retain(|comment| me.wrote(comment));
    }
    Ok(comments)
}
