//! `claimflow timers`: what falls due when, so that whoever runs the practice's machine sees that time works.

use claimflow_core::{Moment, Zone};
use claimflow_runtime::Timetable;
use clap::Args;
use jiff::ToSpan;
use serde_json::json;

use super::Global;
use crate::exit::{Exit, Result};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::{Tone, page_width, table, words};
use crate::render::words::{count, local, spoken, thousands};

/// Show what falls due when: how many deadlines, and the next of them
///
/// A deadline is what a claim waits for at most: an answer, somebody's work before it escalates, the day on which pended
/// work comes back. `claimflow serve` acts on each when it runs out; those under `due now` wait for it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow timers
  claimflow timers --limit 50
  claimflow timers --json | jq .due_now")]
pub struct Arguments {
    /// Show at most so many of the next deadlines
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let (now, today) = (desk.engine.now(), desk.engine.today());
    let calendar = &desk.practice.settings().calendar;
    let in_days = |days: i64| calendar.end_of(today.saturating_add(days.days()));
    let until = [Moment(now.0.saturating_add(1)), in_days(0), in_days(7)];
    let found = desk.engine.timetable(&until, arguments.limit)?;
    let shown = Shown { found: &found, now, zone: &calendar.zone };
    if global.json {
        out::json(&shown.json())?;
    } else {
        out::print(&shown.text(Style::stdout(), page_width()))?;
    }
    desk.close()?;
    Ok(Exit::Done)
}

struct Shown<'a> {
    found: &'a Timetable,
    now: Moment,
    zone: &'a Zone,
}

impl Shown<'_> {
    /// Due now, later today, within seven days, later.
    fn counts(&self) -> [u64; 4] {
        std::array::from_fn(|place| self.found.counts.get(place).copied().unwrap_or_default())
    }

    fn json(&self) -> serde_json::Value {
        let [due_now, today, week, later] = self.counts();
        let next: Vec<_> = self
            .found
            .next
            .iter()
            .map(|own| json!({ "at": own.at, "id": own.id, "state": own.state, "owner": owner(&own.owner) }))
            .collect();
        json!({
            "now": self.now, "time_zone": self.zone.name(), "deadlines": due_now + today + week + later,
            "due_now": due_now, "later_today": today, "within_7_days": week, "later": later, "next": next,
        })
    }

    fn text(&self, style: Style, width: usize) -> String {
        let [due_now, today, week, later] = self.counts();
        let clock = format!("{} in {}", local(self.now, self.zone), self.zone);
        let total = due_now + today + week + later;
        if total == 0 {
            return format!("It is {clock}. No claim has a deadline.\n");
        }
        let mut text = format!("It is {clock}. {} wait.\n\n", count(total, "deadline", "deadlines"));
        let lines = [("due now", due_now), ("later today", today), ("within 7 days", week), ("later", later)];
        for (what, number) in lines {
            text.push_str(&format!("  {what:<13} {:>9}\n", thousands(&number.to_string())));
        }
        if due_now > 0 {
            let words = "`claimflow serve` acts on what is due as soon as it runs";
            text.push_str(&format!("  {}\n", style.warn(words)));
        }
        let rows: Vec<Vec<_>> = self
            .found
            .next
            .iter()
            .map(|own| {
                vec![
                    local(own.at, self.zone).into(),
                    crate::render::table::Cell::toned(own.id.as_str(), Tone::Strong),
                    spoken(&own.state).into(),
                    spoken(&own.owner).into(),
                ]
            })
            .collect();
        let columns = [words("next"), words("claim"), words("waits in"), words("for")];
        if !rows.is_empty() {
            text.push_str(&format!("\n{}", table(&columns, &rows, style, width)));
        }
        text
    }
}

fn owner(owner: &str) -> Option<&str> {
    Some(owner).filter(|owner| !owner.is_empty())
}
