//! What a decision table costs: 3,000 rows and 13 columns, evaluated with the values of the row that decides.
//!
//! Run with `cargo bench -p claimflow-rules --bench decisions`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;

use claimflow_core::Stage;
use claimflow_rules::{DecisionSource, Layer, PackSource, RuleSet, SheetCell, SheetRow, compile};
use common::{World, pack, vocabulary, world};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const PROCEDURES: [&str; 10] =
    ["90832", "90834", "90837", "90791", "90792", "90846", "90847", "90853", "H0015", "90839"];

const HEAD: &str = "decision|BIG\ntitle|T\nstage|scrub\neach|line\nhit|first\nbecause|B\n\
    claim.payer|line.procedure|claim.place_of_service|claim.principal_diagnosis|patient.age|visit.minutes|line.units|\
    line.charge|line.has_modifier(\"95\")|coverage.active|enrollment.license|claim.frequency|line.service_date|then hold\n";

/// A row for one of 20 payers, 10 procedures, 5 places and 3 groups of diagnoses: 3,000 in all, none twice.
fn row(place: usize) -> String {
    let payer = if place % 20 == 7 { "60054".to_owned() } else { format!("P{}", place % 20) };
    let procedure = PROCEDURES[place / 20 % 10];
    let pos = ["02", "10", "11", "12", "53"][place / 200 % 5];
    let diagnosis = ["F2*", "F3*", "F4*"][place / 1000 % 3];
    let ages = ["", "18..64", ">= 18", "< 90"][place % 4];
    let minutes = ["", ">= 16", "38..", "16..120"][place / 3 % 4].trim_end_matches("..");
    let minutes = if minutes == "38" { ">= 38" } else { minutes };
    let units = if place.is_multiple_of(2) { "1" } else { "1..4" };
    let charge = if place.is_multiple_of(3) { "> 0" } else { "100.00..250.00" };
    let modifier = ["", "no"][place % 2];
    let active = ["yes", "yes, unknown", ""][place % 3];
    let license = ["", "LCSW, LPC", "not PSYD"][place % 3];
    format!(
        "{payer}|{procedure}|{pos}|{diagnosis}|{ages}|{minutes}|{units}|{charge}|{modifier}|{active}|{license}|1|>= 2026-01-01|coding"
    )
}

fn table() -> RuleSet {
    let mut text = HEAD.to_owned();
    for place in 0..3_000 {
        let _ = writeln!(text, "{}", row(place));
    }
    let rows = (1_u32..)
        .zip(text.lines())
        .map(|(number, line)| SheetRow {
            number,
            line: number,
            cells: line.split('|').map(|text| SheetCell { text: text.into(), column: 1 }).collect(),
        })
        .collect();
    let source = DecisionSource { name: "big".into(), path: "big.csv".into(), rows };
    let pack = PackSource { decisions: vec![source], ..pack("base", Layer::Base, "") };
    let compiled = compile(&[pack], &vocabulary());
    assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics.first());
    compiled.rules
}

fn run(bencher: Bencher<'_, '_>, world: &World, hits: usize) {
    let rules = table();
    let input = world.input(Stage::Scrub);
    let evaluation = rules.evaluate(&input);
    assert_eq!(evaluation.findings.len(), hits);
    assert!(evaluation.findings.iter().all(|own| own.values.len() >= 7), "values are recorded");
    bencher.bench(|| rules.evaluate(black_box(&input)));
}

#[divan::bench]
fn a_row_of_three_thousand_decides(bencher: Bencher<'_, '_>) {
    run(bencher, &world(), 1);
}

#[divan::bench]
fn no_row_of_three_thousand_decides(bencher: Bencher<'_, '_>) {
    let mut world = world();
    world.claim.frequency = "7".into();
    run(bencher, &world, 0);
}

#[divan::bench]
fn explaining_that_none_decides(bencher: Bencher<'_, '_>) {
    let (rules, mut world) = (table(), world());
    world.claim.frequency = "7".into();
    let input = world.input(Stage::Scrub);
    assert_eq!(rules.explain(&input).len(), 1);
    bencher.bench(|| rules.explain(black_box(&input)));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn compiling_three_thousand_rows(bencher: Bencher<'_, '_>) {
    bencher.bench(table);
}
