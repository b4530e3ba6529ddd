//! The `claimflow` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    claimflow::run(std::env::args_os()).into()
}
