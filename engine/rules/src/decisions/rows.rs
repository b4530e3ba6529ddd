//! Rows of conditions for questions that no rule asks, as who gets a problem: the cells and the index of decision tables
//! over values that the caller brings.

use claimflow_core::{Money, Rarc};
use rust_decimal::Decimal;

use super::Hit;
use super::cell::{self, Cell, Span, Test};
use super::index::{ColumnIndex, all, rows_of};
use super::overlap::{Compared, conflicts};
use crate::lower::types::{Kind, Ty};
use crate::value::{List, Value};

/// When no more rows than these are left, their cells are read instead of asking the other columns.
const FEW: u32 = 4;

/// What the cells of a column are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// A text or a list of texts: codes, names, or their beginnings, as `16, 197`, `not PR`, `N5*`.
    Text,
    /// An amount: `500.00`, `>= 500`, `100..500`.
    Amount,
}

/// Why a cell cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CellFault {
    /// What is wrong, with the author's own text in backticks.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

/// A text that a cell names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellWord<'a> {
    /// The whole text.
    Whole(&'a str),
    /// The beginning of a text.
    Beginning(&'a str),
}

/// What one cell asks for. The default takes everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition(Cell);

impl Condition {
    /// Reads a cell in the language of decision tables (`docs/decision-tables.md`).
    ///
    /// # Errors
    /// What is wrong with the text, and the mend.
    pub fn parse(text: &str, kind: CellKind) -> Result<Self, CellFault> {
        let ty = match kind {
            CellKind::Text => Ty::of(Kind::Text),
            CellKind::Amount => Ty::of(Kind::Decimal),
        };
        cell::parse(text, ty).map(Self).map_err(|(message, help)| CellFault { message, help })
    }

    /// Takes this amount and every larger one.
    pub fn at_least(amount: Money) -> Self {
        let span = Span { from: Some((decimal(amount), true)), to: None };
        Self(Cell { tests: vec![Test::Number(span)], ..Cell::default() })
    }

    /// The texts that the cell names, whether it takes or refuses them; none for amounts.
    pub fn words(&self) -> impl Iterator<Item = CellWord<'_>> {
        self.0.tests.iter().filter_map(|test| match test {
            Test::Exact(text) => Some(CellWord::Whole(text)),
            Test::Prefix(text) => Some(CellWord::Beginning(text)),
            Test::Truth(_) | Test::Number(_) | Test::Date(_) => None,
        })
    }
}

/// What a column is asked for.
#[derive(Debug, Clone, Copy)]
pub enum CellValue<'a> {
    /// A text; an empty one is a text like any other, which `not` takes.
    Text(&'a str),
    /// Remark codes, of which one must fit; under `not` none may.
    Remarks(&'a [Rarc]),
    /// An amount.
    Amount(Money),
}

fn decimal(amount: Money) -> Decimal {
    Decimal::new(amount.cents(), 2)
}

impl<'a> CellValue<'a> {
    fn value(self) -> Value<'a> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Remarks(remarks) => Value::List(List::Remarks(remarks)),
            Self::Amount(amount) => Value::Decimal(decimal(amount)),
        }
    }
}

/// A column that says something in some row.
#[derive(Debug, Clone)]
struct Asked {
    /// Its place among the columns of the caller.
    place: usize,
    cells: Vec<Cell>,
    index: ColumnIndex,
}

/// Rows of conditions, found through an index for each column.
#[derive(Debug, Clone, Default)]
pub struct RowIndex {
    rows: usize,
    /// In the order in which they are asked: what leaves few rows first. Columns that never say anything are left out.
    columns: Vec<Asked>,
}

impl RowIndex {
    /// Takes the rows in order. Each holds its cells in the order in which [`first`](Self::first) is given the values; a
    /// row that ends early takes everything beyond.
    pub fn new(rows: &[Vec<Condition>]) -> Self {
        let width = rows.iter().map(Vec::len).max().unwrap_or_default();
        let mut columns: Vec<Asked> = (0..width)
            .map(|place| {
                let cell = |row: &Vec<Condition>| row.get(place).cloned().unwrap_or_default().0;
                let cells: Vec<Cell> = rows.iter().map(cell).collect();
                Asked { place, index: ColumnIndex::new(&cells), cells }
            })
            .filter(|column| column.cells.iter().any(|cell| !cell.is_any()))
            .collect();
        columns.sort_by_key(|column| column.index.breadth());
        Self { rows: rows.len(), columns }
    }

