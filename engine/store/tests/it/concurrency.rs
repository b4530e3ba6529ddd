//! Many callers at once: each batch is whole, in order, durable on return, and the syncs are shared.

use std::time::Duration;

use claimflow_runtime::store::{Position, Store};
use claimflow_store::{JournalStore, Options};

use crate::model::{all, open};
use claimflow_store::testing::SimDisk;

const THREADS: u64 = 8;
const APPENDS: u64 = 60;

fn batch(thread: u64, number: u64) -> Vec<Vec<u8>> {
    (0..1 + (thread + number) % 4).map(|index| format!("{thread} {number} {index}").into_bytes()).collect()
}

/// Appends from all threads; returns the acknowledged records with their positions, by thread.
fn hammer(append: &(dyn Fn(&[Vec<u8>]) -> Vec<Position> + Sync)) -> Vec<Vec<(Position, Vec<u8>)>> {
    let one = |thread| {
        let mut own = Vec::new();
        for number in 0..APPENDS {
            let batch = batch(thread, number);
            own.extend(append(&batch).into_iter().zip(batch));
        }
        own
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || one(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn check(by_thread: &[Vec<(Position, Vec<u8>)>], replayed: &[(Position, Vec<u8>)]) {
    assert!(by_thread.iter().all(|own| own.is_sorted()), "a thread's appends keep their order");
    let mut acknowledged = by_thread.concat();
    acknowledged.sort();
    assert_eq!(replayed, acknowledged);
    let same_batch = |a: &[u8], b: &[u8]| a.split(|c| *c == b' ').take(2).eq(b.split(|c| *c == b' ').take(2));
    for group in replayed.chunk_by(|(_, a), (_, b)| same_batch(a, b)) {
        assert!(group[0].1.ends_with(b" 0"), "a batch is not broken up by another");
    }
}

#[test]
fn batches_stay_whole_and_syncs_are_shared() {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    disk.slow_syncs(Duration::from_millis(1));
    let before = disk.syncs();
    let by_thread = hammer(&|batch| journal.append(batch).unwrap());
    let syncs = disk.syncs() - before;
    assert!(syncs < THREADS * APPENDS / 2, "{syncs} syncs for {} appends", THREADS * APPENDS);
    disk.slow_syncs(Duration::ZERO);
    check(&by_thread, &all(&journal));
    check(&by_thread, &all(&open(&disk.after_power_cut(1)).unwrap()));
}

#[test]
fn a_full_disk_is_told_to_every_caller_that_waits() {
    let disk = SimDisk::default();
    let journal = open(&disk).unwrap();
    disk.slow_syncs(Duration::from_millis(1));
    disk.set_capacity(Some(disk.used() + 6000));
    let (journal, disk) = (&journal, &disk);
    let one = |thread: u64| {
        let appended = |number: &u64| journal.append(&batch(thread, *number)).is_ok();
        (0..APPENDS).filter(appended).map(|number| batch(thread, number).len()).sum::<usize>()
    };
    let taken: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || one(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    disk.slow_syncs(Duration::ZERO);
    assert!(taken > 0 && taken < (THREADS * APPENDS) as usize);
    assert_eq!(all(journal).len(), taken);
}

#[test]
fn the_systems_own_disk_serves_many_threads_and_readers_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { cache_bytes: 16 << 20, segment_bytes: 64 << 10, ..Options::default() };
    let store = JournalStore::open(folder.path(), options.clone()).unwrap();
    let by_thread = hammer(&|batch| {
        let positions = store.append(batch).unwrap();
        for (position, record) in positions.iter().zip(batch) {
            assert_eq!(store.read(*position).unwrap(), *record);
        }
        positions
    });
    check(&by_thread, &all(store.journal()));
    drop(store);
    let store = JournalStore::open(folder.path(), options).unwrap();
    check(&by_thread, &all(store.journal()));
}
