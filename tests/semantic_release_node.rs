//! `foundation-semantic-release`, compared with the real Node program.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by a panic, starts programs as a person's shell would, and says what it compared"
)]

#[path = "semantic_release/build.rs"]
mod build;
#[path = "semantic_release/built.rs"]
mod built;
#[path = "semantic_release/case.rs"]
mod case;
