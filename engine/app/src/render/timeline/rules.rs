//! What rules said of a claim and changed on it.

use claimflow_core::event::Event;
use claimflow_core::{Change, Finding, Level, Text, field};
use serde_json::{Value, json};

use crate::render::words::{count, spoken};

/// An event of rules as data and in words.
pub(super) fn told(event: &Event) -> (Value, String) {
    match event {
        Event::Evaluated { stage, considered, changes, findings, outcome, rules } => {
            let data = json!({
                "stage": stage, "rules": rules, "considered": considered, "outcome": outcome,
                "fired": findings.iter().map(|finding| &finding.rule).collect::<Vec<_>>(),
                "changes": changes_json(changes),
            });
            (data, evaluated(stage.as_str(), *considered, changes, findings, outcome))
        }
        Event::Shadowed { stage, rules, findings } => {
            let would =
                |own: &Finding| json!({ "rule": own.rule, "level": own.level, "category": own.category });
            let would: Vec<Value> = findings.iter().map(would).collect();
            let data = json!({ "stage": stage, "rules": rules, "would": would });
            (data, shadowed(stage.as_str(), findings))
        }
        _ => (json!({}), String::new()),
    }
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
