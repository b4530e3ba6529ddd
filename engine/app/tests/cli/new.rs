//! Rules and cases that the program starts for people.

use std::collections::HashMap;

use claimflow_catalog::{
    CaseRecorder, PracticeSettings, SourceFile, Sources, load, read_registers, run_cases,
};
use claimflow_core::{Claim, Facts, RuleInput, Stage};
use claimflow_simulator::identifying_texts;
use jiff::ToSpan;

use crate::support::{Practice, has_keys, keys};

/// Every file below a folder of the practice, as the catalog takes them.
fn sources(practice: &Practice, folder: &str, found: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(practice.path(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            sources(practice, &path, found);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            found.push(SourceFile::new(path, text));
        }
    }
}

fn claims(practice: &Practice) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (_, bytes) in &practice.sample.files {
        for transaction in &claimflow_x12::read(bytes).transactions {
            claims.extend(transaction.claims().map(|read| read.claim));
        }
    }
    claims
}

#[test]
fn no_case_tells_whose_claim_it_was_and_each_holds() {
    let practice = Practice::new();
    let (mut files, mut registers) = (Vec::new(), Vec::new());
    ["payers", "workflows"].iter().for_each(|folder| sources(&practice, folder, &mut files));
    sources(&practice, "registers", &mut registers);
    let generation = load(&files, &PracticeSettings::default()).generation.unwrap();
    let registers = read_registers(&registers).0;
    let mut recorder = CaseRecorder::new(&generation, &files);
    let mut made: HashMap<String, String> = HashMap::new();
    let mut count = 0;
    for claim in claims(&practice) {
        let facts: Facts = registers.facts_for(&claim);
        for stage in [Stage::Eligibility, Stage::Authorization, Stage::Scrub, Stage::Submit] {
            let input = RuleInput {
                stage,
                claim: &claim,
                facts: &facts,
                as_of: claim.last_service_date().unwrap().saturating_add(4.days()),
                submissions: 0,
                decision: None,
                adjustments: &[],
                denials: &[],
            };
            let case = recorder.record(&input, None).unwrap_or_else(|error| panic!("{}: {error}", claim.id));
            assert_eq!(case.notes, Vec::<String>::new(), "{}\n{}", claim.id, case.text);
            assert!(case.weeks_earlier > 0, "{}", case.text);
            made.entry(case.pack.to_string()).or_default().push_str(&case.text);
            count += 1;
        }
    }
    assert!(count > 200, "{count}");
    let people = practice.sample.people();
    let clinicians = claims(&practice).into_iter().map(|claim| claim.rendering_npi().to_string());
    let ids = claims(&practice).into_iter().map(|claim| claim.id.to_string());
    let secret: Vec<String> =
        people.iter().flat_map(identifying_texts).chain(clinicians).chain(ids).collect();
    for text in made.values() {
        let told = secret.iter().find(|own| text.to_uppercase().contains(&own.to_uppercase()));
        assert_eq!(told, None);
    }
    let cases = made
        .into_iter()
        .map(|(pack, text)| SourceFile::new(format!("payers/{pack}/cases/from-claims.yaml"), text));
    let without = files.iter().filter(|file| !file.path.contains("/cases/") || file.path.ends_with(".csv"));
    let all: Sources = without.cloned().chain(cases).collect();
    let report = run_cases(&generation, all.files(), None);
    let failed: Vec<_> = report.failed().map(|own| (&own.name, &own.reasons)).collect();
    assert!(failed.is_empty() && report.results.len() == count, "{failed:?} {:?}", report.diagnostics);
}

#[test]
fn a_case_of_a_held_claim_stands_in_the_pack_and_holds() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let printed = practice.run(&["rules", "new", "case", "--from", &id, "--out", "-"]);
    let text = printed.ended(0).to_owned();
    assert!(text.starts_with("- case: ") && !text.contains(&id), "{text}");
    let made = practice.run(&["rules", "new", "case", "--from", &id, "--json"]).json(0);
    assert_eq!(keys(&made), ["case", "dates_moved", "fires", "notes", "pack", "path", "text"]);
    assert_eq!(made["text"], text.as_str());
    let second = practice.run(&["rules", "new", "case", "--from", &id, "--json"]).json(0);
    assert_ne!(made["case"], second["case"], "names tell cases apart");
    let path = made["path"].as_str().unwrap();
    let tested = practice.run(&["rules", "test", "--json", "--filter", "from-claims"]).json(0);
    has_keys(&tested, &["passed", "failed"]);
    assert_eq!((tested["passed"].as_u64(), tested["failed"].as_u64()), (Some(2), Some(0)), "{tested}");
    assert_eq!(std::fs::read_to_string(path).unwrap().matches("- case: ").count(), 2);
}

