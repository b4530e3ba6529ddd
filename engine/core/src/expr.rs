//! Expressions of a workflow, as data: compiled by the rule language, evaluated here without it.
//!
//! An expression is total: what cannot be said, as a sum with a part that is not known, is not known.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::guard::GuardOp;
use crate::{Money, Text, Value, ValueType, days_between};

/// What gives a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// A literal.
    Value(Value),
    /// A variable of the workflow, of its guards, or a field of the claim (`claim.charge`).
    Variable(Text),
    /// The opposite.
    Not(Box<Expr>),
    /// All of them hold.
    And(Vec<Expr>),
    /// At least one of them holds.
    Or(Vec<Expr>),
    /// Two values compared.
    Compare {
        /// How.
        op: GuardOp,
        /// Left and right.
        sides: Box<(Expr, Expr)>,
    },
    /// A value is one of several.
    In {
        /// Which.
        item: Box<Expr>,
        /// Of which.
        list: Vec<Expr>,
    },
    /// Two values reckoned with.
    Math {
        /// How.
        op: MathOp,
        /// Left and right.
        sides: Box<(Expr, Expr)>,
    },
    /// One of two values.
    If {
        /// What must hold for the first.
        when: Box<Expr>,
        /// The first, and the one otherwise.
        sides: Box<(Expr, Expr)>,
    },
}

/// How two values are reckoned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MathOp {
    /// `+`: numbers and money add up, texts are joined, days are added to a date.
    Add,
    /// `-`: the difference; of two dates, in days.
    Subtract,
    /// `*`: money or a number, so many times.
    Multiply,
}

impl MathOp {
    /// From the sign that authors write.
    pub fn parse(sign: &str) -> Option<Self> {
        Some(match sign {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            _ => return None,
        })
    }

    /// The sign that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
        }
    }

    /// The kind of the result; `None` where the two cannot be reckoned with.
    pub const fn kind(self, left: ValueType, right: ValueType) -> Option<ValueType> {
        use ValueType::{Date, Int, Money, Text};
        Some(match (self, left, right) {
            (_, Int, Int) | (Self::Subtract, Date, Date) => Int,
            (Self::Add | Self::Subtract, Money, Money)
            | (Self::Multiply, Money, Int)
            | (Self::Multiply, Int, Money) => Money,
            (Self::Add, Text, Text) => Text,
            (Self::Add | Self::Subtract, Date, Int) => Date,
            _ => return None,
        })
    }

    fn apply(self, left: &Value, right: &Value) -> Value {
        match (self, left, right) {
            (_, Value::Int(a), Value::Int(b)) => Value::Int(self.numbers(*a, *b)),
            (Self::Add, Value::Money(a), Value::Money(b)) => Value::Money(*a + *b),
            (Self::Subtract, Value::Money(a), Value::Money(b)) => Value::Money(*a - *b),
            (Self::Multiply, Value::Money(a), Value::Int(b))
            | (Self::Multiply, Value::Int(b), Value::Money(a)) => {
                Value::Money(Money::from_cents(a.parts().saturating_mul(*b)))
            }
            (Self::Add, Value::Text(a), Value::Text(b)) => joined(a, b),
            (Self::Add, Value::Date(day), Value::Int(days)) => moved(*day, *days),
            (Self::Subtract, Value::Date(day), Value::Int(days)) => moved(*day, days.saturating_neg()),
            (Self::Subtract, Value::Date(a), Value::Date(b)) => Value::Int(days_between(*b, *a)),
            _ => Value::None,
        }
    }

    const fn numbers(self, a: i64, b: i64) -> i64 {
        match self {
            Self::Add => a.saturating_add(b),
            Self::Subtract => a.saturating_sub(b),
            Self::Multiply => a.saturating_mul(b),
        }
    }
}

/// The longest text that an expression makes: what a workflow keeps of a claim stays small.
pub const LONGEST_TEXT: usize = 2_000;

fn joined(a: &Text, b: &Text) -> Value {
    if a.len() + b.len() > LONGEST_TEXT {
        return Value::None;
    }
    let mut text = a.clone();
    text.push_str(b);
    Value::Text(text)
}

