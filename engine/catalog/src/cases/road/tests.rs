//! Journeys through a small workflow.

use crate::cases::CaseReport;
use crate::cases::tests::{files, generation, told};
use crate::{SourceFile, run_cases};

const WORKFLOW: &str = "\
workflow: professional-claim
version: 2
start: scrub
states:
  scrub:
    do: claim.scrub
    then:
      - { when: 'outcome == \"held\"', to: held }
      - { to: submit }
  submit:
    do: claim.submit
    then:
      - { when: 'outcome == \"held\"', to: held }
      - { to: sent }
  sent:
    wait: { for: [submitted, accepted, rejected, remitted], at-most: 2d, else: late }
    then:
      - { when: 'event == \"remitted\"', to: adjudicate }
      - { when: 'event == \"rejected\"', to: held }
      - { to: waiting }
  waiting:
    wait: { for: [accepted, remitted, rejected], at-most: 10d, else: late }
    then:
      - { when: 'event == \"remitted\"', to: adjudicate }
      - { when: 'event == \"rejected\"', to: held }
      - { to: waiting }
  late:
    work-item: { category: rejected, owner: billing, ask: Ask the payer., within: 1 business_days, resume: [remitted, accepted] }
    then:
      - { to: adjudicate }
  held:
    work-item: { resume: [corrected, released, new-fact] }
    then:
      - { to: scrub }
  adjudicate:
    do: remittance.adjudicate
    then:
      - { to: categorize }
  categorize:
    do: denial.categorize
    then:
      - { when: 'outcome == \"denied\"', to: held }
      - { to: paid }
  paid: { final: true, reopen: [remitted], then: [{ to: adjudicate }] }
";

fn run(cases: &str) -> CaseReport {
    let mut files = files(cases);
    files.push(SourceFile::new("workflows/professional-claim/v2.yaml", WORKFLOW));
    let categories = "category,label,default_owner,clock,days\ndocumentation,Note,clinician,,\nduplicate,There,billing,,\n\
                      uncategorized,Unknown,triage,,\nrule_review,Failed,billing_lead,,\nrejected,Refused,billing,,\n";
    files.push(SourceFile::new("payers/base/categories.csv", categories));
    run_cases(&generation(&files), &files, None)
}

#[test]
fn a_claim_is_held_corrected_sent_and_paid() {
    let report = run(r#"
- case: the whole way
  journey: professional-claim
  facts: { visit: { signed: yes } }
  events:
    - expect: { state: held, held: [documentation], work_item: { category: documentation }, sent: 0 }
    - new_fact: { visit: { start: "10:00", stop: "10:55" } }
    - expect: { state: waiting, work_item: none, held: [], sent: 1 }
    - accepted
    - remittance: { paid: "150.00" }
  expect: { state: paid, fires: [DOC], silent: [TELE, DUP], sent: 1 }
- case: released, late, decided all the same
  journey: professional-claim
  events:
    - released: The times are in the audio record
    - after: 3w
    - expect: { state: late, work_item: { owner: billing, category: rejected } }
    - remittance: { adjustments: [{ group: CO, reason: "18", amount: "150.00", line: 1 }] }
  expect: { state: held, fires: [DUP], category: duplicate, sent: 1 }
- case: corrected on the way
  journey: professional-claim
  claim: { place_of_service: "10" }
  facts: { visit: { start: "10:00", stop: "10:55" } }
  events:
    - rejected: { statuses: ["A7:562"], message: NPI }
    - corrected: { place_of_service: "02" }
  expect: { state: waiting, fixed: { "line[1].modifiers": "95" }, sent: 2 }
"#);
    insta::assert_snapshot!(told(&report));
    let fired: Vec<&str> =
        report.rules.iter().filter(|own| own.fired > 0).map(|own| own.rule.as_str()).collect();
    assert_eq!(fired, ["DOC", "TELE", "DUP"]);
}

#[test]
fn what_is_not_as_expected_is_told_with_its_place() {
    let report = run(r#"
- case: much is wrong
  journey: professional-claim
  events:
    - expect: { state: waiting, held: [], work_item: none, sent: 1 }
    - accepted
  expect: { state: paid }
- case: at the end
  journey: professional-claim
  facts: { visit: { start: "10:00", stop: "10:55" } }
  events: [accepted]
  expect:
    state: paid
    fires: [DOC, LARGE]
    silent: [TELE]
    fixed: { "line[1].modifiers": "95" }
    category: duplicate
    owner: billing
    work_item: { owner: billing, category: duplicate }
    sent: 3
- case: a state that takes no release
  journey: professional-claim
  facts: { visit: { start: "10:00", stop: "10:55" } }
  events: [{ released: no reason }]
  expect: { state: paid }
"#);
    insta::assert_snapshot!(told(&report));
}

#[test]
fn faults_of_journeys_are_told() {
    let report = run(r#"
- case: both
  stage: scrub
  journey: professional-claim
  expect: { state: paid }
- case: a stage has no events
  stage: scrub
  events: [accepted]
  expect: { state: paid }
- case: unknown words
  journey: profesional-claim
  expect: { state: paid }
- case: more unknown words
  journey: professional-claim
  adjustments: []
  events:
    - after: soon
    - resolved: well
    - acepted: {}
    - { accepted: {}, after: 1d }
    - corrected: { no_such_field: "1" }
    - expect: { state: payed, work_item: { owner: bilings } }
  expect: { state: paid }
- case: unknown state
  journey: professional-claim
  events: [{ expect: { state: payed, work_item: { owner: bilings } } }]
  expect: { state: paid }
"#);
    insta::assert_snapshot!(told(&report));
}
