//! A practice lets go of claims whose time is over, as people see it: the command, the settings, backups and restores.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use claimflow::retention::{self, Keeper, Times};
use claimflow::wire::Desk;
use claimflow_core::{Claim, Moment};
use claimflow_runtime::{ClaimFilter, FixedClock, IngestOptions};
use claimflow_simulator::load;
use claimflow_tests::{Folder, file_of, text};
use jiff::civil::date;

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");

/// Two months of claims, a part of the journal for each; one claim of the second month is not over.
fn two_months() -> (Folder, Vec<u8>) {
    let folder = Folder::init(PROGRAM);
    let first = folder.claims_over("A", 6, 0, date(2026, 10, 5), 1);
    folder.claims_over("B", 4, 1, date(2026, 11, 3), 2);
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
    let (verified, rebuilt) = (folder.json(&["journal", "verify"]), folder.json(&["state", "rebuild"]));
    assert_eq!(verified["records"], rebuilt["records"], "what was dropped is counted by neither");
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

fn path(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Restores from the backup beside a practice; gives where.
fn restore(folder: &Folder, name: &str, options: &[&str]) -> (std::path::PathBuf, std::process::Output) {
    let (backup, restored) =
        (folder.path().with_file_name("backup"), folder.path().with_file_name(format!("restored-{name}")));
    let mut arguments = vec!["restore".to_owned(), path(&backup), path(&restored)];
    arguments.extend(options.iter().map(|option| (*option).to_owned()));
    let ran = std::process::Command::new(PROGRAM).args(&arguments).output().expect("the program starts");
    (restored, ran)
}

/// How many claims a practice has, whose state is what its journal says.
fn claims(practice: &std::path::Path) -> usize {
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2027, 10, 9))));
    let desk = Desk::open(practice, clock).unwrap_or_else(|why| panic!("{}", why.message));
    assert_eq!(desk.engine.check_state().expect("it can be read").differences, []);
    let all = ClaimFilter { all: true, ..ClaimFilter::default() };
    desk.engine.claims(&all).expect("they are listed").len()
}

/// Runs made before and after claims went come back as they were; a moment that no run has whole is refused.
#[test]
fn backups_hold_what_was_there_when_they_were_made() {
    for encrypted in [false, true] {
        let (folder, _) = two_months();
        let key =
            if encrypted { vec![format!("--key-file={}", path(&folder.encrypt()))] } else { Vec::new() };
        let with_key = |options: &[&'static str]| -> Vec<String> {
            options.iter().map(|own| (*own).to_owned()).chain(key.clone()).collect()
        };
        let restore = |name: &str, options: &[&'static str]| {
            let options = with_key(options);
            restore(&folder, name, &options.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let backup = path(&folder.path().with_file_name("backup"));
        folder.keep_for("1y");
        folder.done(&["--clock", "2027-10-01", "backup", &backup]);
        folder.done(&["--clock", "2027-10-06", "journal", "retain", "--apply"]);
        folder.claims_over("C", 2, 0, date(2027, 10, 7), 3);
        folder.done(&["--clock", "2027-10-08", "backup", &backup]);
        folder.done(&["backup", &backup, "--check"]);

        for (name, options, expected) in [
            ("earlier", &["--run", "1"][..], 10),
            ("later", &[], 6),
            ("between", &["--at", "2027-10-06T12:00:00Z"], 4),
            ("before", &["--at", "2026-10-20"], 6),
        ] {
            let (restored, ran) = restore(name, options);
            assert!(ran.status.success(), "{name}: {}", text(&ran.stderr));
            assert_eq!(claims(&restored), expected, "{name}");
        }
        let (restored, ran) = restore("refused", &["--at", "2027-10-03"]);
        assert_eq!(ran.status.code(), Some(3));
        assert!(!restored.exists(), "nothing is left of it");
        let said = text(&ran.stderr).replace(&backup, "BACKUP").replace(&path(&restored), "FOLDER");
        insta::assert_snapshot!("a_moment_that_is_no_longer_there", said);
    }
}

/// `serve` does it by itself, on the day it is due and without being asked.
#[test]
fn a_practice_at_work_lets_go_by_itself() {
    let (folder, _) = two_months();
    folder.keep_for("1y");
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2027, 10, 5))));
    let desk = Desk::open(&folder.path(), clock.clone()).unwrap_or_else(|why| panic!("{}", why.message));
    let here = || desk.engine.find("A-1").is_ok();
    assert!(retention::round(&desk).is_ok_and(|round| round.is_some_and(|round| round.claims.is_empty())));
    clock.set(Moment::start_of(date(2027, 10, 6)));
    let passes = Arc::new(AtomicUsize::new(0));
    let keeper = || {
        let (own, passes) = (desk.clone(), passes.clone());
        let now = move || {
            passes.fetch_add(1, Ordering::SeqCst);
            own.clone()
        };
        let soon = Duration::from_millis(1);
        Keeper::begin(Arc::new(now), Times { first: soon, every: soon })
    };
    let wait_while = |waits: &dyn Fn() -> bool, why: &str| {
        let begun = Instant::now();
        while waits() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{why}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    // Nothing has happened for eleven months: the clock may be wrong, and what goes is gone for good.
    let kept = keeper();
    wait_while(&|| passes.load(Ordering::SeqCst) < 5, "it does not look");
    drop(kept);
    assert!(here());
    let claims: Vec<Claim> = load(1, 9).collect();
    let mut files = std::iter::once(("new".to_owned(), Ok(file_of(&claims, 9))));
    desk.engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ()).expect("it comes in");
    let keeper = keeper();
    wait_while(&here, "it is still there");
    drop(keeper);
    assert!(desk.engine.find("B-1").is_ok());
}

