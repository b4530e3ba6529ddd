//! Reads a routing table: what its columns mean. Its cells are those of any decision table.

use claimflow_core::{Carc, Diagnostic, DueIn, GroupCode, Money, Rarc, Stage, Text};
use claimflow_rules::{CellFault, CellKind, CellWord, Condition, RowIndex};

use super::{Rule, TRIAGE_DUE};
use crate::SourceFile;
use crate::sheet::{Row, Sheet};
use crate::words::Words;
use crate::yaml::suggestion;

/// The columns of conditions, and the others.
pub(super) const CONDITIONS: [&str; 8] =
    ["category", "payer", "group", "carc", "rarc", "stage", "amount", "min_amount"];
const COLUMNS: &[&str] =
    &["category", "payer", "group", "carc", "rarc", "stage", "min_amount", "amount", "owner", "due", "note"];

/// Reads one table. Rows with faults are left out, and the faults told.
pub(crate) fn read(file: &SourceFile, words: &Words, faults: &mut Vec<Diagnostic>) -> Vec<Rule> {
    let Some(sheet) = Sheet::read(&file.path, &file.text, faults) else { return Vec::new() };
    if !sheet.check_columns(COLUMNS, &["owner", "due"], faults) {
        return Vec::new();
    }
    let (mut rules, mut rows): (Vec<Rule>, Vec<&Row>) = (Vec::new(), Vec::new());
    for row in &sheet.rows {
        let before = faults.len();
        let rule = RowReader { sheet: &sheet, row, words, faults }.rule(&file.path);
        if faults.len() == before {
            rules.push(rule);
            rows.push(row);
        }
    }
    let conditions: Vec<Vec<Condition>> = rules.iter().map(|rule| rule.conditions.clone()).collect();
    for (later, earlier) in RowIndex::new(&conditions).covered() {
        let (Some(row), Some(earlier)) = (rows.get(later), rules.get(earlier)) else { continue };
        let message = format!("this row never decides: `{}` takes all it would take", earlier.row);
        let column = sheet.column("category").unwrap_or(0);
        faults.push(sheet.warning("D005", row, column, message, "move it up, or remove it"));
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

    fn fault(&mut self, code: &str, name: &str, message: &str, help: String) {
        let column = self.sheet.column(name).unwrap_or(0);
        let message = format!("cell {}: {message}", self.sheet.cell_name(self.row, column));
        self.faults.push(self.sheet.fault(code, self.row, column, message, help));
    }

    fn condition(&mut self, name: &str) -> Condition {
        let cell = self.cell(name);
        let read = match name {
            "min_amount" => at_least(&cell),
            "amount" => Condition::parse(&cell, CellKind::Amount),
            _ => Condition::parse(&cell, CellKind::Text),
        };
        match read {
            Ok(condition) => {
                self.check_words(name, &condition);
                condition
            }
            Err(CellFault { message, help }) => {
                self.fault("D004", name, &message, help);
                Condition::default()
            }
        }
    }

    /// Each text that a cell names is one that its column can hold.
    fn check_words(&mut self, name: &str, condition: &Condition) {
        for word in condition.words() {
            match (name, word) {
                ("category", word) => self.category(word),
                ("stage", CellWord::Beginning(part)) => {
                    if !Stage::ALL.iter().any(|stage| stage.as_str().starts_with(part)) {
                        self.fault(
                            "D004",
                            name,
                            &format!("no stage begins with `{part}`"),
                            write("a stage, as `scrub`"),
                        );
                    }
                }
                (name, CellWord::Whole(part)) => {
                    if let Some(takes) = refused(name, part) {
                        self.fault("D004", name, &format!("`{part}` is not {takes}"), write(takes));
                    }
                }
                (_, CellWord::Beginning(_)) => {}
            }
        }
    }

    fn category(&mut self, word: CellWord<'_>) {
        let known = self.words.categories.iter().map(Text::as_str);
        match word {
            CellWord::Whole(word) if !known.clone().any(|own| own == word) => {
                let help = suggestion(word, known, "categories are");
                self.fault("D002", "category", &format!("there is no category `{word}`"), help);
            }
            CellWord::Beginning(word) if !known.clone().any(|own| own.starts_with(word)) => {
                let help = suggestion(word, known, "categories are");
                self.fault("D002", "category", &format!("no category begins with `{word}`"), help);
            }
            _ => {}
        }
    }

    fn rule(mut self, path: &str) -> Rule {
        let conditions = CONDITIONS.iter().map(|name| self.condition(name)).collect();
        if let Some(column) = self.sheet.column("owner")
            && let Some(mut found) = self.words.owner_fault(self.sheet, self.row, column)
        {
            found.message = format!("cell {}: {}", self.sheet.cell_name(self.row, column), found.message);
            self.faults.push(found);
        }
        let due = self.cell("due");
        let within = due.parse().ok();
        if within.is_none() {
            let message = if due.is_empty() {
                "this row says not when it is due".to_owned()
            } else {
                format!("`{due}` is not {}", DueIn::TAKES)
            };
            self.fault("D004", "due", &message, format!("write {}", DueIn::TAKES));
        }
        Rule {
            conditions,
            cells: CONDITIONS.iter().map(|name| self.cell(name)).collect(),
            owner: self.cell("owner"),
            within: within.unwrap_or(TRIAGE_DUE),
            row: Text::from(format!("{path}:{}", self.row.line)),
            note: self.cell("note"),
        }
    }
}

fn write(takes: &str) -> String {
    format!("write {takes}, several with `,` between, or nothing for any")
}

/// The least amount that a row takes.
fn at_least(cell: &str) -> Result<Condition, CellFault> {
    if cell.is_empty() || cell == "*" {
        return Ok(Condition::default());
    }
    cell.parse::<Money>().map(Condition::at_least).map_err(|_| CellFault {
        message: format!("`{cell}` is not an amount, as `500.00`"),
        help: "write the least amount, as `500.00`, or nothing for any; a column `amount` takes `100..500`"
            .to_owned(),
    })
}

/// What the column takes, when the text is none of it.
fn refused(column: &str, text: &str) -> Option<&'static str> {
    let (fits, takes) = match column {
        "group" => (text.parse::<GroupCode>().is_ok(), "an adjustment group, as `CO`"),
        "carc" => (text.parse::<Carc>().is_ok(), "an adjustment reason code, as `197`"),
        "rarc" => (text.parse::<Rarc>().is_ok(), "a remark code, as `N290`"),
        "stage" => (Stage::parse(text).is_some(), "a stage, as `scrub`"),
        _ => return None,
    };
    (!fits).then_some(takes)
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
        insta::assert_snapshot!(faults(
            "category,payer,stage,amount,min_amount,owner,due\n\
             auto*,not ,x*,>> 5,100..200,billing,1 days\n\
             cod*,not 60054,s*,< 5,5,billing,1 days\n"
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
