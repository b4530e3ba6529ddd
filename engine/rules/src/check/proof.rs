//! What conditions prove: that parts contradict each other, or that one condition holds wherever another does.
//!
//! INVARIANT: everything here errs on the side of silence. What has no plain form (scripts, arithmetic, `if`) proves
//! nothing, so that nothing is reported that a claim could refute.

use std::collections::BTreeSet;
use std::sync::Arc;

use claimflow_core::{Subject, Text};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::ir::{Comparison, Node};
use crate::value::Constant;

/// One thing that must hold of one value.
#[derive(Debug, Clone, PartialEq)]
enum Holds {
    Is(bool),
    Unknown(bool),
    Among(BTreeSet<Text>),
    NotAmong(BTreeSet<Text>),
    Number(Comparison, Decimal),
}

/// A condition in plain parts, all of which must hold, and choices, of each of which one must.
#[derive(Debug, Default)]
struct Parts {
    plain: Vec<(String, Holds)>,
    choices: Vec<Vec<Parts>>,
    /// True when it has a part without a plain form.
    opaque: bool,
}

impl Parts {
    fn of(node: &Node, wanted: bool) -> Self {
        let mut parts = Self::default();
        parts.add(node, wanted);
        parts
    }

    fn add(&mut self, node: &Node, wanted: bool) {
        match (node, wanted) {
            (Node::Not(inner), _) => self.add(inner, !wanted),
            (Node::Constant(Constant::Bool(value)), _) if *value == wanted => {}
            (Node::Constant(Constant::Bool(_)), _) => {
                self.plain.extend([true, false].map(|value| ("false".to_owned(), Holds::Is(value))));
            }
            (Node::And(all), true) | (Node::Or(all), false) => {
                for part in all {
                    self.add(part, wanted);
                }
            }
            (Node::Or(any), true) | (Node::And(any), false) => {
                self.choices.push(any.iter().map(|part| Self::of(part, wanted)).collect());
            }
            _ => match plain(node, wanted) {
                Some(part) => self.plain.push(part),
                None => self.opaque = true,
            },
        }
    }
}

/// The part of one value that a comparison or a test is.
fn plain(node: &Node, wanted: bool) -> Option<(String, Holds)> {
    match node {
        Node::Compare(op, sides) => compared(*op, &sides.0, &sides.1, wanted),
        Node::InTexts(inner, texts) => Some((name(inner)?, among(texts.iter().cloned().collect(), wanted))),
        Node::IsUnknown { inner, negated } => Some((name(inner)?, Holds::Unknown(*negated != wanted))),
        _ => Some((name(node)?, Holds::Is(wanted))),
    }
}

const fn among(texts: BTreeSet<Text>, wanted: bool) -> Holds {
    if wanted { Holds::Among(texts) } else { Holds::NotAmong(texts) }
}

fn compared(op: Comparison, left: &Node, right: &Node, wanted: bool) -> Option<(String, Holds)> {
    let (subject, constant, op) = match (left, right) {
        (Node::Constant(constant), subject) => (subject, constant, mirrored(op)),
        (subject, Node::Constant(constant)) => (subject, constant, op),
        _ => return Some((format!("{} {} {}", name(left)?, op.as_str(), name(right)?), Holds::Is(wanted))),
    };
    let name = name(subject)?;
    let op = if wanted { op } else { opposite(op) };
    let holds = match constant {
        Constant::Bool(value) if op == Comparison::Equal => Holds::Is(*value),
        Constant::Bool(value) if op == Comparison::NotEqual => Holds::Is(!*value),
        Constant::Text(text) if op == Comparison::Equal => Holds::Among([text.clone()].into()),
        Constant::Text(text) if op == Comparison::NotEqual => Holds::NotAmong([text.clone()].into()),
        Constant::Int(value) => Holds::Number(op, Decimal::from(*value)),
        Constant::Decimal(value) => Holds::Number(op, *value),
        // In the order of days, which is all that is asked of it.
        Constant::Date(date) => {
            let (year, month, day) = (date.year(), date.month(), date.day());
            let number = i64::from(year) * 10_000 + i64::from(month) * 100 + i64::from(day);
            Holds::Number(op, Decimal::from(number))
        }
        _ => return None,
    };
    Some((name, holds))
}

