//! Tables that rules look things up in, indexed by the leading columns and restricted by date.
//!
//! A table keeps each distinct text once and four bytes a cell, so that the 2.5 million pairs of the national correct
//! coding initiative take about 80 MB with an index. Rows are never held as texts: [`TableBuilder`] takes them one by
//! one. A finished table never changes; generations share it.

mod build;
mod index;
mod period;
mod pool;
#[cfg(test)]
mod tests;

pub use build::{RowFault, TableBuilder};

use build::column_faults;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use claimflow_core::{Diagnostic, Text};
use jiff::civil::Date;
use rustc_hash::FxHasher;
use smallvec::SmallVec;

use self::index::Index;
use self::period::{Day, Period};
use self::pool::Pool;

/// A table that rules can look things up in. Shared between threads and generations.
#[derive(Debug, Default)]
pub struct Table {
    name: Text,
    path: String,
    known: bool,
    columns: Vec<Text>,
    pool: Pool,
    /// For each column, the number of each row's text.
    cells: Vec<Vec<u32>>,
    rows: u32,
    /// For each row, its place in `period_list`; empty when no column is dated.
    periods: Vec<u32>,
    period_list: Vec<Period>,
    lines: Lines,
    diagnostics: Vec<Diagnostic>,
    /// For each number of leading columns, from 1: made when a rule is the first to ask for it.
    by_prefix: Vec<OnceLock<Index>>,
}

/// The line of each row: only where a row does not stand on the line after the one before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Lines(Vec<(u32, u32)>);

impl Lines {
    fn add(&mut self, row: u32, line: u32) {
        if self.0.is_empty() || self.of(row) != line {
            self.0.push((row, line));
        }
    }

    fn of(&self, row: u32) -> u32 {
        let place = self.0.partition_point(|(start, _)| *start <= row);
        let start = place.checked_sub(1).and_then(|place| self.0.get(place));
        start.map_or(0, |(start, line)| line.saturating_add(row - start))
    }
}

impl Table {
    fn empty(name: Text, path: String, columns: impl Iterator<Item = Text>) -> Self {
        let columns: Vec<Text> = columns.collect();
        Self {
            name,
            path,
            cells: vec![Vec::new(); columns.len()],
            by_prefix: columns.iter().map(|_| OnceLock::new()).collect(),
            columns,
            ..Self::default()
        }
    }

    /// A table that a pack can use and that is not installed: `table("name").known` is false, and what is looked up is
    /// unknown. With no columns, any can be asked for.
    pub fn absent(name: impl Into<Text>, columns: &[&str]) -> Self {
        let cells = columns.iter().filter(|column| !matches!(**column, "effective" | "expires"));
        Self::empty(name.into(), String::new(), cells.map(|column| Text::from(*column)))
    }

