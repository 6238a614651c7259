//! Which folders are packages, and what they need of each other.

mod folders;
mod links;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::kit::outcome::{Failure, Result};
use crate::kit::text::one_line;

use super::files::{self, Files};
use super::glob::Glob;
use super::model::{Manifest, ManifestKind, Package, Workspace};
use super::{cargo, foundation_toml, graph, npm};
use links::Links;

/// What `--packages` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// The repository alone, whatever it declares.
    Root,
    /// The declared workspaces, else the repository alone.
    Auto,
    /// These folders; a pattern with `!` in front takes folders away again.
    Named(Vec<String>),
}

impl std::str::FromStr for Selection {
    type Err = String;

    /// Parses `auto` or patterns, separated by commas (those inside of braces belong to the pattern).
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text.trim() == "auto" {
            return Ok(Self::Auto);
        }
        let mut depth = 0_u32;
        let patterns: Vec<String> = text
            .split(|character: char| {
                match character {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0 && (character == ',' || character == '\n')
            })
            .map(|pattern| pattern.trim().to_owned())
            .filter(|pattern| !pattern.is_empty())
            .collect();
        if patterns.iter().all(|pattern| pattern.starts_with('!')) {
            return Err("no folder is named; write auto, or folders such as packages/*".to_owned());
        }
        for pattern in &patterns {
            Glob::parse(pattern.strip_prefix('!').unwrap_or(pattern))?;
        }
        Ok(Self::Named(patterns))
    }
}

/// Finds the packages of a snapshot. `repository` names the one package of a repository that has no manifest with a name.
///
/// # Errors
/// Configuration, with everything at once: a pattern without a match, a folder without a manifest, a manifest that does not
/// parse, a name that is missing, twice or unfit for a tag, a cycle. Else those of the snapshot.
pub fn discover(files: &Files, selection: &Selection, repository: &str) -> Result<Workspace> {
    let mut finder = Finder {
        files,
        roots: cargo::Roots::default(),
        cargo: BTreeMap::new(),
        problems: Vec::new(),
        skipped: Vec::new(),
    };
    let folders = match selection {
        Selection::Root => None,
        Selection::Auto => finder.declared()?,
        Selection::Named(patterns) => Some(finder.named(patterns)?),
    };
    let monorepo = folders.is_some();
    let mut packages = Vec::new();
    match folders {
        Some(folders) => {
            for folder in folders {
                packages.extend(finder.package(&folder, None)?);
            }
        }
        None => packages.extend(finder.package(".", Some(repository))?),
    }
    let mut bystanders = Vec::new();
    if finder.problems.is_empty() {
        finder.names(&packages);
        let links = Links::new(&packages);
        for package in &mut packages {
            let found = package.manifests.iter().flat_map(|manifest| links.of(manifest));
            package.dependencies = found.collect();
        }
        if monorepo {
            for manifest in finder.bystanders(&packages)? {
                bystanders.extend(links.of(&manifest));
            }
        }
        let all = packages.iter().flat_map(|package| &package.dependencies);
        let catalogs = all.chain(&bystanders).filter(|dependency| dependency.by_catalog);
        for dependency in catalogs {
            finder.problems.push(format!(
                "{}: '{}' is asked for by a catalog, which is not read; write the range, or workspace:^",
                files::shown(&dependency.place.file),
                one_line(&dependency.on)
            ));
        }
    }
    if finder.problems.is_empty() {
        match graph::order(packages) {
            Ok(packages) => {
                return Ok(Workspace {
                    packages,
                    monorepo,
                    bystanders,
                    skipped: finder.skipped,
                });
            }
            Err(cycles) => {
                for cycle in cycles {
                    let first = cycle.first().cloned().unwrap_or_default();
                    let way = one_line(&[cycle, vec![first]].concat().join(" -> "));
                    finder.problem(format!(
                        "{way}: these packages need each other, so none of them can be released first"
                    ));
                }
            }
        }
    }
    Err(failure(&finder.problems, "the packages"))
}

/// One failure of all problems, of which there is at least one.
pub(super) fn failure(problems: &[String], about: &str) -> Failure {
    // Names and messages of parsers are foreign text.
    let shown: Vec<String> = problems
        .iter()
        .take(MOST)
        .map(|problem| one_line(problem))
        .collect();
    match shown.as_slice() {
        [one] => Failure::config(one.clone()),
        many => Failure::config(format!(
            "{} problems with {about}:\n  {}{}",
            problems.len(),
            many.join("\n  "),
            if problems.len() > MOST { "\n  and more" } else { "" }
        )),
    }
}

/// More problems than these are not listed.
pub(super) const MOST: usize = 20;

/// What was read of one `Cargo.toml`; none where there is no such file.
type Cargo = Option<Rc<std::result::Result<cargo::Read, Vec<String>>>>;

struct Finder<'f, 'a> {
    files: &'f Files<'a>,
    roots: cargo::Roots,
    cargo: BTreeMap<String, Cargo>,
    problems: Vec<String>,
    skipped: Vec<String>,
}

impl Finder<'_, '_> {
    fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// A `Cargo.toml`, read once.
    fn cargo(&mut self, path: &str) -> Result<Cargo> {
        if let Some(read) = self.cargo.get(path) {
            return Ok(read.clone());
        }
        let read = match self.files.text(path)? {
            Some(text) => Some(Rc::new(cargo::read(self.files, &self.roots, path, &text)?)),
            None => None,
        };
        self.cargo.insert(path.to_owned(), read.clone());
        Ok(read)
    }

