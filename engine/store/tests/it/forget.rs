//! The oldest segments dropped for good: what is left is whole, at its positions, and says where it begins.

use std::ops::ControlFlow;
use std::sync::Arc;

use claimflow_runtime::store::{Position, StoreError};
use claimflow_store::crypt::Keyring;
use claimflow_store::testing::{Dice, SimDisk};
use claimflow_store::{Forgotten, Journal, JournalOptions};

use crate::model::{all, batch, folder, options};

type Keys = Option<Arc<Keyring>>;

fn open(disk: &SimDisk, keys: &Keys) -> Result<Journal, StoreError> {
    let options = JournalOptions { keyring: keys.clone(), ..options() };
    Journal::open(folder(), options, Arc::new(disk.clone()))
}

/// A sealed journal of several segments, and what it holds.
fn journal(keys: &Keys) -> (SimDisk, Journal, Vec<(Position, Vec<u8>)>) {
    let disk = SimDisk::default();
    let journal = open(&disk, keys).unwrap();
    let mut dice = Dice::new(9);
    for number in 0..20 {
        journal.append(&batch(number, &mut dice)).unwrap();
    }
    journal.seal(&mut || ControlFlow::Continue(())).unwrap();
    let expected = all(&journal);
    (disk, journal, expected)
}

fn half(expected: &[(Position, Vec<u8>)]) -> Position {
    expected[expected.len() / 2].0
}

fn both() -> [Keys; 2] {
    [None, Some(Arc::new(Keyring::random().unwrap()))]
}

#[test]
fn whole_segments_before_a_position_go_and_the_rest_stays() {
    for keys in both() {
        let (disk, journal, expected) = journal(&keys);
        let whole = journal.verify().unwrap();
        assert_eq!(journal.forget(Position(1)).unwrap(), Forgotten::default());
        let would = journal.forgettable(half(&expected)).unwrap();
        assert!(would.segments > 0 && all(&journal) == expected, "saying what would go drops nothing");
        assert_eq!(journal.forget(half(&expected)).unwrap(), would);
        assert_eq!(journal.start(), would.up_to);
        let left = &expected[would.records as usize..];
        assert!(would.up_to < left[0].0 && left[0].0 <= half(&expected));
        for journal in [journal, open(&disk, &keys).unwrap()] {
            assert!(all(&journal) == left);
            assert!(left.iter().all(|(position, record)| journal.read(*position).unwrap() == *record));
            let Err(StoreError::Damaged { detail, .. }) = journal.read(expected[0].0) else { panic!() };
            assert!(detail.contains("dropped when its time was over"), "{detail}");
            let report = journal.verify().unwrap();
            assert_eq!((report.records, &report.head), (whole.records - would.records, &whole.head));
            assert_eq!(Journal::verify_folder_on(folder(), &disk, keys.clone()).unwrap(), report);
        }
    }
}

#[test]
fn everything_closed_can_go_and_the_journal_goes_on() {
    for keys in both() {
        let (disk, journal, expected) = journal(&keys);
        journal.close_segment().unwrap();
        journal.seal(&mut || ControlFlow::Continue(())).unwrap();
        assert_eq!(journal.forget(journal.end()).unwrap().records, expected.len() as u64);
        let position = journal.append(&[b"later".to_vec()]).unwrap()[0];
        assert!(position > expected[expected.len() - 1].0);
        drop(journal);
        let journal = open(&disk, &keys).unwrap();
        assert_eq!(all(&journal), [(position, b"later".to_vec())]);
        journal.seal_anew(&mut || ControlFlow::Continue(())).unwrap();
        journal.verify().unwrap();
    }
}

#[test]
fn a_power_cut_while_segments_go_drops_all_of_them_or_none() {
    for keys in both() {
        let (disk, journal, expected) = journal(&keys);
        let would = journal.forgettable(half(&expected)).unwrap();
        let left = &expected[would.records as usize..];
        drop(journal);
        for fuel in 0..16 {
            let disk = disk.copy();
            let journal = open(&disk, &keys).unwrap();
            disk.set_fuel(Some(fuel));
            let done = journal.forget(half(&expected)).is_ok();
            for seed in 0..6 {
                let after = disk.after_power_cut(seed);
                Journal::verify_folder_on(folder(), &after, keys.clone()).unwrap();
                let journal = open(&after, &keys).unwrap();
                let held = all(&journal);
                assert!(held == left || (!done && held == expected), "fuel {fuel}, seed {seed}");
                journal.verify().unwrap();
                assert!(journal.forget(half(&expected)).is_ok());
                assert!(all(&journal) == left);
            }
        }
    }
}

#[test]
fn the_beginning_is_not_moved_by_somebody_else() {
    let forgotten = folder().join("journal/forgotten");
    for keys in both() {
        let (disk, journal, expected) = journal(&keys);
        let untouched = disk.copy();
        journal.forget(half(&expected)).unwrap();
        let bytes = disk.bytes(&forgotten);
        for byte in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[byte] ^= 1 << (byte % 8);
            disk.put(&forgotten, changed);
            let verified = Journal::verify_folder_on(folder(), &disk, keys.clone());
            assert!(matches!(verified, Err(StoreError::Damaged { .. } | StoreError::Newer { .. })), "{byte}");
        }
        disk.lose(&forgotten);
        assert!(open(&disk, &keys).is_err(), "segments that are missing without a word");
        if keys.is_some() {
            let mut forged = bytes;
            forged[68..112].fill(0);
            let crc = crc32fast::hash(&forged[..112]);
            forged[112..].copy_from_slice(&crc.to_le_bytes());
            untouched.put(&forgotten, forged);
            let Err(StoreError::Damaged { detail, .. }) = open(&untouched, &keys).map(|_| ()) else {
                panic!()
            };
            assert!(detail.contains("not dropped by claimflow"), "{detail}");
        }
    }
}
