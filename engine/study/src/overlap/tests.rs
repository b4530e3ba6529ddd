//! Pairs that contradict each other, and pairs that never meet.

use claimflow_catalog::{SourceFile, run_cases};

use super::{Contradiction, OverlapReport, overlaps};
use crate::testing::{files, generation};

fn rule(id: &str, stage: &str, each: &str, when: &str, does: &str) -> String {
    format!(
        "rule \"{id}\" {{\n    title \"About {id}\"\n    stage {stage}\n    each {each}\n    when {when}\n    {does}\n    \
         because \"a test\"\n    source \"a test\"\n}}\n"
    )
}

fn with_cases(rules: &str, cases: &str) -> Vec<SourceFile> {
    let mut all = files(rules);
    all.push(SourceFile::new("payers/own/cases/own.yaml", cases));
    all
}

/// Searches, and holds every witness to what it says.
fn searched(rules: &str, cases: &str) -> OverlapReport {
    let generation = generation(rules);
    let mut files = with_cases(rules, cases);
    let report = overlaps(&generation, &files, &[]);
    assert_eq!(report, overlaps(&generation, &files, &[]), "the same search finds the same");
    for (number, own) in report.overlaps.iter().enumerate() {
        files.push(SourceFile::new(format!("payers/own/cases/witness-{number}.yaml"), own.witness.as_str()));
    }
    let tried = run_cases(&generation, &files, Some("both fire"));
    assert_eq!(tried.results.len(), report.overlaps.len());
    for result in &tried.results {
        assert!(result.passed(), "{}: {:?}", result.name, result.reasons);
    }
    report
}

const DENIAL: &str = "- case: a denial\n  stage: categorize\n  \
    adjustments: [{ group: CO, reason: \"197\", amount: \"150.00\", line: 1 }]\n  expect: { fires: [A] }\n";

#[test]
fn two_kinds_of_one_denial_are_found_with_a_witness() {
    let a =
        rule("A", "categorize", "adjustment", r#"adjustment.reason == "197""#, "categorize authorization");
    let b =
        rule("B", "categorize", "adjustment", r#"adjustment.has_remark("N130")"#, "categorize benefit_limit");
    let c = rule("C", "categorize", "adjustment", r#"adjustment.reason == "29""#, "categorize timely_filing");
    let report = searched(&[a, b, c].concat(), DENIAL);
    let found: Vec<_> =
        report.overlaps.iter().map(|own| (own.first.rule.as_str(), own.second.rule.as_str())).collect();
    assert_eq!(found, [("A", "B"), ("B", "C")], "A and C are about different reasons");
    let own = &report.overlaps[0];
    assert_eq!((own.contradiction, own.index, own.prevails.as_str()), (Contradiction::Categories, 1, "A"));
    assert!(own.witness.contains("N130"), "{}", own.witness);
    insta::assert_snapshot!(own.witness);
}

#[test]
fn two_values_of_one_field_are_found_with_a_witness() {
    let fires = "- case: at home\n  stage: scrub\n  claim: { place_of_service: \"10\", lines: [{ units: 3 }] }\n  \
        expect: { fires: [A] }\n";
    let a = rule(
        "A",
        "scrub",
        "line",
        r#"claim.place_of_service == "10" && line.units > 1"#,
        "fix line.set_units(1)",
    );
    let b = rule("B", "scrub", "line", r#"line.has_modifier("95")"#, "fix line.set_units(2)");
    let report = searched(&[a, b].concat(), fires);
    assert_eq!(report.overlaps.len(), 1, "{report:?}");
    assert_eq!(report.overlaps[0].contradiction, Contradiction::Values);
}

#[test]
fn rules_that_never_meet_or_agree_are_not_reported() {
    let meets = |rules: &[String]| {
        let report = searched(&rules.concat(), DENIAL);
        (report.suspected, report.overlaps.len())
    };
    let categorize = |id: &str, when: &str, category: &str| {
        rule(id, "categorize", "adjustment", when, &format!("categorize {category}"))
    };
    let a = || categorize("A", r#"adjustment.reason == "197""#, "authorization");
    assert_eq!(meets(&[a(), categorize("B", r#"adjustment.reason == "197""#, "authorization")]), (0, 0));
    let of_payers = |id: &str, payer: &str, category: &str| {
        categorize(id, r#"adjustment.reason == "197""#, category)
            .replace("when ", &format!("payers [\"{payer}\"]\n    when "))
    };
    assert_eq!(meets(&[a(), of_payers("B", "60054", "coding"), of_payers("C", "87726", "bundling")]).0, 2);
    let disjoint = categorize("B", r#"adjustment.reason == "29""#, "timely_filing");
    assert_eq!(meets(&[a(), disjoint]), (1, 0));
}
