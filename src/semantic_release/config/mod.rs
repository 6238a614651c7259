//! The configuration people already have, and the platform's defaults.
