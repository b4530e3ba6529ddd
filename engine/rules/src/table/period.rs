//! Days as sortable numbers, and the few distinct periods that the rows of a table have.

use jiff::civil::Date;
use rustc_hash::FxHashMap;

/// A day as a number that sorts as days do. Not a count of days: only order and equality are asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Day(i32);

impl Day {
    const FIRST: Self = Self(i32::MIN);
    const LAST: Self = Self(i32::MAX);

    pub(super) fn of(date: Date) -> Self {
        Self(i32::from(date.year()) * 512 + i32::from(date.month()) * 32 + i32::from(date.day()))
    }

    /// The date, unless it stands for an open end.
    fn date(self) -> Option<Date> {
        let part = |number: i32| i8::try_from(number).ok();
        let year = i16::try_from(self.0.div_euclid(512)).ok()?;
        let rest = self.0.rem_euclid(512);
        Date::new(year, part(rest / 32)?, part(rest % 32)?).ok()
    }
}

/// First and last day on which a row holds, open ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Period {
    first: Day,
    last: Day,
}

impl Period {
    pub(super) const ALWAYS: Self = Self { first: Day::FIRST, last: Day::LAST };

    pub(super) fn holds(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        // A period that ends before it begins holds on no day.
        self.first.max(other.first) <= self.last.min(other.last)
    }

    pub(super) fn dates(self) -> (Option<Date>, Option<Date>) {
        (self.first.date(), self.last.date())
    }
}

/// Reads the dates of rows and keeps each distinct period once: a table has few, and millions of rows.
#[derive(Debug, Default)]
pub(super) struct Periods {
    read: FxHashMap<Box<str>, Day>,
    numbers: FxHashMap<Period, u32>,
    pub(super) list: Vec<Period>,
}

impl Periods {
    /// The number of the period from one cell to another; empty cells are open ends.
    ///
    /// # Errors
    /// The place (0 or 1) of the cell that is no date.
    pub(super) fn number(&mut self, effective: &str, expires: &str) -> Result<u32, usize> {
        let first = self.day(effective, Day::FIRST).ok_or(0_usize)?;
        let last = self.day(expires, Day::LAST).ok_or(1_usize)?;
        let period = Period { first, last };
        let list = &mut self.list;
        Ok(*self.numbers.entry(period).or_insert_with(|| {
            list.push(period);
            u32::try_from(list.len() - 1).unwrap_or(u32::MAX)
        }))
    }

    fn day(&mut self, cell: &str, open: Day) -> Option<Day> {
        if cell.is_empty() {
            return Some(open);
        }
        if let Some(day) = self.read.get(cell) {
            return Some(*day);
        }
        let day = Day::of(cell.parse().ok()?);
        self.read.insert(cell.into(), day);
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    #[test]
    fn days_sort_as_dates_do() {
        let start = date(2023, 12, 20);
        for days in 0..500 {
            let (a, b) = (start + days.days(), start + (days + 1).days());
            assert!(Day::of(a) < Day::of(b), "{a} {b}");
            assert_eq!(Day::of(a).date(), Some(a));
        }
        assert_eq!(Day::FIRST.date(), None);
        assert_eq!(Day::LAST.date(), None);
    }

    #[test]
    fn periods_are_read_once() {
        let mut periods = Periods::default();
        assert_eq!(periods.number("2026-01-01", ""), Ok(0));
        assert_eq!(periods.number("2026-01-01", "2026-03-31"), Ok(1));
        assert_eq!(periods.number("2026-01-01", ""), Ok(0));
        assert_eq!(periods.number("soon", ""), Err(0));
        assert_eq!(periods.number("", "2026-02-30"), Err(1));
        let [open, closed] = periods.list.as_slice() else { panic!("two periods") };
        assert!(open.overlaps(*closed) && closed.holds(Day::of(date(2026, 3, 31))));
        assert!(!closed.holds(Day::of(date(2026, 4, 1))) && open.holds(Day::of(date(2099, 1, 1))));
    }
}
