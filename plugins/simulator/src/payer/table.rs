//! Reads the payer's tables: decisions, fees, plans. Every fault of a table in one pass.

use std::collections::BTreeMap;

use claimflow_core::{Carc, GroupCode, Money, PayerId, Quantity, Rarc, ServiceLine, Text, nearest};

use crate::error::{TableError, TableFault};
use crate::knowledge::ServiceKey;
use crate::payer::condition::{Case, Condition};

/// When a row is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Before the claim is taken in.
    Door,
    /// Of the claim as a whole.
    Claim,
    /// Of each line.
    Line,
    /// After it was paid.
    Later,
}

/// What a row answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Refused, with the status of a 277CA.
    Refuse(Text),
    /// Denied, with group and reason.
    Deny(GroupCode, Carc),
}

/// A row of the decision table.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// When it is asked.
    pub step: Step,
    payers: Vec<Text>,
    conditions: Vec<Condition>,
    doubt: Text,
    codes: Vec<Text>,
    places: Vec<Text>,
    without: Vec<Text>,
    /// What it answers.
    pub answer: Answer,
    /// Remark codes.
    pub remarks: Vec<Rarc>,
    once: bool,
}

impl Row {
    /// Does the row fit the claim, or the line where one is given?
    pub fn fits(&self, case: &Case<'_>, line: Option<&ServiceLine>) -> bool {
        let claim = case.claim;
        let any = |list: &[Text], text: &str| list.is_empty() || list.iter().any(|item| item == text);
        let of_line = |line: &ServiceLine| {
            any(&self.codes, line.procedure.as_str())
                && any(&self.places, claim.place_of(line).as_str())
                && (self.without.is_empty()
                    || !self.without.iter().any(|modifier| line.has_modifier(modifier)))
                && self.is_doubted(case, line)
        };
        any(&self.payers, claim.payer.id.as_str())
            && !(self.once && claim.is_correction())
            && line.map_or_else(|| claim.lines.iter().any(of_line), of_line)
            && self.conditions.iter().all(|condition| condition.holds(case, line))
    }

    fn is_doubted(&self, case: &Case<'_>, line: &ServiceLine) -> bool {
        self.doubt.is_empty()
            || ServiceKey::of(case.claim, line)
                .and_then(|service| case.knowledge.doubt_of(&service))
                .is_some_and(|reason| *reason == self.doubt)
    }
}

/// What a payer pays, and until when.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    /// Name.
    pub name: Text,
    /// Filing window.
    pub filing_days: i64,
    /// Copayment for a claim.
    pub copay: Money,
    /// Coinsurance, in percent of what is allowed.
    pub coinsurance: i64,
}

/// The tables.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    /// The decision table.
    pub rows: Vec<Row>,
    fees: BTreeMap<(Text, Text), Money>,
    terms: BTreeMap<Text, Terms>,
}

impl Tables {
    /// Reads the three texts.
    pub fn read(decisions: &str, fees: &str, plans: &str) -> Result<Self, TableError> {
        let mut faults = Vec::new();
        let rows = read_rows(&mut Sheet::new("decisions.csv", decisions, &mut faults), read_row);
        let fees = read_rows(&mut Sheet::new("fees.csv", fees, &mut faults), read_fees);
        let terms = read_rows(&mut Sheet::new("plans.csv", plans, &mut faults), read_terms);
        if faults.is_empty() {
            let (fees, terms) = (fees.into_iter().flatten().collect(), terms.into_iter().collect());
            Ok(Self { rows, fees, terms })
        } else {
            Err(TableError { faults })
        }
    }

    /// What the payer allows for a code of this charge; of a code without a fee, 70 of 100.
    pub fn allowed(&self, payer: &PayerId, code: &str, charge: Money, units: Quantity) -> Money {
        let fee = self.fees.get(&(Text::from(payer.as_str()), Text::from(code)));
        let allowed = fee.map_or_else(
            || Money::from_cents(charge.cents() / 10 * 7),
            |fee| Money::from_cents(fee.cents().saturating_mul(units.parts()) / 1000),
        );
        allowed.min(charge).max(Money::ZERO)
    }

    /// The terms of a payer; of an unknown one, a year and nothing for the patient.
    pub fn terms(&self, payer: &PayerId) -> Terms {
        self.terms.get(payer.as_str()).cloned().unwrap_or_else(|| Terms {
            name: Text::default(),
            filing_days: 365,
            copay: Money::ZERO,
            coinsurance: 0,
        })
    }
}

/// A table while it is read.
struct Sheet<'a> {
    name: &'static str,
    columns: Vec<String>,
    records: Vec<(u64, csv::StringRecord)>,
    faults: &'a mut Vec<TableFault>,
}

/// A row while it is read.
struct Cells<'a> {
    table: &'static str,
    line: u64,
    columns: &'a [String],
    record: &'a csv::StringRecord,
    faults: Vec<TableFault>,
}

impl<'a> Sheet<'a> {
    fn new(name: &'static str, text: &str, faults: &'a mut Vec<TableFault>) -> Self {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let columns = reader.headers().map(|h| h.iter().map(str::to_owned).collect()).unwrap_or_default();
        let mut records = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => records.push((record.position().map_or(0, csv::Position::line), record)),
                Err(error) => faults.push(TableFault {
                    table: name,
                    line: error.position().map_or(0, csv::Position::line),
                    message: "the row has more or fewer cells than the first row has names".to_owned(),
                }),
            }
        }
        Self { name, columns, records, faults }
    }
}

