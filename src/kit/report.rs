//! The only writer: the log, outputs for later jobs, the step summary. Everything passes the masks first.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::kit::context::{Context, Host};
use crate::kit::outcome::{Failure, Result};
use crate::kit::secret::Masks;
use crate::kit::text;

/// Forgejo's runner reads outputs line by line, and fails the job on a line of 64 KiB.
const OUTPUT_LINE: usize = 65_000;

/// How a run reports: for people, or as one JSON document alone on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The log on standard output.
    #[default]
    Text,
    /// The document on standard output, the log on standard error.
    Json,
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(format!("'{other}' is no format; write text or json")),
        }
    }
}

/// How bad something is. The order is by weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know; never fails anything.
    Info,
    /// Fails when asked to.
    Warning,
    /// Fails by default.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

struct Streams {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    format: Format,
}

/// The writer of one run.
pub struct Report {
    streams: Mutex<Streams>,
    masks: Masks,
    host: Host,
    color: bool,
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// Folds the lines written while it lives, where the host folds logs.
#[derive(Debug)]
pub struct Group<'a>(&'a Report);

impl Drop for Group<'_> {
    fn drop(&mut self) {
        if self.0.host.has_groups() {
            self.0.write_log("::endgroup::");
        }
    }
}

impl Report {
    /// A report to these streams. `color` says whether they end at a person's terminal.
    pub fn new(
        out: impl Write + Send + 'static,
        err: impl Write + Send + 'static,
        masks: Masks,
        host: Host,
        color: bool,
    ) -> Self {
        let streams = Streams {
            out: Box::new(out),
            err: Box::new(err),
            format: Format::Text,
        };
        Self {
            streams: Mutex::new(streams),
            masks,
            host,
            color,
        }
    }

    /// Sets the format; until then everything is text.
    pub fn set_format(&self, format: Format) {
        self.streams().format = format;
    }

    /// Whether escape sequences for colours may be written.
    #[must_use]
    pub fn color(&self) -> bool {
        self.color
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes one line to the log. A log that nobody reads any more (a closed pipe) ends nothing: the exit code, the status and
    /// the comment still have to be right.
    fn write_log(&self, line: &str) {
        let line = text::without_userinfo(&self.masks.apply(line));
        let mut streams = self.streams();
        let stream = match streams.format {
            Format::Text => &mut streams.out,
            Format::Json => &mut streams.err,
        };
        let _ = writeln!(stream, "{line}");
        let _ = stream.flush();
    }

    /// Says something, line by line. No line of it can be a log command; control characters become visible.
    pub fn say(&self, words: impl fmt::Display) {
        let words = self.masks.apply(&words.to_string());
        let lines: Vec<String> = words
            .split('\n')
            .map(|line| text::no_command(&text::one_line(line)))
            .collect();
        // Written at once: a log of ten thousand lines is no ten thousand writes.
        self.write_log(&lines.join("\n"));
    }

    /// Says something that we rendered ourselves and that may hold colours.
    pub fn say_rendered(&self, rendered: &str) {
        for line in self.masks.apply(rendered).split('\n') {
            if self.color {
                self.write_log(line);
            } else {
                self.write_log(&text::no_command(&text::one_line(line)));
            }
        }
    }

    /// Opens a group of lines, folded where the host folds logs.
    pub fn group(&self, title: &str) -> Group<'_> {
        let title = text::one_line(&self.masks.apply(title));
        if self.host.has_groups() {
            self.write_log(&format!("::group::{title}"));
        } else {
            self.write_log(&text::no_command(&title));
        }
        Group(self)
    }

    /// Says that something deserves attention but fails nothing.
    pub fn warn(&self, words: impl fmt::Display) {
        let words = words.to_string();
        self.say(format_args!("warning: {words}"));
        self.annotate(Severity::Warning, None, &words);
    }

    /// Says why the run could not do what it was asked to do, and what to do about it.
    pub fn fail(&self, failure: &Failure) {
        self.say(format_args!("error: {failure}"));
        if let Some(hint) = failure.advice() {
            self.say(format_args!("hint: {hint}"));
        }
        self.annotate(Severity::Error, None, &failure.to_string());
    }

