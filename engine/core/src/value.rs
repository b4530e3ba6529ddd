//! Values of a workflow: of its variables, of what its guards compare, and of what plugins take and give.

use std::cmp::Ordering;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Money, Text};

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// Text, as `"held"`.
    Text,
    /// A whole number, as `3`.
    Int,
    /// `true` or `false`.
    Bool,
    /// Money, as `150.00` or `150`.
    Money,
    /// A day, as `2026-03-02`.
    Date,
}

/// A value. Records keep it with its kind, so that what was written is what is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Nothing is known.
    #[default]
    None,
    /// Text.
    Text(Text),
    /// A whole number.
    Int(i64),
    /// `true` or `false`.
    Bool(bool),
    /// Money.
    Money(Money),
    /// A day.
    Date(Date),
}

/// Values by name, in the order written.
pub type Values = Vec<(Text, Value)>;

impl ValueType {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Text, Self::Int, Self::Bool, Self::Money, Self::Date];

    /// The word that authors write for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "number",
            Self::Bool => "bool",
            Self::Money => "money",
            Self::Date => "date",
        }
    }

    /// From the word that authors write.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// In words, as in `fee is money`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "a whole number",
            Self::Bool => "true or false",
            Self::Money => "money",
            Self::Date => "a day",
        }
    }

    /// One, as authors write it.
    pub const fn sample(self) -> &'static str {
        match self {
            Self::Text => "\"held\"",
            Self::Int => "3",
            Self::Bool => "true",
            Self::Money => "150.00",
            Self::Date => "date(\"2026-03-02\")",
        }
    }

    /// A first value of a variable, as authors write it at the top of a workflow.
    pub const fn first(self) -> &'static str {
        match self {
            Self::Text => "\"\"",
            Self::Int => "0",
            Self::Bool => "false",
            Self::Money => "0.00",
            Self::Date => "2026-01-01",
        }
    }

    /// How one is written, as in `write an amount, as 150.00`.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes, as \"held\"",
            Self::Int => "a whole number, as 3",
            Self::Bool => "true or false",
            Self::Money => "an amount, as 150.00",
            Self::Date => "a day, as date(\"2026-03-02\")",
        }
    }
}

impl Value {
    /// The kind of this value; `None` when nothing is known.
    pub const fn kind(&self) -> Option<ValueType> {
        Some(match self {
            Self::None => return None,
            Self::Text(_) => ValueType::Text,
            Self::Int(_) => ValueType::Int,
            Self::Bool(_) => ValueType::Bool,
            Self::Money(_) => ValueType::Money,
            Self::Date(_) => ValueType::Date,
        })
    }

    /// True when something is known.
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// True when a place that takes this kind takes this value: one of the kind, or nothing.
    pub fn fits(&self, kind: ValueType) -> bool {
        self.kind().is_none_or(|own| own == kind)
    }

    /// The order of two values of one kind; `None` for two of different kinds, and where nothing is known.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Money(a), Self::Money(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// As an author would write it: text in quotes.
    pub fn literal(&self) -> Literal<'_> {
        Literal(self)
    }

    /// The value of that name among others.
    pub fn of<'a>(values: &'a [(Text, Self)], name: &str) -> Option<&'a Self> {
        values.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }
}

/// A value as an author would write it.
#[derive(Debug, Clone, Copy)]
pub struct Literal<'a>(&'a Value);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Text(text) => write!(f, "\"{text}\""),
            Value::Date(date) => write!(f, "date(\"{date}\")"),
            other => other.fmt(f),
        }
    }
}

/// As people read it: text as it is, and `nothing` where nothing is known.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("nothing"),
            Self::Text(text) => f.write_str(text),
            Self::Int(value) => value.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Money(value) => value.fmt(f),
            Self::Date(value) => value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn all() -> [Value; 6] {
        [
            Value::None,
            Value::Text("a \"b\"".into()),
            Value::Int(-3),
            Value::Bool(true),
            Value::Money(Money::from_cents(15_000)),
            Value::Date(date(2026, 3, 2)),
        ]
    }

    #[test]
    fn values_survive_records_and_json() {
        for value in all() {
            let bytes = postcard::to_allocvec(&value).unwrap();
            assert_eq!(postcard::from_bytes::<Value>(&bytes).unwrap(), value);
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn people_and_authors_read_them() {
        let shown: Vec<String> = all().iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["nothing", "a \"b\"", "-3", "true", "150.00", "2026-03-02"]);
        assert_eq!(Value::Text("held".into()).literal().to_string(), "\"held\"");
        assert_eq!(Value::Money(Money::ZERO).literal().to_string(), "0.00");
    }

    #[test]
    fn only_values_of_one_kind_compare() {
        for (place, a) in all().iter().enumerate() {
            for (other, b) in all().iter().enumerate() {
                assert_eq!(a.compare(b).is_some(), place == other && a.is_known(), "{a} {b}");
            }
            assert!(ValueType::ALL.into_iter().filter(|kind| a.fits(*kind)).count() >= 1);
        }
        for kind in ValueType::ALL {
            assert_eq!(ValueType::parse(kind.as_str()), Some(kind));
        }
    }
}
