//! Reads a routing table.

use claimflow_core::{Carc, Diagnostic, GroupCode, Rarc, Stage, Text};

use super::{Rule, TRIAGE_DUE};
use crate::SourceFile;
use crate::due;
use crate::sheet::{Row, Sheet};
use crate::words::Words;
use crate::yaml::suggestion;

const COLUMNS: &[&str] =
    &["category", "payer", "group", "carc", "rarc", "stage", "min_amount", "owner", "due", "note"];

/// How many rows are compared with each other for rows that never decide: beyond it the check would take seconds.
const COMPARED: usize = 4000;

/// Reads one table. Rows with faults are left out, and the faults told; several values in a cell stand with `;` between.
pub(crate) fn read(file: &SourceFile, words: &Words, faults: &mut Vec<Diagnostic>) -> Vec<Rule> {
    let Some(sheet) = Sheet::read(&file.path, &file.text, faults) else { return Vec::new() };
    if !sheet.check_columns(COLUMNS, &["owner", "due"], faults) {
        return Vec::new();
    }
    let mut rules: Vec<Rule> = Vec::with_capacity(sheet.rows.len());
    for row in &sheet.rows {
        let before = faults.len();
        let rule = RowReader { sheet: &sheet, row, words, faults }.rule(&file.path);
        if faults.len() > before {
            continue;
        }
        if let Some(earlier) = rules.iter().take(COMPARED).find(|earlier| earlier.covers(&rule)) {
            let message = format!("this row never decides: `{}` takes all it would take", earlier.row);
            let column = sheet.column("category").unwrap_or(0);
            faults.push(sheet.warning("D005", row, column, message, "move it up, or remove it"));
        }
        rules.push(rule);
    }
    rules
}

struct RowReader<'a> {
    sheet: &'a Sheet<'a>,
    row: &'a Row,
    words: &'a Words,
    faults: &'a mut Vec<Diagnostic>,
}

impl RowReader<'_> {
    fn cell(&self, name: &str) -> Text {
        self.sheet.column(name).map_or_else(Text::default, |column| self.row.cell(column).as_ref().into())
    }

    fn fault(&mut self, code: &str, name: &str, message: String, help: String) {
        let column = self.sheet.column(name).unwrap_or(0);
        self.faults.push(self.sheet.fault(code, self.row, column, message, help));
    }

    /// The values of a cell, each checked; one that does not fit is told.
    fn values<T>(&mut self, name: &str, takes: &str, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let cell = self.cell(name);
        let mut values = Vec::new();
        for part in cell.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            match read(part) {
                Some(value) => values.push(value),
                None => {
                    let help = format!("write {takes}, several with `;` between, or nothing for any");
                    self.fault("D004", name, format!("`{part}` is not {takes}"), help);
                }
            }
        }
        values
    }

    fn rule(mut self, path: &str) -> Rule {
        let categories = self.categories();
        let text = |part: &str| Some(Text::from(part));
        let payers = self.values("payer", "a payer id", text);
        let groups = self.values("group", "an adjustment group, as `CO`", |part| {
            part.parse::<GroupCode>().is_ok().then(|| Text::from(part))
        });
        let carcs = self.values("carc", "an adjustment reason code, as `197`", |part| {
            part.parse::<Carc>().is_ok().then(|| Text::from(part))
        });
        let rarcs = self.values("rarc", "a remark code, as `N290`", |part| {
            part.parse::<Rarc>().is_ok().then(|| Text::from(part))
        });
        let stages = self.values("stage", "a stage, as `scrub`", Stage::parse);
        let amount = self.values("min_amount", "an amount, as `500.00`", |part| part.parse().ok());
        if let Some(column) = self.sheet.column("owner") {
            self.faults.extend(self.words.owner_fault(self.sheet, self.row, column));
        }
        let due = self.cell("due");
        let within = due::parse(&due);
        if within.is_none() {
            let message = if due.is_empty() {
                "this row says not when it is due".to_owned()
            } else {
                format!("`{due}` is not {}", due::TAKES)
            };
            self.fault("D004", "due", message, format!("write {}", due::TAKES));
        }
        Rule {
            categories,
            payers,
            groups,
            carcs,
            rarcs,
            stages,
            min_amount: amount.first().copied(),
            owner: self.cell("owner"),
            within: within.unwrap_or(TRIAGE_DUE),
            row: Text::from(format!("{path}:{}", self.row.line)),
            note: self.cell("note"),
        }
    }

    fn categories(&mut self) -> Vec<Text> {
        let known = &self.words.categories;
        let cell = self.cell("category");
        let mut categories = Vec::new();
        for part in cell.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            if known.iter().any(|own| own == part) {
                categories.push(Text::from(part));
            } else {
                let help = suggestion(part, known.iter().map(Text::as_str), "categories are");
                self.fault("D002", "category", format!("there is no category `{part}`"), help);
            }
        }
        categories
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;
    use proptest::prelude::*;

    fn faults(text: &str) -> String {
        let words = Words::known(["coding", "authorization"], ["coding", "billing"]);
        let mut faults = Vec::new();
        read(&SourceFile::new("routing.csv", text), &words, &mut faults);
        report(&faults)
    }

    #[test]
    fn every_cell_is_checked_where_it_stands() {
        insta::assert_snapshot!(faults(
            "category,payer,group,carc,rarc,stage,min_amount,owner,due,notes\n\
             codin,,CX,19777,n290,scrubb,much,bill,soon,\n\
             coding,,,,,,,coding,2 business_days,\n\
             coding,60054,CO;PR,197,N290,scrub,1,billing,1 day,\n\
             authorization,,,,,,,,,\n"
        ));
        assert!(faults("category,owner\ncoding,coding\n").contains("the column `due` is missing"));
        assert_eq!(faults(""), "");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(category,owner,due\n)?[a-z0-9;,\"\n ]{0,60}") {
            faults(&text);
        }
    }
}
