//! What merging a pull request would release, for each style of merging that the repository allows.

pub mod styles;