/// Emptying the setting is how a practice keeps everything from now on: it holds before the file goes live.
#[test]
fn what_is_written_in_the_settings_now_holds_at_once() {
    let (folder, _) = two_months();
    folder.keep_for("1y");
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2027, 10, 6))));
    let desk = Desk::open(&folder.path(), clock).unwrap_or_else(|why| panic!("{}", why.message));
    let settings = folder.path().join("claimflow.yaml");
    let live = std::fs::read_to_string(&settings).expect("there are settings");
    let write = |retention: &str| {
        let text = live.replace("retention: 1y", retention);
        std::fs::write(&settings, text).expect("they can be written");
    };
    write("retention:");
    assert!(retention::round(&desk).is_ok_and(|round| round.is_none()));
    for other in ["retention: 2y", "retention: none", "retention: [", ""] {
        write(other);
        let kept = !matches!(retention::round(&desk), Ok(Some(_)));
        assert!(kept && desk.engine.find("A-1").is_ok(), "`{other}`");
    }
    write("retention: 1y");
    assert!(retention::round(&desk).is_ok_and(|round| round.is_some_and(|round| round.claims.len() == 6)));
}

/// A part of the journal that has grown for more than a month is closed, so that it can go when all of it is old enough.
#[test]
fn a_small_practice_need_not_wait_until_a_part_is_full() {
    let folder = Folder::init(PROGRAM);
    folder.claims_over("A", 3, 0, date(2026, 10, 5), 1);
    folder.keep_for("1y");
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 11, 20))));
    let desk = Desk::open(&folder.path(), clock.clone()).unwrap_or_else(|why| panic!("{}", why.message));
    assert!(retention::round(&desk).is_ok_and(|round| round.is_some_and(|round| round.segments == 0)));
    clock.set(Moment::start_of(date(2027, 10, 6)));
    assert!(retention::round(&desk).is_ok_and(|round| round.is_some_and(|round| round.claims.len() == 3)));
}

#[test]
fn a_server_drops_when_it_is_asked_to() {
    let (folder, _) = two_months();
    folder.keep_for("1y");
    let late = ["--clock", "2027-10-06"];
    let mut serve =
        folder.command().args(late).arg("serve").stderr(Stdio::null()).spawn().expect("it starts");
    let begun = Instant::now();
    while !folder.path().join("data/serve.sock").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not answer");
        std::thread::sleep(Duration::from_millis(5));
    }
    let gone = folder.json(&["journal", "retain", "--apply"]);
    let _ended = serve.kill();
    serve.wait().expect("it has ended");
    assert_eq!((&gone["claims"], &gone["applied"]), (&6.into(), &true.into()), "{gone}");
    folder.done(&["journal", "verify", "--state"]);
    assert_eq!(folder.run(&["show", "A-1"]).status.code(), Some(3));
}
