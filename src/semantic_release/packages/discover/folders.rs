//! Which folders are meant: declared workspaces, or those that are named.

use std::collections::BTreeSet;

use super::Finder;
use crate::kit::outcome::Result;
use crate::kit::text::one_line;
use crate::semantic_release::packages::glob::Glob;
use crate::semantic_release::packages::model::{Manifest, ManifestKind};
use crate::semantic_release::packages::{cargo, files, npm};

/// So many folders are named to somebody who mistyped one.
const FEW: usize = 8;

impl Finder<'_, '_> {
    /// The declared workspaces; none where nothing is declared.
    pub(super) fn declared(&mut self) -> Result<Option<BTreeSet<String>>> {
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
        if let Some(read) = self.cargo("Cargo.toml")? {
            match &*read {
                Err(problems) => self.problems.extend(problems.iter().cloned()),
                Ok(read) => {
                    if let Some(members) = &read.workspace {
                        declared = true;
                        folders.extend(self.members(members, read.manifest.as_ref())?);
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
    pub(super) fn workspaces(&mut self, patterns: &[String]) -> Result<BTreeSet<String>> {
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
    pub(super) fn members(
        &mut self,
        listed: &cargo::Members,
        root: Option<&Manifest>,
    ) -> Result<BTreeSet<String>> {
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
            // What is wrong in it is told when it is read as a package.
            if let Some(read) = self.cargo(&files::join(&folder, "Cargo.toml"))?
                && let Ok(read) = &*read
                && let Some(manifest) = &read.manifest
            {
                let needed = manifest.wants.iter().filter_map(|want| want.folder.as_ref());
                queue.extend(
                    needed
                        .filter(|folder| candidates.contains(*folder) && !excluded(folder))
                        .cloned(),
                );
            }
        }
        // A workspace without a package of its own may list `.` among its members only with one.
        if root.is_none() {
            members.remove(".");
        }
        Ok(members)
    }

    /// Folders that are named: each pattern has to match.
    pub(super) fn named(&mut self, patterns: &[String]) -> Result<BTreeSet<String>> {
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
                let few: Vec<String> = with_manifest
                    .iter()
                    .take(FEW)
                    .map(|folder| one_line(folder))
                    .collect();
                let more = if with_manifest.len() > FEW { ", …" } else { "" };
                self.problem(format!(
                    "--packages: '{shown}' matches no folder of this commit; a manifest is in: {}{more}",
                    if few.is_empty() {
                        "none".to_owned()
                    } else {
                        few.join(", ")
                    }
                ));
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
}
