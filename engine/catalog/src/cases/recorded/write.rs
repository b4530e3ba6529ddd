//! Writes a case as people write it: only what differs from what goes without saying.

use claimflow_core::{Claim, Facts, PostedAdjustment, Stage};
use jiff::ToSpan;
use jiff::civil::date;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::hidden::Hidden;
use crate::cases::defaults;

/// Fields that a text alone stands for.
const SHORT: &[(&str, &str)] = &[
    ("payer", "id"),
    ("billing_provider", "npi"),
    ("rendering_provider", "npi"),
    ("referring_provider", "npi"),
    ("supervising_provider", "npi"),
    ("diagnoses", "code"),
];

/// One case, as an item of a file of cases. `base` is the claim that it starts from.
pub(super) fn case(
    name: &str,
    stage: Stage,
    own: &Hidden,
    base: &Claim,
    expected: &[(&str, Value)],
) -> String {
    let mut text = format!("- case: {}\n  stage: {}\n", scalar(name), stage.as_str());
    let claim = claim(&own.claim, base);
    let billed = own.claim.last_service_date().unwrap_or(date(2026, 3, 3)).saturating_add(2.days());
    if own.as_of != billed {
        text.push_str(&format!("  as_of: {}\n", own.as_of));
    }
    section(&mut text, "claim", &claim);
    section(&mut text, "facts", &facts(&own.facts, &own.claim));
    let adjustments: Vec<Value> = own.adjustments.iter().map(adjustment).collect();
    if !adjustments.is_empty() {
        text.push_str("  adjustments:\n");
        items(&mut text, &adjustments, 4);
    }
    if own.submissions != u32::from(stage >= Stage::Adjudicate) {
        text.push_str(&format!("  submissions: {}\n", own.submissions));
    }
    if let Some(decision) = &own.decision
        && defaults::decision(stage, &own.claim, &own.adjustments, own.as_of).as_ref() != Some(decision)
    {
        text.push_str(&format!("  remittance: {}\n", flow(&without_empty(value(decision)))));
    }
    text.push_str("  expect:\n");
    for (key, value) in expected {
        text.push_str(&format!("    {key}: {}\n", flow(value)));
    }
    text
}

fn section(text: &mut String, name: &str, fields: &Map<String, Value>) {
    if fields.is_empty() {
        return;
    }
    text.push_str(&format!("  {name}:\n"));
    for (key, value) in in_order(fields) {
        match value {
            Value::Array(own) if own.iter().any(Value::is_object) => {
                text.push_str(&format!("    {key}:\n"));
                items(text, own, 6);
            }
            _ => text.push_str(&format!("    {key}: {}\n", flow(value))),
        }
    }
}

fn items(text: &mut String, items: &[Value], indent: usize) {
    for item in items {
        text.push_str(&format!("{:indent$}- {}\n", "", flow(item)));
    }
}

fn value(own: &impl Serialize) -> Value {
    serde_json::to_value(own).unwrap_or_default()
}

/// The claim's fields that differ from those of the claim that the case starts from.
fn claim(own: &Claim, base: &Claim) -> Map<String, Value> {
    let (mut own_value, mut base_value) = (value(own), value(base));
    // The charge is the sum of the lines unless somebody says otherwise.
    let sum = own.lines.iter().map(|line| line.charge).sum();
    if own.charge == sum {
        remove(&mut own_value, "charge");
    }
    remove(&mut base_value, "charge");
    let lines = (remove(&mut own_value, "lines"), remove(&mut base_value, "lines"));
    let mut fields = difference(own_value, base_value);
    if let (Some(Value::Array(own)), Some(base)) = lines {
        let lines = lines_of(own, &base);
        let is_usual = lines.len() == 1 && lines.iter().all(Map::is_empty);
        if !is_usual {
            fields.insert("lines".to_owned(), lines.into_iter().map(Value::Object).collect());
        }
    }
    let diagnoses = own.diagnoses.iter().enumerate().map(|(place, own)| {
        let usual = if place == 0 { "ABK" } else { "ABF" };
        let qualifier = if own.qualifier == usual { "" } else { own.qualifier.as_str() };
        without_empty(json!({ "qualifier": qualifier, "code": own.code }))
    });
    if fields.contains_key("diagnoses") {
        fields.insert("diagnoses".to_owned(), diagnoses.collect());
    }
    fields.into_iter().map(|(key, value)| (key.clone(), shortened(&key, value))).collect()
}

