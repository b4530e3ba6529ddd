//! The `claimflow` program: command line, practice folders, and the wiring of the rooms below.

mod actor;
mod backup;
mod cli;
pub mod clockwatch;
pub mod decided;
mod demo;
mod exit;
mod explain;
mod guest;
mod held;
mod host;
mod keys;
mod packs;
pub mod practice;
pub mod reload;
mod render;
pub mod retention;
mod serve;
mod stranded;
pub mod watched;
pub mod wire;

pub use cli::run;
pub use exit::Exit;

/// A claim is many small texts made on one thread and dropped on another, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The whole program: reads its arguments, does what they ask, and says how it ended.
pub fn main() -> std::process::ExitCode {
    claimflow_runtime::quiet_panics();
    run(std::env::args_os()).into()
}
