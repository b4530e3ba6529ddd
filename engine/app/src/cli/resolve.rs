//! `claimflow resolve`: a person is done with a work item.

use claimflow_core::Text;
use claimflow_core::step::Input;
use claimflow_runtime::{Error, PARKED_PREFIX};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::Global;
use super::release::moved;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::wire::actor;

/// Say that the work on a claim is done, and how it ended
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow resolve CLAIM0042
  claimflow resolve CLAIM0042 --as appealed --reason \"level 1, sent by fax\"
  claimflow resolve CLAIM0042 --item 2
  claimflow resolve 835:00000123 --reason \"payer sent a corrected remittance\"")]
pub struct Arguments {
    /// The claim's number (CLM01), or 835: and a trace number for a remittance that waits
    #[arg(value_name = "ID")]
    id: Text,
    /// How it ended
    #[arg(long = "as", value_name = "OUTCOME", value_enum, default_value_t = Outcome::Resolved)]
    outcome: Outcome,
    /// Only this work item; all of the claim's without it
    #[arg(long, value_name = "N")]
    item: Option<u16>,
    /// Why, for the timeline
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Text,
}

/// How work ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Outcome {
    /// What was asked for is done
    Resolved,
    /// An appeal is on its way
    Appealed,
    /// The money is given up
    WrittenOff,
    /// The patient has paid
    PatientPaid,
}

impl Outcome {
    const fn event(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Appealed => "appealed",
            Self::WrittenOff => "written-off",
            Self::PatientPaid => "patient-paid",
        }
    }
}

/// A remittance that is not there is no claim that is not there.
fn unknown(error: Error) -> Failure {
    match error {
        Error::NoClaim(trace) => Failure::failed(format!("no remittance `{trace}` waits"))
            .help("`claimflow queue posting` lists those that do"),
        other => other.into(),
    }
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    if arguments.id.starts_with(PARKED_PREFIX) {
        desk.engine.resolve_parked(&arguments.id, &arguments.reason, &actor()).map_err(unknown)?;
        if global.json {
            out::json(&json!({ "id": arguments.id, "state": "resolved" }))?;
        } else {
            out::print(&format!("{}  resolved\n", arguments.id))?;
        }
    } else {
        let outcome = Text::const_new(arguments.outcome.event());
        let input = Input::Resolved { item: arguments.item, outcome, reason: arguments.reason.clone() };
        let summary = desk.engine.act(&arguments.id, input, &actor())?;
        desk.perform()?;
        moved(&desk, &summary, global.json)?;
    }
    desk.close()?;
    Ok(Exit::Done)
}
