//! Files of cases, rewritten.

use crate::cases::tests::{files, generation};
use crate::{run_cases, update_cases};

const CASES: &str = r#"# Kept at the top.
- case: in one line   # kept beside
  stage: scrub
  expect: { fires: [TELE], silent: [DOC], held: [], owner: billing } # kept at the end
- case: on lines of their own
  stage: scrub
  claim: { place_of_service: "10" }
  facts: { visit: { start: "10:00", stop: "10:55" } }
  expect:
    # the modifier
    fixed:
      "line[1].modifiers": "GT" # kept too
    silent:
      - DOC # stays silent
      - TELE # goes
    held: [documentation]
- case: holds, and stays as it is
  stage: scrub
  expect: { fires:  [DOC],   held: [documentation] }
- case: a decision
  stage: categorize
  adjustments: [{ group: CO, reason: "18", amount: "150.00", line: 1 }]
  expect:
    category: "documentation"
    owner: clinician
"#;

#[test]
fn only_what_does_not_hold_is_rewritten_and_then_holds() {
    let mut files = files(CASES);
    let generation = generation(&files);
    assert_eq!(run_cases(&generation, &files, None).failed().count(), 3);
    let updates = update_cases(&generation, &files, None, &|_| true);
    assert_eq!(updates.len(), 1);
    insta::assert_snapshot!(updates[0].text);
    let told = updates[0].cases.iter().map(|case| format!("{} {}: {:?}", case.line, case.name, case.changes));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
    files.push(crate::SourceFile::new(updates[0].path.as_str(), updates[0].text.as_str()));
    assert_eq!(run_cases(&generation, &files, None).failed().count(), 0);
    assert_eq!(update_cases(&generation, &files, None, &|_| true), [], "there is nothing left to rewrite");
}

#[test]
fn a_file_that_is_not_wanted_and_a_case_that_cannot_hold_stay() {
    let wanted = files(CASES);
    let none = update_cases(&generation(&wanted), &wanted, None, &|path| path != "payers/base/cases/a.yaml");
    assert_eq!(none, []);
    let never = "- { case: x, journey: professional-claim, events: [accepted], expect: { state: done } }\n";
    let files = files(never);
    assert_eq!(run_cases(&generation(&files), &files, None).failed().count(), 1);
    assert_eq!(update_cases(&generation(&files), &files, None, &|_| true), []);
}
