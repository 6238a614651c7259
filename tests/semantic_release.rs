//! `foundation-semantic-release`, end to end: the recorded answers of Node, on repositories that the real git made.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by a panic, starts git as a person would, and hands on the PATH it was given"
)]

#[path = "semantic_release/cases.rs"]
mod cases;
#[path = "semantic_release/history.rs"]
mod history;
#[path = "semantic_release/world.rs"]
mod world;
