//! Says in which layers and files two images differ, so that a lost digest names its cause.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// How many files of a layer are named.
const NAMED: usize = 20;

/// The digest by which registries know the image in an OCI layout.
pub fn digest(layout: &Path) -> String {
    json(&layout.join("index.json"))["manifests"][0]["digest"]
        .as_str()
        .expect("a digest")
        .to_owned()
}

/// What differs between two layouts, a line each; empty when nothing does.
pub fn between(one: &Path, other: &Path) -> String {
    let mut said = String::new();
    let (ours, theirs) = (manifest(one), manifest(other));
    let config = |layout: &Path, manifest: &Value| json(&blob(layout, &manifest["config"]));
    let (our_config, their_config) = (config(one, &ours), config(other, &theirs));
    for key in ["config", "history", "created", "os", "architecture"] {
        if our_config[key] != their_config[key] {
            let _ = writeln!(said, "config {key}: {} | {}", our_config[key], their_config[key]);
        }
    }
    let layers = |manifest: &Value| manifest["layers"].as_array().cloned().expect("layers");
    let (ours, theirs) = (layers(&ours), layers(&theirs));
    if ours.len() != theirs.len() {
        let _ = writeln!(said, "{} layers | {} layers", ours.len(), theirs.len());
    }
    for (number, (our, their)) in ours.iter().zip(&theirs).enumerate() {
        if our["digest"] != their["digest"] {
            let _ = writeln!(said, "layer {number}: {} | {}", our["digest"], their["digest"]);
            said.push_str(&files(&blob(one, our), &blob(other, their)));
        }
    }
    said
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a file of the image")).expect("JSON")
}

fn blob(layout: &Path, descriptor: &Value) -> PathBuf {
    let digest = descriptor["digest"].as_str().expect("a digest");
    layout.join("blobs").join(digest.replace(':', "/"))
}

fn manifest(layout: &Path) -> Value {
    let index = json(&layout.join("index.json"));
    json(&blob(layout, &index["manifests"][0]))
}

/// The files of two layers that differ, and how.
fn files(one: &Path, other: &Path) -> String {
    let (one, other) = (Entries::read(one), Entries::read(other));
    let names: BTreeSet<&String> = one.by_name.keys().chain(other.by_name.keys()).collect();
    let differing = names
        .into_iter()
        .filter(|name| one.by_name.get(*name) != other.by_name.get(*name));
    let mut said = String::new();
    let mut count = 0;
    for name in differing {
        count += 1;
        if count <= NAMED {
            let of = |side: &Entries| side.by_name.get(name).cloned().unwrap_or("not there".into());
            let _ = writeln!(said, "  {name}\n    {}\n    {}", of(&one), of(&other));
        }
    }
    let _ = match (count, one.order == other.order) {
        (0, true) => writeln!(said, "  the same files; they are packed differently"),
        (0, false) => writeln!(said, "  the same files, in another order"),
        (more, _) => writeln!(said, "  {more} files differ"),
    };
    said
}

/// What a layer holds: each entry described in one line, and the order they come in.
struct Entries {
    by_name: BTreeMap<String, String>,
    order: Vec<String>,
}

impl Entries {
    fn read(layer: &Path) -> Self {
        let packed = File::open(layer).expect("a layer");
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
        let (mut by_name, mut order) = (BTreeMap::new(), Vec::new());
        for entry in archive.entries().expect("a tar") {
            let mut entry = entry.expect("an entry");
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let mut extensions = String::new();
            for extension in entry.pax_extensions().expect("extensions").into_iter().flatten() {
                let extension = extension.expect("an extension");
                let value = String::from_utf8_lossy(extension.value_bytes());
                let _ = write!(
                    extensions,
                    " {}={value}",
                    String::from_utf8_lossy(extension.key_bytes())
                );
            }
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("its content");
            let header = entry.header();
            let mut line = format!(
                "{:?} mode {:o} owner {}:{} time {} size {}{extensions}",
                header.entry_type(),
                header.mode().expect("a mode"),
                header.uid().expect("an owner"),
                header.gid().expect("a group"),
                header.mtime().expect("a time"),
                content.len(),
            );
            if let Some(target) = entry.link_name_bytes() {
                let _ = write!(line, " to {}", String::from_utf8_lossy(&target));
            }
            let _ = write!(line, " {}", described(&content));
            by_name.insert(name.clone(), line);
            order.push(name);
        }
        Self { by_name, order }
    }
}

/// A short text itself, and of anything else the hash.
fn described(content: &[u8]) -> String {
    match std::str::from_utf8(content) {
        Ok(text) if text.len() <= 400 => format!("{text:?}"),
        _ => format!("sha256:{:x}", Sha256::digest(content)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(files: &[(&str, &str)]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let packed = flate2::write::GzEncoder::new(file.reopen().expect("it"), flate2::Compression::fast());
        let mut archive = tar::Builder::new(packed);
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(0);
            archive
                .append_data(&mut header, name, content.as_bytes())
                .expect("an entry");
        }
        archive.into_inner().expect("a tar").finish().expect("packed");
        file
    }

    #[test]
    fn a_changed_and_a_missing_file_are_named_with_what_they_hold() {
        let one = layer(&[("same", "s"), ("etc/changed", "a\nb\n"), ("gone", "g")]);
        let other = layer(&[("same", "s"), ("etc/changed", "b\na\n")]);
        let said = files(one.path(), other.path());
        for words in [
            "etc/changed",
            r#""a\nb\n""#,
            r#""b\na\n""#,
            "gone",
            "not there",
            "2 files differ",
        ] {
            assert!(said.contains(words), "no {words} in:\n{said}");
        }
        assert!(!said.contains("same"), "{said}");
    }

    #[test]
    fn the_order_of_the_files_is_a_difference_too() {
        let (one, other) = (layer(&[("a", ""), ("b", "")]), layer(&[("b", ""), ("a", "")]));
        assert!(files(one.path(), other.path()).contains("in another order"));
    }
}
