//! Doing what the plan says, each step safe to repeat.