#[test]
fn a_case_says_that_a_rule_stays_silent_and_refuses_what_is_not_there() {
    let practice = Practice::with_claims();
    let id = practice.ids("held").remove(0);
    let run = |rest: &[&str]| {
        let mut all = vec!["rules", "new", "case", "--from", &id, "--out", "-"];
        all.extend_from_slice(rest);
        practice.run(&all)
    };
    let silent = run(&["--rule", "AET-FILING-PAST"]);
    if silent.code == 0 {
        assert!(silent.out.contains("silent: [AET-FILING-PAST]"), "{}", silent.out);
    } else {
        assert!(silent.refused(3).contains("has not come to the stage `submit`"), "{}", silent.err);
    }
    assert!(run(&["--rule", "AET-TELE-59"]).refused(2).contains("did you mean `AET-TELE-95`?"));
    let wrong = run(&["--rule", "AET-TELE-95", "--stage", "submit"]);
    assert!(wrong.refused(2).contains("`AET-TELE-95` runs at `scrub`"), "{}", wrong.err);
    let none = practice.run(&["rules", "new", "case", "--from", "NOBODY"]);
    assert!(none.refused(3).contains("NOBODY"), "{}", none.err);
}

#[test]
fn a_started_rule_passes_the_checks_and_says_what_to_edit() {
    let practice = Practice::new();
    let started = practice.run(&["rules", "new", "rule", "OWN-LONG-SESSION"]);
    insta::assert_snapshot!(started.ended(0));
    let text = |path: &str| std::fs::read_to_string(practice.path(path)).unwrap();
    let files = ["pack.yaml", "rules/own-long-session.rhai", "cases/own-long-session.yaml"];
    let written: Vec<String> = files.iter().map(|file| text(&format!("payers/own/{file}"))).collect();
    insta::assert_snapshot!(written.join("---\n"));
    let checked = practice.run(&["rules", "check", "payers/own", "--json"]).json(0);
    assert_eq!(checked["diagnostics"].as_array().map(Vec::len), Some(0), "{checked}");
    practice.run(&["rules", "test", "payers/own"]).ended(0);
    let rules = practice.path("payers/own/rules");
    practice.run(&["rules", "fmt", "--check", rules.to_str().unwrap()]).ended(0);
    let again = practice.run(&["rules", "new", "rule", "OWN-LONG-SESSION"]);
    assert!(again.refused(3).contains("payers/own/rules/own-long-session.rhai:3"), "{}", again.err);
}

#[test]
fn a_rule_can_be_started_at_every_stage_of_every_pack() {
    let practice = Practice::new();
    let all = Stage::ALL.iter().map(|stage| ("own", stage.as_str()));
    for (pack, stage) in all.chain([("behavioral-health", "categorize"), ("aetna", "submit")]) {
        let id = format!("{}-{}", pack.to_uppercase(), stage.to_uppercase());
        let made = practice.run(&["rules", "new", "rule", &id, "--pack", pack, "--stage", stage, "--json"]);
        assert_eq!(keys(&made.json(0)), ["files", "pack", "rule", "stage"]);
    }
    practice.run(&["rules", "check"]).ended(0);
    practice.run(&["rules", "test"]).ended(0);
}

#[test]
fn what_cannot_be_started_is_refused() {
    let practice = Practice::new();
    let new = |rest: &[&str]| practice.run(&[&["rules", "new", "rule"], rest].concat());
    assert!(new(&["own rule"]).refused(2).contains("write capitals, digits and hyphens"));
    assert!(new(&["AET-TELE-95"]).refused(3).contains("there is a rule `AET-TELE-95` already"));
    assert!(new(&["OWN-A", "--pack", "aetan"]).refused(2).contains("did you mean `aetna`?"));
    assert!(!practice.path("payers/own").exists(), "nothing was written");
    std::fs::remove_dir_all(practice.path("payers")).unwrap();
    let shipped = new(&["OWN-A"]);
    assert!(shipped.refused(3).contains("it runs on the rules that ship"), "{}", shipped.err);
    assert!(!practice.path("payers").exists());
}
