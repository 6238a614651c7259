//! eslint's own JSON, read with suspicion. It names every file it was given, also clean ones, so it proves itself file by file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::kit::process::End;
use crate::kit::report::Severity;
use crate::lint::findings::{Finding, NotChecked, Reading, Tool};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileReport {
    file_path: String,
    messages: Vec<Message>,
    error_count: usize,
    warning_count: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    rule_id: Option<String>,
    fatal: Option<bool>,
    severity: u8,
    message: String,
    // A rule of a plugin may report any number, and "not a number" arrives as null.
    line: Option<f64>,
    column: Option<f64>,
}

impl Message {
    /// Whether eslint says that it left the file alone. Its words differ between versions, their shape does not.
    fn is_ignored(&self) -> bool {
        self.rule_id.is_none() && self.severity == 1 && self.fatal == Some(false) && self.line.is_none()
    }
}

/// Reads what eslint printed. `asked` are the files it was given: the name it knows them by, and their path in the repository.
/// Columns are still eslint's: UTF-16 units.
///
/// # Errors
/// Why the report proves nothing.
pub fn read(stdout: &[u8], end: End, asked: &[(String, PathBuf)]) -> Result<Reading, String> {
    if !matches!(end, End::Code(0 | 1)) {
        return Err(end.to_string());
    }
    let reports = parse(stdout)?;
    let mut open: HashMap<&str, &PathBuf> = asked.iter().map(|(name, path)| (name.as_str(), path)).collect();
    let mut reading = Reading::default();
    let mut errors = 0;
    for report in reports {
        let Some(path) = open.remove(report.file_path.as_str()) else {
            return Err(format!(
                "reported {}, which it was not given, or twice",
                report.file_path
            ));
        };
        errors += report.error_count;
        file(report, path, &mut reading)?;
    }
    if let Some((_, path)) = asked.iter().find(|(name, _)| open.contains_key(name.as_str())) {
        let rest = match open.len() {
            1 => String::new(),
            more => format!(" and {} more", more - 1),
        };
        return Err(format!("never reported {}{rest}", path.display()));
    }
    // Findings with exit code 0 are counted all the same. The other way round something went wrong that is not in the report.
    if end == End::Code(1) && errors == 0 {
        return Err("ended with exit code 1, but its report has no error".to_owned());
    }
    Ok(reading)
}

/// A configuration may print lines of its own before the report.
fn parse(stdout: &[u8]) -> Result<Vec<FileReport>, String> {
    let whole = serde_json::from_slice(stdout);
    let Err(error) = whole else {
        return whole.map_err(|error| error.to_string());
    };
    stdout
        .split(|&byte| byte == b'\n')
        .filter(|line| line.starts_with(b"[{"))
        .find_map(|line| serde_json::from_slice(line).ok())
        .ok_or_else(|| match stdout.trim_ascii().is_empty() {
            true => "printed nothing".to_owned(),
            false => format!("printed no whole report: {error}"),
        })
}

fn file(report: FileReport, path: &Path, reading: &mut Reading) -> Result<(), String> {
    let shown = path.display();
    let count = |severity| {
        report
            .messages
            .iter()
            .filter(|message| message.severity == severity)
            .count()
    };
    if (count(2), count(1)) != (report.error_count, report.warning_count)
        || report
            .messages
            .iter()
            .any(|message| !matches!(message.severity, 1 | 2))
    {
        return Err(format!(
            "contradicts itself about {shown}: its counts are not those of its messages"
        ));
    }
    if let [only] = report.messages.as_slice()
        && only.is_ignored()
    {
        reading.not_checked.push(NotChecked {
            path: path.to_owned(),
            why: format!("eslint: {}", only.message),
        });
        return Ok(());
    }
    reading.checked += 1;
    reading
        .findings
        .extend(report.messages.into_iter().map(|message| Finding {
            path: path.to_owned(),
            line: place(message.line),
            column: place(message.line).and(place(message.column)),
            tool: Tool::Eslint,
            rule: message.rule_id,
            severity: match message.severity {
                2 => Severity::Error,
                _ => Severity::Warning,
            },
            message: message.message,
        }));
    Ok(())
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only what fits passes the filter"
)]
fn place(number: Option<f64>) -> Option<u32> {
    number
        .filter(|number| (1.0..f64::from(u32::MAX)).contains(number))
        .map(|number| number as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECORDED: &str = r#"[{"filePath":"/r/a.js","messages":[{"ruleId":"no-undef","severity":2,"message":"'m' is not defined.","line":1,"column":8,"messageId":"undef"},{"ruleId":null,"fatal":true,"severity":2,"message":"Parsing error","line":2,"column":1}],"errorCount":2,"fatalErrorCount":1,"warningCount":0,"source":"m()\n"},{"filePath":"/r/b.js","messages":[],"errorCount":0,"warningCount":0},{"filePath":"/r/c.js","messages":[{"ruleId":null,"fatal":false,"severity":1,"message":"File ignored."}],"errorCount":0,"warningCount":1}]"#;

    fn asked() -> Vec<(String, PathBuf)> {
        ["a.js", "b.js", "c.js"]
            .map(|name| (format!("/r/{name}"), name.into()))
            .into()
    }

    #[test]
    fn findings_clean_files_and_ignored_files() {
        let reading = read(RECORDED.as_bytes(), End::Code(1), &asked()).expect("a reading");
        assert_eq!(
            (reading.checked, reading.findings.len(), reading.not_checked.len()),
            (2, 2, 1)
        );
        assert_eq!(reading.findings[1].rule, None);
        // Exit code 0 with findings still has the findings.
        assert_eq!(read(RECORDED.as_bytes(), End::Code(0), &asked()), Ok(reading));
        let noisy = format!("loading the configuration\n{RECORDED}\n");
        assert!(read(noisy.as_bytes(), End::Code(1), &asked()).is_ok());
    }

    #[test]
    fn what_proves_nothing_is_no_reading() {
        let mut more = asked();
        more.push(("/r/d.js".into(), "d.js".into()));
        let clean = br#"[{"filePath":"/r/a.js","messages":[],"errorCount":0,"warningCount":0}]"#;
        let liar = br#"[{"filePath":"/r/a.js","messages":[],"errorCount":1,"warningCount":0}]"#;
        let a = &asked()[..1];
        for (stdout, end, asked) in [
            (RECORDED.as_bytes(), End::Code(1), more.as_slice()),
            (RECORDED.as_bytes(), End::Code(1), a),
            (RECORDED.as_bytes(), End::Code(2), &asked()),
            (RECORDED.as_bytes(), End::Signal(9), &asked()),
            (clean, End::Code(1), a),
            (liar, End::Code(1), a),
            (b"", End::Code(0), a),
            (b"[]", End::Code(0), a),
        ] {
            assert!(
                read(stdout, end, asked).is_err(),
                "{}",
                String::from_utf8_lossy(stdout)
            );
        }
    }

    #[test]
    fn a_report_cut_anywhere_is_no_reading() {
        for length in 0..RECORDED.len() {
            for code in [0, 1] {
                assert!(
                    read(&RECORDED.as_bytes()[..length], End::Code(code), &asked()).is_err(),
                    "{length}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..RECORDED.len()) {
            prop_assert!(read(&bytes, End::Code(0), &asked()).is_err());
            let mut changed = RECORDED.as_bytes().to_vec();
            changed.splice(at..at, bytes);
            let _ = read(&changed, End::Code(1), &asked());
        }
    }
}
