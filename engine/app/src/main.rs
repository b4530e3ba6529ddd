//! The `claimflow` program.

fn main() -> std::process::ExitCode {
    claimflow::main()
}
