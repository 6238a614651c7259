//! `foundation-lint`, through the binary, with the real linters and with planted ones.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "lint/cases.rs"]
mod cases;
#[path = "lint/false_greens.rs"]
mod false_greens;
#[path = "lint/foreign.rs"]
mod foreign;
#[path = "lint/install.rs"]
mod install;
#[path = "lint/names.rs"]
mod names;
#[path = "lint/results.rs"]
mod results;
#[path = "lint/sandbox.rs"]
mod sandbox;
#[path = "lint/since.rs"]
mod since;
