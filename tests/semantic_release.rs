//! `foundation-semantic-release`, through the binary.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_methods,
    reason = "the test is no action: it starts the binary itself"
)]

#[path = "semantic_release/migrate.rs"]
mod migrate;