    /// Marks a place in the code, where the host shows such marks. Elsewhere the line in the log is all there is, since the
    /// command would be shown as literal text.
    pub fn annotate(&self, severity: Severity, place: Option<(&Path, u32, Option<u32>)>, message: &str) {
        if !self.host.has_annotations() {
            return;
        }
        let command = match severity {
            Severity::Info => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let mut properties = String::new();
        if let Some((path, line, column)) = place {
            // A name that could move a terminal's cursor is shown as it is in the log; no other name differs.
            let path = self.masks.apply(&text::path_text(path));
            properties = format!(" file={},line={line}", escape_property(&path));
            if let Some(column) = column {
                properties.push_str(&format!(",col={column}"));
            }
        }
        let lines: Vec<String> = message.split('\n').map(text::one_line).collect();
        let message = lines.join("\n");
        self.write_log(&format!(
            "::{command}{properties}::{}",
            escape_data(&self.masks.apply(&message))
        ));
    }

    /// Writes the one JSON document of this run.
    ///
    /// # Errors
    /// Environment, when standard output cannot be written: a document cut short must not look complete.
    pub fn document(&self, document: &impl Serialize) -> Result<()> {
        let json = to_json(document)?;
        // Masked as JSON text: a mask holds no character that JSON escapes, so the document stays well-formed.
        let json = self.masks.apply(&json);
        let mut streams = self.streams();
        writeln!(streams.out, "{json}")
            .and_then(|()| streams.out.flush())
            .map_err(|error| {
                Failure::environment("cannot write the report to standard output").because(error)
            })
    }

    /// Sets an output for later steps and jobs.
    ///
    /// # Errors
    /// Environment, when the runner's file cannot be appended to.
    pub fn output(&self, context: &Context, name: &str, value: &str) -> Result<()> {
        let Some(file) = &context.output_file else {
            return Ok(());
        };
        let value = self.masks.apply(value);
        if value.lines().any(|line| line.len() > OUTPUT_LINE) {
            return Err(Failure::environment(format!(
                "the output {name} has a line that no runner takes"
            )));
        }
        // A delimiter nobody can guess: a value that held it could set outputs of its own.
        let delimiter = format!("foundation_{}", random_word()?);
        append(file, &format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
            .map_err(|error| Failure::environment(format!("cannot set the output {name}")).because(error))
    }

    /// Adds to the step summary, which act and GitHub show.
    ///
    /// # Errors
    /// Environment, when the runner's file cannot be appended to.
    pub fn summary(&self, context: &Context, markdown: &str) -> Result<()> {
        let Some(file) = &context.summary_file else {
            return Ok(());
        };
        append(file, &format!("{}\n", self.masks.apply(markdown)))
            .map_err(|error| Failure::environment("cannot write the step summary").because(error))
    }

    /// The text without secrets, for what leaves us by another way than this report.
    #[must_use]
    pub fn masked(&self, text: &str) -> String {
        text::without_userinfo(&self.masks.apply(text))
    }
}

/// Serialises to JSON.
///
/// # Errors
/// Environment; only a fault of ours can cause it.
pub fn to_json(document: &impl Serialize) -> Result<String> {
    serde_json::to_string(document)
        .map_err(|error| Failure::environment("cannot write the report as JSON").because(error))
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)?
        .write_all(text.as_bytes())
}

/// A random word of 32 hexadecimal digits.
///
/// # Errors
/// Environment, when the kernel gives no randomness.
pub fn random_word() -> Result<String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| io::Read::read_exact(&mut file, &mut bytes))
        .map_err(|error| Failure::environment("cannot read /dev/urandom").because(error))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Escapes the text of a log command (actions/toolkit, `escapeData`).
fn escape_data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    // The protocol has no escape for other control characters, which would move a terminal's cursor.
    text.replace(
        |character: char| character.is_control() && character != '\t',
        "\u{fffd}",
    )
}

/// Escapes a property of a log command (actions/toolkit, `escapeProperty`).
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;

    /// A stream whose content a test can read.
    #[derive(Clone, Default)]
    pub(crate) struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("the sink").clone()).expect("UTF-8")
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("the sink").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn report(host: Host) -> (Report, Sink, Sink, Masks) {
        let (out, err, masks) = (Sink::default(), Sink::default(), Masks::default());
        (
            Report::new(out.clone(), err.clone(), masks.clone(), host, false),
            out,
            err,
            masks,
        )
    }

    #[test]
    fn nothing_said_can_be_a_command_or_a_secret() {
        let (report, out, _, masks) = report(Host::Forgejo);
        masks.add("s3cret");
        report.say("::set-output name=x::s3cret\r::error::y\nhttps://bob:pw@h");
        assert_eq!(
            out.text(),
            "\\::set-output name=x::***\\r::error::y\nhttps://***@h\n"
        );
    }

    #[test]
    fn groups_and_annotations_only_where_the_host_knows_them() {
        let place = Some((Path::new("a:b,c.js"), 3, Some(4)));
        let (forgejo, out, _, _) = report(Host::Forgejo);
        drop(forgejo.group("eslint\n::error::x"));
        forgejo.annotate(Severity::Error, place, "m");
        assert_eq!(out.text(), "::group::eslint\\n::error::x\n::endgroup::\n");
        let (act, out, _, _) = report(Host::Act);
        act.annotate(Severity::Error, place, "100%\nsure");
        assert_eq!(
            out.text(),
            "::error file=a%3Ab%2Cc.js,line=3,col=4::100%25%0Asure\n"
        );
        let (act, out, _, _) = report(Host::Act);
        let place = Some((Path::new("a\u{1b}[2J.js"), 1, None));
        act.annotate(Severity::Error, place, "\u{1b}[2J");
        assert_eq!(out.text(), "::error file=a%251B[2J.js,line=1::\\u{1b}[2J\n");
        let (terminal, out, _, _) = report(Host::Terminal);
        drop(terminal.group("eslint"));
        assert_eq!(out.text(), "eslint\n");
    }

    #[test]
    fn with_json_the_log_goes_to_standard_error() {
        let (report, out, err, masks) = report(Host::Terminal);
        masks.add("s3cret");
        report.set_format(Format::Json);
        report.say("working");
        report
            .document(&serde_json::json!({"x": "s3cret"}))
            .expect("written");
        assert_eq!(
            (out.text().as_str(), err.text().as_str()),
            ("{\"x\":\"***\"}\n", "working\n")
        );
    }
}
