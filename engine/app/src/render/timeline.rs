//! What happened to a claim: each event as data for programs and in words for people.

use claimflow_core::event::{Event, Posting, Remitted, Submission};
use claimflow_core::migration::Migration;
use claimflow_core::{
    Acknowledgment, AcknowledgmentKind, Change, Denial, Finding, Level, Moment, Text, WorkItem, Zone, field,
};
use claimflow_runtime::Chapter;
use serde_json::{Map, Value, json};

use super::style::Style;
use super::words::{count, hang, local, money, spoken};

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
    for chapter in chapters {
        let events = &chapter.events;
        for (place, event) in events.iter().enumerate() {
            let (data, mut words) = told(event, zone);
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
        Event::Received { workflow, source, history, .. } => {
            let how = if *history { "received; another system had sent it" } else { "received" };
            let data = json!({ "workflow": workflow.name, "version": workflow.version, "source": source, "history": history });
            (data, how.to_owned())
        }
        Event::Entered { state, deadline, note } => entered(state, *deadline, note, zone),
        Event::Evaluated { stage, considered, changes, findings, outcome, rules } => {
            let data = json!({
                "stage": stage, "rules": rules, "considered": considered, "outcome": outcome,
                "fired": findings.iter().map(|finding| &finding.rule).collect::<Vec<_>>(),
                "changes": changes_json(changes),
            });
            (data, evaluated(stage.as_str(), *considered, changes, findings, outcome))
        }
        Event::Queued { sent_as, changes } => {
            (json!({ "sent_as": sent_as, "changes": changes_json(changes) }), queued(changes))
        }
        Event::Submitted(submission) => submitted(submission),
        Event::Acknowledged(answer) => acknowledged(answer),
        Event::Remitted(remitted) => remitted_told(remitted),
        Event::Posted(posting) => posted(posting),
        Event::Denied { denials } => denied(denials),
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
        Event::Released { rules, reason } => {
            let rules_words = rules.iter().map(Text::as_str).collect::<Vec<_>>().join(", ");
            let what = if rules.is_empty() {
                "released".to_owned()
            } else {
                format!("released in spite of {rules_words}")
            };
            let words = with_reason(&what, reason);
            (json!({ "rules": rules, "reason": reason }), words)
        }
        Event::Happened { name, reason } => {
            (json!({ "name": name, "reason": reason }), with_reason(&happened(name), reason))
        }
        Event::Shadowed { stage, rules, findings } => {
            let would =
                |own: &Finding| json!({ "rule": own.rule, "level": own.level, "category": own.category });
            let would: Vec<Value> = findings.iter().map(would).collect();
            let data = json!({ "stage": stage, "rules": rules, "would": would });
            (data, shadowed(stage.as_str(), findings))
        }
        Event::Pended { item, until, reason } => pended(*item, *until, reason, zone),
        Event::DueAt { item, at } => (
            json!({ "item": item, "due_at": at }),
            format!("work item {item} is due at {}", local(*at, zone)),
        ),
        // What follows from it is told when it happens.
        Event::Deadline { at } => (json!({ "deadline": at }), String::new()),
        Event::Migrated(migration) => migrated(migration, zone),
        Event::Unfit { what } => (json!({ "what": what }), format!("kept, changed nothing: {what}")),
        Event::Set { .. }
        | Event::Requested(_)
        | Event::Performed { .. }
        | Event::Failed { .. }
        | Event::Called { .. }
        | Event::Returned { .. } => super::flowed::told(event, zone),
    }
}

