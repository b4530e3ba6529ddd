//! Values while a rule is evaluated: borrowed from the claim, the facts or the rule wherever possible.

use std::cmp::Ordering;
use std::fmt;

use claimflow_core::{Diagnosis, Modifier, Rarc, Text};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Why a rule could not be evaluated, in a sentence fit for the biller. Never contains a private value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Fault(pub(crate) Box<str>);

impl Fault {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into().into_boxed_str())
    }

    /// A value that is not known was used as if it were.
    pub(crate) fn unknown(what: &str) -> Self {
        Self::new(format!("{what} is not known here; guard it first, as `{what} != () && ...`"))
    }
}

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    /// Not known, or nothing.
    Unit,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Text(&'a str),
    Owned(Text),
    Date(Date),
    List(List<'a>),
    /// One of the catalogue's objects; which one is settled by its name.
    Object(&'static str),
}

/// A list of texts, or of other values.
#[derive(Debug, Clone)]
pub(crate) enum List<'a> {
    Texts(&'a [Text]),
    Modifiers(&'a [Modifier]),
    Diagnoses(&'a [Diagnosis]),
    Remarks(&'a [Rarc]),
    Constants(&'a [Constant]),
    Values(Vec<Value<'a>>),
}

/// A constant of a script.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
    Unit,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Text(Text),
    Date(Date),
    Texts(Vec<Text>),
    List(Vec<Constant>),
}

impl Constant {
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Unit => Value::Unit,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Decimal(value) => Value::Decimal(*value),
            Self::Text(value) => Value::Text(value),
            Self::Date(value) => Value::Date(*value),
            Self::Texts(items) => Value::List(List::Texts(items)),
            Self::List(items) => Value::List(List::Constants(items)),
        }
    }
}

impl<'a> List<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Texts(items) => items.len(),
            Self::Modifiers(items) => items.len(),
            Self::Diagnoses(items) => items.len(),
            Self::Remarks(items) => items.len(),
            Self::Constants(items) => items.len(),
            Self::Values(items) => items.len(),
        }
    }

    /// True when the text is in the list.
    pub(crate) fn has_text(&self, text: &str) -> bool {
        match self {
            Self::Texts(items) => items.iter().any(|item| item == text),
            Self::Modifiers(items) => items.iter().any(|item| item.as_str() == text),
            Self::Diagnoses(items) => items.iter().any(|item| item.code.as_str() == text),
            Self::Remarks(items) => items.iter().any(|item| item.as_str() == text),
            Self::Constants(items) => items.iter().any(|item| item.value().text() == Some(text)),
            Self::Values(items) => items.iter().any(|item| item.text() == Some(text)),
        }
    }

    /// The item at that place, from 0.
    pub(crate) fn get(&self, place: usize) -> Option<Value<'a>> {
        match self {
            Self::Texts(items) => items.get(place).map(|item| Value::Text(item)),
            Self::Modifiers(items) => items.get(place).map(|item| Value::Text(item.as_str())),
            Self::Diagnoses(items) => items.get(place).map(|item| Value::Text(item.code.as_str())),
            Self::Remarks(items) => items.get(place).map(|item| Value::Text(item.as_str())),
            Self::Constants(items) => items.get(place).map(Constant::value),
            Self::Values(items) => items.get(place).cloned(),
        }
    }

    /// The items in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// True when some item satisfies the test; items that are not texts do not.
    pub(crate) fn any_text(&self, mut test: impl FnMut(&str) -> bool) -> bool {
        self.iter().any(|item| item.text().is_some_and(&mut test))
    }
}

impl Value<'_> {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Owned(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn decimal(&self) -> Option<Decimal> {
        match self {
            Self::Decimal(value) => Some(*value),
            Self::Int(value) => Some(Decimal::from(*value)),
            _ => None,
        }
    }

    pub(crate) const fn is_unit(&self) -> bool {
        matches!(self, Self::Unit)
    }

    /// What kind of value this is, in the author's words.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Unit => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Decimal(_) => "a number",
            Self::Text(_) | Self::Owned(_) => "text",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The order of two values of one kind. `None`: they cannot be ordered.
    pub(crate) fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Self::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Self::Text(_) | Self::Owned(_), _) => Some(self.text()?.cmp(other.text()?)),
            _ => Some(self.decimal()?.cmp(&other.decimal()?)),
        }
    }

    /// Equality of two values of one kind. `None`: they are of different kinds.
    pub(crate) fn equals(&self, other: &Value<'_>) -> Option<bool> {
        match (self, other) {
            (Self::List(a), Value::List(b)) => {
                if a.len() != b.len() {
                    return Some(false);
                }
                a.iter().zip(b.iter()).try_fold(true, |same, (x, y)| Some(same && x.equals(&y)?))
            }
            _ => self.order(other).map(Ordering::is_eq),
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("unknown"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Decimal(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
            Self::Owned(text) => f.write_str(text),
            Self::Date(date) => write!(f, "{date}"),
            Self::Object(name) => f.write_str(name),
            Self::List(list) => {
                for (place, item) in list.iter().enumerate() {
                    if place > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                Ok(())
            }
        }
    }
}
