//! Bytes that changed after they were written: `verify` names the file, the record and the place.

use std::path::PathBuf;

use claimflow_runtime::store::{Position, StoreError};
use proptest::prelude::*;

use crate::model::{all, batch, mark, open, records, segment, verify};
use claimflow_store::testing::{Dice, SimDisk};

/// A journal of several files.
fn journal() -> (SimDisk, Vec<(Position, Vec<u8>)>) {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    let mut dice = Dice::new(3);
    for number in 0..16 {
        journal.append(&batch(number, &mut dice)).unwrap();
    }
    (disk, all(&journal))
}

/// Every file with the position of its first byte.
fn files(disk: &SimDisk) -> Vec<(PathBuf, u64)> {
    let mut base = 0;
    let mut files = Vec::new();
    for path in disk.paths() {
        files.push((path.clone(), base));
        if path != mark() {
            base += disk.bytes(&path).len() as u64;
        }
    }
    files
}

/// The number of the record whose bytes, with its length and checksum, hold a position.
fn record_at(all: &[(Position, Vec<u8>)], position: u64) -> Option<usize> {
    let holds =
        |(at, record): &(Position, Vec<u8>)| (at.0..at.0 + 8 + record.len() as u64).contains(&position);
    all.iter().position(holds).map(|index| index + 1)
}

fn check_flip(disk: &SimDisk, all: &[(Position, Vec<u8>)], path: &PathBuf, base: u64, bit: usize) {
    let disk = disk.copy();
    let mut bytes = disk.bytes(path);
    let byte = bit / 8;
    bytes[byte] ^= 1 << (bit % 8);
    disk.put(path, bytes);
    let Err(StoreError::Damaged { path: named, offset, detail, mend }) = verify(&disk) else {
        panic!("a flip of bit {bit} in {} went unseen", path.display());
    };
    assert_eq!(named, path.display().to_string());
    assert!(offset as usize <= byte, "{offset} is behind the flip in byte {byte}");
    assert!(!mend.is_empty());
    if *path == mark() || byte < 64 {
        return;
    }
    assert!(detail.contains("record"), "{detail}");
    if let Some(number) = record_at(all, base + byte as u64) {
        assert_eq!(detail, format!("record {number} does not match its checksum"));
        assert_eq!(offset + base, all[number - 1].0.0);
    }
}

#[test]
fn a_flip_in_any_byte_is_named() {
    let (disk, all) = journal();
    let files = files(&disk);
    assert!(files.len() > 3, "several segments and the mark");
    for (path, base) in &files {
        for byte in 0..disk.bytes(path).len() {
            check_flip(&disk, &all, path, *base, byte * 8 + byte % 8);
        }
    }
}

proptest! {
    #[test]
    fn a_flip_of_any_bit_is_named(place in any::<prop::sample::Index>(), file in any::<prop::sample::Index>()) {
        let (disk, all) = journal();
        let files = files(&disk);
        let (path, base) = file.get(&files);
        let bit = place.index(disk.bytes(path).len() * 8);
        check_flip(&disk, &all, path, *base, bit);
    }

    #[test]
    fn no_bytes_at_all_make_it_panic(
        first in prop::collection::vec(any::<u8>(), 0..300),
        second in prop::collection::vec(any::<u8>(), 0..300),
        marked in prop::collection::vec(any::<u8>(), 0..80),
        keep in 0usize..4000,
    ) {
        let (disk, _) = journal();
        let whole = disk.bytes(&segment(1));
        let kept = [&whole[..keep.min(whole.len())], &first].concat();
        disk.put(&segment(1), kept);
        disk.put(&segment(2), second);
        disk.put(&mark(), marked);
        let _any_answer = verify(&disk);
        if let Ok(journal) = open(&disk) {
            records(&journal);
        }
    }
}

#[test]
fn reading_a_changed_record_names_its_place() {
    let (disk, all) = journal();
    let (position, _) = all[0];
    let mut bytes = disk.bytes(&segment(1));
    bytes[position.0 as usize + 10] ^= 1;
    disk.put(&segment(1), bytes);
    let journal = open(&disk).unwrap();
    let Err(StoreError::Damaged { offset, detail, .. }) = journal.read(position) else { panic!() };
    assert_eq!(offset, position.0);
    assert!(detail.contains(&format!("position {}", position.0)), "{detail}");
    let replayed = journal.replay(Position(0), &mut |_, _| std::ops::ControlFlow::Continue(()));
    assert!(matches!(replayed, Err(StoreError::Damaged { .. })));
}

#[test]
fn a_position_that_holds_no_record_is_refused() {
    let (disk, all) = journal();
    let journal = open(&disk).unwrap();
    let end = journal.end();
    for position in [Position(0), Position(all[2].0.0 + 1), end, Position(end.0 + 1), Position(u64::MAX)] {
        assert!(matches!(journal.read(position), Err(StoreError::Damaged { .. })), "{position:?}");
    }
}

#[test]
fn a_missing_or_foreign_file_is_named() {
    let (disk, _) = journal();
    let lost = disk.copy();
    lost.lose(&segment(2));
    let Err(StoreError::Damaged { path, detail, .. }) = verify(&lost) else { panic!() };
    assert_eq!(path, segment(2).display().to_string());
    assert!(detail.contains("missing"), "{detail}");

    let lost = disk.copy();
    for path in disk.paths().into_iter().filter(|path| *path != mark()) {
        lost.lose(&path);
    }
    assert!(matches!(open(&lost), Err(StoreError::Damaged { .. })), "a lost journal is not begun anew");

    let shortened = disk.copy();
    let bytes = disk.bytes(&segment(1));
    shortened.put(&segment(1), bytes[..bytes.len() - 1].to_vec());
    let Err(StoreError::Damaged { path, .. }) = open(&shortened).map(|_| ()) else { panic!() };
    assert_eq!(path, segment(1).display().to_string());

    let foreign = disk.copy();
    let other = SimDisk::default();
    let journal = open(&other).unwrap();
    journal.append(&[vec![1; 5000]]).unwrap();
    journal.append(&[vec![2; 50]]).unwrap();
    foreign.put(&segment(2), other.bytes(&segment(2)));
    assert!(matches!(verify(&foreign), Err(StoreError::Damaged { .. })));
}

#[test]
fn files_in_each_others_place_or_twice_are_named() {
    let (disk, _) = journal();
    let last = disk.paths().len() - 1;
    assert!(last > 2, "several segments");
    let named = |disk: &SimDisk, what: &str| {
        for result in [verify(disk).map(|_| ()), open(disk).map(|_| ())] {
            assert!(matches!(result, Err(StoreError::Damaged { .. })), "{what}");
        }
    };
    for number in 1..last {
        let swapped = disk.copy();
        swapped.put(&segment(number), disk.bytes(&segment(number + 1)));
        swapped.put(&segment(number + 1), disk.bytes(&segment(number)));
        named(&swapped, "two files are in each other's place");
        let doubled = disk.copy();
        doubled.put(&segment(number + 1), disk.bytes(&segment(number)));
        named(&doubled, "a file is there in place of the next");
        let again = disk.copy();
        again.put(&segment(last + 1), disk.bytes(&segment(number)));
        named(&again, "a file is there once more at the end");
        let whole = disk.bytes(&segment(number));
        for kept in (0..whole.len()).step_by(211) {
            let cut = disk.copy();
            cut.put(&segment(number), whole[..kept].to_vec());
            named(&cut, "a file is cut short");
        }
    }
}
