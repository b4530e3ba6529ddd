//! What happened to a claim: each event as data for programs and in words for people.

mod aside;
mod migrated;
mod payer;
mod rules;
#[cfg(test)]
mod tests;
mod work;

use claimflow_core::event::Event;
use claimflow_core::workflow::WorkflowRef;
use claimflow_core::{Moment, Text, Zone};
use claimflow_runtime::Chapter;
use serde_json::{Map, Value, json};

use self::aside::Aside;
use self::migrated::migrated;
pub use self::payer::denials_json;
pub use self::rules::{changes_json, changes_words};
pub use self::work::item_json;
use super::style::Style;
use super::words::{hang, local, spoken};

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// Who or what.
    pub actor: Text,
    /// The event's name.
    pub event: &'static str,
    /// What it carries, by name.
    pub data: Map<String, Value>,
    /// It in words; empty when the next entry says the same and more.
    pub words: String,
}

impl Entry {
    /// As `show --json` tells of it.
    pub fn json(&self) -> Value {
        let mut map = self.data.clone();
        map.insert("at".to_owned(), json!(self.at));
        map.insert("actor".to_owned(), json!(self.actor));
        map.insert("event".to_owned(), json!(self.event));
        Value::Object(map)
    }
}

/// Every event of a claim, oldest first.
pub fn entries(chapters: &[Chapter], zone: &Zone) -> Vec<Entry> {
    let mut all = Vec::new();
    let mut aside = Aside::default();
    for chapter in chapters {
        let events = &chapter.events;
        for (place, event) in events.iter().enumerate() {
            let (mut data, mut words) = told(event, zone);
            if let Some(until) = aside.ended_by(event) {
                // Nobody is to wonder where the work went that was to come back on that day.
                words.push_str(&format!("; it was pended until {}", zone.date(until)));
                data["pended_until"] = json!(zone.date(until));
            }
            // A state that only runs a stage says less than the stage's own entry.
            if matches!(event, Event::Entered { note, .. } if note.is_empty())
                && matches!(events.get(place + 1), Some(Event::Evaluated { .. }))
            {
                words.clear();
            }
            let data = match data {
                Value::Object(map) => map,
                _ => Map::new(),
            };
            all.push(Entry {
                at: chapter.at,
                actor: chapter.actor.clone(),
                event: event.name(),
                data,
                words,
            });
        }
    }
    all
}

/// The entries in words; the time and who acted are said once for what happened together.
pub fn timeline(entries: &[Entry], zone: &Zone, style: Style, width: usize) -> String {
    let mut text = String::new();
    let mut before: Option<(Moment, &Text)> = None;
    let mut said: &str = "";
    for entry in entries.iter().filter(|entry| !entry.words.is_empty()) {
        let now = (entry.at, &entry.actor);
        // A file answers each of its envelopes in the same words.
        if before == Some(now) && said == entry.words {
            continue;
        }
        said = &entry.words;
        if before != Some(now) {
            text.push_str(&format!("  {}  {}\n", local(entry.at, zone), style.faint(&entry.actor)));
            before = Some(now);
        }
        text.push_str(&hang("      ", &entry.words, width));
    }
    text
}

/// An event as data and in words.
fn told(event: &Event, zone: &Zone) -> (Value, String) {
    match event {
        Event::Received { workflow, source, history, .. } => received(workflow, source, *history),
        Event::Entered { state, deadline, note } => entered(state, *deadline, note, zone),
        Event::Evaluated { .. } | Event::Shadowed { .. } => rules::told(event),
        Event::Queued { .. }
        | Event::Submitted(_)
        | Event::Acknowledged(_)
        | Event::Remitted(_)
        | Event::Posted(_)
        | Event::Denied { .. } => payer::told(event),
        Event::Opened(_)
        | Event::Closed { .. }
        | Event::Reassigned { .. }
        | Event::Corrected { .. }
        | Event::Replaced { .. }
        | Event::Released { .. }
        | Event::Pended { .. }
        | Event::DueAt { .. } => work::told(event, zone),
        Event::Set { .. }
        | Event::Requested(_)
        | Event::Performed { .. }
        | Event::Failed { .. }
        | Event::Called { .. }
        | Event::Returned { .. } => super::flowed::told(event, zone),
        Event::Happened { name, reason } => {
            (json!({ "name": name, "reason": reason }), with_reason(&happened(name), reason))
        }
        // What follows from it is told when it happens.
        Event::Deadline { at } => (json!({ "deadline": at }), String::new()),
        Event::Migrated(migration) => migrated(migration, zone),
        Event::Unfit { what } => (json!({ "what": what }), format!("kept, changed nothing: {what}")),
    }
}

fn received(workflow: &WorkflowRef, source: &Text, history: bool) -> (Value, String) {
    let how = if history { "received; another system had sent it" } else { "received" };
    let data = json!({ "workflow": workflow.name, "version": workflow.version, "source": source, "history": history });
    (data, how.to_owned())
}

fn entered(state: &Text, deadline: Option<Moment>, note: &Text, zone: &Zone) -> (Value, String) {
    let mut words = format!("→ {}", spoken(state));
    if !note.is_empty() {
        words.push_str(&format!(": {note}"));
    }
    if let Some(at) = deadline {
        words.push_str(&format!(", at most until {}", zone.date(at)));
    }
    (json!({ "state": state, "deadline": deadline, "note": note }), words)
}

fn happened(name: &str) -> String {
    match name {
        claimflow_core::state::TIMER => "time ran out".to_owned(),
        "new-fact" => "the registers say something new".to_owned(),
        other => spoken(other),
    }
}

fn with_reason(what: &str, reason: &str) -> String {
    if reason.is_empty() { what.to_owned() } else { format!("{what} ({reason})") }
}
