//! `claimflow plugin`: steps of a workflow that practices and vendors write themselves.

mod check;
mod list;
mod new;
mod test;

use clap::{Args, Subcommand};

use super::Global;
use crate::exit::Result;

/// List, check, test and begin plugins: steps of a workflow, written in Rhai
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Check(check::Arguments),
    Test(test::Arguments),
    New(new::Arguments),
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    match &arguments.command {
        Command::List(arguments) => list::run(arguments, global),
        Command::Check(arguments) => check::run(arguments, global),
        Command::Test(arguments) => test::run(arguments, global),
        Command::New(arguments) => new::run(arguments, global),
    }
}
