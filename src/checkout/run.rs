//! The run of `foundation-checkout`.

use crate::checkout::Raw;
use crate::kit::context::Context;
use crate::kit::outcome::{Failure, Outcome, Result};
use crate::kit::report::Report;

/// Checks the event's commit out.
///
/// # Errors
/// See [`Failure`].
pub async fn run(raw: &Raw, _context: &Context, _report: &Report) -> Result<Outcome> {
    Err(Failure::config(format!(
        "nothing can be checked out into {} yet",
        raw.path.display()
    )))
}
