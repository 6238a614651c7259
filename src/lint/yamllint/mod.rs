//! yamllint. It names no clean file, so each process is shown a planted bad sample, last: what is cut off is missed.

mod report;

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd, Done};
use crate::kit::report::Severity;
use crate::kit::text;
use crate::lint::discover::File;
use crate::lint::findings::{Finding, NotChecked, Reading, Tool};
use crate::lint::world::{self, World};

/// The configuration for projects that have none.
const DEFAULT: &str = include_str!("../defaults/yamllint.yaml");
const DEFAULT_NAME: &str = "yamllint.yaml";
const CONFIGS: &[&str] = &[".yamllint", ".yamllint.yaml", ".yamllint.yml"];

/// A file that no configuration can make clean. Its name has no extension, so that few ignore patterns match it.
const PLANTED: &str = "a: [\n";
const PLANTED_NAME: &str = "planted-yaml";

/// One way of running yamllint: the configuration, relative to the repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Setting {
    /// The program.
    pub program: PathBuf,
    /// The project's configuration; none for ours.
    pub config: Option<PathBuf>,
}

impl Setting {
    fn directory(&self) -> &Path {
        self.config
            .as_deref()
            .and_then(Path::parent)
            .unwrap_or(Path::new(""))
    }
}

/// Puts our configuration and the planted sample into the private folder of a run.
///
/// # Errors
/// Environment, when they cannot be written.
pub fn prepare(scratch: &Path) -> Result<()> {
    world::write(&scratch.join(DEFAULT_NAME), DEFAULT)?;
    world::write(&scratch.join(PLANTED_NAME), PLANTED)
}

/// Sorts the files by the nearest configuration above them.
///
/// # Errors
/// Environment, when there is no yamllint.
pub fn settings(world: &World, files: &[File]) -> Result<Vec<(Setting, Vec<File>)>> {
    let program = process::require(&world.env, "yamllint")?;
    let mut known: HashMap<PathBuf, Option<PathBuf>> = HashMap::new();
    let mut groups: Vec<(Setting, Vec<File>)> = Vec::new();
    for file in files {
        let config = nearest(
            &world.root,
            file.path.parent().unwrap_or(Path::new("")),
            &mut known,
        );
        match groups.iter_mut().find(|(setting, _)| setting.config == config) {
            Some((_, files)) => files.push(file.clone()),
            None => {
                let setting = Setting {
                    program: program.clone(),
                    config,
                };
                groups.push((setting, vec![file.clone()]));
            }
        }
    }
    Ok(groups)
}

fn nearest(root: &Path, folder: &Path, known: &mut HashMap<PathBuf, Option<PathBuf>>) -> Option<PathBuf> {
    if let Some(config) = known.get(folder) {
        return config.clone();
    }
    let here = CONFIGS
        .iter()
        .map(|name| folder.join(name))
        .find(|config| root.join(config).is_file());
    let config = here.or_else(|| nearest(root, folder.parent()?, known));
    known.insert(folder.to_owned(), config.clone());
    config
}

/// The line of the log that says which yamllint and which rules.
#[must_use]
pub fn describe(setting: &Setting) -> String {
    let config = match &setting.config {
        Some(config) => text::path_text(config),
        None => "the default configuration".to_owned(),
    };
    format!("yamllint ({}), {config}", setting.program.display())
}

fn cmd(setting: &Setting, world: &World) -> Cmd {
    let config = match &setting.config {
        Some(config) => world.root.join(config),
        None => world.scratch.join(DEFAULT_NAME),
    };
    plain(setting, world).arg("-c").arg(config)
}

fn plain(setting: &Setting, world: &World) -> Cmd {
    world
        .cmd(&setting.program, false)
        .directory(world.root.join(setting.directory()))
        .env("PYTHONIOENCODING", "utf-8:surrogateescape")
}

/// The name yamllint is given: relative to its working directory, as ignore patterns want it, and never an option.
fn name(setting: &Setting, file: &File) -> PathBuf {
    Path::new(".").join(file.path.strip_prefix(setting.directory()).unwrap_or(&file.path))
}

/// Runs yamllint on files that share a setting.
///
/// # Errors
/// Configuration, when the project's configuration is broken; environment, when yamllint is, or misses the planted sample.
pub async fn check(setting: &Setting, files: &[File], world: &World) -> Result<Reading> {
    let mut reading = Reading::default();
    let mut files = files.to_vec();
    let mut planted_is_ignored = false;
    if may_ignore(setting, world) {
        let (ignored, planted) = ignored(setting, &files, world).await?;
        planted_is_ignored = planted;
        files.retain(|file| !ignored.contains(&file.path));
        reading
            .not_checked
            .extend(ignored.into_iter().map(|path| NotChecked {
                path,
                why: "yamllint: ignored by its configuration".to_owned(),
            }));
    }
    if files.is_empty() {
        return Ok(reading);
    }
    if planted_is_ignored {
        control(setting, world).await?;
    }
    let planted = (!planted_is_ignored).then(|| world.scratch.join(PLANTED_NAME));
    loop {
        let asked: Vec<(PathBuf, PathBuf)> = files
            .iter()
            .map(|file| (name(setting, file), file.path.clone()))
            .collect();
        let run = cmd(setting, world)
            .args(["-f", "parsable", "--"])
            .args(asked.iter().map(|(name, _)| name))
            .args(&planted);
        let done = run.capture().await?;
        match report::read(&done.stdout, done.end, &asked, planted.as_deref()) {
            Ok(told) => {
                reading.merge(told);
                return Ok(reading);
            }
            Err(why) => {
                // yamllint crashes on bytes that are no text. Such a file is bad, and the others still want a look.
                let (no_text, rest): (Vec<File>, Vec<File>) = files
                    .into_iter()
                    .partition(|file| !is_text(world, file, &mut reading));
                if no_text.is_empty() || world.gone(&rest).is_some() {
                    return Err(diagnose(setting, &rest, world, &done, &why).await);
                }
                reading.checked += no_text.len();
                if rest.is_empty() {
                    control(setting, world).await?;
                    return Ok(reading);
                }
                files = rest;
            }
        }
    }
}

