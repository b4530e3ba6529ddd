//! A CSV file with a header row, whose every cell can be found again in the file.
//!
//! Cells are trimmed; a byte order mark and empty rows are left out, because that is what spreadsheets write.

use std::borrow::Cow;

use claimflow_core::{Diagnostic, Severity, nearest};
use claimflow_rules::SheetRow;
use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::yaml::suggestion;

/// A sheet that was read.
pub(crate) struct Sheet<'a> {
    path: &'a str,
    text: &'a str,
    /// True when cells can identify people: messages then repeat nothing that is not known.
    private: bool,
    /// The names in the header row, in order.
    pub(crate) columns: Vec<String>,
    /// The rows below it.
    pub(crate) rows: Vec<Row>,
}

/// One row.
pub(crate) struct Row {
    record: ByteRecord,
    /// Line in the file, from 1.
    pub(crate) line: u32,
    /// Number in the sheet, from 1, as spreadsheets count it.
    number: u32,
    start: usize,
}

impl Row {
    /// The text of a cell; empty when the row ends before it.
    pub(crate) fn cell(&self, column: usize) -> Cow<'_, str> {
        // The file came in as text, so a cell is text as well; a cut in the middle of a character cannot happen.
        String::from_utf8_lossy(self.record.get(column).unwrap_or_default())
    }

    /// True when nothing is written in the row.
    fn is_blank(&self) -> bool {
        self.record.iter().all(<[u8]>::is_empty)
    }
}

impl<'a> Sheet<'a> {
    /// Reads a text. `None` when it has no header row; a row with more cells than columns is a fault and is left out.
    pub(crate) fn read(path: &'a str, text: &'a str, faults: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let mut sheet = Self { path, text, private: false, columns: Vec::new(), rows: Vec::new() };
        let mut record = ByteRecord::new();
        let mut above = 0;
        while matches!(reader.read_byte_record(&mut record), Ok(true)) {
            let row = sheet.row(&record, above);
            above = row.number;
            if row.is_blank() {
                continue;
            }
            if sheet.columns.is_empty() {
                sheet.columns = (0..row.record.len())
                    .map(|c| row.cell(c).trim_start_matches('\u{feff}').trim().to_owned())
                    .collect();
                // Spreadsheets leave empty columns at the end.
                while sheet.columns.last().is_some_and(String::is_empty) {
                    sheet.columns.pop();
                }
                sheet.header_faults(&row, faults);
            } else if row.record.iter().skip(sheet.columns.len()).any(|cell| !cell.is_empty()) {
                let message =
                    format!("this row has more cells than the {} columns above", sheet.columns.len());
                let help = "put a text with a comma into double quotes";
                faults.push(sheet.fault("T001", &row, sheet.columns.len(), message, help));
            } else {
                sheet.rows.push(row);
            }
        }
        if sheet.columns.is_empty() { None } else { Some(sheet) }
    }

    /// A record with its true start: the csv reader counts the blank lines above a record as its own.
    fn row(&self, record: &ByteRecord, above: u32) -> Row {
        let (line, start) = record.position().map_or((1, 0), |position| (position.line(), position.byte()));
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let blank = self
            .text
            .as_bytes()
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let (skipped, lines) = blank.fold((0, 0), |sum, byte| (sum.0 + 1, sum.1 + u64::from(*byte == b'\n')));
        Row {
            record: record.clone(),
            line: u32::try_from(line + lines).unwrap_or(u32::MAX),
            number: above.saturating_add(u32::try_from(lines + 1).unwrap_or(u32::MAX)),
            start: start.saturating_add(skipped),
        }
    }

    /// The same, of which messages repeat no text that is not known.
    pub(crate) fn private(self) -> Self {
        Self { private: true, ..self }
    }

    fn header_faults(&self, header: &Row, faults: &mut Vec<Diagnostic>) {
        for (place, name) in self.columns.iter().enumerate() {
            let earlier = self.columns.iter().take(place).any(|other| other == name);
            if name.is_empty() {
                faults.push(self.fault(
                    "T002",
                    header,
                    place,
                    "this column has no name",
                    "name it, or remove it",
                ));
            } else if earlier {
                // A file without a header row has a row of values here, which can be a person's.
                let message = "this column has the name of an earlier one";
                faults.push(self.fault("T002", header, place, message, "keep one of them"));
            }
        }
    }

