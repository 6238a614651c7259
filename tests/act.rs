//! `foundation act` and `foundation matrix`, through the binary, with the real act, in the image and without.
//!
//! They need what `make test` installs: act, the tools, a container engine and the image `foundation-ci:latest`.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_methods,
    reason = "the test is no action: it starts the binary itself"
)]

#[path = "act/candidates.rs"]
mod candidates;
#[path = "act/cases.rs"]
mod cases;
#[path = "act/messages.rs"]
mod messages;
#[path = "act/remote.rs"]
mod remote;
#[path = "act/sandbox.rs"]
mod sandbox;
#[path = "act/traces.rs"]
mod traces;
