//! The package manager with a state of its own: what is installed on this machine, and what it is set to hold, play no part.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd};
use crate::kit::report::Report;

use super::lock::{Deb, DebsLock};
use super::places::{Places, cannot, make_folder, sha256_file, write};

/// The package manager, with this machine's sources and fresh lists.
#[derive(Debug)]
pub struct Apt<'a> {
    context: &'a Context,
    state: tempfile::TempDir,
}

const RELOCK: &str = "`make image-relock` writes a new lock from what the mirror has";

impl<'a> Apt<'a> {
    /// Makes the private state and reads the package lists.
    ///
    /// # Errors
    /// Environment, when the package manager is missing or a source does not answer.
    pub async fn open(places: &Places, context: &'a Context) -> Result<Self> {
        let state = places.scratch()?;
        let folder = state.path();
        for name in ["lists/partial", "archives/partial"] {
            make_folder(&folder.join(name))?;
        }
        write(&folder.join("status"), "")?;
        let at = folder.display();
        write(
            &folder.join("apt.conf"),
            format!(
                "Dir::State \"{at}\";\nDir::State::lists \"{at}/lists\";\nDir::State::status \"{at}/status\";\n\
                 Dir::Cache \"{at}\";\nAPT::Architecture \"amd64\";\nAPT::Architectures \"amd64\";\n\
                 APT::Install-Recommends \"false\";\nAPT::Sandbox::User \"root\";\nAcquire::Languages \"none\";\n\
                 Acquire::ForceHash \"SHA256\";\nAcquire::Retries \"3\";\nAPT::Update::Error-Mode \"any\";\n"
            ),
        )?;
        let apt = Self { context, state };
        apt.command("apt-get")?
            .args(["update", "--quiet"])
            .output()
            .await
            .map_err(|failure| failure.hint("is a Debian mirror reachable? Try: apt-get update"))?;
        Ok(apt)
    }

    fn command(&self, program: &str) -> Result<Cmd> {
        let env = &self.context.env;
        Ok(Cmd::new(process::require(env, program)?, env)
            .env("APT_CONFIG", self.state.path().join("apt.conf"))
            .env("LC_ALL", "C.UTF-8")
            .directory(self.state.path())
            .limit(Duration::from_secs(900)))
    }

    /// Everything that must be installed for these packages on an empty machine, with all essential packages.
    ///
    /// # Errors
    /// Environment, when the package manager finds no solution.
    pub async fn resolve(&self, names: &[String]) -> Result<Vec<Deb>> {
        // The package manager counts itself as essential; nothing in the image installs packages.
        let lines = self
            .command("apt-get")?
            .args(["install", "--quiet=2", "--yes", "--print-uris"])
            .arg("?and(?essential,?not(?exact-name(apt)))")
            .args(names)
            .output()
            .await?;
        let lines = String::from_utf8_lossy(&lines);
        let mut debs = lines
            .lines()
            .map(|line| {
                Deb::from_uri_line(line).ok_or_else(|| {
                    Failure::environment(format!("apt-get printed a line that names no package: {line}"))
                })
            })
            .collect::<Result<Vec<_>>>()?;
        debs.sort();
        Ok(debs)
    }

    /// Fetches packages into a folder of its own, at their very versions.
    async fn download(&self, debs: &[&Deb]) -> Result<()> {
        let names: BTreeSet<&str> = debs.iter().map(|deb| deb.name.as_str()).collect();
        let table = self
            .command("apt-cache")?
            .arg("madison")
            .args(names)
            .output()
            .await?;
        let table = String::from_utf8_lossy(&table);
        let offered: BTreeSet<(&str, &str)> = table
            .lines()
            .filter_map(|line| {
                let mut cells = line.split('|').map(str::trim);
                Some((cells.next()?, cells.next()?))
            })
            .collect();
        let gone: Vec<String> = debs
            .iter()
            .filter(|deb| !offered.contains(&(deb.name.as_str(), deb.version.as_str())))
            .map(|deb| format!("{} {}", deb.name, deb.version))
            .collect();
        if !gone.is_empty() {
            let what = format!("the mirror no longer has {}", gone.join(", "));
            return Err(Failure::environment(what).hint(RELOCK));
        }
        self.command("apt-get")?
            .args(["download", "--quiet=2"])
            .args(debs.iter().map(|deb| format!("{}={}", deb.name, deb.version)))
            .output()
            .await?;
        Ok(())
    }
}

/// Makes sure that every package of the lock is in the cache, unaltered.
///
/// # Errors
/// Environment, naming the packages that the mirror no longer has or that differ from the lock.
pub async fn fetch(lock: &DebsLock, places: &Places, context: &Context, report: &Report) -> Result<()> {
    let cache = places.debs();
    make_folder(&cache)?;
    let mut missing = Vec::new();
    for deb in &lock.debs {
        let file = cache.join(deb.file_name());
        if !file.exists() || sha256_file(&file)? != deb.sha256 {
            missing.push(deb);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    report.say(format_args!("fetching {} Debian packages", missing.len()));
    let apt = Apt::open(places, context).await?;
    apt.download(&missing).await?;
    for deb in missing {
        let fetched = apt.state.path().join(deb.file_name());
        let sha256 = sha256_file(&fetched)?;
        if sha256 != deb.sha256 {
            return Err(Failure::environment(format!(
                "{} {} is not the package that was locked: its SHA-256 is {sha256}, the lock says {}",
                deb.name, deb.version, deb.sha256
            ))
            .hint(RELOCK));
        }
        let file = cache.join(deb.file_name());
        fs::rename(&fetched, &file).map_err(|error| cannot("write", &file, error))?;
    }
    Ok(())
}
