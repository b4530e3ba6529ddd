//! What is to do about a claim, and what people did.

use claimflow_core::event::Event;
use claimflow_core::{Moment, Text, WorkItem, Zone};
use serde_json::{Value, json};

use super::rules::{changes_json, changes_words};
use super::with_reason;
use crate::render::words::{local, spoken};

/// An event of people's work as data and in words.
pub(super) fn told(event: &Event, zone: &Zone) -> (Value, String) {
    match event {
        Event::Opened(item) => opened(item),
        Event::Closed { item, reason } => (
            json!({ "item": item, "reason": reason }),
            with_reason(&format!("work item {item} closed"), reason),
        ),
        Event::Reassigned { item, owner, reason } => {
            let words = with_reason(&format!("work item {item} goes to {}", spoken(owner)), reason);
            (json!({ "item": item, "owner": owner, "reason": reason }), words)
        }
        Event::Corrected { changes, reason } => {
            let words = with_reason(&format!("corrected: {}", changes_words(changes)), reason);
            (json!({ "changes": changes_json(changes), "reason": reason }), words)
        }
        Event::Replaced { source, .. } => {
            (json!({ "source": source }), "came in anew, with other content".to_owned())
        }
        Event::Released { rules, reason } => released(rules, reason),
        Event::Pended { item, until, reason } => pended(*item, *until, reason, zone),
        Event::DueAt { item, at } => (
            json!({ "item": item, "due_at": at }),
            format!("work item {item} is due at {}", local(*at, zone)),
        ),
        _ => (json!({}), String::new()),
    }
}

fn released(rules: &[Text], reason: &str) -> (Value, String) {
    let what = if rules.is_empty() {
        "released".to_owned()
    } else {
        let rules = rules.iter().map(Text::as_str).collect::<Vec<_>>().join(", ");
        format!("released in spite of {rules}")
    };
    (json!({ "rules": rules, "reason": reason }), with_reason(&what, reason))
}

/// An item that is laid aside, or comes back.
fn pended(item: u16, until: Option<Moment>, reason: &Text, zone: &Zone) -> (Value, String) {
    let day = until.map(|until| zone.date(until));
    let what = match day {
        Some(day) => format!("work item {item} pended until {day}"),
        None => format!("work item {item} is back"),
    };
    (json!({ "item": item, "until": day, "reason": reason }), with_reason(&what, reason))
}

fn opened(item: &WorkItem) -> (Value, String) {
    let due = item.due.map(|date| format!(", due {date}")).unwrap_or_default();
    let words = format!("work item {} for {}{due}: {}", item.number, spoken(&item.owner), item.ask);
    (item_json(item), words)
}

/// A work item, as `show --json` tells of it.
pub fn item_json(item: &WorkItem) -> Value {
    json!({
        "item": item.number, "owner": item.owner, "category": item.category, "ask": item.ask, "due": item.due,
        "opened": item.opened, "amount": item.amount, "rules": item.rules,
    })
}
