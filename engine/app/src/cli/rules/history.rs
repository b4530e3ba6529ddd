//! `claimflow rules history`: who changed what decides, when and why.

use claimflow_catalog::{Generation, SwitchKind};
use claimflow_core::{Moment, Text, Zone};
use claimflow_runtime::ContentChange;
use clap::Args;
use serde::Serialize;

use super::switching::rules_of;
use crate::cli::Global;
use crate::cli::known::known;
use crate::decided::named;
use crate::exit::{Exit, Result};
use crate::render::out;
use crate::render::style::Style;
use crate::render::table::{Cell, Tone, page_width, prose, table, words};
use crate::render::words::local;

/// Show who changed what decides, when and why: rules promoted or switched off, packs installed
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules history
  claimflow rules history AET-TELE-95
  claimflow rules history --pack aetna-extra --json")]
pub struct Arguments {
    /// Only this rule
    #[arg(value_name = "RULE")]
    rule: Option<Text>,
    /// Only this pack
    #[arg(long, value_name = "NAME", conflicts_with = "rule")]
    pack: Option<Text>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    at: Moment,
    actor: &'a str,
    action: &'a str,
    subject: &'a str,
    before: &'a str,
    after: &'a str,
    reason: &'a str,
    generation: &'a str,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    let desk = global.open()?;
    let mut changes = desk.engine.content_changes()?;
    changes.retain(|change| {
        let (_, name) = named(&change.record.subject);
        arguments.rule.as_ref().or(arguments.pack.as_ref()).is_none_or(|wanted| name == wanted)
    });
    // A rule or pack that is gone may still have been decided about.
    if changes.is_empty() {
        refuse_unknown(arguments, desk.practice.generation())?;
    }
    // The latest first: it is what people ask for.
    changes.reverse();
    if global.json {
        let rows: Vec<Row<'_>> = changes.iter().map(row).collect();
        out::json(&serde_json::json!({ "changes": rows }))?;
    } else {
        out::print(&shown(&changes, &desk.practice.settings().calendar.zone))?;
    }
    desk.close()?;
    Ok(Exit::Done)
}

fn refuse_unknown(arguments: &Arguments, generation: &Generation) -> Result<()> {
    if let Some(rule) = &arguments.rule {
        rules_of(generation, SwitchKind::Rule, rule)?;
    }
    let packs: Vec<&str> = generation.packs().iter().map(|own| own.name.as_str()).collect();
    arguments.pack.as_ref().map_or(Ok(()), |pack| known("pack", pack, &packs))
}

fn row(change: &ContentChange) -> Row<'_> {
    let own = &change.record;
    Row {
        at: change.at,
        actor: &change.actor,
        action: &own.action,
        subject: &own.subject,
        before: &own.before,
        after: &own.after,
        reason: &own.reason,
        generation: &own.generation,
    }
}

fn shown(changes: &[ContentChange], zone: &Zone) -> String {
    if changes.is_empty() {
        return "Nothing was decided: every rule is as its author wrote it.\n".to_owned();
    }
    let rows: Vec<Vec<Cell>> = changes
        .iter()
        .map(|change| {
            vec![
                Cell::from(local(change.at, zone)),
                Cell::from(change.actor.as_str()),
                Cell::from(change.record.action.as_str()),
                Cell::toned(change.record.subject.as_str(), Tone::Strong),
                Cell::from(change.record.reason.as_str()),
            ]
        })
        .collect();
    let columns = [words("when"), words("who"), words("what"), words("about"), prose("why")];
    table(&columns, &rows, Style::stdout(), page_width())
}
