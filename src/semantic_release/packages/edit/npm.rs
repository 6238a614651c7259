//! `package.json`, `package-lock.json`, `npm-shrinkwrap.json`, `bun.lock`.

use std::collections::BTreeMap;

use semver::Version;

use crate::kit::outcome::Result;
use crate::kit::text::one_line;
use crate::semantic_release::packages::files;
use crate::semantic_release::packages::json::{self, Dialect, Kind, Value};
use crate::semantic_release::packages::model::{ManifestKind, Package, Workspace};
use crate::semantic_release::packages::npm::SECTIONS;
use crate::semantic_release::packages::ripple::{RangeChange, Versions};

use super::splice::Splices;
use super::{Desk, Job};

/// A string as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn parse<'t>(path: &str, text: &'t str, dialect: Dialect) -> std::result::Result<Value<'t>, String> {
    json::parse(text, dialect).map_err(|(line, what)| format!("{}:{line}: {what}", files::shown(path)))
}

/// The version fields and ranges of all `package.json`.
pub fn manifests(desk: &mut Desk, job: &Job) -> Result<()> {
    for (folder, fact) in facts(job) {
        let path = files::join(folder, ManifestKind::Npm.file());
        desk.change(&path, |text, splices| {
            let root = parse(&path, text, Dialect::Strict)?;
            fact.enter(text, &root, true, splices);
            Ok(())
        })?;
    }
    Ok(())
}

/// Replaces `version`, or puts it behind `name`, in the style of the object.
fn set_version(text: &str, object: &Value, version: &Version, splices: &mut Splices) {
    // A lock file may hold anything where an entry belongs.
    if !matches!(object.kind, Kind::Object(_)) {
        return;
    }
    let version = quoted(&version.to_string());
    if let Some(value) = object.get("version") {
        if text[value.span.clone()] != version {
            splices.replace(value.span.clone(), version);
        }
        return;
    }
    let Some(first) = object.members().first() else {
        splices.insert(object.span.start + 1, format!("\"version\": {version}"));
        return;
    };
    let before = match object.members().get(1) {
        Some(second) => &text[first.value.span.end..second.key_span.start],
        None => &text[object.span.start + 1..first.key_span.start],
    };
    // No comment is said twice.
    let gap = &before[before.trim_end_matches(json::is_blank).len()..];
    let colon = match &text[first.key_span.end..first.value.span.start] {
        colon if colon.contains('/') => ": ",
        colon => colon,
    };
    match object.get("name") {
        Some(name) => splices.insert(name.span.end, format!(",{gap}\"version\"{colon}{version}")),
        None => splices.insert(first.key_span.start, format!("\"version\"{colon}{version},{gap}")),
    }
}

/// What changed in one package, for the copies of its manifest that lock files hold.
struct Fact<'f> {
    version: Option<&'f Version>,
    ranges: Vec<&'f RangeChange>,
}

impl Fact<'_> {
    /// Sets the version, where an entry has one or should have one, and the ranges in an entry's sections.
    fn enter(&self, text: &str, entry: &Value, add_version: bool, splices: &mut Splices) {
        if let Some(version) = self.version
            && (add_version || entry.get("version").is_some())
        {
            set_version(text, entry, version, splices);
        }
        for change in &self.ranges {
            let value = entry.at(change.place.keys.iter().map(String::as_str));
            replace_range(value, change, splices);
        }
    }
}

fn replace_range(value: Option<&Value>, change: &RangeChange, splices: &mut Splices) {
    if let Some(value) = value.filter(|value| value.text() == Some(&change.from)) {
        splices.replace(value.span.clone(), quoted(&change.to));
    }
}

/// All facts, by the manifest's folder.
fn facts<'j>(job: &Job<'j>) -> BTreeMap<&'j str, Fact<'j>> {
    let mut facts: BTreeMap<&str, Fact> = BTreeMap::new();
    for (package, _) in job.manifests(ManifestKind::Npm) {
        let version = job.versions.get(&package.name);
        let ranges = Vec::new();
        facts.insert(&package.path, Fact { version, ranges });
    }
    for change in job
        .ranges
        .iter()
        .filter(|change| change.place.file.ends_with("package.json"))
    {
        let fact = facts.entry(files::parent(&change.place.file));
        let fact = fact.or_insert_with(|| Fact {
            version: None,
            ranges: Vec::new(),
        });
        fact.ranges.push(change);
    }
    facts
}

