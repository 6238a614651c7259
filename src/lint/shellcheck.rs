//! shellcheck. It names no clean file, so each process is shown a planted bad sample beside them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::kit::outcome::Result;
use crate::kit::process::{self, End};
use crate::kit::report::Severity;
use crate::lint::discover::File;
use crate::lint::findings::{Finding, Reading, Tool};
use crate::lint::world::{self, World};

/// A script that does not parse, with a fault beside that: whatever an rc file above it turns off, something is left.
const PLANTED: &str = "#!/bin/sh\necho $1\nif [ $a = b ; then echo x; fi\n";
const PLANTED_NAME: &str = "planted.sh";

/// Puts the planted sample into the private folder of a run.
///
/// # Errors
/// Environment, when it cannot be written.
pub fn prepare(scratch: &Path) -> Result<()> {
    world::write(&scratch.join(PLANTED_NAME), PLANTED)
}

/// The program.
///
/// # Errors
/// Environment, when there is no shellcheck.
pub fn program(world: &World) -> Result<PathBuf> {
    process::require(&world.env, "shellcheck")
}

/// Runs shellcheck on files. A name that is not UTF-8, which its report could not hold, must come alone.
///
/// # Errors
/// Environment, when shellcheck does not work or misses the planted sample.
pub async fn check(program: &Path, files: &[File], world: &World) -> Result<Reading> {
    let planted = world.scratch.join(PLANTED_NAME);
    let mut run = world
        .cmd(program, false)
        .args(["--format=json1", "--severity=style", "--color=never"]);
    let mut asked = Vec::new();
    match files {
        [only] if only.path.to_str().is_none() => {
            let folder = only.path.parent().unwrap_or(Path::new(""));
            run = run
                .directory(world.root.join(folder))
                .stdin(world::read(world, &only.path)?);
            if let Some(shell @ ("bash" | "dash" | "ksh")) =
                only.path.extension().and_then(|shell| shell.to_str())
            {
                run = run.arg(format!("--shell={shell}"));
            }
            asked.push(("-".to_owned(), only.path.clone()));
        }
        files => asked.extend(files.iter().map(|file| {
            (
                Path::new(".").join(&file.path).to_string_lossy().into_owned(),
                file.path.clone(),
            )
        })),
    }
    run = run
        .arg("--")
        .args(asked.iter().map(|(name, _)| name))
        .arg(&planted);
    let done = run.capture().await?;
    let planted = planted.to_string_lossy();
    read(&done.stdout, done.end, &asked, &planted).map_err(|why| match world.gone(files) {
        Some(gone) => gone,
        None => world::broken(Tool::Shellcheck, &why, &done),
    })
}

#[derive(Deserialize)]
struct Report {
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
struct Comment {
    file: String,
    line: u32,
    column: u32,
    level: String,
    code: u32,
    message: String,
}

/// Reads what shellcheck printed.
///
/// # Errors
/// Why the report proves nothing.
pub fn read(stdout: &[u8], end: End, asked: &[(String, PathBuf)], planted: &str) -> Result<Reading, String> {
    match end {
        End::Code(0 | 1) if stdout.trim_ascii().is_empty() => return Err("printed nothing".to_owned()),
        End::Code(1) => {}
        // The planted sample is bad, so a good end is a lie.
        End::Code(0) => return Err("ended with exit code 0 in spite of the planted bad sample".to_owned()),
        End::Code(_) | End::Signal(_) | End::TimedOut(_) => return Err(end.to_string()),
    }
    let report: Report =
        serde_json::from_slice(stdout).map_err(|error| format!("printed no whole report: {error}"))?;
    let names: HashMap<&str, &PathBuf> = asked.iter().map(|(name, path)| (name.as_str(), path)).collect();
    let mut reading = Reading {
        checked: asked.len(),
        ..Reading::default()
    };
    let mut planted_is_seen = false;
    for comment in report.comments {
        if comment.file == planted {
            planted_is_seen = true;
            continue;
        }
        let Some(path) = names.get(comment.file.as_str()) else {
            return Err(format!("reported {}, which it was not given", comment.file));
        };
        reading.findings.push(Finding {
            path: (*path).clone(),
            line: Some(comment.line.max(1)),
            column: Some(comment.column.max(1)),
            tool: Tool::Shellcheck,
            rule: Some(format!("SC{:04}", comment.code)),
            severity: match comment.level.as_str() {
                "error" => Severity::Error,
                "warning" => Severity::Warning,
                "info" | "style" => Severity::Info,
                other => return Err(format!("reported the level {other}, which is unknown")),
            },
            message: comment.message,
        });
    }
    match planted_is_seen {
        true => Ok(reading),
        false => Err("missed the planted bad sample".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECORDED: &str = r#"{"comments":[{"file":"./a.sh","line":2,"endLine":2,"column":12,"endColumn":14,"level":"info","code":2086,"message":"Double quote.","fix":null},{"file":"/tmp/planted.sh","line":3,"endLine":3,"column":4,"endColumn":4,"level":"error","code":1073,"message":"Could not parse.","fix":null}]}"#;

    fn of(text: &[u8], code: i32) -> Result<Reading, String> {
        let asked = [
            ("./a.sh".to_owned(), "a.sh".into()),
            ("./b.sh".to_owned(), "b.sh".into()),
        ];
        read(text, End::Code(code), &asked, "/tmp/planted.sh")
    }

    #[test]
    fn info_and_style_are_info() {
        let reading = of(RECORDED.as_bytes(), 1).expect("a reading");
        assert_eq!((reading.checked, reading.findings.len()), (2, 1));
        assert_eq!(reading.findings[0].severity, Severity::Info);
        assert_eq!(reading.findings[0].rule.as_deref(), Some("SC2086"));
    }

    #[test]
    fn what_proves_nothing_is_no_reading() {
        let only_a = RECORDED.replace("/tmp/planted.sh", "./a.sh");
        let other = RECORDED.replace("./a.sh", "./c.sh");
        for (text, code) in [
            ("", 1),
            ("{\"comments\":[]}", 1),
            ("{\"comments\":[]}", 0),
            (only_a.as_str(), 1),
            (other.as_str(), 1),
            (RECORDED, 0),
            (RECORDED, 2),
        ] {
            assert!(of(text.as_bytes(), code).is_err(), "{text} {code}");
        }
        assert!(read(RECORDED.as_bytes(), End::Signal(9), &[], "/tmp/planted.sh").is_err());
    }

    #[test]
    fn a_report_cut_anywhere_is_no_reading() {
        for length in 0..RECORDED.len() {
            assert!(of(&RECORDED.as_bytes()[..length], 1).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..RECORDED.len()) {
            prop_assert!(of(&bytes, 1).is_err());
            let mut changed = RECORDED.as_bytes().to_vec();
            changed.splice(at..at, bytes);
            let _ = of(&changed, 1);
        }
    }
}