const fn mirrored(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::AtMost => Comparison::AtLeast,
        Comparison::Greater => Comparison::Less,
        Comparison::AtLeast => Comparison::AtMost,
        same => same,
    }
}

const fn opposite(op: Comparison) -> Comparison {
    match op {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::AtLeast,
        Comparison::AtMost => Comparison::Greater,
        Comparison::Greater => Comparison::AtMost,
        Comparison::AtLeast => Comparison::Less,
    }
}

/// What stands for one value wherever it is read; `None` for what may differ from one reading to the next or is not
/// told apart by its text.
fn name(node: &Node) -> Option<String> {
    let names = |parts: &[Node]| parts.iter().map(name).collect::<Option<Vec<_>>>().map(|all| all.join(", "));
    Some(match node {
        Node::Field(_) | Node::Object(_) | Node::Constant(_) => node.describe(),
        Node::Method(entry, arguments) => format!("{}({})", entry.path, names(arguments)?),
        // Packs can have tables of one name.
        Node::TableHas(table, keys) => format!("{:p}.has({})", Arc::as_ptr(table), names(keys)?),
        Node::TableGet(table, column, keys) => {
            format!("{:p}.get({}, {column})", Arc::as_ptr(table), names(keys)?)
        }
        Node::Call(function, arguments) => format!("{function:?}({})", names(arguments)?),
        _ => return None,
    })
}

/// What is known of one value.
#[derive(Debug, Clone, Default)]
struct Known {
    truth: Option<bool>,
    unknown: Option<bool>,
    among: Option<BTreeSet<Text>>,
    not_among: BTreeSet<Text>,
    low: Option<(Decimal, bool)>,
    high: Option<(Decimal, bool)>,
    not: Vec<Decimal>,
    /// True when no value can be so.
    impossible: bool,
}

impl Known {
    fn learn(&mut self, holds: &Holds) {
        match holds {
            Holds::Is(value) => {
                self.impossible |= self.truth.is_some_and(|own| own != *value);
                self.truth = Some(*value);
            }
            Holds::Unknown(value) => {
                self.impossible |= self.unknown.is_some_and(|own| own != *value);
                self.unknown = Some(*value);
            }
            Holds::Among(texts) => {
                let both = match &self.among {
                    Some(own) => own.intersection(texts).cloned().collect(),
                    None => texts.clone(),
                };
                self.among = Some(both);
            }
            Holds::NotAmong(texts) => self.not_among.extend(texts.iter().cloned()),
            Holds::Number(op, value) => self.bound(*op, *value),
        }
        let no_text =
            self.among.as_ref().is_some_and(|own| own.iter().all(|text| self.not_among.contains(text)));
        let valued =
            self.truth.is_some() || self.among.is_some() || self.low.is_some() || self.high.is_some();
        self.impossible |= no_text || self.no_number() || (self.unknown == Some(true) && valued);
    }

    fn bound(&mut self, op: Comparison, value: Decimal) {
        let strict = matches!(op, Comparison::Less | Comparison::Greater);
        if matches!(op, Comparison::Greater | Comparison::AtLeast | Comparison::Equal) {
            self.low = Some(self.low.map_or((value, strict), |own| own.max((value, strict))));
        }
        if matches!(op, Comparison::Less | Comparison::AtMost | Comparison::Equal) {
            let tighter = |own: (Decimal, bool)| match own.0.cmp(&value) {
                std::cmp::Ordering::Less => own,
                std::cmp::Ordering::Equal => (value, own.1 || strict),
                std::cmp::Ordering::Greater => (value, strict),
            };
            self.high = Some(self.high.map_or((value, strict), tighter));
        }
        if op == Comparison::NotEqual {
            self.not.push(value);
        }
    }

    fn no_number(&self) -> bool {
        let (Some((low, above)), Some((high, below))) = (self.low, self.high) else { return false };
        low > high || (low == high && (above || below || self.not.contains(&low)))
    }

    /// True when all that is known of the value makes that part hold.
    fn implies(&self, holds: &Holds) -> bool {
        match holds {
            Holds::Is(value) => self.truth == Some(*value),
            Holds::Unknown(value) => self.unknown == Some(*value),
            Holds::Among(texts) => self.among.as_ref().is_some_and(|own| own.is_subset(texts)),
            Holds::NotAmong(texts) => {
                texts.is_subset(&self.not_among)
                    || self.among.as_ref().is_some_and(|own| own.is_disjoint(texts))
            }
            Holds::Number(op, value) => self.implies_number(*op, *value),
        }
    }

