//! One cell of conditions: what it takes, and how it is written.
//!
//! A cell is a list of tests, of which one must hold; `not` turns the list round. A value that is not known fits an
//! empty cell and the word `unknown`, and nothing else: a table never guesses and never fails for it.

use claimflow_core::Text;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::catalogue::Shape;
use crate::lower::shapes::impossible;
use crate::lower::types::{Kind, Ty};
use crate::value::Value;

/// From a value to a value; each end may be open, and may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span<T> {
    pub(crate) from: Option<(T, bool)>,
    pub(crate) to: Option<(T, bool)>,
}

impl<T: Ord + Copy> Span<T> {
    const fn exactly(value: T) -> Self {
        Self { from: Some((value, true)), to: Some((value, true)) }
    }

    pub(crate) fn holds(&self, value: T) -> bool {
        self.from.is_none_or(|(from, with)| value > from || (with && value == from))
            && self.to.is_none_or(|(to, with)| value < to || (with && value == to))
    }

    fn is_upside_down(&self) -> bool {
        matches!((self.from, self.to), (Some((from, _)), Some((to, _))) if to < from)
    }

    /// True when every value of `other` is in this span.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let from = match (self.from, other.from) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((own, with)), Some((its, its_with))) => its > own || (its == own && (with || !its_with)),
        };
        let to = match (self.to, other.to) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((own, with)), Some((its, its_with))) => its < own || (its == own && (with || !its_with)),
        };
        from && to
    }

    /// True when some value can be in both, as far as the ends tell.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| match (a.to, b.from) {
            (Some((to, to_with)), Some((from, from_with))) => {
                to < from || (to == from && !(to_with && from_with))
            }
            _ => false,
        };
        !before(self, other) && !before(other, self)
    }
}

/// One test of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    Exact(Text),
    Prefix(Text),
    Truth(bool),
    Number(Span<Decimal>),
    Date(Span<Date>),
}

impl Test {
    fn fits(&self, value: &Value<'_>) -> bool {
        match self {
            Self::Exact(text) => value.text() == Some(text.as_str()),
            Self::Prefix(text) => value.text().is_some_and(|own| own.starts_with(text.as_str())),
            Self::Truth(truth) => matches!(value, Value::Bool(own) if own == truth),
            Self::Number(span) => value.decimal().is_some_and(|own| span.holds(own)),
            Self::Date(span) => matches!(value, Value::Date(own) if span.holds(*own)),
        }
    }

    /// True when all that fits `other` fits this as well.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(own), Self::Number(its)) => own.covers(its),
            (Self::Date(own), Self::Date(its)) => own.covers(its),
            (Self::Prefix(own), Self::Exact(its) | Self::Prefix(its)) => its.starts_with(own.as_str()),
            _ => self == other,
        }
    }

    /// True when some value can fit both.
    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(own), Self::Number(its)) => own.meets(its),
            (Self::Date(own), Self::Date(its)) => own.meets(its),
            _ => self.covers(other) || other.covers(self),
        }
    }
}

/// A cell of conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The tests; none, and not `unknown` either: any value.
    pub(crate) tests: Vec<Test>,
    /// True when none of the tests may hold.
    pub(crate) negated: bool,
    /// True when a value that is not known is named.
    pub(crate) unknown: bool,
}

impl Cell {
    /// True when the cell says nothing.
    pub(crate) fn is_any(&self) -> bool {
        self.tests.is_empty() && !self.unknown
    }

    /// True when the value fits.
    pub(crate) fn fits(&self, value: &Value<'_>) -> bool {
        if self.is_any() {
            return true;
        }
        match value {
            Value::Unit => self.unknown && !self.negated,
            Value::List(list) => {
                list.iter().any(|item| self.tests.iter().any(|test| test.fits(&item))) != self.negated
            }
            known => self.tests.iter().any(|test| test.fits(known)) != self.negated,
        }
    }

