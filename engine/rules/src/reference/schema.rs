//! The JSON Schema of what a rule sees.

use claimflow_core::Subject;
use serde_json::{Map, Value, json};

use crate::catalogue::{Entry, EntryKind, Shape, Type, catalogue, objects};

/// The JSON Schema (draft-07) of what a rule sees: one object for each of the catalogue's, with its fields. Money and numbers
/// are texts of digits, dates are `YYYY-MM-DD`, what may be unknown may be null.
pub fn rule_input_json_schema() -> Value {
    let mut properties = Map::new();
    let mut needed = Vec::new();
    for name in objects() {
        properties.insert((*name).into(), object(name));
        if everywhere(name) {
            needed.push(*name);
        }
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "What a claimflow rule sees",
        "description": "One subject of one claim, with the facts that belong to it. Methods, which take arguments, are not part of it.",
        "type": "object",
        "additionalProperties": false,
        "required": needed,
        "properties": properties,
    })
}

fn fields(object: &str) -> impl Iterator<Item = &'static Entry> {
    catalogue().iter().filter(move |entry| entry.object() == object && entry.kind == EntryKind::Field)
}

/// True for an object that rules with every subject have.
fn everywhere(object: &str) -> bool {
    let own: Vec<&Entry> = catalogue().iter().filter(|entry| entry.object() == object).collect();
    Subject::ALL.into_iter().all(|subject| own.iter().any(|entry| entry.usable_in(subject)))
}

fn object(name: &str) -> Value {
    let own: Vec<&Entry> = fields(name).collect();
    // `as_of` is a value itself.
    if let [only] = own.as_slice()
        && only.path == name
    {
        return field(only);
    }
    let properties: Map<String, Value> =
        own.iter().map(|entry| (entry.name().into(), field(entry))).collect();
    let needed: Vec<&str> = own.iter().map(|entry| entry.name()).collect();
    json!({ "type": "object", "additionalProperties": false, "required": needed, "properties": properties })
}

fn field(entry: &Entry) -> Value {
    let mut made = Map::new();
    let ty = match entry.ty {
        Type::Bool => "boolean",
        Type::Int => "integer",
        Type::Texts => "array",
        _ => "string",
    };
    // An adjustment of the whole claim has no line: its numbers are then unknown.
    let lineless = entry.object() == "line" && matches!(entry.ty, Type::Money | Type::Quantity);
    made.insert("type".into(), if entry.nullable || lineless { json!([ty, "null"]) } else { json!(ty) });
    match entry.ty {
        Type::Money | Type::Number | Type::Quantity => {
            made.insert("pattern".into(), json!("^-?[0-9]+(\\.[0-9]+)?$"));
        }
        Type::Date => {
            made.insert("format".into(), json!("date"));
        }
        Type::Texts => {
            made.insert("items".into(), json!({ "type": "string" }));
        }
        _ => {}
    }
    if let Shape::OneOf(words) = entry.shape {
        made.insert("examples".into(), json!(words));
    }
    made.insert("description".into(), json!(entry.meaning));
    Value::Object(made)
}
