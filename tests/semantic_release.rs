//! `foundation-semantic-release`, end to end and part by part, with the real tools.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by a panic, and starts the real tools"
)]

#[path = "semantic_release/packages.rs"]
mod packages;
