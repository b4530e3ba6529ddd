//! `claimflow release`: a person lets a held claim go on.

use claimflow_core::Text;
use claimflow_core::step::Input;
use claimflow_runtime::Summary;
use clap::Args;
use serde_json::json;

use super::Global;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::style::Style;
use crate::render::words::{due, spoken};
use crate::wire::{Desk, actor};

/// Let a held claim go on in spite of what holds it, with a reason
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow release CLAIM0042 --reason \"payer confirmed by phone, ref 8831\"

The reason stays on the claim. A rule that predicts a denial cannot be released, only corrected.")]
pub struct Arguments {
    /// The claim's number (CLM01)
    #[arg(value_name = "ID")]
    id: Text,
    /// Why it may go on
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    if arguments.reason.trim().is_empty() {
        return Err(Failure::usage("a release needs a reason").help("write why after `--reason`"));
    }
    let desk = global.open()?;
    let input = Input::Released { reason: arguments.reason.clone() };
    let summary = desk.engine.act(&arguments.id, input, &actor())?;
    desk.perform()?;
    moved(&desk, &summary, global.json)?;
    desk.close()?;
    Ok(Exit::Done)
}

/// Says where a claim is after something was done to it.
pub(super) fn moved(desk: &Desk, summary: &Summary, json: bool) -> Result<()> {
    if json {
        let item = summary.next_item();
        return out::json(&json!({
            "id": summary.id,
            "state": summary.state,
            "owner": item.map(|item| &item.owner),
            "category": item.map(|item| &item.category),
            "due": item.and_then(|item| item.due),
            "submissions": summary.submissions,
        }));
    }
    let style = Style::stdout();
    let mut text =
        format!("{}  {}\n", style.strong(summary.id.as_str()), style.warn(&spoken(&summary.state)));
    let today = desk.engine.today();
    for item in &summary.items {
        text.push_str(&format!(
            "  waits for {}  {}  {}\n",
            spoken(&item.owner),
            spoken(&item.category),
            due(item.due, today)
        ));
    }
    out::print(&text)
}
