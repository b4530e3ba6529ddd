//! Power cuts in the middle of every change of a run: what was acknowledged is there, and nothing is there in part.
//!
//! `CLAIMFLOW_POWER_CUTS` sets how many disks each cut leaves, by default 24; `CLAIMFLOW_SEED` where chance starts, which a
//! failure names.

use std::ops::ControlFlow;
use std::sync::Arc;

use claimflow_runtime::store::StoreError;
use claimflow_store::crypt::Keyring;
use claimflow_store::testing::{Dice, Lie, SimDisk};
use claimflow_store::{Journal, JournalOptions};

use crate::model::{all, batch, folder, mark, options, records, segment};

const BATCHES: u64 = 10;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The seeds that each cut is tried with.
fn seeds(share: u64) -> std::ops::Range<u64> {
    let first = number("CLAIMFLOW_SEED", 0);
    first..first + (number("CLAIMFLOW_POWER_CUTS", 24) / share).max(1)
}

type Keys = Option<Arc<Keyring>>;

/// Without keys and with.
fn keys() -> [Keys; 2] {
    [None, Some(Arc::new(Keyring::random().unwrap()))]
}

fn open(disk: &SimDisk, keys: &Keys) -> Result<Journal, StoreError> {
    let options = JournalOptions { keyring: keys.clone(), ..options() };
    Journal::open(folder(), options, Arc::new(disk.clone()))
}

/// What a run managed before the power went out: the model that the disk is held against.
#[derive(Clone)]
struct Run {
    acknowledged: Vec<Vec<u8>>,
    /// The batch that was being written.
    pending: Vec<Vec<u8>>,
}

/// Appends batches of mixed sizes, over several files, closing, opening and sealing in between, until the power is out or
/// all are in.
fn run(disk: &SimDisk, keys: &Keys, before: &[Vec<u8>], first: u64) -> (Run, bool) {
    let mut run = Run { acknowledged: before.to_vec(), pending: Vec::new() };
    let finished = go_on(disk, keys, first, &mut run).is_ok();
    (run, finished)
}

fn go_on(disk: &SimDisk, keys: &Keys, first: u64, run: &mut Run) -> Result<(), StoreError> {
    let mut journal = open(disk, keys)?;
    let mut dice = Dice::new(first);
    for number in first..first + BATCHES {
        run.pending = batch(number, &mut dice);
        if dice.one_in(4) {
            run.pending.push(vec![b'L'; 2_000 + dice.roll(6_000) as usize]);
        }
        journal.append(&run.pending)?;
        run.acknowledged.append(&mut run.pending);
        if dice.one_in(3) {
            if dice.one_in(2) {
                journal.flush()?;
            }
            drop(journal);
            journal = open(disk, keys)?;
        }
        if dice.one_in(4) {
            journal.seal(&mut || ControlFlow::Continue(()))?;
        }
    }
    journal.flush()
}

/// A mark that was being written may be torn; that is told, and touches no record.
fn verifies(disk: &SimDisk, keys: &Keys, place: &str) -> Option<u64> {
    match Journal::verify_folder_on(folder(), disk, keys.clone()) {
        Ok(report) => Some(report.records),
        Err(StoreError::Damaged { path, mend, .. }) if path == mark().display().to_string() => {
            assert!(mend.contains("records are not touched"), "{place}: {mend}");
            None
        }
        Err(error) => panic!("{place}: verify after a power cut: {error}"),
    }
}

/// Opens the disk after a cut and checks what is there; returns it.
fn recover(disk: &SimDisk, keys: &Keys, run: &Run, place: &str) -> Vec<Vec<u8>> {
    let told = verifies(disk, keys, place);
    let journal = open(disk, keys).unwrap_or_else(|error| panic!("{place}: open after a power cut: {error}"));
    let found = records(&journal);
    assert!(told.is_none_or(|records| records as usize == found.len()), "{place}: verify tells otherwise");
    let with_pending = [run.acknowledged.clone(), run.pending.clone()].concat();
    assert!(found == run.acknowledged || found == with_pending, "{place}: a batch is lost or there in part");
    for (position, record) in all(&journal) {
        assert_eq!(journal.read(position).unwrap(), record, "{place}");
    }
    assert_eq!(journal.verify().unwrap().records as usize, found.len(), "{place}");
    found
}

/// A folder may have no journal yet when the power goes out.
fn was_begun(disk: &SimDisk) -> bool {
    disk.paths().iter().any(|path| *path != mark())
}

fn place(fuel: u64, seed: u64) -> String {
    format!("cut in step {fuel}, CLAIMFLOW_SEED={seed}")
}

