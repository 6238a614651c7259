//! One package or a monorepo: manifests, internal dependencies, version fields. Pure: it reads a snapshot and writes nothing.
//!
//! ```text
//! Files ─▶ discover ─▶ Workspace ─▶ ripple (who else is released) ─▶ edit (new bytes of manifests and lock files)
//! ```
//!
//! | module | holds |
//! | --- | --- |
//! | [`files`] | a snapshot of files: a folder, or a git tree |
//! | [`discover`] | which folders are packages |
//! | [`model`] | packages, manifests, internal dependencies |
//! | [`spec`] | what a dependency asks for, and how it moves to another version |
//! | [`node_range`] | ranges with the meaning of `node-semver` |
//! | [`graph`] | dependencies before those that need them; cycles |
//! | [`mod@ripple`] | which packages are released because a dependency moved |
//! | [`edit`] | version fields and ranges, edited in place |
//! | [`version_file`] | any other file that holds a version |
//!
//! What is decided how is in `docs/monorepo.md`.

mod cargo;
pub mod discover;
pub mod edit;
pub mod files;
mod foundation_toml;
mod glob;
pub mod graph;
mod json;
pub mod model;
pub mod node_range;
mod npm;
pub mod ripple;
pub mod spec;
mod toml_text;
pub mod version_file;

pub use discover::{Selection, discover};
pub use edit::{Edit, Edits, edits, published};
pub use files::Files;
pub use model::{Dependency, DependencyKind, Manifest, ManifestKind, Package, Place, Publish, Workspace};
pub use ripple::{Ripple, ripple};
pub use version_file::VersionFile;
