//! Packages that are packed: what their file holds.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::Deserialize;
use sha2::{Digest as _, Sha256, Sha512};

use super::{LARGEST, npm};
use crate::kit::context::Env;
use crate::kit::outcome::{Failure, Result};

/// A package that is packed, ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Its file.
    pub file: PathBuf,
    /// Its name, as its manifest gives it.
    pub name: String,
    /// Its version, as its manifest gives it.
    pub version: String,
    /// `sha512-…` of the file.
    pub integrity: String,
    /// The files it holds, relative to its folder.
    pub files: Vec<String>,
}

#[derive(Deserialize)]
struct NpmPacked {
    filename: String,
    name: String,
    version: String,
    #[serde(default)]
    files: Vec<NpmFile>,
}

#[derive(Deserialize)]
struct NpmFile {
    path: String,
}

/// Packs the package in a folder. None of its scripts run.
///
/// # Errors
/// Environment, when npm is missing; configuration, when it does not take the package.
pub async fn pack(env: &Env, folder: &Path, into: &Path) -> Result<Packed> {
    let done = npm(env, into)?
        .args(["pack", "--json"])
        .arg(prefixed("--pack-destination=", into))
        .arg(folder)
        .capture()
        .await?;
    let cannot = || {
        Failure::config(format!(
            "npm cannot pack {}:\n  {}",
            folder.display(),
            done.last_words()
        ))
        .hint("is its package.json as npm wants it?")
    };
    if !done.end.good() {
        return Err(cannot());
    }
    let list: Vec<NpmPacked> =
        serde_json::from_slice(&done.stdout).map_err(|error| cannot().because(error))?;
    let [packed] = list.as_slice() else {
        return Err(cannot());
    };
    let name = Path::new(&packed.filename).file_name().unwrap_or_default();
    let file = into.join(name);
    Ok(Packed {
        integrity: integrity(&file)?,
        file,
        name: packed.name.clone(),
        version: packed.version.clone(),
        files: packed.files.iter().map(|file| file.path.clone()).collect(),
    })
}

impl Packed {
    /// The programs and the main file that its manifest names and that it does not hold: who installs it could not use it.
    #[must_use]
    pub fn lacks(&self, manifest: &serde_json::Value) -> Vec<String> {
        let bins = match manifest.get("bin") {
            Some(serde_json::Value::Object(bins)) => bins.values().filter_map(|file| file.as_str()).collect(),
            Some(one) => one.as_str().into_iter().collect(),
            None => Vec::new(),
        };
        let main = manifest.get("main").and_then(|main| main.as_str());
        let named = main
            .into_iter()
            .chain(bins)
            .map(|file| file.trim_start_matches("./").trim_end_matches('/'));
        let holds = |name: &str| {
            // As Node finds it: the file, with an ending, or the folder's index.
            let ends = [
                "",
                ".js",
                ".json",
                ".node",
                "/index.js",
                "/index.json",
                "/index.node",
            ];
            ends.iter()
                .any(|end| self.files.iter().any(|file| file.strip_prefix(name) == Some(end)))
        };
        named
            .filter(|name| !matches!(*name, "" | ".") && !holds(name))
            .map(str::to_owned)
            .collect()
    }
}

fn prefixed(option: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(option);
    argument.push(path);
    argument
}

/// `sha512-…` of a file, as npm writes it.
fn integrity(file: &Path) -> Result<String> {
    let unreadable = |error| Failure::environment(format!("cannot read {}", file.display())).because(error);
    let mut hash = Sha512::new();
    let mut reader = std::fs::File::open(file).map_err(unreadable)?;
    std::io::copy(&mut reader, &mut hash).map_err(unreadable)?;
    Ok(format!("sha512-{}", STANDARD.encode(hash.finalize())))
}

/// What a package's file holds.
pub(super) type Content = BTreeMap<Vec<u8>, ([u8; 32], bool)>;

/// What a package's file holds: each path with the hash of its content and whether it may be run. Times and owners do not count.
pub(super) fn content(file: &Path) -> Result<Content> {
    let unreadable = |error: std::io::Error| {
        Failure::environment(format!("cannot read {} as a package", file.display())).because(error)
    };
    let reader = std::fs::File::open(file).map_err(unreadable)?;
    let mut archive = tar::Archive::new(GzDecoder::new(std::io::BufReader::new(reader)).take(4 * LARGEST));
    let mut files = BTreeMap::new();
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path_bytes().into_owned();
        let executable = entry.header().mode().map_err(unreadable)? & 0o111 != 0;
        let mut hash = Sha256::new();
        std::io::copy(&mut entry, &mut hash).map_err(unreadable)?;
        files.insert(path, (hash.finalize().into(), executable));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_manifest_names_has_to_be_there() {
        let packed = Packed {
            file: PathBuf::new(),
            name: "x".into(),
            version: "1.0.0".into(),
            integrity: String::new(),
            files: ["package.json", "lib/index.js", "cli.js"]
                .map(str::to_owned)
                .into(),
        };
        let lacks = |manifest: serde_json::Value| packed.lacks(&manifest);
        assert_eq!(lacks(serde_json::json!({})), [""; 0]);
        assert_eq!(
            lacks(serde_json::json!({"main": "./lib", "bin": {"a": "./cli.js", "b": "cli"}})),
            [""; 0]
        );
        assert_eq!(lacks(serde_json::json!({"main": "", "bin": 7})), [""; 0]);
        assert_eq!(
            lacks(serde_json::json!({"main": "dist/index.js", "bin": "dist/cli.js"})),
            ["dist/index.js", "dist/cli.js"]
        );
    }
}
