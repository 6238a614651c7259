//! yamllint. It names no clean file, so each process is shown a planted bad sample, last: what is cut off is missed.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::kit::outcome::{Failure, Result};
use crate::kit::process::{self, Cmd, Done, End};
use crate::kit::report::Severity;
use crate::kit::text;
use crate::lint::discover::File;
use crate::lint::findings::{Finding, NotChecked, Reading, Tool};
use crate::lint::world::{self, World};

/// The configuration for projects that have none.
const DEFAULT: &str = include_str!("defaults/yamllint.yaml");
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
        match read(&done.stdout, done.end, &asked, planted.as_deref()) {
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
    read(&done.stdout, done.end, &[], Some(&planted))
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

/// Reads what yamllint printed, `name:line:column: [level] message (rule)`. Names and messages may hold anything, also line
/// breaks: a record starts where a line starts with a name that was asked for.
///
/// # Errors
/// Why the report proves nothing.
pub fn read(
    stdout: &[u8],
    end: End,
    asked: &[(PathBuf, PathBuf)],
    planted: Option<&Path>,
) -> Result<Reading, String> {
    if !matches!(end, End::Code(0 | 1)) {
        return Err(end.to_string());
    }
    let mut names: HashMap<&[u8], Option<&PathBuf>> = asked
        .iter()
        .map(|(name, path)| (name.as_os_str().as_bytes(), Some(path)))
        .collect();
    names.extend(planted.map(|planted| (planted.as_os_str().as_bytes(), None)));
    let broken: Vec<&[u8]> = names
        .keys()
        .copied()
        .filter(|name| name.contains(&b'\n'))
        .collect();

    if !stdout.is_empty() && !stdout.ends_with(b"\n") {
        return Err("printed a report that is cut off".to_owned());
    }
    let mut reading = Reading {
        checked: asked.len(),
        ..Reading::default()
    };
    let mut planted_is_seen = false;
    let mut errors = false;
    let mut rest = stdout;
    while !rest.is_empty() {
        let (record, after) = match record(rest, &names, &broken) {
            Some(found) => found,
            None => {
                let (line, after) = line(rest);
                match reading.findings.last_mut() {
                    // A message with a line break in it: a key of the file, quoted.
                    Some(last) if !planted_is_seen => {
                        last.message.push('\n');
                        last.message.push_str(&String::from_utf8_lossy(line));
                    }
                    _ => {
                        return Err(format!(
                            "printed what is no finding: {}",
                            String::from_utf8_lossy(line)
                        ));
                    }
                }
                rest = after;
                continue;
            }
        };
        rest = after;
        errors |= record.severity == Severity::Error;
        match record.path {
            None => planted_is_seen |= record.severity == Severity::Error,
            Some(path) => {
                reading.findings.push(Finding {
                    path: path.clone(),
                    line: Some(record.line),
                    column: Some(record.column),
                    tool: Tool::Yamllint,
                    rule: None,
                    severity: record.severity,
                    message: record.message,
                });
            }
        }
    }
    // Only now, since a message may go on in the next line.
    for finding in &mut reading.findings {
        (finding.message, finding.rule) = rule(&finding.message);
    }
    if planted.is_some() && !planted_is_seen {
        return Err(match stdout.is_empty() {
            true => "printed nothing, not even about the planted bad sample".to_owned(),
            false => "missed the planted bad sample".to_owned(),
        });
    }
    match (end == End::Code(1), errors) {
        (true, false) => Err("ended with exit code 1, but its report has no error".to_owned()),
        // The planted sample is an error, so a good end is a lie; without one, findings count all the same.
        (false, true) if planted.is_some() => {
            Err("ended with exit code 0 in spite of the planted bad sample".to_owned())
        }
        _ => Ok(reading),
    }
}

struct Record<'a> {
    /// None for the planted sample.
    path: Option<&'a PathBuf>,
    line: u32,
    column: u32,
    severity: Severity,
    message: String,
}

fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

