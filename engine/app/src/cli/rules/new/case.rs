//! `claimflow rules new case`: a case without any person in it, from a claim of the journal.

use std::path::PathBuf;

use claimflow_core::{Stage, Text};
use clap::Args;

use crate::cli::Global;
use crate::exit::{Failure, Result};

/// Make a case of a real claim, without anything that tells whose it was
///
/// Names, numbers, addresses and free texts are left out, the birth date becomes another of the same age, and NPIs become
/// made-up ones. What the rules said of the claim becomes what the case expects. The case is tried before it is written.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules new case --from CLAIM0042
  claimflow rules new case --from CLAIM0042 --rule AET-TELE-95
  claimflow rules new case --from CLAIM0042 --stage scrub --out -
  claimflow rules new case --from CLAIM0042 --json")]
pub struct Arguments {
    /// The claim's number (CLM01)
    #[arg(long, value_name = "CLAIM")]
    from: Text,
    /// The rule that the case is about: fired or not, the case says so
    #[arg(long, value_name = "RULE")]
    rule: Option<Text>,
    /// The stage to try; left out: the rule's, else the last one at which a rule fired
    #[arg(long, value_name = "STAGE", value_parser = super::stages())]
    stage: Option<Stage>,
    /// The file to add the case to, `-` for standard output; left out: `cases/from-claims.yaml` of the rule's pack
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, _global: &Global) -> Result {
    let Arguments { from, .. } = arguments;
    Err(Failure::failed(format!("cannot make a case of `{from}`")))
}
