//! The binary `foundation-semantic-release`: see `foundation::semantic_release`.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(3)
}
