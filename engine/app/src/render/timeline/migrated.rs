//! A claim's move to another version of its workflow.

use claimflow_core::Zone;
use claimflow_core::migration::{Migration, Place};
use serde_json::{Value, json};

use super::with_reason;
use crate::render::words::spoken;

/// A move to another version, with what of the claim's place is another by it.
pub(super) fn migrated(migration: &Migration, zone: &Zone) -> (Value, String) {
    let Migration { batch, from, to, back, reason } = migration;
    let (old, new) = (&from.workflow, &to.workflow);
    let what = match (old.version == new.version, back) {
        (false, false) => {
            format!("moved from version {} of {} to version {}", old.version, old.name, new.version)
        }
        (true, false) => format!("moved to version {} of {} as it is written now", new.version, new.name),
        (_, true) => format!("moved back to version {} of {}", new.version, new.name),
    };
    let mut words = format!("{what} ({batch})");
    if from.state != to.state {
        words.push_str(&format!(": {} → {}", spoken(&from.state), spoken(&to.state)));
    }
    match (from.deadline, to.deadline) {
        (before, Some(at)) if before != Some(at) => {
            words.push_str(&format!(", now at most until {}", zone.date(at)));
        }
        (Some(_), None) => words.push_str(", now without a deadline"),
        _ => {}
    }
    let place = |own: &Place| {
        json!({
            "workflow": own.workflow.name, "version": own.workflow.version, "hash": own.workflow.hash,
            "state": own.state, "deadline": own.deadline,
        })
    };
    let data = json!({
        "batch": batch, "from": place(from), "to": place(to), "back": back, "reason": reason,
    });
    (data, with_reason(&words, reason))
}
