//! Spreadsheets: the cells of one sheet of an `.xlsx` file as text in CSV form, one row of the sheet a line.
//!
//! What a spreadsheet hides is told, not guessed: a formula that nobody calculated, an error value, and merged cells
//! whose value would stand in one row only are faults with the name of their cell.

use std::io::{Cursor, Read, copy, sink};

use calamine::{DataRef, Dimensions, Reader, Xlsx};
use claimflow_core::Diagnostic;
use claimflow_rules::SheetRow;
use zip::ZipArchive;

use crate::SourceFile;

/// Bytes that the parts of a file may unpack to: a sheet of a hundred thousand rows takes some 30 MB.
const UNPACKED: u64 = 64 << 20;

/// Parts that a file may have; a workbook has a dozen.
const PARTS: usize = 2_000;

/// Rows and columns that are read.
const ROWS: u32 = 200_000;
const COLUMNS: u32 = 256;

impl SourceFile {
    /// A sheet that was kept as `.xlsx`, as text in CSV form: each row of the sheet is one line. The sheet named as the
    /// file is taken, else the first. Whole numbers lose their `.0`, dates read as `2026-01-31`, formulas as the value
    /// that the spreadsheet saved for them.
    ///
    /// # Errors
    /// The faults of a file that is no spreadsheet or is too large, and of cells without a value of their own.
    pub fn from_sheet(path: impl Into<String>, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let path = path.into();
        let text = read(&path, bytes)?;
        Ok(Self::new(path, text))
    }
}

fn whole(path: &str, message: impl Into<String>, help: &str) -> Vec<Diagnostic> {
    vec![Diagnostic::error("D013", path, 0, 0, message).help(help)]
}

fn read(path: &str, bytes: &[u8]) -> Result<String, Vec<Diagnostic>> {
    let help = "save it as `Excel Workbook (.xlsx)` or as `CSV UTF-8`";
    let broken = || whole(path, "this is no spreadsheet that can be read", help);
    if !fits(bytes).ok_or_else(broken)? {
        return Err(whole(
            path,
            "the spreadsheet unpacks to more than 64 MB",
            "split it into several sheets",
        ));
    }
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| broken())?;
    let stem = path.rsplit('/').next().and_then(|file| file.strip_suffix(".xlsx")).unwrap_or_default();
    let names = book.sheet_names();
    let own = names.iter().find(|name| name.eq_ignore_ascii_case(stem)).or(names.first());
    let Some(name) = own.cloned() else {
        return Err(whole(path, "the file has no sheet", help));
    };
    let merged = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
    let mut sheet = Cells { path, rows: Vec::new(), faults: Vec::new() };
    let mut reader = book.worksheet_cells_reader(&name).map_err(|_| broken())?;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(|_| broken())? {
        if !sheet.take(cell.pos, &cell.value, cell.formula.is_some()) {
            break;
        }
    }
    sheet.merged(&merged);
    if sheet.faults.is_empty() { Ok(sheet.text()) } else { Err(sheet.faults) }
}

/// True when the parts unpack to what is allowed, by unpacking them: what the file says of itself can be wrong. `None`
/// for bytes that are no archive.
fn fits(bytes: &[u8]) -> Option<bool> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    if archive.len() > PARTS {
        return Some(false);
    }
    let mut left = UNPACKED;
    for place in 0..archive.len() {
        let part = archive.by_index(place).ok()?;
        let size = copy(&mut part.take(left + 1), &mut sink()).ok()?;
        if size > left {
            return Some(false);
        }
        left -= size;
    }
    Some(true)
}

struct Cells<'p> {
    path: &'p str,
    /// Rows from the first of the sheet.
    rows: Vec<Vec<String>>,
    faults: Vec<Diagnostic>,
}

/// The name of a cell, counted from 0.
fn cell_name(row: u32, column: u32) -> String {
    let row = SheetRow { number: row.saturating_add(1), ..SheetRow::default() };
    row.cell_name(column as usize)
}