    /// True when all that fits `other` provably fits this as well.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        if self.is_any() || self == other {
            return true;
        }
        if self.negated || other.negated || other.is_any() || (other.unknown && !self.unknown) {
            return false;
        }
        other.tests.iter().all(|its| self.tests.iter().any(|own| own.covers(its)))
    }

    /// True when some value can fit both. Exact for cells without `not`; else true unless the one forbids all that the
    /// other names.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        if self.is_any() || other.is_any() {
            return true;
        }
        match (self.negated, other.negated) {
            (true, true) => true,
            (true, false) => other.survives(self),
            (false, true) => self.survives(other),
            (false, false) => {
                (self.unknown && other.unknown)
                    || self.tests.iter().any(|own| other.tests.iter().any(|its| own.meets(its)))
            }
        }
    }

    /// True when not all that this cell names is forbidden by the other.
    fn survives(&self, forbidding: &Self) -> bool {
        self.tests.iter().any(|own| !forbidding.tests.iter().any(|its| its.covers(own)))
    }
}

/// What is wrong with a cell: message and mend.
pub(crate) type Wrong = (String, String);

/// Reads a cell for values of that type.
pub(crate) fn parse(text: &str, ty: Ty) -> Result<Cell, Wrong> {
    let text = text.trim();
    if text.is_empty() || text == "*" {
        return Ok(Cell::default());
    }
    let (negated, rest) = match text.strip_prefix("not ").or_else(|| text.strip_prefix("NOT ")) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut cell = Cell { negated, ..Cell::default() };
    for (part, quoted) in split(rest)? {
        if !quoted && matches!(part.as_str(), "unknown" | "UNKNOWN") {
            if !ty.nullable {
                return Err((
                    "this field is always known".to_owned(),
                    "take `unknown` out, or choose a field that may be unknown".to_owned(),
                ));
            }
            cell.unknown = true;
            continue;
        }
        cell.tests.push(test(&part, quoted, ty)?);
    }
    if cell.is_any() {
        return Err((format!("`{text}` names nothing"), format!("write {}", takes(ty.kind))));
    }
    Ok(cell)
}

/// The parts between `,` or `;`, and whether each stood in quotes.
fn split(text: &str) -> Result<Vec<(String, bool)>, Wrong> {
    let mut parts = Vec::new();
    let (mut part, mut inside, mut quoted) = (String::new(), false, false);
    for c in text.chars() {
        match c {
            '"' => {
                inside = !inside;
                quoted = true;
            }
            ',' | ';' if !inside => {
                parts.push((std::mem::take(&mut part), std::mem::take(&mut quoted)));
            }
            other => part.push(other),
        }
    }
    if inside {
        return Err((format!("`{text}` has a quote that is not closed"), "add the missing `\"`".to_owned()));
    }
    parts.push((part, quoted));
    let trimmed = parts.into_iter().map(|(part, quoted)| (part.trim().to_owned(), quoted));
    Ok(trimmed.filter(|(part, quoted)| *quoted || !part.is_empty()).collect())
}

fn test(part: &str, quoted: bool, ty: Ty) -> Result<Test, Wrong> {
    match ty.kind {
        Kind::Bool => truth(part),
        Kind::Int | Kind::Decimal => span(part, "number", |text| text.parse().ok()).map(Test::Number),
        Kind::Date => span(part, "date", |text| text.parse().ok()).map(Test::Date),
        _ => words(part, quoted, ty.shape),
    }
}

/// What a cell of that kind can hold, for messages.
pub(crate) const fn takes(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "`yes` or `no`, or nothing for either",
        Kind::Int | Kind::Decimal => {
            "a number, as `53`, `>= 18`, `18..64`, several with `,` between, or nothing for any"
        }
        Kind::Date => {
            "a date, as `2026-01-31`, `>= 2026-01-31`, `2026-01-01..2026-06-30`, or nothing for any"
        }
        _ => "codes or words, as `90834, 90837`, `not 02, 10`, `F3*`, or nothing for any",
    }
}

