//! Reads a tree of nodes by the shape of a claim.

use std::str::FromStr;

use claimflow_core::{Money, Quantity};
use jiff::civil::Date;
use serde_json::{Map, Value as Json, json};

use super::shape::{Kind, Shape};
use crate::yaml::{At, Entry, Node, Reader, Value, suggestion};

/// How a claim is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Whole claims of real people: messages repeat no value.
    Whole,
    /// The short form of cases: only what matters, a text alone where one field says it all, and made-up people.
    Case,
}

impl Style {
    const fn code(self) -> &'static str {
        match self {
            Self::Whole => "J002",
            Self::Case => "C003",
        }
    }
}

/// Reads a group of fields into JSON. Every fault is told; what could not be read is left out, and `None` says so.
pub(crate) fn read_value(reader: &mut Reader<'_>, node: &Node, shape: &Shape, style: Style) -> Option<Json> {
    if let (Style::Case, Some(short), Value::Scalar { .. }) = (style, shape.short, &node.value)
        && let Some(field) = shape.fields.iter().find(|field| field.name == short)
    {
        let mut value = read_kind(reader, node, short, field.kind, style)?;
        if let (Json::String(code), "diagnosis") = (&value, shape.name) {
            value = json!(code.replace('.', ""));
        }
        return Some(json!({ short: value }));
    }
    let Value::Map(entries) = &node.value else {
        let message = format!("`{}` is a group of fields, and this is {}", shape.name, node.kind());
        reader.fault(style.code(), node.at, message, "write its fields between `{` and `}`");
        return None;
    };
    let (mut read, mut whole) = (Map::new(), true);
    for entry in entries {
        let Some(field) = shape.fields.iter().find(|field| field.name == entry.key) else {
            unknown(reader, entry, shape, style);
            whole = false;
            continue;
        };
        whole &= !entry.twice;
        if entry.value.is_null() {
            // In a case, nothing takes away what the default claim has.
            if style == Style::Case {
                read.insert(field.name.to_owned(), Json::Null);
            }
            continue;
        }
        match read_kind(reader, &entry.value, field.name, field.kind, style) {
            Some(value) => {
                read.insert(field.name.to_owned(), value);
            }
            None => whole = false,
        }
    }
    for name in shape.required.iter().filter(|_| style == Style::Whole) {
        if !entries.iter().any(|entry| entry.key == *name && !entry.value.is_null()) {
            let message = format!("`{}` has no `{name}`", shape.name);
            reader.fault(style.code(), node.at, message, format!("add `\"{name}\": ...`"));
            whole = false;
        }
    }
    whole.then_some(Json::Object(read))
}

fn read_kind(reader: &mut Reader<'_>, node: &Node, name: &str, kind: Kind, style: Style) -> Option<Json> {
    match kind {
        Kind::Object(shape) => read_value(reader, node, shape, style),
        Kind::List(item) => read_list(reader, node, name, *item, style),
        _ => {
            let text = scalar(reader, node, name, style)?;
            let value = read_scalar(text, kind);
            if value.is_none() {
                wrong(reader, node.at, name, text, kind, style);
            }
            value
        }
    }
}

fn unknown(reader: &mut Reader<'_>, entry: &Entry, shape: &Shape, style: Style) {
    let names = shape.fields.iter().map(|field| field.name);
    let message = format!("there is no field `{}` in `{}`", entry.key, shape.name);
    reader.fault(style.code(), entry.at, message, suggestion(&entry.key, names, "fields are"));
}

fn read_list(reader: &mut Reader<'_>, node: &Node, name: &str, item: Kind, style: Style) -> Option<Json> {
    if let (Style::Case, Value::Scalar { .. }) = (style, &node.value) {
        return read_kind(reader, node, name, item, style).map(|value| json!([value]));
    }
    let Value::List(items) = &node.value else {
        let message = format!("`{name}` is a list, and this is {}", node.kind());
        reader.fault(style.code(), node.at, message, "write `[ONE, OTHER]`");
        return None;
    };
    let read: Vec<Option<Json>> =
        items.iter().map(|node| read_kind(reader, node, name, item, style)).collect();
    read.into_iter().collect::<Option<Vec<Json>>>().map(Json::Array)
}

fn scalar<'n>(reader: &mut Reader<'_>, node: &'n Node, name: &str, style: Style) -> Option<&'n str> {
    match &node.value {
        Value::Scalar { text, .. } => Some(text),
        _ => {
            let message = format!("`{name}` is a single value, and this is {}", node.kind());
            reader.fault(style.code(), node.at, message, "");
            None
        }
    }
}

fn read_scalar(text: &str, kind: Kind) -> Option<Json> {
    /// The text, if it can be read as a `T`.
    fn checked<T: FromStr>(text: &str) -> Option<Json> {
        text.parse::<T>().is_ok().then(|| json!(text))
    }
    match kind {
        Kind::Text => Some(json!(text)),
        Kind::OneOf(words) => words.contains(&text).then(|| json!(text)),
        Kind::Flag => text.parse::<bool>().ok().map(|flag| json!(flag)),
        Kind::Date => checked::<Date>(text),
        Kind::Money => checked::<Money>(text),
        Kind::Quantity => checked::<Quantity>(text),
        Kind::Number(most) => {
            text.parse::<u64>().ok().filter(|number| *number <= most).map(|number| json!(number))
        }
        Kind::Object(_) | Kind::List(_) => None,
    }
}

fn wrong(reader: &mut Reader<'_>, at: At, name: &str, text: &str, kind: Kind, style: Style) {
    let takes = match kind {
        Kind::OneOf(words) => {
            let words: Vec<String> =
                words.iter().filter(|word| !word.is_empty()).map(|word| format!("`{word}`")).collect();
            format!("one of {}", words.join(", "))
        }
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Date => "a date, as `2026-03-02`".to_owned(),
        Kind::Money => "an amount with at most two decimal places, as `\"150.00\"`".to_owned(),
        Kind::Quantity => "a number with at most three decimal places, as `\"1\"`".to_owned(),
        Kind::Number(most) => format!("a whole number up to {most}"),
        Kind::Text | Kind::Object(_) | Kind::List(_) => "something else".to_owned(),
    };
    let message = match style {
        Style::Whole => format!("`{name}` is not written as it should be"),
        Style::Case => format!("`{text}` does not fit `{name}`"),
    };
    reader.fault(style.code(), at, message, format!("write {takes}"));
}
