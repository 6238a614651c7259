//! Releases and their assets.

use std::path::Path;

use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Method, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Cause, Forge, ForgeError};
use crate::kit::{http, text};

/// A release of the forge.
#[derive(Debug, Clone, Deserialize)]
pub struct Release {
    /// Its id.
    pub id: i64,
    /// Its tag.
    #[serde(default)]
    pub tag_name: String,
    /// Its title.
    #[serde(default)]
    pub name: String,
    /// Its text.
    #[serde(default)]
    pub body: String,
    /// Whether only those who may write see it.
    #[serde(default)]
    pub draft: bool,
    /// Whether it is a prerelease.
    #[serde(default)]
    pub prerelease: bool,
    /// Its page.
    #[serde(default)]
    pub html_url: String,
}

/// A release to make, on a tag that is there.
#[derive(Debug, Clone, Serialize)]
pub struct NewRelease<'a> {
    /// The tag.
    pub tag_name: &'a str,
    /// The title.
    pub name: &'a str,
    /// The text, as Markdown.
    pub body: &'a str,
    /// Whether it is a prerelease.
    pub prerelease: bool,
}

/// A file attached to a release.
#[derive(Debug, Clone, Deserialize)]
pub struct Asset {
    /// Its id.
    pub id: i64,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its size in bytes.
    #[serde(default)]
    pub size: u64,
}

impl Forge {
    /// The release of a tag, if there is one that everybody sees.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn release(&self, tag: &str) -> Result<Option<Release>, ForgeError> {
        let path = self.at(&format!("releases/tags/{}", text::url_segment(tag)));
        match self.call(Method::GET, &path, None::<&()>).await {
            Ok(release) => Ok(Some(release)),
            Err(error) if error.cause == Cause::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a release. Another run may have made it meanwhile: that is [`Cause::Conflict`].
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn create_release(&self, release: &NewRelease<'_>) -> Result<Release, ForgeError> {
        self.call(Method::POST, &self.at("releases"), Some(release)).await
    }

    /// Says whether a release is a prerelease.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn set_prerelease(&self, id: i64, prerelease: bool) -> Result<(), ForgeError> {
        let body = serde_json::json!({ "prerelease": prerelease });
        self.send(Method::PATCH, &self.at(&format!("releases/{id}")), Some(&body))
            .await
            .map(drop)
    }

    /// The files attached to a release, oldest first.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn assets(&self, release: i64) -> Result<Vec<Asset>, ForgeError> {
        let path = self.at(&format!("releases/{release}/assets"));
        let mut assets: Vec<Asset> = self.call(Method::GET, &path, None::<&()>).await?;
        assets.sort_by_key(|asset| asset.id);
        Ok(assets)
    }

    /// Attaches a file, streamed from the disk.
    ///
    /// # Errors
    /// See [`Cause`]; [`Cause::Rejected`] when the file cannot be read.
    pub async fn upload(&self, release: i64, name: &str, file: &Path) -> Result<Asset, ForgeError> {
        let path = self.at(&format!(
            "releases/{release}/assets?name={}",
            text::url_segment(name)
        ));
        let unreadable = |error: std::io::Error| ForgeError {
            cause: Cause::Rejected,
            what: format!("cannot read {}: {error}", file.display()),
        };
        let text = self
            .patiently(Method::POST, &path, async |request| {
                let file = tokio::fs::File::open(file).await.map_err(unreadable)?;
                let size = file.metadata().await.map_err(unreadable)?.len();
                Ok(request
                    // As a form it would be answered by 500.
                    .header(CONTENT_TYPE, "application/octet-stream")
                    .header(CONTENT_LENGTH, size)
                    .timeout(http::time_for(size))
                    .body(file))
            })
            .await?;
        self.parse(&path, &text)
    }

    /// Removes a file from a release. One that is gone already is fine.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn delete_asset(&self, release: i64, asset: i64) -> Result<(), ForgeError> {
        let path = self.at(&format!("releases/{release}/assets/{asset}"));
        match self.send(Method::DELETE, &path, None::<&()>).await {
            Err(error) if error.cause != Cause::NotFound => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// The SHA-256 of an attached file, as the forge gives it out: its API knows only the size.
    ///
    /// Of several files with one name the forge gives out one of them.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn asset_hash(&self, tag: &str, asset: &Asset) -> Result<[u8; 32], ForgeError> {
        let path = format!(
            "{}/releases/download/{}/{}",
            self.repository,
            text::url_segment(tag),
            text::url_segment(&asset.name)
        );
        let server = self.api.strip_suffix("/api/v1").unwrap_or(&self.api);
        let url = format!("{server}/{path}");
        let mut tries = http::Tries::default();
        loop {
            let error = match self.hash_of(&url, &path, asset.size).await {
                Err(error) if matches!(error.cause, Cause::Server | Cause::Network) => error,
                done => return done,
            };
            if !tries.again(None).await {
                return Err(error);
            }
        }
    }

    async fn hash_of(&self, url: &str, path: &str, size: u64) -> Result<[u8; 32], ForgeError> {
        let lost = |error: reqwest::Error| self.no_answer(&Method::GET, path, &error);
        let get = |url: &str| self.http.get(url).timeout(http::time_for(size));
        let token = format!("token {}", self.token.expose());
        let mut answer: Response = get(url).header(AUTHORIZATION, token).send().await.map_err(lost)?;
        // A forge with an object store sends us there, with a link that needs no token.
        let store = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        if let Some(store) = store.filter(|to| answer.status().is_redirection() && to.starts_with("http")) {
            answer = get(store).send().await.map_err(lost)?;
        }
        if !answer.status().is_success() {
            return Err(self.refusal(&Method::GET, path, answer.status(), ""));
        }
        let mut hash = Sha256::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            hash.update(&chunk);
        }
        Ok(hash.finalize().into())
    }

    /// All releases and drafts, newest first.
    ///
    /// # Errors
    /// See [`Cause`].
    pub async fn releases(&self) -> Result<Vec<Release>, ForgeError> {
        self.pages(&self.at("releases"), |release: &Release| release.id)
            .await
    }
}