impl Cells<'_> {
    fn fault(&mut self, (row, column): (u32, u32), message: &str, help: &str) {
        let message = format!("cell {}: {message}", cell_name(row, column));
        let line = row.saturating_add(1);
        self.faults.push(Diagnostic::error("D013", self.path, line, 1, message).help(help));
    }

    /// Takes a cell; false when the sheet is too large to go on.
    fn take(&mut self, (row, column): (u32, u32), value: &DataRef<'_>, formula: bool) -> bool {
        let text = match shown(value) {
            Ok(text) => text,
            Err((message, help)) => {
                self.fault((row, column), &message, help);
                return true;
            }
        };
        if text.is_empty() {
            if formula && matches!(value, DataRef::Empty) {
                let help = "open it in a spreadsheet program and save it, or write the value instead";
                self.fault((row, column), "the file does not hold the value of this formula", help);
            }
            return true;
        }
        if row >= ROWS || column >= COLUMNS {
            let message = format!("a sheet has at most {ROWS} rows and {COLUMNS} columns");
            self.fault((row, column), &message, "remove what stands far out, or split the sheet");
            return false;
        }
        let (row, column) = (row as usize, column as usize);
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        if let Some(cells) = self.rows.get_mut(row) {
            if cells.len() <= column {
                cells.resize_with(column + 1, String::new);
            }
            if let Some(cell) = cells.get_mut(column) {
                *cell = text;
            }
        }
        true
    }

    /// Merged cells have their value in the first of them only: above the names of the columns that is decoration, in
    /// rows it would leave the others empty, which means any.
    fn merged(&mut self, merged: &[Dimensions]) {
        let named = |row: &Vec<String>| row.iter().any(|cell| cell.to_ascii_lowercase().starts_with("then "));
        let columns_at = self.rows.iter().position(named).unwrap_or_default();
        for area in merged {
            let (first, last) = (area.start, area.end);
            let filled = self
                .rows
                .get(first.0 as usize)
                .and_then(|row| row.get(first.1 as usize))
                .is_some_and(|cell| !cell.is_empty());
            if filled && (last.0 as usize) >= columns_at {
                let message = format!("cells down to {} are merged with it", cell_name(last.0, last.1));
                self.fault(first, &message, "unmerge them, and write the value into each");
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            for (place, cell) in row.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                if cell.contains([',', '"']) {
                    text.push('"');
                    text.push_str(&cell.replace('"', "\"\""));
                    text.push('"');
                } else {
                    text.push_str(cell);
                }
            }
            text.push('\n');
        }
        text
    }
}

