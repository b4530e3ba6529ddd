//! Changed rules tried on the demonstration's month, and rules that have outlived their use.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claimflow::wire::Desk;
use claimflow_core::Moment;
use claimflow_core::event::Event;
use claimflow_runtime::{ClaimFilter, ClaimView, FixedClock};
use jiff::civil::date;

use crate::support::{Ran, TODAY, run};

const RULE: &str = r#"rule "TRY-TELE" {
    title     "Sessions at <b>home</b> & elsewhere"
    stage     scrub
    when      claim.place_of_service in ["02", "10"]
    hold      coding
    because   "a test"
    source    "a test"
}
"#;

struct Month {
    folder: tempfile::TempDir,
}

impl Month {
    fn played() -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        run(&["demo", "--practice", this.root().to_str().unwrap()]).ended(0);
        this
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("demo")
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let root = self.root();
        let mut all = vec!["--practice", root.to_str().unwrap(), "--clock", TODAY];
        all.extend_from_slice(arguments);
        run(&all)
    }

    /// Claims at home or elsewhere by telehealth, one by one: all, denied by the first decision, paid by it.
    fn counted(&self) -> (u64, u64, u64) {
        let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 10, 3))));
        let desk = Desk::open(&self.root(), clock).unwrap();
        let all = desk.engine.claims(&ClaimFilter { all: true, ..ClaimFilter::default() }).unwrap();
        let mut counts = (0, 0, 0);
        for summary in all {
            let view = desk.engine.show(summary.id.as_str()).unwrap();
            if !["02", "10"].contains(&view.state.claim.place_of_service.as_str()) {
                continue;
            }
            counts.0 += 1;
            match first_decision(&view) {
                Some(true) => counts.1 += 1,
                Some(false) => counts.2 += 1,
                None => {}
            }
        }
        desk.close().unwrap();
        counts
    }
}

/// Whether the first decision denied something; none when the claim was refused first, or there is none.
fn first_decision(view: &ClaimView) -> Option<bool> {
    for chapter in &view.chapters {
        let has = |wanted: &dyn Fn(&Event) -> bool| chapter.events.iter().any(wanted);
        if has(&|event| event.name() == "rejected") {
            return None;
        }
        if has(&|event| matches!(event, Event::Posted(posting) if !posting.reversal)) {
            return Some(has(&|event| matches!(event, Event::Denied { denials } if !denials.is_empty())));
        }
    }
    None
}

#[test]
fn a_backtest_counts_what_counting_by_hand_counts() {
    let month = Month::played();
    let rule = month.file("try.rhai", RULE);
    let page = month.folder.path().join("page.html");
    let report = month.run(&["rules", "backtest", &rule, "--json", "--html", page.to_str().unwrap()]).json(0);
    let own = &report["rules"][0];
    let (claims, denied, paid) = month.counted();
    assert!(claims > 50 && denied > 0, "the month has something to count");
    assert_eq!((own["rule"].as_str(), own["change"].as_str()), (Some("TRY-TELE"), Some("new")));
    assert_eq!(own["after"]["claims"], claims);
    assert_eq!((own["after"]["denied"].as_u64(), own["after"]["paid"].as_u64()), (Some(denied), Some(paid)));
    assert_eq!(own["prevented_denials"], denied);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("<svg") && html.contains("&lt;b&gt;home&lt;/b&gt; &amp; elsewhere"));
    assert!(!html.contains("<b>") && !html.contains("<script") && !html.contains("http"), "{html}");
    let text = month.run(&["rules", "backtest", &rule, "--since", "2026-09-01", "--until", "2026-09-30"]);
    insta::assert_snapshot!(text.ended(0));
    assert!(!Path::new(&month.root()).join("payers/changed-rules").exists(), "nothing goes live");
}

