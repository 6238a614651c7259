//! `foundation-lint`, through the binary, with the real linters and with planted ones.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "lint/cases.rs"]
mod cases;
#[path = "lint/false_greens.rs"]
mod false_greens;
#[path = "lint/sandbox.rs"]
mod sandbox;
