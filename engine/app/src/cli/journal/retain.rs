//! `claimflow journal retain`: claims that have been over for as long as the practice keeps them leave the journal.

use std::ops::ControlFlow;

use claimflow_catalog::Retention;
use claimflow_core::Zone;
use claimflow_runtime::ROUND;
use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::Global;
use super::existing;
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::progress::Work;
use crate::render::style::Style;
use crate::render::table::{number, page_width, table, words};
use crate::render::words::{count, spoken, thousands, wrap};
use crate::retention::{Limit, Total, kept_words};
use crate::wire::{Desk, actor};

/// Of the claims, so many are named when nobody asks for all.
const NAMED: usize = 20;

/// Let go of claims that have been over for as long as the practice keeps them
///
/// Says what would go, and drops it only with `--apply`: for good, from the journal and the state. How long claims are kept is
/// `retention` in claimflow.yaml; without it everything is kept. `claimflow serve` drops by itself, once a day.
/// Inbox, outbox, backups and exports are not touched.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow journal retain
  claimflow journal retain --list
  claimflow journal retain --before 2019-01-01
  claimflow journal retain --apply
  claimflow journal retain --json")]
pub struct Retain {
    /// Drop it, for good
    #[arg(long)]
    apply: bool,
    /// Say what would go with another day than that of `retention`: what was over before it
    #[arg(long, value_name = "DATE", conflicts_with = "apply")]
    before: Option<Date>,
    /// Name every claim
    #[arg(long)]
    list: bool,
}

pub fn run(arguments: &Retain, global: &Global) -> Result {
    existing(global)?;
    let desk = global.open()?;
    let retained = retained(arguments, global, &desk);
    desk.close()?;
    retained
}

fn retained(arguments: &Retain, global: &Global, desk: &Desk) -> Result {
    let settings = desk.practice.settings();
    let zone = &settings.calendar.zone;
    let limit = match arguments.before {
        Some(day) => Some(Limit::on(day, zone)),
        None => Limit::of(desk)?,
    };
    let Some(limit) = limit else { return everything_is_kept(arguments.apply, global.json) };
    let most = if arguments.list { usize::MAX } else { NAMED };
    let total = if arguments.apply { apply(desk, limit, most)? } else { look(desk, limit, most)? };
    let retention = settings.retention.filter(|_| arguments.before.is_none());
    let shown = Shown { total: &total, limit, retention, zone, arguments };
    if global.json {
        out::json(&shown.json())?;
    } else {
        out::print(&shown.text(Style::stdout()))?;
    }
    Ok(Exit::Done)
}

fn look(desk: &Desk, limit: Limit, most: usize) -> Result<Total> {
    let work = Work::begin("reading the journal");
    let mut total = Total::default();
    desk.engine.retainable(limit.before, ROUND, &mut |round| {
        total.add(round, most);
        work.tell("claims that would go:", total.claims);
        ControlFlow::Continue(())
    })?;
    Ok(total)
}

fn apply(desk: &Desk, limit: Limit, most: usize) -> Result<Total> {
    let work = Work::begin("reading the journal");
    let mut total = Total::default();
    loop {
        let round = desk.engine.retain(limit.before, ROUND, &actor()).map_err(|error| {
            let gone =
                count(total.claims, "claim was dropped before that\n", "claims were dropped before that\n");
            Failure { details: gone, ..error.into() }
        })?;
        let more = round.more;
        total.add(round, most);
        work.tell("claims dropped:", total.claims);
        if !more {
            return Ok(total);
        }
    }
}

/// Without a time in the settings nothing is old enough.
fn everything_is_kept(apply: bool, as_json: bool) -> Result {
    let mend = "write `retention: 7y` into claimflow.yaml to keep claims for seven years after they are over; how long \
                your state and your contracts ask for is for you to find out";
    if apply {
        let refusal =
            "`retention` is not set in claimflow.yaml, so everything is kept, and nothing was dropped";
        return Err(Failure::failed(refusal).help(mend));
    }
    if as_json {
        out::json(&json!({
            "retention": null, "before": null, "applied": false, "claims": 0, "by": [], "from": null, "to": null,
            "segments": 0, "records": 0, "bytes": 0, "carried": 0, "kept_by": null, "kept_because": null,
        }))?;
        return Ok(Exit::Done);
    }
    let style = Style::stdout();
    out::print(&format!(
        "{}  `retention` is not set in claimflow.yaml\n{}\n  {} shows what has been over since before a day, and drops nothing\n",
        style.good("Everything is kept for good"),
        indented(mend),
        style.code("claimflow journal retain --before 2019-01-01"),
    ))?;
    Ok(Exit::Done)
}

