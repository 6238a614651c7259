//! The binary `foundation-lint`: see `foundation::lint`.

fn main() -> std::process::ExitCode {
    foundation::kit::app::main(foundation::lint::run)
}
