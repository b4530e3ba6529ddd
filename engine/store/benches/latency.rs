//! How long single appends wait at full load: `cargo bench -p claimflow-store --bench latency`.
//!
//! Many threads append records of 1 KB, each as soon as the one before is durable; percentiles of all calls, with and
//! without encryption, while closed segments are sealed beside it.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use claimflow_runtime::store::Store;
use claimflow_store::crypt::Keyring;
use claimflow_store::{JournalStore, Options, Upkeep};

const THREADS: [usize; 4] = [1, 8, 32, 128];
const RUN: Duration = Duration::from_secs(5);
const RECORD: usize = 1024;

fn main() {
    println!("records of {RECORD} bytes, {} s each, fsync on", RUN.as_secs());
    println!(
        "{:>9} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8}",
        "keys", "threads", "calls/s", "p50", "p99", "p99.9", "max"
    );
    for encrypted in [false, true] {
        for threads in THREADS {
            let (waits, took) = measure(encrypted, threads);
            print(encrypted, threads, waits, took);
        }
    }
}

fn measure(encrypted: bool, threads: usize) -> (Vec<Duration>, Duration) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let keyring = encrypted.then(|| Arc::new(Keyring::random().expect("random bytes")));
    let upkeep = Some(Upkeep { seal_after: Duration::from_millis(200), ..Upkeep::default() });
    let options = Options { keyring, upkeep, ..Options::default() };
    let store = Arc::new(JournalStore::open(folder.path(), options).expect("a store"));
    let start = Arc::new(Barrier::new(threads + 1));
    let workers: Vec<_> = (0..threads)
        .map(|number| {
            let (store, start) = (Arc::clone(&store), Arc::clone(&start));
            std::thread::spawn(move || append(&store, &start, number))
        })
        .collect();
    start.wait();
    let begun = Instant::now();
    let waits = workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect();
    (waits, begun.elapsed())
}

fn append(store: &JournalStore, start: &Barrier, number: usize) -> Vec<Duration> {
    let record: Vec<u8> = (0..RECORD).map(|byte| (byte * 31 + number) as u8).collect();
    let batch = [record];
    let mut waits = Vec::new();
    start.wait();
    let begun = Instant::now();
    while begun.elapsed() < RUN {
        let called = Instant::now();
        store.append(&batch).expect("room on the disk");
        waits.push(called.elapsed());
    }
    waits
}

fn print(encrypted: bool, threads: usize, mut waits: Vec<Duration>, took: Duration) {
    waits.sort_unstable();
    let at = |share: f64| {
        let place = ((waits.len() as f64 * share) as usize).min(waits.len().saturating_sub(1));
        format!("{:.2} ms", waits.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3)
    };
    let calls = waits.len() as f64 / took.as_secs_f64();
    let keys = if encrypted { "encrypted" } else { "plain" };
    println!(
        "{keys:>9} {threads:>8} {calls:>9.0} {:>8} {:>8} {:>8} {:>8}",
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}
