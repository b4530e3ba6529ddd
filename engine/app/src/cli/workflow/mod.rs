//! `claimflow workflow`: are the state machines whole, what do they look like, and what runs on which version?

mod check;
mod graph;
mod list;
mod migrate;
pub mod version;

use clap::Args;

use super::Global;
use super::commands::commands;
use crate::exit::Result;

/// Check, draw and change the workflows that claims run on
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

commands! {
    Check => check,
    Graph => graph,
    List => list,
    Migrate => migrate,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    arguments.command.run(global)
}
