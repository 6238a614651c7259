//! The event file: what started the run.

use std::path::Path;

use serde_json::Value;

use crate::kit::outcome::{Failure, Result};

/// A pull request, as the event file tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// The commit it proposes.
    pub head_sha: String,
    /// The commit it was made against.
    pub base_sha: String,
    /// The branch it would be merged into.
    pub base_ref: String,
    /// Whether the proposed branch lives in another repository.
    pub from_fork: bool,
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: String,
    /// The proposed branch.
    pub head_ref: String,
    /// `owner/name` of the repository that branch lives in; none when it is gone.
    pub head_repository: Option<String>,
    /// `owner/name` of the repository it would be merged into.
    pub base_repository: Option<String>,
    /// Who opened it.
    pub poster: String,
}

/// What started the run, read from the event file: in a called workflow the event's name is only `workflow_call`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Commits or a tag were pushed.
    Push {
        /// The commit the ref pointed at before; none for a new branch or tag.
        before: Option<String>,
    },
    /// A pull request was opened or changed.
    PullRequest(Box<PullRequest>),
    /// By hand.
    Dispatch,
    /// By the clock.
    Schedule,
    /// Anything else, or no event at all (a terminal).
    Other,
}

impl Event {
    /// Reads the payload. The name only decides where two payloads look alike.
    #[must_use]
    pub fn read(name: Option<&str>, payload: &Value) -> Self {
        if let Some(pull) = payload.get("pull_request").filter(|pull| pull.is_object()) {
            let text = |pointer: &str| pull.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let number = pull
                .get("number")
                .or_else(|| payload.get("number"))
                .and_then(Value::as_u64);
            if let Some(number) = number {
                let head_repository = text("/head/repo/full_name");
                let base_repository = text("/base/repo/full_name");
                return Self::PullRequest(Box::new(PullRequest {
                    number,
                    head_sha: text("/head/sha").unwrap_or_default(),
                    base_sha: text("/base/sha").unwrap_or_default(),
                    base_ref: text("/base/ref").unwrap_or_default(),
                    // A head repository that is gone (null) was not ours to trust either.
                    from_fork: head_repository.is_none() || head_repository != base_repository,
                    title: text("/title").unwrap_or_default(),
                    body: text("/body").unwrap_or_default(),
                    head_ref: text("/head/ref").unwrap_or_default(),
                    poster: text("/user/login").unwrap_or_default(),
                    head_repository,
                    base_repository,
                }));
            }
        }
        // Forgejo's event file of a schedule is `{"action": "schedule"}`, and says nothing else.
        let action = payload.get("action").and_then(Value::as_str);
        if payload.get("schedule").is_some() || action == Some("schedule") || name == Some("schedule") {
            return Self::Schedule;
        }
        if payload.get("before").is_some() || name == Some("push") {
            let before = payload
                .get("before")
                .and_then(Value::as_str)
                .filter(|sha| sha.bytes().any(|b| b != b'0'));
            return Self::Push {
                before: before.map(str::to_owned),
            };
        }
        if payload.get("inputs").is_some() || name == Some("workflow_dispatch") {
            return Self::Dispatch;
        }
        Self::Other
    }

    /// The pull request, if this event is about one.
    #[must_use]
    pub fn pull_request(&self) -> Option<&PullRequest> {
        match self {
            Self::PullRequest(pull) => Some(pull),
            Self::Push { .. } | Self::Dispatch | Self::Schedule | Self::Other => None,
        }
    }
}

/// What the event file holds; null where it is empty.
///
/// # Errors
/// Configuration, when it cannot be read or is no JSON.
pub(super) fn payload(path: &Path) -> Result<Value> {
    let unreadable = || format!("cannot read the event file {}", path.display());
    let bytes = std::fs::read(path).map_err(|error| Failure::config(unreadable()).because(error))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::config(unreadable())
            .because(error)
            .hint("the event file must be JSON, as the runner writes it")
    })
}
