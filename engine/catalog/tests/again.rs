//! Loading again with what is known from before gives what loading afresh gives, whatever was changed in between, and
//! costs the files that changed.

use claimflow_catalog::{
    Cache, CaseReport, Generation, Loaded, PracticeSettings, SourceFile, cases_hold, claims_from_json, load,
    load_with, run_cases,
};
use claimflow_core::{Claim, Facts, RuleInput, Rules, Stage, Text};
use jiff::civil::date;
use proptest::prelude::*;

const CLAIMS: &str = r#"[
  { "id": "C1", "charge": "150.00", "place_of_service": "10", "payer": { "id": "60054" },
    "lines": [{ "procedure": "90837", "charge": "150.00", "units": "1", "service_date": "2026-03-03" }] },
  { "id": "C2", "charge": "300.00", "place_of_service": "11", "payer": { "id": "P2" },
    "lines": [{ "procedure": "90834", "charge": "300.00", "units": "2", "service_date": "2026-05-03" }] }
]"#;

/// Every file of the practice with the texts that it can have; an empty one means that the file is not there.
const FILES: &[(&str, &[&str])] = &[
    (
        "payers/one/pack.yaml",
        &[
            "name: one\nversion: 1.0.0\nlayer: base\npayers: []\n",
            "name: one\nversion: 1.0.1\nlayer: base\npayers: []\n",
            "name: one\nversion: 1.0.0\nlayer: base\npayers: [\"60054\"]\n",
            "name: one\nversion: 1.0.0\nlayer: base\npayers: []\nexpires: 2026-04-01\n",
            "name: one\nversion: 1.0.0\nlayer: base\npayers: []\nmode: shadow\n",
        ],
    ),
    (
        "payers/one/categories.csv",
        &[
            "category,label,default_owner,clock,days\ncoding,C,coding,corrected,90\ndocumentation,D,clinician,corrected,30\n",
            "category,label,default_owner,clock,days\ncoding,C,coding,corrected,90\n",
        ],
    ),
    (
        "payers/one/rules/a.rhai",
        &[
            "rule \"A\" { title \"T\"; because \"B\"; stage scrub; each line; when line.units > 1; hold coding }",
            "rule \"A\" { title \"T\"; because \"B\"; stage scrub; each line; when line.units >= 1; hold coding }",
            "rule \"A\" { title \"T\"; because \"B\"; stage scrub; each line; when table(\"t\").has(line.procedure); warn coding }",
            "rule \"A\" { title \"T\"; because \"B\"; stage scrub; each line; when line.unitz > 1; hold coding }",
            "rule \"A\" { title \"T\"; because \"B\"; stage scrub; when visit.minutes > 1; hold documentation }",
            "",
        ],
    ),
    (
        "payers/one/rules/b.rhai",
        &[
            "const C = [\"90837\"];\nfn f(x) { x in C }\nrule \"B\" { title \"T\"; because \"B\"; stage scrub; each line; when f(line.procedure); warn documentation }",
            "fn f(x) { let y = table(\"t\"); y.has(x) }\nrule \"B\" { title \"T\"; because \"B\"; stage scrub; each line; when f(line.procedure); hold coding }",
            "rule \"A\" { title \"T\"; because \"B\"; stage scrub; each line; hold coding }",
            "rule \"B\" { title \"T\"; because \"B\"; stage scrub; each line; when line.procedure == 90837; hold coding",
            "",
        ],
    ),
    ("payers/one/tables/t.csv", &["code\n90837\n", "code\n90834\n", "code,other\n90837,x\n90834,y\n", ""]),
    (
        "payers/one/decisions/d.csv",
        &[
            "decision,D\ntitle,T\nstage,scrub\neach,line\nhit,first\nbecause,B\n\nrow,line.procedure,then hold\nX,90837,coding\nY,90834,coding\n",
            "decision,D\ntitle,T\nstage,scrub\neach,line\nhit,all\nbecause,B\n\nrow,line.procedure,then hold\nX,\"90837, 90834\",coding\nY,90834,documentation\n",
            "decision,D\ntitle,T\nstage,scrub\neach,line\nhit,first\nbecause,B\n\nrow,line.procedure,then hold\nX,9083,coding\n",
            "",
        ],
    ),
    (
        "payers/two/pack.yaml",
        &[
            "name: two\nversion: 1.0.0\nlayer: practice\npayers: []\n",
            "name: two\nversion: 1.0.0\nlayer: practice\npayers: []\ntables: [elsewhere]\n",
            "name: two\nversion: 1.0.0\nlayer: base\npayers: []\n",
        ],
    ),
    (
        "payers/two/rules/c.rhai",
        &[
            "rule \"C\" { title \"T\"; because \"B\"; stage scrub; each line; when line.procedure == \"90834\"; hold coding; overrides \"A\" }",
            "disable \"A\" because \"not here\"\ndisable \"D\" because \"nor this\"",
            "rule \"C\" { title \"T\"; because \"B\"; stage scrub; when table(\"elsewhere\").has(claim.payer) == true; hold coding; mode shadow }",
            "rule \"C\" { title \"T\"; because \"B\"; stage scrub; each line; priority 5; when !line.has_modifier(\"95\"); fix line.add_modifier(\"95\") }",
            "",
        ],
    ),
    (
        "payers/two/cases/c.yaml",
        &[
            "- case: c\n  stage: scrub\n  expect: { silent: [C] }\n",
            "- case: c\n  stage: scrub\n  expect: { held: [] }\n",
            "",
        ],
    ),
    (
        "rules.yaml",
        &[
            "",
            "rules:\n  A: { mode: shadow, reason: \"a trial\" }\n",
            "rules:\n  A: { enforcement: advisory, reason: \"a trial\" }\n  D: { mode: off, reason: \"no\" }\n",
            "packs:\n  one: { mode: shadow, reason: \"a trial\" }\n",
        ],
    ),
];

