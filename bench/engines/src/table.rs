//! A decision table of 3,000 rows and 13 columns, in the form of each engine.

use serde_json::{Map, Value, json};

/// Rows.
const ROWS: usize = 3_000;

/// The row that hits the sample claim, from 1. No row before it does.
const HIT: usize = 2_100;

/// The columns: our name of the field, the one in the JSON input, and what kind its cells are.
const COLUMNS: [(&str, &str); 13] = [
    ("claim.payer", "claim.payer"),
    ("line.procedure", "line.procedure"),
    ("claim.place_of_service", "claim.place_of_service"),
    ("patient.age", "patient.age"),
    ("line.units", "line.units"),
    ("visit.minutes", "visit.minutes"),
    ("claim.frequency", "claim.frequency"),
    ("coverage.status", "coverage.status"),
    ("enrollment.license", "enrollment.license"),
    ("claim.filing_indicator", "claim.filing_indicator"),
    ("patient.sex", "patient.sex"),
    ("claim.responsibility", "claim.responsibility"),
    ("subscriber.relationship", "subscriber.relationship"),
];

/// What a cell asks for.
#[derive(Clone)]
pub enum Cell {
    /// Anything.
    Any,
    /// One of these texts.
    Texts(Vec<String>),
    /// A number of this range, both ends included.
    Range(u32, u32),
}

/// The table.
pub struct Cells(Vec<Vec<Cell>>);

/// The rows, always the same.
pub fn row_cells() -> Cells {
    let text = |all: &[&str]| Cell::Texts(all.iter().map(|own| (*own).to_owned()).collect());
    let pick = |all: &[&str], place: usize| Cell::Texts(vec![all[place % all.len()].to_owned()]);
    let row = |place: usize| {
        let hit = place + 1 == HIT;
        vec![
            if hit { text(&["60054"]) } else { Cell::Texts(vec![format!("P{:04}", place % 200)]) },
            if hit || place % 3 == 0 {
                text(&["90834", "90837"])
            } else {
                pick(&["90837", "90834", "90791", "90853"], place)
            },
            if hit { text(&["10", "02"]) } else { pick(&["11", "10", "02", "53"], place) },
            if hit || place % 2 == 0 { Cell::Range(18, 64) } else { Cell::Range((place % 60) as u32, 99) },
            if place % 4 == 0 { Cell::Any } else { Cell::Range(1, 1 + (place % 5) as u32) },
            if place % 5 == 0 { Cell::Any } else { Cell::Range((place % 50) as u32, 60) },
            if place % 2 == 0 { Cell::Any } else { text(&["1", "7"]) },
            if place % 3 == 0 { Cell::Any } else { text(&["active"]) },
            if hit { text(&["LCSW"]) } else { pick(&["LCSW", "PHD", "LMFT", "MD"], place) },
            if place % 2 == 0 { text(&["CI", "BL"]) } else { Cell::Any },
            if place % 6 == 0 { text(&["F"]) } else { Cell::Any },
            if place % 2 == 0 { text(&["P"]) } else { Cell::Any },
            if place % 7 == 0 { text(&["18"]) } else { Cell::Any },
        ]
    };
    Cells((0..ROWS).map(row).collect())
}

impl Cells {
    /// As a decision table node.
    pub fn zen(&self) -> Value {
        let input = |(place, (_, field)): (usize, &(&str, &str))| json!({ "id": format!("c{place}"), "name": field, "field": field });
        let inputs: Vec<Value> = COLUMNS.iter().enumerate().map(input).collect();
        let rules: Vec<Value> = self.0.iter().enumerate().map(|(number, row)| zen_row(number, row)).collect();
        json!({ "id": "node", "name": "node", "type": "decisionTableNode", "content": {
            "hitPolicy": "first", "inputs": inputs, "rules": rules,
            "outputs": [{ "id": "o1", "name": "row", "field": "row" }, { "id": "o2", "name": "category", "field": "category" }],
        } })
    }

    /// The sample claim as JSON, with every field of the columns.
    pub fn input() -> Value {
        json!({
            "claim": { "payer": "60054", "place_of_service": "10", "frequency": "1", "filing_indicator": "CI", "responsibility": "P" },
            "line": { "procedure": "90837", "units": 1 },
            "patient": { "age": 35, "sex": "F" },
            "visit": { "minutes": 55 },
            "coverage": { "status": "active" },
            "enrollment": { "license": "LCSW" },
            "subscriber": { "relationship": "18" },
        })
    }

    /// As a sheet: the names of the columns, and the rows in our cell language.
    pub fn sheet(&self) -> (Vec<&'static str>, Vec<Vec<String>>) {
        let cell = |cell: &Cell| match cell {
            Cell::Any => "*".to_owned(),
            Cell::Texts(all) => all.join(", "),
            Cell::Range(from, to) => format!("{from}..{to}"),
        };
        let rows = self.0.iter().map(|row| row.iter().map(cell).collect()).collect();
        (COLUMNS.iter().map(|(own, _)| *own).collect(), rows)
    }
}

fn zen_row(number: usize, row: &[Cell]) -> Value {
    let mut rule = Map::new();
    rule.insert("_id".to_owned(), json!(format!("r{number}")));
    for (place, cell) in row.iter().enumerate() {
        let text = match cell {
            Cell::Any => String::new(),
            Cell::Texts(all) => all.iter().map(|own| format!("\"{own}\"")).collect::<Vec<_>>().join(", "),
            Cell::Range(from, to) => format!("[{from}..{to}]"),
        };
        rule.insert(format!("c{place}"), json!(text));
    }
    rule.insert("o1".to_owned(), json!((number + 1).to_string()));
    rule.insert("o2".to_owned(), json!("\"documentation\""));
    Value::Object(rule)
}
