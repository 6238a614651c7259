//! The JSON document, schema 1. Its shape is a promise; `actions/semantic-release/README.md` describes it.

use serde::Serialize;

use crate::semantic_release::plan::Plan;

/// The document as it is written.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: u32,
    #[serde(flatten)]
    plan: &'a Plan,
}

impl<'a> Document<'a> {
    /// The document of a plan.
    #[must_use]
    pub fn of(plan: &'a Plan) -> Self {
        Self { schema: 1, plan }
    }
}
