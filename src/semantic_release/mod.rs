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
//! | [`commit`] | a commit, and what its message says (pure) |
//! | [`analyze`] | which commits decide which release type (pure) |
//! | [`config`] | the configuration people already have, and the platform's defaults |
//! | [`history`] | tags, channels and commits, read from the repository |
//! | [`branches`] | which branches release what: channels, ranges, the last and the next version |
//! | [`packages`] | one package or a monorepo: manifests, internal dependencies, version fields |
//! | [`notes`] | release notes |
//! | [`glob`] | what `micromatch` answers, for release rules and branch names |
//! | [`plan`] | what a run will do: a pure value |
//! | [`apply`] | doing it, each step safe to repeat |

pub mod analyze;
pub mod apply;
pub mod branches;
pub mod commit;
pub mod config;
pub mod glob;
pub mod history;
pub mod notes;
pub mod packages;
pub mod plan;
