//! Layers, `overrides` and `disable`, and what `explain` tells of them.

mod common;

use std::fmt::Write as _;

use claimflow_core::Stage;
use claimflow_rules::{Compiled, Considered, Layer, PackSource, RuleTrace, compile};
use common::{adjustment, fired, pack, rule, vocabulary, world};
use jiff::civil::date;

fn base() -> PackSource {
    pack("base", Layer::Base, &rule("BASE-POS", "when claim.place_of_service == \"10\"\nhold coding"))
}

fn practice(text: &str) -> PackSource {
    pack("practice", Layer::Practice, text)
}

fn sound(packs: &[PackSource]) -> Compiled {
    let compiled = compile(packs, &vocabulary());
    assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
    compiled
}

const OVERRIDE: &str = "when claim.place_of_service == \"10\"\nwarn coding\noverrides \"BASE-POS\"";

#[test]
fn a_later_layer_replaces_a_rule() {
    let compiled = sound(&[practice(&rule("OWN-POS", OVERRIDE)), base()]);
    let world = world();
    assert_eq!(fired(&world.evaluate(&compiled.rules, Stage::Scrub)), ["OWN-POS warn coding"]);
    let traces = compiled.rules.explain(&world.input(Stage::Scrub));
    assert_eq!(
        traces[0].considered,
        Considered::Superseded { by: "OWN-POS".into(), because: "OWN-POS because".into() }
    );
    assert_eq!(traces[1].considered, Considered::Fired);
    assert_eq!(compiled.rules.rule("BASE-POS").unwrap().suppressed.len(), 1);
}

#[test]
fn a_later_layer_disables_a_rule_with_a_reason() {
    let compiled = sound(&[base(), practice("disable \"BASE-POS\" because \"our payer does not mind\"\n")]);
    let world = world();
    assert!(world.evaluate(&compiled.rules, Stage::Scrub).findings.is_empty());
    let traces = compiled.rules.explain(&world.input(Stage::Scrub));
    assert_eq!(
        traces[0].considered,
        Considered::Disabled { by: "practice".into(), because: "our payer does not mind".into() }
    );
}

#[test]
fn what_is_for_one_payer_or_date_leaves_the_others_alone() {
    let mut own =
        pack("aetna", Layer::Payer, &rule("AET-POS", &format!("{OVERRIDE}\neffective \"2026-03-01\"")));
    own.payers = vec!["60054".into()];
    let compiled = sound(&[base(), own]);
    let mut world = world();
    assert_eq!(fired(&world.evaluate(&compiled.rules, Stage::Scrub)), ["AET-POS warn coding"]);
    world.claim.lines[0].service_date = Some(date(2026, 2, 1));
    assert_eq!(fired(&world.evaluate(&compiled.rules, Stage::Scrub)), ["BASE-POS hold coding"]);
    world.claim.lines[0].service_date = Some(date(2026, 3, 3));
    world.claim.payer.id = "87726".parse().unwrap();
    assert_eq!(fired(&world.evaluate(&compiled.rules, Stage::Scrub)), ["BASE-POS hold coding"]);
}

#[test]
fn a_later_layer_wins_a_categorization() {
    let text = |id| rule(id, "stage categorize\neach adjustment\nwhen true\ncategorize coding");
    let compiled = sound(&[pack("base", Layer::Base, &text("BASE")), practice(&text("OWN"))]);
    let mut world = world();
    world.adjustments = vec![adjustment(1, "CO", "16", &[])];
    assert_eq!(fired(&world.evaluate(&compiled.rules, Stage::Categorize)), ["OWN categorize coding"]);
    let traces = compiled.rules.explain(&world.input(Stage::Categorize));
    assert_eq!(traces[0].considered, Considered::Outranked { by: "OWN".into() });
    assert_eq!(traces[1].considered, Considered::Fired);
}

