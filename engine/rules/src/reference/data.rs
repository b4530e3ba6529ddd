//! The catalogue as data: what a form builder needs to offer fields, operators, words and outcomes.

use claimflow_core::{Stage, Subject};
use serde_json::{Value, json};

use crate::RHAI_VERSION;
use crate::catalogue::{
    Argument, CLAUSES, Clause, ClauseKind, Entry, EntryKind, FUNCTIONS, FunctionEntry, OPERATORS, Operator,
    OperatorKind, Shape, Takes, Type, catalogue, outcome_allowed, stage_meaning, subject_exists,
    subject_meaning,
};

/// Version of the data's form, raised when a reader would have to change.
const FORMAT: u32 = 1;

/// The catalogue as JSON: clauses, stages, subjects with their fields, actions and outcomes, entries, operators, functions.
/// [`catalogue_json_schema`] describes it.
pub fn catalogue_json() -> Value {
    json!({
        "$schema": "catalogue.schema.json",
        "format": FORMAT,
        "rhai": RHAI_VERSION,
        "clauses": CLAUSES.iter().map(clause).collect::<Vec<_>>(),
        "stages": Stage::ALL.map(stage),
        "subjects": Subject::ALL.map(subject),
        "entries": catalogue().iter().map(entry).collect::<Vec<_>>(),
        "operators": OPERATORS.iter().map(operator).collect::<Vec<_>>(),
        "functions": FUNCTIONS.iter().map(function).collect::<Vec<_>>(),
    })
}

fn clause(clause: &Clause) -> Value {
    let kind = match clause.kind {
        ClauseKind::About => "about",
        ClauseKind::Scope => "scope",
        ClauseKind::Outcome => "outcome",
        ClauseKind::Detail => "detail",
    };
    json!({
        "keyword": clause.keyword,
        "kind": kind,
        "takes": clause.takes.key(),
        "needed": clause.needed,
        "repeats": clause.repeats(),
        "meaning": clause.meaning,
        "example": clause.example,
    })
}

fn stage(stage: Stage) -> Value {
    let has = |subject: &Subject| subject_exists(*subject, stage);
    let subjects: Vec<&str> = Subject::ALL.into_iter().filter(has).map(Subject::as_str).collect();
    json!({ "name": stage.as_str(), "meaning": stage_meaning(stage), "subjects": subjects })
}

fn subject(subject: Subject) -> Value {
    let paths = |action: bool| -> Vec<&str> {
        let own = catalogue().iter().filter(|entry| entry.usable_in(subject));
        own.filter(|entry| (entry.kind == EntryKind::Action) == action).map(|entry| entry.path).collect()
    };
    let outcomes: Vec<Value> = CLAUSES
        .iter()
        .filter(|clause| clause.kind == ClauseKind::Outcome && outcome_allowed(clause.keyword, subject))
        .map(|clause| json!({ "keyword": clause.keyword, "takes": clause.takes.key() }))
        .collect();
    json!({
        "name": subject.as_str(),
        "meaning": subject_meaning(subject),
        "fields": paths(false),
        "actions": paths(true),
        "outcomes": outcomes,
    })
}

fn entry(entry: &Entry) -> Value {
    let kind = match entry.kind {
        EntryKind::Field => "field",
        EntryKind::Method => "method",
        EntryKind::Action => "action",
    };
    let mut made = json!({
        "path": entry.path,
        "object": entry.object(),
        "name": entry.name(),
        "kind": kind,
        "type": entry.ty.key(),
        "nullable": entry.nullable,
        "private": entry.private,
        "arguments": entry.arguments.iter().map(argument).collect::<Vec<_>>(),
        "operators": operators(entry),
        "subjects": entry.subjects.iter().map(|own| own.as_str()).collect::<Vec<_>>(),
        "meaning": entry.meaning,
        "example": entry.example,
    });
    add_shape(&mut made, entry.shape);
    if !entry.set_by.is_empty()
        && let Some(object) = made.as_object_mut()
    {
        object.insert("set_by".into(), entry.set_by.into());
    }
    made
}

/// Signs that compare values of the entry.
fn operators(entry: &Entry) -> Vec<&'static str> {
    let compares = |own: &&Operator| own.kind == OperatorKind::Comparison && own.left.contains(&entry.ty);
    OPERATORS.iter().filter(compares).map(|own| own.sign).collect()
}

fn argument(argument: &Argument) -> Value {
    let mut made = json!({ "name": argument.name, "type": argument.ty.key() });
    add_shape(&mut made, argument.shape);
    made
}