fn truth(part: &str) -> Result<Test, Wrong> {
    match part.to_ascii_lowercase().as_str() {
        "yes" | "true" => Ok(Test::Truth(true)),
        "no" | "false" => Ok(Test::Truth(false)),
        _ => Err((format!("`{part}` is not yes or no"), format!("write {}", takes(Kind::Bool)))),
    }
}

fn words(part: &str, quoted: bool, shape: Shape) -> Result<Test, Wrong> {
    if !quoted {
        if let Some(sign) = ["<", ">", "="].iter().find(|sign| part.starts_with(**sign)) {
            let message = format!("`{part}` compares a text with `{sign}`");
            return Err((message, format!("write {}", takes(Kind::Text))));
        }
        if let Some(beginning) = part.strip_suffix('*') {
            if beginning.is_empty() || beginning.contains('*') {
                let message = format!("`{part}` is no beginning of a text");
                return Err((message, "write the beginning and one `*`, as `F3*`".to_owned()));
            }
            return Ok(Test::Prefix(beginning.into()));
        }
    }
    match impossible(shape, part) {
        None => Ok(Test::Exact(part.into())),
        Some((message, _)) if shape == Shape::Place && part.len() == 1 => Err((
            message,
            format!("the sheet lost its leading zero: write `0{part}`, and format the column as text"),
        )),
        Some((message, help)) => Err((message, help.replace('"', "`"))),
    }
}

fn span<T: Ord + Copy>(part: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Span<T>, Wrong> {
    let kind = if what == "date" { Kind::Date } else { Kind::Int };
    let value = |text: &str| {
        read(text.trim())
            .ok_or_else(|| (format!("`{}` is not a {what}", text.trim()), format!("write {}", takes(kind))))
    };
    let open = |text, with| value(text).map(|value| Some((value, with)));
    if let Some(rest) = part.strip_prefix(">=") {
        return Ok(Span { from: open(rest, true)?, to: None });
    }
    if let Some(rest) = part.strip_prefix("<=") {
        return Ok(Span { from: None, to: open(rest, true)? });
    }
    if let Some(rest) = part.strip_prefix('>') {
        return Ok(Span { from: open(rest, false)?, to: None });
    }
    if let Some(rest) = part.strip_prefix('<') {
        return Ok(Span { from: None, to: open(rest, false)? });
    }
    let Some((from, to)) = part.split_once("..") else {
        return Ok(Span::exactly(value(part.trim_start_matches('='))?));
    };
    let span = Span { from: open(from, true)?, to: open(to, true)? };
    if span.is_upside_down() {
        return Err((format!("`{part}` ends before it begins"), "write the smaller one first".to_owned()));
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_the_documentation_shows_reads() {
        let page = include_str!("../../../../docs/decision-tables.md");
        let cells = page.split("## Cells").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
        let mut seen = 0;
        for row in cells.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| cell")) {
            let first = row.split(" | ").next().unwrap();
            for form in first.split('`').skip(1).step_by(2) {
                let kinds = [Kind::Bool, Kind::Int, Kind::Date, Kind::Text];
                let ty = |kind| Ty { nullable: true, ..Ty::of(kind) };
                assert!(kinds.into_iter().any(|kind| parse(form, ty(kind)).is_ok()), "{form}");
                seen += 1;
            }
        }
        assert!(seen >= 20, "{seen}");
    }

    #[test]
    fn quotes_keep_what_would_mean_something() {
        let text = Ty::of(Kind::Text);
        let cell = parse("\"F3*\", \"a, b\", \"unknown\"", text).unwrap();
        assert_eq!(cell.tests, ["F3*", "a, b", "unknown"].map(|text| Test::Exact(text.into())));
        assert!(
            cell.fits(&Value::Text("F3*")) && !cell.fits(&Value::Text("F31")) && !cell.fits(&Value::Unit)
        );
    }
}
