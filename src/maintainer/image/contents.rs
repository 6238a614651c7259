//! What the layers of an image hold, file by file, and to which part each file belongs.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;

use crate::kit::outcome::Result;

use super::inspect::LABEL;
use super::oci::{Layout, PROGRAMS};
use super::places::cannot;
use super::tools;

/// Where a part comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Built here.
    Program,
    /// The npm lock.
    Npm,
    /// The Python lock.
    Python,
    /// The Debian lock.
    Deb,
    /// No package's: made while installing.
    Other,
}

/// Bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Weight {
    /// On disk.
    pub uncompressed: u64,
    /// On the wire.
    pub compressed: u64,
}

impl std::iter::Sum for Weight {
    fn sum<I: Iterator<Item = Self>>(weights: I) -> Self {
        weights.fold(Self::default(), |sum, weight| Self {
            uncompressed: sum.uncompressed + weight.uncompressed,
            compressed: sum.compressed + weight.compressed,
        })
    }
}

/// One part of the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Where it comes from.
    pub kind: Kind,
    /// Its name there.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it weighs.
    #[serde(flatten)]
    pub weight: Weight,
}

/// Everything that was found.
#[derive(Debug)]
pub struct Contents {
    /// What each layer weighs, the lowest first.
    pub layers: Vec<Weight>,
    /// The parts, by kind and then the heaviest first.
    pub parts: Vec<Part>,
    /// The lines of `/etc/foundation-release`.
    pub release: Vec<String>,
}

/// A package: where it comes from and its name.
type Owner = (Kind, String);

/// Files that say which packages there are, and everything's weight.
#[derive(Debug, Default)]
struct Files {
    weights: Vec<(String, Weight)>,
    texts: BTreeMap<String, String>,
}

/// Reads all layers.
///
/// # Errors
/// Environment, when the image is broken.
pub fn read(image: &Layout) -> Result<Contents> {
    let mut files = Files::default();
    let mut layers = Vec::new();
    for layer in image.manifest()?.layers {
        layers.push(read_layer(&image.blob(&layer.digest)?, layer.size, &mut files)?);
    }
    let owners = Owners::new(&files.texts, &image.config()?);
    let mut weights: BTreeMap<Owner, Weight> = owners
        .versions
        .keys()
        .map(|owner| (owner.clone(), Weight::default()))
        .collect();
    for (path, weight) in &files.weights {
        let sum = weights.entry(owners.of(path)).or_default();
        *sum = [*sum, *weight].into_iter().sum();
    }
    let mut parts: Vec<Part> = weights
        .into_iter()
        .map(|(owner, weight)| Part {
            version: owners.versions.get(&owner).cloned().unwrap_or_default(),
            kind: owner.0,
            name: owner.1,
            weight,
        })
        .collect();
    parts.sort_by_key(|part| (part.kind, std::cmp::Reverse(part.weight.compressed)));
    let release = files
        .texts
        .get(tools::RELEASE)
        .map(String::as_str)
        .unwrap_or_default();
    Ok(Contents {
        layers,
        parts,
        release: release.lines().map(str::to_owned).collect(),
    })
}

/// Counts what was read, to tell how much of the packed stream a file took.
struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

fn read_layer(blob: &Path, size: u64, files: &mut Files) -> Result<Weight> {
    let failed = |error| cannot("read", blob, error);
    let count = Rc::new(Cell::new(0));
    let packed = Counted {
        inner: File::open(blob).map_err(failed)?,
        count: Rc::clone(&count),
    };
    // A small buffer: what is read ahead is counted for the file before.
    let packed = BufReader::with_capacity(4096, packed);
    let mut archive = tar::Archive::new(flate2::bufread::MultiGzDecoder::new(packed));
    let first = files.weights.len();
    let mut before = 0;
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let path = entry.path().map_err(failed)?.to_string_lossy().into_owned();
        let path = path.trim_start_matches("./").trim_end_matches('/').to_owned();
        if let Some((_, weight)) = files.weights[first..].last_mut() {
            weight.compressed = count.get() - before;
            before = count.get();
        }
        if tells(&path) {
            let mut text = Vec::new();
            entry.read_to_end(&mut text).map_err(failed)?;
            files
                .texts
                .insert(path.clone(), String::from_utf8_lossy(&text).into_owned());
        }
        let weight = Weight {
            uncompressed: entry.size(),
            compressed: 0,
        };
        files.weights.push((path, weight));
    }
    if let Some((_, weight)) = files.weights[first..].last_mut() {
        weight.compressed = size - before;
    }
    let uncompressed = files.weights[first..]
        .iter()
        .map(|(_, weight)| weight.uncompressed)
        .sum();
    Ok(Weight {
        uncompressed,
        compressed: size,
    })
}