/// A move to another version, with what of the claim's place is another by it.
fn migrated(migration: &Migration, zone: &Zone) -> (Value, String) {
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
    let place = |own: &claimflow_core::migration::Place| {
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

/// An item that is laid aside, or comes back.
fn pended(item: u16, until: Option<Moment>, reason: &Text, zone: &Zone) -> (Value, String) {
    let day = until.map(|until| zone.date(until));
    let what = match day {
        Some(day) => format!("work item {item} pended until {day}"),
        None => format!("work item {item} is back"),
    };
    (json!({ "item": item, "until": day, "reason": reason }), with_reason(&what, reason))
}

fn evaluated(
    stage: &str,
    considered: u32,
    changes: &[Change],
    findings: &[Finding],
    outcome: &str,
) -> String {
    let rules = count(u64::from(considered), "rule", "rules");
    let mut words = format!("{stage}: {outcome}, {rules} looked at");
    if !changes.is_empty() {
        words.push_str(&format!("; {}", changes_words(changes)));
    }
    let speaking: Vec<String> = findings
        .iter()
        .filter(|finding| !matches!(finding.level, Level::Fix | Level::Note))
        .map(|finding| format!("{} ({})", finding.rule, finding.level.as_str()))
        .collect();
    if !speaking.is_empty() {
        words.push_str(&format!("; {}", speaking.join(", ")));
    }
    words
}

/// Rules in shadow act on nothing, so that only what they would have done is told.
fn shadowed(stage: &str, findings: &[Finding]) -> String {
    let one = |own: &Finding| match own.level {
        Level::Error => format!("{} (cannot be decided)", own.rule),
        level => format!(
            "{} (would {})",
            own.rule,
            format!("{} {}", level.as_str(), spoken(&own.category)).trim_end()
        ),
    };
    let told: Vec<String> = findings.iter().map(one).collect();
    format!("{stage}, in shadow: {}", told.join(", "))
}

fn queued(changes: &[Change]) -> String {
    let mut words = "queued for the next file to its payer".to_owned();
    if !changes.is_empty() {
        words.push_str(&format!("; {}", changes_words(changes)));
    }
    words
}

fn submitted(submission: &Submission) -> (Value, String) {
    let kind = match submission.frequency.as_str() {
        "7" => ", as a replacement",
        "8" => ", as a void",
        _ => "",
    };
    let words = format!("sent in {} as {}{kind}", submission.file, submission.sent_as);
    let data = json!({
        "file": submission.file, "sent_as": submission.sent_as, "frequency": submission.frequency,
        "interchange": submission.interchange, "group": submission.group, "transaction": submission.transaction,
    });
    (data, words)
}

fn acknowledged(answer: &Acknowledgment) -> (Value, String) {
    let by = match answer.kind {
        AcknowledgmentKind::Interchange => "TA1",
        AcknowledgmentKind::Functional => "999",
        AcknowledgmentKind::Claim => "277CA",
    };
    let what = match (answer.kind, answer.accepted, answer.interim) {
        (AcknowledgmentKind::Claim, _, true) => "received, not decided",
        (_, _, true) => "read without fault, not decided",
        (_, true, _) => "accepted",
        _ => "rejected",
    };
    let mut words = format!("{what} ({by})");
    if !answer.payer_claim_number.is_empty() {
        words.push_str(&format!(", payer's number {}", answer.payer_claim_number));
    }
    if !answer.accepted && !answer.statuses.is_empty() {
        words.push_str(&format!(": {}", answer.statuses.join(", ")));
    }
    let data = json!({
        "kind": by, "accepted": answer.accepted, "interim": answer.interim, "statuses": answer.statuses,
        "payer_claim_number": answer.payer_claim_number,
    });
    (data, words)
}

fn remitted_told(remitted: &Remitted) -> (Value, String) {
    let payment = &remitted.payment;
    let words = format!("remittance {} came, matched by {}", remitted.trace, remitted.matched_by);
    let data = json!({
        "trace": remitted.trace, "date": remitted.date, "status": payment.status, "paid": payment.paid,
        "matched_by": remitted.matched_by,
    });
    (data, words)
}

fn posted(posting: &Posting) -> (Value, String) {
    let decision = &posting.decision;
    let what = if posting.reversal { "reversal posted: paid" } else { "posted: paid" };
    let mut words = format!("{what} {} of {}", money(decision.paid), money(decision.charge));
    if decision.patient_responsibility != claimflow_core::Money::ZERO {
        words.push_str(&format!(", patient {}", money(decision.patient_responsibility)));
    }
    let reasons: Vec<String> = posting
        .adjustments
        .iter()
        .map(|own| format!("{}-{} {}", own.group, own.reason, money(own.amount)))
        .collect();
    if !reasons.is_empty() {
        words.push_str(&format!("; {}", reasons.join(", ")));
    }
    let data = json!({
        "trace": posting.trace, "reversal": posting.reversal, "paid": decision.paid, "charge": decision.charge,
        "patient": decision.patient_responsibility, "status": decision.status, "date": decision.date,
        "payer_claim_number": decision.payer_claim_number, "forwarded_to": decision.forwarded_to,
    });
    (data, words)
}

fn denied(denials: &[Denial]) -> (Value, String) {
    let all: Vec<String> = denials
        .iter()
        .map(|denial| {
            let place = if denial.line == 0 { "claim".to_owned() } else { format!("line {}", denial.line) };
            let reason = format!("{}-{}", denial.group, denial.carc);
            format!("{place} {} {reason} {}", money(denial.amount), spoken(&denial.category))
        })
        .collect();
    let words = if all.is_empty() {
        "no denial is open any more".to_owned()
    } else {
        format!("denied: {}", all.join("; "))
    };
    (json!({ "denials": denials_json(denials) }), words)
}

/// Denials, as `show --json` tells of them.
pub fn denials_json(denials: &[Denial]) -> Vec<Value> {
    denials
        .iter()
        .map(|denial| {
            json!({
                "line": denial.line, "group": denial.group, "carc": denial.carc, "rarcs": denial.rarcs,
                "amount": denial.amount, "category": denial.category, "owner": denial.owner, "rule": denial.rule,
                "action": denial.action, "denied_on": denial.denied_on,
            })
        })
        .collect()
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

/// Corrections, private values masked.
pub fn changes_json(changes: &[Change]) -> Vec<Value> {
    changes
        .iter()
        .map(|change| {
            json!({ "field": change.field, "before": change.before, "after": after(change), "rule": change.rule })
        })
        .collect()
}

/// Corrections in words, private values masked.
pub fn changes_words(changes: &[Change]) -> String {
    let one = |change: &Change| {
        let by = if change.rule.is_empty() { String::new() } else { format!(" ({})", change.rule) };
        format!("{} {} → {}{by}", change.field, shown(&change.before), shown(&after(change)))
    };
    changes.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn after(change: &Change) -> Text {
    if field::is_private(&change.field) { field::mask(&change.after) } else { change.after.clone() }
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_core::Stage;
    use jiff::civil::date;

    fn change(field: &str, before: &str, after: &str) -> Change {
        Change { rule: "AET-TELE-95".into(), field: field.into(), before: before.into(), after: after.into() }
    }

    fn chapter() -> Chapter {
        let item = WorkItem {
            number: 1,
            owner: "clinician".into(),
            category: "documentation".into(),
            ask: "Please add the start and stop time of the 2026-03-03 session.".into(),
            rules: vec!["DOC-START-STOP".into()],
            due: Some(date(2026, 3, 9)),
            opened: Moment::default(),
            amount: claimflow_core::Money::from_cents(15_000),
        };
        let evaluated = Event::Evaluated {
            stage: Stage::Scrub,
            rules: "abc".into(),
            considered: 24,
            changes: vec![
                change("line[1].modifiers", "HO", "HO,95"),
                change("subscriber.member_id", "••••", "W12345"),
            ],
            findings: Vec::new(),
            outcome: "held".into(),
        };
        let entered =
            |state: &str| Event::Entered { state: state.into(), deadline: None, note: Text::default() };
        Chapter {
            at: Moment::start_of(date(2026, 3, 5)),
            actor: "ingest".into(),
            events: vec![entered("scrub"), evaluated, entered("held"), Event::Opened(item)],
        }
    }

    #[test]
    fn in_words() {
        insta::assert_snapshot!(timeline(&entries(&[chapter()], &Zone::UTC), &Zone::UTC, Style::PLAIN, 80));
    }

    #[test]
    fn private_values_stay_masked_in_the_data_too() {
        let text = entries(&[chapter()], &Zone::UTC)
            .iter()
            .map(|entry| entry.json().to_string())
            .collect::<String>();
        assert!(!text.contains("W12345"), "{text}");
        assert!(text.contains("HO,95"), "{text}");
    }
}