fn moved(day: Date, days: i64) -> Value {
    // A day beyond what a calendar holds is no day.
    let span = (-3_660_000..=3_660_000).contains(&days).then(|| days.days());
    span.and_then(|span| day.checked_add(span).ok()).map_or(Value::None, Value::Date)
}

impl Expr {
    /// The value. `lookup` answers a variable's, or `None` when it is not known.
    pub fn eval(&self, lookup: &dyn Fn(&str) -> Option<Value>) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Variable(name) => lookup(name).unwrap_or_default(),
            Self::Compare { op, sides } => {
                let order = sides.0.eval(lookup).compare(&sides.1.eval(lookup));
                order.map_or(Value::None, |order| Value::Bool(op.holds(order)))
            }
            Self::Math { op, sides } => op.apply(&sides.0.eval(lookup), &sides.1.eval(lookup)),
            Self::If { when, sides } => match when.known(lookup) {
                Some(true) => sides.0.eval(lookup),
                Some(false) => sides.1.eval(lookup),
                None => Value::None,
            },
            Self::Not(_) | Self::And(_) | Self::Or(_) | Self::In { .. } => {
                self.known(lookup).map_or(Value::None, Value::Bool)
            }
        }
    }

    /// Whether it holds; `None` when that is not known.
    pub fn known(&self, lookup: &dyn Fn(&str) -> Option<Value>) -> Option<bool> {
        match self {
            Self::Not(inner) => inner.known(lookup).map(|holds| !holds),
            Self::And(parts) => crate::guard::all(parts.iter().map(|part| part.known(lookup)), false),
            Self::Or(parts) => crate::guard::all(parts.iter().map(|part| part.known(lookup)), true),
            Self::In { item, list } => {
                let own = item.eval(lookup);
                own.is_known().then(|| {
                    list.iter()
                        .any(|value| own.compare(&value.eval(lookup)).is_some_and(std::cmp::Ordering::is_eq))
                })
            }
            other => match other.eval(lookup) {
                Value::Bool(holds) => Some(holds),
                _ => None,
            },
        }
    }

    /// Names of the variables read, each once, in reading order.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect(&mut names);
        names
    }

    pub(crate) fn collect<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Value(_) => {}
            Self::Variable(name) => {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
            Self::Not(inner) => inner.collect(names),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.collect(names)),
            Self::Compare { sides, .. } | Self::Math { sides, .. } => {
                sides.0.collect(names);
                sides.1.collect(names);
            }
            Self::In { item, list } => {
                item.collect(names);
                list.iter().for_each(|part| part.collect(names));
            }
            Self::If { when, sides } => {
                when.collect(names);
                sides.0.collect(names);
                sides.1.collect(names);
            }
        }
    }
}

/// As an author would write it.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{}", value.literal()),
            Self::Variable(name) => f.write_str(name),
            Self::Not(inner) => write!(f, "!({inner})"),
            Self::And(parts) => joined_by(f, parts, " && "),
            Self::Or(parts) => joined_by(f, parts, " || "),
            Self::Compare { op, sides } => write!(f, "{} {} {}", Part(&sides.0), op.as_str(), Part(&sides.1)),
            Self::Math { op, sides } => write!(f, "{} {} {}", Part(&sides.0), op.as_str(), Part(&sides.1)),
            Self::In { item, list } => {
                write!(f, "{} in [", Part(item))?;
                joined_by(f, list, ", ")?;
                f.write_str("]")
            }
            Self::If { when, sides } => write!(f, "if {when} {{ {} }} else {{ {} }}", sides.0, sides.1),
        }
    }
}

/// A part of a longer expression, in brackets where it is not a single word.
struct Part<'a>(&'a Expr);

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::Value(_) | Expr::Variable(_) | Expr::Not(_) => self.0.fmt(f),
            longer => write!(f, "({longer})"),
        }
    }
}

fn joined_by(f: &mut fmt::Formatter<'_>, parts: &[Expr], between: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(between)?;
        }
        match part {
            Expr::And(_) | Expr::Or(_) | Expr::If { .. } => write!(f, "({part})")?,
            other => write!(f, "{other}")?,
        }
    }
    Ok(())
}
