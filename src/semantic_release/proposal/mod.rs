//! What merging a pull request would release, for each style of merging that the repository allows.
//!
//! The branch is looked at as it would be after the merge, and decided by the very code that decides after it.

mod comment;
pub mod run;
pub mod styles;

pub use run::run;
