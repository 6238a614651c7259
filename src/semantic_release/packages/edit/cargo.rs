//! `Cargo.toml` and `Cargo.lock`.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use toml_edit::{Item, Key, Table};

use crate::kit::outcome::Result;
use crate::semantic_release::packages::files;
use crate::semantic_release::packages::json;
use crate::semantic_release::packages::model::{ManifestKind, Package};
use crate::semantic_release::packages::toml_text;

use super::splice::Splices;
use super::{Desk, Job};

type Told<T> = std::result::Result<T, String>;

fn parse<'t>(path: &str, text: &'t str) -> Told<toml_edit::Document<&'t str>> {
    toml_text::parse(text).map_err(|(line, what)| format!("{}:{line}: {what}", files::shown(path)))
}

/// The version fields and ranges of all `Cargo.toml`.
pub fn manifests(desk: &mut Desk, job: &Job) -> Result<()> {
    let shared = shared(desk, job)?;
    for (root, version) in &shared {
        desk.change(root, |text, splices| {
            let document = parse(root, text)?;
            set_string(
                text,
                &document,
                &["workspace", "package", "version"],
                &version.to_string(),
                splices,
            );
            Ok(())
        })?;
    }
    for (package, manifest) in job.manifests(ManifestKind::Cargo) {
        let Some(version) = job.versions.get(&package.name) else {
            continue;
        };
        let inherited = manifest.version_from.as_ref();
        if inherited.is_some_and(|root| shared.contains_key(root.as_str())) {
            continue;
        }
        if inherited.is_some() && manifest.version.as_deref() == Some(&version.to_string()) {
            continue;
        }
        desk.change(&manifest.path, |text, splices| {
            let document = parse(&manifest.path, text)?;
            set_version(text, &document, version, splices)
                .map_err(|what| format!("{}: {what}", files::shown(&manifest.path)))
        })?;
    }
    let places: BTreeSet<&str> = job
        .ranges
        .iter()
        .map(|change| change.place.file.as_str())
        .collect();
    for file in places.into_iter().filter(|file| file.ends_with("Cargo.toml")) {
        desk.change(file, |text, splices| {
            let document = parse(file, text)?;
            for change in job.ranges_in(file) {
                let keys: Vec<&str> = change.place.keys.iter().map(String::as_str).collect();
                set_string(text, &document, &keys, &change.to, splices);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The workspaces whose shared version moves: those where each package that inherits it moves to one version. Else a package gets
/// a version of its own.
fn shared<'j>(desk: &mut Desk, job: &Job<'j>) -> Result<BTreeMap<&'j str, &'j Version>> {
    let mut roots: BTreeMap<&str, Vec<(&Package, Option<&Version>)>> = BTreeMap::new();
    for (package, manifest) in job.manifests(ManifestKind::Cargo) {
        if let Some(root) = &manifest.version_from {
            let version = job.versions.get(&package.name);
            roots.entry(root).or_default().push((package, version));
        }
    }
    let mut shared = BTreeMap::new();
    for (root, heirs) in roots {
        let Some((_, Some(version))) = heirs.first() else {
            continue;
        };
        if heirs.iter().all(|(_, other)| *other == Some(version)) && !others_inherit(desk, root, &heirs)? {
            shared.insert(root, *version);
        }
    }
    Ok(shared)
}

/// Whether a `Cargo.toml` that is none of these packages inherits a version below that root.
fn others_inherit(desk: &Desk, root: &str, heirs: &[(&Package, Option<&Version>)]) -> Result<bool> {
    let folder = files::parent(root);
    let inside = |path: &str| {
        folder == "."
            || path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    for path in desk.files.paths()? {
        let own = files::parent(path);
        if !path.ends_with("/Cargo.toml") || !inside(path) || heirs.iter().any(|(heir, _)| heir.path == own) {
            continue;
        }
        // A manifest that does not parse inherits nothing; Cargo itself would stumble over a member like that.
        if let Some(text) = desk.files.text(path)?
            && let Ok(document) = toml_text::parse(&text)
            && toml_text::at(&document, &["package", "version", "workspace"]).is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Replaces a string, keeping its kind of quotes.
fn set_string(text: &str, table: &Table, keys: &[&str], new: &str, splices: &mut Splices) {
    let Some(span) = toml_text::string_span(table, keys) else {
        return;
    };
    let literal = text[span.clone()].starts_with('\'') && !new.contains('\'');
    let new = if literal {
        format!("'{new}'")
    } else {
        toml_text::quoted(new)
    };
    splices.replace(span, new);
}

fn set_version(text: &str, document: &Table, version: &Version, splices: &mut Splices) -> Told<()> {
    let version = version.to_string();
    if toml_text::string_span(document, &["package", "version"]).is_some() {
        set_string(text, document, &["package", "version"], &version, splices);
        return Ok(());
    }
    let own = format!("version = {}", toml_text::quoted(&version));
    let package = document.get("package").and_then(Item::as_table_like);
    if let Some(package) = package.filter(|package| package.contains_key("version")) {
        // `version.workspace = true` or `version = { workspace = true }`, from its key to its end.
        let item = package.get("version");
        let start = package.key("version").and_then(Key::span).map(|span| span.start);
        let end = match item {
            Some(Item::Value(value)) => match value.as_inline_table() {
                Some(table) if !table.is_dotted() => table.span(),
                Some(table) => table.get("workspace").and_then(toml_edit::Value::span),
                None => None,
            },
            Some(Item::Table(table)) if table.is_dotted() => table.get("workspace").and_then(Item::span),
            _ => None,
        };
        let (Some(start), Some(end)) = (start, end.map(|span| span.end)) else {
            return Err("write the inherited version as version.workspace = true".to_owned());
        };
        splices.replace(start..end, own);
        return Ok(());
    }
    let Some(name) = toml_text::string_span(document, &["package", "name"]) else {
        return Err("the package has no version and no name".to_owned());
    };
    let between = match document.get("package") {
        Some(Item::Table(table)) if !table.is_dotted() => {
            if text[name.end..].starts_with("\r\n") {
                "\r\n"
            } else {
                "\n"
            }
        }
        Some(Item::Value(value)) if value.as_inline_table().is_some_and(|table| !table.is_dotted()) => ", ",
        _ => return Err("write package.version = \"0.0.0\" beside package.name".to_owned()),
    };
    splices.insert(name.end, format!("{between}{own}"));
    Ok(())
}

/// The lock file of one folder: the packages' own entries.
pub fn lock(desk: &mut Desk, job: &Job, folder: &str) -> Result<()> {
    let path = files::join(folder, "Cargo.lock");
    let versions: BTreeMap<&str, &Version> = job
        .manifests(ManifestKind::Cargo)
        .filter_map(|(package, manifest)| Some((manifest.name.as_deref()?, job.versions.get(&package.name)?)))
        .collect();
    let mut notes = Vec::new();
    desk.change(&path, |text, splices| {
        let document = parse(&path, text)?;
        let Some(entries) = document.get("package").and_then(Item::as_array_of_tables) else {
            return Ok(());
        };
        let string = |entry: &Table, key: &str| entry.get(key).and_then(Item::as_str).map(str::to_owned);
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for entry in entries {
            *count.entry(string(entry, "name").unwrap_or_default()).or_default() += 1;
        }
        // Where a name is there twice, others name it with its version.
        let mut renamed: BTreeMap<String, String> = BTreeMap::new();
        for entry in entries {
            let name = string(entry, "name").unwrap_or_default();
            let Some(version) = versions.get(name.as_str()).filter(|_| !entry.contains_key("source")) else {
                continue;
            };
            let old = string(entry, "version").unwrap_or_default();
            set_string(text, entry, &["version"], &version.to_string(), splices);
            if count.get(&name).is_some_and(|&count| count > 1) && old != version.to_string() {
                renamed.insert(format!("{name} {old}"), format!("{name} {version}"));
                notes.push(format!(
                    "{}:{}: there are two packages '{name}'; run `cargo update --workspace` if Cargo wants another order",
                    files::shown(&path),
                    json::line(text, entry.span().map_or(0, |span| span.start)),
                ));
            }
        }
        for entry in entries {
            for needed in entry.get("dependencies").and_then(Item::as_array).into_iter().flatten() {
                let new = needed.as_str().and_then(|needed| renamed.get(needed));
                if let (Some(new), Some(span)) = (new, needed.span()) {
                    splices.replace(span, toml_text::quoted(new));
                }
            }
        }
        Ok(())
    })?;
    desk.notes.append(&mut notes);
    Ok(())
}