fn remove(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut().and_then(|fields| fields.remove(key))
}

/// Each line as it differs from the line of a case, which names its code so that a reader sees it.
fn lines_of(own: Vec<Value>, base: &Value) -> Vec<Map<String, Value>> {
    let base = base.get(0).cloned().unwrap_or_default();
    let line = |(place, own): (usize, Value)| {
        let procedure = own.get("procedure").cloned();
        let mut usual = base.clone();
        if let Some(fields) = usual.as_object_mut() {
            fields.insert("number".to_owned(), json!(place + 1));
        }
        let mut line = difference(own, usual);
        if let (Some(procedure), false) = (procedure, line.is_empty()) {
            line.insert("procedure".to_owned(), procedure);
        }
        line
    };
    own.into_iter().enumerate().map(line).collect()
}

/// The fields of `own` that are not as in `base`; `null` takes away what `base` has.
fn difference(own: Value, base: Value) -> Map<String, Value> {
    let (Value::Object(own), Value::Object(mut base)) = (own, base) else { return Map::new() };
    let mut fields = Map::new();
    for (key, value) in own {
        let usual = base.remove(&key).unwrap_or_default();
        if value == usual {
            continue;
        }
        let changed = match (value, usual) {
            (value @ Value::Object(_), usual @ Value::Object(_)) => Value::Object(difference(value, usual)),
            (value, usual) => match without_empty(value) {
                Value::Null if is_empty(&usual) => continue,
                other => other,
            },
        };
        fields.insert(key, changed);
    }
    fields
}

/// Nothing, as a field that is left out.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(own) => !own,
        Value::String(own) => own.is_empty(),
        Value::Array(own) => own.is_empty(),
        Value::Object(own) => own.is_empty(),
        Value::Number(_) => false,
    }
}

/// The value without fields that say nothing; `null` when it says nothing itself.
fn without_empty(value: Value) -> Value {
    let value = match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| (key, without_empty(value)));
            Value::Object(fields.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_empty).collect()),
        other => other,
    };
    if is_empty(&value) { Value::Null } else { value }
}

/// The field in the short form that cases may use.
fn shortened(key: &str, value: Value) -> Value {
    let Some((_, short)) = SHORT.iter().find(|(own, _)| *own == key) else { return value };
    let short = |value: Value| match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key(*short) => {
            fields.get(*short).cloned().unwrap_or_default()
        }
        other => other,
    };
    match value {
        Value::Array(items) => items.into_iter().map(short).collect(),
        other => short(other),
    }
}

/// The rows, without the ids that the case's claim gives them.
fn facts(own: &Facts, claim: &Claim) -> Map<String, Value> {
    let mut all = Map::new();
    let mut add = |one: &str, several: &str, mut rows: Vec<Value>| match (rows.pop(), rows.is_empty()) {
        (None, _) => {}
        (Some(row), true) => {
            all.insert(one.to_owned(), row);
        }
        (Some(row), false) => {
            rows.push(row);
            all.insert(several.to_owned(), Value::Array(rows));
        }
    };
    add("coverage", "coverages", rows(&own.coverages, &["member_id", "payer_id"]));
    add("authorization", "authorizations", rows(&own.authorizations, &["member_id", "payer_id"]));
    let mut enrollments = rows(&own.enrollments, &["payer_id"]);
    for (row, own) in enrollments.iter_mut().zip(&own.enrollments) {
        if own.npi == *claim.rendering_npi() {
            remove(row, "npi");
        }
    }
    add("enrollment", "enrollments", enrollments);
    add("visit", "visits", rows(&own.visits, &["claim_id"]));
    if !own.history.is_empty() {
        all.insert("history".to_owned(), Value::Array(rows(&own.history, &["claim_id"])));
    }
    all
}

