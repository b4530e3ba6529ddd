//! A last batch that is not whole: cut off when it was never acknowledged, refused when it was.

use claimflow_runtime::store::StoreError;
use proptest::prelude::*;

use crate::model::{all, mark, open, records, segment, verify};
use claimflow_store::testing::SimDisk;

/// A disk with two batches, the mark as it was before the second, and where the second begins.
fn two_batches() -> (SimDisk, Vec<u8>, usize) {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    journal.append(&[b"first".to_vec(), b"second".to_vec()]).unwrap();
    let (start, before) = (disk.bytes(&segment(1)).len(), disk.bytes(&mark()));
    journal.append(&[vec![0x5a; 300], vec![], b"last".to_vec()]).unwrap();
    (disk, before, start)
}

#[test]
fn an_end_cut_at_any_byte_is_dropped_and_written_over() {
    let (disk, before, start) = two_batches();
    let whole = disk.bytes(&segment(1));
    for cut in start..whole.len() {
        let disk = disk.copy();
        disk.put(&mark(), before.clone());
        disk.put(&segment(1), whole[..cut].to_vec());
        let report = verify(&disk).unwrap();
        assert_eq!((report.records, report.torn_tail), (2, (cut - start) as u64));
        let journal = open(&disk).unwrap();
        assert_eq!(records(&journal), [b"first".to_vec(), b"second".to_vec()]);
        assert_eq!(disk.bytes(&segment(1)).len(), start);
        journal.append(&[b"again".to_vec()]).unwrap();
        assert_eq!(records(&open(&disk).unwrap()).len(), 3);
        assert_eq!(verify(&disk).unwrap().torn_tail, 0);
    }
}

#[test]
fn an_end_with_any_sector_missing_is_dropped() {
    let (disk, before, start) = two_batches();
    let whole = disk.bytes(&segment(1));
    for hole in start..whole.len() - 8 {
        let disk = disk.copy();
        disk.put(&mark(), before.clone());
        let mut torn = whole.clone();
        let width = 40.min(whole.len() - hole);
        torn[hole..hole + width].fill(0);
        disk.put(&segment(1), torn);
        assert_eq!(verify(&disk).unwrap().records, 2, "a hole at {hole}");
        assert_eq!(records(&open(&disk).unwrap()).len(), 2);
    }
}

#[test]
fn an_acknowledged_end_is_never_dropped() {
    let (disk, _, start) = two_batches();
    let whole = disk.bytes(&segment(1));
    for cut in start..whole.len() {
        let disk = disk.copy();
        disk.put(&segment(1), whole[..cut].to_vec());
        for result in [verify(&disk).map(|_| ()), open(&disk).map(|_| ())] {
            let Err(StoreError::Damaged { path, offset, detail, mend }) = result else {
                panic!("an acknowledged batch was dropped at {cut}");
            };
            assert_eq!((path, offset), (segment(1).display().to_string(), start as u64));
            assert!(detail.contains("record 3") || detail.contains("after record 2"), "{detail}");
            assert!(mend.contains("restore"));
        }
        assert_eq!(disk.bytes(&segment(1)).len(), cut, "a refused journal is left as it is");
    }
}

#[test]
fn a_bad_batch_before_a_good_one_is_damage_even_without_a_mark() {
    let (disk, _, start) = two_batches();
    disk.lose(&mark());
    let mut bytes = disk.bytes(&segment(1));
    for byte in 64..start {
        bytes[byte] ^= 0x10;
        disk.put(&segment(1), bytes.clone());
        assert!(matches!(verify(&disk), Err(StoreError::Damaged { .. })), "byte {byte}");
        bytes[byte] ^= 0x10;
    }
    // Opening goes from header to header: it meets what is wrong with headers only.
    bytes[64 + 5] ^= 1;
    disk.put(&segment(1), bytes);
    assert!(matches!(open(&disk), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_file_that_was_begun_and_not_finished_is_begun_again() {
    let (disk, _, _) = two_batches();
    let whole = disk.bytes(&segment(1));
    for size in 0..=64 {
        let disk = disk.copy();
        disk.put(&segment(2), vec![0; size]);
        assert_eq!(verify(&disk).unwrap().torn_tail, size as u64);
        let journal = open(&disk).unwrap();
        assert_eq!(records(&journal).len(), 5);
        journal.append(&[b"more".to_vec()]).unwrap();
        assert_eq!(disk.bytes(&segment(1)), whole);
        assert_eq!(verify(&disk).unwrap().records, 6);
    }
}

proptest! {
    #[test]
    fn what_was_appended_is_read_back(
        batches in prop::collection::vec(
            prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2500), 1..6),
            1..12,
        ),
        reopen in any::<u16>(),
    ) {
        let disk = SimDisk::default();
        let mut journal = open(&disk).unwrap();
        let mut expected = Vec::new();
        for (number, batch) in batches.iter().enumerate() {
            let positions = journal.append(batch).unwrap();
            expected.extend(positions.into_iter().zip(batch.iter().cloned()));
            if reopen >> (number % 16) & 1 == 1 {
                drop(journal);
                journal = open(&disk).unwrap();
            }
        }
        prop_assert_eq!(&all(&journal), &expected);
        for (index, (position, record)) in expected.iter().enumerate() {
            prop_assert_eq!(&journal.read(*position).unwrap(), record);
            let mut later = Vec::new();
            let mut each = |at, record: &[u8]| {
                later.push((at, record.to_vec()));
                std::ops::ControlFlow::Continue(())
            };
            journal.replay(*position, &mut each).unwrap();
            prop_assert_eq!(&later, &expected[index + 1..]);
        }
        let report = journal.verify().unwrap();
        prop_assert_eq!(report.records as usize, expected.len());
        prop_assert_eq!(report, verify(&disk).unwrap());
    }
}
