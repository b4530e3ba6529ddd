//! A rule is edited while twenty thousand claims stream through: outcomes change from one claim to the next, and every
//! claim is decided by exactly one generation of rules.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use claimflow::reload::Reloader;
use claimflow::wire::{Desk, clock};
use claimflow_core::Moment;
use claimflow_core::event::Event;
use claimflow_runtime::{ClaimFilter, IngestOptions};
use claimflow_tests::{Folder, claims_file};

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");
const CLAIMS: usize = 20_000;
const RULE: &str = "OWN-LOOK";

fn write_rule(practice: &Path, outcome: &str) {
    let folder = practice.join("payers/own");
    fs::create_dir_all(folder.join("rules")).expect("folders can be made");
    fs::write(folder.join("pack.yaml"), "name: own\nversion: 1.0.0\nlayer: practice\n")
        .expect("a file can be written");
    let text = format!(
        "rule \"{RULE}\" {{\n    title \"Every claim is looked at\"\n    stage eligibility\n    when claim.line_count > 0\n    \
         {outcome} claim_data\n    owner triage\n    ask \"Please look.\"\n    because \"a trial\"\n}}\n"
    );
    // As editors do: written beside, then renamed over the old one.
    let (new, old) = (folder.join("rules/.own.rhai.new"), folder.join("rules/own.rhai"));
    fs::write(&new, text).expect("a file can be written");
    fs::rename(new, old).expect("a file can be renamed");
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(120), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_edit_decides_from_the_next_claim_on() {
    let folder = Folder::init(PROGRAM);
    write_rule(&folder.path(), "warn");
    let noon = Moment::start_of(jiff::civil::date(2026, 3, 10));
    let desk = Desk::open(&folder.path(), clock(Some(noon))).expect("the practice opens");
    let first = desk.practice.generation().hash().clone();
    let reloader = Reloader::begin(desk.clone(), Duration::from_millis(200), || ());

    let (edited, bytes) = (Cell::new(false), claims_file(CLAIMS, 3));
    let progress = |_: &str, taken_in: u64| {
        if taken_in >= 5_000 && !edited.replace(true) {
            write_rule(&folder.path(), "hold");
        }
        if taken_in >= 10_000 {
            until("the edit is live", || reloader.status().generation != first.as_str());
        }
    };
    let mut files = std::iter::once(("claims.837".to_owned(), Ok(bytes)));
    desk.engine.ingest(&mut files, &IngestOptions::default(), &progress).expect("the claims are taken in");

    let second = reloader.status().generation;
    let claims =
        desk.engine.claims(&ClaimFilter { all: true, ..ClaimFilter::default() }).expect("they are listed");
    assert_eq!(claims.len(), CLAIMS);
    let mut by_generation = [0_usize; 2];
    for claim in &claims {
        let view = desk.engine.show(claim.id.as_str()).expect("a claim can be shown");
        let mut generations: Vec<&str> = Vec::new();
        let mut held = false;
        for event in view.chapters.iter().flat_map(|chapter| &chapter.events) {
            if let Event::Evaluated { rules, findings, .. } = event {
                generations.push(rules);
                held |= findings.iter().any(|own| own.rule == RULE && own.level.blocks());
            }
        }
        generations.dedup();
        let [generation] = generations.as_slice() else { panic!("{}: {generations:?}", claim.id) };
        assert!(*generation == first || *generation == second, "{}: {generation}", claim.id);
        assert_eq!(held, *generation == second, "{}", claim.id);
        by_generation[usize::from(held)] += 1;
    }
    assert!(by_generation.iter().all(|claims| *claims > 0), "{by_generation:?}");
}
