//! `claimflow key`: the key that a practice's data are encrypted with.

mod encrypt;
mod new;
mod rotate;
mod status;

use clap::{Args, Subcommand};

use super::Global;
use crate::exit::Result;

/// Make, change and look after the key that the practice's data are encrypted with
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Arguments),
    Encrypt(encrypt::Arguments),
    Rotate(rotate::Arguments),
    Status(status::Arguments),
}

impl Arguments {
    /// True for what a process that holds the practice can do for another.
    pub const fn can_be_asked(&self) -> bool {
        matches!(self.command, Command::Rotate(_) | Command::Status(_))
    }
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    match &arguments.command {
        Command::New(own) => new::run(own, global),
        Command::Encrypt(own) => encrypt::run(own, global),
        Command::Rotate(own) => rotate::run(own, global),
        Command::Status(own) => status::run(own, global),
    }
}
