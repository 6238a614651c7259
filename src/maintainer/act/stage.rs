//! The private folder of one run of act, which leaves nothing behind.
//!
//! It is removed when the run ends or is stopped. A run that was killed in a way that leaves no time for that has left its lock
//! free, so that the next run finds its folder and its containers, and removes them.

use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};
use crate::kit::report::random_word;
use crate::maintainer::act::engine::Engine;

/// What the names of our folders begin with.
const PREFIX: &str = "foundation-act-";
/// Says that there may be containers of it, which only a run with an engine can remove.
const CONTAINERS: &str = "containers";
/// The copy of the secrets within it.
pub const SECRETS: &str = "secrets";

/// The folder of a run. Dropping it removes it, and the containers that still run for it.
#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
    id: String,
    engine: Option<(Engine, String)>,
    ended: bool,
    _lock: File,
}

impl Stage {
    /// Makes a folder that only we can enter. `engine` and the image are those the jobs will run in.
    ///
    /// # Errors
    /// Environment, when there is no place for it.
    pub fn make(env: &Env, engine: Option<(Engine, String)>) -> Result<Self> {
        let id = random_word()?[..12].to_owned();
        let folder = temporary(env).join(format!("{PREFIX}{id}"));
        let failed = |error| Failure::environment(format!("cannot make {}", folder.display())).because(error);
        // The lock exists before the folder has its name: a sweeping run never sees one without the other.
        let draft = temporary(env).join(format!(".{PREFIX}{id}"));
        DirBuilder::new().mode(0o700).create(&draft).map_err(failed)?;
        let locked = File::create(draft.join("lock")).and_then(|lock| {
            flock(&lock, FlockOperation::LockExclusive)?;
            if engine.is_some() {
                File::create(draft.join(CONTAINERS))?;
            }
            std::fs::rename(&draft, &folder)?;
            Ok(lock)
        });
        let lock = locked.map_err(|error| {
            let _ = std::fs::remove_dir_all(&draft);
            failed(error)
        })?;
        Ok(Self {
            folder,
            id,
            engine,
            ended: false,
            _lock: lock,
        })
    }

    /// A path within the folder.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A word that no other run has, to keep apart what act gives names to.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Notes that act has ended by itself and so has removed its containers.
    pub fn ended(&mut self) {
        self.ended = true;
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // First of all, and whatever else fails.
        let _ = std::fs::remove_file(self.path(SECRETS));
        if let Some((engine, _)) = self.engine.as_ref().filter(|_| !self.ended) {
            // Nobody is left to tell: the next run tries again, since the folder stays until this has worked.
            if wait_for(engine.remove_containers_of(&self.folder)).is_err() {
                return;
            }
        }
        if remove(&self.folder).is_err()
            && let Some((engine, image)) = &self.engine
        {
            let _ = wait_for(engine.empty_folder(image, &self.folder));
            let _ = remove(&self.folder);
        }
    }
}

/// Removes what runs that were killed have left behind: their containers, then their folders.
///
/// # Errors
/// Environment, when something of ours cannot be removed.
pub async fn sweep(env: &Env, engine: Option<(&Engine, &str)>) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(temporary(env)) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let folder = entry.path();
        let Some(_lock) = left_behind(&folder) else {
            continue;
        };
        let _ = std::fs::remove_file(folder.join(SECRETS));
        match engine {
            Some((engine, _)) => engine.remove_containers_of(&folder).await?,
            // Without the folder, nobody would look for its containers again.
            None if folder.join(CONTAINERS).exists() => continue,
            None => {}
        }
        if let Err(error) = remove(&folder) {
            let failure = Failure::environment(format!("cannot remove {}", folder.display()))
                .because(error)
                .hint("a run that was killed left it behind; remove it by hand");
            let Some((engine, image)) = engine else {
                return Err(failure);
            };
            engine.empty_folder(image, &folder).await?;
            remove(&folder).map_err(|_| failure)?;
        }
    }
    Ok(())
}

/// The lock of a folder whose run is dead, now held by us.
fn left_behind(folder: &Path) -> Option<File> {
    let name = folder.file_name()?.to_str()?;
    let meta = std::fs::symlink_metadata(folder).ok()?;
    let ours = meta.is_dir() && meta.uid() == rustix::process::geteuid().as_raw();
    if !ours || !name.starts_with(PREFIX) {
        return None;
    }
    let lock = File::open(folder.join("lock")).ok()?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(lock)
}

/// Removes a folder, also where a job has taken our right to write in it. The lock goes last: until then, a removal that was
/// stopped half way is found again.
fn remove(folder: &Path) -> std::io::Result<()> {
    let gone = |result: std::io::Result<()>| match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    };
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == "lock" {
            continue;
        }
        if !entry.file_type()?.is_dir() {
            gone(std::fs::remove_file(entry.path()))?;
        } else if std::fs::remove_dir_all(entry.path()).is_err() {
            make_writable(&entry.path())?;
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    gone(std::fs::remove_file(folder.join("lock")))?;
    gone(std::fs::remove_dir(folder))
}

fn make_writable(folder: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            make_writable(&entry.path())?;
        }
    }
    Ok(())
}

fn temporary(env: &Env) -> PathBuf {
    env.os("TMPDIR")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// Waits for a future while something is dropped. The runtime around us cannot be waited in, so this is another one, on a
/// thread of its own.
fn wait_for<T: Send>(future: impl Future<Output = Result<T>> + Send) -> Result<T> {
    let limited = async {
        tokio::time::timeout(Duration::from_secs(60), future)
            .await
            .unwrap_or_else(|_| Err(Failure::environment("the container engine does not answer")))
    };
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Failure::environment("cannot start the runtime").because(error))?
                .block_on(limited)
        });
        work.join()
            .unwrap_or_else(|_| Err(Failure::environment("the tidying thread broke")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    #[test]
    fn a_stage_is_private_and_goes_with_all_that_is_in_it() {
        let base = tempfile::tempdir().expect("a folder");
        let env: Env = [("TMPDIR", base.path())].into_iter().collect();
        let stage = Stage::make(&env, None).expect("a stage");
        let mode = std::fs::metadata(stage.folder())
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
        let deep = stage.path("a/b");
        std::fs::create_dir_all(&deep).expect("made");
        std::fs::write(deep.join("c"), "x").expect("written");
        std::fs::set_permissions(&deep, std::fs::Permissions::from_mode(0o500)).expect("read-only");
        drop(stage);
        assert_eq!(std::fs::read_dir(base.path()).expect("there").count(), 0);
    }

    #[test]
    fn only_what_dead_runs_left_is_swept() {
        let base = tempfile::tempdir().expect("a folder");
        let env: Env = [("TMPDIR", base.path())].into_iter().collect();
        let alive = Stage::make(&env, None).expect("a stage");
        let dead = base.path().join("foundation-act-0123");
        std::fs::create_dir_all(dead.join("run")).expect("made");
        std::fs::write(dead.join("lock"), "").expect("written");
        std::fs::create_dir(base.path().join("foundation-action")).expect("made");
        run(sweep(&env, None)).expect("swept");
        assert!(alive.folder().exists() && !dead.exists());
        assert!(base.path().join("foundation-action").exists());
    }
}
