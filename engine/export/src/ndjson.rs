//! Rows as NDJSON: one JSON object a line, keys in the order of the columns.

use std::io::Write;

use crate::cell::Cell;
use crate::schema::Column;

/// Rows that are ready to be written.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) bytes: Vec<u8>,
    pub(crate) rows: u64,
}

/// The texts before each value: `{"id":`, `,"state":` and so on.
pub(crate) fn keys(columns: &[Column]) -> Vec<String> {
    let key = |(place, column): (usize, &Column)| {
        let before = if place == 0 { '{' } else { ',' };
        format!("{before}\"{}\":", column.name)
    };
    columns.iter().enumerate().map(key).collect()
}

impl Lines {
    pub(crate) fn push(&mut self, keys: &[String], cells: &[Cell<'_>]) {
        for (key, cell) in keys.iter().zip(cells) {
            self.bytes.extend_from_slice(key.as_bytes());
            self.cell(cell);
        }
        self.bytes.extend_from_slice(b"}\n");
        self.rows += 1;
    }

    fn cell(&mut self, cell: &Cell<'_>) {
        match cell {
            Cell::Empty => self.bytes.extend_from_slice(b"null"),
            Cell::Text(text) => self.text(text),
            Cell::Texts(texts) => self.list(texts, |own, text| own.text(text)),
            Cell::Whole(number) => self.shown(*number),
            Cell::Wholes(numbers) => self.list(numbers, |own, number| own.shown(*number)),
            Cell::Money(amount) => self.quoted(amount),
            Cell::Quantity(amount) => self.quoted(amount),
            Cell::Date(date) => self.quoted(date),
            Cell::Moment(at) => self.quoted(at),
        }
    }

    fn list<T>(&mut self, all: &[T], each: impl Fn(&mut Self, &T)) {
        self.bytes.push(b'[');
        for (place, one) in all.iter().enumerate() {
            if place > 0 {
                self.bytes.push(b',');
            }
            each(self, one);
        }
        self.bytes.push(b']');
    }

    fn text(&mut self, text: &str) {
        // Neither writing to memory nor text in JSON can fail.
        let _written = serde_json::to_writer(&mut self.bytes, text);
    }

    /// What needs no escape.
    fn quoted(&mut self, value: impl std::fmt::Display) {
        self.bytes.push(b'"');
        self.shown(value);
        self.bytes.push(b'"');
    }

    fn shown(&mut self, value: impl std::fmt::Display) {
        let _written = write!(self.bytes, "{value}");
    }
}
