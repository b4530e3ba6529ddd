//! `claimflow pend`: work is laid aside until a day, and comes back by itself.

use claimflow_core::step::Input;
use claimflow_core::{Text, WorkItem, Zone};
use claimflow_runtime::ClaimView;
use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Global;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::style::Style;
use crate::render::words::{due, spoken};
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
    desk.engine.act(&arguments.id, input, &actor())?;
    let view = desk.engine.show(&arguments.id)?;
    let (today, zone) = (desk.engine.today(), &desk.practice.settings().calendar.zone);
    if global.json {
        out::json(&json(&view, zone))?;
    } else {
        out::print(&shown(&view, today, zone, Style::stdout()))?;
    }
    desk.close()?;
    Ok(Exit::Done)
}

/// The day on which an item comes back, while it is pended.
fn back(view: &ClaimView, item: &WorkItem, zone: &Zone) -> Option<Date> {
    view.state.pended_until(item.number).map(|until| zone.date(until))
}

fn json(view: &ClaimView, zone: &Zone) -> Value {
    let item = |item: &WorkItem| {
        json!({
            "item": item.number, "owner": item.owner, "category": item.category, "due": item.due,
            "pended_until": back(view, item, zone),
        })
    };
    let items: Vec<Value> = view.state.work_items.iter().map(item).collect();
    json!({ "id": view.summary.id, "state": view.summary.state, "work_items": items })
}

fn shown(view: &ClaimView, today: Date, zone: &Zone, style: Style) -> String {
    let (id, state) = (style.strong(view.summary.id.as_str()), style.warn(&spoken(&view.summary.state)));
    let mut text = format!("{id}  {state}\n");
    for item in &view.state.work_items {
        let what = format!("{}  {}", spoken(&item.owner), spoken(&item.category));
        match back(view, item, zone) {
            Some(day) => text.push_str(&format!("  pended: back {}  {what}\n", due(Some(day), today))),
            None => text.push_str(&format!("  waits for {what}  {}\n", due(item.due, today))),
        }
    }
    text
}
