//! Writing the notes of one release: which commits, which layout, which links.

use std::sync::Arc;

use semver::Version;

use crate::kit::outcome::Result;
use crate::semantic_release::commit::Commit;
use crate::semantic_release::packages::Package;

/// Whose notes are written.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The package.
    pub package: &'a Package,
    /// The version.
    pub version: &'a Version,
    /// Its tag.
    pub tag: &'a str,
    /// The tag of the release before it.
    pub before: Option<&'a str>,
    /// The commits, newest first.
    pub commits: &'a [Arc<Commit>],
    /// Why it is released because of other packages.
    pub because: &'a [String],
}

/// Writes notes.
#[derive(Debug)]
pub struct Writer<'a>(std::marker::PhantomData<&'a ()>);

impl Writer<'_> {
    /// The notes of one release.
    ///
    /// # Errors
    /// Configuration, when the project's own template cannot be used.
    pub fn notes(&self, subject: &Subject<'_>) -> Result<String> {
        Ok(format!("## {}\n", subject.version))
    }

    pub fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}
