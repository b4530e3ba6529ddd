//! What schemas are put together from.

use serde_json::{Map, Value, json};

/// A schema's top: what every schema has besides its own.
pub(super) fn root(title: &str, mut schema: Value, definitions: Map<String, Value>) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        fields.insert("title".to_owned(), json!(title));
        if !definitions.is_empty() {
            fields.insert("definitions".to_owned(), Value::Object(definitions));
        }
    }
    schema
}

/// A group of keys, and no other.
pub(super) fn group(about: &str, needed: &[&str], keys: Vec<(&str, Value)>) -> Value {
    let properties: Map<String, Value> = keys.into_iter().map(|(key, own)| (key.to_owned(), own)).collect();
    let mut schema = json!({
        "type": "object",
        "description": about,
        "properties": properties,
        "additionalProperties": false,
    });
    if let (Some(fields), false) = (schema.as_object_mut(), needed.is_empty()) {
        fields.insert("required".to_owned(), json!(needed));
    }
    schema
}

/// Any keys, each with the same kind of value.
pub(super) fn any_keys(about: &str, value: &Value) -> Value {
    json!({ "type": "object", "description": about, "additionalProperties": value })
}

/// A text. Numbers are texts too: an author need not quote `90837`, and the reader takes it as it is written.
pub(super) fn text(about: &str) -> Value {
    json!({ "type": ["string", "number"], "description": about })
}

/// A text of that form.
pub(super) fn form(about: &str, pattern: &str) -> Value {
    json!({ "type": "string", "description": about, "pattern": pattern })
}

/// A text of that form, or any number.
pub(super) fn form_or_number(about: &str, pattern: &str) -> Value {
    json!({ "type": ["string", "number"], "description": about, "pattern": pattern })
}

/// One of these words.
pub(super) fn word<'w>(about: &str, words: impl IntoIterator<Item = &'w str>) -> Value {
    let words: Vec<&str> = words.into_iter().collect();
    json!({ "description": about, "enum": words })
}

/// A date.
pub(super) fn date(about: &str) -> Value {
    json!({ "type": "string", "description": about, "pattern": "^\\d{4}-\\d{2}-\\d{2}$" })
}

/// A whole number from that one on.
pub(super) fn whole(about: &str, least: u64) -> Value {
    json!({ "type": "integer", "description": about, "minimum": least })
}

/// An amount in dollars.
pub(super) fn money(about: &str) -> Value {
    form_or_number(about, "^-?\\d{0,12}(\\.\\d{1,2})?$")
}

/// A span of time.
pub(super) fn span(about: &str) -> Value {
    form(about, "^\\d+[smhdw]$")
}

/// A list.
pub(super) fn list(about: &str, item: &Value) -> Value {
    json!({ "type": "array", "description": about, "items": item })
}

/// A list, or one of its items alone.
pub(super) fn one_or_list(about: &str, item: &Value) -> Value {
    json!({ "description": about, "anyOf": [{ "type": "array", "items": item }, item] })
}

/// What is defined elsewhere in the schema. Draft-07 ignores what stands beside `$ref`, so it is wrapped.
pub(super) fn defined(about: &str, name: &str) -> Value {
    json!({ "description": about, "allOf": [reference(name)] })
}

/// What is defined elsewhere in the schema.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}