/// The files, each with one of its texts.
fn files(choice: &[usize]) -> Vec<SourceFile> {
    let texts = FILES.iter().zip(choice).map(|((path, texts), at)| (*path, texts[at % texts.len()]));
    let mut files: Vec<SourceFile> =
        texts.filter(|(_, text)| !text.is_empty()).map(|(path, text)| SourceFile::new(path, text)).collect();
    files.push(workflow());
    files
}

fn workflow() -> SourceFile {
    let text = "workflow: professional-claim\nversion: 1\nstart: eligibility\nstates:\n  eligibility:\n    do: eligibility.verify\n    \
                then:\n      - { to: paid }\n  paid: { final: true }\n";
    SourceFile::new("workflows/professional-claim/v1.yaml", text)
}

/// Everything that a generation says of two claims, of its rules and of its cases.
fn said(generation: &Generation, files: &[SourceFile]) -> Vec<String> {
    let (claims, faults) = claims_from_json("claims.json", CLAIMS);
    assert_eq!((claims.len(), faults), (2, Vec::new()));
    let facts = Facts::default();
    let input = |claim: &Claim| -> Vec<String> {
        let input = RuleInput {
            stage: Stage::Scrub,
            claim,
            facts: &facts,
            as_of: date(2026, 6, 1),
            submissions: 0,
            decision: None,
            adjustments: &[],
            denials: &[],
        };
        vec![format!("{:#?}", generation.evaluate(&input)), format!("{:#?}", generation.explain(&input))]
    };
    let mut said: Vec<String> = claims.iter().flat_map(input).collect();
    said.push(format!("{} {:#?}", generation.hash(), generation.packs()));
    said.extend(generation.rules().all_rules().map(|rule| format!("{:#?}", **rule)));
    let report = run_cases(generation, files, None);
    said.push(format!("{report:#?}"));
    let packs: Vec<Text> = generation.packs().iter().map(|pack| pack.name.clone()).collect();
    let quick = cases_hold(generation, files, &packs);
    let reasons = |report: &CaseReport| -> Vec<Vec<String>> {
        report.results.iter().map(|own| own.reasons.clone()).collect()
    };
    assert_eq!(reasons(&quick), reasons(&report), "whether cases hold does not depend on how it is asked");
    assert_eq!(quick.diagnostics, report.diagnostics);
    said
}

fn same(again: &Loaded, afresh: &Loaded, files: &[SourceFile]) -> Result<(), TestCaseError> {
    prop_assert_eq!(&again.diagnostics, &afresh.diagnostics);
    prop_assert_eq!(again.generation.is_some(), afresh.generation.is_some());
    if let Some((one, two)) = again.generation.as_ref().zip(afresh.generation.as_ref()) {
        prop_assert_eq!(said(one, files), said(two, files));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_load_with_memory_is_a_load(
        edits in prop::collection::vec((0..FILES.len(), 0_usize..60), 1..14),
        forgetful in any::<bool>(),
    ) {
        let settings = PracticeSettings::default();
        let mut choice = vec![0; FILES.len()];
        let mut cache = Cache::new();
        let first = load_with(&files(&choice), &settings, &mut cache);
        prop_assert!(first.generation.is_some(), "{:#?}", first.diagnostics);
        let mut last = first.generation;
        for (file, text) in edits {
            choice[file] = text;
            let files = files(&choice);
            // Either what every load leaves behind, or what the last one that could run has: as a practice at work.
            if let Some(last) = last.as_ref().filter(|_| forgetful) {
                cache = last.cache();
            }
            let again = load_with(&files, &settings, &mut cache);
            same(&again, &load(&files, &settings), &files)?;
            last = again.generation.or(last);
        }
    }
}

/// How many files are compiled for a change of these files.
fn compiled(changes: &[(usize, usize)]) -> usize {
    let settings = PracticeSettings::default();
    let mut choice = vec![0; FILES.len()];
    choice[3] = 1;
    let mut cache = Cache::new();
    load_with(&files(&choice), &settings, &mut cache);
    let before = cache.compiled();
    changes.iter().for_each(|(file, text)| choice[*file] = *text);
    load_with(&files(&choice), &settings, &mut cache);
    cache.compiled() - before
}

#[test]
fn only_what_changed_is_compiled() {
    assert_eq!(compiled(&[]), 0, "nothing changed");
    assert_eq!(compiled(&[(2, 1)]), 1, "one file of rules");
    assert_eq!(compiled(&[(4, 1)]), 1, "a table, and one file that asks for it");
    assert_eq!(compiled(&[(5, 1)]), 1, "a decision table");
    assert_eq!(compiled(&[(8, 1), (9, 1)]), 0, "cases, and what the practice decides about rules");
    assert_eq!(compiled(&[(0, 1)]), 3, "the pack of three files has another version");
    assert_eq!(compiled(&[(1, 1)]), 4, "a category is gone");
}