/// Whether the configuration may keep yamllint from files: it says so, or takes from another one that may.
fn may_ignore(setting: &Setting, world: &World) -> bool {
    let Some(config) = &setting.config else {
        return false;
    };
    std::fs::read_to_string(world.root.join(config))
        .is_ok_and(|text| text.contains("ignore") || text.contains("extends"))
}

/// The files that the configuration keeps yamllint from, and whether the planted one is among them.
async fn ignored(setting: &Setting, files: &[File], world: &World) -> Result<(Vec<PathBuf>, bool)> {
    let planted = world.scratch.join(PLANTED_NAME);
    let run = cmd(setting, world)
        .args(["--list-files", "--"])
        .args(files.iter().map(|file| name(setting, file)))
        .arg(&planted);
    let done = run.capture().await?;
    if !done.end.good() {
        return Err(diagnose(setting, files, world, &done, &done.end.to_string()).await);
    }
    // Each name ends a line. Names are compared in order, since a name may hold line breaks.
    let mut rest = done.stdout.as_slice();
    let mut ignored = Vec::new();
    let mut listed = |name: &Path| match rest
        .strip_prefix(name.as_os_str().as_bytes())
        .and_then(|rest| rest.strip_prefix(b"\n"))
    {
        Some(after) => {
            rest = after;
            true
        }
        None => false,
    };
    for file in files {
        if !listed(&name(setting, file)) {
            ignored.push(file.path.clone());
        }
    }
    let planted = !listed(&planted);
    match rest {
        b"" => Ok((ignored, planted)),
        _ => Err(Failure::environment(format!(
            "yamllint lists files it was not given{}",
            world::words(&done)
        ))),
    }
}

/// Shows the planted sample alone, without the project's configuration.
async fn control(setting: &Setting, world: &World) -> Result<()> {
    let planted = world.scratch.join(PLANTED_NAME);
    let run = plain(setting, world)
        .args(["-d", "default", "-f", "parsable", "--"])
        .arg(&planted);
    let done = run.capture().await?;
    report::read(&done.stdout, done.end, &[], Some(&planted))
        .map(drop)
        .map_err(|why| world::broken(Tool::Yamllint, &why, &done))
}

/// Finds out whose fault it is: with the configuration out of the way, a broken configuration is the project's.
async fn diagnose(setting: &Setting, files: &[File], world: &World, done: &Done, why: &str) -> Failure {
    if let Some(gone) = world.gone(files) {
        return gone;
    }
    let broken = world::broken(Tool::Yamllint, why, done);
    let Some(config) = &setting.config else {
        return broken;
    };
    if control(setting, world).await.is_err() {
        return broken;
    }
    // The planted sample alone, with the configuration: all that differs is the configuration.
    let planted = world.scratch.join(PLANTED_NAME);
    let probe = cmd(setting, world)
        .args(["--list-files", "--"])
        .arg(&planted)
        .capture()
        .await;
    match probe {
        Ok(probe) if probe.end.good() => broken,
        Ok(probe) => Failure::config(format!(
            "the configuration {} does not work{}",
            text::path_text(config),
            world::words(&probe)
        )),
        Err(failure) => failure,
    }
}

/// Whether the file is text as YAML wants it (YAML 1.2, 5.1 and 5.2); if not, that is a finding.
fn is_text(world: &World, file: &File, reading: &mut Reading) -> bool {
    let Ok(bytes) = std::fs::read(world.root.join(&file.path)) else {
        return true;
    };
    // UTF-16 and UTF-32 start with a mark or have zero bytes early on; yamllint reads those.
    if bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || bytes.iter().take(4).any(|&byte| byte == 0)
    {
        return true;
    }
    let (good, what) = match std::str::from_utf8(&bytes) {
        Err(error) => (error.valid_up_to(), "this is not UTF-8".to_owned()),
        Ok(text) => match text
            .char_indices()
            .find(|(_, character)| !is_printable(*character))
        {
            Some((at, character)) => (
                at,
                format!("the character U+{:04X} is not allowed", u32::from(character)),
            ),
            None => return true,
        },
    };
    let before = String::from_utf8_lossy(&bytes[..good]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    reading.findings.push(Finding {
        path: file.path.clone(),
        line: u32::try_from(line).ok(),
        column: u32::try_from(column).ok(),
        tool: Tool::Yamllint,
        rule: Some("syntax".to_owned()),
        severity: Severity::Error,
        message: format!("syntax error: {what}"),
    });
    false
}

fn is_printable(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{85}' | ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}
