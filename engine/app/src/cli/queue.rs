//! `claimflow queue`: who has what to do, by due date.

use claimflow_core::event::Event;
use claimflow_core::{Moment, Money, Text};
use claimflow_runtime::{Engine, INCIDENT, QueueRow, UNREADABLE_RECORD, WAITING_PAYMENT};
use clap::Args;
use jiff::civil::Date;
use serde::Serialize;

use super::Global;
use super::known::known_owner;
use crate::exit::{Exit, Result};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, due, hang, money, spoken};
use crate::wire::Desk;

/// Show who has what to do: the most urgent first, then what is worth most
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow queue
  claimflow queue front_desk
  claimflow queue billing --json
  claimflow queue --pended

Work it off with `claimflow correct`, `release` and `resolve`; `claimflow explain CLAIM` says why it is here.")]
pub struct Arguments {
    /// Only this owner's, as front_desk or billing
    #[arg(value_name = "OWNER")]
    owner: Option<Text>,
    /// What is pended instead: until when it lies aside, and why
    #[arg(long)]
    pended: bool,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// A work item, as `queue --json` tells of it.
#[derive(Debug, Serialize)]
struct Row {
    id: Text,
    item: u16,
    owner: Text,
    category: Text,
    ask: Text,
    due: Option<Date>,
    due_at: Option<Moment>,
    overdue: bool,
    pended_until: Option<Date>,
    pended_because: Text,
    amount: Money,
    state: Text,
    payer: Text,
    opened: Option<Moment>,
}

#[derive(Debug, Serialize)]
struct Answer<'a> {
    items: &'a [Row],
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    if let Some(owner) = &arguments.owner {
        known_owner(owner, &desk)?;
    }
    let owner = arguments.owner.as_deref();
    let all = if arguments.pended { desk.engine.queue_pended(owner)? } else { desk.engine.queue(owner)? };
    let today = desk.engine.today();
    let wanted = if global.json { all.len() } else { arguments.limit };
    let total = all.len();
    let rows: Vec<Row> =
        all.into_iter().take(wanted).map(|row| Row::new(row, &desk, today)).collect::<Result<_>>()?;
    desk.close()?;
    if global.json {
        out::json(&Answer { items: &rows })?;
    } else {
        out::print(&shown(&rows, total, today, Style::stdout(), page_width()))?;
    }
    Ok(Exit::Done)
}

impl Row {
    fn new(row: QueueRow, desk: &Desk, today: Date) -> Result<Self> {
        let Told { ask, opened, due_at, pended_because } = told(&row, &desk.engine)?;
        let late = row.item.due.is_some_and(|due| due < today);
        let zone = &desk.practice.settings().calendar.zone;
        Ok(Self {
            id: row.id,
            item: row.item.number,
            owner: row.item.owner,
            category: row.item.category,
            ask,
            due: row.item.due,
            due_at,
            overdue: row.pended.is_none() && (late || due_at.is_some_and(|due| due <= desk.engine.now())),
            pended_until: row.pended.map(|until| zone.date(until)),
            pended_because,
            amount: row.item.amount,
            state: row.state,
            payer: row.payer,
            opened,
        })
    }
}

impl Row {
    /// When it is due; of pended work, when it comes back.
    fn when(&self, today: Date) -> String {
        match self.pended_until {
            Some(_) => format!("back {}", due(self.pended_until, today)),
            None => due(self.due, today),
        }
    }
}

/// What the claim itself says of a work item.
#[derive(Default)]
struct Told {
    ask: Text,
    opened: Option<Moment>,
    due_at: Option<Moment>,
    pended_because: Text,
}

