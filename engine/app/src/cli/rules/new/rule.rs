//! `claimflow rules new rule`: a rule to be filled in, with its two cases.

use claimflow_core::{Stage, Text};
use clap::Args;

use crate::cli::Global;
use crate::exit::{Failure, Result};

/// Start a rule: a file with its clauses to fill in, and a case in which it fires and one in which it stays silent
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules new rule OWN-GROUP-NOTE
  claimflow rules new rule OWN-GROUP-NOTE --pack own --stage scrub
  claimflow rules new rule OWN-GROUP-NOTE --json")]
pub struct Arguments {
    /// What the rule is to be called: capitals, digits and hyphens
    #[arg(value_name = "ID")]
    id: Text,
    /// The pack it goes to; `own`, the practice's, is made when it is not there
    #[arg(long, value_name = "PACK", default_value = "own")]
    pack: Text,
    /// The stage at which it runs
    #[arg(long, value_name = "STAGE", default_value = "scrub", value_parser = super::stages())]
    stage: Stage,
}

pub fn run(arguments: &Arguments, _global: &Global) -> Result {
    let Arguments { id, .. } = arguments;
    Err(Failure::failed(format!("cannot start the rule `{id}`")))
}
