//! `foundation-checkout`, end to end: the real binary and the real git, against repositories in folders and behind a server.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by a panic, and hands on the PATH it was given"
)]

#[path = "checkout/events.rs"]
mod events;
#[path = "checkout/faults.rs"]
mod faults;
#[path = "checkout/folder.rs"]
mod folder;
#[path = "checkout/forge.rs"]
mod forge;
#[path = "support/gitea.rs"]
mod gitea;
#[path = "checkout/nested.rs"]
mod nested;
#[path = "checkout/secrets.rs"]
mod secrets;
#[path = "checkout/server.rs"]
mod server;
#[path = "checkout/world.rs"]
mod world;
