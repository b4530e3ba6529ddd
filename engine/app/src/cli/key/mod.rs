//! `claimflow key`: the key that a practice's data are encrypted with.

mod encrypt;
mod new;
mod rotate;
mod status;

use clap::Args;

use super::Global;
use super::commands::commands;
use crate::exit::Result;

/// Make, change and look after the key that the practice's data are encrypted with
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

commands! {
    New => new,
    Encrypt => encrypt,
    Rotate => rotate,
    Status => status,
}

impl Arguments {
    /// True for what a process that holds the practice can do for another.
    pub const fn can_be_asked(&self) -> bool {
        matches!(self.command, Command::Rotate(_) | Command::Status(_))
    }
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    arguments.command.run(global)
}
