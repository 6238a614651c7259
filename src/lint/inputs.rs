//! The inputs of `foundation-lint`.

/// Lint a repository.
#[derive(Debug, clap::Parser)]
#[command(name = "foundation-lint", version)]
pub struct Raw {
    /// The folder to lint.
    #[arg(long, env = "FOUNDATION_PATH", default_value = ".")]
    pub path: std::path::PathBuf,
}
