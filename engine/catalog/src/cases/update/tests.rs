//! Files of cases, rewritten.

use proptest::prelude::*;

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

/// A list of words as authors write them.
fn list(key: &str, words: &[&str], flow: bool) -> String {
    let all = words.join(", ");
    if flow || words.is_empty() {
        return format!("    {key}: [{all}]\n");
    }
    let lines: Vec<String> =
        words.iter().map(|word| format!("      - {word} # {word}, with a comment\n")).collect();
    format!("    {key}:\n{}", lines.concat())
}

fn some(words: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(words, 0..=words.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_was_expected_holds_afterwards_and_comments_stay(
        rules in some(&["DOC", "TELE", "DUP"]),
        silent in some(&["TELE", "DUP", "LARGE"]),
        held in some(&["documentation", "duplicate"]),
        flows in any::<[bool; 3]>(),
    ) {
        let head = "# Top.\n- case: any\n  stage: scrub\n  expect: # here\n";
        let silent: Vec<&str> = silent.into_iter().filter(|rule| !rules.contains(rule)).collect();
        let lists = [list("fires", &rules, flows[0]), list("silent", &silent, flows[1]), list("held", &held, flows[2])];
        let files = files(&format!("{head}{}- {{ case: last, stage: scrub, expect: {{ fires: [DOC] }} }}\n", lists.concat()));
        let generation = generation(&files);
        let fine = run_cases(&generation, &files, None).failed().next().is_none();
        match update_cases(&generation, &files, None, &|_| true).as_slice() {
            [] => prop_assert!(fine || flows != [true; 3]),
            [update] => {
                prop_assert!(!fine && update.text.starts_with(head), "{}", update.text);
                let last = update.text.ends_with("- { case: last, stage: scrub, expect: { fires: [DOC] } }\n");
                prop_assert!(last, "{}", update.text);
            }
            more => prop_assert!(false, "{more:?}"),
        }
    }
}
