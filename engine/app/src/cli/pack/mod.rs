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

use clap::{Args, Subcommand};

use super::Global;
use crate::exit::Result;

/// Make, check, sign and install packs of rules
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Arguments),
    Check(check::Arguments),
    Build(build::Arguments),
    Keygen(keygen::Arguments),
    Sign(sign::Arguments),
    Verify(verify::Arguments),
    Install(install::Arguments),
    List(list::Arguments),
    Rollback(rollback::Arguments),
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    match &arguments.command {
        Command::New(arguments) => new::run(arguments, global),
        Command::Check(arguments) => check::run(arguments, global),
        Command::Build(arguments) => build::run(arguments, global),
        Command::Keygen(arguments) => keygen::run(arguments, global),
        Command::Sign(arguments) => sign::run(arguments, global),
        Command::Verify(arguments) => verify::run(arguments, global),
        Command::Install(arguments) => install::run(arguments, global),
        Command::List(arguments) => list::run(arguments, global),
        Command::Rollback(arguments) => rollback::run(arguments, global),
    }
}
