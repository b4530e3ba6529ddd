//! Cases on a small pack of their own.

use claimflow_core::Rules as _;

use super::*;
use crate::testing::{CATEGORIES, WORKFLOW, report};
use crate::{Generation, PracticeSettings, SourceFile, load, run_cases};

const RULES: &str = r#"
rule "DOC" {
    title "Start and stop"
    stage scrub
    each line
    codes ["90837"]
    when !visit.has_start_and_stop
    hold documentation
    because "minutes choose the code"
}
rule "TELE" {
    title "Video carries 95"
    stage scrub
    each line
    when line.place_of_service == "10" && !line.has_modifier("95")
    fix line.add_modifier("95")
    because "the payer wants it"
}
rule "DUP" {
    title "Duplicate"
    stage categorize
    each adjustment
    codes ["18"]
    when true
    categorize duplicate
    because "the payer has it"
}
rule "LARGE" {
    title "Large ones first"
    stage route
    each denial
    when denial.amount >= 100
    assign billing_lead
    because "money"
}
"#;
const OVERRIDE: &str = "disable \"DOC\" because \"our notes show it elsewhere\"\n";

pub(super) fn files(cases: &str) -> Vec<SourceFile> {
    [
        ("workflows/professional-claim/v1.yaml", WORKFLOW),
        ("payers/base/pack.yaml", "name: base\nversion: 1.0.0\nlayer: base\n"),
        ("payers/base/categories.csv", CATEGORIES),
        ("payers/base/rules/a.rhai", RULES),
        ("payers/base/cases/a.yaml", cases),
        ("payers/own/pack.yaml", "name: own\nversion: 1.0.0\nlayer: practice\n"),
        ("payers/own/rules/a.rhai", OVERRIDE),
        ("routing.csv", "category,owner,due\nduplicate,billing,1 days\n"),
    ]
    .map(|(path, text)| SourceFile::new(path, text))
    .to_vec()
}

pub(super) fn generation(files: &[SourceFile]) -> Generation {
    let loaded = load(files, &PracticeSettings::default());
    assert_eq!(report(&loaded.diagnostics), "");
    loaded.generation.expect("a generation")
}

pub(super) fn run(cases: &str) -> CaseReport {
    let files = files(cases);
    run_cases(&generation(&files), &files, None)
}

pub(super) fn told(report: &CaseReport) -> String {
    let mut text = crate::testing::report(&report.diagnostics);
    for result in &report.results {
        let what = if result.passed() { "holds".to_owned() } else { result.reasons.join("\n    ") };
        text.push_str(&format!("{}:{} {}: {what}\n", result.file, result.line, result.name));
    }
    text
}

#[test]
fn cases_that_hold_and_the_cover_they_give() {
    let report = run(r#"
- case: a note without times
  stage: scrub
  facts: { visit: { signed: yes } }
  expect: { fires: DOC, silent: [TELE], held: [documentation], owner: triage }
- case: a video session with times
  stage: scrub
  claim: { place_of_service: "10", lines: { modifiers: [HO] } }
  facts: { visits: [{ start: "10:00", stop: 10:55 }] }
  expect: { fires: [TELE], fixed: { "line[1].modifiers": "HO,95" }, held: [] }
"#
    .replace("lines: { modifiers: [HO] }", "lines: [{ modifiers: [HO] }]")
    .as_str());
    assert_eq!(
        told(&report),
        "payers/base/cases/a.yaml:2 a note without times: holds\npayers/base/cases/a.yaml:6 a video session with times: holds\n"
    );
    assert!(report.passed());
    let count =
        |rule: &str| report.rules.iter().find(|own| own.rule == rule).map(|own| (own.fired, own.silent));
    assert_eq!((count("DOC"), count("TELE"), count("DUP")), (Some((1, 1)), Some((1, 1)), Some((0, 0))));
    let names = |rules: Vec<&RuleCoverage>| rules.iter().map(|own| own.rule.to_string()).collect::<Vec<_>>();
    assert_eq!(names(report.never_fired().collect()), ["DUP", "LARGE"]);
    assert_eq!(names(report.never_silent().collect()), ["DUP", "LARGE"]);
}