/// What is to be done with a remittance that waits.
fn parked_ask(row: &QueueRow) -> &'static str {
    match row.state.as_str() {
        WAITING_PAYMENT => {
            "A payment has waited long for its claim. Take the claim in (its system sent it, or the number differs), or \
             ask the payer whose it is; `claimflow resolve` closes it."
        }
        UNREADABLE_RECORD => {
            "A remittance that waits cannot be read: its record is damaged, and nothing of it was posted. Restore what \
             `claimflow journal verify` names, or post it from the payer's own file; then `claimflow resolve` closes it."
        }
        _ => {
            "The remittance does not add up, so nothing of it was posted. Ask the payer for a corrected one."
        }
    }
}

fn told(row: &QueueRow, engine: &Engine) -> Result<Told> {
    if row.id.starts_with(claimflow_runtime::PARKED_PREFIX) {
        return Ok(Told { ask: Text::const_new(parked_ask(row)), ..Told::default() });
    }
    if row.item.category == INCIDENT && row.item.number == 0 {
        return told_incident(row, engine);
    }
    let view = match engine.show(&row.id) {
        Ok(view) => view,
        // One claim that cannot be read keeps nobody from their queue.
        Err(error) => {
            let ask = format!("{error}; `claimflow journal verify` names what is damaged");
            return Ok(Told { ask: Text::from(ask), ..Told::default() });
        }
    };
    let item = view.state.work_items.iter().find(|item| item.number == row.item.number);
    let time = view.state.times.iter().find(|time| time.item == row.item.number);
    let events = view.chapters.iter().rev().flat_map(|chapter| chapter.events.iter().rev());
    let mut reasons = events.filter_map(|event| match event {
        Event::Pended { item, until: Some(_), reason } if *item == row.item.number => Some(reason),
        _ => None,
    });
    Ok(Told {
        ask: item.map(|item| item.ask.clone()).unwrap_or_default(),
        opened: item.map(|item| item.opened),
        due_at: time.and_then(|time| time.due),
        pended_because: row.pended.and_then(|_| reasons.next().cloned()).unwrap_or_default(),
    })
}

fn told_incident(row: &QueueRow, engine: &Engine) -> Result<Told> {
    let own = engine.incidents_of(engine.incident_number(&row.id)?)?;
    let Some(first) = own.as_ref().and_then(|own| own.incidents.first()) else { return Ok(Told::default()) };
    let ask = format!("{}. To do: {}: `claimflow retry {}`.", first.message, first.cause.mend(), row.id);
    Ok(Told { ask: Text::from(ask), opened: Some(first.since), ..Told::default() })
}

fn shown(rows: &[Row], total: usize, today: Date, style: Style, width: usize) -> String {
    if rows.is_empty() {
        return "Nothing to do.\n".to_owned();
    }
    let widest =
        |of: &dyn Fn(&Row) -> String| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let (ids, dates) = (widest(&|row| row.id.to_string()), widest(&|row| row.when(today)));
    let (owners, kinds) = (widest(&|row| spoken(&row.owner)), widest(&|row| spoken(&row.category)));
    let mut text = String::new();
    for row in rows {
        let when = format!("{:<dates$}", row.when(today));
        let when = if row.overdue { style.bad(&when) } else { style.warn(&when) };
        let id = style.strong(&format!("{:<ids$}", row.id));
        let (owner, kind) = (spoken(&row.owner), spoken(&row.category));
        let amount = money(row.amount);
        text.push_str(&format!("{id}  {when}  {owner:<owners$}  {kind:<kinds$}  {amount:>10}\n"));
        text.push_str(&hang("    ", &row.ask, width));
        if !row.pended_because.is_empty() {
            text.push_str(&hang("    ", &format!("Pended: {}", row.pended_because), width));
        }
    }
    text.push_str(&format!("\n{}", count(total as u64, "item", "items")));
    let late = rows.iter().filter(|row| row.overdue).count() as u64;
    if late > 0 {
        text.push_str(&format!(", {}", style.bad(&count(late, "overdue", "overdue"))));
    }
    if rows.len() < total {
        text.push_str(&format!("; the first {} are shown, `--limit {total}` shows all", rows.len()));
    }
    text.push('\n');
    text
}
