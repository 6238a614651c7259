//! `foundation-lint`: eslint, yamllint and shellcheck over the files that git knows.
//!
//! ```text
//! discover (git) ─▶ settings (which eslint, which rules) ─▶ plan (pure) ─▶ schedule ─▶ findings ─▶ log, JSON, status, comment
//! ```
//!
//! Nothing that went unchecked looks like a pass: eslint's report names each file, the other two are shown a planted bad sample
//! in every process, and what is missing from a report ends the run with exit code 3.

mod columns;
mod discover;
mod document;
mod eslint;
mod excerpt;
mod findings;
mod foreign;
mod inputs;
mod install;
mod plan;
mod render;
mod run;
mod schedule;
mod shellcheck;
mod since;
mod vendored;
mod world;
mod yamllint;

pub use inputs::Raw;
pub use run::run;
