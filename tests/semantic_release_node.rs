//! `foundation-semantic-release`, compared with the real Node program.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by a panic, starts programs as a person's shell would, and says what it compared"
)]

#[path = "semantic_release/build.rs"]
mod build;
#[path = "semantic_release/built.rs"]
mod built;
#[path = "semantic_release/case.rs"]
mod case;
#[path = "semantic_release/differ.rs"]
mod differ;
#[path = "semantic_release/differences.rs"]
mod differences;
#[path = "support/generate.rs"]
mod generate;
#[path = "semantic_release/histories.rs"]
mod histories;
#[path = "semantic_release/messages.rs"]
mod messages;
#[path = "semantic_release/node.rs"]
mod node;
#[path = "semantic_release/random.rs"]
mod random;
#[path = "semantic_release/recorded.rs"]
mod recorded;
#[path = "semantic_release/turns.rs"]
mod turns;
