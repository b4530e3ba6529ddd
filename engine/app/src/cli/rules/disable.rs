//! `claimflow rules disable`: a rule does not run in this practice.

use claimflow_catalog::{SwitchEntry, SwitchKind};
use claimflow_core::Text;
use claimflow_rules::Mode;
use clap::Args;
use jiff::civil::Date;

use super::promote::turn;
use super::switching::{decide, need_future, need_reason};
use crate::cli::Global;
use crate::exit::Result;

/// Switch a rule off, for good or until a day
///
/// It is neither evaluated nor recorded. To keep seeing what it would do, put it into shadow: `claimflow rules demote`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules disable GRP-SIZE --reason \"we have no groups\"
  claimflow rules disable AET-TELE-95 --until 2027-01-31 --reason \"Aetna pays without 95 until then\"")]
pub struct Arguments {
    /// The rule's id, or a decision table's
    #[arg(value_name = "RULE")]
    rule: Text,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Text,
    /// Last day of it; after that the rule acts again
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    need_reason(&arguments.reason)?;
    decide(global, (SwitchKind::Rule, &arguments.rule), |case| {
        need_future(arguments.until, case.today)?;
        let order = turn(case, Mode::Off, &arguments.reason)?;
        // One entry has one last day: how firmly a rule stands that does not run is no question.
        let entry =
            order.entry.map(|entry| SwitchEntry { enforcement: None, expires: arguments.until, ..entry });
        Ok(super::switching::Order { entry, ..order })
    })
}
