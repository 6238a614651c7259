//! Which folders are packages.

use std::collections::{BTreeMap, BTreeSet};

use crate::kit::outcome::{Failure, Result};
use crate::kit::text::one_line;

use super::files::{self, Files};
use super::glob::Glob;
use super::model::{Dependency, Manifest, ManifestKind, Package, Workspace};
use super::{cargo, foundation_toml, graph, npm};

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
    if finder.problems.is_empty() {
        finder.names(&packages);
        finder.link(&mut packages);
    }
    if finder.problems.is_empty() {
        match graph::order(packages) {
            Ok(packages) => {
                return Ok(Workspace {
                    packages,
                    monorepo,
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
    Err(failure(finder.problems))
}

/// One failure of all problems.
fn failure(problems: Vec<String>) -> Failure {
    match problems.as_slice() {
        [one] => Failure::config(one.clone()),
        many => Failure::config(format!(
            "{} problems with the packages:\n  {}",
            many.len(),
            many.join("\n  ")
        )),
    }
}

struct Finder<'f, 'a> {
    files: &'f Files<'a>,
    problems: Vec<String>,
    skipped: Vec<String>,
}

impl Finder<'_, '_> {
    fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// The declared workspaces; none where nothing is declared.
    fn declared(&mut self) -> Result<Option<BTreeSet<String>>> {
        let mut folders = BTreeSet::new();
        let mut declared = false;
        if self.files.bytes("pnpm-workspace.yaml")?.is_some() {
            self.problem(
                "pnpm-workspace.yaml: pnpm workspaces are not read; name the folders instead, for example --packages 'packages/*'"
                    .to_owned(),
            );
        }
        if let Some(text) = self.files.text("package.json")? {
            match npm::read("package.json", &text) {
                Err(problems) => self.problems.extend(problems),
                Ok(read) => {
                    if let Some(patterns) = read.workspaces.filter(|patterns| !patterns.is_empty()) {
                        declared = true;
                        folders.extend(self.workspaces(&patterns)?);
                        // A root that could be published is a package as well; most roots are private.
                        let root = read.manifest;
                        if !root.private && root.name.is_some() && root.version.is_some() {
                            folders.insert(".".to_owned());
                        }
                    }
                }
            }
        }
        if let Some(text) = self.files.text("Cargo.toml")? {
            match cargo::read(self.files, "Cargo.toml", &text)? {
                Err(problems) => self.problems.extend(problems),
                Ok(read) => {
                    if let Some(members) = read.workspace {
                        declared = true;
                        folders.extend(self.members(&members, read.manifest.as_ref())?);
                    }
                }
            }
        }
        if declared && folders.is_empty() && self.problems.is_empty() {
            self.problem("the declared workspaces match no package".to_owned());
        }
        Ok(declared.then_some(folders))
    }

    /// All folders of the snapshot that hold a file of one of these names.
    fn folders_with(&self, names: &[&str]) -> Result<BTreeSet<String>> {
        let paths = self.files.paths()?.iter();
        Ok(paths
            .filter(|path| names.contains(&path.rsplit('/').next().unwrap_or(path)))
            .map(|path| files::parent(path))
            .filter(|folder| !folder.split('/').any(|name| name == "node_modules"))
            .map(str::to_owned)
            .collect())
    }

    /// npm's and bun's `workspaces`: in order, `!` takes away what came before.
    fn workspaces(&mut self, patterns: &[String]) -> Result<BTreeSet<String>> {
        let candidates = self.folders_with(&["package.json"])?;
        let mut folders = BTreeSet::new();
        for pattern in patterns {
            let (take_away, text) = match pattern.strip_prefix('!') {
                Some(text) => (true, text),
                None => (false, pattern.as_str()),
            };
            // npm reads `/packages/*` as seen from the root.
            let glob = match Glob::parse(text.trim_start_matches('/')) {
                Ok(glob) => glob,
                Err(what) => {
                    self.problem(format!("package.json: workspaces: {}", one_line(&what)));
                    continue;
                }
            };
            if take_away {
                folders.retain(|folder: &String| !glob.matches(folder));
                continue;
            }
            let found: Vec<&String> = candidates.iter().filter(|folder| glob.matches(folder)).collect();
            match glob.literal() {
                Some(folder) if found.is_empty() => self.problem(format!(
                    "package.json: the workspace {} has no package.json",
                    one_line(folder)
                )),
                _ => folders.extend(found.into_iter().filter(|folder| *folder != ".").cloned()),
            }
        }
        Ok(folders)
    }

    /// Cargo's members: those listed, the root's own package, and the paths they depend on.
    fn members(&mut self, listed: &cargo::Members, root: Option<&Manifest>) -> Result<BTreeSet<String>> {
        let candidates = self.folders_with(&["Cargo.toml"])?;
        let excluded = |folder: &str| {
            listed.exclude.iter().any(|out| {
                let out = out.trim_matches('/').trim_start_matches("./");
                folder
                    .strip_prefix(out)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let mut queue: Vec<String> = Vec::new();
        for pattern in &listed.members {
            match Glob::parse(pattern) {
                Err(what) => self.problem(format!("Cargo.toml: workspace.members: {}", one_line(&what))),
                Ok(glob) => {
                    let found = candidates.iter().filter(|folder| glob.matches(folder));
                    let before = queue.len();
                    queue.extend(found.cloned());
                    if let Some(folder) = glob.literal().filter(|_| queue.len() == before) {
                        self.problem(format!(
                            "Cargo.toml: the member {} has no Cargo.toml",
                            one_line(folder)
                        ));
                    }
                }
            }
        }
        queue.retain(|folder| !excluded(folder));
        queue.extend(root.map(|_| ".".to_owned()));
        let mut members = BTreeSet::new();
        while let Some(folder) = queue.pop() {
            if !members.insert(folder.clone()) {
                continue;
            }
            let path = files::join(&folder, "Cargo.toml");
            let Some(text) = self.files.text(&path)? else {
                continue;
            };
            // What is wrong in it is told when it is read as a package.
            if let Ok(cargo::Read {
                manifest: Some(manifest),
                ..
            }) = cargo::read(self.files, &path, &text)?
            {
                let needed = manifest.wants.into_iter().filter_map(|want| want.folder);
                queue.extend(needed.filter(|folder| candidates.contains(folder) && !excluded(folder)));
            }
        }
        // A workspace without a package of its own may list `.` among its members only with one.
        if root.is_none() {
            members.remove(".");
        }
        Ok(members)
    }

    /// Folders that are named: each pattern has to match.
    fn named(&mut self, patterns: &[String]) -> Result<BTreeSet<String>> {
        let mut all: BTreeSet<&str> = BTreeSet::new();
        for path in self.files.paths()? {
            all.extend(path.match_indices('/').map(|(at, _)| &path[..at]));
        }
        all.retain(|folder| {
            !folder
                .split('/')
                .any(|name| name == "node_modules" || name == ".git")
        });
        all.insert(".");
        let with_manifest = self.folders_with(&ManifestKind::ALL.map(ManifestKind::file))?;
        let mut folders = BTreeSet::new();
        for pattern in patterns {
            let (take_away, text) = match pattern.strip_prefix('!') {
                Some(text) => (true, text),
                None => (false, pattern.as_str()),
            };
            let glob = match Glob::parse(text) {
                Ok(glob) => glob,
                Err(what) => {
                    self.problem(format!("--packages: {}", one_line(&what)));
                    continue;
                }
            };
            if take_away {
                folders.retain(|folder: &String| !glob.matches(folder));
                self.skipped.retain(|folder| !glob.matches(folder));
                continue;
            }
            let matching: Vec<&str> = all
                .iter()
                .copied()
                .filter(|folder| glob.matches(folder))
                .collect();
            let (with, without): (Vec<&str>, Vec<&str>) = matching
                .iter()
                .partition(|folder| with_manifest.contains(**folder));
            let shown = one_line(pattern);
            if matching.is_empty() {
                self.problem(format!("--packages: '{shown}' matches no folder"));
            } else if with.is_empty() {
                self.problem(format!(
                    "--packages: '{shown}': there is no package.json, no Cargo.toml and no foundation.toml; a foundation.toml with the line name = \"…\" is enough"
                ));
            } else if glob.literal().is_none() {
                let without = without.into_iter().filter(|folder| {
                    // A folder that only leads to packages is not missing anything.
                    !with_manifest
                        .iter()
                        .any(|inner| inner.starts_with(&format!("{folder}/")))
                });
                self.skipped.extend(without.map(str::to_owned));
            }
            folders.extend(with.into_iter().map(str::to_owned));
        }
        self.skipped.sort();
        self.skipped.dedup();
        if folders.is_empty() && self.problems.is_empty() {
            self.problem("--packages: what is named is taken away again; no package is left".to_owned());
        }
        Ok(folders)
    }

    /// Reads one folder's manifests. `fallback` is the name where none of them has one; without it that is a problem.
    fn package(&mut self, folder: &str, fallback: Option<&str>) -> Result<Option<Package>> {
        let before = self.problems.len();
        let mut manifests = Vec::new();
        let mut version_files = Vec::new();
        for kind in ManifestKind::ALL {
            let path = files::join(folder, kind.file());
            let Some(text) = self.files.text(&path)? else {
                continue;
            };
            let read = match kind {
                ManifestKind::Npm => npm::read(&path, &text).map(|read| Some(read.manifest)),
                ManifestKind::Cargo => cargo::read(self.files, &path, &text)?.map(|read| read.manifest),
                ManifestKind::Foundation => {
                    foundation_toml::read(&path, folder, &text).map(|(manifest, found)| {
                        version_files = found;
                        Some(manifest)
                    })
                }
            };
            match read {
                Ok(manifest) => manifests.extend(manifest),
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

    /// Finds the dependencies that are packages here.
    fn link(&mut self, packages: &mut [Package]) {
        let mut by_name = BTreeMap::new();
        let mut by_folder = BTreeMap::new();
        for package in packages.iter() {
            for manifest in &package.manifests {
                let name = manifest.name.clone().unwrap_or_default();
                by_name.insert((manifest.kind, name), package.name.clone());
                by_folder.insert((manifest.kind, package.path.clone()), package.name.clone());
            }
        }
        for package in packages {
            for manifest in &package.manifests {
                for want in &manifest.wants {
                    let on = match &want.folder {
                        Some(folder) => by_folder.get(&(manifest.kind, folder.clone())),
                        None if want.by_folder => None,
                        None => by_name.get(&(manifest.kind, want.name.clone())),
                    };
                    let Some(on) = on else {
                        continue;
                    };
                    let asks = want.spec.as_ref().map(ToString::to_string).unwrap_or_default();
                    if asks.starts_with("catalog:") {
                        self.problems.push(format!(
                            "{}: {} asks for '{}' by a catalog, which is not read; write the range, or workspace:^",
                            files::shown(&want.place.file),
                            one_line(&package.name),
                            one_line(on)
                        ));
                    }
                    package.dependencies.push(Dependency {
                        on: on.clone(),
                        kind: want.kind,
                        manifest: manifest.kind,
                        spec: want
                            .spec
                            .clone()
                            .filter(|spec| spec.is_versioned() || spec.is_workspace()),
                        place: want.place.clone(),
                    });
                }
            }
        }
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
