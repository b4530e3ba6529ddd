//! Segments that are sealed, encrypted, or both: the same records at the same positions, and nothing unseen.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claimflow_runtime::store::{JournalReport, Position, SealReport, Store, StoreError};
use claimflow_store::crypt::Keyring;
use claimflow_store::testing::{Dice, SimDisk};
use claimflow_store::{Journal, JournalStore, Options, Upkeep};

use crate::model::{all, batch, folder, mark, options, segment};

type Keys = Option<Arc<Keyring>>;

fn keys() -> Keys {
    Some(Arc::new(Keyring::random().unwrap()))
}

fn open(disk: &SimDisk, keys: &Keys) -> Result<Journal, StoreError> {
    let options = claimflow_store::JournalOptions { keyring: keys.clone(), ..options() };
    Journal::open(folder(), options, Arc::new(disk.clone()))
}

fn verify(disk: &SimDisk, keys: &Keys) -> Result<JournalReport, StoreError> {
    Journal::verify_folder_on(folder(), disk, keys.clone())
}

fn seal(journal: &Journal) -> SealReport {
    journal.seal(&mut || ControlFlow::Continue(())).unwrap()
}

fn sealed(number: usize) -> PathBuf {
    folder().join(format!("journal/{number:08}.cfs"))
}

fn write(journal: &Journal, batches: u64) {
    let mut dice = Dice::new(9);
    for number in 0..batches {
        journal.append(&batch(number, &mut dice)).unwrap();
    }
}

/// A journal of several segments, with what it holds.
fn journal(keys: &Keys) -> (SimDisk, Vec<(Position, Vec<u8>)>) {
    let disk = SimDisk::default();
    let journal = open(&disk, keys).unwrap();
    write(&journal, 20);
    (disk, all(&journal))
}

fn check(journal: &Journal, expected: &[(Position, Vec<u8>)]) {
    assert!(all(journal) == expected, "replayed");
    for (index, (position, record)) in expected.iter().enumerate() {
        assert!(journal.read(*position).unwrap() == *record, "read at {position:?}");
        if index % 5 == 0 {
            let mut later = 0;
            let mut each = |_, _: &[u8]| {
                later += 1;
                ControlFlow::Continue(())
            };
            journal.replay(*position, &mut each).unwrap();
            assert_eq!(later, expected.len() - index - 1);
        }
    }
}

#[test]
fn sealing_changes_neither_positions_nor_records_nor_the_chain() {
    for keys in [None, keys()] {
        let (disk, expected) = journal(&keys);
        let before = verify(&disk, &keys).unwrap();
        let journal = open(&disk, &keys).unwrap();
        let count = journal.unsealed() as u64;
        let report = seal(&journal);
        assert!(count >= 2 && report.segments == count, "{report:?}");
        assert!(report.after * 3 < report.before, "text of few letters packs well: {report:?}");
        assert_eq!(journal.unsealed(), 0);
        check(&journal, &expected);
        assert_eq!(journal.verify().unwrap(), before);
        assert_eq!(verify(&disk, &keys).unwrap(), before);
        let opened = open(&disk, &keys).unwrap();
        check(&opened, &expected);
        write(&opened, 3);
        assert_eq!(verify(&disk, &keys).unwrap(), opened.verify().unwrap());
        let unsealed = opened.unsealed() as u64;
        assert_eq!(seal(&opened).segments, unsealed);
    }
}

#[test]
fn a_closed_segment_is_sealed_and_an_empty_one_is_not_closed() {
    let disk = SimDisk::default();
    let journal = open(&disk, &None).unwrap();
    journal.close_segment().unwrap();
    assert_eq!(disk.paths(), [segment(1), mark()]);
    journal.append(&[b"one".to_vec()]).unwrap();
    journal.close_segment().unwrap();
    assert_eq!(seal(&journal).segments, 1);
    assert_eq!(disk.paths(), [sealed(1), segment(2), mark()]);
}

