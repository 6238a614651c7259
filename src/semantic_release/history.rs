//! Tags, channels and commits, read from the repository.
