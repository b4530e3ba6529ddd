//! The rows of a table that fit, found a column at a time: each column answers with a set of rows, and the sets are
//! intersected. Cost follows the number of columns, not of rows (a machine word holds 64 rows).

use claimflow_core::Text;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::cell::{Cell, Span, Test};
use crate::value::Value;

/// A set of rows, one bit each.
pub(crate) type Rows = SmallVec<[u64; 64]>;

/// How many words the sets of one column's spans may take: more, and the rows that are left are asked one by one.
const SPAN_WORDS: usize = 1 << 20;

/// The cells of one column, indexed.
#[derive(Debug, Clone)]
pub(crate) struct ColumnIndex {
    /// Rows that take any value.
    any: Box<[u64]>,
    /// Rows that a value that is not known fits, those of `any` among them.
    unknown: Box<[u64]>,
    /// Rows with `not`.
    negated: Box<[u64]>,
    tests: Tests,
}

#[derive(Debug, Clone)]
enum Tests {
    Texts {
        exact: FxHashMap<Text, Named>,
        prefixes: FxHashMap<Text, Named>,
        /// Lengths of the prefixes in bytes, ascending.
        lengths: Vec<usize>,
    },
    /// Rows of `no` and of `yes`.
    Truths([Named; 2]),
    Numbers(Spans<Decimal>),
    Dates(Spans<Date>),
    /// Too many spans: asked row by row.
    Plain(Vec<Cell>),
}

/// The rows that name a value.
#[derive(Debug, Clone, Default)]
struct Named {
    /// Rows that take it.
    takes: Set,
    /// Rows with `not`, which it does not fit.
    forbids: Set,
}

/// Rows, in the form that takes less memory and time.
#[derive(Debug, Clone)]
enum Set {
    Few(Vec<u32>),
    Many(Box<[u64]>),
}

impl Default for Set {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Set {
    fn len(&self) -> usize {
        match self {
            Self::Few(rows) => rows.len(),
            Self::Many(words) => words.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    /// Turns a list into bits where those take less memory.
    fn settle(&mut self, size: usize) {
        if let Self::Few(rows) = self
            && rows.len() > size / 2
            && !rows.is_empty()
        {
            let mut words = vec![0_u64; size].into_boxed_slice();
            rows.iter().for_each(|row| set(&mut words, *row));
            *self = Self::Many(words);
        }
    }

    fn push(&mut self, row: u32) {
        if let Self::Few(rows) = self
            && rows.last() != Some(&row)
        {
            rows.push(row);
        }
    }

    /// Adds to `rows` what of this set is in `old`.
    fn put(&self, old: &[u64], rows: &mut [u64]) {
        match self {
            Self::Few(few) => few.iter().filter(|row| has(old, **row)).for_each(|row| set(rows, *row)),
            Self::Many(words) => {
                for ((word, own), old) in rows.iter_mut().zip(words).zip(old) {
                    *word |= own & old;
                }
            }
        }
    }

    fn take_from(&self, rows: &mut [u64]) {
        match self {
            Self::Few(few) => {
                for row in few {
                    if let Some(word) = rows.get_mut(*row as usize / 64) {
                        *word &= !(1 << (row % 64));
                    }
                }
            }
            Self::Many(words) => rows.iter_mut().zip(words).for_each(|(word, own)| *word &= !own),
        }
    }
}

/// Sets of rows between the ends of all spans: the ends in order, and a set for each end and each gap around them.
#[derive(Debug, Clone)]
struct Spans<T> {
    ends: Vec<T>,
    sets: Vec<Box<[u64]>>,
}

const fn words(rows: usize) -> usize {
    rows.div_ceil(64)
}

fn set(words: &mut [u64], row: u32) {
    if let Some(word) = words.get_mut(row as usize / 64) {
        *word |= 1 << (row % 64);
    }
}

fn has(words: &[u64], row: u32) -> bool {
    words.get(row as usize / 64).is_some_and(|word| word & (1 << (row % 64)) != 0)
}

/// Every row of a table of that many.
pub(crate) fn all(rows: usize) -> Rows {
    let mut set = Rows::from_elem(u64::MAX, words(rows));
    if let Some(last) = set.last_mut()
        && !rows.is_multiple_of(64)
    {
        *last = (1 << (rows % 64)) - 1;
    }
    set
}

/// The rows of a set in order.
pub(crate) fn rows_of(set: &[u64]) -> impl Iterator<Item = u32> + '_ {
    (0_u32..).step_by(64).zip(set).flat_map(|(first, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bit = left.trailing_zeros();
                left &= left - 1;
                first + bit
            })
        })
    })
}

