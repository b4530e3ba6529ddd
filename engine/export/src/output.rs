//! Tables being written: rows made by any thread, written by one in the order of the claims.

use std::io::Write;

use claimflow_runtime::{PastClaim, Result};

use crate::columns::Columns;
use crate::error::ExportError;
use crate::ndjson::{self, Lines};
use crate::parquet;
use crate::rows::Selection;
use crate::schema::{Column, Table};

/// How tables are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Ndjson,
    /// Apache Parquet, compressed by zstd.
    Parquet,
}

impl Format {
    /// What its files' names end in.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }
}

/// Rows of one table that are ready to be written.
enum Rows {
    Lines(Lines),
    Columns(Columns),
}

/// Makes rows ready; shared by the threads that do so.
pub(crate) struct Maker<'s> {
    selection: &'s Selection,
    format: Format,
    tables: Vec<(Table, Vec<Column>, Vec<String>)>,
}

/// What some claims gave.
pub(crate) struct Part {
    rows: Vec<Rows>,
    pub(crate) claims: u64,
}

impl<'s> Maker<'s> {
    pub(crate) fn new(selection: &'s Selection, format: Format) -> Self {
        let of = |table: &Table| {
            let columns = table.columns_for(selection.patients);
            let keys = ndjson::keys(&columns);
            (*table, columns, keys)
        };
        Self { selection, format, tables: selection.tables.iter().map(of).collect() }
    }

    pub(crate) fn begin(&self) -> Part {
        let rows = self.tables.iter().map(|(_, columns, _)| match self.format {
            Format::Ndjson => Rows::Lines(Lines::default()),
            Format::Parquet => Rows::Columns(Columns::new(columns)),
        });
        Part { rows: rows.collect(), claims: 0 }
    }

    /// Adds a claim's rows.
    pub(crate) fn add(&self, past: &PastClaim, part: &mut Part) -> Result<()> {
        let rows = &mut part.rows;
        let taken = self.selection.rows(past, &mut |table, cells| {
            let tables = self.tables.iter().zip(rows.iter_mut());
            for ((_, _, keys), rows) in tables.filter(|((own, ..), _)| *own == table) {
                match rows {
                    Rows::Lines(lines) => lines.push(keys, cells),
                    Rows::Columns(columns) => columns.push(cells),
                }
            }
        })?;
        part.claims += u64::from(taken);
        Ok(())
    }
}

/// A table that was written.
#[derive(Debug)]
pub struct Written<W> {
    /// Which.
    pub table: Table,
    /// Its rows.
    pub rows: u64,
    /// What it was written to.
    pub to: W,
}

enum Way<W: Write + Send> {
    Lines(W),
    Parquet(Box<parquet::Writer<W>>),
}

/// Where each table goes.
pub(crate) struct Outputs<W: Write + Send> {
    all: Vec<(Table, u64, Way<W>)>,
}

impl<W: Write + Send> Outputs<W> {
    /// Opens each table; `open` says where it is written to.
    pub(crate) fn open(
        maker: &Maker<'_>,
        open: &mut dyn FnMut(Table) -> std::io::Result<W>,
    ) -> Result<Self, ExportError> {
        let mut all = Vec::new();
        for (table, columns, _) in &maker.tables {
            let to = open(*table).map_err(|error| ExportError::write(*table, error))?;
            let way = match maker.format {
                Format::Ndjson => Way::Lines(to),
                Format::Parquet => {
                    let writer = parquet::Writer::new(to, table.as_str(), columns.clone());
                    Way::Parquet(Box::new(writer.map_err(|error| ExportError::parquet(*table, error))?))
                }
            };
            all.push((*table, 0, way));
        }
        Ok(Self { all })
    }

    pub(crate) fn take(&mut self, part: Part) -> Result<(), ExportError> {
        for ((table, count, way), rows) in self.all.iter_mut().zip(part.rows) {
            match (way, rows) {
                (Way::Lines(to), Rows::Lines(lines)) => {
                    *count += lines.rows;
                    to.write_all(&lines.bytes).map_err(|error| ExportError::write(*table, error))?;
                }
                (Way::Parquet(writer), Rows::Columns(columns)) => {
                    *count += columns.rows;
                    writer.take(columns).map_err(|error| ExportError::parquet(*table, error))?;
                }
                // INVARIANT: rows and ways are made for one format, which the maker holds.
                _ => return Err(ExportError::Stopped),
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Vec<Written<W>>, ExportError> {
        let finish = |(table, rows, way): (Table, u64, Way<W>)| {
            let mut to = match way {
                Way::Lines(to) => to,
                Way::Parquet(writer) => {
                    writer.finish().map_err(|error| ExportError::parquet(table, error))?
                }
            };
            to.flush().map_err(|error| ExportError::write(table, error))?;
            Ok(Written { table, rows, to })
        };
        self.all.into_iter().map(finish).collect()
    }
}