    /// Reads one folder's manifests. `fallback` is the name where none of them has one; without it that is a problem.
    fn package(&mut self, folder: &str, fallback: Option<&str>) -> Result<Option<Package>> {
        let before = self.problems.len();
        let mut manifests = Vec::new();
        let mut version_files = Vec::new();
        for kind in ManifestKind::ALL {
            let path = files::join(folder, kind.file());
            if kind == ManifestKind::Cargo {
                match self.cargo(&path)?.as_deref() {
                    None => {}
                    Some(Ok(read)) => manifests.extend(read.manifest.clone()),
                    Some(Err(problems)) => self.problems.extend(problems.iter().cloned()),
                }
                continue;
            }
            let Some(text) = self.files.text(&path)? else {
                continue;
            };
            let read = if kind == ManifestKind::Npm {
                npm::read(&path, &text).map(|read| read.manifest)
            } else {
                foundation_toml::read(&path, folder, &text).map(|(manifest, found)| {
                    version_files = found;
                    manifest
                })
            };
            match read {
                Ok(manifest) => manifests.push(manifest),
                Err(problems) => self.problems.extend(problems),
            }
        }
        if self.problems.len() > before {
            return Ok(None);
        }
        let name = match reconciled(&manifests) {
            Ok(Some(name)) => name,
            Ok(None) => match fallback {
                Some(name) => name.to_owned(),
                None => {
                    let path = manifests
                        .first()
                        .map_or(folder, |manifest| manifest.path.as_str());
                    self.problem(format!("{}: the package has no name", files::shown(path)));
                    return Ok(None);
                }
            },
            Err((npm, cargo)) => {
                self.problem(format!(
                    "{}: package.json calls the package '{}', Cargo.toml '{}'; say which by a foundation.toml with the line name = \"…\"",
                    files::shown(folder),
                    one_line(&npm),
                    one_line(&cargo)
                ));
                return Ok(None);
            }
        };
        Ok(Some(Package {
            name,
            path: folder.to_owned(),
            manifests,
            version_files,
            dependencies: Vec::new(),
        }))
    }

    /// Names are part of tags, and each is there once.
    fn names(&mut self, packages: &[Package]) {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for package in packages {
            let (name, path) = (package.name.as_str(), package.path.as_str());
            if !git2::Reference::is_valid_name(&format!("refs/tags/{name}-v1.0.0")) || name.starts_with('-') {
                self.problem(format!(
                    "{}: the name '{}' cannot be part of a tag",
                    files::shown(path),
                    one_line(name)
                ));
            }
            if let Some(other) = seen.insert(name, path) {
                self.problem(format!(
                    "{} and {}: two packages have the name '{}'",
                    files::shown(other),
                    files::shown(path),
                    one_line(name)
                ));
            }
        }
        for kind in [ManifestKind::Npm, ManifestKind::Cargo] {
            let mut seen: BTreeMap<&str, &Package> = BTreeMap::new();
            for package in packages {
                let name = package
                    .manifest(kind)
                    .and_then(|manifest| manifest.name.as_deref());
                let other = name.and_then(|name| seen.insert(name, package));
                if let Some(other) = other.filter(|other| other.name != package.name) {
                    self.problem(format!(
                        "{} and {}: two {} have one name",
                        files::shown(&other.path),
                        files::shown(&package.path),
                        kind.file()
                    ));
                }
            }
        }
    }

    /// The manifests that are no packages and can need some: the root's, and declared workspaces that are not named. One that does
    /// not parse is skipped: nothing of it is released, and nothing of it is edited.
    fn bystanders(&mut self, packages: &[Package]) -> Result<Vec<Manifest>> {
        let is_package = |folder: &str| packages.iter().any(|package| package.path == folder);
        let mut manifests = Vec::new();
        let told = self.problems.len();
        if let Some(text) = self.files.text("package.json")?
            && let Ok(read) = npm::read("package.json", &text)
        {
            let mut folders = self.workspaces(&read.workspaces.unwrap_or_default())?;
            folders.insert(".".to_owned());
            for folder in folders.iter().filter(|folder| !is_package(folder)) {
                let path = files::join(folder, "package.json");
                let text = self.files.text(&path)?.unwrap_or_default();
                manifests.extend(npm::read(&path, &text).ok().map(|read| read.manifest));
            }
        }
        if let Some(root) = self.cargo("Cargo.toml")?
            && let Ok(read) = &*root
            && let Some(members) = &read.workspace
        {
            for folder in self.members(members, read.manifest.as_ref())? {
                let read = self.cargo(&files::join(&folder, "Cargo.toml"))?;
                if let Some(Ok(read)) = read.as_deref().filter(|_| !is_package(&folder)) {
                    manifests.extend(read.manifest.clone());
                }
            }
        }
        self.problems.truncate(told);
        Ok(manifests)
    }
}

/// The name that all manifests of a folder agree on. `foundation.toml` decides; npm's scope does not count in comparing, and
/// stays in the name.
fn reconciled(manifests: &[Manifest]) -> std::result::Result<Option<String>, (String, String)> {
    let name = |kind| {
        manifests
            .iter()
            .find(|manifest| manifest.kind == kind)
            .and_then(|manifest| manifest.name.as_deref())
            .filter(|name| !name.is_empty())
    };
    if let Some(name) = name(ManifestKind::Foundation) {
        return Ok(Some(name.to_owned()));
    }
    match (name(ManifestKind::Npm), name(ManifestKind::Cargo)) {
        (Some(npm), Some(cargo)) => {
            let bare = npm
                .strip_prefix('@')
                .and_then(|rest| rest.split_once('/'))
                .map_or(npm, |(_, name)| name);
            if bare.replace('-', "_") == cargo.replace('-', "_") {
                Ok(Some(npm.to_owned()))
            } else {
                Err((npm.to_owned(), cargo.to_owned()))
            }
        }
        (Some(one), None) | (None, Some(one)) => Ok(Some(one.to_owned())),
        (None, None) => Ok(None),
    }
}