impl ColumnIndex {
    pub(crate) fn new(cells: &[Cell]) -> Self {
        let size = words(cells.len());
        let empty = || vec![0_u64; size].into_boxed_slice();
        let (mut any, mut unknown, mut negated) = (empty(), empty(), empty());
        for (row, cell) in (0_u32..).zip(cells) {
            if cell.is_any() {
                set(&mut any, row);
            }
            if cell.is_any() || (cell.unknown && !cell.negated) {
                set(&mut unknown, row);
            }
            if cell.negated {
                set(&mut negated, row);
            }
        }
        Self { any, unknown, negated, tests: Tests::new(cells) }
    }

    /// How many rows a known value leaves, at a guess: columns that leave few are asked first.
    pub(crate) fn breadth(&self) -> usize {
        let count = |words: &[u64]| words.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        let (kinds, tests) = match &self.tests {
            Tests::Texts { exact, prefixes, .. } => {
                let all = exact.values().chain(prefixes.values());
                (exact.len() + prefixes.len(), all.map(|own| own.takes.len()).sum())
            }
            Tests::Truths(rows) => (2, rows.iter().map(|own| own.takes.len()).sum()),
            Tests::Numbers(spans) => (1, spans.sets.first().map_or(0, |set| set.len() * 64)),
            Tests::Dates(spans) => (1, spans.sets.first().map_or(0, |set| set.len() * 64)),
            Tests::Plain(cells) => (1, cells.len() * 64),
        };
        count(&self.any) + count(&self.negated) + tests / kinds.max(1)
    }

    /// Keeps the rows that the value fits.
    pub(crate) fn keep(&self, value: &Value<'_>, rows: &mut Rows) {
        if value.is_unit() {
            for (word, own) in rows.iter_mut().zip(&self.unknown) {
                *word &= own;
            }
            return;
        }
        match &self.tests {
            Tests::Plain(cells) => {
                let left: SmallVec<[u32; 32]> = rows_of(rows).collect();
                for row in left {
                    if !cells.get(row as usize).is_some_and(|cell| cell.fits(value))
                        && let Some(word) = rows.get_mut(row as usize / 64)
                    {
                        *word &= !(1 << (row % 64));
                    }
                }
            }
            Tests::Numbers(spans) => self.keep_span(spans, value.decimal(), rows),
            Tests::Dates(spans) => {
                let date = match value {
                    Value::Date(date) => Some(*date),
                    _ => None,
                };
                self.keep_span(spans, date, rows);
            }
            Tests::Truths(truths) => {
                let own = match value {
                    Value::Bool(truth) => truths.get(usize::from(*truth)),
                    _ => None,
                };
                self.keep_named(own.as_slice(), rows);
            }
            Tests::Texts { exact, prefixes, lengths } => {
                let mut named: SmallVec<[&Named; 8]> = SmallVec::new();
                let mut look = |text: &str| {
                    named.extend(exact.get(text));
                    for length in lengths.iter().take_while(|length| **length <= text.len()) {
                        let prefix = text.get(..*length);
                        named.extend(prefix.and_then(|prefix| prefixes.get(prefix)));
                    }
                };
                match value {
                    Value::List(list) => {
                        list.iter().for_each(|item| item.text().into_iter().for_each(&mut look));
                    }
                    other => other.text().into_iter().for_each(look),
                }
                self.keep_named(&named, rows);
            }
        }
    }

    /// Keeps rows for any value, rows that name the value, and rows with `not` that do not.
    fn keep_named(&self, named: &[&Named], rows: &mut Rows) {
        let old = rows.clone();
        for ((word, any), negated) in rows.iter_mut().zip(&self.any).zip(&self.negated) {
            *word &= any | negated;
        }
        named.iter().for_each(|own| own.forbids.take_from(rows));
        named.iter().for_each(|own| own.takes.put(&old, rows));
    }

    fn keep_span<T: Ord + Copy + 'static>(&self, spans: &Spans<T>, value: Option<T>, rows: &mut Rows) {
        let own = value.and_then(|value| spans.find(value)).unwrap_or_default();
        for (place, word) in rows.iter_mut().enumerate() {
            let at = |words: &[u64]| words.get(place).copied().unwrap_or_default();
            *word &= at(&self.any) | (at(own) ^ at(&self.negated));
        }
    }
}

