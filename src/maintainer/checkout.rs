//! The clone of foundation that the `foundation` command works on.

use std::path::{Path, PathBuf};

use crate::kit::outcome::{Failure, Result};
use crate::kit::versions::Versions;

/// The root of a clone of foundation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// The clone that a folder is in.
    ///
    /// # Errors
    /// Configuration, when it is in none.
    pub fn of(folder: &Path) -> Result<Self> {
        folder
            .ancestors()
            .find(|up| up.join("VERSIONS").is_file() && up.join("reusable-workflows").is_dir())
            .map(|root| Self {
                root: root.to_owned(),
            })
            .ok_or_else(|| {
                Failure::config(format!("{} is in no clone of foundation", folder.display()))
                    .hint("run it within the clone, for example by `cargo run -- …`")
            })
    }

    /// Its root folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path within it.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// What it pins.
    ///
    /// # Errors
    /// Configuration, when VERSIONS cannot be read.
    pub fn versions(&self) -> Result<Versions> {
        let file = self.path("VERSIONS");
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::config(format!("cannot read {}", file.display())).because(error))?;
        Versions::parse(&text)
    }
}
