//! `claimflow rules demote`: a rule or pack goes back into shadow.

use claimflow_rules::Mode;
use clap::Args;

use super::promote::Turned;
use crate::cli::Global;
use crate::exit::Result;

/// Put a rule or pack into shadow: evaluated and recorded, and it never acts
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules demote AET-TELE-95 --reason \"it holds claims that Aetna pays\"
  claimflow rules demote --pack aetna-extra --reason \"first a month of watching\"")]
pub struct Arguments {
    #[command(flatten)]
    turned: Turned,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    arguments.turned.put(Mode::Shadow, global)
}
