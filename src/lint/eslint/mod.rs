//! eslint, by its command line: never by the interface of a package, so that the program people would run is the one that runs.

mod project;
mod report;

use std::path::{Path, PathBuf};

pub use project::{Config, Project, Setting};

use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{Cmd, Done, End};
use crate::kit::text;
use crate::lint::columns;
use crate::lint::discover::File;
use crate::lint::findings::{Reading, Tool};
use crate::lint::world::{self, World};

/// The configuration for projects that have none.
const DEFAULT: &str = include_str!("../defaults/eslint-default.mjs");
/// Its name in the private folder of a run.
const DEFAULT_NAME: &str = "eslint-default.mjs";

/// Puts our configuration where eslint can load it.
///
/// # Errors
/// Environment, when it cannot be written.
pub fn prepare(scratch: &Path) -> Result<()> {
    world::write(&scratch.join(DEFAULT_NAME), DEFAULT)
}

/// The line of the log that says which eslint and which rules.
#[must_use]
pub fn describe(setting: &Setting) -> String {
    let version = setting.program.version.as_deref().unwrap_or("of unknown version");
    let whose = match &setting.program.own {
        Some(folder) if folder.as_os_str().is_empty() => "the project's own".to_owned(),
        Some(folder) => format!("the project's own in {}", text::path_text(folder)),
        None => setting.program.path.display().to_string(),
    };
    let config = match &setting.config {
        Config::Flat(path) | Config::Legacy(path) => text::path_text(path),
        Config::Baked { typescript: false } => "the default configuration".to_owned(),
        Config::Baked { typescript: true } => "the default configuration for TypeScript".to_owned(),
    };
    format!("eslint {version} ({whose}), {config}")
}

/// eslint with a setting's configuration, without files yet.
fn cmd(setting: &Setting, world: &World) -> Cmd {
    let mut cmd = world
        .cmd(&setting.program.path, setting.is_foreign())
        .directory(world.root.join(&setting.directory));
    match &setting.config {
        Config::Flat(_) => {}
        Config::Legacy(_) => cmd = cmd.env("ESLINT_USE_FLAT_CONFIG", "false"),
        Config::Baked { typescript } => {
            let real = setting
                .program
                .path
                .canonicalize()
                .unwrap_or_else(|_| setting.program.path.clone());
            cmd = cmd
                .args(["--no-config-lookup", "--config"])
                .arg(world.scratch.join(DEFAULT_NAME))
                .env("FOUNDATION_ESLINT", real)
                .env("FOUNDATION_TYPESCRIPT", if *typescript { "1" } else { "0" });
        }
    }
    cmd.arg("--no-color")
}

/// The name eslint is given: relative to its working directory, and never an option.
fn name(setting: &Setting, file: &File) -> PathBuf {
    Path::new(".").join(file.path.strip_prefix(&setting.directory).unwrap_or(&file.path))
}

/// Runs eslint on files that share a setting. A name that is not UTF-8, which eslint could not be given, must come alone.
///
/// # Errors
/// Configuration, when the project's configuration is broken; environment, when eslint is, or does not prove that it looked at
/// every file.
pub async fn check(setting: &Setting, files: &[File], world: &World) -> Result<Reading> {
    let base = world.root.join(&setting.directory);
    let mut asked = Vec::new();
    let mut run = cmd(setting, world).args(["--format", "json"]);
    match files {
        [only] if only.path.to_str().is_none() => {
            let name = text::path_utf8(&name(setting, only)).0;
            let content = world::read(world, &only.path)?;
            asked.push((base.join(name.trim_start_matches("./")), only.path.clone()));
            run = run.args(["--stdin", "--stdin-filename", &name]).stdin(content);
        }
        files => {
            run = run.arg("--");
            for file in files {
                asked.push((world.root.join(&file.path), file.path.clone()));
                run = run.arg(name(setting, file));
            }
        }
    }
    let asked: Vec<(String, PathBuf)> = asked
        .into_iter()
        .map(|(name, path)| (name.to_string_lossy().into_owned(), path))
        .collect();
    let done = run.capture().await?;
    match report::read(&done.stdout, done.end, &asked) {
        Ok(mut reading) => {
            columns::from_utf16(&world.root, &mut reading.findings);
            Ok(reading)
        }
        Err(why) => Err(diagnose(setting, files, world, &done, &why).await),
    }
}

/// Finds out whose fault it is, by trying rather than by reading eslint's English: a broken configuration is the project's.
async fn diagnose(setting: &Setting, files: &[File], world: &World, done: &Done, why: &str) -> Failure {
    if let Some(gone) = world.gone(files) {
        return gone;
    }
    let broken = world::broken(Tool::Eslint, why, done);
    let (Config::Flat(config) | Config::Legacy(config)) = &setting.config else {
        return broken;
    };
    if done.end != End::Code(2) || !works(setting, world).await {
        return broken;
    }
    for file in representatives(files) {
        let print = cmd(setting, world)
            .arg("--print-config")
            .arg(name(setting, file))
            .capture()
            .await;
        match print {
            Ok(print) if print.end == End::Code(2) => {
                return Failure::config(format!(
                    "the configuration {} does not work{}",
                    text::path_text(config),
                    world::words(&print)
                ))
                .hint("if a package is missing, name it in the lock file and say --install");
            }
            Ok(_) => {}
            Err(failure) => return failure,
        }
    }
    broken
}

/// Whether eslint finds a planted fault when the project's configuration is out of the way.
async fn works(setting: &Setting, world: &World) -> bool {
    let lookup: &[&str] = match setting.config {
        Config::Legacy(_) => &["--no-eslintrc"],
        Config::Flat(_) | Config::Baked { .. } => &["--no-config-lookup"],
    };
    let control = cmd(setting, world)
        .args(lookup)
        .args(["--format", "json", "--stdin", "--stdin-filename", "planted.js"])
        .args(["--rule", "no-debugger: error"])
        .stdin("debugger\n");
    let Ok(done) = control.capture().await else {
        return false;
    };
    let name = world.root.join(&setting.directory).join("planted.js");
    let asked = [(name.to_string_lossy().into_owned(), PathBuf::from("planted.js"))];
    report::read(&done.stdout, done.end, &asked).is_ok_and(|reading| !reading.findings.is_empty())
}

/// One file of each extension, a few of them: a configuration may be broken for some files only.
fn representatives(files: &[File]) -> Vec<&File> {
    let mut chosen: Vec<&File> = Vec::new();
    for file in files {
        if chosen
            .iter()
            .all(|other| other.path.extension() != file.path.extension())
        {
            chosen.push(file);
        }
    }
    chosen
}
