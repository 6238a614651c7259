//! The binary `foundation`: see `foundation::maintainer`.

fn main() -> std::process::ExitCode {
    foundation::kit::app::main(foundation::maintainer::run)
}
