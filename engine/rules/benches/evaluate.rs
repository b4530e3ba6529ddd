//! What evaluating costs: 60 applicable rules on one claim, the same 60 among 5,000, and explaining them.
//!
//! Run with `cargo bench -p claimflow-rules`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::Write as _;

use claimflow_core::Stage;
use claimflow_rules::{Layer, PackSource, RuleSet, compile};
use common::{World, pack, vocabulary, world};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// Conditions as packs have them; none of them holds on the sample claim.
const CONDITIONS: [&str; 12] = [
    "claim.place_of_service in [\"02\", \"11\"] && line.has_modifier(\"95\")",
    "visit.known && !visit.has_start_and_stop",
    "visit.minutes != () && visit.minutes < 53 && line.procedure == \"90837\"",
    "authorization.known && authorization.units_left != () && authorization.units_left < 2",
    "coverage.active != () && !coverage.active",
    "coverage.visits_left != () && coverage.visits_left <= 0",
    "enrollment.license == \"LCSW\" && !line.has_any_modifier([\"HO\", \"AJ\"])",
    "line.units > 1 || line.charge == 0",
    "history.count(\"90791\", 180) > 3",
    "claim.days_since_service != () && claim.days_since_service > 90",
    "claim.has_any_diagnosis([\"F84\", \"F90\"]) && patient.age != () && patient.age < 18",
    "line.same_day_has_any([\"90839\", \"90840\"]) || line.place_of_service == \"99\"",
];

fn one(text: &mut String, id: &str, place: usize, scope: &str) {
    let condition = CONDITIONS[place % CONDITIONS.len()];
    let _ = write!(
        text,
        "rule \"{id}\" {{\n title \"T\"\n because \"B\"\n {scope}\n each line\n when {condition}\n hold documentation\n ask \"See ${{line.service_date}}.\"\n}}\n"
    );
}

/// 60 rules that can apply to the sample claim.
fn applicable() -> PackSource {
    let mut text = String::new();
    for place in 0..60 {
        let scope = if place % 2 == 0 { "stage scrub\n codes [\"90834\", \"90837\"]" } else { "stage scrub" };
        one(&mut text, &format!("A-{place}"), place, scope);
    }
    pack("base", Layer::Base, &text)
}

/// 4,940 rules that cannot: of other payers, codes and stages.
fn others() -> PackSource {
    let mut text = String::new();
    for place in 0..4_940 {
        let scope = match place % 3 {
            0 => format!("stage scrub\n payers [\"P{}\"]", place % 40),
            1 => format!("stage scrub\n codes [\"9{:04}\"]", 9_000 + place % 900),
            _ => "stage eligibility".to_owned(),
        };
        one(&mut text, &format!("O-{place}"), place, &scope);
    }
    pack("others", Layer::Vendor, &text)
}

fn rules(packs: &[PackSource]) -> RuleSet {
    let compiled = compile(packs, &vocabulary());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics.first());
    compiled.rules
}

fn run(bencher: Bencher<'_, '_>, rules: &RuleSet, world: &World) {
    let input = world.input(Stage::Scrub);
    let evaluation = rules.evaluate(&input);
    assert_eq!(evaluation.considered, 60);
    assert!(evaluation.findings.is_empty());
    bencher.bench(|| rules.evaluate(black_box(&input)));
}

#[divan::bench]
fn sixty_applicable(bencher: Bencher<'_, '_>) {
    run(bencher, &rules(&[applicable()]), &world());
}

#[divan::bench]
fn sixty_of_five_thousand(bencher: Bencher<'_, '_>) {
    run(bencher, &rules(&[applicable(), others()]), &world());
}

#[divan::bench]
fn sixty_of_which_five_fire(bencher: Bencher<'_, '_>) {
    let (rules, mut world) = (rules(&[applicable()]), world());
    world.facts.visits[0].stop = None;
    let input = world.input(Stage::Scrub);
    assert_eq!(rules.evaluate(&input).findings.len(), 5);
    bencher.bench(|| rules.evaluate(black_box(&input)));
}

#[divan::bench]
fn explain_sixty(bencher: Bencher<'_, '_>) {
    let (rules, world) = (rules(&[applicable()]), world());
    let input = world.input(Stage::Scrub);
    assert_eq!(rules.explain(&input).len(), 60);
    bencher.bench(|| rules.explain(black_box(&input)));
}

#[divan::bench]
fn sixty_on_each_of_twenty_lines(bencher: Bencher<'_, '_>) {
    let (rules, mut world) = (rules(&[applicable()]), world());
    world.claim.lines = (1..=20).map(|number| common::line(number, "90837", &["HO"])).collect();
    let input = world.input(Stage::Scrub);
    assert_eq!(rules.evaluate(&input).considered, 1_200);
    bencher.bench(|| rules.evaluate(black_box(&input)));
}

/// The same conditions within functions that only Rhai can run: what native evaluation saves.
#[divan::bench]
fn sixty_in_rhai(bencher: Bencher<'_, '_>) {
    let mut text = String::new();
    for (place, condition) in CONDITIONS.iter().enumerate() {
        let _ = writeln!(text, "fn c{place}() {{ let answer = {condition}; answer }}");
    }
    for place in 0..60 {
        let _ = writeln!(
            text,
            "rule \"A-{place}\" {{ title \"T\"; because \"B\"; stage scrub; each line; when c{}(); hold documentation }}",
            place % CONDITIONS.len()
        );
    }
    run(bencher, &rules(&[pack("base", Layer::Base, &text)]), &world());
}

/// One helper with a loop: what a rule costs that runs in Rhai.
#[divan::bench]
fn one_script(bencher: Bencher<'_, '_>) {
    let text = "fn any_of(line) { for code in [\"90832\", \"90834\"] { if line.procedure == code { return true; } } false }
        rule \"S\" { title \"T\"; because \"B\"; stage scrub; each line; when any_of(line); hold documentation }";
    let (rules, world) = (rules(&[pack("base", Layer::Base, text)]), world());
    let input = world.input(Stage::Scrub);
    bencher.bench(|| rules.evaluate(black_box(&input)));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn compile_five_thousand(bencher: Bencher<'_, '_>) {
    let packs = [applicable(), others()];
    bencher.bench_local(|| compile(black_box(&packs), &vocabulary()));
}