/// The lock files of one folder.
pub fn locks(desk: &mut Desk, job: &Job, folder: &str) -> Result<()> {
    let facts = facts(job);
    let names: Vec<&str> = job
        .manifests(ManifestKind::Npm)
        .filter(|(package, _)| job.versions.contains_key(&package.name))
        .filter_map(|(_, manifest)| manifest.name.as_deref())
        .collect();
    for name in ["package-lock.json", "npm-shrinkwrap.json"] {
        let path = files::join(folder, name);
        let mut notes = Vec::new();
        desk.change(&path, |text, splices| {
            npm_lock(&path, folder, text, &facts, &names, splices, &mut notes)
        })?;
        desk.notes.append(&mut notes);
    }
    let path = files::join(folder, "bun.lock");
    desk.change(&path, |text, splices| {
        let root = parse(&path, text, Dialect::Relaxed)?;
        let entries = root.get("workspaces").map_or(&[][..], Value::members);
        for entry in entries {
            let at = files::resolve(folder, &entry.key);
            if let Some(fact) = at.and_then(|at| facts.get(at.as_str())) {
                // bun notes the version of each workspace but the root's.
                fact.enter(text, &entry.value, !entry.key.is_empty(), splices);
            }
        }
        // The first text format repeats the ranges: "b": ["b@workspace:packages/b", { "dependencies": … }].
        for entry in root.get("packages").map_or(&[][..], Value::members) {
            if let [id, about, ..] = entry.value.items()
                && let Some((_, at)) = id.text().and_then(|id| id.split_once("@workspace:"))
                && let Some(fact) = files::resolve(folder, at).and_then(|at| facts.get(at.as_str()))
            {
                fact.enter(text, about, false, splices);
            }
        }
        Ok(())
    })?;
    let ranges = facts.values().any(|fact| !fact.ranges.is_empty());
    for (name, when, way) in [
        ("yarn.lock", ranges, "yarn install"),
        ("pnpm-lock.yaml", ranges, "pnpm install --lockfile-only"),
        ("bun.lockb", !names.is_empty(), "bun install --save-text-lockfile"),
    ] {
        let path = files::join(folder, name);
        if when && desk.files.bytes(&path)?.is_some() {
            desk.notes.push(format!(
                "{} is not edited; if it is checked, run `{way}` and commit what changes",
                files::shown(&path)
            ));
        }
    }
    Ok(())
}

fn npm_lock(
    path: &str,
    folder: &str,
    text: &str,
    facts: &BTreeMap<&str, Fact>,
    names: &[&str],
    splices: &mut Splices,
    notes: &mut Vec<String>,
) -> std::result::Result<(), String> {
    let root = parse(path, text, Dialect::Strict)?;
    if let Some(version) = facts.get(folder).and_then(|fact| fact.version)
        && root.get("version").is_some()
    {
        set_version(text, &root, version, splices);
    }
    for entry in root.get("packages").map_or(&[][..], Value::members) {
        if let Some((_, name)) = entry.key.rsplit_once("node_modules/") {
            let linked = entry.value.get("link").is_some();
            if !linked && names.contains(&name) {
                notes.push(format!(
                    "{}: {} is locked from a registry, not from this repository; `npm install` sorts that out",
                    files::shown(path),
                    one_line(&entry.key)
                ));
            }
        } else if let Some(fact) = files::resolve(folder, &entry.key).and_then(|at| facts.get(at.as_str())) {
            fact.enter(text, &entry.value, !entry.key.is_empty(), splices);
        }
    }
    // npm 6 and the part of `lockfileVersion` 2 that it reads.
    for entry in root.get("dependencies").map_or(&[][..], Value::members) {
        let inside = entry.value.get("version").and_then(Value::text);
        let at = inside.and_then(|version| files::resolve(folder, version.strip_prefix("file:")?));
        if let Some(fact) = at.and_then(|at| facts.get(at.as_str())) {
            for change in &fact.ranges {
                if let Some(key) = change.place.keys.last() {
                    replace_range(entry.value.at(["requires", key]), change, splices);
                }
            }
        }
    }
    Ok(())
}

/// The text of a `package.json` with `workspace:` replaced by plain ranges.
pub fn without_workspace_protocol(
    text: &str,
    workspace: &Workspace,
    package: &Package,
    path: &str,
    versions: &Versions,
) -> std::result::Result<String, String> {
    use crate::semantic_release::packages::spec::{Rules, Spec};
    let root = parse(path, text, Dialect::Strict)?;
    let mut splices = Splices::default();
    for (section, _) in SECTIONS {
        for member in root.get(section).map_or(&[][..], Value::members) {
            let Some(spec) = member.value.text().map(|text| Spec::parse(Rules::Npm, text)) else {
                continue;
            };
            if !spec.is_workspace() {
                continue;
            }
            let place = |keys: &[String]| matches!(keys, [a, b] if a == section && *b == member.key);
            let on = package
                .dependencies
                .iter()
                .find(|dependency| dependency.manifest == ManifestKind::Npm && place(&dependency.place.keys))
                .map(|dependency| dependency.on.as_str());
            let there = on.and_then(|on| workspace.get(on)?.manifest(ManifestKind::Npm)?.version.as_deref());
            let version = on
                .and_then(|on| versions.get(on).cloned())
                .or_else(|| there.and_then(|version| version.parse().ok()));
            let Some(version) = version else {
                let line = json::line(text, member.key_span.start);
                return Err(format!(
                    "{}:{line}: '{}' asks for '{spec}', but no package of the repository has that name and a version",
                    files::shown(path),
                    one_line(&member.key)
                ));
            };
            splices.replace(member.value.span.clone(), quoted(&spec.published(&version)));
        }
    }
    splices
        .apply(text)
        .map_err(|line| format!("{}:{line}: two changes meet in one place", files::shown(path)))
}
