//! `claimflow rules demote`: a rule or pack goes back into shadow.

use claimflow_core::Text;
use claimflow_rules::Mode;
use clap::Args;

use super::promote::turn;
use super::switching::{Target, decide, need_reason};
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
    target: Target,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    need_reason(&arguments.reason)?;
    decide(global, arguments.target.named(), |case| turn(case, Mode::Shadow, &arguments.reason))
}
