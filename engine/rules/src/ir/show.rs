//! Names and values as texts: what findings show as evidence. It is written for every rule that fires, so that most of it
//! is put together in place and nothing is allocated for what is short.

use std::fmt::Write as _;

use claimflow_core::{Text, field::mask};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Function, Node};
use crate::catalogue::{Entry, Type};
use crate::value::{Constant, Value};

impl Node {
    /// What the expression is, for messages.
    pub(crate) fn describe(&self) -> String {
        self.described().into()
    }

    /// What the expression is, for recorded values.
    pub(crate) fn described(&self) -> Text {
        match self {
            Self::Object(name) => Text::const_new(name),
            Self::Field(entry) => Text::const_new(entry.path),
            _ => {
                let mut out = Text::default();
                self.describe_to(&mut out);
                out
            }
        }
    }

    fn describe_to(&self, out: &mut Text) {
        match self {
            Self::Constant(constant) => describe_constant(constant, out),
            Self::Object(name) => out.push_str(name),
            Self::Field(entry) => out.push_str(entry.path),
            Self::Method(entry, args) => {
                out.push_str(entry.path);
                out.push('(');
                describe_all(args, out);
                out.push(')');
            }
            Self::TableHas(table, keys) => {
                for part in ["table(\"", table.name(), "\").has("] {
                    out.push_str(part);
                }
                describe_all(keys, out);
                out.push(')');
            }
            Self::TableGet(table, column, keys) => {
                for part in ["table(\"", table.name(), "\").get("] {
                    out.push_str(part);
                }
                describe_all(keys, out);
                for part in [", \"", table.columns().get(*column).map_or("", Text::as_str), "\")"] {
                    out.push_str(part);
                }
            }
            Self::TableKnown(table) => {
                for part in ["table(\"", table.name(), "\").known"] {
                    out.push_str(part);
                }
            }
            Self::Script(script) => out.push_str(script.text()),
            Self::Call(Function::ParseNumber, args) => {
                out.push_str("number(");
                describe_all(args, out);
                out.push(')');
            }
            Self::List(items) => {
                out.push('[');
                describe_all(items, out);
                out.push(']');
            }
            _ => out.push_str("the value"),
        }
    }
}

fn describe_all(nodes: &[Node], out: &mut Text) {
    for (place, node) in nodes.iter().enumerate() {
        if place > 0 {
            out.push_str(", ");
        }
        node.describe_to(out);
    }
}

fn describe_constant(constant: &Constant, out: &mut Text) {
    let quoted = |text: &str, out: &mut Text| {
        out.push('"');
        out.push_str(text);
        out.push('"');
    };
    match constant {
        Constant::Text(text) => quoted(text, out),
        Constant::Texts(texts) => {
            out.push('[');
            for (place, text) in texts.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                quoted(text, out);
            }
            out.push(']');
        }
        Constant::Unit => out.push_str("()"),
        other => write_value(&other.value(), out),
    }
}

/// The text of a value as evidence shows it.
pub(crate) fn show(value: &Value<'_>, private: bool) -> Text {
    let text = match value {
        Value::Unit => return Text::const_new("unknown"),
        Value::Bool(truth) => show_bool(*truth),
        Value::Text(text) => Text::from(*text),
        Value::Owned(text) => text.clone(),
        other => {
            let mut out = Text::default();
            write_value(other, &mut out);
            out
        }
    };
    if private { mask(&text) } else { text }
}

/// The text of an entry's value: a quantity without trailing zeros, a private value masked.
pub(crate) fn show_entry(entry: &Entry, value: &Value<'_>) -> Text {
    match value {
        Value::Decimal(number) if entry.ty == Type::Quantity => {
            let mut out = Text::default();
            write_decimal(*number, true, &mut out);
            out
        }
        _ => show(value, entry.private),
    }
}

pub(crate) fn show_bool(truth: bool) -> Text {
    Text::const_new(if truth { "true" } else { "false" })
}

