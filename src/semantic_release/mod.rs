//! `foundation-semantic-release`: versions, notes and releases in one safe pass.
//!
//! ```text
//! config ─┐                      ┌─ commit ─▶ analyze ─┐
//! history ┴▶ branches (last tag) ┤                     ├▶ plan (pure) ─▶ dry run prints it, or apply (each step safe to repeat)
//! packages ──────────────────────┴─ notes ─────────────┘
//! ```
//!
//! | module | holds |
//! | --- | --- |
//! | [`inputs`] | what the caller may say |
//! | [`commit`] | a commit, and what its message says (pure) |
//! | [`analyze`] | which commits decide which release type (pure) |
//! | [`config`] | the configuration people already have, and the platform's defaults |
//! | [`place`] | where a run is: repository, remote, branch, commit |
//! | [`history`] | tags, channels and commits, read from the repository |
//! | [`branches`] | which branches release what: channels, ranges, the last and the next version |
//! | [`decide`] | the decision: what a branch releases next |
//! | [`releases`] | the decisions for all packages, and what follows from them |
//! | [`packages`] | one package or a monorepo: manifests, internal dependencies, version fields |
//! | [`notes`] | release notes |
//! | [`glob`] | what `micromatch` answers, for release rules and branch names |
//! | [`plan`] | what a run will do: a pure value |
//! | [`proposal`] | what merging a pull request would release |
//! | [`render`] | a plan as text |
//! | [`apply`] | doing it, each step safe to repeat |

pub mod analyze;
pub mod apply;
pub mod branches;
pub mod commit;
pub mod config;
pub mod decide;
pub mod glob;
pub mod history;
pub mod inputs;
pub mod notes;
pub mod packages;
pub mod place;
pub mod plan;
pub mod proposal;
pub mod releases;
pub mod render;
