//! `foundation image`: the foundation-ci image, from lock files to a digest.
//!
//! ```text
//! debs.lock ── apt ──> .deb files ──> base ─┐
//! npm, python locks ── tools ───────────────┴─> Dockerfile ──> all but our binaries (kept by the hash of its inputs)
//! target/…/release ── oci ──────────────────────────────────> last layer ──> digest ──> Docker
//! ```

mod apt;
mod base;
mod build;
mod buildah;
mod contents;
mod inspect;
mod lock;
mod oci;
mod pin;
mod places;
mod programs;
mod relock;
mod tools;

use crate::kit::context::Context;
use crate::kit::outcome::{Outcome, Result};
use crate::kit::report::Report;

/// Build, relock, inspect and pin the foundation-ci image.
#[derive(Debug, clap::Args)]
pub struct Image {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Build(build::Build),
    /// Lock the newest versions of the Debian packages that ci-image/debs.txt names; the npm and Python locks are left alone
    Relock,
    Inspect(inspect::Inspect),
    /// Write the digest of the image built last into VERSIONS
    Pin,
}

/// Runs one of the subcommands.
///
/// # Errors
/// Those of the subcommand.
pub async fn run(image: &Image, context: &Context, report: &Report) -> Result<Outcome> {
    match &image.command {
        Command::Build(build) => build::run(build, context, report).await,
        Command::Relock => relock::run(context, report).await,
        Command::Inspect(inspect) => inspect::run(inspect, context, report),
        Command::Pin => pin::run(context, report),
    }
}
