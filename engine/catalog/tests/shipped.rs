//! What ships loads, and its cases hold.

use std::fs;
use std::path::Path;

use claimflow_catalog::{
    CaseReport, CaseResult, Loaded, PracticeSettings, SourceFile, cases_hold, load, run_cases,
};
use claimflow_core::Diagnostic;
use claimflow_core::workflow::{ACTIONS, EVENTS, GUARD_VARIABLES};

/// Every text file below `workflows/` and `payers/` of the repository, with its path as in a practice folder.
fn shipped() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for top in ["workflows", "payers"] {
        walk(&root.join(top), top, &mut files);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn walk(folder: &Path, path: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry")) {
        let path = format!("{path}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            walk(&entry.path(), &path, files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(SourceFile::new(path, text));
        }
    }
}

fn report(faults: &[Diagnostic]) -> String {
    let line = |fault: &Diagnostic| {
        format!(
            "{}:{}:{} {}: {} ({})",
            fault.path, fault.line, fault.column, fault.code, fault.message, fault.help
        )
    };
    faults.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn loaded() -> Loaded {
    load(&shipped(), &PracticeSettings::default())
}

#[test]
fn everything_that_ships_loads_without_a_fault() {
    let loaded = loaded();
    assert_eq!(report(&loaded.diagnostics), "");
    let generation = loaded.generation.expect("a generation");
    assert!(generation.start_workflow().is_some());
    assert!(generation.packs().iter().all(|pack| pack.rules > 0));
}

#[test]
fn every_case_that_ships_holds() {
    let generation = loaded().generation.expect("a generation");
    let report = run_cases(&generation, &shipped(), None);
    assert_eq!(self::report(&report.diagnostics), "");
    let failed: Vec<String> = report
        .failed()
        .map(|case| format!("{}:{} {}: {}", case.file, case.line, case.name, case.reasons.join("; ")))
        .collect();
    assert_eq!(failed.join("\n"), "");
    assert!(report.results.len() > 100, "{}", report.results.len());
    let packs: Vec<_> = generation.packs().iter().map(|pack| pack.name.clone()).collect();
    let fired = |report: CaseReport| -> Vec<(u32, Vec<String>)> {
        let sorted = |mut own: CaseResult| {
            own.fired.sort();
            (own.line, own.fired.iter().map(ToString::to_string).collect())
        };
        report.results.into_iter().map(sorted).collect()
    };
    let quick = cases_hold(&generation, &shipped(), &packs);
    assert_eq!(fired(quick), fired(report), "what fires does not depend on how it is asked");
}

#[test]
fn every_rule_that_ships_fires_in_one_case_and_stays_silent_in_another() {
    let generation = loaded().generation.expect("a generation");
    let report = run_cases(&generation, &shipped(), None);
    let never_fired: Vec<&str> = report.never_fired().map(|rule| rule.rule.as_str()).collect();
    let never_silent: Vec<&str> = report.never_silent().map(|rule| rule.rule.as_str()).collect();
    assert_eq!((never_fired, never_silent), (vec![], vec![]));
}

#[test]
fn the_page_on_workflows_names_every_action_event_and_variable() {
    let page = shipped().into_iter().find(|file| file.path == "workflows/README.md").expect("the page").text;
    let actions = ACTIONS.iter().map(|action| action.name);
    let variables = GUARD_VARIABLES.iter().map(|(name, _)| *name);
    for name in actions.chain(EVENTS.iter().copied()).chain(variables) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_table_of_the_documentation_is_one() {
    let page = include_str!("../../../docs/decision-tables.md");
    let csv = page.split("```csv\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a table");
    let cases = "- case: no modifier\n  stage: scrub\n  claim: { place_of_service: \"10\" }\n  expect: { fires: [\"VIDEO:video\"], silent: [\"VIDEO:in order\"] }\n\
                 - case: with it\n  stage: scrub\n  claim: { place_of_service: \"10\", lines: [{ procedure: \"90837\", modifiers: [\"95\"] }] }\n  expect: { fires: [\"VIDEO:in order\"], silent: [\"VIDEO:video\"] }\n";
    let mut files = shipped();
    files.push(SourceFile::new("payers/behavioral-health/decisions/video.csv", csv));
    files.push(SourceFile::new("payers/behavioral-health/cases/video.yaml", cases));
    let loaded = load(&files, &PracticeSettings::default());
    assert_eq!(report(&loaded.diagnostics), "");
    let own = run_cases(&loaded.generation.expect("a generation"), &files, None);
    let video: Vec<_> = own.results.iter().filter(|own| own.file.ends_with("video.yaml")).collect();
    assert_eq!(video.len(), 2);
    assert!(video.iter().all(|own| own.passed()), "{video:#?}");
    // The picture shows the same cells.
    for cell in csv.split(['\n', ',', '"']).map(str::trim).filter(|cell| cell.len() > 3) {
        assert!(
            page.split("The same as text").next().is_some_and(|picture| picture.contains(cell)),
            "{cell}"
        );
    }
}

#[test]
fn the_cases_on_their_page_hold() {
    let page = include_str!("../../../docs/cases.md");
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let cases: String = blocks.collect();
    let mut files = shipped();
    files.push(SourceFile::new("payers/own/pack.yaml", "name: own\nversion: 1.0.0\nlayer: practice\n"));
    files.push(SourceFile::new("payers/own/cases/page.yaml", cases.as_str()));
    let loaded = load(&files, &PracticeSettings::default());
    assert_eq!(report(&loaded.diagnostics), "");
    let tried = run_cases(&loaded.generation.expect("a generation"), &files, Some("payers/own"));
    assert_eq!(report(&tried.diagnostics), "");
    let failed = tried.failed().map(|case| format!("{}: {}", case.name, case.reasons.join("; ")));
    assert_eq!(failed.collect::<Vec<_>>().join("\n"), "");
    assert_eq!(tried.results.len(), 5);
}
