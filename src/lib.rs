//! The library behind the `foundation` actions.
//!
//! ```text
//! actions/<name>/main.rs ─▶ kit::app ─▶ <action>::run
//!                                          │
//!   Context::from_env ─▶ Inputs ─▶ read the world ─▶ plan() ─▶ apply() ─▶ Outcome ─▶ exit code
//! ```
//!
//! - [`kit`] is what every action stands on: the environment, the log, programs, secrets, the forge.
//! - [`checkout`], [`lint`] and [`semantic_release`] are the actions, one module each: `inputs`, `plan` (pure), `run`.
//! - [`maintainer`] is the `foundation` command, one file per subcommand.
//! - [`registry`] is the one list of the actions; a boundary test holds folders, binaries and workflows to it.

pub mod checkout;
pub mod kit;
pub mod lint;
pub mod maintainer;
pub mod registry;
pub mod semantic_release;
