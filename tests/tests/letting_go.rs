//! A practice lets go of claims whose time is over, as people see it: the command, the settings, backups and restores.

use claimflow_tests::{Folder, text};
use jiff::civil::date;

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");

/// Two months of claims, a part of the journal for each; one claim of the second month is not over.
fn two_months() -> (Folder, Vec<u8>) {
    let folder = Folder::init(PROGRAM);
    let first = folder.claims_over("A", 6, 0, date(2026, 10, 5), 1);
    folder.close_part();
    folder.claims_over("B", 4, 1, date(2026, 11, 3), 2);
    folder.close_part();
    (folder, first)
}

/// Sizes of files hang on the packer's version.
fn without_sizes(said: &str) -> String {
    let words = said.split(' ').collect::<Vec<_>>();
    let is_size = |place: usize| words.get(place + 1).is_some_and(|next| next.starts_with("bytes"));
    let shown = words.iter().enumerate().map(|(place, word)| if is_size(place) { "N" } else { word });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn without_a_time_in_the_settings_everything_is_kept() {
    let (folder, _) = two_months();
    let late = ["--clock", "2040-01-01", "journal", "retain"];
    insta::assert_snapshot!("nothing_set", folder.done(&late));
    let refused = folder.run(&[&late[..], &["--apply"]].concat());
    assert_eq!(refused.status.code(), Some(3));
    insta::assert_snapshot!("nothing_set_applied", text(&refused.stderr));
    let would = folder.done(&[&late[..], &["--before", "2026-11-01"]].concat());
    insta::assert_snapshot!("a_day_that_is_asked_about", without_sizes(&would));
    let settings = folder.path().join("claimflow.yaml");
    let written = std::fs::read_to_string(&settings).expect("there are settings");
    std::fs::write(&settings, written + "retention-days: 30\n").expect("they can be written");
    assert!(
        folder.done(&late).starts_with("Everything is kept for good"),
        "what earlier versions wrote does nothing"
    );
    assert_eq!(folder.json(&["claims", "--all"])["claims"].as_array().map(Vec::len), Some(10));
}

#[test]
fn what_is_over_for_long_enough_goes_and_says_what_keeps_the_rest() {
    let (folder, first) = two_months();
    folder.keep_for("1y");
    let early = folder.done(&["--clock", "2027-10-05", "journal", "retain", "--apply"]);
    insta::assert_snapshot!("too_early", early);
    let late = ["--clock", "2027-10-06", "journal", "retain"];
    let would = folder.json(&late);
    assert_eq!((&would["claims"], &would["applied"]), (&6.into(), &false.into()));
    assert_eq!((&would["kept_by"]["claim"], &would["kept_by"]["reason"]), (&"B-1".into(), &"touched".into()));
    insta::assert_snapshot!("would_go", without_sizes(&folder.done(&late)));
    insta::assert_snapshot!("gone", without_sizes(&folder.done(&[&late[..], &["--apply"]].concat())));

    let later = folder.done(&["--clock", "2030-01-01", "journal", "retain", "--apply"]);
    insta::assert_snapshot!("an_open_claim", later);
    assert_eq!(folder.run(&["show", "A-1"]).status.code(), Some(3));
    assert_eq!(folder.json(&["claims", "--all"])["claims"].as_array().map(Vec::len), Some(4));
    let again = folder.file("again.837", &first);
    let again = folder.json(&["ingest", &again.to_string_lossy()]);
    assert_eq!(again["files"][0]["duplicate"], true);
}

/// Everything that reads or rewrites a journal does so with one whose beginning is gone.
#[test]
fn a_journal_whose_beginning_is_gone_is_as_good_as_any() {
    let (folder, _) = two_months();
    folder.keep_for("1y");
    folder.done(&["--clock", "2027-10-06", "journal", "retain", "--apply"]);
    let shown = folder.json(&["show", "B-1"]);
    let exported = folder.path().join("exported");
    for encrypted in [false, true] {
        if encrypted {
            folder.encrypt();
            folder.done(&["key", "rotate"]);
        }
        folder.done(&["journal", "verify", "--state"]);
        folder.done(&["journal", "seal", "--all"]);
        folder.done(&["state", "rebuild"]);
        folder.done(&["journal", "verify", "--state"]);
        assert_eq!(folder.json(&["show", "B-1"]), shown);
        folder.done(&["export", &exported.to_string_lossy()]);
        folder.done(&["rules", "backtest", "payers/behavioral-health"]);
        assert!(matches!(folder.run(&["rules", "decay"]).status.code(), Some(0 | 1)));
    }
    let all = std::fs::read_dir(&exported).expect("it is exported").flatten();
    let all: String = all.map(|file| text(&std::fs::read(file.path()).expect("it can be read"))).collect();
    assert!(all.contains("B-1") && !all.contains("\"A-1\""), "claims that are gone are not exported");
    // Numbers go on where they were.
    folder.claims_over("C", 2, 0, date(2027, 10, 7), 3);
    folder.done(&["journal", "verify", "--state"]);
}