#[test]
fn the_same_layer_cannot_override() {
    let text =
        [rule("A", "when true\nhold coding"), rule("B", "when true\nhold coding\noverrides \"A\"")].concat();
    let compiled = compile(&[pack("base", Layer::Base, &text)], &vocabulary());
    assert_eq!(compiled.diagnostics[0].code, "R018");
    assert_eq!(compiled.rules.rules().len(), 1);
}

#[test]
fn a_table_of_a_pack_comes_before_those_of_others() {
    let text = |id| rule(id, "each line\nwhen table(\"t\").has(line.procedure)\nhold coding");
    let with = |mut pack: PackSource, code: &str| {
        pack.tables = vec![common::table("t", &["code"], &[&[code]])];
        pack
    };
    let packs =
        [with(pack("base", Layer::Base, &text("BASE")), "90791"), with(practice(&text("OWN")), "90837")];
    assert_eq!(fired(&world().evaluate(&sound(&packs).rules, Stage::Scrub)), ["OWN hold coding"]);
}

fn told(traces: &[RuleTrace]) -> String {
    let mut text = String::new();
    for own in traces {
        let _ = writeln!(text, "{} {} {}: {:?}", own.rule, own.subject.as_str(), own.index, own.considered);
        let values: Vec<String> =
            own.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let _ = writeln!(text, "    read    {}\n    outcome {}", values.join(", "), own.outcome);
        for change in &own.changes {
            let _ = writeln!(text, "    changed {}: {} > {}", change.field, change.before, change.after);
        }
    }
    text
}

#[test]
fn explain_tells_why() {
    let text = [
        common::DESIGN.to_owned(),
        rule("SILENT", "each line\nwhen line.units > 1 && visit.known\nhold coding"),
        rule("LATER", "when true\neffective \"2027-01-01\"\nhold coding"),
        rule("NO-CHANGE", "each line\nwhen line.has_modifier(\"HO\")\nfix line.add_modifier(\"HO\")"),
        rule("BROKEN", "each line\nwhen visit.known && visit.group_size > 3\nhold coding"),
        rule("AFTER-FIX", "each line\nwhen line.has_modifier(\"95\")\nnote"),
    ]
    .concat();
    let compiled = compile(&[pack("base", Layer::Base, &text)], &vocabulary());
    let world = world();
    let traces = compiled.rules.explain(&world.input(Stage::Scrub));
    insta::assert_snapshot!("explain", told(&traces));
    let evaluation = world.evaluate(&compiled.rules, Stage::Scrub);
    assert_eq!(u32::try_from(traces.len()).unwrap(), evaluation.considered);
    let fired_traces = traces.iter().filter(|own| own.considered == Considered::Fired).count();
    assert_eq!(
        fired_traces + 1,
        evaluation.findings.len(),
        "each but the broken one, which is a finding too"
    );
}

#[test]
fn explain_rule_tells_of_rules_that_do_not_look_at_the_claim() {
    let text = [
        rule("PAYER", "when true\npayers [\"87726\"]\nhold coding"),
        rule("CODE", "each line\ncodes [\"90791\"]\nwhen true\nhold coding"),
        rule("STAGE", "stage categorize\neach adjustment\nwhen true\ncategorize coding"),
        rule("FIRES", "stage eligibility\nwhen true\nhold coding"),
    ]
    .concat();
    let compiled = compile(&[pack("base", Layer::Base, &text)], &vocabulary());
    let world = world();
    let input = world.input(Stage::Scrub);
    let considered: Vec<String> = ["PAYER", "CODE", "STAGE", "FIRES"]
        .iter()
        .map(|id| format!("{:?}", compiled.rules.explain_rule(id, &input)[0].considered))
        .collect();
    assert_eq!(
        considered,
        [
            "OutOfScope { why: \"it is for payer 87726, the claim's is 60054\" }",
            "OutOfScope { why: \"it is for a line with 90791\" }",
            "OutOfScope { why: \"there is no adjustment to look at\" }",
            "Fired"
        ]
    );
    assert!(compiled.rules.explain_rule("NOPE", &input).is_empty());
}
