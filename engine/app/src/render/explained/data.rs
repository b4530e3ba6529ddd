//! Why a claim is where it is, for programs.

use claimflow_core::Text;
use claimflow_rules::RuleTrace;
use claimflow_runtime::ClaimView;
use serde_json::{Map, Value, json};

use crate::explain::{Explained, Fired, GoesTo, Routed};
use crate::render::timeline::changes_json;

/// As `explain --json` tells of it.
pub fn json(view: &ClaimView, stages: &[Explained]) -> Value {
    json!({
        "id": view.summary.id,
        "state": view.state.state,
        "stages": stages.iter().map(stage_json).collect::<Vec<_>>(),
    })
}

fn stage_json(own: &Explained) -> Value {
    json!({
        "stage": own.stage,
        "at": own.at,
        "outcome": own.outcome,
        "rules": own.rules,
        "rules_changed": own.rules_changed,
        "by_own_rules": own.by_own_rules,
        "facts_changed": own.facts_changed,
        "rules_considered": own.considered,
        "fired": own.fired.iter().map(fired_json).collect::<Vec<_>>(),
        "changes": changes_json(&own.changes),
        "routed": own.routed.iter().map(routed_json).collect::<Vec<_>>(),
        "considered": own.judged.iter().map(trace_json).collect::<Vec<_>>(),
    })
}

fn fired_json(fired: &Fired) -> Value {
    let finding = &fired.finding;
    json!({
        "rule": finding.rule, "pack": finding.pack, "level": finding.level, "category": finding.category,
        "subject": finding.subject, "index": finding.index, "message": finding.message,
        "because": finding.because, "reference": fired.source,
        "source": format!("{}:{}", finding.file, finding.source_line),
        "values": values_json(&finding.values),
        "goes_to": fired.goes_to.as_ref().map(way_json),
    })
}

fn routed_json(routed: &Routed) -> Value {
    let denial = &routed.denial;
    json!({
        "line": denial.line, "group": denial.group, "carc": denial.carc, "amount": denial.amount,
        "category": denial.category, "goes_to": way_json(&routed.goes_to),
    })
}

fn way_json(goes_to: &GoesTo) -> Value {
    json!({ "owner": goes_to.owner, "row": goes_to.row, "note": goes_to.note })
}

fn trace_json(trace: &RuleTrace) -> Value {
    let mut map = match serde_json::to_value(&trace.considered) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    map.insert("rule".into(), json!(trace.rule));
    map.insert("title".into(), json!(trace.title));
    map.insert("pack".into(), json!(trace.pack));
    map.insert("source".into(), json!(format!("{}:{}", trace.file, trace.line)));
    map.insert("subject".into(), json!(trace.subject));
    map.insert("index".into(), json!(trace.index));
    map.insert("outcome".into(), json!(trace.outcome));
    map.insert("layer".into(), json!(trace.layer));
    map.insert("shadow".into(), json!(trace.shadow));
    map.insert("enforced".into(), json!(trace.enforced));
    map.insert("values".into(), values_json(&trace.values));
    Value::Object(map)
}

/// Names and values as an object.
fn values_json(values: &[(Text, Text)]) -> Value {
    Value::Object(values.iter().map(|(name, value)| (name.to_string(), json!(value))).collect())
}
