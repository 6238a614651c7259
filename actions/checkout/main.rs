//! The binary `foundation-checkout`: see `foundation::checkout`.

fn main() -> std::process::ExitCode {
    foundation::kit::app::main(foundation::checkout::run)
}
