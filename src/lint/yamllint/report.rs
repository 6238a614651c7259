//! What yamllint prints, read with suspicion: `name:line:column: [level] message (rule)`.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::kit::process::End;
use crate::kit::report::Severity;
use crate::lint::findings::{Finding, Reading, Tool};

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
