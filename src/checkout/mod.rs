//! `foundation-checkout`: fetches the event's commit into the workspace.
//!
//! Nothing is checked out by itself on Forgejo, and we use no third-party action.

mod inputs;
mod run;

pub use inputs::Raw;
pub use run::run;
