//! The `foundation` command of the maintainers, one file per subcommand.

pub mod act;
pub mod checkout;
pub mod image;
pub mod matrix;
pub mod workflows;

use crate::kit::context::Context;
use crate::kit::outcome::{Outcome, Result};
use crate::kit::report::Report;

/// The maintainers' side of foundation.
#[derive(Debug, clap::Parser)]
#[command(name = "foundation", version)]
pub struct Raw {
    #[command(subcommand)]
    command: Command,
}

/// One variant per file of this module.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run a repository's own workflow on this machine.
    Act(act::Act),
    /// Run the candidates of matrix-fixtures/ through the workflows.
    Matrix(matrix::Matrix),
    /// Render the reusable workflows, or check that they are rendered.
    Workflows(workflows::Workflows),
    /// Build, relock, inspect and pin the foundation-ci image.
    Image(image::Image),
}

/// Runs a subcommand.
///
/// # Errors
/// Those of the subcommand.
pub async fn run(raw: &Raw, context: &Context, report: &Report) -> Result<Outcome> {
    match &raw.command {
        Command::Act(arguments) => act::run(arguments, context, report).await,
        Command::Matrix(arguments) => matrix::run(arguments, context, report).await,
        Command::Workflows(arguments) => workflows::run(arguments, context, report),
        Command::Image(image) => image::run(image, context, report).await,
    }
}
