//! Reads the registers' files. What stands in a cell is never repeated in a message: it can be a person's.

use claimflow_core::{Authorization, Coverage, Diagnostic, Enrollment, Severity, Visit};

use super::columns::Register;
use super::{Registers, Shelf, key};
use crate::SourceFile;
use crate::sheet::{Row, Sheet};
use crate::source::{hash_files, sort};
use crate::yaml::suggestion;

const FILES: [&str; 4] = [Coverage::FILE, Authorization::FILE, Enrollment::FILE, Visit::FILE];

/// Reads `registers/coverage.csv`, `authorizations.csv`, `enrollments.csv` and `visits.csv`.
///
/// A cell that cannot be read is a fault with its place, and only its row is left out; a column that is not known is a
/// fault, and the others are still read. A file that is not there is an empty register, whose facts are unknown: an
/// advice says so.
pub fn read_registers(files: &[SourceFile]) -> (Registers, Vec<Diagnostic>) {
    let mut faults = Vec::new();
    let coverages = rows::<Coverage>(files, &mut faults);
    let authorizations = rows::<Authorization>(files, &mut faults);
    let enrollments = rows::<Enrollment>(files, &mut faults);
    let visits = rows::<Visit>(files, &mut faults);
    strangers(files, &mut faults);
    let known = files.iter().filter(|file| FILES.contains(&name(file)));
    let registers = Registers {
        coverages: Shelf::new(coverages, |row| key(&row.member_id, row.payer_id.as_str())),
        authorizations: Shelf::new(authorizations, |row| key(&row.member_id, row.payer_id.as_str())),
        enrollments: Shelf::new(enrollments, |row| key(row.npi.as_str(), row.payer_id.as_str())),
        visits: Shelf::new(visits, |row| key(row.claim_id.as_str(), "")),
        hash: hash_files(known.map(|file| (file.path.as_str(), &*file.text))),
    };
    sort(&mut faults);
    (registers, faults)
}

fn name(file: &SourceFile) -> &str {
    file.path.rsplit('/').next().unwrap_or_default()
}

/// Faults files beside the registers whose names are nearly right.
fn strangers(files: &[SourceFile], faults: &mut Vec<Diagnostic>) {
    for file in files.iter().filter(|file| name(file).ends_with(".csv") && !FILES.contains(&name(file))) {
        let message = format!("`{}` is not a register, and nothing reads it", name(file));
        let help = suggestion(name(file), FILES.into_iter(), "registers are");
        faults.push(Diagnostic::warning("F003", &file.path, 0, 0, message).help(help));
    }
}

fn rows<T: Register>(files: &[SourceFile], faults: &mut Vec<Diagnostic>) -> Vec<T> {
    // The last of several wins, as everywhere: a practice's own file comes after the one that ships.
    let Some(file) = files.iter().rfind(|file| name(file) == T::FILE) else {
        let message = format!("there is no `{}`, so {} is unknown", T::FILE, T::ABOUT);
        let path = format!("registers/{}", T::FILE);
        let names: Vec<&str> = T::COLUMNS.iter().map(|column| column.name).collect();
        let advice = Diagnostic::warning("F001", &path, 0, 0, message)
            .help(format!("write one with the columns {}", names.join(", ")));
        faults.push(Diagnostic { severity: Severity::Advice, ..advice });
        return Vec::new();
    };
    let Some(sheet) = Sheet::read(&file.path, &file.text, faults).map(Sheet::private) else {
        return Vec::new();
    };
    let known: Vec<&str> = T::COLUMNS.iter().map(|column| column.name).collect();
    let needed: Vec<&str> =
        T::COLUMNS.iter().filter(|column| column.needed).map(|column| column.name).collect();
    if !sheet.check_columns(&known, &needed, faults) {
        return Vec::new();
    }
    sheet.rows.iter().filter_map(|row| read_row::<T>(&sheet, row, faults)).collect()
}

fn read_row<T: Register>(sheet: &Sheet<'_>, row: &Row, faults: &mut Vec<Diagnostic>) -> Option<T> {
    let (mut value, mut whole) = (T::default(), true);
    for column in T::COLUMNS {
        let Some(place) = sheet.column(column.name) else { continue };
        let cell = row.cell(place);
        let missing = column.needed && cell.is_empty();
        if missing || (column.set)(&mut value, &cell).is_none() {
            let message = if missing {
                format!("`{}` is empty", column.name)
            } else {
                format!("`{}` is not written as it should be", column.name)
            };
            let help = format!("write {}; until then this row is left out", column.takes);
            faults.push(sheet.fault("F002", row, place, message, help));
            whole = false;
        }
    }
    whole.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;
    use proptest::prelude::*;

    #[test]
    fn only_the_faulty_rows_are_left_out() {
        let files = [
            SourceFile::new(
                "registers/coverage.csv",
                "member_id,payer_id,stats,from,copay\nSECRET1,60054,active,3/2/2026,$25\nSECRET2,60054,active,SECRET3,x\n\
                 ,60054,active,,\n",
            ),
            SourceFile::new("registers/authorizations.csv", "number,member_id\n"),
            SourceFile::new("registers/enrolments.csv", "npi\n"),
            SourceFile::new("registers/visits.csv", ""),
        ];
        let (registers, faults) = read_registers(&files);
        assert_eq!(registers.counts().coverages, 1);
        let report = report(&faults);
        assert!(!report.contains("SECRET"), "{report}");
        insta::assert_snapshot!(report);
    }

    #[test]
    fn a_register_without_its_first_row_repeats_no_one() {
        let text = "SECRET1,60054,active\nSECRET2,60054,active\n";
        let (registers, faults) = read_registers(&[SourceFile::new("registers/coverage.csv", text)]);
        let told = report(&faults);
        assert_eq!(registers.counts().coverages, 0);
        assert!(!told.contains("SECRET") && told.contains("the column `member_id` is missing"), "{told}");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(npi,payer_id,from\n)?[0-9a/:,\"\n;-]{0,60}") {
            for name in FILES {
                read_registers(&[SourceFile::new(name, text.clone())]);
            }
        }
    }
}
