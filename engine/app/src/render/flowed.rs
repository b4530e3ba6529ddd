//! What a workflow did to its claim of itself: variables, requests to plugins, ways through other workflows.

use claimflow_core::calendar::Zone;
use claimflow_core::event::{Event, Request};
use claimflow_core::state::ClaimState;
use claimflow_core::{Call, Moment, OpenRequest, Text, Value as Own};
use serde_json::{Map, Value, json};

use super::words::{local, money, spoken};

/// An event as data and in words.
pub(super) fn told(event: &Event, zone: &Zone) -> (Value, String) {
    match event {
        Event::Set { variables } => {
            (json!({ "variables": values_json(variables) }), format!("set {}", values_words(variables)))
        }
        Event::Requested(request) => requested(request),
        Event::Performed { key, outcome, output, by } => {
            let data = json!({ "key": key, "outcome": outcome, "output": values_json(output), "by": by });
            (data, performed(outcome, output))
        }
        Event::Failed { key, attempt, reason, again } => {
            let data = json!({ "key": key, "attempt": attempt, "reason": reason, "again": again });
            (data, failed(*attempt, reason, *again, zone))
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

/// What a claim waits for a plugin to do, as `show --json` tells of it.
pub fn request_json(open: &OpenRequest) -> Value {
    let (mut data, _) = requested(&open.request);
    data["since"] = json!(open.since);
    data["failed"] = json!(open.failed);
    data
}

/// A workflow that the claim is within, as `show --json` tells of it.
pub fn call_json(call: &Call) -> Value {
    let Call { workflow, from, .. } = call;
    json!({ "workflow": workflow.name, "version": workflow.version, "from": from })
}

/// What the workflow waits for and remembers, a line each; empty where there is neither.
pub fn standing(state: &ClaimState, zone: &Zone) -> String {
    let mut text = String::new();
    if let Some(open) = &state.request {
        let what = match (&open.failed, state.deadline) {
            (None, _) => format!("waits for {} since {}", open.request.action, local(open.since, zone)),
            (Some(why), Some(again)) => {
                format!("{} failed ({why}); again at {}", open.request.action, local(again, zone))
            }
            (Some(why), None) => format!("{} failed for good: {why}", open.request.action),
        };
        text.push_str(&format!("  {what}\n"));
    }
    if !state.variables.is_empty() {
        text.push_str(&format!("  {}\n", values_words(&state.variables)));
    }
    text
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

fn failed(attempt: u32, reason: &str, again: Option<Moment>, zone: &Zone) -> String {
    match again {
        Some(again) => format!("attempt {attempt} failed: {reason}; again at {}", local(again, zone)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::style::Style;
    use crate::render::timeline::{entries, timeline};
    use claimflow_core::{DAY_MS, Money, Span};
    use claimflow_runtime::Chapter;
    use jiff::civil::date;

    fn request(attempt: u32) -> Request {
        Request {
            key: "7/3".into(),
            action: "fees.lookup".into(),
            attempt,
            input: vec![
                ("procedure".into(), Own::Text("90837".into())),
                ("on".into(), Own::Date(date(2026, 3, 2))),
            ],
            timeout: Some(Span(30_000)),
            until: Moment::start_of(date(2026, 3, 5)).plus(Span(30_000)),
        }
    }

    /// A claim whose fee is looked up at the second attempt, and that then goes through an appeal.
    fn chapter() -> Chapter {
        let at = Moment::start_of(date(2026, 3, 5));
        let entered = |state: &str, note: &str| Event::Entered {
            state: state.into(),
            deadline: None,
            note: note.into(),
        };
        let fee = Own::Money(Money::from_cents(112_050));
        let failed = |attempt, again| Event::Failed {
            key: "7/3".into(),
            attempt,
            reason: "no answer within 30 seconds".into(),
            again,
        };
        let workflow =
            claimflow_core::workflow::WorkflowRef { name: "appeal".into(), version: 1, hash: "a1".into() };
        Chapter {
            at,
            actor: "system".into(),
            events: vec![
                entered("price", "looking up the fee"),
                Event::Set { variables: vec![("urgent".into(), Own::Bool(true)), ("why".into(), Own::None)] },
                Event::Requested(Box::new(request(1))),
                failed(1, Some(at.plus(Span(DAY_MS)))),
                Event::Requested(Box::new(request(2))),
                Event::Performed {
                    key: "7/3".into(),
                    outcome: "found".into(),
                    output: vec![("allowed".into(), fee.clone())],
                    by: "fees 1.0.0".into(),
                },
                Event::Set { variables: vec![("fee".into(), fee)] },
                entered("appeal", ""),
                Event::Called { workflow, input: vec![("level".into(), Own::Int(2))] },
                entered("appeal/awaiting-answer", "level 2"),
                entered("appeal/given-up", ""),
                Event::Returned { outcome: "given-up".into(), output: Vec::new() },
                failed(6, None),
            ],
        }
    }

    #[test]
    fn in_words_and_as_data() {
        let entries = entries(&[chapter()], &Zone::UTC);
        let data: Vec<String> = entries.iter().map(|entry| entry.json().to_string()).collect();
        insta::assert_snapshot!(format!(
            "{}\n{}",
            timeline(&entries, &Zone::UTC, Style::PLAIN, 90),
            data.join("\n")
        ));
    }

    #[test]
    fn what_is_waited_for_and_remembered() {
        let open = |failed: Option<&str>| OpenRequest {
            request: request(2),
            since: Moment::start_of(date(2026, 3, 5)),
            failed: failed.map(Text::from),
        };
        let mut state = ClaimState { request: Some(open(None)), ..ClaimState::default() };
        let mut told = standing(&state, &Zone::UTC);
        state.request = Some(open(Some("no answer within 30 seconds")));
        told.push_str(&standing(&state, &Zone::UTC));
        state.deadline = Some(Moment::start_of(date(2026, 3, 6)));
        state.variables = vec![("fee".into(), Own::Money(Money::from_cents(112_050)))];
        told.push_str(&standing(&state, &Zone::UTC));
        assert_eq!(
            told,
            "  waits for fees.lookup since 2026-03-05 00:00\n  \
             fees.lookup failed for good: no answer within 30 seconds\n  \
             fees.lookup failed (no answer within 30 seconds); again at 2026-03-06 00:00\n  \
             fee 1,120.50\n"
        );
        assert_eq!(standing(&ClaimState::default(), &Zone::UTC), "");
        assert_eq!(request_json(&open(None))["attempt"], 2);
    }
}
