//! The JSON Schema of a claim.

use serde_json::{Map, Value, json};

use super::shape::{CLAIM, Kind, Shape};

/// The JSON Schema (draft-07) of a claim's JSON form, as [`claims_from_json`](crate::claims_from_json) reads it and as
/// every command with `--json` writes it.
pub fn claim_json_schema() -> Value {
    let mut definitions = Map::new();
    let mut schema = object(&CLAIM, &mut definitions);
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        fields.insert("title".to_owned(), json!("claimflow professional claim"));
        fields.insert("definitions".to_owned(), Value::Object(definitions));
    }
    schema
}

fn object(shape: &Shape, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for field in shape.fields {
        let mut schema = kind(field.kind, definitions);
        // Draft-07 ignores what stands beside `$ref`, so a reference is wrapped to carry its description.
        if schema.get("$ref").is_some() {
            schema = json!({ "allOf": [schema] });
        }
        if let Some(fields) = schema.as_object_mut() {
            fields.insert("description".to_owned(), json!(field.about));
        }
        properties.insert(field.name.to_owned(), schema);
    }
    let mut schema = json!({
        "type": "object",
        "description": shape.about,
        "properties": properties,
        "additionalProperties": false,
    });
    if let (Some(fields), false) = (schema.as_object_mut(), shape.required.is_empty()) {
        fields.insert("required".to_owned(), json!(shape.required));
    }
    schema
}

fn kind(kind: Kind, definitions: &mut Map<String, Value>) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::OneOf(words) => json!({ "type": "string", "enum": words }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Date => {
            json!({ "type": ["string", "null"], "format": "date", "pattern": "^\\d{4}-\\d{2}-\\d{2}$" })
        }
        Kind::Money => {
            json!({ "type": ["string", "integer", "null"], "pattern": "^-?\\d{0,12}(\\.\\d{1,2})?$" })
        }
        Kind::Quantity => {
            json!({ "type": ["string", "integer", "null"], "pattern": "^-?\\d{0,12}(\\.\\d{1,3})?$" })
        }
        Kind::Number(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        Kind::List(item) => json!({ "type": "array", "items": self::kind(*item, definitions) }),
        Kind::Object(shape) => {
            if !definitions.contains_key(shape.name) {
                // The place is taken before it is filled, so that a shape within itself would end here.
                definitions.insert(shape.name.to_owned(), Value::Null);
                let schema = object(shape, definitions);
                definitions.insert(shape.name.to_owned(), schema);
            }
            json!({ "$ref": format!("#/definitions/{}", shape.name) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_the_schema_resolves() {
        let schema = claim_json_schema();
        let text = schema.to_string();
        for part in text.split("#/definitions/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schema["definitions"][name].is_object(), "{name}");
        }
        assert_eq!(schema["required"], json!(["id"]));
        assert_eq!(schema["properties"]["lines"]["items"]["$ref"], "#/definitions/line");
        assert_eq!(schema["properties"]["payer"]["allOf"][0]["$ref"], "#/definitions/payer");
    }
}
