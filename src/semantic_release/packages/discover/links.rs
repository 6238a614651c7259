//! Who needs whom.

use std::collections::BTreeMap;

use crate::semantic_release::packages::model::{Dependency, Manifest, ManifestKind, Package};

/// Which package a dependency means.
pub(super) struct Links {
    by_name: BTreeMap<(ManifestKind, String), String>,
    by_folder: BTreeMap<(ManifestKind, String), String>,
}

impl Links {
    pub(super) fn new(packages: &[Package]) -> Self {
        let mut links = Self {
            by_name: BTreeMap::new(),
            by_folder: BTreeMap::new(),
        };
        for package in packages {
            for manifest in &package.manifests {
                let key = |text: &str| (manifest.kind, text.to_owned());
                let name = manifest.name.as_deref().unwrap_or_default();
                links.by_name.insert(key(name), package.name.clone());
                links.by_folder.insert(key(&package.path), package.name.clone());
            }
        }
        links
    }

    /// What a manifest needs of the packages.
    pub(super) fn of(&self, manifest: &Manifest) -> Vec<Dependency> {
        let internal = manifest.wants.iter().filter_map(|want| {
            let on = match &want.folder {
                Some(folder) => self.by_folder.get(&(manifest.kind, folder.clone())),
                None => self.by_name.get(&(manifest.kind, want.name.clone())),
            };
            let asks = want.spec.as_ref().map(ToString::to_string).unwrap_or_default();
            Some(Dependency {
                on: on?.clone(),
                kind: want.kind,
                manifest: manifest.kind,
                by_catalog: asks.starts_with("catalog:"),
                spec: want
                    .spec
                    .clone()
                    .filter(|spec| spec.is_versioned() || spec.is_workspace()),
                place: want.place.clone(),
            })
        });
        internal.collect()
    }
}
