//! The `claimflow` program: command line, practice folders, and the wiring of the rooms below.

mod cli;
mod exit;
mod practice;
mod render;
mod wire;

pub use cli::run;
pub use exit::Exit;
