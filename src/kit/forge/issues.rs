//! Labels of issues and pull requests, and which pull request a commit came by.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::{Cause, Forge, ForgeError};

/// The colour of a label that we make.
const COLOR: &str = "#0e8a16";

#[derive(Deserialize)]
struct Label {
    id: i64,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Numbered {
    number: u64,
}

impl Forge {
    /// Whether there is an issue or pull request of that number.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn has_issue(&self, number: u64) -> Result<bool, ForgeError> {
        let path = self.at(&format!("issues/{number}"));
        match self.call::<Numbered>(Method::GET, &path, None::<&()>).await {
            Ok(_) => Ok(true),
            Err(error) if error.cause == Cause::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts labels on an issue or pull request, beside those it has; what the repository does not know yet is made.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn add_labels(&self, number: u64, names: &[String]) -> Result<(), ForgeError> {
        let mut ids = Vec::new();
        for name in names {
            ids.push(match self.label(name).await? {
                Some(id) => id,
                None => self.create_label(name).await?,
            });
        }
        let path = self.at(&format!("issues/{number}/labels"));
        self.send(Method::POST, &path, Some(&json!({ "labels": ids })))
            .await
            .map(drop)
    }

    /// The repository's label of that name; the oldest, where two runs made it at once.
    async fn label(&self, name: &str) -> Result<Option<i64>, ForgeError> {
        let labels = self.pages(&self.at("labels"), |label: &Label| label.id).await?;
        let ids = labels
            .iter()
            .filter(|label| label.name == name)
            .map(|label| label.id);
        Ok(ids.min())
    }

    async fn create_label(&self, name: &str) -> Result<i64, ForgeError> {
        let body = json!({ "name": name, "color": COLOR });
        let label: Label = self.call(Method::POST, &self.at("labels"), Some(&body)).await?;
        Ok(self.label(name).await?.unwrap_or(label.id))
    }

    /// The number of the pull request that a commit was merged by, if there is one.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn pull_of(&self, commit: &str) -> Result<Option<u64>, ForgeError> {
        let path = self.at(&format!("commits/{commit}/pull"));
        match self.call::<Numbered>(Method::GET, &path, None::<&()>).await {
            Ok(pull) => Ok(Some(pull.number)),
            Err(error) if error.cause == Cause::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
