//! `claimflow rules shadow report`: what rules in shadow would have done, and what became of those claims.

use std::collections::BTreeMap;

use claimflow_catalog::{SwitchEntry, SwitchKind};
use claimflow_core::{Calendar, Level, Moment, Money, Text};
use claimflow_rules::{Mode, RuleInfo};
use claimflow_runtime::ContentChange;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde::Serialize;

use super::switching::rules_of;
use crate::cli::Global;
use crate::decided::{is_decision, named};
use crate::exit::{Exit, Failure, Result};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang, money};
use crate::watched::{Watched, watched};

/// Look at rules in shadow
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Report(Report),
}

/// Show what rules in shadow would have done, and what became of those claims
///
/// A claim counts as denied when the payer has denied something of it, whatever became of that later; contractual
/// adjustments and what the patient bears are no denials.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules shadow report
  claimflow rules shadow report AET-TELE-95 --since 2026-09-01
  claimflow rules shadow report --pack aetna-extra --json")]
struct Report {
    /// Only this rule, or this decision table
    #[arg(value_name = "RULE")]
    rule: Option<Text>,
    /// Only rules of this pack
    #[arg(long, value_name = "NAME")]
    pack: Option<Text>,
    /// Only what was recorded on this day or later
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
}

/// A rule, as `--json` tells of it.
#[derive(Debug, Serialize)]
struct Row {
    rule: Text,
    pack: Text,
    /// How the rule stands now.
    mode: Mode,
    /// The first day of the report.
    since: Option<Date>,
    days: i64,
    claims: u64,
    by_level: BTreeMap<&'static str, u64>,
    denied: u64,
    denied_amount: Money,
    paid: u64,
    open: u64,
    /// Of a hundred decided claims, those denied.
    precision: Option<u64>,
    claim_ids: Vec<Text>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let Command::Report(arguments) = &arguments.command;
    let desk = global.open()?;
    for (kind, name) in [(SwitchKind::Rule, &arguments.rule), (SwitchKind::Pack, &arguments.pack)] {
        if let Some(name) = name {
            rules_of(desk.practice.generation(), kind, name)?;
        }
    }
    let calendar = &desk.practice.settings().calendar;
    let since = arguments.since.map_or(Moment::default(), |date| calendar.zone.moment(date, 0));
    let mut found = watched(&desk, since)?;
    let changes = desk.engine.content_changes()?;
    let today = desk.engine.today();
    let mut rows = Vec::new();
    for rule in desk.practice.generation().rules().all_rules() {
        let own = found.remove(&rule.id);
        if !is_wanted(rule, arguments) || (own.is_none() && rule.mode != Mode::Shadow) {
            continue;
        }
        let own = own.unwrap_or_default();
        let began = arguments.since.or_else(|| began(rule, &changes, calendar));
        let began = began.or(own.first.map(|at| calendar.date(at)));
        rows.push(row(rule, own, began, today));
    }
    if let (true, Some(name)) = (rows.is_empty(), arguments.rule.as_ref().or(arguments.pack.as_ref())) {
        return Err(Failure::failed(format!("nothing is in shadow, or was, under the name `{name}`"))
            .help("`claimflow rules shadow report` shows all that is"));
    }
    rows.sort_by(|a, b| (&a.pack, &a.rule).cmp(&(&b.pack, &b.rule)));
    if global.json {
        out::json(&serde_json::json!({ "rules": rows }))?;
    } else {
        out::print(&shown(&rows))?;
    }
    desk.close()?;
    Ok(Exit::Done)
}

fn is_wanted(rule: &RuleInfo, arguments: &Report) -> bool {
    let named = |name: &Text| rule.id == *name || rule.table == *name;
    arguments.rule.as_ref().is_none_or(named) && arguments.pack.as_ref().is_none_or(|pack| rule.pack == *pack)
}

/// The day on which the practice last put the rule, or its pack, into shadow; none when its author did.
fn began(rule: &RuleInfo, changes: &[ContentChange], calendar: &Calendar) -> Option<Date> {
    let about = |change: &&ContentChange| {
        let (_, name) = named(&change.record.subject);
        is_decision(change) && [&rule.id, &rule.table, &rule.pack].iter().any(|own| *own == name)
    };
    let shadow = |text: &str| SwitchEntry::parse(text).is_some_and(|own| own.mode == Some(Mode::Shadow));
    let mut began = changes.iter().filter(about).filter(|own| shadow(&own.record.after));
    began.next_back().map(|change| calendar.date(change.at))
}