/// Whether a file says something about packages.
fn tells(path: &str) -> bool {
    let tool = path.strip_prefix(tools::FOLDER).unwrap_or_default();
    path == "var/lib/dpkg/status"
        || path == tools::RELEASE
        || (path.starts_with("var/lib/dpkg/info/") && path.ends_with(".list"))
        || (tool.starts_with("/npm/") && tool.ends_with("/package.json"))
        || (tool.starts_with("/python/") && (tool.ends_with("/METADATA") || tool.ends_with("/RECORD")))
}

/// Which package a file belongs to.
#[derive(Debug, Default)]
struct Owners {
    versions: BTreeMap<Owner, String>,
    deb_files: BTreeMap<String, String>,
    python_tops: BTreeMap<String, String>,
}

impl Owners {
    fn new(texts: &BTreeMap<String, String>, config: &Value) -> Self {
        let mut owners = Self::default();
        for (path, text) in texts {
            if path == "var/lib/dpkg/status" {
                owners.debs(text);
            } else if let Some(list) = path.strip_prefix("var/lib/dpkg/info/") {
                let name = list.trim_end_matches(".list");
                let name = name.split(':').next().unwrap_or(name);
                for file in text.lines() {
                    owners.deb_files.insert(merged_usr(file), name.to_owned());
                }
            } else if let Some(package) = npm_package(path).filter(|package| {
                *path == format!("{}/npm/node_modules/{package}/package.json", tools::FOLDER)
            }) {
                let json: Value = serde_json::from_str(text).unwrap_or_default();
                let version = json["version"].as_str().unwrap_or_default().to_owned();
                owners.versions.insert((Kind::Npm, package), version);
            } else if path.ends_with("/RECORD") {
                let name = texts
                    .get(&path.replace("/RECORD", "/METADATA"))
                    .and_then(|metadata| field(metadata, "Name"));
                for line in text.lines() {
                    let file = line
                        .split(',')
                        .next()
                        .unwrap_or_default()
                        .trim_start_matches("../");
                    if let (Some(top), Some(name)) = (python_top(file), &name) {
                        owners.python_tops.insert(top, name.clone());
                    }
                }
            } else if path.ends_with("/METADATA")
                && let (Some(name), Some(version)) = (field(text, "Name"), field(text, "Version"))
            {
                owners.versions.insert((Kind::Python, name), version);
            }
        }
        for (label, version) in config["config"]["Labels"].as_object().into_iter().flatten() {
            if let Some(name) = label.strip_prefix(LABEL) {
                let version = version.as_str().unwrap_or_default().to_owned();
                owners.versions.insert((Kind::Program, name.to_owned()), version);
            }
        }
        owners
    }

    fn debs(&mut self, status: &str) {
        for paragraph in status.split("\n\n") {
            if let (Some(name), Some(version)) = (field(paragraph, "Package"), field(paragraph, "Version")) {
                self.versions.insert((Kind::Deb, name), version);
            }
        }
    }

    fn of(&self, path: &str) -> Owner {
        let program = path
            .strip_prefix(PROGRAMS)
            .map(|name| name.trim_start_matches('/'));
        if let Some(name) = program {
            let owner = (Kind::Program, name.to_owned());
            if self.versions.contains_key(&owner) {
                return owner;
            }
        }
        if let Some(package) = npm_package(path) {
            return (Kind::Npm, package);
        }
        if let Some(file) = path.strip_prefix(&format!("{}/python/", tools::FOLDER))
            && let Some(name) = python_top(file).and_then(|top| self.python_tops.get(&top))
        {
            return (Kind::Python, name.clone());
        }
        let name = self
            .deb_files
            .get(path)
            .or_else(|| self.deb_files.get(&compiled_from(path)?));
        match name {
            Some(name) => (Kind::Deb, name.clone()),
            None => (Kind::Other, folder_of(path)),
        }
    }
}

