//! `foundation-semantic-release` on a real forge: releases on a push, and what a pull request is told.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by a panic, and starts the program it is about"
)]

#[path = "semantic_release_forge/bed.rs"]
mod bed;
#[path = "support/gitea.rs"]
mod gitea;
#[path = "semantic_release_forge/hostile.rs"]
mod hostile;
#[path = "semantic_release_forge/merges.rs"]
mod merges;
#[path = "semantic_release_forge/pulls.rs"]
mod pulls;
#[path = "semantic_release_forge/push.rs"]
mod push;
