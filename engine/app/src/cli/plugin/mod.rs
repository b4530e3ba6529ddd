//! `claimflow plugin`: steps of a workflow that practices and vendors write themselves.

mod check;
mod list;
mod new;
mod test;

use clap::Args;

use super::Global;
use super::commands::commands;
use crate::exit::Result;

/// List, check, test and begin plugins: steps of a workflow, written in Rhai
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

commands! {
    List => list,
    Check => check,
    Test => test,
    New => new,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    arguments.command.run(global)
}
