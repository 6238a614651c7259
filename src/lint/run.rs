//! The run of `foundation-lint`.

use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Outcome, Result};
use crate::kit::report::Report;
use crate::lint::Raw;

/// Lints.
///
/// # Errors
/// See [`Failure`].
pub async fn run(raw: &Raw, _context: &Context, _report: &Report) -> Result<Outcome> {
    Err(Failure::config(format!(
        "{} cannot be linted yet",
        raw.path.display()
    )))
}
