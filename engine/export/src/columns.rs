//! Rows turned into columns, as Parquet wants them: values that are there, and levels that tell which are not.

use jiff::civil::{Date, date};

use crate::cell::Cell;
use crate::schema::{Column, Kind};

/// Values of one column, those that are empty left out.
#[derive(Debug)]
pub(crate) enum Values {
    /// Texts one behind the other, with where each ends.
    Texts { bytes: Vec<u8>, ends: Vec<usize> },
    /// Numbers, cents, or microseconds.
    Wide(Vec<i64>),
    /// Days since 1970.
    Days(Vec<i32>),
}

/// A column of some rows.
#[derive(Debug)]
pub(crate) struct Filled {
    pub(crate) column: Column,
    pub(crate) values: Values,
    /// One level a value or gap: 1 where there is a value. Not for columns that are never empty.
    pub(crate) defined: Vec<i16>,
    /// For lists: 0 where a row begins, 1 where its list goes on.
    pub(crate) repeated: Vec<i16>,
}

/// Some rows of a table.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) all: Vec<Filled>,
    pub(crate) rows: u64,
    /// About how many bytes they take.
    pub(crate) bytes: usize,
}

impl Columns {
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self { all: columns.iter().copied().map(Filled::new).collect(), rows: 0, bytes: 0 }
    }

    pub(crate) fn push(&mut self, cells: &[Cell<'_>]) {
        for (column, cell) in self.all.iter_mut().zip(cells) {
            self.bytes += column.push(cell);
        }
        self.rows += 1;
    }

    /// Adds rows behind these.
    pub(crate) fn append(&mut self, later: Self) {
        for (column, later) in self.all.iter_mut().zip(later.all) {
            column.append(later);
        }
        self.rows += later.rows;
        self.bytes += later.bytes;
    }
}

impl Filled {
    fn new(column: Column) -> Self {
        let values = match column.kind {
            Kind::Text | Kind::Texts => Values::Texts { bytes: Vec::new(), ends: Vec::new() },
            Kind::Date => Values::Days(Vec::new()),
            Kind::Whole | Kind::Wholes | Kind::Decimal(_) | Kind::Moment => Values::Wide(Vec::new()),
        };
        Self { column, values, defined: Vec::new(), repeated: Vec::new() }
    }

    fn is_list(&self) -> bool {
        matches!(self.column.kind, Kind::Texts | Kind::Wholes)
    }

    /// Adds a cell and tells about how many bytes it takes.
    fn push(&mut self, cell: &Cell<'_>) -> usize {
        match cell {
            Cell::Texts(texts) => self.list(texts, |own, text| own.text(text)),
            Cell::Wholes(numbers) => self.list(numbers, |own, number| own.wide(i64::from(*number))),
            Cell::Empty => {
                self.defined.push(0);
                2
            }
            cell => {
                if self.column.optional {
                    self.defined.push(1);
                }
                self.value(cell)
            }
        }
    }

    fn value(&mut self, cell: &Cell<'_>) -> usize {
        match cell {
            Cell::Text(text) => self.text(text),
            Cell::Whole(number) => self.wide(*number),
            Cell::Money(amount) => self.wide(amount.parts()),
            Cell::Quantity(amount) => self.wide(amount.parts()),
            Cell::Moment(at) => self.wide(at.0.saturating_mul(1_000)),
            Cell::Date(date) => self.day(*date),
            Cell::Empty | Cell::Texts(_) | Cell::Wholes(_) => 0,
        }
    }

    /// A list: an empty one has a level and no value.
    fn list<T>(&mut self, all: &[T], each: impl Fn(&mut Self, &T) -> usize) -> usize {
        if all.is_empty() {
            self.defined.push(0);
            self.repeated.push(0);
            return 4;
        }
        let mut bytes = 0;
        for (place, one) in all.iter().enumerate() {
            self.defined.push(1);
            self.repeated.push(i16::from(place > 0));
            bytes += 4 + each(self, one);
        }
        bytes
    }

    fn text(&mut self, text: &str) -> usize {
        if let Values::Texts { bytes, ends } = &mut self.values {
            bytes.extend_from_slice(text.as_bytes());
            ends.push(bytes.len());
        }
        text.len() + 8
    }

    fn wide(&mut self, number: i64) -> usize {
        if let Values::Wide(all) = &mut self.values {
            all.push(number);
        }
        8
    }

    fn day(&mut self, day: Date) -> usize {
        if let Values::Days(all) = &mut self.values {
            all.push(days(day));
        }
        4
    }

    fn append(&mut self, later: Self) {
        match (&mut self.values, later.values) {
            (Values::Texts { bytes, ends }, Values::Texts { bytes: more, ends: more_ends }) => {
                let before = bytes.len();
                bytes.extend_from_slice(&more);
                ends.extend(more_ends.into_iter().map(|end| before + end));
            }
            (Values::Wide(all), Values::Wide(more)) => all.extend(more),
            (Values::Days(all), Values::Days(more)) => all.extend(more),
            // INVARIANT: a column's values follow from its kind, and both are parts of one table.
            _ => {}
        }
        self.defined.extend(later.defined);
        self.repeated.extend(later.repeated);
    }

    /// The values, taken out.
    pub(crate) fn take_values(&mut self) -> Values {
        std::mem::replace(&mut self.values, Values::Days(Vec::new()))
    }

    /// The levels that say which values are there, where the column has such.
    pub(crate) fn levels(&self) -> (Option<&[i16]>, Option<&[i16]>) {
        match (self.is_list(), self.column.optional) {
            (true, _) => (Some(&self.defined), Some(&self.repeated)),
            (false, true) => (Some(&self.defined), None),
            (false, false) => (None, None),
        }
    }
}

/// Days since 1970.
fn days(day: Date) -> i32 {
    let span = day.since(date(1970, 1, 1)).map(|span| span.get_days());
    span.unwrap_or_default()
}
