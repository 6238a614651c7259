//! `Cargo.toml`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use toml_edit::{Item, Table};

use crate::kit::outcome::Result;

use super::files::{self, Files};
use super::model::{DependencyKind, Manifest, ManifestKind, Place, Publish, Want};
use super::spec::{Rules, Spec};
use super::toml_text;

/// The tables with dependencies, in both spellings.
const SECTIONS: [(&str, DependencyKind); 5] = [
    ("dependencies", DependencyKind::Normal),
    ("dev-dependencies", DependencyKind::Dev),
    ("dev_dependencies", DependencyKind::Dev),
    ("build-dependencies", DependencyKind::Build),
    ("build_dependencies", DependencyKind::Build),
];

/// A parsed `Cargo.toml`.
pub struct Read {
    /// The package; none where the file is a workspace alone.
    pub manifest: Option<Manifest>,
    /// What `[workspace]` says; none where there is none.
    pub workspace: Option<Members>,
}

/// `members` and `exclude` of a workspace.
pub struct Members {
    pub members: Vec<String>,
    pub exclude: Vec<String>,
}

/// The files that may be a workspace's, each read once. None is no workspace.
#[derive(Default)]
pub struct Roots(RefCell<BTreeMap<String, Found>>);

type Found = std::result::Result<Option<Rc<Root>>, String>;

/// What members can inherit.
#[derive(Default)]
struct Root {
    path: String,
    version: Option<String>,
    /// By key: the package's name, its folder, the range.
    dependencies: BTreeMap<String, (String, Option<String>, Option<String>)>,
}