#[test]
fn a_copy_of_a_live_file_stands_in_for_it() {
    let month = Month::played();
    let live = fs::read_to_string(month.root().join("payers/aetna/rules/telehealth.rhai")).unwrap();
    let copy = month.file("changed.rhai", &live.replace("rule \"AET-AUDIO-ONLY\"", "rule \"AET-AUDIO\""));
    let report = month.run(&["rules", "backtest", &copy, "--json"]).json(0);
    let changes: Vec<_> =
        report["rules"].as_array().unwrap().iter().map(|own| own["change"].clone()).collect();
    assert!(changes.contains(&"new".into()) && changes.contains(&"removed".into()), "{changes:?}");
    assert!(report["notes"][0].as_str().unwrap().contains("payers/aetna/rules/telehealth.rhai"), "{report}");
    let named = month.run(&["rules", "backtest", "--rule", "AET-TELE-95", "--json"]).json(0);
    assert_eq!(named["rules"][0]["change"], "same");
}

#[test]
fn what_cannot_be_tried_is_told() {
    let month = Month::played();
    let faulty = month.file("faulty.rhai", &RULE.replace("claim.place_of_service", "claim.place_of_servise"));
    let ran = month.run(&["rules", "backtest", &faulty]);
    assert!(
        ran.ended(1).contains("place_of_service") && ran.out.contains("Nothing was tried"),
        "{}",
        ran.out
    );
    let wrong = month.run(&["rules", "backtest", &faulty, "--since", "2026-09-02", "--until", "2026-09-01"]);
    assert!(wrong.refused(2).contains("is after"), "{}", wrong.err);
    let near = month.run(&["rules", "backtest", "--rule", "AET-TELE-59"]);
    assert!(near.refused(2).contains("did you mean `AET-TELE-95`?"), "{}", near.err);
    let none = month.run(&["rules", "backtest", "no/such/file.rhai"]);
    assert!(none.refused(3).contains("there is no file or folder"), "{}", none.err);
}

#[test]
fn decay_tells_of_rules_by_the_months_record() {
    let month = Month::played();
    let ran = month.run(&["rules", "decay"]);
    assert!(ran.code <= 1, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
    let report = month.run(&["rules", "decay", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report.out).unwrap();
    assert!(report["claims"].as_u64().unwrap() > 300 && report["rules"].as_u64().unwrap() > 50);
}

#[test]
fn rules_overlap_prints_cases_that_hold_as_written() {
    let month = Month::played();
    let report = month.run(&["rules", "overlap", "--json"]);
    assert!(report.code <= 1, "{}", report.err);
    let report: serde_json::Value = serde_json::from_str(&report.out).unwrap();
    assert!(report["suspected"].as_u64().unwrap() > 0, "{report}");
    for (number, own) in report["overlaps"].as_array().unwrap().iter().enumerate() {
        let witness = own["witness"].as_str().unwrap();
        let file = month.root().join(format!("payers/behavioral-health/cases/witness-{number}.yaml"));
        fs::write(file, witness).unwrap();
    }
    let tried = month.run(&["rules", "test", "--filter", "both fire", "--json"]);
    let tried: serde_json::Value = serde_json::from_str(&tried.out).unwrap();
    assert_eq!(tried["diagnostics"].as_array().unwrap().len(), 0, "{tried}");
}

#[test]
fn a_difference_is_told_with_the_claims_it_changes() {
    let month = Month::played();
    let rule = month.file("try.rhai", RULE);
    let ran = month.run(&["rules", "diff", &rule, "--claims", "50"]);
    assert!(ran.ended(0).contains("rule `TRY-TELE` is new"), "{}", ran.out);
    assert!(
        ran.out.contains("Of the last 50 claims, ") && ran.out.contains("held: TRY-TELE (coding)"),
        "{}",
        ran.out
    );
    let same = month.run(&["rules", "diff", "live", "live", "--json"]).json(0);
    assert_eq!(same["differences"], serde_json::json!([]));
    let none = month.run(&["rules", "diff", "no-such-thing"]);
    assert!(none.refused(3).contains("neither a file nor a kept generation"), "{}", none.err);
}
