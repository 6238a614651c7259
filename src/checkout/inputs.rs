//! The inputs of `foundation-checkout`.

/// Check out the commit this run is for.
#[derive(Debug, clap::Parser)]
#[command(name = "foundation-checkout", version)]
pub struct Raw {
    /// The folder to check out into.
    #[arg(long, env = "FOUNDATION_PATH", default_value = ".")]
    pub path: std::path::PathBuf,
}
