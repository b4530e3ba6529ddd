//! `claimflow pack`: rules as one signed file, made by vendors and installed by practices.

mod build;
mod check;
mod install;
mod keygen;
mod list;
mod new;
mod rollback;
mod sign;
mod verify;

use clap::Args;

use super::Global;
use super::commands::commands;
use crate::exit::Result;

/// Make, check, sign and install packs of rules
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

commands! {
    New => new,
    Check => check,
    Build => build,
    Keygen => keygen,
    Sign => sign,
    Verify => verify,
    Install => install,
    List => list,
    Rollback => rollback,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    arguments.command.run(global)
}
