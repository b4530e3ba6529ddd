//! Guards of a workflow's transitions, as data: compiled by the rule language, evaluated here without it.
//!
//! A guard is three-valued inside: a comparison with a value that is not known is unknown, and only what is known to
//! hold holds. So neither `outcome == "held"` nor `outcome != "held"` takes a transition while the outcome is unknown.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::expr::Expr;
use crate::{Text, Value};

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// A guard: what must hold for a transition to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardExpr {
    /// Holds without condition.
    Always,
    /// What is more than a variable beside a literal.
    Holds(Expr),
    /// A variable against a literal.
    Compare {
        /// Name of the variable.
        variable: Text,
        /// How.
        op: GuardOp,
        /// The literal.
        value: Value,
    },
    /// A variable is one of several literals.
    In {
        /// Name of the variable.
        variable: Text,
        /// The literals.
        values: Vec<Value>,
    },
    /// The opposite.
    Not(Box<GuardExpr>),
    /// All of them.
    And(Vec<GuardExpr>),
    /// At least one of them.
    Or(Vec<GuardExpr>),
}

impl GuardOp {
    /// From the sign that authors write.
    pub fn parse(sign: &str) -> Option<Self> {
        Some(match sign {
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::Greater,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    /// True when it asks which of two values comes first, not only whether they are the same.
    pub const fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }

    /// The sign that authors write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }

    /// True when two values in that order compare so.
    pub const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

impl GuardExpr {
    /// True when the guard is known to hold. `lookup` answers a variable's value, or `None` when it is not known.
    pub fn eval(&self, lookup: &dyn Fn(&str) -> Option<Value>) -> bool {
        self.known(lookup) == Some(true)
    }

    /// True when the guard holds whatever the variables are.
    pub fn is_always(&self) -> bool {
        match self {
            Self::Always => true,
            Self::And(parts) => parts.iter().all(Self::is_always),
            Self::Or(parts) => parts.iter().any(Self::is_always),
            _ => false,
        }
    }

    /// Names of the variables read, each once, in reading order.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect(&mut names);
        names
    }

    fn collect<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Always => {}
            Self::Holds(expr) => expr.collect(names),
            Self::Compare { variable, .. } | Self::In { variable, .. } => {
                if !names.contains(&variable.as_str()) {
                    names.push(variable);
                }
            }
            Self::Not(inner) => inner.collect(names),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.collect(names)),
        }
    }

    fn known(&self, lookup: &dyn Fn(&str) -> Option<Value>) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::Holds(expr) => expr.known(lookup),
            Self::Compare { variable, op, value } => Some(op.holds(lookup(variable)?.compare(value)?)),
            Self::In { variable, values } => {
                let own = lookup(variable)?;
                Some(values.iter().any(|value| own.compare(value) == Some(Ordering::Equal)))
            }
            Self::Not(inner) => inner.known(lookup).map(|holds| !holds),
            Self::And(parts) => all(parts.iter().map(|part| part.known(lookup)), false),
            Self::Or(parts) => all(parts.iter().map(|part| part.known(lookup)), true),
        }
    }
}

/// `decisive` as soon as one part is it; unknown when one is unknown; else its opposite.
pub(crate) fn all(parts: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut answer = Some(!decisive);
    for part in parts {
        match part {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => answer = None,
        }
    }
    answer
}

impl fmt::Display for GuardExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Holds(expr) => write!(f, "{expr}"),
            Self::Compare { variable, op, value } => {
                write!(f, "{variable} {} {}", op.as_str(), value.literal())
            }
            Self::In { variable, values } => {
                write!(f, "{variable} in [")?;
                separated(f, values)?;
                f.write_str("]")
            }
            Self::Not(inner) => write!(f, "!({inner})"),
            Self::And(parts) => nested(f, parts, " && "),
            Self::Or(parts) => nested(f, parts, " || "),
        }
    }
}

fn separated(f: &mut fmt::Formatter<'_>, items: &[Value]) -> fmt::Result {
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{}", item.literal())?;
    }
    Ok(())
}

fn nested(f: &mut fmt::Formatter<'_>, parts: &[GuardExpr], between: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(between)?;
        }
        match part {
            GuardExpr::And(_) | GuardExpr::Or(_) => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Money;

    fn compare(variable: &str, op: GuardOp, value: Value) -> GuardExpr {
        GuardExpr::Compare { variable: variable.into(), op, value }
    }

    fn lookup(name: &str) -> Option<Value> {
        match name {
            "outcome" => Some(Value::Text("held".into())),
            "paid" => Some(Value::Money(Money::from_cents(100))),
            "tries" => Some(Value::Int(3)),
            _ => None,
        }
    }

    #[test]
    fn compares_values_of_one_kind() {
        let held = compare("outcome", GuardOp::Equal, Value::Text("held".into()));
        let paid = compare("paid", GuardOp::Greater, Value::Money(Money::ZERO));
        let both = GuardExpr::And(vec![held.clone(), paid]);
        assert!(both.eval(&lookup));
        assert_eq!(both.to_string(), "outcome == \"held\" && paid > 0.00");
        assert_eq!(both.variables(), ["outcome", "paid"]);
        assert!(!GuardExpr::Not(Box::new(held)).eval(&lookup));
        assert!(!compare("tries", GuardOp::Equal, Value::Text("3".into())).eval(&lookup));
        let one_of = GuardExpr::In { variable: "tries".into(), values: vec![Value::Int(1), Value::Int(3)] };
        assert!(one_of.eval(&lookup));
        assert_eq!(one_of.to_string(), "tries in [1, 3]");
    }

    #[test]
    fn what_is_not_known_does_not_hold() {
        let unknown = compare("verdict", GuardOp::Equal, Value::Bool(true));
        let known = compare("tries", GuardOp::AtLeast, Value::Int(3));
        assert!(!unknown.eval(&lookup));
        assert!(!GuardExpr::Not(Box::new(unknown.clone())).eval(&lookup));
        assert!(GuardExpr::Or(vec![unknown.clone(), known.clone()]).eval(&lookup));
        assert!(!GuardExpr::And(vec![unknown, known]).eval(&lookup));
    }

    #[test]
    fn always_is_seen_through_nesting() {
        let sometimes = compare("tries", GuardOp::Equal, Value::Int(3));
        assert!(GuardExpr::And(vec![]).is_always());
        assert!(GuardExpr::Or(vec![sometimes.clone(), GuardExpr::Always]).is_always());
        assert!(!GuardExpr::And(vec![sometimes, GuardExpr::Always]).is_always());
    }
}