    /// The first row that fits, from 0. A value that is missing fits the cells that take everything.
    pub fn first(&self, values: &[CellValue<'_>]) -> Option<usize> {
        let of = |column: &Asked| values.get(column.place).map_or(Value::Unit, |value| value.value());
        let mut rows = all(self.rows);
        let mut columns = self.columns.as_slice();
        while let Some((column, others)) = columns.split_first() {
            let left: u32 = rows.iter().map(|word| word.count_ones()).sum();
            if left <= FEW {
                break;
            }
            column.index.keep(&of(column), &mut rows);
            columns = others;
        }
        let fits = |row: &usize| {
            let own = |column: &Asked| {
                column.cells.get(*row).is_some_and(|cell| cell.is_any() || cell.fits(&of(column)))
            };
            columns.iter().all(own)
        };
        rows_of(&rows).map(|row| row as usize).find(fits)
    }

    /// The rows that never decide, each with the first earlier row that takes all it would take. Of a very long sheet
    /// the first 4,000 rows are looked at.
    pub fn covered(&self) -> Vec<(usize, usize)> {
        let row = |row: usize| Compared {
            cells: self.columns.iter().filter_map(|column| column.cells.get(row)).collect(),
            effective: None,
            expires: None,
        };
        let rows: Vec<Compared<'_>> = (0..self.rows).map(row).collect();
        let columns: Vec<&ColumnIndex> = self.columns.iter().map(|column| &column.index).collect();
        conflicts(Hit::First, &rows, &columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(cell: &str) -> Condition {
        Condition::parse(cell, CellKind::Text).unwrap()
    }

    fn amount(cell: &str) -> Condition {
        Condition::parse(cell, CellKind::Amount).unwrap()
    }

    fn row((category, remark, least): &(String, String, String)) -> Vec<Condition> {
        vec![text(category), text(remark), amount(least)]
    }

    #[test]
    fn cells_that_cannot_be_read_say_why() {
        let said = |cell, kind| {
            let fault = Condition::parse(cell, kind).unwrap_err();
            format!("{fault}: {}", fault.help)
        };
        assert_eq!(
            said("much", CellKind::Amount),
            "`much` is not a number: write a number, as `53`, `>= 18`, `18..64`, several with `,` between, or nothing for any"
        );
        assert!(said("unknown", CellKind::Text).starts_with("this field is always known"));
        assert!(said("\"open", CellKind::Text).contains("quote"));
    }

    #[test]
    fn a_sheet_without_rows_or_columns_answers() {
        assert_eq!(RowIndex::default().first(&[]), None);
        assert_eq!(RowIndex::new(&[Vec::new()]).first(&[]), Some(0));
        assert_eq!(RowIndex::new(&[vec![text("a")], vec![text("*")]]).first(&[]), Some(1));
        assert_eq!(text("a, b*; \"c*\"").words().count(), 3);
        let at_least = RowIndex::new(&[vec![Condition::at_least(Money::from_cents(10_000))]]);
        let of = |cents| at_least.first(&[CellValue::Amount(Money::from_cents(cents))]);
        assert_eq!((of(9_999), of(10_000), of(10_001)), (None, Some(0), Some(0)));
    }

    proptest! {
        #[test]
        fn the_first_row_is_the_one_that_a_walk_finds(
            rows in prop::collection::vec(("(coding|posting|cod\\*|not coding|)", "(N290|N2\\*|not N290|)", "(100|>= 100|< 100|90\\.\\.100|)"), 0..150),
            category in "(coding|posting|)", remarks in prop::sample::subsequence(vec!["N290", "N251", "M51"], 0..=3),
            cents in 8_999_i64..10_002,
        ) {
            let rows: Vec<Vec<Condition>> = rows.iter().map(row).collect();
            let remarks: Vec<Rarc> = remarks.into_iter().map(Rarc::as_received).collect();
            let values =
                [CellValue::Text(&category), CellValue::Remarks(&remarks), CellValue::Amount(Money::from_cents(cents))];
            let fits = |row: &Vec<Condition>| row.iter().zip(values).all(|(own, value)| own.0.fits(&value.value()));
            let index = RowIndex::new(&rows);
            let found = index.first(&values);
            prop_assert_eq!(found, rows.iter().position(fits));
            for (later, earlier) in index.covered() {
                prop_assert!(earlier < later);
                prop_assert!(found != Some(later), "row {later} decides, though row {earlier} covers it");
            }
        }
    }
}