fn indented(text: &str) -> String {
    let lines = wrap(text, page_width().saturating_sub(4));
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

struct Shown<'a> {
    total: &'a Total,
    limit: Limit,
    /// As the settings have it, where they say the day.
    retention: Option<Retention>,
    zone: &'a Zone,
    arguments: &'a Retain,
}

impl Shown<'_> {
    fn kept(&self) -> Option<String> {
        self.total.kept_by.as_ref().map(|kept_by| kept_words(kept_by, self.retention, self.zone))
    }

    fn json(&self) -> Value {
        let total = self.total;
        let by: Vec<_> = total
            .by
            .iter()
            .map(|((state, payer), claims)| json!({ "state": state, "payer": payer, "claims": claims }))
            .collect();
        let mut answer = json!({
            "retention": self.retention.map(|retention| retention.to_string()),
            "before": self.limit.day,
            "applied": self.arguments.apply,
            "claims": total.claims,
            "by": by,
            "from": total.from,
            "to": total.to,
            "segments": total.segments,
            "records": total.records,
            "bytes": total.bytes,
            "carried": total.carried,
            "kept_by": total.kept_by,
            "kept_because": self.kept(),
        });
        if self.arguments.list {
            answer["ids"] = json!(total.ids);
        }
        answer
    }

    fn text(&self, style: Style) -> String {
        let mut text = if self.total.segments == 0 { self.nothing(style) } else { self.gone(style) };
        if let Some(kept) = self.kept() {
            text.push_str(&indented(&format!("the rest stays: {kept}")));
            text.push('\n');
        }
        if self.total.segments > 0 && self.total.claims > 0 {
            text.push_str(self.after());
        }
        text
    }

    /// How long claims are kept, where it is not a day that was asked about.
    fn kept_for(&self) -> String {
        match self.retention {
            Some(retention) => format!("; claims are kept for {} after that", retention.words()),
            None => String::new(),
        }
    }

    fn nothing(&self, style: Style) -> String {
        let would = if self.arguments.apply { "Nothing is dropped" } else { "Nothing would go" };
        let (day, kept_for) = (self.limit.day, self.kept_for());
        format!(
            "{}\n{}\n",
            style.good(would),
            indented(&format!(
                "no part of the journal holds only claims that were over before {day}{kept_for}"
            ))
        )
    }

    fn gone(&self, style: Style) -> String {
        let total = self.total;
        let verb =
            if self.arguments.apply { ("is dropped", "are dropped") } else { ("would go", "would go") };
        let claims = count(total.claims, &format!("claim {}", verb.0), &format!("claims {}", verb.1));
        let (day, kept_for) = (self.limit.day, self.kept_for());
        let mut text = format!("{}  over before {day}{kept_for}\n", style.strong(&claims));
        if let (Some(from), Some(to)) = (total.from, total.to) {
            text.push_str(&format!(
                "  with all that happened to them, from {} to {}\n",
                self.zone.date(from),
                self.zone.date(to)
            ));
        }
        let parts = count(total.segments, "part", "parts");
        let records = count(total.records, "record", "records");
        text.push_str(&format!(
            "  of the journal: {parts} with {records}; {} bytes get free\n",
            thousands(&total.bytes.to_string())
        ));
        if total.carried > 0 {
            let stay = count(total.carried, "record", "records");
            text.push_str(&format!(
                "  kept all the same: {stay} of which files came in and who changed rules\n"
            ));
        }
        text.push_str(&self.counts(style));
        text
    }

    fn counts(&self, style: Style) -> String {
        let rows: Vec<_> = self
            .total
            .by
            .iter()
            .map(|((state, payer), claims)| {
                vec![spoken(state).into(), payer.as_str().into(), thousands(&claims.to_string()).into()]
            })
            .collect();
        if rows.is_empty() {
            return String::new();
        }
        let columns = [words("state"), words("payer"), number("claims")];
        let mut text = format!("\n{}\n", table(&columns, &rows, style, page_width()));
        let ids: Vec<&str> = self.total.ids.iter().map(|id| &**id).collect();
        let more = self.total.claims.saturating_sub(ids.len() as u64);
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {} more (--list)", thousands(&more.to_string()))
        };
        text.push_str(&indented(&format!("{}{more}", ids.join(", "))));
        text.push_str("\n\n");
        text
    }

    fn after(&self) -> &'static str {
        match (self.arguments.apply, self.arguments.before) {
            (true, _) => {
                "  Files in inbox/ and outbox/, backups and exports may still hold these claims: docs/retention.md lists where.\n"
            }
            (false, None) => {
                "  Nothing was dropped. `claimflow journal retain --apply` drops it, for good.\n"
            }
            (false, Some(_)) => {
                "  Nothing was dropped, and nothing is for that day: `retention` in claimflow.yaml says how long claims are kept.\n"
            }
        }
    }
}