    /// The place of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|own| own == name)
    }

    /// Faults every column that is not among those known, and every needed one that is not there. False when one is
    /// missing, so that the rows cannot be read.
    pub(crate) fn check_columns(
        &self,
        known: &[&str],
        needed: &[&str],
        faults: &mut Vec<Diagnostic>,
    ) -> bool {
        for (place, name) in self.columns.iter().enumerate() {
            if !name.is_empty() && !known.contains(&name.as_str()) {
                let near = nearest(name, known.iter().copied()).is_some();
                let message = if self.private && !near {
                    "no column has this name".to_owned()
                } else {
                    format!("there is no column `{name}`")
                };
                let mut fault = self.header_fault(place, message);
                fault.help =
                    suggestion(name, known.iter().copied(), "the first row names the columns, which are");
                faults.push(fault);
            }
        }
        let mut complete = true;
        for name in needed {
            if self.column(name).is_none() {
                complete = false;
                let message = format!("the column `{name}` is missing");
                faults.push(self.header_fault(0, message).help(format!("add `{name}` to the first row")));
            }
        }
        complete
    }

    fn header_fault(&self, column: usize, message: String) -> Diagnostic {
        let start = self.text.len() - self.text.trim_start_matches(['\u{feff}', '\r', '\n', ' ']).len();
        let line = self.text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let header = Row { record: ByteRecord::new(), line, number: line, start };
        self.fault("T002", &header, column, message, "")
    }

    /// A fault of a cell.
    pub(crate) fn fault(
        &self,
        code: &str,
        row: &Row,
        column: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        let (line, start, length) = self.place(row, column);
        Diagnostic::error(code, self.path, line, start, message).length(length).help(help)
    }

    /// The same as a warning.
    pub(crate) fn warning(
        &self,
        code: &str,
        row: &Row,
        column: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..self.fault(code, row, column, message, help) }
    }

    /// The name of a cell as spreadsheets show it, as `C12`.
    pub(crate) fn cell_name(&self, row: &Row, column: usize) -> String {
        SheetRow { number: row.number, ..SheetRow::default() }.cell_name(column)
    }

    fn place(&self, row: &Row, column: usize) -> (u32, u32, usize) {
        place_in(self.text.get(row.start..).unwrap_or_default(), row.line, column)
    }
}

/// Line, column and length in characters of a cell of the row that the text begins with. Computed only for faults: rows are many.
pub(crate) fn place_in(raw: &str, line: u32, column: usize) -> (u32, u32, usize) {
    let raw = raw.trim_start_matches('\u{feff}');
    let (mut line, mut characters, mut cell, mut quoted, mut empty) = (line, 1_u32, 0, false, true);
    let (mut found, mut length) = (None, 0);
    for c in raw.chars() {
        let ends = !quoted && matches!(c, ',' | '\n' | '\r');
        if cell == column && !ends && found.is_none() && !matches!(c, ' ' | '\t') {
            found = Some((line, characters));
        }
        if ends && (cell == column || c != ',') {
            break;
        }
        length += usize::from(found.is_some());
        match c {
            '"' if quoted || empty => quoted = !quoted,
            ',' if !quoted => cell += 1,
            _ => {}
        }
        empty = c == ',' && !quoted;
        if c == '\n' {
            line = line.saturating_add(1);
            characters = 0;
        }
        characters = characters.saturating_add(1);
    }
    let (line, start) = found.unwrap_or((line, characters));
    (line, start, length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;
    use proptest::prelude::*;

    fn read(text: &str) -> (Vec<Vec<String>>, String) {
        let mut faults = Vec::new();
        let rows = Sheet::read("t.csv", text, &mut faults).map_or_else(Vec::new, |sheet| {
            sheet.check_columns(&["code", "note", "days"], &["code", "days"], &mut faults);
            let cells = |row: &Row| (0..sheet.columns.len()).map(|c| row.cell(c).into_owned()).collect();
            sheet.rows.iter().map(cells).collect()
        });
        (rows, report(&faults))
    }

    #[test]
    fn what_spreadsheets_write() {
        let (rows, faults) = read("\u{feff}code,note,days\r\n 1 ,\"a, \"\"b\"\"\",3\r\n,,\r\n\r\n2,c\r\n");
        assert_eq!(faults, "");
        assert_eq!(rows, [vec!["1", "a, \"b\"", "3"], vec!["2", "c", ""]]);
    }

    #[test]
    fn columns_and_rows_are_faulted_where_they_are() {
        let (_, faults) = read("code,,nota,code,,\n1,2,3,4,5\n");
        insta::assert_snapshot!(faults);
    }

    #[test]
    fn cells_are_found_again() {
        let text = "code,note\n1,\"two\nlines\",\n  2, né \n3\n";
        let mut faults = Vec::new();
        let sheet = Sheet::read("t.csv", text, &mut faults).unwrap();
        let places: Vec<_> =
            sheet.rows.iter().map(|row| (sheet.place(row, 0), sheet.place(row, 1))).collect();
        assert_eq!(places, [((2, 1, 1), (2, 3, 11)), ((4, 3, 1), (4, 6, 3)), ((5, 1, 1), (5, 2, 0))]);
        let names: Vec<_> = sheet.rows.iter().map(|row| sheet.cell_name(row, 1)).collect();
        assert_eq!(names, ["B2", "B3", "B4"], "a cell of two lines is one row of a spreadsheet");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a\",\r\n é\u{feff}]{0,60}") {
            let mut faults = Vec::new();
            if let Some(sheet) = Sheet::read("t.csv", &text, &mut faults) {
                sheet.check_columns(&["a"], &["b"], &mut faults);
                for row in &sheet.rows {
                    for column in 0..4 {
                        sheet.place(row, column);
                    }
                }
            }
        }
    }
}
