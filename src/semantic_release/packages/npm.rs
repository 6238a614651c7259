//! `package.json`, of npm and bun.

use super::discover::MOST;
use super::files;
use super::json::{self, Dialect, Kind, Value};
use super::model::{DependencyKind, Manifest, ManifestKind, Place, Publish, Want};
use super::spec::{Rules, Spec};

/// The fields with dependencies.
pub const SECTIONS: [(&str, DependencyKind); 4] = [
    ("dependencies", DependencyKind::Normal),
    ("devDependencies", DependencyKind::Dev),
    ("peerDependencies", DependencyKind::Peer),
    ("optionalDependencies", DependencyKind::Optional),
];

/// A parsed `package.json`.
pub struct Read {
    pub manifest: Manifest,
    /// What `workspaces` lists; none where there is no such field.
    pub workspaces: Option<Vec<String>>,
}

/// Reads the file.
///
/// # Errors
/// All that is wrong with it, each with its line.
pub fn read(path: &str, text: &str) -> Result<Read, Vec<String>> {
    let root =
        json::parse(text, Dialect::Strict).map_err(|(line, what)| vec![format!("{path}:{line}: {what}")])?;
    let mut problems = Vec::new();
    if !matches!(root.kind, Kind::Object(_)) {
        return Err(vec![format!("{path}:1: it has to be an object")]);
    }
    let mut reader = Reader {
        path,
        text,
        problems: &mut problems,
    };
    let name = reader.string(&root, "name");
    let version = reader.string(&root, "version");
    let private = match root.get("private").map(|value| (&value.kind, value)) {
        None => false,
        Some((Kind::Boolean(private), _)) => *private,
        Some((Kind::Text(word), _)) if word == "true" || word == "false" => word == "true",
        Some((_, value)) => {
            reader.problem(value, "private has to be true or false");
            true
        }
    };
    let publish = match root.get("publishConfig") {
        None => Publish::default(),
        Some(config) => Publish {
            registry: reader.string(config, "registry"),
            access: reader.string(config, "access"),
            tag: reader.string(config, "tag"),
        },
    };
    let wants = reader.wants(&root);
    let workspaces = reader.workspaces(&root);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Read {
        manifest: Manifest {
            kind: ManifestKind::Npm,
            path: path.to_owned(),
            name: name.filter(|name| !name.is_empty()),
            version,
            version_from: None,
            private,
            publish,
            wants,
        },
        workspaces,
    })
}

struct Reader<'r> {
    path: &'r str,
    text: &'r str,
    problems: &'r mut Vec<String>,
}

impl Reader<'_> {
    fn problem(&mut self, value: &Value, what: &str) {
        // Each costs a walk through the text, and nobody reads thousands.
        if self.problems.len() >= MOST {
            return;
        }
        let line = json::line(self.text, value.span.start);
        self.problems.push(format!("{}:{line}: {what}", self.path));
    }

    fn string(&mut self, parent: &Value, key: &str) -> Option<String> {
        let value = parent.get(key)?;
        let text = value.text().map(str::to_owned);
        if text.is_none() {
            self.problem(value, &format!("{key} has to be a string"));
        }
        text
    }

    fn wants(&mut self, root: &Value) -> Vec<Want> {
        let mut wants = Vec::new();
        for (section, kind) in SECTIONS {
            let Some(list) = root.get(section) else {
                continue;
            };
            if !matches!(list.kind, Kind::Object(_)) {
                self.problem(list, &format!("{section} has to be an object"));
            }
            for member in list.members() {
                let Some(text) = member.value.text() else {
                    self.problem(&member.value, "a dependency's version has to be a string");
                    continue;
                };
                let spec = Spec::parse(Rules::Npm, text);
                let folder = ["file:", "link:", "portal:"]
                    .iter()
                    .find_map(|protocol| text.strip_prefix(protocol));
                wants.push(Want {
                    name: spec.alias().unwrap_or(&member.key).to_owned(),
                    // A path that leads out of the repository is nobody's.
                    folder: folder.map(|folder| {
                        files::resolve(files::parent(self.path), folder).unwrap_or_else(|| "..".to_owned())
                    }),
                    kind,
                    spec: Some(spec),
                    place: Place {
                        file: self.path.to_owned(),
                        keys: vec![section.to_owned(), member.key.clone().into_owned()],
                    },
                });
            }
        }
        wants
    }

    fn workspaces(&mut self, root: &Value) -> Option<Vec<String>> {
        let field = root.get("workspaces")?;
        let list = match &field.kind {
            Kind::Array(_) => field,
            Kind::Object(_) => field.get("packages")?,
            Kind::Text(_) | Kind::Boolean(_) | Kind::Other => {
                self.problem(
                    field,
                    "workspaces has to be a list, or an object with the list 'packages'",
                );
                return None;
            }
        };
        let mut globs = Vec::new();
        for item in list.items() {
            match item.text() {
                Some(glob) => globs.push(glob.to_owned()),
                None => self.problem(item, "a workspace has to be a string"),
            }
        }
        Some(globs)
    }
}
