//! `claimflow retry`: claims that could not go on are tried again, one by one or in bulk.

use claimflow_core::{Moment, Text};
use claimflow_runtime::{Cause, Engine, IncidentFilter, IncidentRow, Retried, RetryOutcome};
use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Global;
use super::known::known;
use crate::exit::{Exit, Failure, Result};
use crate::render::incidents::{incident_json, who_and_why};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::page_width;
use crate::render::words::{count, hang, spoken};
use crate::wire::actor;

/// Try claims with an incident again, or close the incident
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow retry CLAIM0042
  claimflow retry --all --cause rule-error       after the rule was mended
  claimflow retry --all --since 2026-03-02 --dry-run
  claimflow retry CLAIM0042 --close --reason \"payer took the payment back\"

What failed and what has come to the claim since is taken in, in order. A claim that still fails keeps everything.
`--close` gives up what failed; it stays in the journal, and what came after it is taken in.
Exit code 1: some still fail. `claimflow claims --incident` lists them with the causes.")]
pub struct Arguments {
    /// The claims' numbers (CLM01)
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<Text>,
    /// Every claim with an incident
    #[arg(long)]
    all: bool,
    /// Only incidents of this cause, as rule-error or action-failed
    #[arg(long, value_name = "CODE", requires = "all")]
    cause: Option<Text>,
    /// Only incidents that came up on this day or later
    #[arg(long, value_name = "DATE", requires = "all")]
    since: Option<Date>,
    /// Say what would be tried, and try nothing
    #[arg(long)]
    dry_run: bool,
    /// Close the incident without trying again
    #[arg(long, requires = "reason", conflicts_with = "all")]
    close: bool,
    /// Why it is closed
    #[arg(long, value_name = "TEXT", requires = "close")]
    reason: Option<Text>,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let filter = IncidentFilter {
        cause: cause(arguments.cause.as_deref())?,
        since: arguments.since.map(Moment::start_of),
    };
    let reason = arguments.reason.as_deref().unwrap_or_default().trim();
    if arguments.close && reason.is_empty() {
        return Err(Failure::usage("closing an incident needs a reason").help("write why after `--reason`"));
    }
    let desk = global.open()?;
    let numbers = wanted(arguments, &filter, &desk.engine)?;
    if arguments.dry_run {
        let rows: Vec<IncidentRow> = numbers
            .iter()
            .filter_map(|number| desk.engine.incidents_of(*number).transpose())
            .collect::<Result<_, _>>()?;
        desk.close()?;
        told(&rows, global.json)?;
        return Ok(Exit::Done);
    }
    let done = if arguments.close {
        desk.engine.close_incidents(&numbers, reason, &actor())?
    } else {
        desk.engine.retry(&numbers, &actor())?
    };
    desk.perform()?;
    desk.close()?;
    let failing = done.iter().any(|own| matches!(own.outcome, RetryOutcome::Failing(_)));
    if global.json {
        out::json(&json!({ "claims": done.iter().map(retried_json).collect::<Vec<_>>() }))?;
    } else {
        out::print(&shown(&done, arguments.close, Style::stdout(), page_width()))?;
    }
    let skipped_one =
        !arguments.all && done.iter().any(|own| matches!(own.outcome, RetryOutcome::Skipped(_)));
    Ok(Exit::problems(failing || skipped_one))
}

/// A cause from its code.
pub(super) fn cause(code: Option<&str>) -> Result<Option<Cause>> {
    let Some(code) = code else { return Ok(None) };
    let codes: Vec<&str> = Cause::ALL.iter().map(|cause| cause.code()).collect();
    known("cause", code, &codes)?;
    Ok(Cause::parse(code))
}

/// The internal numbers of the claims meant, each once.
fn wanted(arguments: &Arguments, filter: &IncidentFilter, engine: &Engine) -> Result<Vec<u64>> {
    if arguments.all {
        return Ok(engine.incidents(filter)?.iter().map(|row| row.number).collect());
    }
    let mut numbers = Vec::with_capacity(arguments.ids.len());
    for id in &arguments.ids {
        let number = engine.incident_number(id)?;
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

fn told(rows: &[IncidentRow], json: bool) -> Result<()> {
    if json {
        return out::json(&json!({ "would_retry": rows.iter().map(incident_json).collect::<Vec<_>>() }));
    }
    let (style, width) = (Style::stdout(), page_width());
    let mut text = format!("{} would be tried again\n", count(rows.len() as u64, "claim", "claims"));
    rows.iter().for_each(|row| text.push_str(&who_and_why(row, style, width)));
    out::print(&text)
}

fn retried_json(own: &Retried) -> Value {
    match &own.outcome {
        RetryOutcome::Done { state } => json!({ "id": own.id, "result": "done", "state": state }),
        RetryOutcome::Skipped(why) => json!({ "id": own.id, "result": "skipped", "why": why }),
        RetryOutcome::Failing(incidents) => json!({
            "id": own.id,
            "result": "failing",
            "incidents": incidents.iter().map(crate::render::incidents::one_json).collect::<Vec<_>>(),
        }),
    }
}

fn shown(done: &[Retried], closed: bool, style: Style, width: usize) -> String {
    if done.is_empty() {
        return "No claim has such an incident.\n".to_owned();
    }
    let mut text = String::new();
    let (mut well, mut failing, mut skipped) = (0_u64, 0_u64, 0_u64);
    for own in done {
        let id = style.strong(&own.id);
        match &own.outcome {
            RetryOutcome::Done { state } => {
                well += 1;
                let word = if closed { "closed" } else { "goes on" };
                text.push_str(&format!("{id}  {}  {}\n", style.good(word), spoken(state)));
            }
            RetryOutcome::Skipped(why) => {
                skipped += 1;
                text.push_str(&format!("{id}  {}\n{}", style.faint("skipped"), hang("    ", why, width)));
            }
            RetryOutcome::Failing(incidents) => {
                failing += 1;
                text.push_str(&format!("{id}  {}\n", style.bad("still fails")));
                for incident in incidents {
                    let what = format!("{}: {}", incident.cause.code(), incident.message);
                    text.push_str(&hang("    ", &what, width));
                }
            }
        }
    }
    let word = if closed { "closed" } else { "done" };
    text.push_str(&format!("\n  {well} {word}, {failing} still failing, {skipped} skipped\n"));
    text
}
