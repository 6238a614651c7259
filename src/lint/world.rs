//! What every linter's run needs to know, and what all of them do the same way.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{Cmd, Done, User};
use crate::kit::text;
use crate::lint::discover::File;

/// Where and as whom the linters run.
#[derive(Debug, Clone)]
pub struct World {
    /// Our environment, of which programs see the harmless part.
    pub env: Env,
    /// The repository's folder.
    pub root: PathBuf,
    /// A private folder of this run.
    pub scratch: PathBuf,
    /// The time limit of one process.
    pub limit: Duration,
    /// Who runs the repository's own code; ourselves when there is nobody else.
    pub user: Option<User>,
}

impl World {
    /// A program in the repository's folder. Settings in a home folder would make results differ between machines, so the
    /// home is an empty folder that is not even there.
    #[must_use]
    pub fn cmd(&self, program: &Path, foreign: bool) -> Cmd {
        let cmd = Cmd::new(program, &self.env)
            .directory(&self.root)
            .limit(self.limit)
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.scratch.join("home"));
        match foreign {
            true => cmd.user(self.user.as_ref()),
            false => cmd,
        }
    }

    /// The failure that names the files that are gone or unreadable by now, if any is.
    #[must_use]
    pub fn gone(&self, files: &[File]) -> Option<Failure> {
        let gone: Vec<String> = files
            .iter()
            .filter(|file| std::fs::File::open(self.root.join(&file.path)).is_err())
            .map(|file| text::path_text(&file.path))
            .collect();
        match gone.as_slice() {
            [] => None,
            gone => Some(
                Failure::environment(format!(
                    "gone or unreadable while it was linted: {}",
                    gone.join(", ")
                ))
                .hint("something else changes the work tree: run again when it rests"),
            ),
        }
    }
}

/// Reads a file of the repository.
///
/// # Errors
/// Environment, naming the file.
pub fn read(world: &World, path: &Path) -> Result<Vec<u8>> {
    std::fs::read(world.root.join(path)).map_err(|error| {
        Failure::environment(format!("cannot read {}", text::path_text(path))).because(error)
    })
}

/// Writes a file of our private folder.
///
/// # Errors
/// Environment, naming the file.
pub fn write(path: &Path, content: &str) -> Result<()> {
    std::fs::write(path, content)
        .map_err(|error| Failure::environment(format!("cannot write {}", path.display())).because(error))
}

/// What a program said last, as the end of a failure's text.
#[must_use]
pub fn words(done: &Done) -> String {
    match done.last_words() {
        words if words.is_empty() => String::new(),
        words => format!(":\n  {words}"),
    }
}
