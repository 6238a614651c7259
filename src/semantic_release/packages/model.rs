//! Packages, manifests, internal dependencies.

use super::spec::Spec;
use super::version_file::VersionFile;

/// The packages of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Dependencies before those that need them: also the order of publishing.
    pub packages: Vec<Package>,
    /// Whether each package has tags of its own, `<name>-v<version>`. Else there is one package, the repository.
    pub monorepo: bool,
    /// What manifests that are no packages need of them: the private root, workspaces that are not named. Their ranges follow too.
    pub bystanders: Vec<Dependency>,
    /// Folders that a wildcard matched and that hold no manifest: no packages, and worth a word in the log.
    pub skipped: Vec<String>,
}

impl Workspace {
    /// The package of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }
}

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name, for tags and people. A registry's name is that of the manifest.
    pub name: String,
    /// Its folder, relative to the repository; `.` for the repository itself.
    pub path: String,
    /// What describes it; none only for a repository without a manifest.
    pub manifests: Vec<Manifest>,
    /// Other files that hold its version.
    pub version_files: Vec<VersionFile>,
    /// What it needs of the other packages.
    pub dependencies: Vec<Dependency>,
}

impl Package {
    /// The manifest of one kind.
    #[must_use]
    pub fn manifest(&self, kind: ManifestKind) -> Option<&Manifest> {
        self.manifests.iter().find(|manifest| manifest.kind == kind)
    }

    /// Whether nothing of it may be published: a version, a tag and a release are all it gets.
    #[must_use]
    pub fn private(&self) -> bool {
        self.manifests.iter().all(|manifest| manifest.private)
    }
}

/// Whose manifest it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ManifestKind {
    /// `package.json`, of npm and bun.
    Npm,
    /// `Cargo.toml`.
    Cargo,
    /// `foundation.toml`, ours.
    Foundation,
}

impl ManifestKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Npm, Self::Cargo, Self::Foundation];

    /// The name of the file.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Npm => "package.json",
            Self::Cargo => "Cargo.toml",
            Self::Foundation => "foundation.toml",
        }
    }
}

/// A manifest, as far as a release needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Whose.
    pub kind: ManifestKind,
    /// The file, relative to the repository.
    pub path: String,
    /// The name in it: what a registry knows the package by.
    pub name: Option<String>,
    /// The version in it, verbatim; often a placeholder, since tags are what counts.
    pub version: Option<String>,
    /// The file that the version is inherited from (`version.workspace = true`).
    pub version_from: Option<String>,
    /// Whether it may not be published: `private`, `publish = false`; always so for `foundation.toml`.
    pub private: bool,
    /// How it is published.
    pub publish: Publish,
    /// What it needs of anybody.
    pub(super) wants: Vec<Want>,
}

/// npm's `publishConfig`, as far as it is understood here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publish {
    /// The registry's address.
    pub registry: Option<String>,
    /// `public` or `restricted`.
    pub access: Option<String>,
    /// The dist-tag.
    pub tag: Option<String>,
}

/// Where a range is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, relative to the repository. With Cargo it can be the workspace's.
    pub file: String,
    /// The keys that lead to it.
    pub keys: Vec<String>,
}

/// How something is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencyKind {
    /// `dependencies`.
    Normal,
    /// `build-dependencies`.
    Build,
    /// `optionalDependencies`.
    Optional,
    /// `peerDependencies`.
    Peer,
    /// `devDependencies`, `dev-dependencies`.
    Dev,
}

impl DependencyKind {
    /// Whether whoever installs the package gets the dependency too, so that a new range has to be published.
    #[must_use]
    pub fn is_published(self) -> bool {
        match self {
            Self::Normal | Self::Build | Self::Optional | Self::Peer => true,
            Self::Dev => false,
        }
    }

    /// Whether it decides the order, so that a cycle of it is an error. Development and peer dependencies do where they can.
    #[must_use]
    pub fn is_firm(self) -> bool {
        match self {
            Self::Normal | Self::Build | Self::Optional => true,
            Self::Peer | Self::Dev => false,
        }
    }
}

/// A dependency on another package of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The name of the other package.
    pub on: String,
    /// How it is needed.
    pub kind: DependencyKind,
    /// The kind of manifest that says so.
    pub manifest: ManifestKind,
    /// What it asks for; none where only a path is named.
    pub spec: Option<Spec>,
    /// Whether it is asked for by bun's `catalog:`.
    pub(super) by_catalog: bool,
    /// Where that is written.
    pub place: Place,
}

/// A dependency on anybody, as a manifest has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Want {
    /// The name in the registry.
    pub name: String,
    /// The folder it is in, relative to the repository, where one is named.
    pub folder: Option<String>,
    pub kind: DependencyKind,
    pub spec: Option<Spec>,
    pub place: Place,
}