/// Reads the file, and the workspace's one where something is inherited.
///
/// # Errors
/// Those of the snapshot. The inner ones: all that is wrong with the file, each with its line.
pub fn read(
    files: &Files,
    roots: &Roots,
    path: &str,
    text: &str,
) -> Result<std::result::Result<Read, Vec<String>>> {
    let document = match toml_text::parse(text) {
        Ok(document) => document,
        Err((line, what)) => return Ok(Err(vec![format!("{path}:{line}: {what}")])),
    };
    let workspace = document.get("workspace").map(|workspace| Members {
        members: strings(workspace, "members"),
        exclude: strings(workspace, "exclude"),
    });
    let Some(package) = document.get("package").and_then(Item::as_table_like) else {
        return Ok(Ok(Read {
            manifest: None,
            workspace,
        }));
    };
    let mut problems = Vec::new();
    let root = match root(files, roots, path, &document)? {
        Ok(root) => root,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let inherits = |item: &Item| {
        item.as_table_like()
            .and_then(|table| table.get("workspace"))
            .and_then(Item::as_bool)
            == Some(true)
    };
    let (mut version, mut version_from) = (None, None);
    match package.get("version") {
        None => {}
        Some(item) if inherits(item) => match &root {
            Some(root) if root.version.is_some() => {
                version.clone_from(&root.version);
                version_from = Some(root.path.clone());
            }
            Some(root) => problems.push(format!(
                "{path}: the version is inherited, but {} has no workspace.package.version",
                root.path
            )),
            None => problems.push(format!(
                "{path}: the version is inherited, but there is no workspace above it"
            )),
        },
        Some(item) => match item.as_str() {
            Some(text) => version = Some(text.to_owned()),
            None => problems.push(format!("{path}: package.version has to be a string")),
        },
    }
    let private = package.get("publish").is_some_and(|publish| {
        publish.as_bool() == Some(false) || publish.as_array().is_some_and(toml_edit::Array::is_empty)
    });
    let mut wants = Vec::new();
    gather(path, &[], document.as_table(), root.as_deref(), &mut wants);
    if let Some(targets) = document.get("target").and_then(Item::as_table_like) {
        for (target, item) in targets.iter() {
            if let Some(table) = item.as_table_like() {
                gather(path, &["target", target], table, root.as_deref(), &mut wants);
            }
        }
    }
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let name = package.get("name").and_then(Item::as_str);
    Ok(Ok(Read {
        manifest: Some(Manifest {
            kind: ManifestKind::Cargo,
            path: path.to_owned(),
            name: name.map(str::to_owned),
            version,
            version_from,
            private,
            publish: Publish::default(),
            wants,
        }),
        workspace,
    }))
}

fn strings(item: &Item, key: &str) -> Vec<String> {
    let list = item.as_table_like().and_then(|table| table.get(key)?.as_array());
    list.into_iter()
        .flatten()
        .filter_map(|value| value.as_str())
        .map(str::to_owned)
        .collect()
}

/// The workspace that a manifest belongs to: named by `package.workspace`, or the nearest one at or above it.
fn root(files: &Files, roots: &Roots, path: &str, document: &Table) -> Result<Found> {
    if document.contains_key("workspace") {
        return Ok(Ok(Some(Rc::new(root_of(path, document)))));
    }
    let mut folder = files::parent(path);
    if let Some(named) = toml_text::string(document, &["package", "workspace"]) {
        let file = files::resolve(folder, named).map(|folder| files::join(&folder, "Cargo.toml"));
        let found = match file {
            Some(file) => roots.get(files, &file)?,
            None => Ok(None),
        };
        return Ok(match found {
            Ok(None) => Err(format!("{path}: its workspace '{named}' is not there")),
            other => other,
        });
    }
    while folder != "." {
        folder = files::parent(folder);
        match roots.get(files, &files::join(folder, "Cargo.toml"))? {
            Ok(None) => {}
            found => return Ok(found),
        }
    }
    Ok(Ok(None))
}

impl Roots {
    fn get(&self, files: &Files, file: &str) -> Result<Found> {
        if let Some(found) = self.0.borrow().get(file) {
            return Ok(found.clone());
        }
        let found = match files.text(file)? {
            None => Ok(None),
            Some(text) => match toml_text::parse(&text) {
                Ok(document) if document.contains_key("workspace") => {
                    Ok(Some(Rc::new(root_of(file, &document))))
                }
                Ok(_) => Ok(None),
                Err((line, what)) => Err(format!("{file}:{line}: {what}")),
            },
        };
        self.0.borrow_mut().insert(file.to_owned(), found.clone());
        Ok(found)
    }
}

fn root_of(path: &str, document: &Table) -> Root {
    let folder = files::parent(path);
    let list = toml_text::at(document, &["workspace", "dependencies"]).and_then(Item::as_table_like);
    let dependencies = list.into_iter().flat_map(|list| list.iter()).map(|(key, item)| {
        let field = |name: &str| item.as_table_like()?.get(name)?.as_str();
        let inside = field("path").map(|inside| files::resolve(folder, inside).unwrap_or("..".to_owned()));
        (
            key.to_owned(),
            (
                field("package").unwrap_or(key).to_owned(),
                inside,
                field("version").map(str::to_owned),
            ),
        )
    });
    Root {
        path: path.to_owned(),
        version: toml_text::string(document, &["workspace", "package", "version"]).map(str::to_owned),
        dependencies: dependencies.collect(),
    }
}

/// The dependencies below one table. Only those with a path can be internal: without one they are the registry's.
fn gather(
    path: &str,
    above: &[&str],
    table: &dyn toml_edit::TableLike,
    root: Option<&Root>,
    wants: &mut Vec<Want>,
) {
    let place = |file: &str, above: &[&str], keys: [&str; 3]| Place {
        file: file.to_owned(),
        keys: above.iter().chain(&keys).map(|&key| key.to_owned()).collect(),
    };
    for (section, kind) in SECTIONS {
        let list = table.get(section).and_then(Item::as_table_like);
        for (key, item) in list.into_iter().flat_map(|list| list.iter()) {
            let Some(fields) = item.as_table_like() else {
                continue;
            };
            let inherited = fields.get("workspace").and_then(Item::as_bool) == Some(true);
            if inherited {
                if let Some(root) = root
                    && let Some((name, Some(folder), range)) = root.dependencies.get(key)
                {
                    wants.push(Want {
                        name: name.clone(),
                        folder: Some(folder.clone()),
                        kind,
                        spec: range.as_deref().map(|range| Spec::parse(Rules::Cargo, range)),
                        place: place(&root.path, &["workspace"], ["dependencies", key, "version"]),
                    });
                }
                continue;
            }
            let field = |name: &str| fields.get(name).and_then(Item::as_str);
            let Some(inside) = field("path") else {
                continue;
            };
            wants.push(Want {
                name: field("package").unwrap_or(key).to_owned(),
                folder: Some(files::resolve(files::parent(path), inside).unwrap_or_else(|| "..".to_owned())),
                kind,
                spec: field("version").map(|range| Spec::parse(Rules::Cargo, range)),
                place: place(path, above, [section, key, "version"]),
            });
        }
    }
}
