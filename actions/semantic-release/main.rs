//! The binary `foundation-semantic-release`: see `foundation::semantic_release`.

fn main() -> std::process::ExitCode {
    foundation::kit::app::main(foundation::semantic_release::run)
}
