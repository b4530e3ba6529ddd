//! Rows of one table that get in each other's way.

use jiff::civil::Date;

use super::Hit;
use super::cell::Cell;

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

    fn covers(&self, other: &Self) -> bool {
        self.effective.is_none_or(|own| other.effective.is_some_and(|its| its >= own))
            && self.expires.is_none_or(|own| other.expires.is_some_and(|its| its <= own))
            && self.cells.iter().zip(&other.cells).all(|(own, its)| own.covers(its))
    }
}

/// For each row that an earlier one gets in the way of: its place, and that of the first such earlier one. Under
/// `unique` both may fit at once; under `first` the earlier takes all that the later would.
pub(super) fn conflicts(hit: Hit, rows: &[Compared<'_>]) -> Vec<(usize, usize)> {
    let rows = rows.get(..COMPARED.min(rows.len())).unwrap_or_default();
    let against = |earlier: &Compared<'_>, later: &Compared<'_>| match hit {
        Hit::All => false,
        Hit::First => earlier.covers(later),
        Hit::Unique => earlier.overlaps(later),
    };
    let mut found = Vec::new();
    for (place, later) in rows.iter().enumerate() {
        let earlier = rows.iter().take(place).position(|earlier| against(earlier, later));
        found.extend(earlier.map(|earlier| (place, earlier)));
    }
    found
}
