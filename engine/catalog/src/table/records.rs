//! Reads comma-separated rows one by one from a stream, so that a file of a hundred megabytes never lies in memory.
//!
//! It agrees with [`Sheet`](crate::sheet::Sheet) on every text, which a property test checks.

use std::io::{self, BufRead, ErrorKind};

/// A row of more bytes than this is a quote that was never closed.
const LONGEST: usize = 1 << 20;

/// The rows of a stream.
pub(crate) struct Records<R> {
    reader: R,
    /// The lines of the current row, and what follows it on the last of them.
    buffer: Vec<u8>,
    /// Where the current row begins and ends in `buffer`.
    start: usize,
    end: usize,
    /// Line of the current row, and of what follows it.
    line: u32,
    next_line: u32,
    cells: Vec<u8>,
    ends: Vec<usize>,
    begun: bool,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            line: 1,
            next_line: 1,
            cells: Vec::new(),
            ends: Vec::new(),
            begun: false,
        }
    }

    /// Goes to the next row; false at the end.
    ///
    /// # Errors
    /// When the stream cannot be read, or a row has no end.
    pub(crate) fn advance(&mut self) -> io::Result<bool> {
        if self.end >= self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
            self.end = 0;
            if self.more()? == 0 {
                return Ok(false);
            }
            if !std::mem::replace(&mut self.begun, true) && self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.end = 3;
            }
        }
        (self.start, self.line) = (self.end, self.next_line);
        self.cells.clear();
        self.ends.clear();
        self.end = self.split()?;
        self.ends.push(self.cells.len());
        let own = self.buffer.get(self.start..self.end).unwrap_or_default();
        let lines = own.iter().filter(|byte| **byte == b'\n').count();
        self.next_line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        Ok(true)
    }

    fn more(&mut self) -> io::Result<usize> {
        if self.buffer.len() - self.start > LONGEST {
            return Err(io::Error::new(ErrorKind::InvalidData, "this row does not end: a quote is missing"));
        }
        let Self { reader, buffer, .. } = self;
        // A line without an end must not fill the memory either.
        let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
        io::Read::take(reader, most).read_until(b'\n', buffer)
    }

    /// Splits the row at `start` into cells and says where it ends.
    fn split(&mut self) -> io::Result<usize> {
        let (mut at, mut quoted, mut fresh) = (self.start, false, true);
        loop {
            let Some(byte) = self.buffer.get(at).copied() else {
                let whole = self.buffer.last() == Some(&b'\n') && !quoted;
                if whole || self.more()? == 0 {
                    return Ok(at);
                }
                continue;
            };
            at += 1;
            match byte {
                b'"' if quoted => match self.buffer.get(at) {
                    Some(b'"') => {
                        self.cells.push(byte);
                        at += 1;
                    }
                    _ => quoted = false,
                },
                b'"' if fresh => quoted = true,
                b',' if !quoted => self.ends.push(self.cells.len()),
                b'\n' if !quoted => return Ok(at),
                b'\r' if !quoted => {
                    return Ok(at + usize::from(self.buffer.get(at) == Some(&b'\n')));
                }
                _ => self.cells.push(byte),
            }
            fresh = byte == b',' && !quoted;
        }
    }

    /// Line of the current row, from 1.
    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    /// The current row as it stands in the file.
    pub(crate) fn raw(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The cells of the current row, trimmed; `None` when the row is no UTF-8 text.
    pub(crate) fn cells(&self) -> Option<impl Iterator<Item = &str>> {
        let text = std::str::from_utf8(&self.cells).ok()?;
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        Some(starts.zip(&self.ends).map(|(start, end)| text.get(start..*end).unwrap_or_default().trim()))
    }

    /// True when nothing is written in the current row.
    pub(crate) fn is_blank(&self) -> bool {
        self.cells.iter().all(u8::is_ascii_whitespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Sheet;
    use proptest::prelude::*;

    fn rows(text: &[u8]) -> Vec<(u32, Vec<String>)> {
        let mut records = Records::new(text);
        let mut rows = Vec::new();
        while records.advance().unwrap() {
            if !records.is_blank() {
                rows.push((records.line(), records.cells().unwrap().map(str::to_owned).collect()));
            }
        }
        rows
    }

    #[test]
    fn quotes_lines_and_marks() {
        let read = rows("\u{feff}a,\"b \"\"x\"\"\",c\r\n\n\" two\nlines\",d\" e\n,,\nlast".as_bytes());
        let row = |line, cells: &[&str]| (line, cells.iter().map(|cell| (*cell).to_owned()).collect());
        let expected = [row(1, &["a", "b \"x\"", "c"]), row(3, &["two\nlines", "d\" e"]), row(6, &["last"])];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_row_without_end_is_an_error() {
        let text = format!("a\n\"{}", "x\n".repeat(LONGEST));
        let mut records = Records::new(text.as_bytes());
        assert!(records.advance().unwrap());
        assert!(records.advance().is_err());
        assert_eq!(records.line(), 2);
        let long = vec![b'x'; 3 * LONGEST];
        assert!(Records::new(long.as_slice()).advance().is_err());
    }

    proptest! {
        #[test]
        fn it_reads_what_a_sheet_reads(text in "[ab\",\n]{0,80}") {
            let text = format!("h1,h2,h3,h4\n{text}");
            let mut faults = Vec::new();
            let sheet = Sheet::read("t.csv", &text, &mut faults).unwrap();
            let pad = |mut cells: Vec<String>| { cells.resize(4, String::new()); cells };
            let own: Vec<(u32, Vec<String>)> = rows(text.as_bytes())
                .into_iter()
                .skip(1)
                .filter(|(_, cells)| cells.iter().skip(4).all(String::is_empty))
                .map(|(line, cells)| (line, pad(cells)))
                .collect();
            let theirs: Vec<(u32, Vec<String>)> = sheet
                .rows
                .iter()
                .map(|row| (row.line, (0..4).map(|cell| row.cell(cell).into_owned()).collect()))
                .collect();
            prop_assert_eq!(own, theirs);
        }
    }
}
