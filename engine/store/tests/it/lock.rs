//! One process per data folder, and what a killed one leaves behind.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use claimflow_runtime::store::{Position, Store, StoreError};
use claimflow_store::{Journal, JournalStore, Options};

use claimflow_store::testing::Dice;

const FOLDER: &str = "CLAIMFLOW_TEST_FOLDER";

fn options() -> Options {
    Options { cache_bytes: 16 << 20, segment_bytes: 256 << 10, ..Options::default() }
}

/// Runs in the child process: appends and applies until it is killed, and says what was acknowledged.
#[test]
fn child_appends_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = JournalStore::open(Path::new(&folder), options()).unwrap();
    let mut out = std::io::stdout();
    for number in 0u64.. {
        let batch: Vec<Vec<u8>> = (0..3).map(|part| format!("{number}/{part}").into_bytes()).collect();
        let positions = store.append(&batch).unwrap();
        for (position, record) in positions.iter().zip(&batch) {
            writeln!(out, "acknowledged {} {}", position.0, String::from_utf8_lossy(record)).unwrap();
        }
        store.apply(vec![(number.to_be_bytes().to_vec(), Some(batch.concat()))], positions[2]).unwrap();
    }
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lock::child_appends_until_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn acknowledged(line: &str) -> Option<(Position, Vec<u8>)> {
    let (position, record) = line.split_once("acknowledged ")?.1.split_once(' ')?;
    Some((Position(position.parse().ok()?), record.as_bytes().to_vec()))
}

#[test]
fn the_second_store_of_a_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = JournalStore::open(folder.path(), options()).unwrap();
    let openers = [JournalStore::open, JournalStore::open_for_rebuild];
    for open in openers {
        let Err(StoreError::InUse { process, path }) = open(folder.path(), options()).map(|_| ()) else {
            panic!("opened twice");
        };
        assert_eq!((process, path), (std::process::id(), folder.path().display().to_string()));
    }
    Journal::verify_folder(folder.path()).unwrap();
    drop(store);
    JournalStore::open(folder.path(), options()).unwrap();
}

#[test]
fn another_process_is_named_and_its_death_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(5);
    for _ in 0..6 {
        let mut child = start(folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut seen: Vec<_> = lines.by_ref().filter_map(|line| acknowledged(&line)).take(1).collect();
        let Err(StoreError::InUse { process, .. }) = JournalStore::open(folder.path(), options()).map(|_| ())
        else {
            panic!("opened beside another process");
        };
        assert_eq!(process, child.id());
        std::thread::sleep(Duration::from_millis(dice.roll(120)));
        child.kill().unwrap();
        child.wait().unwrap();
        seen.extend(lines.filter_map(|line| acknowledged(&line)));
        let store = JournalStore::open(folder.path(), options()).unwrap();
        for (position, record) in seen {
            assert_eq!(store.read(position).unwrap(), record);
        }
        assert!(store.applied().unwrap() < store.journal().end());
        store.verify().unwrap();
    }
}