/// The text of a value, in one line.
fn shown(value: &DataRef<'_>) -> Result<String, (String, &'static str)> {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::Int(value) => value.to_string(),
        // The shortest text that reads as the same number: 97 for 97.0, 53.5 for 53.5.
        DataRef::Float(value) => format!("{value}"),
        DataRef::String(text) => line(text),
        DataRef::SharedString(text) => line(text),
        DataRef::Bool(true) => "yes".to_owned(),
        DataRef::Bool(false) => "no".to_owned(),
        DataRef::DateTime(time) if time.is_datetime() => {
            let (year, month, day, hour, minute, ..) = time.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute) == (0, 0) { date } else { format!("{date} {hour:02}:{minute:02}") }
        }
        DataRef::DateTimeIso(text) => {
            text.strip_suffix("T00:00:00").or(text.strip_suffix("T00:00:00Z")).unwrap_or(text).to_owned()
        }
        DataRef::DateTime(_) | DataRef::DurationIso(_) => {
            return Err((
                "this is a span of time".to_owned(),
                "format the cell as text, and write what is meant",
            ));
        }
        DataRef::Error(error) => {
            return Err((
                format!("the formula gives `{error}`"),
                "mend the formula, or write the value instead",
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::testing::report;

    const CONTENT: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
    const RELS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Notes" sheetId="1" r:id="r1"/><sheet name="Pos" sheetId="2" r:id="r2"/></sheets></workbook>"#;
    const BOOK_RELS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="r3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
    const STYLES: &str = r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

    fn sheet(cells: &str, after: &str) -> String {
        format!(
            r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData>{after}</worksheet>"#
        )
    }

    fn book(second: &str) -> Vec<u8> {
        let first = sheet(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>a note</t></is></c></row>"#, "");
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [
            ("[Content_Types].xml", CONTENT),
            ("_rels/.rels", RELS),
            ("xl/workbook.xml", BOOK),
            ("xl/_rels/workbook.xml.rels", BOOK_RELS),
            ("xl/styles.xml", STYLES),
            ("xl/worksheets/sheet1.xml", &first),
            ("xl/worksheets/sheet2.xml", second),
        ] {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn text(cell: &str, text: &str) -> String {
        format!(r#"<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>"#)
    }

    fn load(path: &str, bytes: &[u8]) -> Result<String, String> {
        match SourceFile::from_sheet(path, bytes) {
            Ok(file) => Ok(file.text.to_string()),
            Err(faults) => Err(report(&faults)),
        }
    }

    #[test]
    fn what_spreadsheets_keep_reads_as_what_people_see() {
        let rows = [
            format!(r#"<row r="1">{}{}</row>"#, text("A1", "title"), text("B1", "Place, &quot;and&quot;\nmore")),
            format!(r#"<row r="3">{}{}</row>"#, text("A3", "claim.payer"), text("C3", "then hold")),
            r#"<row r="4"><c r="A4"><v>97</v></c><c r="B4"><v>53.5</v></c><c r="C4" t="b"><v>1</v></c></row>"#.to_owned(),
            r#"<row r="5"><c r="A5" s="1"><v>46053</v></c><c r="B5"><f>A4+1</f><v>98</v></c><c r="E5" s="1"/></row>"#
                .to_owned(),
            r#"<row r="9"><c r="A9"/></row>"#.to_owned(),
        ];
        let merged = r#"<mergeCells count="1"><mergeCell ref="B1:D1"/></mergeCells>"#;
        let bytes = book(&sheet(&rows.concat(), merged));
        let wanted =
            "title,\"Place, \"\"and\"\" more\"\n\nclaim.payer,,then hold\n97,53.5,yes\n2026-01-31,98\n";
        assert_eq!(load("payers/a/decisions/pos.xlsx", &bytes).as_deref(), Ok(wanted));
        assert_eq!(load("payers/a/decisions/other.xlsx", &bytes).as_deref(), Ok("a note\n"));
    }

    #[test]
    fn what_a_spreadsheet_hides_is_told() {
        let rows = [
            format!(r#"<row r="1">{}{}</row>"#, text("A1", "claim.payer"), text("B1", "then hold")),
            r#"<row r="2"><c r="A2"><f>B9</f></c><c r="B2" t="e"><v>#N/A</v></c></row>"#.to_owned(),
            format!(r#"<row r="3">{}</row>"#, text("A3", "60054")),
            format!(r#"<row r="5">{}</row>"#, text("ZZ5", "far out")),
        ];
        let merged = r#"<mergeCells count="1"><mergeCell ref="A3:A4"/></mergeCells>"#;
        let bytes = book(&sheet(&rows.concat(), merged));
        insta::assert_snapshot!(load("payers/a/decisions/pos.xlsx", &bytes).unwrap_err());
    }

    #[test]
    fn what_is_no_spreadsheet_is_refused() {
        for bytes in [&b""[..], b"claim.payer,then hold\n", b"PK\x03\x04 nothing more"] {
            let fault = load("a.xlsx", bytes).unwrap_err();
            assert!(fault.contains("no spreadsheet that can be read"), "{fault}");
        }
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("readme.txt", SimpleFileOptions::default()).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        assert!(load("a.xlsx", &bytes).unwrap_err().contains("no spreadsheet that can be read"));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let zeros = vec![0_u8; 1 << 20];
        writer.start_file("xl/sharedStrings.xml", SimpleFileOptions::default()).unwrap();
        for _ in 0..70 {
            writer.write_all(&zeros).unwrap();
        }
        let bytes = writer.finish().unwrap().into_inner();
        assert!(bytes.len() < 200_000);
        assert!(load("a.xlsx", &bytes).unwrap_err().contains("unpacks to more than 64 MB"));
        // A small file that names a cell a million rows down.
        let far = format!(r#"<row r="1048576">{}</row>"#, text("XFD1048576", "x"));
        let fault = load("pos.xlsx", &book(&sheet(&far, ""))).unwrap_err();
        assert!(fault.contains("cell XFD1048576: a sheet has at most"), "{fault}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_damage_panics(place in 0_usize..4000, byte in any::<u8>(), cut in 0_usize..4000) {
            let mut bytes = book(&sheet(&format!(r#"<row r="1">{}</row>"#, text("A1", "title")), ""));
            let length = bytes.len();
            bytes[place % length] = byte;
            bytes.truncate(length - cut % length / 8);
            let _ = load("pos.xlsx", &bytes);
        }
    }
}