#[test]
fn what_is_stored_under_keys_shows_nothing_and_needs_them() {
    let keys = keys();
    let (disk, expected) = journal(&keys);
    let stopped = open(&disk, &keys).unwrap().seal(&mut || ControlFlow::Break(())).unwrap();
    assert_eq!(stopped, SealReport::default());
    for round in 0..2 {
        for path in disk.paths() {
            let bytes = disk.bytes(&path);
            let shown = bytes.windows(8).any(|part| part == b"aaaaaaaa" || part == b"bbbbbbbb");
            assert!(!shown, "{} shows a record in round {round}", path.display());
        }
        assert!(matches!(open(&disk, &None), Err(StoreError::Io { .. })), "no keys");
        assert!(open(&disk, &self::keys()).is_err(), "other keys");
        let journal = open(&disk, &keys).unwrap();
        check(&journal, &expected);
        seal(&journal);
    }
}

#[test]
fn encryption_begins_with_a_new_segment_and_takes_in_the_old_ones() {
    let (disk, mut expected) = journal(&None);
    let plain = disk.paths().len();
    let keys = keys();
    let journal = open(&disk, &keys).unwrap();
    write(&journal, 9);
    assert!(disk.paths().len() > plain);
    let all_now = all(&journal);
    assert!(all_now[..expected.len()] == expected);
    expected = all_now;
    check(&journal, &expected);
    seal(&journal);
    check(&journal, &expected);
    check(&open(&disk, &keys).unwrap(), &expected);
    verify(&disk, &keys).unwrap();
    assert!(open(&disk, &None).is_err());
}

#[test]
fn what_was_sealed_plain_or_under_an_old_key_is_sealed_anew() {
    let (disk, expected) = journal(&None);
    seal(&open(&disk, &None).unwrap());
    let keyring = Keyring::random().unwrap();
    let old = keyring.secrets();
    let keys = Some(Arc::new(keyring));
    let journal = open(&disk, &keys).unwrap();
    let go = || ControlFlow::Continue(());
    assert!(journal.seal_anew(&mut { go }).unwrap().segments > 0);
    write(&journal, 6);
    let new = old.with_new_key().unwrap();
    keys.as_ref().unwrap().renew(new.clone()).unwrap();
    journal.append(&[b"under the new key".to_vec()]).unwrap();
    assert!(journal.seal_anew(&mut { go }).unwrap().segments > 0);
    let (records, head) = (all(&journal), journal.verify().unwrap());
    assert!(records[..expected.len()] == expected);
    drop(journal);
    let newest = new.keys().max_by_key(|(id, _)| *id).map(|(id, key)| (id, key.clone())).unwrap();
    let only = claimflow_store::crypt::Secrets::from_parts(vec![newest], new.hiding().clone()).unwrap();
    let only = Some(Arc::new(Keyring::new(only).unwrap()));
    check(&open(&disk, &only).unwrap(), &records);
    assert_eq!(verify(&disk, &only).unwrap(), head);
}

/// Every file with every byte changed, in turn, by a bit: `verify` never passes over it.
fn check_flips(disk: &SimDisk, keys: &Keys, step: usize) {
    for path in disk.paths() {
        let bytes = disk.bytes(&path);
        for byte in (0..bytes.len()).step_by(step) {
            let flipped = disk.copy();
            let mut changed = bytes.clone();
            changed[byte] ^= 1 << (byte % 8);
            flipped.put(&path, changed);
            let Err(StoreError::Damaged { path: named, offset, .. }) = verify(&flipped, keys) else {
                panic!("a flip of byte {byte} in {} went unseen", path.display());
            };
            assert_eq!(named, path.display().to_string());
            assert!(offset as usize <= byte, "{offset} is behind the flip in byte {byte} of {named}");
        }
    }
}

#[test]
fn a_flip_in_any_byte_of_any_form_is_named() {
    for keys in [None, keys()] {
        let disk = SimDisk::default();
        let journal = open(&disk, &keys).unwrap();
        write(&journal, 3);
        if keys.is_some() {
            check_flips(&disk, &keys, 7);
        }
        journal.close_segment().unwrap();
        seal(&journal);
        write(&journal, 1);
        check_flips(&disk, &keys, 1);
    }
}

