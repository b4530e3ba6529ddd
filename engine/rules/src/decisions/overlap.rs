//! Rows of one table that get in each other's way.

use jiff::civil::Date;

use super::Hit;
use super::cell::{Cell, Test};
use super::index::{ColumnIndex, all, rows_of};
use crate::value::Value;

/// How many rows are compared with each other: beyond it the check would take seconds. A second row that fits under
/// `unique` is a fault at run time as well.
const COMPARED: usize = 4000;

/// What is compared of a row: its cells, and the dates between which it is in force.
pub(super) struct Compared<'c> {
    pub(super) cells: Vec<&'c Cell>,
    pub(super) effective: Option<Date>,
    pub(super) expires: Option<Date>,
}

impl Compared<'_> {
    fn overlaps(&self, other: &Self) -> bool {
        let before =
            |a: &Self, b: &Self| matches!((a.expires, b.effective), (Some(to), Some(from)) if to < from);
        !before(self, other)
            && !before(other, self)
            && self.cells.iter().zip(&other.cells).all(|(own, its)| own.meets(its))
    }

    pub(super) fn covers(&self, other: &Self) -> bool {
        self.effective.is_none_or(|own| other.effective.is_some_and(|its| its >= own))
            && self.expires.is_none_or(|own| other.expires.is_some_and(|its| its <= own))
            && self.cells.iter().zip(&other.cells).all(|(own, its)| own.covers(its))
    }
}

/// For each row that an earlier one gets in the way of: its place, and that of the first such earlier one. Under
/// `unique` both may fit at once; under `first` the earlier takes all that the later would.
pub(super) fn conflicts(hit: Hit, rows: &[Compared<'_>], columns: &[&ColumnIndex]) -> Vec<(usize, usize)> {
    let compared = rows.get(..COMPARED.min(rows.len())).unwrap_or_default();
    let mut found = Vec::new();
    for (place, later) in compared.iter().enumerate() {
        let earlier = match hit {
            Hit::All => None,
            Hit::First => covering(place, later, rows, columns),
            Hit::Unique => compared.iter().take(place).position(|earlier| earlier.overlaps(later)),
        };
        found.extend(earlier.map(|earlier| (place, earlier)));
    }
    found
}

/// The first earlier row that covers this one. Such a row fits every value that this one fits, so that one value of each
/// cell finds the few that need comparing.
fn covering(
    place: usize,
    later: &Compared<'_>,
    rows: &[Compared<'_>],
    columns: &[&ColumnIndex],
) -> Option<usize> {
    let mut fitting = all(rows.len());
    for (cell, index) in later.cells.iter().zip(columns) {
        if let Some(value) = witness(cell) {
            index.keep(&value, &mut fitting);
        }
    }
    let mut earlier = rows_of(&fitting).map(|row| row as usize).take_while(|row| *row < place);
    earlier.find(|row| rows.get(*row).is_some_and(|earlier| earlier.covers(later)))
}

/// A value that fits the cell, when one is at hand.
fn witness(cell: &Cell) -> Option<Value<'_>> {
    let end = |end: &Option<(_, bool)>| end.filter(|(_, with)| *with).map(|(value, _)| value);
    if cell.negated {
        return None;
    }
    match cell.tests.first()? {
        Test::Exact(text) | Test::Prefix(text) => Some(Value::Text(text)),
        Test::Truth(truth) => Some(Value::Bool(*truth)),
        Test::Number(span) => end(&span.from).or_else(|| end(&span.to)).map(Value::Decimal),
        Test::Date(_) => None,
    }
}
