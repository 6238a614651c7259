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
//! | [`survey`] | reading the world: remote, configuration, packages |
//! | [`drafts`], [`writer`] | which releases there are, with their notes |
//! | [`comments`] | what is said on the issues and pull requests that a release contains |
//! | [`complete`] | completing what an earlier run left half done |
//! | [`document`], [`render`], [`tell`] | the plan as JSON, as text, as status and outputs |
//! | [`assemble`] | from decisions to a job: versions set, notes written, packages and assets found |
//! | [`message`] | the message of the release commit |
//! | [`assets`] | the files that are attached to a release |
//! | [`apply`] | doing it, each step safe to repeat |

pub mod analyze;
pub mod apply;
pub mod assemble;
pub mod assets;
pub mod branches;
pub mod comments;
pub mod commit;
pub mod complete;
pub mod config;
pub mod decide;
pub mod document;
pub mod drafts;
pub mod glob;
pub mod history;
pub mod inputs;
pub mod message;
pub mod notes;
pub mod packages;
pub mod place;
pub mod plan;
pub mod proposal;
pub mod releases;
pub mod render;
mod run;
pub mod survey;
pub mod tell;
pub mod writer;

pub use inputs::Raw;
pub use run::run;
