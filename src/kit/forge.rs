//! Our small client of the forge's API: time limits, retries, a private CA, a sub-path in the address.
//!
//! The request bodies are `forgejo-api`'s. Its own client cannot be used: it has no time limit, no retry, ignores a sub-path,
//! loses the body of a 502, and takes no client of ours (`docs/design-notes.md`). What is read from answers are types of our
//! own with the few fields we need, so that a newer server does not break us.

use std::collections::BTreeSet;

use forgejo_api::structs::{
    CommitStatusState, CreateIssueCommentOption, CreateStatusOption, EditIssueCommentOption,
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::kit::context::{Context, Repository};
use crate::kit::http;
use crate::kit::outcome::{Failure, Kind, Result};
use crate::kit::secret::Secret;

mod issues;
mod releases;
mod repository;

pub use releases::{Asset, NewRelease, Release};
pub use repository::Settings;

/// Entries asked for at once. Forgejo's default ceiling is 50.
const PAGE: usize = 50;
/// An answer's text in a message is cut to this many characters.
const EXCERPT: usize = 300;

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// 401: the token is wrong or has ended.
    Unauthorized,
    /// 403: the token may not do this.
    Forbidden,
    /// 404: not there, or hidden from this token.
    NotFound,
    /// 409: it is there already.
    Conflict,
    /// Any other answer from 400 to 499, or one that made no sense.
    Rejected,
    /// 5xx or 429, after all tries.
    Server,
    /// No answer at all, after all tries.
    Network,
}

/// A failed request.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct ForgeError {
    /// Why.
    pub cause: Cause,
    what: String,
}

impl From<ForgeError> for Failure {
    fn from(error: ForgeError) -> Self {
        let (kind, hint) = match error.cause {
            Cause::Unauthorized => (Kind::Config, "the token is wrong or has expired"),
            Cause::Forbidden => (
                Kind::Config,
                "the token has no right to do this in this repository",
            ),
            Cause::NotFound => (Kind::Config, "it is not there, or this token may not see it"),
            Cause::Rejected | Cause::Conflict => (
                Kind::Environment,
                "the server does not understand us; see docs/compatibility.md",
            ),
            Cause::Server | Cause::Network => (Kind::Environment, "a retry may help"),
        };
        let failure = match kind {
            Kind::Config => Self::config(error.what),
            Kind::Environment | Kind::Refused => Self::environment(error.what),
        };
        failure.hint(hint)
    }
}

/// The state of a commit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Under way.
    Pending,
    /// Good.
    Success,
    /// The thing checked is bad.
    Failure,
    /// It could not be found out.
    Error,
}

/// A commit status to set.
#[derive(Debug, Clone)]
pub struct Status {
    /// Its name, stable over all runs: `foundation/<action>`.
    pub context: String,
    /// Its state.
    pub state: State,
    /// One line of text.
    pub description: String,
    /// Where to read more.
    pub url: Option<String>,
}

/// A comment on an issue or pull request.
#[derive(Debug, Clone, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: i64,
    /// Its text.
    #[serde(default)]
    pub body: String,
    /// Who wrote it.
    pub user: Option<Account>,
}

/// A user of the forge.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    /// Its id; the forge's own robot has a negative one.
    #[serde(default)]
    pub id: i64,
    /// Its name.
    #[serde(default)]
    pub login: String,
}

/// Who the token belongs to; none for a run's automatic token.
#[derive(Debug)]
pub struct Myself(Option<String>);

impl Myself {
    /// Whether this user wrote the comment.
    #[must_use]
    pub fn wrote(&self, comment: &Comment) -> bool {
        comment.user.as_ref().is_some_and(|author| match &self.0 {
            Some(login) => author.login == *login,
            None => author.id < 0 || matches!(author.login.as_str(), "forgejo-actions" | "gitea-actions"),
        })
    }
}

#[derive(Deserialize)]
struct Pull {
    head: PullHead,
}

