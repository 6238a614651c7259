//! Doing a release, end to end: real git, a real forge, a real npm registry, and `kill -9` between any two steps.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by a panic, and starts itself as another process"
)]

#[path = "semantic_release/apply/driver.rs"]
mod driver;
#[path = "semantic_release/apply/faults.rs"]
mod faults;
#[path = "semantic_release/apply/folder.rs"]
mod folder;
#[path = "semantic_release/apply/forge.rs"]
mod forge;
#[path = "support/gitea.rs"]
mod gitea;
#[path = "semantic_release/apply/kills.rs"]
mod kills;
#[path = "semantic_release/apply/proxy.rs"]
mod proxy;
#[path = "semantic_release/apply/registry.rs"]
mod registry;
#[path = "support/verdaccio.rs"]
mod verdaccio;
#[path = "semantic_release/apply/world.rs"]
mod world;
