//! The `claimflow` program: command line, practice folders, and the wiring of the rooms below.

mod cli;
mod demo;
mod exit;
mod explain;
pub mod practice;
mod render;
mod serve;
pub mod wire;

pub use cli::run;
pub use exit::Exit;

/// The whole program: reads its arguments, does what they ask, and says how it ended.
pub fn main() -> std::process::ExitCode {
    run(std::env::args_os()).into()
}
