//! The promises about speed, measured as ratios within one run, so that they mean the same on any machine.
//!
//! `make bench` runs all; `cargo bench --bench promises -- lint` only what has `lint` in its name. Exit code 1: a promise is
//! not kept. What is measured, and why so, is in `docs/speed.md`.
#![allow(
    clippy::disallowed_methods,
    reason = "a bench starts programs and reads its environment as a person's shell would"
)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its table is what a bench is for"
)]

mod checkout;
mod commits;
#[path = "../../tests/support/generate.rs"]
mod generate;
mod lint;
mod machine;
mod measure;
mod semantic_release;
mod share;
mod stub;
mod version;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What everything here may fail with: a bench that cannot measure stops.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Measures something.
type Part = fn() -> Result<Vec<Row>>;

/// One line of the table.
struct Row {
    what: String,
    measured: f64,
    limit: Limit,
    unit: &'static str,
    details: String,
}

/// What was promised.
enum Limit {
    /// No more than this.
    Most(f64),
    /// No less than this.
    Least(f64),
}

impl Row {
    fn kept(&self) -> bool {
        match self.limit {
            Limit::Most(limit) => self.measured <= limit,
            Limit::Least(limit) => self.measured >= limit,
        }
    }

    fn print(&self) {
        let (sign, limit) = match self.limit {
            Limit::Most(limit) => ("≤", limit),
            Limit::Least(limit) => ("≥", limit),
        };
        println!(
            "| {} | {:.2} {unit} | {sign} {limit:.2} {unit} | {} | {} |",
            self.what,
            self.measured,
            if self.kept() { "kept" } else { "**broken**" },
            self.details,
            unit = self.unit,
        );
    }
}

/// The folder of the binaries under test.
fn binaries() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_foundation-lint"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// A folder for what is made once and used again by the next run.
fn kept(name: &str, make: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if !folder.exists() {
        let begun = folder.with_extension("begun");
        let _ = std::fs::remove_dir_all(&begun);
        eprintln!("making {}", folder.display());
        make(&begun)?;
        std::fs::rename(&begun, &folder)?;
    }
    Ok(folder)
}

fn main() -> ExitCode {
    if let Some(code) = stub::answer() {
        return code;
    }
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("cannot measure: {error}");
            ExitCode::from(3)
        }
    }
}

fn run() -> Result<bool> {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let parts: [(&str, Part); 5] = [
        ("version", version::rows),
        ("checkout", checkout::rows),
        ("share", share::rows),
        ("lint", lint::rows),
        ("semantic-release", semantic_release::rows),
    ];
    machine::print();
    println!("\n| what | measured | promised | | medians behind it |\n| --- | --- | --- | --- | --- |");
    let mut good = true;
    for (name, rows) in parts {
        if wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str())) {
            for row in rows()? {
                row.print();
                good &= row.kept();
            }
        }
    }
    Ok(good)
}
