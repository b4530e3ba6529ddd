//! claimflow's own rules: natively evaluated behind an index.

use std::fmt::Write as _;

use claimflow_core::Stage;
use claimflow_rules::{DecisionSource, Layer, PackSource, RuleSet, SheetCell, SheetRow, compile};

use crate::claim::Case;
use crate::claim::common::{pack, vocabulary};
use crate::conditions::{Rule, quoted};
use crate::measure::Runner;
use crate::table::Cells;

fn compiled(rules: &[Rule]) -> RuleSet {
    let mut text = String::new();
    for rule in rules {
        let _ =
            write!(text, "rule \"{}\" {{\n title \"T\"\n because \"B\"\n stage scrub\n each line\n", rule.id);
        if !rule.payer.is_empty() {
            let _ = writeln!(text, " payers [\"{}\"]", rule.payer);
        }
        if !rule.codes.is_empty() {
            let _ = writeln!(text, " codes [{}]", quoted(&rule.codes));
        }
        let _ = write!(
            text,
            " when {}\n hold documentation\n ask \"See ${{line.service_date}}.\"\n}}\n",
            rule.condition.ours
        );
    }
    let compiled = compile(&[pack("bench", Layer::Base, &text)], &vocabulary());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    compiled.rules
}

/// Evaluation as claims get it: findings with the values read.
pub fn rules(rules: &[Rule], case: &Case) -> Runner {
    let (rules, world) = (compiled(rules), case.world());
    Runner::new("claimflow", move || rules.evaluate(&world.input(Stage::Scrub)).findings.len())
}

/// Everything that `explain` tells: each rule with the part that decided and every value it read.
pub fn explained(rules: &[Rule], case: &Case) -> Runner {
    let (rules, world) = (compiled(rules), case.world());
    Runner::new("claimflow, full explanation of each rule", move || {
        let traces = rules.explain(&world.input(Stage::Scrub));
        traces.iter().filter(|trace| trace.considered == claimflow_rules::Considered::Fired).count()
    })
}

/// The table, with the values of the row that hit recorded; the answer is that row's number.
pub fn table(cells: &Cells) -> Runner {
    let (columns, rows) = cells.sheet();
    let head = [
        ["decision", "BIG"],
        ["title", "T"],
        ["stage", "scrub"],
        ["each", "line"],
        ["hit", "first"],
        ["because", "B"],
    ];
    let mut lines: Vec<Vec<String>> = head.iter().map(|own| own.map(str::to_owned).to_vec()).collect();
    let own = |text: &str| text.to_owned();
    lines.push(["row"].into_iter().chain(columns).chain(["then hold"]).map(own).collect());
    for (number, row) in rows.into_iter().enumerate() {
        lines.push(
            [(number + 1).to_string()].into_iter().chain(row).chain(["documentation".to_owned()]).collect(),
        );
    }
    let sheet = |(number, cells): (u32, Vec<String>)| SheetRow {
        number,
        line: number,
        cells: cells.into_iter().map(|text| SheetCell { text: text.into(), column: 1 }).collect(),
    };
    let rows = (1_u32..).zip(lines).map(sheet).collect();
    let source = DecisionSource { name: "big".into(), path: "big.csv".into(), rows };
    let compiled =
        compile(&[PackSource { decisions: vec![source], ..pack("bench", Layer::Base, "") }], &vocabulary());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    let (rules, world) = (compiled.rules, Case::silent().world());
    Runner::new("claimflow, values recorded", move || {
        let evaluation = rules.evaluate(&world.input(Stage::Scrub));
        let rule = evaluation.findings.first().map_or("", |own| own.rule.as_str());
        rule.rsplit(':').next().and_then(|row| row.parse().ok()).unwrap_or_default()
    })
}
