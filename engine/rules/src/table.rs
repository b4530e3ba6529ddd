//! Tables that rules look things up in, indexed by the leading columns and restricted by date.

use std::hash::{Hash, Hasher};

use claimflow_core::{Diagnostic, Text, within};
use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHasher};
use smallvec::SmallVec;

use crate::diagnostics::{Code, fault};
use crate::source::TableSource;

/// A checked table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: Text,
    /// Columns without `effective` and `expires`.
    pub(crate) columns: Vec<Text>,
    rows: Vec<Row>,
    /// For each number of leading columns, from 1: hash of their cells to the rows that have them.
    by_prefix: Vec<FxHashMap<u64, SmallVec<[u32; 2]>>>,
}

#[derive(Debug)]
struct Row {
    cells: Vec<Text>,
    effective: Option<Date>,
    expires: Option<Date>,
}

fn hash<'k>(keys: impl Iterator<Item = &'k str>) -> u64 {
    let mut hasher = FxHasher::default();
    for key in keys {
        key.hash(&mut hasher);
    }
    hasher.finish()
}

impl Table {
    /// Checks and indexes a table; rows with faults are left out.
    pub(crate) fn new(source: &TableSource, faults: &mut Vec<Diagnostic>) -> Self {
        let dated = |name: &str| source.columns.iter().position(|column| column == name);
        let (effective, expires) = (dated("effective"), dated("expires"));
        let keep: Vec<usize> = (0..source.columns.len())
            .filter(|place| Some(*place) != effective && Some(*place) != expires)
            .collect();
        let columns = keep.iter().filter_map(|place| source.columns.get(*place).cloned()).collect();
        let mut table = Self { name: source.name.clone(), columns, rows: Vec::new(), by_prefix: Vec::new() };
        check_columns(source, faults);
        for (place, cells) in source.rows.iter().enumerate() {
            let line =
                source.lines.get(place).copied().unwrap_or(u32::try_from(place).unwrap_or(u32::MAX - 2) + 2);
            if cells.len() != source.columns.len() {
                faults.push(
                    fault(
                        Code::TableRow,
                        &source.path,
                        line,
                        1,
                        format!(
                            "this row has {} cells, the table has {} columns",
                            cells.len(),
                            source.columns.len()
                        ),
                    )
                    .help("give every row one cell a column; put cells with a comma in quotes"),
                );
                continue;
            }
            let mut date = |column: Option<usize>| row_date(source, cells, column, line, faults);
            let (effective, expires) = (date(effective), date(expires));
            if let (Ok(effective), Ok(expires)) = (effective, expires) {
                let cells = keep
                    .iter()
                    .filter_map(|place| cells.get(*place))
                    .map(|cell| cell.trim().into())
                    .collect();
                table.rows.push(Row { cells, effective, expires });
            }
        }
        table.index();
        table
    }

    fn index(&mut self) {
        for width in 1..=self.columns.len() {
            let mut map: FxHashMap<u64, SmallVec<[u32; 2]>> = FxHashMap::default();
            for (place, row) in self.rows.iter().enumerate() {
                let key = hash(row.cells.iter().take(width).map(Text::as_str));
                map.entry(key).or_default().push(u32::try_from(place).unwrap_or(u32::MAX));
            }
            self.by_prefix.push(map);
        }
    }

    fn find<'t>(&'t self, keys: &[&str], on: Date) -> Option<&'t Row> {
        let map = self.by_prefix.get(keys.len().checked_sub(1)?)?;
        map.get(&hash(keys.iter().copied()))?.iter().filter_map(|place| self.rows.get(*place as usize)).find(
            |row| {
                within(on, row.effective, row.expires)
                    && row.cells.iter().zip(keys).all(|(cell, key)| cell == key)
            },
        )
    }

    /// True when a row in force on that date begins with these cells.
    pub(crate) fn has(&self, keys: &[&str], on: Date) -> bool {
        self.find(keys, on).is_some()
    }

    /// The cell of `column` in the first row in force on that date whose first cell is `key`.
    pub(crate) fn get(&self, key: &str, column: usize, on: Date) -> Option<&str> {
        self.find(&[key], on)?.cells.get(column).map(Text::as_str)
    }

    /// Place of a column among [`columns`](Self::columns).
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// True when some row has this text in its first column, whatever the date.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

fn check_columns(source: &TableSource, faults: &mut Vec<Diagnostic>) {
    for (place, column) in source.columns.iter().enumerate() {
        if column.is_empty() {
            faults.push(fault(
                Code::TableColumn,
                &source.path,
                1,
                1,
                format!("column {} has no name", place + 1),
            ));
        } else if source.columns.iter().take(place).any(|earlier| earlier == column) {
            faults.push(fault(
                Code::TableColumn,
                &source.path,
                1,
                1,
                format!("column `{column}` is there twice"),
            ));
        }
    }
}

fn row_date(
    source: &TableSource,
    cells: &[Text],
    column: Option<usize>,
    line: u32,
    faults: &mut Vec<Diagnostic>,
) -> Result<Option<Date>, ()> {
    let Some(cell) = column.and_then(|column| cells.get(column)).map(|cell| cell.trim()) else {
        return Ok(None);
    };
    if cell.is_empty() {
        return Ok(None);
    }
    cell.parse().map(Some).map_err(|_| {
        faults.push(
            fault(Code::TableDate, &source.path, line, 1, format!("`{cell}` is not a date"))
                .help("write it as `2026-01-31`, or leave the cell empty"),
        );
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn source() -> TableSource {
        let row = |cells: [&str; 4]| cells.map(Text::from).to_vec();
        TableSource {
            name: "ptp".into(),
            path: "tables/ptp.csv".into(),
            columns: ["first", "second", "note", "effective"].map(Text::from).to_vec(),
            rows: vec![
                row(["90837", "90834", "old", "2025-01-01"]),
                row(["90837", "90853", "new", "2026-01-01"]),
                row(["90791", "90792", "bad", "soon"]),
                vec!["90791".into()],
            ],
            lines: vec![2, 3, 4, 5],
        }
    }

    #[test]
    fn finds_rows_by_leading_columns_and_date() {
        let mut faults = Vec::new();
        let table = Table::new(&source(), &mut faults);
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(table.len(), 2);
        assert!(table.has(&["90837", "90834"], date(2025, 6, 1)));
        assert!(!table.has(&["90837", "90853"], date(2025, 6, 1)));
        assert!(table.has(&["90837", "90853"], date(2026, 6, 1)));
        assert!(!table.has(&["9083", "790853"], date(2026, 6, 1)));
        assert!(!table.has(&[], date(2026, 6, 1)));
        let column = table.column("note").unwrap();
        assert_eq!(table.get("90837", column, date(2025, 6, 1)), Some("old"));
        assert_eq!(table.get("90000", column, date(2025, 6, 1)), None);
        assert_eq!(table.column("effective"), None);
    }
}