fn add_shape(value: &mut Value, shape: Shape) {
    let Some(object) = value.as_object_mut() else { return };
    if let Some(pattern) = shape.pattern() {
        object.insert("pattern".into(), format!("^{pattern}$").into());
    }
    if let Shape::OneOf(words) = shape {
        object.insert("words".into(), words.iter().filter(|word| !word.is_empty()).copied().collect());
    }
}

fn operator(operator: &Operator) -> Value {
    let kind = match operator.kind {
        OperatorKind::Comparison => "comparison",
        OperatorKind::Logic => "logic",
        OperatorKind::Value => "value",
    };
    json!({
        "sign": operator.sign,
        "kind": kind,
        "left": operator.left.iter().map(|ty| ty.key()).collect::<Vec<_>>(),
        "meaning": operator.meaning,
        "example": operator.example,
    })
}

fn function(function: &FunctionEntry) -> Value {
    json!({
        "name": function.name,
        "of": function.of.key(),
        "is_field": function.is_field,
        "type": function.ty.key(),
        "nullable": function.nullable,
        "arguments": function.arguments.iter().map(argument).collect::<Vec<_>>(),
        "meaning": function.meaning,
        "example": function.example,
    })
}

const TYPES: [Type; 10] = [
    Type::Bool,
    Type::Int,
    Type::Money,
    Type::Number,
    Type::Quantity,
    Type::Text,
    Type::Date,
    Type::Texts,
    Type::Line,
    Type::Nothing,
];

/// The JSON Schema (draft-07) of [`catalogue_json`].
pub fn catalogue_json_schema() -> Value {
    let text = json!({ "type": "string" });
    let flag = json!({ "type": "boolean" });
    let texts = json!({ "type": "array", "items": text });
    let list = |name: &str| json!({ "type": "array", "items": { "$ref": format!("#/definitions/{name}") } });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "What claimflow rules can read and do",
        "type": "object",
        "required": ["format", "rhai", "clauses", "stages", "subjects", "entries", "operators", "functions"],
        "additionalProperties": false,
        "properties": {
            "$schema": text,
            "format": { "const": FORMAT },
            "rhai": { "type": "string", "description": "The version of Rhai that reads rules." },
            "clauses": list("clause"),
            "stages": list("stage"),
            "subjects": list("subject"),
            "entries": list("entry"),
            "operators": list("operator"),
            "functions": list("function"),
        },
        "definitions": {
            "type": { "enum": TYPES.map(Type::key) },
            "takes": { "enum": takes() },
            "clause": closed(&json!({
                "keyword": text, "kind": { "enum": ["about", "scope", "outcome", "detail"] },
                "takes": { "$ref": "#/definitions/takes" }, "needed": flag, "repeats": flag, "meaning": text, "example": text,
            }), &[]),
            "stage": closed(&json!({ "name": text, "meaning": text, "subjects": texts }), &[]),
            "subject": closed(&json!({
                "name": text, "meaning": text, "fields": texts, "actions": texts,
                "outcomes": { "type": "array", "items": closed(&json!({ "keyword": text, "takes": { "$ref": "#/definitions/takes" } }), &[]) },
            }), &[]),
            "argument": closed(&json!({
                "name": text, "type": { "$ref": "#/definitions/type" }, "pattern": text, "words": texts,
            }), &["pattern", "words"]),
            "entry": closed(&json!({
                "path": text, "object": text, "name": text, "kind": { "enum": ["field", "method", "action"] },
                "type": { "$ref": "#/definitions/type" }, "nullable": flag, "private": flag, "arguments": list("argument"),
                "operators": texts, "subjects": texts, "meaning": text, "example": text,
                "pattern": text, "words": texts, "set_by": text,
            }), &["pattern", "words", "set_by"]),
            "operator": closed(&json!({
                "sign": text, "kind": { "enum": ["comparison", "logic", "value"] },
                "left": { "type": "array", "items": { "$ref": "#/definitions/type" } }, "meaning": text, "example": text,
            }), &[]),
            "function": closed(&json!({
                "name": text, "of": { "enum": ["nothing", "text", "list", "date", "table"] }, "is_field": flag,
                "type": { "$ref": "#/definitions/type" }, "nullable": flag, "arguments": list("argument"),
                "meaning": text, "example": text,
            }), &[]),
        },
    })
}

fn takes() -> Vec<&'static str> {
    let mut keys: Vec<&str> = Vec::new();
    for key in CLAUSES.iter().map(|clause| clause.takes).map(Takes::key) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// An object of exactly these properties, all needed but the optional ones.
fn closed(properties: &Value, optional: &[&str]) -> Value {
    let names = properties.as_object().into_iter().flat_map(|object| object.keys());
    let needed: Vec<&String> = names.filter(|name| !optional.contains(&name.as_str())).collect();
    json!({ "type": "object", "required": needed, "additionalProperties": false, "properties": properties })
}
