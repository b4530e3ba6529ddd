//! What a workflow did to its claim of itself: variables, requests to plugins, ways through other workflows.

use claimflow_core::event::{Event, Request};
use claimflow_core::{Moment, Text, Value as Own};
use serde_json::{Map, Value, json};

use super::words::{moment, money, spoken};

/// An event as data and in words.
pub(super) fn told(event: &Event) -> (Value, String) {
    match event {
        Event::Set { variables } => {
            (json!({ "variables": values_json(variables) }), format!("set {}", values_words(variables)))
        }
        Event::Requested(request) => requested(request),
        Event::Performed { key, outcome, output } => {
            let data = json!({ "key": key, "outcome": outcome, "output": values_json(output) });
            (data, performed(outcome, output))
        }
        Event::Failed { key, attempt, reason, again } => {
            let data = json!({ "key": key, "attempt": attempt, "reason": reason, "again": again });
            (data, failed(*attempt, reason, *again))
        }
        Event::Called { workflow, input } => {
            let data = json!({
                "workflow": workflow.name, "version": workflow.version, "input": values_json(input),
            });
            let with =
                if input.is_empty() { String::new() } else { format!(" with {}", values_words(input)) };
            (data, format!("goes through {} (version {}){with}", spoken(&workflow.name), workflow.version))
        }
        Event::Returned { outcome, output } => {
            let data = json!({ "outcome": outcome, "output": values_json(output) });
            (data, format!("comes back: {}", performed(outcome, output)))
        }
        _ => (json!({}), String::new()),
    }
}

fn requested(request: &Request) -> (Value, String) {
    let Request { key, action, attempt, input, timeout, until } = request;
    let data = json!({
        "key": key, "action": action, "attempt": attempt, "input": values_json(input),
        "timeout_seconds": timeout.map(|span| span.0 / 1_000), "until": until,
    });
    let which = if *attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
    let with = if input.is_empty() { String::new() } else { format!(" with {}", values_words(input)) };
    (data, format!("asks {action}{with}{which}"))
}

fn performed(outcome: &str, output: &[(Text, Own)]) -> String {
    let outcome = spoken(outcome);
    match (outcome.is_empty(), output.is_empty()) {
        (true, true) => "done".to_owned(),
        (true, false) => values_words(output),
        (false, true) => outcome,
        (false, false) => format!("{outcome}; {}", values_words(output)),
    }
}

fn failed(attempt: u32, reason: &str, again: Option<Moment>) -> String {
    match again {
        Some(again) => format!("attempt {attempt} failed: {reason}; again at {}", moment(again)),
        None => format!("failed for good after attempt {attempt}: {reason}"),
    }
}

/// Values by name, as programs read them: numbers and truth as such, money and days as text, nothing as null.
pub fn values_json(values: &[(Text, Own)]) -> Value {
    Value::Object(
        values.iter().map(|(name, value)| (name.to_string(), value_json(value))).collect::<Map<_, _>>(),
    )
}

fn value_json(value: &Own) -> Value {
    match value {
        Own::None => Value::Null,
        Own::Bool(value) => json!(value),
        Own::Int(value) => json!(value),
        other => json!(other.to_string()),
    }
}

/// Values by name, as people read them.
pub fn values_words(values: &[(Text, Own)]) -> String {
    let one = |(name, value): &(Text, Own)| {
        let value = match value {
            Own::Money(amount) => money(*amount),
            Own::Bool(true) => "yes".to_owned(),
            Own::Bool(false) => "no".to_owned(),
            Own::Text(text) if text.is_empty() => "empty".to_owned(),
            other => other.to_string(),
        };
        format!("{} {value}", spoken(name))
    };
    values.iter().map(one).collect::<Vec<_>>().join(", ")
}