    fn implies_number(&self, op: Comparison, value: Decimal) -> bool {
        let above = |strict: bool| {
            self.low.is_some_and(|(low, own)| low > value || (low == value && (own || !strict)))
        };
        let below = |strict: bool| {
            self.high.is_some_and(|(high, own)| high < value || (high == value && (own || !strict)))
        };
        match op {
            Comparison::Greater => above(true),
            Comparison::AtLeast => above(false),
            Comparison::Less => below(true),
            Comparison::AtMost => below(false),
            Comparison::Equal => above(false) && below(false),
            Comparison::NotEqual => above(true) || below(true) || self.not.contains(&value),
        }
    }
}

/// What is known where a condition holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    values: FxHashMap<String, Known>,
}

impl Facts {
    /// What the scope of a rule says of what it looks at: the codes it is for, and the payers.
    pub(crate) fn of_scope(subject: Subject, codes: &[Text], payers: &[Text]) -> Self {
        let mut facts = Self::default();
        let place = match subject {
            Subject::Line => "line.procedure",
            Subject::Adjustment => "adjustment.reason",
            Subject::Denial => "denial.reason",
            Subject::Claim | Subject::Diagnosis => "",
        };
        if !codes.is_empty() && !place.is_empty() {
            let reason = |code: &Text| code.rsplit('-').next().map_or_else(|| code.clone(), Text::from);
            facts.learn(place, &Holds::Among(codes.iter().map(reason).collect()));
        }
        if !payers.is_empty() {
            facts.learn("claim.payer", &Holds::Among(payers.iter().cloned().collect()));
        }
        facts
    }

    fn learn(&mut self, name: &str, holds: &Holds) -> bool {
        let known = self.values.entry(name.to_owned()).or_default();
        known.learn(holds);
        !known.impossible
    }

    /// Takes as known that the condition holds; false when it cannot, with all that is known already.
    pub(crate) fn assume(&mut self, condition: &Node) -> bool {
        self.take(&Parts::of(condition, true))
    }

    /// True when the condition holds wherever these facts do (and can be judged).
    pub(crate) fn imply(&self, condition: &Node) -> bool {
        self.imply_parts(&Parts::of(condition, true))
    }

    /// True for a condition that holds for every claim for which it can be judged.
    pub(crate) fn always(condition: &Node) -> bool {
        !Self::default().take(&Parts::of(condition, false))
    }

    /// Takes as known that a method or field answers so.
    pub(crate) fn set(&mut self, name: &str, truth: bool) {
        self.learn(name, &Holds::Is(truth));
    }

    /// What is known of the truth of a method or field.
    pub(crate) fn truth(&self, name: &str) -> Option<bool> {
        self.values.get(name)?.truth
    }

    /// The one text that a field can have.
    pub(crate) fn text(&self, name: &str) -> Option<&Text> {
        let among = self.values.get(name)?.among.as_ref()?;
        among.first().filter(|_| among.len() == 1)
    }

    /// The texts that a field can have, where they are known.
    pub(crate) fn among(&self, name: &str) -> Option<&BTreeSet<Text>> {
        self.values.get(name)?.among.as_ref()
    }

    /// Forgets everything about values whose name contains that.
    pub(crate) fn forget(&mut self, part: &str) {
        self.values.retain(|name, _| !name.contains(part));
    }

    fn take(&mut self, parts: &Parts) -> bool {
        let mut possible = true;
        for (name, holds) in &parts.plain {
            possible &= self.learn(name, holds);
        }
        possible
            && parts.choices.iter().all(|choice| {
                choice.is_empty() || choice.iter().any(|part| part.opaque || self.clone().take(part))
            })
    }

    fn imply_parts(&self, parts: &Parts) -> bool {
        !parts.opaque
            && parts
                .plain
                .iter()
                .all(|(name, holds)| self.values.get(name).is_some_and(|own| own.implies(holds)))
            && parts.choices.iter().all(|choice| choice.iter().any(|part| self.imply_parts(part)))
    }
}
