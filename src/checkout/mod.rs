//! `foundation-checkout`: fetches the event's commit into the workspace.
//!
//! Nothing is checked out by itself on Forgejo, and we use no third-party action.
//!
//! | module | holds |
//! | --- | --- |
//! | [`inputs`] | what the caller may say |
//! | [`target`] | pure: which commit is wanted, and by which name |
//! | [`plan`] | pure: what to do with what lies in the folder, the calls of git |
//! | [`held`] | what lies in the folder before anything is done |
//! | [`workspace`] | the folder: whose it is, and our mark in it |
//! | [`network`] | git's calls over the network, and why one failed |
//! | [`submodules`] | repositories within the repository |
//! | [`run`](run()) | the way through all of it |

pub mod held;
pub mod inputs;
pub mod network;
pub mod plan;
mod run;
pub mod submodules;
pub mod target;
pub mod workspace;

pub use inputs::Raw;
pub use run::run;
