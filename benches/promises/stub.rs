//! Linters that answer correctly at once, so that what is left is our own share.
//!
//! The bench program is linked as `eslint`, `yamllint`, `shellcheck` and `git`, and acts by the name it is called by. Each call
//! leaves one line in the file `calls` beside the links: when it began and ended. `git` is the real one, timed.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

/// The names the program is linked by.
pub const NAMES: [&str; 4] = ["eslint", "yamllint", "shellcheck", "git"];

/// Answers, if this process was started as one of the stubs.
pub fn answer() -> Option<ExitCode> {
    let started = now();
    let mut arguments = std::env::args_os();
    let me = PathBuf::from(arguments.next()?);
    let name = me.file_name()?.to_str()?.to_owned();
    let arguments: Vec<OsString> = arguments.collect();
    let text = match name.as_str() {
        "eslint" => eslint(&arguments),
        "yamllint" => yamllint(&arguments),
        "shellcheck" => shellcheck(&arguments),
        "git" => return Some(git(&me, &arguments, started)),
        _ => return None,
    };
    let (text, code) = text;
    let written = std::io::stdout()
        .write_all(text.as_bytes())
        .and_then(|()| record(&me, &name, started));
    Some(if written.is_ok() {
        ExitCode::from(code)
    } else {
        ExitCode::from(70)
    })
}

fn now() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos())
}

fn record(me: &Path, name: &str, started: u128) -> std::io::Result<()> {
    let calls = me.with_file_name("calls");
    let line = format!("{name} {started} {}\n", now());
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(calls)?
        .write_all(line.as_bytes())
}

/// The files among the arguments, and whether each is a planted sample: that one lies outside of the repository.
fn files(arguments: &[OsString]) -> impl Iterator<Item = (String, bool)> {
    let from = arguments
        .iter()
        .position(|argument| argument == "--")
        .map_or(0, |at| at + 1);
    arguments[from..].iter().map(|file| {
        (
            String::from_utf8_lossy(file.as_bytes()).into_owned(),
            file.as_bytes().starts_with(b"/"),
        )
    })
}

fn eslint(arguments: &[OsString]) -> (String, u8) {
    let here = std::env::current_dir().unwrap_or_default();
    let mut text = String::from("[");
    for (file, _) in files(arguments) {
        let path = here.join(file.trim_start_matches("./"));
        let comma = if text.len() > 1 { "," } else { "" };
        let _ = write!(
            text,
            "{comma}{{\"filePath\":{:?},\"messages\":[],\"suppressedMessages\":[],\"errorCount\":0,\"fatalErrorCount\":0,\"warningCount\":0,\
             \"fixableErrorCount\":0,\"fixableWarningCount\":0,\"usedDeprecatedRules\":[]}}",
            path.display().to_string()
        );
    }
    text.push_str("]\n");
    (text, 0)
}

fn yamllint(arguments: &[OsString]) -> (String, u8) {
    let list = arguments.iter().any(|argument| argument == "--list-files");
    let mut text = String::new();
    for (file, planted) in files(arguments) {
        if list {
            let _ = writeln!(text, "{file}");
        } else if planted {
            let _ = writeln!(
                text,
                "{file}:2:1: [error] syntax error: expected the node content, but found '<stream end>' (syntax)"
            );
        }
    }
    let code = u8::from(!list && !text.is_empty());
    (text, code)
}

fn shellcheck(arguments: &[OsString]) -> (String, u8) {
    let planted: Vec<String> = files(arguments)
        .filter(|(_, planted)| *planted)
        .map(|(file, _)| {
            format!(
                "{{\"file\":{file:?},\"line\":2,\"endLine\":2,\"column\":6,\"endColumn\":8,\"level\":\"error\",\"code\":1073,\
                 \"message\":\"Couldn't parse this.\",\"fix\":null}}"
            )
        })
        .collect();
    (
        format!("{{\"comments\":[{}]}}\n", planted.join(",")),
        u8::from(!planted.is_empty()),
    )
}

/// The next `git` on `PATH` that is not this one.
fn git(me: &Path, arguments: &[OsString], started: u128) -> ExitCode {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let real = std::env::split_paths(&path)
        .filter(|folder| Some(folder.as_path()) != me.parent())
        .map(|folder| folder.join("git"))
        .find(|file| file.is_file());
    let status = real.and_then(|real| Command::new(real).args(arguments).status().ok());
    let code = status
        .and_then(|status| status.code())
        .and_then(|code| u8::try_from(code).ok());
    match (record(me, "git", started), code) {
        (Ok(()), Some(code)) => ExitCode::from(code),
        _ => ExitCode::from(70),
    }
}