#[test]
fn acknowledged_batches_outlive_a_power_cut_at_every_step() {
    // Encryption is slow in a debug build: with keys fewer disks are tried.
    for (keys, share) in keys().into_iter().zip([2, 8]) {
        for fuel in 0.. {
            let disk = SimDisk::default();
            disk.set_fuel(Some(fuel));
            let (first, finished) = run(&disk, &keys, &[], 0);
            for seed in seeds(share) {
                go_on_after(&disk.after_power_cut(seed), &keys, &first, &place(fuel, seed));
            }
            if finished {
                assert!(fuel > 60, "the run has many steps");
                break;
            }
        }
    }
}

/// Looks at what a cut left, and works on with it.
fn go_on_after(disk: &SimDisk, keys: &Keys, first: &Run, place: &str) {
    if !was_begun(disk) {
        assert!(first.acknowledged.is_empty(), "{place}");
        return;
    }
    let found = recover(disk, keys, first, place);
    let (second, all_in) = run(disk, keys, &found, 1000);
    assert!(all_in, "{place}: it does not go on");
    assert_eq!(recover(disk, keys, &second, place).len(), second.acknowledged.len(), "{place}");
}

#[test]
fn a_power_cut_while_recovering_from_a_power_cut_loses_nothing() {
    let keys = None;
    for fuel in (0..90).step_by(4) {
        let disk = SimDisk::default();
        disk.set_fuel(Some(fuel));
        let (first, _) = run(&disk, &keys, &[], 0);
        for (seed, again) in seeds(6).flat_map(|seed| (0..8).map(move |again| (seed, again))) {
            let place = format!("{}, then in step {again}", place(fuel, seed));
            let disk = disk.after_power_cut(seed);
            disk.set_fuel(Some(again));
            let _may_fail = open(&disk, &keys);
            let disk = disk.after_power_cut(seed + 100);
            if was_begun(&disk) {
                recover(&disk, &keys, &first, &place);
            } else {
                assert!(first.acknowledged.is_empty(), "{place}");
            }
        }
    }
}

/// Whoever is told that a batch is durable by a disk that lies hears of its loss, as far as the mark got.
#[test]
fn a_disk_that_lies_about_syncs_is_told() {
    let mut told = 0;
    for (seed, lie) in seeds(1).flat_map(|seed| [(seed, Lie::Sync), (seed, Lie::SyncFolder)]) {
        let disk = SimDisk::default();
        let (honest, _) = run(&disk, &None, &[], 0);
        disk.set_lie(Some(lie));
        let (lied_to, _) = run(&disk, &None, &honest.acknowledged, 1000);
        let after = disk.after_power_cut(seed);
        // The mark is one small write: a disk that loses the batches before it can have kept it.
        after.put(&mark(), disk.bytes(&mark()));
        match open(&after, &None) {
            Ok(journal) => {
                assert!(records(&journal) == lied_to.acknowledged, "seed {seed}: a loss went unseen");
            }
            Err(StoreError::Damaged { mend, .. }) => {
                assert!(mend.contains("restore"), "{mend}");
                assert!(
                    Journal::verify_folder_on(folder(), &after, None).is_err(),
                    "seed {seed}: verify does not see what opening sees"
                );
                told += 1;
            }
            Err(other) => panic!("seed {seed}: {other}"),
        }
    }
    assert!(told > 0, "no lie was found out: the seeds are badly chosen");
}

/// Without sync, all is lost that the last hour brought; the mark says so even when the files look whole.
#[test]
fn a_disk_that_forgets_whole_batches_is_told() {
    let disk = SimDisk::default();
    let journal = open(&disk, &None).unwrap();
    journal.append(&[vec![b'x'; 5_000]]).unwrap();
    journal.append(&[b"in the second file".to_vec()]).unwrap();
    let (old, marked) = (disk.bytes(&segment(1)), disk.bytes(&mark()));
    let shorter = SimDisk::default();
    shorter.put(&segment(1), old);
    shorter.put(&mark(), marked);
    assert!(matches!(open(&shorter, &None), Err(StoreError::Damaged { .. })));
    assert!(matches!(Journal::verify_folder_on(folder(), &shorter, None), Err(StoreError::Damaged { .. })));
}

#[test]
fn the_same_fuel_and_seed_leave_the_same_disk() {
    let left = |_: u8| {
        let disk = SimDisk::default();
        disk.set_fuel(Some(25));
        run(&disk, &None, &[], 0);
        let disk = disk.after_power_cut(7);
        disk.paths().into_iter().map(|path| (disk.bytes(&path), path)).collect::<Vec<_>>()
    };
    assert_eq!(left(0), left(1));
}
