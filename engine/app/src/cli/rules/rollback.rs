//! `claimflow rules rollback`: undoes the last decision about a rule or pack.

use claimflow_catalog::{SwitchEntry, switch_entries};
use claimflow_core::Text;
use claimflow_runtime::ContentChange;
use clap::Args;

use super::switching::{Order, carry_out};
use crate::cli::Global;
use crate::decided::{self, UNDONE, is_decision, named};
use crate::exit::{Failure, Result};
use crate::render::words::moment;

/// Undo the last decision about a rule or pack: the one before it stands again
///
/// Called again, it undoes the one before that. What was installed with a pack is not undone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  claimflow rules rollback
  claimflow rules rollback --reason \"it held 40 claims in an hour\"")]
pub struct Arguments {
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: Text,
}

pub fn run(arguments: &Arguments, global: &Global) -> Result {
    carry_out(global, |desk, generation, text| {
        // What was edited by hand and is not in the journal yet is the last decision.
        decided::note(&desk.engine, text, generation.hash())?;
        let changes = desk.engine.content_changes()?;
        let Some(last) = last_standing(&changes) else {
            return Err(Failure::failed("nothing is decided about any rule, so there is nothing to undo")
                .help("`claimflow rules history` shows what was"));
        };
        let (kind, name) = named(&last.record.subject);
        let entries = switch_entries(text).unwrap_or_default();
        let now = entries.into_iter().find(|own| own.0 == kind && own.1 == name).map(|own| own.2);
        if now.map(|entry| entry.to_string()).unwrap_or_default() != last.record.after.as_str() {
            return Err(Failure::failed(format!("the entry of `{name}` is not as the journal has it"))
                .help("look at `rules.yaml` and `claimflow rules history`"));
        }
        let mut reason = format!("undoes \"{}\" of {}", last.record.action, moment(last.at));
        if !arguments.reason.trim().is_empty() {
            reason = format!("{} ({reason})", arguments.reason.trim());
        }
        Ok(Order {
            action: UNDONE,
            kind,
            name: Text::from(name),
            entry: SwitchEntry::parse(&last.record.before),
            reason: Text::from(reason),
        })
    })
}

/// The last decision that is not undone.
fn last_standing(changes: &[ContentChange]) -> Option<&ContentChange> {
    let mut standing = Vec::new();
    for change in changes.iter().filter(|change| is_decision(change)) {
        if change.record.action == UNDONE {
            standing.pop();
        } else {
            standing.push(change);
        }
    }
    standing.pop()
}
