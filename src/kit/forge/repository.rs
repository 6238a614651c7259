//! What a repository allows, and its pull requests.

use reqwest::Method;
use serde::Deserialize;

use super::{Forge, ForgeError};

/// A repository's settings, as far as they matter here. A server that does not know one leaves it out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "they are the forge's")]
pub struct Settings {
    /// Whether pull requests may be merged by a merge commit.
    pub allow_merge_commits: bool,
    /// Whether by moving their commits onto the branch.
    pub allow_rebase: bool,
    /// Whether by that, with a merge commit on top.
    pub allow_rebase_explicit: bool,
    /// Whether as one commit.
    pub allow_squash_merge: bool,
    /// Whether by moving the branch forward.
    pub allow_fast_forward_only_merge: bool,
    /// The style that the form offers first.
    pub default_merge_style: Option<String>,
    /// The branch whose files hold the project's texts for merges.
    pub default_branch: Option<String>,
}

impl Forge {
    /// The repository's settings.
    ///
    /// # Errors
    /// See [`super::Cause`].
    pub async fn settings(&self) -> Result<Settings, ForgeError> {
        let path = format!("repos/{}", self.repository);
        self.call(Method::GET, &path, None::<&()>).await
    }
}
