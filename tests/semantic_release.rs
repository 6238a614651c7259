//! `foundation-semantic-release`, end to end and part by part: the recorded answers of Node, and the real tools.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by a panic, starts the real tools as a person would, and hands on the PATH it was given"
)]

#[path = "semantic_release/cases.rs"]
mod cases;
#[path = "semantic_release/history.rs"]
mod history;
#[path = "semantic_release/migrate.rs"]
mod migrate;
#[path = "semantic_release/packages.rs"]
mod packages;
#[path = "semantic_release/run.rs"]
mod run;
#[path = "semantic_release/world.rs"]
mod world;
