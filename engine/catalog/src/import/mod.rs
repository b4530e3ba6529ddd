//! Turns the public code files that people download into reference tables: texts in, the text of a table out.
//!
//! Layouts and where they are published stand in docs/reference-tables.md. Of lists whose texts are copyrighted (CPT
//! codes, X12 code lists) only codes, numbers and dates are kept.

mod layouts;

use jiff::civil::Date;

/// A public file that can become a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// NCCI procedure-to-procedure edits for practitioners (CMS), tab-delimited.
    NcciPtp,
    /// NCCI medically unlikely edits for practitioners (CMS), CSV.
    NcciMue,
    /// Place of service codes (CMS), CSV.
    PlaceOfService,
    /// ICD-10-CM order file (CMS, CDC), fixed width.
    Icd10Cm,
    /// Claim adjustment reason codes (X12), CSV with a column of codes.
    Carc,
    /// Remittance advice remark codes (X12), CSV with a column of codes.
    Rarc,
}

impl ImportKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::NcciPtp, Self::NcciMue, Self::PlaceOfService, Self::Icd10Cm, Self::Carc, Self::Rarc];

    /// The word for it on the command line, which is the name of its table as well.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NcciPtp => "ncci_ptp",
            Self::NcciMue => "mue",
            Self::PlaceOfService => "pos",
            Self::Icd10Cm => "icd10cm",
            Self::Carc => "carc",
            Self::Rarc => "rarc",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The columns of its table.
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::NcciPtp => &["column1", "column2", "modifier", "effective", "expires"],
            Self::NcciMue => &["code", "units", "adjudication", "effective"],
            Self::PlaceOfService => &["code", "name", "effective"],
            Self::Icd10Cm => &["code", "billable", "name", "effective"],
            Self::Carc | Self::Rarc => &["code", "effective", "expires"],
        }
    }

    /// What a file of this kind looks like, for people whose file is another.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::NcciPtp => {
                "tab-delimited rows of column 1 code, column 2 code, prior-to-1996 flag, effective date (20260101), deletion date or `*`, modifier indicator 0, 1 or 9"
            }
            Self::NcciMue => {
                "comma-separated rows of code, units, adjudication indicator (as `2 Date of Service Edit: Policy`), rationale"
            }
            Self::PlaceOfService => "comma-separated rows that begin with a code of two digits and its name",
            Self::Icd10Cm => "the order file: number in 1-5, code in 7-13, 0 or 1 in 15, short name in 17-76",
            Self::Carc => {
                "comma-separated rows that begin with a code such as `197` or `A1`; start and stop dates may follow"
            }
            Self::Rarc => {
                "comma-separated rows that begin with a code such as `N290`; start and stop dates may follow"
            }
        }
    }
}

/// A line that is not in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Place of the file among those given, from 0.
    pub file: usize,
    /// Line, from 1.
    pub line: usize,
    /// Why.
    pub reason: &'static str,
}

/// A table made of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The table's text: the names of the columns, then the rows in order, each once.
    pub text: String,
    /// How many rows it has.
    pub rows: usize,
    /// How many lines said what another one says.
    pub repeated: usize,
    /// Lines above the rows.
    pub headings: usize,
    /// Lines among the rows that could not be read.
    pub skipped: Vec<Skipped>,
    /// First and last day from which rows are in force, when they have one.
    pub effective: Option<(Date, Date)>,
}

/// Why there is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Nothing in a file looks like the kind.
    #[error(
        "no line of the file looks like `{kind}`: expected are {expected}; the first line reads `{seen}`"
    )]
    OtherKind {
        /// Place of the file among those given, from 0.
        file: usize,
        /// The kind asked for.
        kind: &'static str,
        /// What one looks like.
        expected: &'static str,
        /// The beginning of the file.
        seen: String,
    },
}

/// A row, or why a line is none.
type Line = Result<String, &'static str>;

/// Makes one table of files of one kind. `effective` is the first day of rows whose file names none.
///
/// # Errors
/// When a file has no row of that kind.
pub fn import(kind: ImportKind, files: &[&str], effective: Option<Date>) -> Result<Imported, ImportError> {
    let effective = effective.map(|date| date.to_string()).unwrap_or_default();
    let (mut rows, mut skipped, mut headings) = (Vec::new(), Vec::new(), 0);
    for (file, text) in files.iter().enumerate() {
        let before = rows.len();
        for (line, content) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            if content.trim().is_empty() {
                continue;
            }
            match layouts::row(kind, content, &effective) {
                Ok(row) => rows.push(row),
                Err(_) if rows.len() == before => headings += 1,
                Err(reason) => skipped.push(Skipped { file, line, reason }),
            }
        }
        if rows.len() == before {
            let seen = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            return Err(ImportError::OtherKind {
                file,
                kind: kind.as_str(),
                expected: kind.expected(),
                seen: seen.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect(),
            });
        }
    }
    let all = rows.len();
    rows.sort_unstable();
    rows.dedup();
    Ok(Imported {
        rows: rows.len(),
        repeated: all - rows.len(),
        headings,
        skipped,
        effective: periods(kind, &rows),
        text: table(kind, &rows),
    })
}