#[derive(Deserialize)]
struct PullHead {
    sha: String,
}

/// The forge, for one repository.
#[derive(Debug)]
pub struct Forge {
    http: reqwest::Client,
    api: String,
    repository: Repository,
    token: Secret,
}

impl Forge {
    /// The forge of this run, or none where there is no repository, address or token (a terminal).
    ///
    /// # Errors
    /// Configuration, when the CA file cannot be used.
    pub fn of(context: &Context) -> Result<Option<Self>> {
        let (Some(api), Some(repository), Some(token)) = (&context.api, &context.repository, &context.token)
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            http: http::client(context.ca_file.as_deref())?,
            api: api.clone(),
            repository: repository.clone(),
            token: token.clone(),
        }))
    }

    /// Sets a commit status.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn set_status(&self, sha: &str, status: &Status) -> Result<(), ForgeError> {
        let state = match status.state {
            State::Pending => CommitStatusState::Pending,
            State::Success => CommitStatusState::Success,
            State::Failure => CommitStatusState::Failure,
            State::Error => CommitStatusState::Error,
        };
        let body = CreateStatusOption {
            context: Some(status.context.clone()),
            description: Some(status.description.clone()),
            state: Some(state),
            target_url: status.url.clone(),
        };
        self.call::<serde::de::IgnoredAny>(Method::POST, &self.at(&format!("statuses/{sha}")), Some(&body))
            .await
            .map(drop)
    }

    /// All comments of an issue or pull request, oldest first.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn comments(&self, number: u64) -> Result<Vec<Comment>, ForgeError> {
        let path = self.at(&format!("issues/{number}/comments"));
        let mut all = self.pages(&path, |comment: &Comment| comment.id).await?;
        all.sort_by_key(|comment| comment.id);
        Ok(all)
    }

    /// Writes a new comment.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn create_comment(&self, number: u64, body: &str) -> Result<Comment, ForgeError> {
        let body = CreateIssueCommentOption {
            body: body.to_owned(),
            updated_at: None,
        };
        self.call(
            Method::POST,
            &self.at(&format!("issues/{number}/comments")),
            Some(&body),
        )
        .await
    }

    /// Replaces a comment's text.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn edit_comment(&self, id: i64, body: &str) -> Result<(), ForgeError> {
        let body = EditIssueCommentOption {
            body: body.to_owned(),
            updated_at: None,
        };
        self.call::<serde::de::IgnoredAny>(
            Method::PATCH,
            &self.at(&format!("issues/comments/{id}")),
            Some(&body),
        )
        .await
        .map(drop)
    }

    /// Removes a comment. One that is gone already is fine.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn delete_comment(&self, id: i64) -> Result<(), ForgeError> {
        match self
            .send(
                Method::DELETE,
                &self.at(&format!("issues/comments/{id}")),
                None::<&()>,
            )
            .await
        {
            Err(ForgeError {
                cause: Cause::NotFound,
                ..
            })
            | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether the token's user may push to the repository.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn may_push(&self) -> Result<bool, ForgeError> {
        #[derive(Deserialize)]
        struct Seen {
            permissions: Option<Permissions>,
        }
        #[derive(Deserialize)]
        struct Permissions {
            push: bool,
        }
        let path = format!("repos/{}", self.repository);
        let seen: Seen = self.call(Method::GET, &path, None::<&()>).await?;
        Ok(seen.permissions.is_none_or(|permissions| permissions.push))
    }

    /// The commit a pull request proposes now.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn pull_head(&self, number: u64) -> Result<String, ForgeError> {
        let pull: Pull = self
            .call(Method::GET, &self.at(&format!("pulls/{number}")), None::<&()>)
            .await?;
        Ok(pull.head.sha)
    }

    /// Who the token belongs to.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn me(&self) -> Result<Myself, ForgeError> {
        match self.call::<Account>(Method::GET, "user", None::<&()>).await {
            Ok(account) => Ok(Myself(Some(account.login))),
            // The automatic token of a run may not ask who it is; its comments are the forge's own robot's.
            Err(ForgeError {
                cause: Cause::Unauthorized | Cause::Forbidden | Cause::NotFound,
                ..
            }) => Ok(Myself(None)),
            Err(error) => Err(error),
        }
    }

    /// A path below the repository's address.
    fn at(&self, path: &str) -> String {
        format!("repos/{}/{path}", self.repository)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, ForgeError> {
        let text = self.send(method, path, body).await?;
        self.parse(path, &text)
    }

    /// All entries of a list.
    async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        id: impl Fn(&T) -> i64,
    ) -> Result<Vec<T>, ForgeError> {
        let mut all: Vec<T> = Vec::new();
        let mut seen = BTreeSet::new();
        for page in 1.. {
            let path = format!("{path}?page={page}&limit={PAGE}");
            let some: Vec<T> = self.call(Method::GET, &path, None::<&()>).await?;
            // Until nothing new comes: some servers know no pages here and answer each with everything, others give fewer
            // entries than asked for.
            let before = all.len();
            all.extend(some.into_iter().filter(|entry| seen.insert(id(entry))));
            if all.len() == before {
                break;
            }
        }
        Ok(all)
    }

    fn parse<T: DeserializeOwned>(&self, path: &str, text: &str) -> Result<T, ForgeError> {
        serde_json::from_str(text).map_err(|error| ForgeError {
            cause: Cause::Rejected,
            what: format!("the forge's answer about {path} is not what its documentation says: {error}"),
        })
    }

    /// Sends a request, again when the server is busy or away, and returns the answer's text.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<String, ForgeError> {
        self.patiently(method, path, async |request| {
            Ok(match body {
                Some(body) => request.json(body),
                None => request,
            })
        })
        .await
    }

    /// As [`Forge::send`], with a body that is made anew for each try.
    async fn patiently(
        &self,
        method: Method,
        path: &str,
        with_body: impl AsyncFn(RequestBuilder) -> Result<RequestBuilder, ForgeError>,
    ) -> Result<String, ForgeError> {
        let url = format!("{}/{path}", self.api);
        let mut tries = http::Tries::default();
        loop {
            let request = self
                .http
                .request(method.clone(), &url)
                .header("Authorization", format!("token {}", self.token.expose()))
                .header("Accept", "application/json");
            let (error, retry_after) = match with_body(request).await?.send().await {
                Ok(answer) => {
                    let status = answer.status();
                    let retry_after = http::retry_after(&answer);
                    match answer.text().await {
                        Ok(text) if status.is_success() => return Ok(text),
                        Ok(text) => (self.refusal(&method, path, status, &text), retry_after),
                        Err(error) => (self.no_answer(&method, path, &error), None),
                    }
                }
                Err(error) => (self.no_answer(&method, path, &error), None),
            };
            let again = matches!(error.cause, Cause::Server | Cause::Network);
            if !again || !tries.again(retry_after).await {
                return Err(error);
            }
        }
    }

    fn refusal(&self, method: &Method, path: &str, status: StatusCode, text: &str) -> ForgeError {
        let cause = match status.as_u16() {
            401 => Cause::Unauthorized,
            403 => Cause::Forbidden,
            404 => Cause::NotFound,
            409 => Cause::Conflict,
            429 | 500..=599 => Cause::Server,
            _ => Cause::Rejected,
        };
        let said = serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .and_then(|json| json.get("message").and_then(|m| m.as_str()).map(str::to_owned))
            .unwrap_or_else(|| text.to_owned());
        let said: String = said.trim().chars().take(EXCERPT).collect();
        ForgeError {
            cause,
            what: format!("the forge answered {status} to {method} {path}: {said}"),
        }
    }

    fn no_answer(&self, method: &Method, path: &str, error: &reqwest::Error) -> ForgeError {
        ForgeError {
            cause: Cause::Network,
            what: format!("the forge {} ({method} {path})", http::no_answer(error)),
        }
    }
}
