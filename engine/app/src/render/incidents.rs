//! Incidents: what keeps claims from going on, for people and for programs.

use claimflow_core::Moment;
use claimflow_runtime::{Closed, IncidentNote, IncidentNoteKind, IncidentRecord, IncidentRow, WaitingInput};
use serde_json::{Value, json};

use super::style::Style;
use super::words::{count, hang, moment, money, spoken};

/// An incident, as `--json` tells of it.
pub fn one_json(own: &IncidentRecord) -> Value {
    let place = &own.place;
    json!({
        "cause": own.cause.code(), "message": own.message, "what_to_do": own.cause.mend(),
        "since": own.since, "attempt": own.attempt,
        "place": {
            "workflow": place.workflow, "workflow_version": place.version, "state": place.state,
            "action": place.action, "rule": place.rule, "file": place.file, "line": place.line,
        },
    })
}

/// A claim with its incidents, as `claims --incident --json` tells of it.
pub fn incident_json(row: &IncidentRow) -> Value {
    let summary = row.summary.as_ref();
    json!({
        "id": row.id,
        "state": summary.map(|own| &own.state),
        "payer": summary.map(|own| &own.payer),
        "billed": row.amount(),
        "waiting_inputs": row.waiting,
        "incidents": row.incidents.iter().map(one_json).collect::<Vec<_>>(),
    })
}

/// The name of a claim's state; one that could not begin has none.
pub fn state(state: &str) -> String {
    if state.is_empty() { "not begun".to_owned() } else { spoken(state) }
}

/// A claim with what keeps it, since when, and what to do.
pub fn who_and_why(row: &IncidentRow, style: Style, width: usize) -> String {
    let own = row.summary.as_ref().map_or_else(|| "unknown".to_owned(), |own| state(&own.state));
    let mut text = format!("\n{}  {own}  {}\n", style.strong(&row.id), money(row.amount()));
    text.push_str(&causes(row, style, width));
    text
}

/// What keeps a claim, since when, and what to do.
pub fn causes(row: &IncidentRow, style: Style, width: usize) -> String {
    let mut text = String::new();
    for incident in &row.incidents {
        let times =
            if incident.attempt > 1 { format!(", {} times", incident.attempt) } else { String::new() };
        text.push_str(&format!(
            "  {}  {}\n",
            style.bad(incident.cause.code()),
            style.faint(&format!("since {}{times}", moment(incident.since)))
        ));
        text.push_str(&hang("      ", &incident.message, width));
        text.push_str(&hang("      ", &format!("To do: {}.", incident.cause.mend()), width));
    }
    if row.waiting > 0 {
        let waits = count(row.waiting as u64, "thing that came since waits", "things that came since wait");
        text.push_str(&format!("      {waits} for it\n"));
    }
    text
}

/// A claim's page begins with this where it has an incident.
pub fn at_the_top(row: &IncidentRow, style: Style, width: usize) -> String {
    let head = style.bad("INCIDENT: nothing automatic touches this claim");
    let retry = style.code(&format!("claimflow retry {}", row.id));
    format!("{head}\n{}      then {retry}\n\n", causes(row, style, width))
}

/// What there was of a claim's incidents, in words, with the time and who did it.
pub fn notes(notes: &[IncidentNote]) -> Vec<(Moment, String, String)> {
    notes.iter().map(|note| (note.at, note.actor.to_string(), note_words(&note.kind))).collect()
}

/// The same as data.
pub fn note_json(note: &IncidentNote) -> Value {
    let mut data = match &note.kind {
        IncidentNoteKind::Opened(incident) => {
            let mut data = one_json(incident);
            data["event"] = json!("incident");
            data
        }
        IncidentNoteKind::Closed { keys, how, reason, taken, dropped } => json!({
            "event": "incident-closed", "causes": keys, "how": how, "reason": reason, "taken_in": taken,
            "given_up": dropped.iter().map(WaitingInput::name).collect::<Vec<_>>(),
        }),
        IncidentNoteKind::Waits(input) => {
            json!({ "event": "waits", "input": input.name(), "what": waits(input) })
        }
    };
    data["at"] = json!(note.at);
    data["actor"] = json!(note.actor);
    data
}

fn note_words(kind: &IncidentNoteKind) -> String {
    match kind {
        IncidentNoteKind::Opened(incident) => {
            format!("incident {}: {}", incident.cause.code(), incident.message)
        }
        IncidentNoteKind::Closed { keys, how, reason, taken, dropped } => {
            let how = match how {
                Closed::Retried => "tried again",
                Closed::ByHand => "closed",
                Closed::Overtaken => "over",
            };
            let mut words = if keys.is_empty() {
                "what waited was taken up".to_owned()
            } else {
                format!("incident {} {how}", keys.join(", "))
            };
            if *taken > 0 {
                words.push_str(&format!(
                    "; {} taken in",
                    count(*taken as u64, "thing that waited", "things that waited")
                ));
            }
            for input in dropped {
                words.push_str(&format!("; given up: {}", waits(input)));
            }
            if !reason.is_empty() {
                words.push_str(&format!(" ({reason})"));
            }
            words
        }
        IncidentNoteKind::Waits(input) => format!("waits for the end of the incident: {}", waits(input)),
    }
}

fn waits(input: &WaitingInput) -> String {
    match input {
        WaitingInput::Submitted(submission) => format!("sent in {}", submission.file),
        WaitingInput::Acknowledged(answer) if answer.accepted => "an acceptance".to_owned(),
        WaitingInput::Acknowledged(_) => "a rejection".to_owned(),
        WaitingInput::Remitted(remitted) => {
            format!("remittance {}, paid {}", remitted.trace, money(remitted.payment.paid))
        }
        WaitingInput::Replaced { .. } => "the claim anew, with other content".to_owned(),
        WaitingInput::NewFact => "the registers say something new".to_owned(),
        WaitingInput::Performed { key, .. } => format!("what came of request {key}"),
    }
}
