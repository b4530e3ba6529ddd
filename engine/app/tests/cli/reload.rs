//! The ways in which files change under a practice that is at work.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use claimflow::reload::{Reloader, Status};
use claimflow::wire::{Desk, clock};
use claimflow_core::Moment;

use crate::support::Practice;

/// A practice at work, with the rules of a pack of its own.
struct AtWork {
    practice: Practice,
    reloader: Reloader,
}

fn rule(id: &str) -> String {
    format!(
        "rule \"{id}\" {{\n    title \"A trial\"\n    stage scrub\n    when claim.line_count > 90\n    warn claim_data\n    \
         because \"a trial\"\n}}\n"
    )
}

impl AtWork {
    fn begin() -> Self {
        let practice = Practice::new();
        fs::create_dir_all(practice.path("payers/own/rules")).unwrap();
        let manifest = "name: own\nversion: 1.0.0\nlayer: practice\n";
        fs::write(practice.path("payers/own/pack.yaml"), manifest).unwrap();
        fs::write(practice.path("payers/own/rules/a.rhai"), rule("OWN-A")).unwrap();
        let noon = clock(Some(Moment::start_of(jiff::civil::date(2026, 10, 3))));
        let desk = Desk::open(&practice.path(""), noon).unwrap();
        // Seldom enough that what is seen was told by the system, where it tells.
        let reloader = Reloader::begin(desk, Duration::from_millis(500), || ());
        Self { practice, reloader }
    }

    /// Waits until what is live, or refused, is as wanted.
    fn until(&self, what: &str, holds: impl Fn(&Status) -> bool) -> Status {
        let start = Instant::now();
        loop {
            let status = self.reloader.status();
            if holds(&status) {
                return status;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "waited in vain: {what}: {status:#?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn rules(&self) -> usize {
        own_rules(&self.reloader.status())
    }
}

fn own_rules(status: &Status) -> usize {
    status.packs.iter().find(|(name, ..)| name == "own").map_or(0, |(.., rules)| *rules)
}

#[test]
fn half_a_file_is_not_live_and_the_whole_one_is() {
    let at_work = AtWork::begin();
    let before = at_work.reloader.status().generation;
    let text = format!("{}{}", rule("OWN-A"), rule("OWN-B"));
    let path = at_work.practice.path("payers/own/rules/a.rhai");
    fs::write(&path, &text[..text.len() - 20]).unwrap();
    let refused = at_work.until("half a file is refused", |status| status.refused.is_some());
    assert_eq!(refused.generation, before);
    assert!(refused.refused.unwrap().details[0].starts_with("payers/own/rules/a.rhai:"));
    fs::write(&path, &text).unwrap();
    let live = at_work.until("the whole file is live", |status| own_rules(status) == 2);
    assert_eq!(live.refused, None);
}

#[test]
fn a_case_that_does_not_hold_keeps_the_last_good_rules() {
    let at_work = AtWork::begin();
    fs::create_dir(at_work.practice.path("payers/own/cases")).unwrap();
    let cases = "- case: every claim is looked at\n  stage: scrub\n  expect: { fires: [OWN-A] }\n";
    fs::write(at_work.practice.path("payers/own/cases/a.yaml"), cases).unwrap();
    let text = format!("{}{}", rule("OWN-A"), rule("OWN-B"));
    fs::write(at_work.practice.path("payers/own/rules/a.rhai"), text).unwrap();
    let refused = at_work.until("the case is told", |status| status.refused.is_some()).refused.unwrap();
    assert_eq!(refused.why, "cases of changed packs or plugins do not hold");
    assert!(refused.details[0].contains("payers/own/cases/a.yaml:1"), "{:?}", refused.details);
}

#[test]
fn a_folder_that_vanishes_keeps_the_last_good_rules_until_it_is_back() {
    let at_work = AtWork::begin();
    let (there, away) = (at_work.practice.path("payers"), at_work.practice.path("payers.away"));
    fs::rename(&there, &away).unwrap();
    let gone = at_work.until("the folder is missed", |status| status.refused.is_some());
    assert!(gone.refused.unwrap().why.contains("the folder `payers/` is gone"));
    assert_eq!(at_work.rules(), 1);
    fs::rename(&away, &there).unwrap();
    at_work.until("the folder is back", |status| status.refused.is_none());
    fs::write(at_work.practice.path("payers/own/rules/b.rhai"), rule("OWN-B")).unwrap();
    at_work.until("the folder is watched again", |status| own_rules(status) == 2);
    fs::remove_dir_all(at_work.practice.path("payers/own")).unwrap();
    at_work.until("a pack that is taken away", |status| own_rules(status) == 0);
}

#[test]
fn a_thousand_files_at_once_are_one_change() {
    let at_work = AtWork::begin();
    for number in 0..1_000 {
        let path = at_work.practice.path(&format!("payers/own/rules/n{number}.rhai"));
        fs::write(path, rule(&format!("OWN-N{number}"))).unwrap();
    }
    at_work.until("all are live", |status| own_rules(status) == 1_001);
}

#[test]
fn a_link_that_is_turned_to_another_folder_is_followed() {
    let at_work = AtWork::begin();
    let root = at_work.practice.path("");
    for (name, rules) in [("one", vec!["OWN-A"]), ("two", vec!["OWN-B", "OWN-C"])] {
        fs::create_dir_all(root.join(format!("../{name}/rules"))).unwrap();
        fs::write(root.join(format!("../{name}/pack.yaml")), "name: own\nversion: 1.0.0\nlayer: practice\n")
            .unwrap();
        let text: String = rules.into_iter().map(rule).collect();
        fs::write(root.join(format!("../{name}/rules/a.rhai")), text).unwrap();
    }
    let pack = at_work.practice.path("payers/own");
    let turn = |to: &str| {
        symlink(root.join("..").join(to), at_work.practice.path("payers/.next")).unwrap();
        fs::rename(at_work.practice.path("payers/.next"), &pack).unwrap();
    };
    fs::remove_dir_all(&pack).unwrap();
    turn("one");
    at_work.until("the first folder is live", |status| own_rules(status) == 1 && status.refused.is_none());
    turn("two");
    at_work.until("the second folder is live", |status| own_rules(status) == 2);
    turn("one");
    at_work.until("the first folder is live again", |status| own_rules(status) == 1);
}
