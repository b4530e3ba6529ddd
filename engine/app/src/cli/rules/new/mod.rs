//! `claimflow rules new`: starts a rule, or a case, that somebody then completes.

mod case;
mod files;
mod rule;

use claimflow_core::Stage;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::Global;
use crate::cli::commands::commands;
use crate::exit::Result;

/// Start a rule, or make a case of a real claim
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules new rule OWN-GROUP-NOTE --stage scrub
  claimflow rules new case --from CLAIM0042
  claimflow rules new case --from CLAIM0042 --rule AET-TELE-95 --json")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

commands! {
    Case => case,
    Rule => rule,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    arguments.command.run(global)
}

fn stages() -> impl TypedValueParser<Value = Stage> {
    PossibleValuesParser::new(Stage::ALL.map(Stage::as_str))
        .try_map(|word| Stage::parse(&word).ok_or("no such stage"))
}