fn rows<T: Serialize>(own: &[T], without: &[&str]) -> Vec<Value> {
    own.iter()
        .map(|row| {
            let mut row = value(row);
            without.iter().for_each(|key| drop(remove(&mut row, key)));
            let Some(fields) = row.as_object_mut() else { return row };
            // False is known, and nothing is not: only what says nothing goes.
            fields.retain(|key, value| !(value.is_null() || is_blank(key, value)));
            for key in ["start", "stop"] {
                if let Some(Value::String(time)) = fields.get_mut(key) {
                    time.truncate(5);
                }
            }
            row
        })
        .collect()
}

fn is_blank(key: &str, value: &Value) -> bool {
    match value {
        Value::String(own) => own.is_empty() || (key == "units_used" && own == "0"),
        Value::Array(own) => own.is_empty(),
        Value::Number(own) => key == "line" && own.as_u64() == Some(0),
        _ => false,
    }
}

fn adjustment(own: &PostedAdjustment) -> Value {
    let mut fields = Map::new();
    fields.insert("group".to_owned(), value(&own.group));
    fields.insert("reason".to_owned(), value(&own.reason));
    fields.insert("amount".to_owned(), value(&own.amount));
    if !own.remarks.is_empty() {
        fields.insert("remarks".to_owned(), value(&own.remarks));
    }
    if own.line != 0 {
        fields.insert("line".to_owned(), json!(own.line));
    }
    Value::Object(fields)
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(own) => own.to_string(),
        Value::Number(own) => own.to_string(),
        Value::String(own) => scalar(own),
        Value::Array(own) => format!("[{}]", own.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(own) => {
            let fields: Vec<String> = in_order(own)
                .into_iter()
                .map(|(key, value)| format!("{}: {}", scalar(key), flow(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}

/// Fields in the order in which people look for them.
fn in_order(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(key, _)| FIRST.iter().position(|own| own == key).unwrap_or(FIRST.len()));
    fields
}

/// What stands before everything else.
const FIRST: &[&str] = &[
    "payer",
    "number",
    "procedure",
    "modifiers",
    "group",
    "reason",
    "status",
    "code",
    "from",
    "to",
    "start",
    "stop",
];

/// A text, in quotes where YAML or its readers could take it for something else.
fn scalar(text: &str) -> String {
    let is_word = text.starts_with(|own: char| own.is_ascii_alphabetic())
        && text.chars().all(|own| own.is_ascii_alphanumeric() || "_-".contains(own));
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_reserved = reserved.contains(&text.to_ascii_lowercase().as_str());
    let is_date = text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    if (is_word && !is_reserved) || is_date { text.to_owned() } else { json!(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_could_misread_stands_in_quotes() {
        for (text, written) in [
            ("HO", "HO"),
            ("95", "\"95\""),
            ("2026-03-03", "2026-03-03"),
            ("No", "\"No\""),
            ("a: b", "\"a: b\""),
            ("", "\"\""),
            ("line[1].modifiers", "\"line[1].modifiers\""),
            ("AET-TELE-95", "AET-TELE-95"),
            ("1E5", "\"1E5\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }

    #[test]
    fn only_what_differs_is_written() {
        let base = defaults::changed(None, None).unwrap();
        assert!(claim(&base, &base).is_empty());
        let case = json!({
            "payer": { "id": "60054" }, "rendering_provider": null, "place_of_service": "10",
            "subscriber": { "person": { "sex": "M" } }, "diagnoses": [{ "code": "F411" }, { "code": "F331" }],
            "lines": [{ "modifiers": ["95"] }, { "procedure": "90785", "charge": "20.00", "units": "2" }],
        });
        let own = defaults::changed(None, Some(case)).unwrap();
        let fields = claim(&own, &base);
        let mut text = String::new();
        section(&mut text, "claim", &fields);
        insta::assert_snapshot!(text);
    }
}
