//! What the operators and functions of conditions do.

use claimflow_core::{Text, days_between};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Arithmetic, Comparison, Function, Node, Values, show, show_entry};
use crate::context::Ctx;
use crate::value::{Fault, List, Value};

pub(super) fn compare<'a>(
    op: Comparison,
    left: &'a Node,
    right: &'a Node,
    ctx: &Ctx<'a>,
) -> Result<bool, Fault> {
    let (a, b) = (left.known(ctx)?, right.known(ctx)?);
    if let (Some(x), Some(y)) = (a.text(), b.text()) {
        return Ok(op.holds(x.cmp(y)));
    }
    let outcome = if op.orders() {
        a.order(&b).map(|order| op.holds(order))
    } else {
        a.equals(&b).map(|same| same == (op == Comparison::Equal))
    };
    outcome.ok_or_else(|| {
        Fault::new(format!("{} is {} and cannot be compared with {}", left.describe(), a.kind(), b.kind()))
    })
}

pub(super) fn in_texts<'a>(inner: &'a Node, texts: &[Text], ctx: &Ctx<'a>) -> Result<bool, Fault> {
    let value = inner.known(ctx)?;
    match value.text() {
        Some(text) => Ok(texts.iter().any(|own| own == text)),
        None => Err(Fault::new(format!("{} is {}, not text", inner.describe(), value.kind()))),
    }
}

pub(super) fn all<'a>(parts: &'a [Node], ctx: &Ctx<'a>) -> Result<bool, Fault> {
    for part in parts {
        if !part.test(ctx)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn any<'a>(parts: &'a [Node], ctx: &Ctx<'a>) -> Result<bool, Fault> {
    for part in parts {
        if part.test(ctx)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn coalesce<'a>(parts: &'a [Node], ctx: &Ctx<'a>) -> Result<Value<'a>, Fault> {
    for part in parts {
        let value = part.eval(ctx)?;
        if !value.is_unit() {
            return Ok(value);
        }
    }
    Ok(Value::Unit)
}

fn overflow() -> Fault {
    Fault::new("the result of a calculation is too large, or divides by zero")
}

pub(super) fn arithmetic<'a>(
    op: Arithmetic,
    sides: &'a (Node, Node),
    ctx: &Ctx<'a>,
) -> Result<Value<'a>, Fault> {
    let (a, b) = (sides.0.known(ctx)?, sides.1.known(ctx)?);
    if let (Value::Int(a), Value::Int(b)) = (&a, &b) {
        let (a, b) = (*a, *b);
        let result = match op {
            Arithmetic::Add => a.checked_add(b),
            Arithmetic::Subtract => a.checked_sub(b),
            Arithmetic::Multiply => a.checked_mul(b),
            Arithmetic::Divide => a.checked_div(b),
            Arithmetic::Remainder => a.checked_rem(b),
        };
        return result.map(Value::Int).ok_or_else(overflow);
    }
    if let (Arithmetic::Add, Some(x), Some(y)) = (op, a.text(), b.text()) {
        return Ok(Value::Owned([x, y].concat().into()));
    }
    let (Some(x), Some(y)) = (a.decimal(), b.decimal()) else {
        return Err(Fault::new(format!("{} and {} cannot be calculated with", a.kind(), b.kind())));
    };
    decimal_arithmetic(op, x, y).map(Value::Decimal).ok_or_else(overflow)
}

fn decimal_arithmetic(op: Arithmetic, a: Decimal, b: Decimal) -> Option<Decimal> {
    match op {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
    }
}

pub(super) fn negate<'a>(inner: &'a Node, ctx: &Ctx<'a>) -> Result<Value<'a>, Fault> {
    match inner.known(ctx)? {
        Value::Int(value) => value.checked_neg().map(Value::Int).ok_or_else(overflow),
        Value::Decimal(value) => Ok(Value::Decimal(-value)),
        other => Err(Fault::new(format!("{} is {}, not a number", inner.describe(), other.kind()))),
    }
}

pub(super) fn concat<'a>(parts: &'a [Node], ctx: &Ctx<'a>) -> Result<Value<'a>, Fault> {
    let mut text = Text::default();
    for part in parts {
        let value = part.eval(ctx)?;
        if let (Node::Constant(_), Some(plain)) = (part, value.text()) {
            text.push_str(plain);
            continue;
        }
        let shown = match part {
            Node::Field(entry) | Node::Method(entry, _) => show_entry(entry, &value),
            _ => show(&value, part.is_private()),
        };
        text.push_str(&shown);
    }
    Ok(Value::Owned(text))
}

pub(super) fn call<'a>(function: Function, args: &'a [Node], ctx: &Ctx<'a>) -> Result<Value<'a>, Fault> {
    let mut values = Values::new();
    for arg in args {
        values.push(arg.known(ctx)?);
    }
    apply(function, &values).ok_or_else(|| {
        let kinds = values.iter().map(Value::kind).collect::<Vec<_>>().join(" and ");
        Fault::new(format!("this function does not take {kinds}"))
    })
}

/// The result of a function; `None` for arguments of kinds it does not take.
pub(crate) fn apply<'a>(function: Function, args: &[Value<'a>]) -> Option<Value<'a>> {
    let (first, second) = (args.first()?, args.get(1));
    let text = |test: fn(&str, &str) -> bool| Some(Value::Bool(test(first.text()?, second?.text()?)));
    let length = |count: usize| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    match (function, first) {
        (Function::StartsWith, _) => text(|text, part| text.starts_with(part)),
        (Function::EndsWith, _) => text(|text, part| text.ends_with(part)),
        (Function::ContainsText, _) => text(|text, part| text.contains(part)),
        (Function::TextLength, _) => Some(length(first.text()?.chars().count())),
        (Function::TextIsEmpty, _) => Some(Value::Bool(first.text()?.is_empty())),
        (Function::ListContains, Value::List(list)) => contains(list, second?).map(Value::Bool),
        (Function::ListLength, Value::List(list)) => Some(length(list.len())),
        (Function::ListIsEmpty, Value::List(list)) => Some(Value::Bool(list.len() == 0)),
        (Function::ListAny, Value::List(list)) => match second? {
            Value::List(others) => Some(Value::Bool(others.any_text(|text| list.has_text(text)))),
            _ => None,
        },
        (Function::Year, Value::Date(date)) => Some(Value::Int(i64::from(date.year()))),
        (Function::Month, Value::Date(date)) => Some(Value::Int(i64::from(date.month()))),
        (Function::Weekday, Value::Date(date)) => {
            Some(Value::Int(i64::from(date.weekday().to_monday_one_offset())))
        }
        (Function::DaysBetween, Value::Date(from)) => match second? {
            Value::Date(to) => Some(Value::Int(days_between(*from, *to))),
            _ => None,
        },
        (Function::ParseDate, _) => first.text()?.parse::<Date>().ok().map(Value::Date),
        (Function::ParseNumber, _) => Some(parse_number(first.text()?).map_or(Value::Unit, Value::Decimal)),
        _ => None,
    }
}

/// The number that is written so: digits, at most one point, a sign before them.
pub(crate) fn parse_number(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { Decimal::from_str_exact(text).ok() } else { None }
}

/// True when the list has the value; `None` when its items are of another kind.
pub(crate) fn contains(list: &List<'_>, value: &Value<'_>) -> Option<bool> {
    if let Some(text) = value.text() {
        return Some(list.has_text(text));
    }
    list.iter().try_fold(false, |found, item| Some(found || item.equals(value)?))
}
