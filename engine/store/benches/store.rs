//! Throughput of the journal and the state: `cargo bench -p claimflow-store`. With several threads, times are per call
//! and thread: calls a second are their number over that time.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use claimflow_runtime::store::{Position, Store, Write};
use claimflow_store::{JournalStore, Options};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use tempfile::TempDir;

const BATCH: usize = 500;
const RECORD: usize = 1024;
const APPLY: u64 = 5_000;

fn main() {
    divan::main();
}

fn open(fsync: bool) -> (TempDir, JournalStore) {
    let folder = TempDir::new().expect("a temporary folder");
    let store = JournalStore::open(folder.path(), Options { fsync, ..Options::default() }).expect("a store");
    (folder, store)
}

fn records(count: usize, size: usize) -> Vec<Vec<u8>> {
    // Bytes that differ, as a compressing disk would otherwise flatter us.
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    (0..count).map(|_| (0..size).map(|_| byte()).collect()).collect()
}

/// Batches of 500 records of 1 KB from one thread and from eight, each durable on return.
#[divan::bench(threads = [1, 8], sample_count = 200)]
fn append_durable(bencher: Bencher) {
    let (_folder, store) = open(true);
    let batch = records(BATCH, RECORD);
    let bencher = bencher.counter(BytesCount::new(BATCH * RECORD)).counter(ItemsCount::new(BATCH));
    bencher.bench(|| store.append(&batch).expect("room on the disk"));
}

/// Single records of 1 KB: how many calls share an `fdatasync`.
#[divan::bench(threads = [1, 8, 32], sample_count = 1_000)]
fn append_one(bencher: Bencher) {
    let (_folder, store) = open(true);
    let batch = records(1, RECORD);
    bencher.counter(ItemsCount::new(1u32)).bench(|| store.append(&batch).expect("room on the disk"));
}

/// Checksums, hashes and writes without waiting for the disk.
#[divan::bench(sample_count = 200)]
fn append_without_waiting(bencher: Bencher) {
    let (_folder, store) = open(false);
    let batch = records(BATCH * 10, RECORD);
    let bencher = bencher.counter(BytesCount::new(BATCH * 10 * RECORD)).counter(ItemsCount::new(BATCH * 10));
    bencher.bench(|| store.append(&batch).expect("room on the disk"));
}

/// One record at a time from 200 MB.
#[divan::bench]
fn read(bencher: Bencher) {
    let (_folder, store) = open(false);
    let batch = records(BATCH, RECORD);
    let positions: Vec<Position> = (0..400).flat_map(|_| store.append(&batch).expect("room")).collect();
    let next = AtomicU64::new(0);
    bencher.counter(ItemsCount::new(1u32)).bench(|| {
        let index = next.fetch_add(7_919, Ordering::Relaxed) as usize % positions.len();
        store.read(positions[index]).expect("a record")
    });
}

/// All of 200 MB, with every checksum and link.
#[divan::bench(sample_count = 10)]
fn replay(bencher: Bencher) {
    let (_folder, store) = open(false);
    let batch = records(BATCH, RECORD);
    for _ in 0..400 {
        store.append(&batch).expect("room");
    }
    bencher.counter(BytesCount::new(400 * BATCH * RECORD)).bench(|| {
        let mut each = |_: Position, record: &[u8]| {
            black_box(record);
            ControlFlow::Continue(())
        };
        store.replay(Position(0), &mut each).expect("whole records");
    });
}

/// State writes in batches of 5,000: claims under sequential numbers with one index key each.
#[divan::bench(sample_count = 100)]
fn apply(bencher: Bencher) {
    let (_folder, store) = open(false);
    let position = store.append(&records(1, 1)).expect("room")[0];
    let value = records(1, 200).remove(0);
    let next = AtomicU64::new(0);
    let write = |number: u64| -> [Write; 2] {
        let index =
            format!("q/{}/{:012}", ["billing", "coding", "front-desk"][(number % 3) as usize], number);
        [(number.to_be_bytes().to_vec(), Some(value.clone())), (index.into_bytes(), Some(Vec::new()))]
    };
    bencher
        .counter(ItemsCount::new(APPLY))
        .with_inputs(|| {
            let first = next.fetch_add(APPLY / 2, Ordering::Relaxed);
            (first..first + APPLY / 2).flat_map(write).collect::<Vec<Write>>()
        })
        .bench_values(|writes| store.apply(writes, position).expect("a state"));
}
