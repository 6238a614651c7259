//! Where things are: the checkout that an image is made from, and the cache.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Result};
use crate::maintainer::checkout::Checkout;

/// The folders that the image's subcommands work in.
#[derive(Debug, Clone)]
pub struct Places {
    /// The checkout.
    pub source: PathBuf,
    /// What outlives a run: `FOUNDATION_CACHE`, or `~/.cache/foundation`.
    pub cache: PathBuf,
}

impl Places {
    /// Finds them.
    ///
    /// # Errors
    /// Configuration, when the folder is no checkout of foundation or no cache folder can be named.
    pub fn find(context: &Context) -> Result<Self> {
        let source = Checkout::of(&context.directory)?.root().to_owned();
        let cache = match (context.env.os("FOUNDATION_CACHE"), context.env.os("HOME")) {
            (Some(cache), _) => context.directory.join(cache),
            (None, Some(home)) => Path::new(home).join(".cache/foundation"),
            (None, None) => return Err(Failure::config("set FOUNDATION_CACHE, or HOME, for the cache")),
        };
        Ok(Self { source, cache })
    }

    /// A file of `ci-image/`.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.source.join("ci-image").join(name)
    }

    /// The verified `.deb` files.
    #[must_use]
    pub fn debs(&self) -> PathBuf {
        self.cache.join("debs")
    }

    /// The parts of the image that were built before, by the hash of their inputs, and the image built last.
    #[must_use]
    pub fn images(&self) -> PathBuf {
        self.cache.join("image")
    }

    /// The image built last.
    #[must_use]
    pub fn last_image(&self) -> PathBuf {
        self.images().join("foundation-ci")
    }

    /// A private folder on the cache's file system, so that what is made in it can be moved or linked into place.
    ///
    /// # Errors
    /// Environment, when it cannot be made.
    pub fn scratch(&self) -> Result<tempfile::TempDir> {
        let folder = self.cache.join("tmp");
        make_folder(&folder)?;
        tempfile::tempdir_in(&folder).map_err(|error| cannot("make a folder in", &folder, error))
    }
}

/// The failure of doing something with a file.
pub fn cannot(what: &str, path: &Path, error: std::io::Error) -> Failure {
    Failure::environment(format!("cannot {what} {}", path.display())).because(error)
}

/// Makes a folder and those above it.
///
/// # Errors
/// Environment.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| cannot("make", path, error))
}

/// Reads a text file of the checkout.
///
/// # Errors
/// Configuration: the checkout is not whole.
pub fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .map_err(|error| Failure::config(format!("cannot read {}", path.display())).because(error))
}

/// Writes a file.
///
/// # Errors
/// Environment.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    fs::write(path, content).map_err(|error| cannot("write", path, error))
}

/// Links a file, or copies it where that cannot be done.
///
/// # Errors
/// Environment.
pub fn link(from: &Path, to: &Path) -> Result<()> {
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to).map_err(|error| cannot("copy", from, error))?;
    }
    Ok(())
}

/// The SHA-256 of bytes, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The SHA-256 of a file, in hexadecimal.
///
/// # Errors
/// Environment, when it cannot be read.
pub fn sha256_file(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).map_err(|error| cannot("read", path, error))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file
            .read(&mut buffer)
            .map_err(|error| cannot("read", path, error))?;
        if read == 0 {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// One hash over named inputs: the key of a part that is kept.
#[derive(Debug, Default)]
pub struct Key(Sha256);

impl Key {
    /// Adds an input. Lengths are hashed too, so that no two lists of inputs look the same.
    #[must_use]
    pub fn with(mut self, name: &str, content: &[u8]) -> Self {
        for part in [name.as_bytes(), content] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
        self
    }

    /// Adds a file of `ci-image/`.
    ///
    /// # Errors
    /// Configuration, when it is not there.
    pub fn with_file(self, places: &Places, name: &str) -> Result<Self> {
        Ok(self.with(name, read_text(&places.file(name))?.as_bytes()))
    }

    /// The key.
    #[must_use]
    pub fn finish(self) -> String {
        let mut text = hexadecimal(&self.0.finalize());
        text.truncate(16);
        text
    }
}
