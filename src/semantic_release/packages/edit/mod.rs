//! Version fields and ranges, edited in place: outside of the changed strings each byte stays. Nothing is written here.

mod cargo;
mod npm;
mod splice;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::kit::outcome::{Failure, Result};

use super::discover::failure;
use super::files::{self, Files};
use super::model::{Manifest, ManifestKind, Package, Workspace};
use super::ripple::{RangeChange, Versions};
use splice::Splices;

/// A file with other bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file, relative to the repository.
    pub path: String,
    /// The SHA-256 of the bytes that were read, in hexadecimal: who writes can see that nothing changed meanwhile.
    pub before: String,
    /// The new bytes.
    pub after: Vec<u8>,
}

/// All files that change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    /// Sorted by path; files that stay as they are are not among them.
    pub edits: Vec<Edit>,
    /// What could not be edited and may need a command of the package manager: one line for people each.
    pub notes: Vec<String>,
}

/// Sets the version of each package that `versions` knows, and the ranges, in manifests, version files and lock files.
///
/// # Errors
/// Configuration, with all problems at once: a file that does not parse, a version that is not where it should be. Else those of
/// the snapshot.
pub fn edits(
    files: &Files,
    workspace: &Workspace,
    versions: &Versions,
    ranges: &[RangeChange],
) -> Result<Edits> {
    let mut desk = Desk {
        files,
        open: BTreeMap::new(),
        notes: Vec::new(),
        problems: Vec::new(),
    };
    let job = Job {
        workspace,
        versions,
        ranges,
    };
    npm::manifests(&mut desk, &job)?;
    cargo::manifests(&mut desk, &job)?;
    version_files(&mut desk, &job)?;
    for folder in lock_folders(workspace, ManifestKind::Npm) {
        npm::locks(&mut desk, &job, &folder)?;
    }
    for folder in lock_folders(workspace, ManifestKind::Cargo) {
        cargo::lock(&mut desk, &job, &folder)?;
    }
    desk.finish()
}

/// The `package.json` that is put into a published package: with the edits, and `workspace:` replaced by plain ranges, since a
/// registry's users cannot resolve it. None where the package has no `package.json`.
///
/// # Errors
/// Configuration, when the file does not parse, or a `workspace:` dependency has no version. Else those of the snapshot.
pub fn published(
    files: &Files,
    workspace: &Workspace,
    package: &Package,
    versions: &Versions,
    edits: &Edits,
) -> Result<Option<Vec<u8>>> {
    let Some(manifest) = package.manifest(ManifestKind::Npm) else {
        return Ok(None);
    };
    let edited = edits.edits.iter().find(|edit| edit.path == manifest.path);
    let text = match edited {
        Some(edit) => String::from_utf8(edit.after.clone()).ok(),
        None => files.text(&manifest.path)?,
    };
    let Some(text) = text else {
        return Ok(None);
    };
    npm::without_workspace_protocol(&text, workspace, package, &manifest.path, versions)
        .map(|text| Some(text.into_bytes()))
        .map_err(Failure::config)
}

/// What has to be done.
struct Job<'j> {
    workspace: &'j Workspace,
    versions: &'j Versions,
    ranges: &'j [RangeChange],
}

impl<'j> Job<'j> {
    /// Each package's manifest of one kind.
    fn manifests(&self, kind: ManifestKind) -> impl Iterator<Item = (&'j Package, &'j Manifest)> + use<'j> {
        self.workspace
            .packages
            .iter()
            .filter_map(move |package| Some((package, package.manifest(kind)?)))
    }

    fn ranges_in<'s>(&'s self, file: &'s str) -> impl Iterator<Item = &'j RangeChange> + use<'s, 'j> {
        self.ranges.iter().filter(move |change| change.place.file == file)
    }
}

/// The files that are open, and what is changed in them.
struct Desk<'d, 'f> {
    files: &'d Files<'f>,
    open: BTreeMap<String, (String, Splices)>,
    notes: Vec<String>,
    problems: Vec<String>,
}

impl Desk<'_, '_> {
    /// The text of a file, as it was read; none where there is no such file.
    fn text(&mut self, path: &str) -> Result<Option<&str>> {
        if !self.open.contains_key(path) {
            let Some(text) = self.files.text(path)? else {
                return Ok(None);
            };
            self.open.insert(path.to_owned(), (text, Splices::default()));
        }
        Ok(self.open.get(path).map(|(text, _)| text.as_str()))
    }

    /// Changes a file that is there, or notes what is wrong with it.
    fn change(
        &mut self,
        path: &str,
        change: impl FnOnce(&str, &mut Splices) -> std::result::Result<(), String>,
    ) -> Result<()> {
        if self.text(path)?.is_some()
            && let Some((text, splices)) = self.open.get_mut(path)
            && let Err(what) = change(text, splices)
        {
            self.problems.push(what);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Edits> {
        let mut edits = Vec::new();
        for (path, (text, splices)) in self.open {
            match splices.apply(&text) {
                Ok(after) if after != text => edits.push(Edit {
                    before: hash(text.as_bytes()),
                    after: after.into_bytes(),
                    path,
                }),
                Ok(_) => {}
                Err(line) => self.problems.push(format!(
                    "{}:{line}: two changes meet in one place; do two version files name the same text?",
                    files::shown(&path)
                )),
            }
        }
        if !self.problems.is_empty() {
            return Err(failure(&self.problems, "version fields"));
        }
        Ok(Edits {
            edits,
            notes: self.notes,
        })
    }
}

/// SHA-256, in hexadecimal.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The folders whose lock file can name the packages: theirs and all above.
fn lock_folders(workspace: &Workspace, kind: ManifestKind) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for package in workspace
        .packages
        .iter()
        .filter(|package| package.manifest(kind).is_some())
    {
        let mut folder = package.path.as_str();
        while folders.insert(folder.to_owned()) && folder != "." {
            folder = files::parent(folder);
        }
    }
    folders
}

fn version_files(desk: &mut Desk, job: &Job) -> Result<()> {
    for package in &job.workspace.packages {
        let Some(version) = job.versions.get(&package.name) else {
            continue;
        };
        for file in &package.version_files {
            let path = files::shown(&file.path);
            if desk.text(&file.path)?.is_none() {
                desk.problems
                    .push(format!("{path}: this version file is not there"));
                continue;
            }
            desk.change(&file.path, |text, splices| {
                for place in file.places(text).map_err(|what| format!("{path}: {what}"))? {
                    splices.replace(place, version.to_string());
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
