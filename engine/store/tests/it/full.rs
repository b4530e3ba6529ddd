//! A disk that is full or fails: nothing is taken in by half, and work goes on once there is room.

use claimflow_runtime::store::StoreError;

use crate::model::{open, records, segment, verify};
use claimflow_store::testing::SimDisk;

#[test]
fn a_full_disk_takes_nothing_in_and_a_freed_one_goes_on() {
    for room in 0..400 {
        let disk = SimDisk::default();
        let journal = open(&disk).unwrap();
        journal.append(&[b"kept".to_vec()]).unwrap();
        let size = disk.bytes(&segment(1)).len();
        disk.set_capacity(Some(disk.used() + room));
        let batch = vec![vec![1; 200], vec![2; 150]];
        let refused = journal.append(&batch);
        assert!(matches!(refused, Err(StoreError::DiskFull { .. })), "with {room} bytes left");
        assert_eq!(disk.bytes(&segment(1)).len(), size, "the partial batch is cut off");
        assert_eq!(verify(&disk).unwrap().torn_tail, 0);
        disk.set_capacity(None);
        journal.append(&batch).unwrap();
        assert_eq!(records(&journal).len(), 3);
        drop(journal);
        assert_eq!(records(&open(&disk).unwrap()).len(), 3);
    }
}

#[test]
fn a_disk_that_is_full_when_a_new_file_is_due_goes_on_later() {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    journal.append(&[vec![1; 5000]]).unwrap();
    for room in [0, 10, 64, 70] {
        disk.set_capacity(Some(disk.used() + room));
        assert!(matches!(journal.append(&[b"next".to_vec()]), Err(StoreError::DiskFull { .. })));
        assert_eq!(verify(&disk).unwrap().records, 1);
    }
    let reopened = open(&disk.copy()).unwrap();
    assert_eq!(records(&reopened).len(), 1);
    disk.set_capacity(None);
    journal.append(&[b"next".to_vec()]).unwrap();
    assert_eq!(verify(&disk).unwrap().records, 2);
}

#[test]
fn a_disk_that_is_nearly_full_takes_nothing_in_and_stays_readable() {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    journal.append(&[b"kept".to_vec()]).unwrap();
    journal.keep_free(1_000);
    disk.set_capacity(Some(disk.used() + 999));
    assert!(!journal.has_room());
    let bytes = disk.bytes(&segment(1));
    let refused = journal.append(&[b"later".to_vec()]).unwrap_err();
    assert!(matches!(refused, StoreError::LowRoom { room: 999, keep: 1_000, .. }), "{refused}");
    assert_eq!(disk.bytes(&segment(1)), bytes, "nothing is written");
    assert_eq!(records(&journal), [b"kept".to_vec()]);
    disk.set_capacity(Some(disk.used() + 1_000));
    assert!(journal.has_room());
    journal.append(&[b"later".to_vec()]).unwrap();
    assert_eq!(records(&journal), [b"kept".to_vec(), b"later".to_vec()]);
}

#[test]
fn what_a_nearly_full_disk_says_is_plain() {
    let refused = StoreError::LowRoom { path: "data".into(), room: 312_400_000, keep: 500_000_000 };
    assert_eq!(
        refused.to_string(),
        "only 312 MB are left on the disk of `data`, and 500 MB are kept free: nothing was taken in; free some space, or lower `keep-free` in claimflow.yaml"
    );
}

#[test]
fn a_failed_sync_acknowledges_nothing_and_stops_the_journal_when_it_cannot_be_undone() {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    journal.append(&[b"kept".to_vec()]).unwrap();
    disk.fail_syncs(true);
    assert!(matches!(journal.append(&[b"lost".to_vec()]), Err(StoreError::Io { .. })));
    disk.fail_syncs(false);
    let refused = journal.append(&[b"later".to_vec()]).unwrap_err().to_string();
    assert!(refused.contains("start claimflow again"), "{refused}");
    assert_eq!(records(&journal), [b"kept".to_vec()], "reading goes on");
    drop(journal);
    let journal = open(&disk).unwrap();
    journal.append(&[b"later".to_vec()]).unwrap();
    assert_eq!(records(&journal), [b"kept".to_vec(), b"later".to_vec()]);
}

#[test]
fn a_write_that_cannot_be_taken_back_stops_the_journal() {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    journal.append(&[b"kept".to_vec()]).unwrap();
    disk.set_capacity(Some(disk.used() + 20));
    disk.fail_truncates(true);
    assert!(matches!(journal.append(&[vec![1; 100]]), Err(StoreError::DiskFull { .. })));
    disk.set_capacity(None);
    assert!(matches!(journal.append(&[vec![1; 100]]), Err(StoreError::Io { .. })));
    disk.fail_truncates(false);
    drop(journal);
    assert_eq!(records(&open(&disk).unwrap()), [b"kept".to_vec()]);
}

#[test]
fn a_record_past_the_limit_is_refused() {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    let refused = journal.append(&[vec![0; (1 << 30) + 1]]).unwrap_err().to_string();
    assert!(refused.contains("1073741825 bytes is too large"), "{refused}");
    assert_eq!(verify(&disk).unwrap().records, 0);
}
