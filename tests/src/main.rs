//! The `claimflow` program under another name, so that the tests of this crate can start and kill it.

fn main() -> std::process::ExitCode {
    claimflow::main()
}
