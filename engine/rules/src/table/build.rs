//! Takes in a table row by row, so that its text never has to lie in memory beside it.

use claimflow_core::{Diagnostic, Text};
use smallvec::SmallVec;

use super::Table;
use super::index::Index;
use super::period::Periods;
use crate::diagnostics::{Code, fault};

/// How many faults of one kind a table tells, before it only counts.
const TOLD: usize = 20;

/// What is wrong with a row. Columns are places in the file's row, from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// Too few or too many cells.
    #[error("this row has {cells} cells, the table has {columns} columns")]
    Cells {
        /// How many the row has.
        cells: usize,
        /// How many the first row names.
        columns: usize,
    },
    /// A cell of a dated column that is no date.
    #[error("`{text}` is not a date")]
    Date {
        /// Place of the cell in its row, from 0.
        column: usize,
        /// What stands there.
        text: String,
    },
    /// More distinct text or rows than a table can hold.
    #[error("the table is too large: it can hold 4 billion rows and 4 GB of distinct text")]
    Full,
}

impl RowFault {
    /// Place of the faulty cell in its row, from 0.
    pub fn column(&self) -> usize {
        match self {
            Self::Cells { .. } | Self::Full => 0,
            Self::Date { column, .. } => *column,
        }
    }

    /// The fault at a line and column of a file.
    pub fn at(&self, path: &str, line: u32, column: u32) -> Diagnostic {
        let (code, help) = match self {
            Self::Cells { .. } => {
                (Code::TableRow, "give every row one cell a column; put cells with a comma in quotes")
            }
            Self::Date { .. } => (Code::TableDate, "write it as `2026-01-31`, or leave the cell empty"),
            Self::Full => (Code::TableRow, "split the table"),
        };
        fault(code, path, line, column, self.to_string()).help(help)
    }
}

/// A table in the making.
#[derive(Debug)]
pub struct TableBuilder {
    table: Table,
    /// What the cells of a row are, in the file's order.
    roles: Vec<Role>,
    periods: Periods,
    dated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Cell,
    Effective,
    Expires,
}

impl TableBuilder {
    /// Begins a table with the names in its first row. `path` is relative to the practice folder. That each column has a
    /// name of its own is for the reader to check, who knows where it stands.
    pub fn new(name: impl Into<Text>, path: impl Into<String>, columns: &[impl AsRef<str>]) -> Self {
        let names: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
        let role = |name: &&str| match *name {
            "effective" => Role::Effective,
            "expires" => Role::Expires,
            _ => Role::Cell,
        };
        let roles: Vec<Role> = names.iter().map(role).collect();
        let own = names.iter().zip(&roles).filter(|(_, role)| **role == Role::Cell);
        let mut table = Table::empty(name.into(), path.into(), own.map(|(name, _)| Text::from(*name)));
        table.known = true;
        Self {
            table,
            dated: roles.iter().any(|role| *role != Role::Cell),
            roles,
            periods: Periods::default(),
        }
    }

    /// Adds a row: one cell a column, in the file's order; cells are trimmed. `line` is the row's line in the file.
    ///
    /// # Errors
    /// When the row cannot be taken; it is left out then, and others can follow.
    pub fn row(&mut self, line: u32, cells: &[&str]) -> Result<(), RowFault> {
        if cells.len() != self.roles.len() {
            return Err(RowFault::Cells { cells: cells.len(), columns: self.roles.len() });
        }
        let period = self.period(cells)?;
        let own = cells.iter().zip(&self.roles).filter(|(_, role)| **role == Role::Cell);
        let mut numbers: SmallVec<[u32; 16]> = SmallVec::new();
        for (cell, _) in own {
            numbers.push(self.table.pool.intern(cell.trim()).ok_or(RowFault::Full)?);
        }
        let row = self.table.rows;
        self.table.rows = row.checked_add(1).filter(|rows| *rows < u32::MAX).ok_or(RowFault::Full)?;
        for (column, number) in self.table.cells.iter_mut().zip(numbers) {
            column.push(number);
        }
        if self.dated {
            self.table.periods.push(period);
        }
        self.table.lines.add(row, line);
        Ok(())
    }

    fn period(&mut self, cells: &[&str]) -> Result<u32, RowFault> {
        if !self.dated {
            return Ok(0);
        }
        let cell = |wanted: Role| {
            let place = self.roles.iter().position(|role| *role == wanted)?;
            Some((place, cells.get(place)?.trim()))
        };
        let dates = [cell(Role::Effective), cell(Role::Expires)];
        let text = |place: usize| dates.get(place).copied().flatten().map_or("", |(_, text)| text);
        self.periods.number(text(0), text(1)).map_err(|place| RowFault::Date {
            column: dates.get(place).copied().flatten().map_or(0, |(column, _)| column),
            text: text(place).to_owned(),
        })
    }

    /// Adds a fault of the file that was found while it was read. Of each code the first twenty are told.
    pub fn fault(&mut self, fault: Diagnostic) {
        let told = self.table.diagnostics.iter().filter(|own| own.code == fault.code).count();
        match told {
            0..TOLD => self.table.diagnostics.push(fault),
            TOLD => {
                let message = "there are more faults of this kind below";
                self.table.diagnostics.push(Diagnostic { message: message.into(), length: 0, ..fault });
            }
            _ => {}
        }
    }

    /// The finished table, with its faults. Rows that say the same for overlapping dates are warned of.
    pub fn finish(mut self) -> Table {
        self.table.period_list = std::mem::take(&mut self.periods.list);
        self.table.shrink();
        self.warn_of_repeats();
        self.table
    }

    fn warn_of_repeats(&mut self) {
        let all = Index::new(&self.table.cells, self.table.rows as usize);
        let mut repeats = self.table.overlaps(&all, TOLD + 1, |_, _| true);
        repeats.sort_unstable();
        for (earlier, later) in repeats {
            let (first, line) = (self.table.lines.of(earlier), self.table.lines.of(later));
            let message = format!("this row says the same as line {first}, for dates that overlap");
            let warning = fault(Code::TableRepeat, &self.table.path, line, 1, message);
            self.fault(warning.help("keep one of them, or let the first expire before this one begins"));
        }
    }
}

/// Faults columns without a name or with an earlier one's.
pub(super) fn column_faults(path: &str, columns: &[&str], faults: &mut Vec<Diagnostic>) {
    for (place, column) in columns.iter().enumerate() {
        let message = if column.is_empty() {
            format!("column {} has no name", place + 1)
        } else if columns.iter().take(place).any(|earlier| earlier == column) {
            format!("column `{column}` is there twice")
        } else {
            continue;
        };
        faults.push(fault(Code::TableColumn, path, 1, 1, message));
    }
}