/// `opt/…/node_modules/@scope/name/file` is of `@scope/name`; what is nested in it too.
fn npm_package(path: &str) -> Option<String> {
    let rest = path
        .strip_prefix(tools::FOLDER)?
        .strip_prefix("/npm/node_modules/")?;
    let mut names = rest.split('/');
    let first = names.next()?;
    if first.starts_with('@') {
        return names.next().map(|second| format!("{first}/{second}"));
    }
    Some(first.to_owned())
}

/// The folder that a Python package has to itself, or the program.
fn python_top(file: &str) -> Option<String> {
    let mut names = file.split('/');
    match names.next()? {
        "bin" => names.next().map(|program| format!("bin/{program}")),
        top => Some(top.to_owned()),
    }
}

/// Packages still name `/bin` and `/lib`, which are links to those in `/usr`.
fn merged_usr(file: &str) -> String {
    let file = file.trim_start_matches('/');
    let top = file.split('/').next().unwrap_or_default();
    if file.contains('/') && matches!(top, "bin" | "sbin" | "lib" | "lib64") {
        return format!("usr/{file}");
    }
    file.to_owned()
}

/// The source of a compiled Python module.
fn compiled_from(path: &str) -> Option<String> {
    let (folder, file) = path.split_once("__pycache__/")?;
    Some(format!("{folder}{}.py", file.split('.').next()?))
}

/// What belongs to no package is summed up by the folder it lies in.
fn folder_of(path: &str) -> String {
    let names: Vec<&str> = path.split('/').collect();
    names[..names.len().min(2)].join("/")
}

/// The value of a field, in the manner of mail headers.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines()
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .map(|value| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_finds_its_package() {
        let texts: BTreeMap<String, String> = [
            (
                "var/lib/dpkg/status",
                "Package: bash\nVersion: 5\n\nPackage: libpython\nVersion: 3",
            ),
            ("var/lib/dpkg/info/bash.list", "/.\n/bin/bash"),
            (
                "var/lib/dpkg/info/libpython:amd64.list",
                "/usr/lib/python3.11/ast.py",
            ),
            (
                "opt/foundation/tools/npm/node_modules/@eslint/js/package.json",
                r#"{"version":"10.0.1"}"#,
            ),
            (
                "opt/foundation/tools/npm/node_modules/a/node_modules/b/package.json",
                r#"{"version":"9"}"#,
            ),
            (
                "opt/foundation/tools/python/PyYAML-6.dist-info/METADATA",
                "Name: PyYAML\nVersion: 6\n\nVersion: 7",
            ),
            (
                "opt/foundation/tools/python/PyYAML-6.dist-info/RECORD",
                "yaml/__init__.py,sha256=x,1\n../../bin/y,,",
            ),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into();
        let config = serde_json::json!({"config": {"Labels": {(format!("{LABEL}foundation")): "0.1.0"}}});
        let owners = Owners::new(&texts, &config);
        for (path, kind, name) in [
            ("usr/bin/bash", Kind::Deb, "bash"),
            (
                "usr/lib/python3.11/__pycache__/ast.cpython-311.pyc",
                Kind::Deb,
                "libpython",
            ),
            (
                "opt/foundation/tools/npm/node_modules/@eslint/js/src/index.js",
                Kind::Npm,
                "@eslint/js",
            ),
            (
                "opt/foundation/tools/npm/node_modules/a/node_modules/b/c.js",
                Kind::Npm,
                "a",
            ),
            (
                "opt/foundation/tools/python/yaml/__pycache__/x.pyc",
                Kind::Python,
                "PyYAML",
            ),
            ("opt/foundation/tools/python/bin/y", Kind::Python, "PyYAML"),
            ("usr/local/bin/foundation", Kind::Program, "foundation"),
            ("usr/local/bin/foundation-x", Kind::Other, "usr/local"),
            ("etc/ssl/certs/a.pem", Kind::Other, "etc/ssl"),
        ] {
            assert_eq!(owners.of(path), (kind, name.to_owned()), "{path}");
        }
        let version = |kind, name: &str| owners.versions.get(&(kind, name.to_owned())).map(String::as_str);
        assert_eq!(version(Kind::Npm, "@eslint/js"), Some("10.0.1"));
        assert_eq!(version(Kind::Npm, "a"), None);
        assert_eq!(version(Kind::Python, "PyYAML"), Some("6"));
        assert_eq!(version(Kind::Program, "foundation"), Some("0.1.0"));
    }
}
