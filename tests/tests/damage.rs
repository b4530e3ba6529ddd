//! Damage, as an operator meets it: which words name it, what is done about it, and that a state whose files were changed is
//! never believed.

use std::fs;
use std::path::{Path, PathBuf};

use claimflow_runtime::store::{Store, StoreError};
use claimflow_runtime::{catch_up, check_state};
use claimflow_store::testing::Dice;
use claimflow_store::{JournalStore, Options};
use claimflow_tests::{Folder, claims_file, copy_folder, number, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_claimflow-under-test");

/// A practice with a few claims in it.
fn practice() -> Folder {
    let folder = Folder::init(PROGRAM);
    let claims = folder.file("claims.837", &claims_file(5, 3));
    let output = folder.run(&["--clock", "2026-10-01", "ingest", &claims.to_string_lossy()]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", text(&output.stderr));
    folder
}

fn journal(folder: &Folder) -> PathBuf {
    folder.path().join("data/journal")
}

fn segment(folder: &Folder) -> PathBuf {
    let mut all: Vec<PathBuf> = fs::read_dir(journal(folder))
        .expect("there is a journal")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.file_name().is_some_and(|name| name != "acknowledged"))
        .collect();
    all.sort();
    all.remove(0)
}

fn flip(path: &Path, byte: usize, bit: u32) {
    let mut bytes = fs::read(path).expect("a file can be read");
    bytes[byte] ^= 1 << bit;
    fs::write(path, bytes).expect("a file can be written");
}

/// What a command that is refused says, without where the practice is.
fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let output = folder.run(arguments);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    let text = text(&output.stderr).replace(&folder.path().display().to_string(), "PRACTICE");
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_changed_record_is_named_with_its_file_number_and_place() {
    let folder = practice();
    let size = fs::metadata(segment(&folder)).expect("it is there").len() as usize;
    flip(&segment(&folder), size / 2, 3);
    insta::assert_snapshot!(refused(&folder, &["journal", "verify"]));
}

#[test]
fn a_changed_mark_is_named_and_said_to_touch_no_record() {
    let folder = practice();
    flip(&journal(&folder).join("acknowledged"), 20, 0);
    insta::assert_snapshot!(refused(&folder, &["journal", "verify"]));
    // Looking at the claims once makes it anew.
    assert!(folder.run(&["claims", "--all"]).status.success());
    assert!(folder.run(&["journal", "verify"]).status.success());
}

#[test]
fn an_end_that_was_acknowledged_and_is_gone_stops_everything_with_what_to_restore() {
    let folder = practice();
    let bytes = fs::read(segment(&folder)).expect("a file can be read");
    fs::write(segment(&folder), &bytes[..bytes.len() - 40]).expect("a file can be written");
    let said = refused(&folder, &["claims"]);
    insta::assert_snapshot!(said);
    assert_eq!(refused(&folder, &["journal", "verify"]), said);
    assert_eq!(
        refused(&folder, &["state", "rebuild"]),
        said,
        "no state is made from a journal that is not whole"
    );
    let left = fs::read(segment(&folder)).expect("a file can be read").len();
    assert_eq!(left, bytes.len() - 40, "a refused journal is left as it is");
}

#[test]
fn a_journal_that_is_gone_is_not_begun_anew() {
    let folder = practice();
    fs::remove_file(segment(&folder)).expect("it can be removed");
    insta::assert_snapshot!(refused(&folder, &["claims"]));
}

#[test]
fn a_damaged_state_is_named_and_made_anew() {
    let folder = practice();
    let before = folder.json(&["claims", "--all"]);
    fs::write(folder.path().join("data/state/conf"), [0xff; 62]).expect("it can be written");
    insta::assert_snapshot!(refused(&folder, &["journal", "verify", "--state"]));
    let looked = folder.run(&["claims", "--all", "--json"]);
    insta::assert_snapshot!("a_damaged_state_makes_itself_anew", text(&looked.stderr));
    let after: serde_json::Value = serde_json::from_slice(&looked.stdout).expect("it is JSON");
    assert_eq!(after, before);
    assert!(folder.path().join("data/state.aside/conf").exists());
    let made = folder.run(&["state", "rebuild"]);
    assert!(text(&made.stdout).starts_with("The state is made anew"), "{}", text(&made.stdout));
    assert_eq!(folder.json(&["claims", "--all"]), before);
    let verified = folder.run(&["journal", "verify", "--state"]);
    assert!(verified.status.success(), "{}", text(&verified.stdout));
}

/// An entry of the state that says what the journal does not, under checksums that fit.
#[test]
fn a_state_that_says_something_else_is_found_entry_by_entry() {
    let folder = practice();
    let data = folder.path().join("data");
    let store = JournalStore::open(&data, Options::default()).expect("it opens");
    let mut keys = Vec::new();
    store
        .scan(b"", None, &mut |key, _| {
            keys.push(key.to_vec());
            std::ops::ControlFlow::Continue(())
        })
        .expect("it can be read");
    let of =
        |letter: u8| keys.iter().find(|key| key.first() == Some(&letter)).cloned().expect("there is one");
    let changed =
        vec![(of(b'c'), Some(vec![0; 40])), (of(b'i'), None), (b"cNOT-THERE".to_vec(), Some(vec![1]))];
    let applied = store.applied().expect("it can be read");
    store.apply(changed, applied).expect("it can be changed");
    store.flush().expect("it can be written");
    drop(store);
    let output = folder.run(&["journal", "verify", "--state"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let compared = said.find("The state is not").expect("it is said");
    insta::assert_snapshot!(&said[compared..]);
    assert!(folder.run(&["state", "rebuild"]).status.success());
    assert!(folder.run(&["journal", "verify", "--state"]).status.success());
}

/// Whether a state whose files were changed is refused or found to differ; one that opens and is the journal's is harmless.
fn is_found(data: &Path) -> bool {
    let looked = JournalStore::open(data, Options::default()).map_err(claimflow_runtime::Error::from);
    match looked.and_then(|store| check_state(&store)) {
        Ok(report) => report.different > 0,
        Err(
            claimflow_runtime::Error::Store(StoreError::State { .. }) | claimflow_runtime::Error::Record(_),
        ) => true,
        Err(other) => panic!("{other}"),
    }
}

/// `CLAIMFLOW_FLIPS` sets how many bits are tried, `CLAIMFLOW_SEED` which.
#[test]
fn a_flipped_bit_of_the_state_is_found_or_harmless_and_a_rebuild_mends_it() {
    let folder = practice();
    let data = folder.path().join("data");
    let copy = folder.path().join("copy");
    let mut dice = Dice::new(number("CLAIMFLOW_SEED", 5));
    let mut found = 0;
    for trial in 0..number("CLAIMFLOW_FLIPS", 24) {
        copy_folder(&data, &copy);
        let files: Vec<PathBuf> = ["db", "conf"].iter().map(|name| copy.join("state").join(name)).collect();
        let file = &files[usize::from(dice.one_in(6))];
        let size = fs::metadata(file).expect("it is there").len();
        // Most of the file is room that nothing stands in: half of the flips go where something does.
        let byte = if dice.one_in(2) { dice.roll(size.min(8_192)) } else { dice.roll(size) };
        flip(file, byte as usize, dice.roll(8) as u32);
        found += u32::from(is_found(&copy));
        let store = JournalStore::open_for_rebuild(&copy, Options::default()).expect("a state is made anew");
        catch_up(&store).expect("the journal is whole");
        let report = check_state(&store).expect("both can be read");
        assert_eq!(report.differences, [], "trial {trial}: byte {byte} of {}", file.display());
        drop(store);
        fs::remove_dir_all(&copy).expect("a folder can be removed");
    }
    assert!(found > 0, "some flips hit what is in use");
}
