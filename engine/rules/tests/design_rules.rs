//! The three rules of the design page, as written there.

mod common;

use claimflow_core::{DueIn, Stage};
use common::{DESIGN, adjustment, fired, rules, world};
use jiff::civil::date;

#[test]
fn video_without_95_gets_it() {
    let (rules, world) = (rules(DESIGN), world());
    let evaluation = world.evaluate(&rules, Stage::Scrub);
    assert_eq!(fired(&evaluation), ["AET-TELE-95 fix"]);
    let change = &evaluation.changes[0];
    assert_eq!(
        (change.field.as_str(), change.before.as_str(), change.after.as_str()),
        ("line[1].modifiers", "HO", "HO,95")
    );
    assert_eq!(
        evaluation.findings[0].values,
        [
            ("claim.place_of_service".into(), "10".into()),
            ("line.has_modifier(\"95\")".into(), "false".into())
        ]
    );
    assert_eq!(evaluation.considered, 2);
}

#[test]
fn a_note_without_times_is_asked_for() {
    let (rules, mut world) = (rules(DESIGN), world());
    world.claim.place_of_service = "11".parse().unwrap();
    world.facts.visits[0].stop = None;
    let evaluation = world.evaluate(&rules, Stage::Scrub);
    assert_eq!(fired(&evaluation), ["DOC-START-STOP hold documentation clinician"]);
    let finding = &evaluation.findings[0];
    assert_eq!(finding.message, "Please add the start and stop time of the 2026-03-03 session.");
    assert_eq!(finding.within, Some(DueIn::BusinessDays(2)));
    assert_eq!(
        (finding.file.as_str(), finding.source_line, finding.index),
        ("payers/base/rules/rules.rhai", 15, 1)
    );
    assert_eq!(finding.pack, "base 1.0.0");
}

#[test]
fn an_authorization_on_file_goes_to_billing() {
    let (rules, mut world) = (rules(DESIGN), world());
    world.adjustments = vec![adjustment(1, "CO", "197", &[]), adjustment(1, "CO", "45", &[])];
    let evaluation = world.evaluate(&rules, Stage::Categorize);
    assert_eq!(fired(&evaluation), ["AUTH-197-ON-FILE categorize authorization_sent_not_seen billing"]);
    assert_eq!(evaluation.findings[0].index, 1);
    world.facts.authorizations.clear();
    assert!(world.evaluate(&rules, Stage::Categorize).findings.is_empty());
}

#[test]
fn rules_are_chosen_by_service_date_code_and_stage() {
    let (rules, mut world) = (rules(DESIGN), world());
    world.claim.lines[0].service_date = Some(date(2025, 12, 31));
    assert!(world.evaluate(&rules, Stage::Scrub).findings.is_empty());
    world.claim.lines[0].service_date = Some(date(2026, 1, 1));
    assert_eq!(world.evaluate(&rules, Stage::Scrub).findings.len(), 1);
    assert!(world.evaluate(&rules, Stage::Submit).findings.is_empty());
    world.claim.lines[0].procedure = "90853".parse().unwrap();
    assert!(world.evaluate(&rules, Stage::Scrub).findings.is_empty());
}