fn row(rule: &RuleInfo, own: Watched, since: Option<Date>, today: Date) -> Row {
    Row {
        rule: rule.id.clone(),
        pack: rule.pack.clone(),
        mode: rule.mode,
        since,
        days: since.map_or(0, |since| claimflow_core::days_between(since, today).max(0) + 1),
        claims: own.count(),
        by_level: own.by_level.iter().map(|(level, count)| (level.as_str(), *count)).collect(),
        denied: own.denied,
        denied_amount: own.denied_amount,
        paid: own.paid,
        open: own.open,
        precision: own.precision(),
        claim_ids: own.claims,
    }
}

fn shown(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No rule is in shadow. `mode shadow` in a rule, or `claimflow rules demote RULE`, puts one there.\n"
            .to_owned();
    }
    let (style, width) = (Style::stdout(), page_width());
    let mut text = String::new();
    for row in rows {
        text.push_str(&hang("", &sentence(row), width));
        let now = match row.mode {
            Mode::Shadow => "in shadow",
            Mode::Live => "live by now",
            Mode::Off => "off by now",
        };
        let since = row.since.map(|since| format!(", since {since}")).unwrap_or_default();
        let mut facts = format!("pack {}, {now}{since}", row.pack);
        if !row.claim_ids.is_empty() {
            facts.push_str(&format!("; claims: {}", row.claim_ids.join(", ")));
        }
        for line in hang("  ", &facts, width).lines() {
            text.push_str(&format!("{}\n", style.faint(line)));
        }
    }
    text
}

/// What it would have done, and how that fits what the payer did.
fn sentence(row: &Row) -> String {
    let in_days = match row.days {
        0 => String::new(),
        days => format!(" in {}", count(days.unsigned_abs(), "day", "days")),
    };
    let done: Vec<String> =
        LEVELS.iter().filter_map(|level| Some(done(*level, *row.by_level.get(level.as_str())?))).collect();
    if done.is_empty() {
        return format!("{} would have done nothing{in_days}.", row.rule);
    }
    let mut text = format!("{} would have {}{in_days}", row.rule, done.join(" and "));
    let Some(percent) = row.precision else { return format!("{text}; nothing of them is decided yet.") };
    let so_many = |number: u64, one: &str, many: &str| match number {
        0 => format!("none {one}"),
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    };
    text.push_str(&format!("; {} denied", so_many(row.denied, "was", "were")));
    if row.denied > 0 {
        text.push_str(&format!(" (${})", money(row.denied_amount)));
    }
    text.push_str(&format!(", {} paid, ", so_many(row.paid, "was", "were")));
    text.push_str(&format!("{} open", so_many(row.open, "is", "are")));
    text.push_str(&format!(": {percent} % of the decided ones were denied."));
    text
}

/// From the firmest on.
const LEVELS: [Level; 8] = [
    Level::Deny,
    Level::Hold,
    Level::Warn,
    Level::Fix,
    Level::Categorize,
    Level::Assign,
    Level::Note,
    Level::Error,
];

fn done(level: Level, number: u64) -> String {
    let claims = count(number, "claim", "claims");
    match level {
        Level::Deny => format!("held {claims} for good"),
        Level::Hold => format!("held {claims}"),
        Level::Warn => format!("warned about {claims}"),
        Level::Fix => format!("corrected {claims}"),
        Level::Categorize => format!("categorized {claims} otherwise"),
        Level::Assign => format!("given {claims} to somebody else"),
        Level::Note => format!("noted something on {claims}"),
        Level::Error => format!("failed on {claims}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(by_level: &[(Level, u64)], denied: u64, paid: u64, open: u64) -> Row {
        let decided = denied + paid;
        Row {
            rule: "AET-TELE-95".into(),
            pack: "aetna".into(),
            mode: Mode::Shadow,
            since: None,
            days: 21,
            claims: denied + paid + open,
            by_level: by_level.iter().map(|(level, count)| (level.as_str(), *count)).collect(),
            denied,
            denied_amount: Money::from_cents(15_000 * i64::try_from(denied).unwrap()),
            paid,
            open,
            precision: (decided > 0).then(|| denied * 100 / decided),
            claim_ids: vec!["C1".into(), "C2".into()],
        }
    }

    #[test]
    fn the_sentence_says_what_would_have_been_and_what_was() {
        let rows = [
            row(&[(Level::Hold, 14)], 9, 3, 2),
            row(&[(Level::Warn, 3), (Level::Fix, 1)], 0, 4, 0),
            row(&[(Level::Hold, 1), (Level::Warn, 1)], 0, 0, 2),
            Row { days: 1, claim_ids: Vec::new(), ..row(&[], 0, 0, 0) },
        ];
        insta::assert_snapshot!(shown(&rows));
    }
}