#[test]
fn a_plain_record_put_behind_encrypted_ones_is_refused() {
    let keys = keys();
    let (disk, _) = journal(&keys);
    let last = disk.paths().len() - 1;
    let end = verify(&disk, &keys).unwrap();
    let forged = SimDisk::default();
    let plain = open(&forged, &None).unwrap();
    plain.append(&[b"forged".to_vec()]).unwrap();
    let mut bytes = forged.bytes(&segment(1));
    let base = (0..last).map(|index| disk.bytes(&segment(index + 1)).len() as u64).sum::<u64>();
    bytes[12..20].copy_from_slice(&base.to_le_bytes());
    bytes[20..28].copy_from_slice(&end.records.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..60]);
    bytes[60..64].copy_from_slice(&crc.to_le_bytes());
    disk.put(&segment(last + 1), bytes);
    let Err(StoreError::Damaged { detail, .. }) = verify(&disk, &keys) else { panic!() };
    assert!(detail.contains("not encrypted"), "{detail}");
}

#[test]
fn a_sealed_file_needs_its_successor() {
    let (disk, _) = journal(&None);
    seal(&open(&disk, &None).unwrap());
    let last = disk.paths().len() - 1;
    disk.lose(&segment(last));
    let Err(StoreError::Damaged { path, .. }) = open(&disk, &None).map(|_| ()) else { panic!() };
    assert_eq!(path, segment(last).display().to_string());
}

#[test]
fn a_power_cut_at_any_step_of_sealing_leaves_one_whole_form() {
    for keys in [None, keys()] {
        let (disk, expected) = journal(&keys);
        for fuel in 0..60 {
            let disk = disk.copy();
            let journal = open(&disk, &keys).unwrap();
            disk.set_fuel(Some(fuel));
            let finished = journal.seal(&mut || ControlFlow::Continue(())).is_ok();
            for seed in 0..4 {
                let left = disk.after_power_cut(seed);
                let report = verify(&left, &keys).unwrap();
                assert_eq!((report.records as usize, report.torn_tail), (expected.len(), 0));
                let journal = open(&left, &keys).unwrap();
                assert!(all(&journal) == expected);
                seal(&journal);
                assert!(all(&journal) == expected);
                assert!(!left.paths().iter().any(|path| path.to_string_lossy().contains("part")));
            }
            assert!(fuel < 59 || finished, "the last rounds are whole");
        }
    }
}

#[test]
fn a_segment_that_is_damaged_is_not_sealed() {
    let (disk, expected) = journal(&None);
    let mut bytes = disk.bytes(&segment(1));
    bytes[expected[1].0.0 as usize + 9] ^= 4;
    disk.put(&segment(1), bytes);
    let journal = open(&disk, &None).unwrap();
    let sealing = journal.seal(&mut || ControlFlow::Continue(()));
    assert!(matches!(sealing, Err(StoreError::Damaged { .. })));
    assert!(disk.paths().contains(&segment(1)) && !disk.paths().contains(&sealed(1)));
}

#[test]
fn an_open_store_seals_by_itself_and_stops_when_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let soon = Duration::from_millis(1);
    let upkeep = Upkeep { seal_after: soon, scrub_after: soon, scrub_every: soon };
    let options = Options { segment_bytes: 4096, upkeep: Some(upkeep), ..Options::default() };
    let store = JournalStore::open(folder.path(), options).unwrap();
    let mut dice = Dice::new(9);
    let positions: Vec<Position> =
        (0..30).flat_map(|number| store.append(&batch(number, &mut dice)).unwrap()).collect();
    let begun = Instant::now();
    while store.journal().unsealed() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "sealing never ends");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(positions.iter().all(|position| store.read(*position).is_ok()));
    assert_eq!(store.seal(true).unwrap().segments, 1);
    let whole = store.verify().unwrap();
    drop(store);
    assert_eq!(Journal::verify_folder(folder.path()).unwrap(), whole);
}