    /// A table from rows that are in memory, the first one on line 2. Faulty rows are left out and told.
    pub fn from_rows<'c>(
        name: impl Into<Text>,
        path: impl Into<String>,
        columns: &[&str],
        rows: impl IntoIterator<Item = &'c [&'c str]>,
    ) -> Self {
        let path = path.into();
        let mut builder = TableBuilder::new(name, path.clone(), columns);
        let mut faults = Vec::new();
        column_faults(&path, columns, &mut faults);
        faults.into_iter().for_each(|fault| builder.fault(fault));
        for (line, cells) in (2_u32..).zip(rows) {
            if let Err(fault) = builder.row(line, cells) {
                builder.fault(fault.at(&path, line, 1));
            }
        }
        builder.finish()
    }

    /// Name by which rules call it: the file name without `.csv`.
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// Path relative to the practice folder; empty for one that is not installed.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// True when it is installed.
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// True when neither is installed and rules can ask both for the same.
    pub(crate) fn is_as_absent(&self, other: &Self) -> bool {
        let absent = |own: &Self| !own.known && own.rows == 0 && own.path.is_empty();
        absent(self) && absent(other) && self.name == other.name && self.columns == other.columns
    }

    /// Column names without `effective` and `expires`.
    pub fn columns(&self) -> &[Text] {
        &self.columns
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows as usize
    }

    /// True when it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// What is wrong with its file. An error keeps the table from going live, not its readers from being checked.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Each distinct first and last day of its rows, open ends as `None`; none for a table without dated columns.
    pub fn periods(&self) -> impl Iterator<Item = (Option<Date>, Option<Date>)> + '_ {
        self.period_list.iter().map(|period| period.dates())
    }

    /// Bytes that its content and the indexes made so far take in memory.
    pub fn bytes(&self) -> usize {
        let numbers = self.cells.iter().chain([&self.periods]).map(Vec::capacity).sum::<usize>();
        let indexes = self.by_prefix.iter().filter_map(OnceLock::get).map(Index::bytes).sum::<usize>();
        self.pool.bytes() + numbers * size_of::<u32>() + indexes
    }

    /// A number for each row that is the same for rows of the same cells and dates, in whichever table they stand. Two
    /// other rows share one in one of 2^64 cases.
    pub fn digests(&self) -> impl Iterator<Item = u64> + '_ {
        let texts: Vec<&[u32]> = self.cells.iter().map(Vec::as_slice).collect();
        (0..self.len()).map(move |row| {
            let mut hasher = FxHasher::default();
            for column in &texts {
                column.get(row).map(|text| self.pool.text(*text)).hash(&mut hasher);
            }
            let period = self.periods.get(row).and_then(|place| self.period_list.get(*place as usize));
            period.copied().unwrap_or(Period::ALWAYS).hash(&mut hasher);
            hasher.finish()
        })
    }

    /// Place of a column among [`columns`](Self::columns).
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// Makes the index for look-ups by so many leading columns, so that no claim waits for it.
    pub fn prepare(&self, width: usize) {
        self.index(width);
    }

    /// True when a row in force on that date begins with these cells.
    pub fn has(&self, keys: &[&str], on: Date) -> bool {
        self.find(keys, on).is_some()
    }

    /// The cell of `column` in the first row in force on that date that begins with these cells.
    pub fn get(&self, keys: &[&str], column: usize, on: Date) -> Option<&str> {
        let row = self.find(keys, on)?;
        Some(self.pool.text(*self.cells.get(column)?.get(row as usize)?))
    }

    fn find(&self, keys: &[&str], on: Date) -> Option<u32> {
        let index = self.index(keys.len())?;
        let key: SmallVec<[u32; 4]> = keys.iter().map(|key| self.pool.find(key)).collect::<Option<_>>()?;
        let day = Day::of(on);
        index.rows(&key, self.cells.get(..keys.len())?).find(|row| self.period(*row).holds(day))
    }

    fn index(&self, width: usize) -> Option<&Index> {
        let own = self.by_prefix.get(width.checked_sub(1)?)?;
        let columns = self.cells.get(..width)?;
        Some(own.get_or_init(|| Index::new(columns, self.len())))
    }

    fn period(&self, row: u32) -> Period {
        let place = self.periods.get(row as usize);
        place.and_then(|place| self.period_list.get(*place as usize)).copied().unwrap_or(Period::ALWAYS)
    }

    /// Two rows, by line, of one key of `width` leading columns that hold on the same day and differ in `column`: which
    /// of them `get` finds is the order of the file.
    pub(crate) fn ambiguous(&self, width: usize, column: usize) -> Option<(u32, u32)> {
        let cells = self.cells.get(column)?;
        let differ = |a: u32, b: u32| cells.get(a as usize) != cells.get(b as usize);
        let (earlier, later) = self.overlaps(self.index(width)?, 1, differ).pop()?;
        Some((self.lines.of(earlier), self.lines.of(later)))
    }

    /// Pairs of rows of one key whose periods overlap and that the test takes: for each later row the first earlier one.
    fn overlaps(&self, index: &Index, most: usize, takes: impl Fn(u32, u32) -> bool) -> Vec<(u32, u32)> {
        // A key with very many rows is looked at in part: pairs grow with the square.
        const EARLIER: usize = 64;
        let mut found = Vec::new();
        let mut group: SmallVec<[u32; 8]> = SmallVec::new();
        for first in index.heads() {
            group.clear();
            let mut row = Some(first);
            while let Some(own) = row {
                let period = self.period(own);
                let clash = |other: &&u32| period.overlaps(self.period(**other)) && takes(**other, own);
                if let Some(other) = group.iter().find(clash) {
                    found.push((*other, own));
                    if found.len() >= most {
                        return found;
                    }
                }
                if group.len() < EARLIER {
                    group.push(own);
                }
                row = index.after(own);
            }
        }
        found
    }

    fn shrink(&mut self) {
        self.pool.shrink();
        self.periods.shrink_to_fit();
        self.cells.iter_mut().for_each(Vec::shrink_to_fit);
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        let own = |table: &Self| (table.known, table.rows, table.diagnostics.len());
        own(self) == own(other)
            && self.name == other.name
            && self.path == other.path
            && self.columns == other.columns
            && self.pool == other.pool
            && self.cells == other.cells
            && self.periods == other.periods
            && self.period_list == other.period_list
    }
}

impl Eq for Table {}