/// Writes what [`Display`](std::fmt::Display) of the value writes.
fn write_value(value: &Value<'_>, out: &mut Text) {
    match value {
        Value::Text(text) => out.push_str(text),
        Value::Owned(text) => out.push_str(text),
        Value::Int(number) => {
            if *number < 0 {
                out.push('-');
            }
            write_digits(number.unsigned_abs(), 1, out);
        }
        Value::Decimal(number) => write_decimal(*number, false, out),
        Value::Date(date) => write_date(*date, out),
        Value::List(list) => {
            for (place, item) in list.iter().enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                write_value(&item, out);
            }
        }
        Value::Unit | Value::Bool(_) | Value::Object(_) => write_any(value, out),
    }
}

fn write_any(value: impl std::fmt::Display, out: &mut Text) {
    // Writing to memory cannot fail.
    let _written = write!(out, "{value}");
}

/// Writes a number with so many digits at least.
fn write_digits(number: u64, least: usize, out: &mut Text) {
    let mut digits = [b'0'; 20];
    let (mut left, mut used) = (number, 0);
    for digit in digits.iter_mut().rev() {
        if left == 0 && used >= least {
            break;
        }
        *digit = b'0' + u8::try_from(left % 10).unwrap_or_default();
        left /= 10;
        used += 1;
    }
    let text = digits.get(digits.len() - used..).and_then(|own| std::str::from_utf8(own).ok());
    out.push_str(text.unwrap_or_default());
}

/// Writes a decimal; `plain` leaves out zeros at its end.
fn write_decimal(number: Decimal, plain: bool, out: &mut Text) {
    let (scale, size) = (number.scale(), number.mantissa().unsigned_abs());
    let (Ok(mut size), true) = (u64::try_from(size), scale < 19 && !(size == 0 && number.is_sign_negative()))
    else {
        return write_any(if plain { number.normalize() } else { number }, out);
    };
    let mut scale = scale;
    while plain && scale > 0 && size.is_multiple_of(10) {
        size /= 10;
        scale -= 1;
    }
    if number.is_sign_negative() {
        out.push('-');
    }
    let unit = 10_u64.pow(scale);
    write_digits(size / unit, 1, out);
    if scale > 0 {
        out.push('.');
        write_digits(size % unit, scale as usize, out);
    }
}

fn write_date(date: Date, out: &mut Text) {
    let Ok(year) = u64::try_from(date.year()) else { return write_any(date, out) };
    let part = |number: i8| u64::from(number.unsigned_abs());
    write_digits(year, 4, out);
    out.push('-');
    write_digits(part(date.month()), 2, out);
    out.push('-');
    write_digits(part(date.day()), 2, out);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: &Value<'_>) -> String {
        let mut out = Text::default();
        write_value(value, &mut out);
        out.into()
    }

    proptest! {
        #[test]
        fn values_are_written_as_they_are_displayed(
            number in any::<i64>(),
            size in prop_oneof![any::<i64>().prop_map(i128::from), -1000_i128..1000, (-(1_i128 << 95))..(1_i128 << 95)],
            scale in 0_u32..28,
            year in -9999_i16..=9999,
            month in 1_i8..=12,
            day in 1_i8..=28,
        ) {
            let decimal = Decimal::from_i128_with_scale(size, scale);
            let date = Date::new(year, month, day).unwrap();
            let values = [Value::Int(number), Value::Decimal(decimal), Value::Decimal(-decimal), Value::Date(date)];
            for value in &values {
                prop_assert_eq!(written(value), value.to_string());
                prop_assert_eq!(show(value, false).to_string(), value.to_string());
            }
            for decimal in [decimal, -decimal] {
                let mut out = Text::default();
                write_decimal(decimal, true, &mut out);
                prop_assert_eq!(out.to_string(), decimal.normalize().to_string());
            }
            let list = Value::List(crate::value::List::Values(values.to_vec()));
            prop_assert_eq!(written(&list), list.to_string());
        }
    }

    #[test]
    fn the_ends_of_numbers() {
        for number in [0, 1, -1, 9, 10, i64::MAX, i64::MIN] {
            assert_eq!(written(&Value::Int(number)), number.to_string());
        }
    }
}
