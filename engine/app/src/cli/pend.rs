//! `claimflow pend`: work is laid aside until a day, and comes back by itself.

use claimflow_core::Text;
use claimflow_core::step::Input;
use clap::Args;
use jiff::civil::Date;

use super::Global;
use super::release::moved;
use crate::exit::{Exit, Failure, Result};
use crate::wire::actor;

/// Lay a work item aside until a day: it leaves the queue, and comes back by itself
///
/// While it is pended, it does not escalate. Whatever moves the claim on, as a remittance, ends it too. A due date that
/// passes meanwhile is said when the item comes back, and it then has that day before it escalates.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow pend CLAIM0042 --until 2026-12-07 --reason \"payer looks at it until Friday, ref 8831\"
  claimflow pend CLAIM0042 --until 2026-12-07 --reason \"waits for the note\" --item 2
  claimflow pend CLAIM0042 --until none
  claimflow queue --pended")]
pub struct Arguments {
    /// The claim's number (CLM01)
    #[arg(value_name = "ID")]
    id: Text,
    /// The day on which it comes back, as 2026-12-07; `none` takes it up again now
    #[arg(long, value_name = "DATE", value_parser = parse_until)]
    until: Until,
    /// Why it can wait, for the timeline
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: Text,
    /// Only this work item; all of the claim's without it
    #[arg(long, value_name = "N")]
    item: Option<u16>,
}

/// Until when; none to end it.
#[derive(Debug, Clone, Copy)]
struct Until(Option<Date>);

fn parse_until(text: &str) -> Result<Until, String> {
    if text == "none" {
        return Ok(Until(None));
    }
    let date = text.parse().map_err(|_| "write a date as 2026-12-07, or none".to_owned());
    date.map(|date| Until(Some(date)))
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let Until(until) = arguments.until;
    if until.is_some() && arguments.reason.trim().is_empty() {
        return Err(Failure::usage("work that is laid aside needs a reason")
            .help("write why it can wait after `--reason`"));
    }
    let desk = global.open()?;
    let input = Input::Pended { item: arguments.item, until, reason: arguments.reason.clone() };
    let summary = desk.engine.act(&arguments.id, input, &actor())?;
    moved(&desk, &summary, global.json)?;
    desk.close()?;
    Ok(Exit::Done)
}
