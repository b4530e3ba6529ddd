//! `claimflow outbox`: what waits to go out, and whether it may.

mod release;
mod sent;
mod status;

use clap::Args;

use super::Global;
use super::commands::commands;
use crate::exit::Result;

/// See what waits to go out to payers, and let a restored practice send again
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

commands! {
    Status => status,
    Sent => sent,
    Release => release,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    arguments.command.run(global)
}
