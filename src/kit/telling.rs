//! How a result reaches people: one commit status and one sticky pull-request comment.
//!
//! The status is `foundation/<action>`, with ` (<part>)` where a workflow is called for a part of the repository. The comment
//! is keyed by the action, the part and the workflow file, so that a red and a green part of one commit are both visible.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::kit::context::Context;
use crate::kit::forge::{Cause, Comment, Forge, ForgeError, State, Status};
use crate::kit::outcome::Result;
use crate::kit::report::Report;
use crate::kit::text;

/// Forgejo cuts longer descriptions off without a word.
const DESCRIPTION: usize = 140;
/// A comment longer than this (in bytes) is cut; Forgejo's own limit is 65,535.
const COMMENT: usize = 60_000;

/// Whom a result is told to, and under which names.
#[derive(Debug)]
pub struct Telling<'a> {
    forge: Forge,
    context: &'a Context,
    report: &'a Report,
    sha: String,
    status: String,
    marker: String,
}

impl<'a> Telling<'a> {
    /// The telling of this run, or none where there is no forge to tell (a terminal, act without a token).
    ///
    /// `part` is the folder or name that the workflow was called for, if it was not the whole repository.
    ///
    /// # Errors
    /// Configuration, when the CA file cannot be used.
    pub fn of(
        context: &'a Context,
        report: &'a Report,
        action: &str,
        part: Option<&str>,
    ) -> Result<Option<Self>> {
        let Some(sha) = context.sha.clone() else {
            return Ok(None);
        };
        let Some(forge) = Forge::of(context)? else {
            return Ok(None);
        };
        let status = match part {
            Some(part) => format!("foundation/{action} ({})", text::one_line(part)),
            None => format!("foundation/{action}"),
        };
        let key = format!(
            "{status}\0{}",
            context.workflow_file.as_deref().unwrap_or_default()
        );
        // A hash, since a folder's name could hold the end of an HTML comment.
        let mut marker = format!("<!-- foundation:{action}:");
        for byte in &Sha256::digest(key)[..8] {
            let _ = write!(marker, "{byte:02x}");
        }
        Ok(Some(Self {
            forge,
            context,
            report,
            sha,
            status,
            marker,
        }))
    }

    /// Tells the result: the status, and on a pull request the comment.
    ///
    /// # Errors
    /// Environment, when the forge cannot be reached; configuration, when the token may not tell. A fork's token may comment
    /// but set no status on Forgejo, which is said and is no failure: nobody there could change it.
    pub async fn tell(&self, state: State, description: &str, comment: &str) -> Result<()> {
        self.unless_a_fork("set a status", self.set_status(state, description).await)?;
        match self.context.event.pull_request() {
            Some(pull) => self.unless_a_fork("comment", self.stick(pull.number, comment).await),
            None => Ok(()),
        }
    }

    fn unless_a_fork(&self, what: &str, told: Result<(), ForgeError>) -> Result<()> {
        match told {
            Err(ForgeError {
                cause: Cause::Unauthorized | Cause::Forbidden | Cause::NotFound,
                ..
            }) if self.context.from_fork() => {
                self.report
                    .say(format_args!("note: the token of a fork's run may not {what}"));
                Ok(())
            }
            told => Ok(told?),
        }
    }

    async fn set_status(&self, state: State, description: &str) -> Result<(), ForgeError> {
        let description = text::one_line(&self.report.masked(description));
        let status = Status {
            context: self.report.masked(&self.status),
            state,
            description: description.chars().take(DESCRIPTION).collect(),
            url: self.context.run_url(),
        };
        self.forge.set_status(&self.sha, &status).await
    }

    /// Makes one comment hold this result: edits the one that stands, else writes one; duplicates of runs that raced go.
    ///
    /// The forge knows no conditional edit, so the newer commit wins by asking for the head of the pull request: a run for an
    /// older commit leaves a standing comment alone. Every run cleans up after it has written, and all choose the same
    /// survivor, so that one comment is left however the runs interleave.
    async fn stick(&self, number: u64, comment: &str) -> Result<(), ForgeError> {
        let body = self.body(comment);
        let head = self.forge.pull_head(number).await?;
        let standing = self.standing(number).await?;
        let superseded = head != self.proposed()
            && standing
                .iter()
                .any(|comment| stamp(&comment.body).0 != self.proposed());
        match standing.first() {
            Some(_) if superseded => {
                self.report
                    .say("note: the pull request has a newer commit; its comment is left alone");
            }
            Some(first) => match self.forge.edit_comment(first.id, &body).await {
                // Another run just removed it as a duplicate, or a person did: write it anew.
                Err(ForgeError {
                    cause: Cause::NotFound,
                    ..
                }) => drop(self.forge.create_comment(number, &body).await?),
                other => other?,
            },
            None => drop(self.forge.create_comment(number, &body).await?),
        }
        self.leave_one(number).await
    }

    /// Removes all but one of our comments: the one for the pull request's head stays, else the newest run's.
    async fn leave_one(&self, number: u64) -> Result<(), ForgeError> {
        let standing = self.standing(number).await?;
        if standing.len() < 2 {
            return Ok(());
        }
        let head = self.forge.pull_head(number).await?;
        let rank = |comment: &Comment| {
            let (sha, run) = stamp(&comment.body);
            (sha == head, run, std::cmp::Reverse(comment.id))
        };
        let Some(stays) = standing
            .iter()
            .max_by_key(|comment| rank(comment))
            .map(|comment| comment.id)
        else {
            return Ok(());
        };
        for comment in standing.iter().filter(|comment| comment.id != stays) {
            self.forge.delete_comment(comment.id).await?;
        }
        Ok(())
    }

    /// Our comments, oldest first. What somebody else wrote is never ours: anybody can copy the marker.
    async fn standing(&self, number: u64) -> Result<Vec<Comment>, ForgeError> {
        let mut comments = self.forge.comments(number).await?;
        comments.retain(|comment| comment.body.starts_with(&self.marker));
        if !comments.is_empty() {
            let me = self.forge.me().await?;
            comments.retain(|comment| me.wrote(comment));
        }
        Ok(comments)
    }

    /// The commit the result is for: a pull request's head, also where the run's own commit is another.
    fn proposed(&self) -> &str {
        self.context
            .event
            .pull_request()
            .map_or(&self.sha, |pull| &pull.head_sha)
    }

    fn body(&self, comment: &str) -> String {
        let run = self.context.run_number.unwrap_or_default();
        let mut body = format!("{} {} {run} -->\n", self.marker, self.proposed());
        let comment = self.report.masked(comment);
        if body.len() + comment.len() <= COMMENT {
            body.push_str(&comment);
            return body;
        }
        // Cut at a line, so that no Markdown is left open.
        let mut end = COMMENT - body.len();
        while !comment.is_char_boundary(end) {
            end -= 1;
        }
        let kept = comment[..end].rfind('\n').map_or(0, |at| at + 1);
        body.push_str(&comment[..kept]);
        body.push_str("\n… cut here; the log has all of it.\n");
        body
    }
}

/// The commit and the run number that a comment of ours is for.
fn stamp(body: &str) -> (String, u64) {
    let mut words = body.lines().next().unwrap_or_default().split(' ').skip(2);
    let sha = words.next().unwrap_or_default().to_owned();
    (
        sha,
        words.next().and_then(|run| run.parse().ok()).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_is_read_back() {
        let sha = "a".repeat(40);
        assert_eq!(
            stamp(&format!("<!-- foundation:lint:0011 {sha} 17 -->\ntext")),
            (sha, 17)
        );
        assert_eq!(stamp(""), (String::new(), 0));
    }
}