fn read_rows<T>(sheet: &mut Sheet<'_>, read: fn(&mut Cells<'_>) -> Option<T>) -> Vec<T> {
    let mut rows = Vec::new();
    for (line, record) in &sheet.records {
        let mut cells =
            Cells { table: sheet.name, line: *line, columns: &sheet.columns, record, faults: Vec::new() };
        rows.extend(read(&mut cells));
        sheet.faults.append(&mut cells.faults);
    }
    rows
}

impl Cells<'_> {
    fn text(&self, column: &str) -> &str {
        let place = self.columns.iter().position(|name| name == column);
        place.and_then(|place| self.record.get(place)).unwrap_or("")
    }

    fn list(&self, column: &str) -> Vec<Text> {
        self.text(column).split(';').map(str::trim).filter(|item| !item.is_empty()).map(Text::from).collect()
    }

    fn fault(&mut self, message: String) {
        self.faults.push(TableFault { table: self.table, line: self.line, message });
    }

    /// A cell of a kind that is parsed; a fault that says what it takes when it does not parse.
    fn parse<T: std::str::FromStr>(&mut self, column: &str, takes: &str) -> Option<T> {
        let text = self.text(column).to_owned();
        let value = text.parse().ok();
        if value.is_none() {
            self.fault(format!("`{column}` takes {takes}, not `{text}`"));
        }
        value
    }
}

fn read_row(cells: &mut Cells<'_>) -> Option<Row> {
    let step = read_step(cells);
    let answer = step.and_then(|step| read_answer(cells, step));
    let mut conditions = Vec::new();
    for name in cells.text("if").to_owned().split_whitespace() {
        match Condition::find(name) {
            Some(condition) => conditions.push(condition),
            None => {
                let near = nearest(name, Condition::NAMES.iter().copied());
                let mend = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                cells.fault(format!("there is no condition `{name}`{mend}"));
            }
        }
    }
    Some(Row {
        step: step?,
        answer: answer?,
        payers: cells.list("payers"),
        conditions,
        doubt: Text::from(cells.text("doubt")),
        codes: cells.list("codes"),
        places: cells.list("places"),
        without: cells.list("without"),
        remarks: cells.list("remarks").into_iter().map(Rarc::as_received).collect(),
        once: cells.text("once") == "yes",
    })
}

fn read_step(cells: &mut Cells<'_>) -> Option<Step> {
    let step = match cells.text("step") {
        "door" => Step::Door,
        "claim" => Step::Claim,
        "line" => Step::Line,
        "later" => Step::Later,
        other => {
            let message = format!("`step` takes `door`, `claim`, `line` or `later`, not `{other}`");
            cells.fault(message);
            return None;
        }
    };
    Some(step)
}

fn read_answer(cells: &mut Cells<'_>, step: Step) -> Option<Answer> {
    let text = cells.text("answer").to_owned();
    if step == Step::Door {
        if text.starts_with('A') && text.contains(':') {
            return Some(Answer::Refuse(Text::from(text)));
        }
        cells.fault(format!("`answer` at the door takes a status, as `A7:562:82`, not `{text}`"));
        return None;
    }
    let parts =
        text.split_once('-').and_then(|(group, reason)| Some((group.parse().ok()?, reason.parse().ok()?)));
    if parts.is_none() {
        cells.fault(format!("`answer` takes a group and a reason, as `CO-197`, not `{text}`"));
    }
    parts.map(|(group, reason)| Answer::Deny(group, reason))
}

/// The fees of one code: (payer, code) with the amount.
fn read_fees(cells: &mut Cells<'_>) -> Option<Vec<((Text, Text), Money)>> {
    let code = Text::from(cells.text("code"));
    let mut fees = Vec::new();
    for payer in cells.columns.iter().filter(|column| *column != "code") {
        if let Some(fee) = cells.parse(payer, "an amount, as `120.00`") {
            fees.push(((Text::from(payer.as_str()), code.clone()), fee));
        }
    }
    Some(fees)
}

fn read_terms(cells: &mut Cells<'_>) -> Option<(Text, Terms)> {
    let filing_days = cells.parse("filing_days", "a number of days");
    let copay = cells.parse("copay", "an amount, as `20.00`");
    let coinsurance =
        cells.parse("coinsurance", "a whole number of percent").filter(|c| (0..=100).contains(c));
    let terms = Terms {
        name: Text::from(cells.text("name")),
        filing_days: filing_days?,
        copay: copay?,
        coinsurance: coinsurance?,
    };
    Some((Text::from(cells.text("payer")), terms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_at_once() {
        let decisions =
            "id,step,if,answer\nA,dor,,CO-1\nB,line,lat,CO-29\nC,line,,197\nD,door,,CO-29\nE,line\n";
        let error = Tables::read(
            decisions,
            "code,P1\n90837,12.345\n",
            "payer,filing_days,copay,coinsurance\nP1,x,1,0\n",
        );
        insta::assert_snapshot!(error.unwrap_err().to_string(), @r"
        decisions.csv line 6: the row has more or fewer cells than the first row has names
        decisions.csv line 2: `step` takes `door`, `claim`, `line` or `later`, not `dor`
        decisions.csv line 3: there is no condition `lat`; did you mean `late`?
        decisions.csv line 4: `answer` takes a group and a reason, as `CO-197`, not `197`
        decisions.csv line 5: `answer` at the door takes a status, as `A7:562:82`, not `CO-29`
        fees.csv line 2: `P1` takes an amount, as `120.00`, not `12.345`
        plans.csv line 2: `filing_days` takes a number of days, not `x`
        ");
    }
}