fn table(kind: ImportKind, rows: &[String]) -> String {
    let mut text = kind.columns().join(",");
    text.reserve(rows.iter().map(|row| row.len() + 1).sum::<usize>() + 1);
    text.push('\n');
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

/// Dates hold no comma and are the last cells, so that they are found from the end.
fn periods(kind: ImportKind, rows: &[String]) -> Option<(Date, Date)> {
    let place = kind.columns().iter().rev().position(|column| *column == "effective")?;
    let days = || rows.iter().filter_map(|row| row.rsplit(',').nth(place)).filter(|day| !day.is_empty());
    Some((days().min()?.parse().ok()?, days().max()?.parse().ok()?))
}

/// The kind that a file looks like, by its first rows.
pub fn detect(text: &str) -> Option<ImportKind> {
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(40);
    let kinds = [
        ImportKind::NcciPtp,
        ImportKind::Icd10Cm,
        ImportKind::NcciMue,
        ImportKind::Rarc,
        ImportKind::PlaceOfService,
    ];
    kinds.into_iter().find(|kind| {
        let fits = lines().filter(|line| layouts::row(*kind, line, "").is_ok()).count();
        fits > 0 && fits * 4 >= lines().count()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const PTP: &str = "CPT only copyright 2026 American Medical Association.  All rights reserved.\n\
        Column1/Column2 Edits\t\t\t\t\t\t\nColumn 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n\
        \t\tprior to 1996\tDate\tDate\t0=not allowed\t\n\t\t\t\t*=no data\t1=allowed\t\n\
        90837\t90834\t\t20130101\t*\t0\tMore extensive procedure\n\
        90791\t90837\t*\t19960101\t20201231\t1\tStandards of medical practice\n\
        90837\t90834\t\t20130101\t*\t0\tMore extensive procedure\n\
        90837\t9083\t\t20130101\t*\t0\tx\n90837\t90832\t\t20139901\t*\t0\tx\n";

    #[test]
    fn pairs_come_out_sorted_and_once() {
        let other = "Column 1\tColumn 2\n10004\t10005\t\t20190101\t\t9\tx\n";
        let made = import(ImportKind::NcciPtp, &[PTP, other], None).unwrap();
        assert_eq!(
            made.text,
            "column1,column2,modifier,effective,expires\n10004,10005,9,2019-01-01,\n\
             90791,90837,1,1996-01-01,2020-12-31\n90837,90834,0,2013-01-01,\n"
        );
        assert_eq!((made.rows, made.repeated, made.headings), (3, 1, 6));
        assert_eq!(made.effective, Some((date(1996, 1, 1), date(2019, 1, 1))));
        let skipped: Vec<_> = made.skipped.iter().map(|own| (own.file, own.line, own.reason)).collect();
        assert_eq!(skipped, [(0, 9, "a code that is none"), (0, 10, "a date that is none")]);
        assert_eq!(detect(PTP), Some(ImportKind::NcciPtp));
        assert_eq!(import(ImportKind::NcciPtp, &[other, PTP], None).unwrap().text, made.text);
    }

    #[test]
    fn unlikely_units() {
        let text = "\"CPT codes are copyright AMA\",,,\nHCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n\
                    90837,3,3 Date of Service Edit: Clinical,\"Clinical: Data, reviewed\"\n90839,1,2 Date of Service Edit: Policy,x\n";
        let made = import(ImportKind::NcciMue, &[text], Some(date(2026, 1, 1))).unwrap();
        assert_eq!(
            made.text,
            "code,units,adjudication,effective\n90837,3,3,2026-01-01\n90839,1,2,2026-01-01\n"
        );
        assert_eq!(detect(text), Some(ImportKind::NcciMue));
    }

    #[test]
    fn diagnoses_places_and_reasons() {
        let order = "00001 A00     0 Cholera                                                      Cholera\n\
                     00002 F330    1 Major depressive disorder, recurrent, mild                   Major depressive disorder, recurrent, mild\n";
        let made = import(ImportKind::Icd10Cm, &[order], None).unwrap();
        assert_eq!(
            made.text,
            "code,billable,name,effective\nA00,no,Cholera,\nF330,yes,\"Major depressive disorder, recurrent, mild\",\n"
        );
        assert_eq!(detect(order), Some(ImportKind::Icd10Cm));
        let places = "Place of Service Code(s),Place of Service Name,Description\n02,Telehealth,\"a, b\"\n\"10\",Home,x\n";
        let made = import(ImportKind::PlaceOfService, &[places], None).unwrap();
        assert_eq!(made.text, "code,name,effective\n02,Telehealth,\n10,Home,\n");
        let reasons = "Code,Description,Start,Stop\n197,\"a text, that is not kept\",10/31/2006,\nA1,x,1995-01-01,2026-03-31\n";
        let made = import(ImportKind::Carc, &[reasons], None).unwrap();
        assert_eq!(made.text, "code,effective,expires\n197,2006-10-31,\nA1,1995-01-01,2026-03-31\n");
        let remarks = "N290,text,01/01/2005,\nMA130,x,,\n";
        assert_eq!(import(ImportKind::Rarc, &[remarks], None).unwrap().rows, 2);
    }

    #[test]
    fn another_file_is_told_apart() {
        let error = import(ImportKind::NcciMue, &[PTP], None).unwrap_err().to_string();
        assert!(error.contains("looks like `mue`") && error.contains("CPT only copyright"), "{error}");
        assert_eq!(detect("a,b\n1,2\n"), None);
        assert_eq!(detect(""), None);
    }
}
