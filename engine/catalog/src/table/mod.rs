//! Reads reference tables row by row, and remembers them from one reading of a practice to the next.

mod cache;
mod records;

pub(crate) use cache::TableCache;

use std::io::{self, BufReader, Read};

use claimflow_core::{Diagnostic, Hash};
use claimflow_rules::{Table, TableBuilder};
use smallvec::SmallVec;

use self::records::Records;
use crate::SourceFile;
use crate::sheet::place_in;
use crate::source::short;

/// The cells of one line.
pub(crate) fn one_row(line: &str) -> Vec<String> {
    let mut records = Records::new(line.as_bytes());
    let read = matches!(records.advance(), Ok(true));
    let cells = records.cells().filter(|_| read);
    cells.map(|cells| cells.map(str::to_owned).collect()).unwrap_or_default()
}

/// How much is read at once.
const CHUNK: usize = 1 << 18;

/// A table as read.
#[derive(Debug)]
pub(super) struct Reading {
    /// None when the file cannot be a table; then there is a fault.
    pub(super) table: Option<Table>,
    /// Content hash of what was read.
    pub(super) hash: Hash,
    /// Why there is no table.
    pub(super) faults: Vec<Diagnostic>,
}

/// Reads the table of that name.
pub(super) fn read(name: &str, file: &SourceFile) -> Reading {
    let mut hasher = Hashing { inner: None, hasher: blake3::Hasher::new() };
    let mut faults = Vec::new();
    let table = match file.open() {
        Ok(reader) => {
            hasher.inner = Some(reader);
            rows(name, file, &mut hasher, &mut faults)
        }
        Err(error) => {
            faults.push(unreadable(file, 0, &error));
            None
        }
    };
    Reading { table, hash: short(&hasher.hasher.finalize()), faults }
}

fn rows(name: &str, file: &SourceFile, reader: impl Read, faults: &mut Vec<Diagnostic>) -> Option<Table> {
    let mut records = Records::new(BufReader::with_capacity(CHUNK, reader));
    let mut building: Option<(TableBuilder, usize)> = None;
    loop {
        match records.advance() {
            Ok(true) if records.is_blank() => {}
            Ok(true) => match &mut building {
                Some((builder, columns)) => row(file, &records, builder, *columns),
                None => building = header(name, file, &records),
            },
            Ok(false) => break,
            Err(error) => {
                faults.push(unreadable(file, records.line(), &error));
                break;
            }
        }
    }
    if building.is_none() && faults.is_empty() {
        let fault = Diagnostic::error("T002", &file.path, 0, 0, "the table has no row of column names");
        faults.push(fault.help("name the columns in the first row"));
    }
    building.map(|(builder, _)| builder.finish())
}

fn header<R: io::BufRead>(
    name: &str,
    file: &SourceFile,
    records: &Records<R>,
) -> Option<(TableBuilder, usize)> {
    let mut columns: Vec<&str> = records.cells()?.collect();
    // Spreadsheets leave empty columns at the end.
    while columns.last().is_some_and(|column| column.is_empty()) {
        columns.pop();
    }
    let mut builder = TableBuilder::new(name, file.path.clone(), &columns);
    for (place, column) in columns.iter().enumerate() {
        let (message, help) = if column.is_empty() {
            ("this column has no name", "name it, or remove it")
        } else if columns.iter().take(place).any(|earlier| earlier == column) {
            ("this column has the name of an earlier one", "keep one of them")
        } else {
            continue;
        };
        builder.fault(fault(file, records, place, "T002", message).help(help));
    }
    Some((builder, columns.len()))
}

fn row<R: io::BufRead>(file: &SourceFile, records: &Records<R>, builder: &mut TableBuilder, columns: usize) {
    let Some(cells) = records.cells() else {
        let message = "this row has characters that are not UTF-8 text";
        let help = "save the file as UTF-8 (in a spreadsheet: `CSV UTF-8`)";
        builder.fault(fault(file, records, 0, "T001", message).help(help));
        return;
    };
    let mut cells: SmallVec<[&str; 16]> = cells.collect();
    if cells.iter().skip(columns).any(|cell| !cell.is_empty()) {
        let message = format!("this row has more cells than the {columns} columns above");
        let help = "put a text with a comma into double quotes";
        builder.fault(fault(file, records, columns, "T001", message).help(help));
        return;
    }
    cells.resize(columns, "");
    if let Err(wrong) = builder.row(records.line(), &cells) {
        let (line, column, length) =
            place_in(&String::from_utf8_lossy(records.raw()), records.line(), wrong.column());
        builder.fault(wrong.at(&file.path, line, column).length(length));
    }
}

fn fault<R: io::BufRead>(
    file: &SourceFile,
    records: &Records<R>,
    cell: usize,
    code: &str,
    message: impl Into<String>,
) -> Diagnostic {
    let (line, column, length) = place_in(&String::from_utf8_lossy(records.raw()), records.line(), cell);
    Diagnostic::error(code, &file.path, line, column, message).length(length)
}

fn unreadable(file: &SourceFile, line: u32, error: &io::Error) -> Diagnostic {
    let message = format!("the table cannot be read: {error}");
    Diagnostic::error("T001", &file.path, line, u32::from(line > 0), message)
        .help("mend the file, or put it there again")
}

/// Hashes what passes through, so that a file is read once.
struct Hashing<R> {
    inner: Option<R>,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.as_mut().map_or(Ok(0), |inner| inner.read(buffer))?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