/// The record at the start of the text, and what follows it.
fn record<'a, 't>(
    text: &'t [u8],
    names: &HashMap<&[u8], Option<&'a PathBuf>>,
    broken: &[&[u8]],
) -> Option<(Record<'a>, &'t [u8])> {
    // The longest name wins: `a:1:1: [error] b.yml` is a name too.
    let (first, _) = line(text);
    let ends = (0..first.len()).rev().filter(|&at| first[at] == b':');
    let plain = ends
        .map(|at| &first[..at])
        .filter(|name| names.contains_key(name));
    let broken = broken.iter().copied().filter(|name| text.starts_with(name));
    let mut candidates: Vec<&[u8]> = broken.chain(plain).collect();
    candidates.sort_by_key(|name| std::cmp::Reverse(name.len()));
    candidates.into_iter().find_map(|name| {
        let path = *names.get(name)?;
        let (tail, after) = line(&text[name.len()..]);
        let tail = tail.strip_prefix(b":")?;
        let (number, tail) = number(tail)?;
        let (column, tail) = self::number(tail)?;
        let tail = tail.strip_prefix(b" [")?;
        let (severity, message) = match (tail.strip_prefix(b"error] "), tail.strip_prefix(b"warning] ")) {
            (Some(message), _) => (Severity::Error, message),
            (None, Some(message)) => (Severity::Warning, message),
            (None, None) => return None,
        };
        let message = String::from_utf8_lossy(message).into_owned();
        Some((
            Record {
                path,
                line: number,
                column,
                severity,
                message,
            },
            after,
        ))
    })
}

/// `12:rest`.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let colon = text.iter().position(|&byte| byte == b':')?;
    let number = OsStr::from_bytes(&text[..colon]).to_str()?.parse().ok()?;
    Some((number, &text[colon + 1..]))
}

/// `message (rule)`.
fn rule(message: &str) -> (String, Option<String>) {
    let split = message
        .strip_suffix(')')
        .and_then(|message| message.rsplit_once(" ("));
    match split {
        Some((message, rule))
            if !rule.is_empty() && rule.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') =>
        {
            (message.to_owned(), Some(rule.to_owned()))
        }
        _ => (message.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLANT: &str = "/tmp/x/planted-yaml";
    const RECORDED: &str = "./a.yml:1:11: [error] trailing spaces (trailing-spaces)\n./b\n:1:2: [error] c.yml:3:1: [warning] wrong key \"x\n./q\" (key)\n/tmp/x/planted-yaml:2:1: [error] syntax error: expected (syntax)\n";

    fn asked() -> Vec<(PathBuf, PathBuf)> {
        ["a.yml", "b\n:1:2: [error] c.yml", "d.yml"]
            .map(|name| (format!("./{name}").into(), name.into()))
            .into()
    }

    fn of(text: &[u8], code: i32) -> Result<Reading, String> {
        read(text, End::Code(code), &asked(), Some(Path::new(PLANT)))
    }

    #[test]
    fn names_and_messages_may_hold_line_breaks() {
        let reading = of(RECORDED.as_bytes(), 1).expect("a reading");
        assert_eq!(reading.checked, 3);
        let [first, second] = reading.findings.as_slice() else {
            panic!("{reading:?}")
        };
        assert_eq!(
            (first.rule.as_deref(), first.line, first.column),
            (Some("trailing-spaces"), Some(1), Some(11))
        );
        assert_eq!(second.path, Path::new("b\n:1:2: [error] c.yml"));
        assert_eq!(second.severity, Severity::Warning);
        assert_eq!(
            (second.message.as_str(), second.rule.as_deref()),
            ("wrong key \"x\n./q\"", Some("key"))
        );
    }

    #[test]
    fn what_proves_nothing_is_no_reading() {
        let clean = "./a.yml:1:11: [error] trailing spaces (trailing-spaces)\n";
        for (text, code) in [
            ("", 0),
            ("", 1),
            (clean, 1),
            (RECORDED, 0),
            (RECORDED, 2),
            (RECORDED, 255),
            ("boo\n", 1),
        ] {
            assert!(of(text.as_bytes(), code).is_err(), "{text} {code}");
        }
    }

    #[test]
    fn a_report_cut_anywhere_is_no_reading() {
        for length in 0..RECORDED.len() {
            for code in [0, 1] {
                assert!(of(&RECORDED.as_bytes()[..length], code).is_err(), "{length}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..RECORDED.len()) {
            prop_assert!(of(&bytes, 0).is_err());
            let mut changed = RECORDED.as_bytes().to_vec();
            changed.splice(at..at, bytes);
            let _ = of(&changed, 1);
        }
    }
}
