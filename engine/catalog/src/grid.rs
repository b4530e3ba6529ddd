//! A sheet as rows of cells, each with its place in the text: for sheets whose first row does not name the columns.

use claimflow_core::Text;
use claimflow_rules::{SheetCell, SheetRow};

/// Splits a text in CSV form. Quoted cells may hold commas, line ends and doubled quotes. No text is refused.
pub(crate) fn rows(text: &str) -> Vec<SheetRow> {
    let text = text.trim_start_matches('\u{feff}');
    let mut splitter = Splitter::default();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        splitter.take(c, rest.peek().copied());
    }
    splitter.end_row();
    splitter.rows
}

struct Splitter {
    rows: Vec<SheetRow>,
    row: SheetRow,
    cell: String,
    /// Where the cell's first character stands.
    start: Option<u32>,
    number: u32,
    line: u32,
    column: u32,
    quoted: bool,
    /// True when the next character is the second of a doubled quote.
    skip: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            row: SheetRow { number: 1, line: 1, cells: Vec::new() },
            cell: String::new(),
            start: None,
            number: 1,
            line: 1,
            column: 1,
            quoted: false,
            skip: false,
        }
    }
}

impl Splitter {
    fn take(&mut self, c: char, next: Option<char>) {
        let column = self.column;
        self.column = column.saturating_add(1);
        if self.skip {
            self.skip = false;
            return;
        }
        match c {
            '"' if self.quoted && next == Some('"') => {
                self.cell.push('"');
                self.skip = true;
            }
            '"' if self.quoted => self.quoted = false,
            '"' if self.cell.trim().is_empty() => {
                self.quoted = true;
                self.start.get_or_insert(column);
            }
            ',' if !self.quoted => self.end_cell(column),
            '\n' if !self.quoted => self.end_row(),
            '\r' if !self.quoted => {}
            other => {
                if !other.is_whitespace() {
                    self.start.get_or_insert(column);
                }
                if other == '\n' {
                    self.line = self.line.saturating_add(1);
                    self.column = 1;
                }
                self.cell.push(other);
            }
        }
    }

    fn end_cell(&mut self, column: u32) {
        let text = Text::from(self.cell.trim());
        self.row.cells.push(SheetCell { text, column: self.start.take().unwrap_or(column) });
        self.cell.clear();
    }

    fn end_row(&mut self) {
        self.end_cell(self.column);
        self.number = self.number.saturating_add(1);
        self.line = self.line.saturating_add(1);
        self.column = 1;
        self.quoted = false;
        let next = SheetRow { number: self.number, line: self.line, cells: Vec::new() };
        let mut row = std::mem::replace(&mut self.row, next);
        // Spreadsheets leave empty cells at the end.
        while row.cells.last().is_some_and(|cell| cell.text.is_empty()) {
            row.cells.pop();
        }
        if !row.cells.is_empty() {
            self.rows.push(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_keep_their_places() {
        let rows = rows("\u{feff}decision,A\r\n\r\n a ,\"b, \"\"c\"\"\nd\",,\nlast");
        let cells: Vec<Vec<(&str, u32)>> = rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| (cell.text.as_str(), cell.column)).collect())
            .collect();
        assert_eq!(
            cells,
            [vec![("decision", 1), ("A", 10)], vec![("a", 2), ("b, \"c\"\nd", 5)], vec![("last", 1)]]
        );
        let places: Vec<(u32, u32)> = rows.iter().map(|row| (row.number, row.line)).collect();
        assert_eq!(places, [(1, 1), (3, 3), (4, 5)]);
        assert_eq!(rows[1].cell_name(1), "B3");
        assert_eq!(rows[1].cell_name(27), "AB3");
    }

    proptest! {
        #[test]
        fn agrees_with_the_csv_reader(cells in proptest::collection::vec(proptest::collection::vec("[a-c \",\n]{0,4}x", 1..4), 1..5)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &cells {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let own: Vec<Vec<String>> = rows(&text).iter()
                .map(|row| row.cells.iter().map(|cell| cell.text.to_string()).collect()).collect();
            let trimmed: Vec<Vec<String>> = cells.iter()
                .map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect();
            prop_assert_eq!(own, trimmed);
        }

        #[test]
        fn no_text_panics(text in "[a\",\r\n é\u{feff}]{0,60}") {
            rows(&text);
        }
    }
}