impl Tests {
    fn new(cells: &[Cell]) -> Self {
        let first = cells.iter().flat_map(|cell| &cell.tests).next();
        let spans = match first {
            Some(Test::Number(_)) => {
                Spans::new(cells, |test| if let Test::Number(span) = test { Some(span) } else { None })
                    .map(Self::Numbers)
            }
            Some(Test::Date(_)) => {
                Spans::new(cells, |test| if let Test::Date(span) = test { Some(span) } else { None })
                    .map(Self::Dates)
            }
            Some(Test::Truth(_)) => return Self::truths(cells),
            _ => return Self::texts(cells),
        };
        spans.unwrap_or_else(|| Self::Plain(cells.to_vec()))
    }

    fn truths(cells: &[Cell]) -> Self {
        let of = |truth: bool| {
            let mut own = Named::default();
            for (row, cell) in (0_u32..).zip(cells) {
                if cell.tests.contains(&Test::Truth(truth)) {
                    own.add(cell, row);
                }
            }
            own.settle(words(cells.len()));
            own
        };
        Self::Truths([of(false), of(true)])
    }

    fn texts(cells: &[Cell]) -> Self {
        let mut exact: FxHashMap<Text, Named> = FxHashMap::default();
        let mut prefixes: FxHashMap<Text, Named> = FxHashMap::default();
        for (row, cell) in (0_u32..).zip(cells) {
            for test in &cell.tests {
                match test {
                    Test::Exact(text) => exact.entry(text.clone()).or_default().add(cell, row),
                    Test::Prefix(text) => prefixes.entry(text.clone()).or_default().add(cell, row),
                    Test::Truth(_) | Test::Number(_) | Test::Date(_) => {}
                }
            }
        }
        let size = words(cells.len());
        exact.values_mut().chain(prefixes.values_mut()).for_each(|own| own.settle(size));
        let mut lengths: Vec<usize> = prefixes.keys().map(|prefix: &Text| prefix.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Self::Texts { exact, prefixes, lengths }
    }
}

impl Named {
    fn add(&mut self, cell: &Cell, row: u32) {
        if cell.negated { self.forbids.push(row) } else { self.takes.push(row) }
    }

    fn settle(&mut self, size: usize) {
        self.takes.settle(size);
        self.forbids.settle(size);
    }
}

impl<T: Ord + Copy + 'static> Spans<T> {
    /// `None` when the sets would take too much memory.
    fn new<'c>(cells: &'c [Cell], span: impl Fn(&'c Test) -> Option<&'c Span<T>>) -> Option<Self> {
        let mut ends: Vec<T> = cells
            .iter()
            .flat_map(|cell| &cell.tests)
            .filter_map(&span)
            .flat_map(|span| span.from.into_iter().chain(span.to))
            .map(|(end, _)| end)
            .collect();
        ends.sort_unstable();
        ends.dedup();
        let size = words(cells.len());
        if (2 * ends.len() + 1).saturating_mul(size) > SPAN_WORDS {
            return None;
        }
        let mut sets = vec![vec![0_u64; size].into_boxed_slice(); 2 * ends.len() + 1];
        for (row, cell) in (0_u32..).zip(cells) {
            for span in cell.tests.iter().filter_map(&span) {
                let (from, to) = Self::places(&ends, span);
                for own in sets.get_mut(from..=to).unwrap_or_default() {
                    set(own, row);
                }
            }
        }
        Some(Self { ends, sets })
    }

    /// The first and the last set of a span.
    fn places(ends: &[T], span: &Span<T>) -> (usize, usize) {
        let place = |end: T| 2 * ends.partition_point(|own| *own < end) + 1;
        let from = span.from.map_or(0, |(end, with)| place(end) + usize::from(!with));
        let to = span.to.map_or(2 * ends.len(), |(end, with)| place(end) - usize::from(!with));
        (from, to)
    }

    fn find(&self, value: T) -> Option<&[u64]> {
        let place = match self.ends.binary_search(&value) {
            Ok(place) => 2 * place + 1,
            Err(place) => 2 * place,
        };
        self.sets.get(place).map(AsRef::as_ref)
    }
}
