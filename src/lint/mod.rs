//! `foundation-checkout`: fetches the event's commit into the workspace.

mod inputs;
mod run;

pub use inputs::Raw;
pub use run::run;
