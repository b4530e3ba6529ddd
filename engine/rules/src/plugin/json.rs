//! JSON for plugins: numbers keep every digit that was written.

use std::collections::BTreeMap;
use std::fmt::Write;

use claimflow_core::Text;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Data;
use super::shape::DEPTH;

/// Reads a text of JSON. Whole numbers and decimals are exact; one that no decimal of 28 digits holds is refused.
///
/// # Errors
/// What is wrong, and where, without repeating what stands there.
pub fn parse_json(text: &str) -> Result<Data, String> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        format!("this is not JSON: something is wrong at line {}, column {}", error.line(), error.column())
    })?;
    value(raw.get(), DEPTH)
}

fn value(text: &str, depth: usize) -> Result<Data, String> {
    let text = text.trim();
    let broken = |_: serde_json::Error| "this is not JSON".to_owned();
    match text.bytes().next() {
        Some(b'n') => Ok(Data::Nothing),
        Some(b't') => Ok(Data::Bool(true)),
        Some(b'f') => Ok(Data::Bool(false)),
        Some(b'"') => serde_json::from_str::<String>(text).map(Data::text).map_err(broken),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(broken)?;
            let depth = deeper(depth)?;
            items.iter().map(|item| value(item.get(), depth)).collect::<Result<_, _>>().map(Data::List)
        }
        Some(b'{') => {
            let fields: Fields<'_> = serde_json::from_str(text).map_err(broken)?;
            let depth = deeper(depth)?;
            let fields = fields.0.into_iter().map(|(name, raw)| Ok((name, value(raw.get(), depth)?)));
            fields.collect::<Result<_, String>>().map(Data::Map)
        }
        _ => number(text),
    }
}

/// Fields by name: of two with one name the later stands, as in most readers of JSON.
#[derive(Deserialize)]
#[serde(transparent)]
struct Fields<'t>(#[serde(borrow)] BTreeMap<Text, &'t RawValue>);

fn deeper(depth: usize) -> Result<usize, String> {
    depth.checked_sub(1).ok_or_else(|| format!("this JSON is nested more than {DEPTH} deep"))
}

fn number(text: &str) -> Result<Data, String> {
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(Data::Int(whole));
    }
    let exact = match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(text).ok(),
        false => Decimal::from_str_exact(text).ok(),
    };
    exact
        .map(Data::Decimal)
        .ok_or_else(|| "a number in this JSON has more digits than can be kept".to_owned())
}

/// Writes a value as JSON: fields in order of name, days as `2026-03-02`, decimals with the digits that they have.
///
/// # Errors
/// A secret is never written out.
pub fn print_json(data: &Data) -> Result<String, String> {
    let mut text = String::new();
    print(data, &mut text)?;
    Ok(text)
}

fn print(data: &Data, into: &mut String) -> Result<(), String> {
    match data {
        Data::Nothing => into.push_str("null"),
        Data::Bool(value) => written(into, value),
        Data::Int(value) => written(into, value),
        Data::Decimal(value) => written(into, value),
        Data::Text(text) => quoted(text, into)?,
        Data::Date(date) => quoted(&date.to_string(), into)?,
        Data::List(items) => {
            into.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    into.push(',');
                }
                print(item, into)?;
            }
            into.push(']');
        }
        Data::Map(fields) => {
            into.push('{');
            for (place, (name, value)) in fields.iter().enumerate() {
                if place > 0 {
                    into.push(',');
                }
                quoted(name, into)?;
                into.push(':');
                print(value, into)?;
            }
            into.push('}');
        }
        Data::Sealed(_) => {
            return Err("a secret cannot be written into JSON: hand it on in a header".to_owned());
        }
    }
    Ok(())
}

fn written(into: &mut String, value: impl std::fmt::Display) {
    // Writing into a text cannot fail.
    let _written = write!(into, "{value}");
}

fn quoted(text: &str, into: &mut String) -> Result<(), String> {
    into.push_str(&serde_json::to_string(text).map_err(|_| "a text cannot be written as JSON".to_owned())?);
    Ok(())
}
