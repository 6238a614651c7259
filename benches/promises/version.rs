//! `--version` of every binary: what the start of a program costs before it does anything.

use std::process::Command;

use crate::measure::{self, median};
use crate::{Limit, Result, Row};

/// One row a binary.
pub fn rows() -> Result<Vec<Row>> {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse()?;
    let binaries = manifest
        .get("bin")
        .and_then(toml::Value::as_array)
        .ok_or("no binaries in Cargo.toml")?;
    let names = binaries.iter().filter_map(|binary| binary.get("name")?.as_str());
    names.map(row).collect()
}

fn row(name: &str) -> Result<Row> {
    let program = crate::binaries().join(name);
    let times: Result<Vec<f64>> = (0..measure::ROUNDS * 5)
        .map(|_| Ok(measure::run(Command::new(&program).arg("--version"))?.elapsed * 1000.0))
        .collect();
    Ok(Row {
        what: format!("`{name} --version`"),
        measured: median(times?),
        limit: Limit::Most(10.0),
        unit: "ms",
        details: "25 runs".to_owned(),
    })
}
