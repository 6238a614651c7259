//! What every linter's run needs to know, and what all of them do the same way.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{Cmd, Done, End, User};
use crate::kit::text;
use crate::lint::discover::File;
use crate::lint::findings::Tool;

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
    /// A certificate authority for what package managers talk to.
    pub ca_file: Option<PathBuf>,
}

impl World {
    /// A world whose private folder is ready.
    ///
    /// # Errors
    /// Environment, when the folder cannot be prepared.
    pub fn new(env: &Env, root: &Path, scratch: &Path, limit: Duration) -> Result<Self> {
        let world = Self {
            env: env.clone(),
            root: root.to_owned(),
            scratch: scratch.to_owned(),
            limit,
            user: None,
            ca_file: None,
        };
        std::fs::create_dir(world.home(false))
            .and_then(|()| std::fs::create_dir(world.home(true)))
            // The other user has to come through, and nobody has to look around.
            .and_then(|()| std::fs::set_permissions(scratch, Permissions::from_mode(0o711)))
            .map_err(|error| Failure::environment("cannot prepare the private folder").because(error))?;
        Ok(world)
    }

    /// Lets another user run the repository's own code.
    ///
    /// # Errors
    /// Environment, when the home folder cannot be given to it.
    pub fn set_user(&mut self, user: Option<User>) -> Result<()> {
        self.user = user;
        self.give(&self.home(true))
    }

    /// Foreign code fills its own home only: what it put into ours, our programs would load.
    fn home(&self, foreign: bool) -> PathBuf {
        self.scratch.join(if foreign { "foreign-home" } else { "home" })
    }

    /// A program in the repository's folder. Settings in a home folder would make results differ between machines, so the
    /// home is an empty one.
    #[must_use]
    pub fn cmd(&self, program: &Path, foreign: bool) -> Cmd {
        let cmd = Cmd::new(program, &self.env)
            .directory(&self.root)
            .limit(self.limit)
            .env("LC_ALL", "C.UTF-8");
        let cmd = match foreign {
            true => cmd.user(self.user.as_ref()),
            false => cmd,
        };
        cmd.env("HOME", self.home(foreign))
    }

    /// A package manager. Unless another user runs it, it has the settings and the cache of the person who asked for it.
    #[must_use]
    pub fn install_cmd(&self, program: &Path) -> Cmd {
        let cmd = match &self.user {
            Some(_) => self.cmd(program, true),
            None => Cmd::new(program, &self.env).limit(self.limit),
        };
        match &self.ca_file {
            Some(file) => cmd.env("NODE_EXTRA_CA_CERTS", file),
            None => cmd,
        }
    }

    /// Makes an empty folder that the other user may fill. Without another user nothing is touched.
    ///
    /// # Errors
    /// Environment, when it cannot be made.
    pub fn hand_over(&self, folder: &Path) -> Result<()> {
        if self.user.is_none() {
            return Ok(());
        }
        let cannot = |error| {
            Failure::environment(format!("cannot make {} anew", text::path_text(folder))).because(error)
        };
        match std::fs::symlink_metadata(folder) {
            Err(_) => {}
            Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(folder).map_err(cannot)?,
            Ok(_) => std::fs::remove_file(folder).map_err(cannot)?,
        }
        std::fs::create_dir(folder).map_err(cannot)?;
        self.give(folder)
    }

    fn give(&self, folder: &Path) -> Result<()> {
        let Some(user) = &self.user else { return Ok(()) };
        std::os::unix::fs::chown(folder, Some(user.uid), Some(user.gid)).map_err(|error| {
            Failure::environment(format!(
                "cannot give {} to {}",
                text::path_text(folder),
                user.name
            ))
            .because(error)
        })
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

/// The failure of a linter that did not do its work.
#[must_use]
pub fn broken(tool: Tool, why: &str, done: &Done) -> Failure {
    let failure = Failure::environment(format!("{tool} {why}{}", words(done)));
    match done.end {
        End::TimedOut(_) => failure.hint("a larger --timeout gives it more"),
        End::Signal(9) => failure
            .hint("give the job more memory, or lint a part of the repository (--jobs 1 needs the least)"),
        End::Signal(_) | End::Code(_) => failure,
    }
}