#[test]
fn a_practice_that_overrides_a_rule_leaves_the_cases_of_its_pack_alone() {
    let cases = "- { case: x, stage: scrub, expect: { fires: [DOC] } }\n";
    let mut files = files(cases);
    assert!(run_cases(&generation(&files), &files, None).passed());
    files.push(SourceFile::new("payers/own/cases/a.yaml", cases));
    let report = run_cases(&generation(&files), &files, Some("own"));
    insta::assert_snapshot!(told(&report));
}

#[test]
fn denials_are_made_on_the_way_to_routing() {
    let report = run(r#"
- case: a large duplicate
  stage: route
  adjustments: [{ group: CO, reason: "18", amount: "150.00", line: 1 }]
  expect: { fires: [LARGE], category: duplicate, owner: billing_lead }
- case: a small duplicate
  stage: route
  adjustments: [{ group: CO, reason: "18", amount: "50.00", line: 1 }]
  expect: { silent: [LARGE], category: duplicate, owner: billing }
- case: categorized
  stage: categorize
  adjustments: [{ group: CO, reason: "18", amount: "50.00", line: 1 }]
  expect: { fires: [DUP], category: duplicate, owner: billing }
- case: unknown
  stage: categorize
  adjustments: [{ group: CO, reason: "999", amount: "50.00" }]
  expect: { silent: [DUP], category: uncategorized, owner: triage }
"#);
    assert!(report.passed(), "{}", told(&report));
}

#[test]
fn what_does_not_hold_is_told_in_words() {
    insta::assert_snapshot!(told(&run(r#"
- case: everything wrong
  stage: scrub
  claim: { place_of_service: "10" }
  expect: { fires: [DUP, LARGE], silent: [DOC, TELE], fixed: { "line[1].units": 2, "line[1].modifiers": "93" }, held: [duplicate], owner: clinician, category: duplicate }
- case: a rule that stays silent
  stage: scrub
  facts: { visit: { start: 10:00, stop: 11:00 } }
  expect: { fires: [DOC, TELE] }
"#)));
}

#[test]
fn the_case_in_the_documentation_is_one() {
    let documentation = include_str!("../lib.rs");
    let text: String = documentation
        .lines()
        .skip_while(|line| *line != "//! ```yaml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| format!("{}\n", line.trim_start_matches("//! ")))
        .collect();
    let (cases, faults) = read::read(&SourceFile::new("documentation.yaml", text), None);
    assert_eq!((cases.len(), report(&faults).as_str()), (1, ""));
}

#[test]
fn every_fault_of_a_file_of_cases_is_told() {
    insta::assert_snapshot!(told(&run(r#"
- case: keys
  stag: scrub
  stage: scrib
  claim: { place_of_servce: "10", lines: [{ modifers: [95], service_date: yesterday }] }
  facts: { visti: {}, visit: { strat: 10:00, start: ten }, history: [{ procedure: "1" }] }
  adjustments: [{ group: CX, reason: "197", amuont: 1 }]
  expect: { fire: [DOC], fixed: { "line[1].modifer": "95" } }
- case: words
  stage: scrub
  expect: { fires: [DOCS], held: [documentaton], owner: clinicain }
- case: nothing expected
  stage: scrub
  expect: {}
- a text
"#)));
}

#[test]
fn a_generation_is_what_its_files_say() {
    let one = files("");
    let generation = generation(&one);
    assert_eq!(generation.category_label("duplicate"), "There already");
    assert_eq!(generation.category_label("other"), "other");
    assert_eq!(
        generation.packs().iter().map(|pack| (pack.name.as_str(), pack.rules)).collect::<Vec<_>>(),
        [("base", 4), ("own", 0)]
    );
    let workflow = generation.start_workflow().unwrap();
    let mut reference = workflow.reference().clone();
    assert!(generation.workflow_by(&reference).is_some());
    reference.hash = "edited since".into();
    assert!(generation.workflow_by(&reference).is_some());
    reference.version = 2;
    assert!(generation.workflow_by(&reference).is_none());
    // Cases and read-me files decide nothing; rules, tables and settings do.
    let hash = |files: &[SourceFile], settings: &PracticeSettings| {
        load(files, settings).generation.unwrap().hash().clone()
    };
    let settings = PracticeSettings::default();
    assert_eq!(
        hash(&files("- { case: x, stage: scrub, expect: { fires: DOC } }"), &settings),
        *generation.generation()
    );
    let strict = PracticeSettings { npi_check: crate::NpiCheck::Hold, ..settings.clone() };
    assert_ne!(hash(&one, &strict), *generation.generation());
    let mut other = one.clone();
    other.push(SourceFile::new("routing.csv", "category,owner,due\nduplicate,billing,2 days\n"));
    assert_ne!(hash(&other, &settings), *generation.generation());
}

#[test]
fn explain_tells_what_evaluate_did() {
    let files = files("");
    let settings =
        PracticeSettings { require: vec![crate::RequiredFact::Visit], ..PracticeSettings::default() };
    let generation = load(&files, &settings).generation.unwrap();
    let claim = defaults::claim(None);
    let facts = Facts::default();
    let as_of = jiff::civil::date(2026, 3, 5);
    let (adjustments, denials) = (&[], &[]);
    let stage = Stage::Scrub;
    let input = claimflow_core::RuleInput {
        stage,
        claim: &claim,
        facts: &facts,
        as_of,
        submissions: 0,
        decision: None,
        adjustments,
        denials,
    };
    let evaluation = generation.evaluate(&input);
    let found: Vec<&str> = evaluation.findings.iter().map(|finding| finding.rule.as_str()).collect();
    let traces = generation.explain(&input);
    let fired = traces.iter().filter(|trace| trace.considered == claimflow_rules::Considered::Fired);
    assert_eq!(fired.map(|trace| trace.rule.as_str()).collect::<Vec<_>>(), found);
    assert_eq!(found, ["REQUIRE-VISIT"]);
}

proptest::proptest! {
    #[test]
    fn no_text_keeps_loading_from_an_answer(
        place in 0_usize..8, tail in "[a-z0-9:{}\\[\\],;\"'\n -]{0,60}", cut in 0_usize..300,
    ) {
        let mut files = files("- { case: x, stage: scrub, expect: { fires: DOC } }\n");
        let file = &mut files[place];
        file.text = file.text.chars().take(cut).chain(tail.chars()).collect::<String>().into();
        let loaded = load(&files, &PracticeSettings::default());
        proptest::prop_assert_eq!(loaded.generation.is_none(), loaded.diagnostics.iter().any(Diagnostic::is_error));
        if let Some(generation) = loaded.generation {
            run_cases(&generation, &files, None);
        }
    }
}

#[test]
fn faults_of_all_files_are_told_in_one_pass() {
    let mut files = files("");
    let replace = [
        ("workflows/professional-claim/v1.yaml", WORKFLOW.replace("done }", "gone }")),
        ("workflows/professional-claim/v2.yaml", WORKFLOW.to_owned()),
        (
            "payers/base/pack.yaml",
            "name: base\nversion: one\nlayer: base\nrequires: { packs: [bse, others] }\n".to_owned(),
        ),
        ("payers/base/rules/a.rhai", RULES.replace("hold documentation", "hold documentaton")),
        ("payers/base/tables/empty.csv", String::new()),
        ("payers/orphan/rules/a.rhai", String::new()),
        ("routing.csv", "category,owner,due\nduplicate,bill,1 days\n".to_owned()),
    ];
    files.extend(replace.map(|(path, text)| SourceFile::new(path, text)));
    let loaded = load(&files, &PracticeSettings::default());
    assert!(loaded.generation.is_none());
    insta::assert_snapshot!(report(&loaded.diagnostics));
    let settings = PracticeSettings { workflow: "profesional-claim".into(), ..PracticeSettings::default() };
    insta::assert_snapshot!(report(&load(&self::files(""), &settings).diagnostics));
}

#[test]
fn the_page_on_cases_names_every_key() {
    let page = include_str!("../../../../docs/cases.md");
    let keys = [read::KEYS, read::EXPECT, read::REMITTANCE, journey::EVENTS, journey::OUTCOMES].concat();
    for key in keys {
        assert!(page.contains(&format!("`{key}`")), "{key}");
    }
}
