//! Power cuts at every step of a run: what was acknowledged is there, and nothing is there in part.

use crate::model::{all, batch, open, records, verify};
use crate::simdisk::{Dice, SimDisk};

const BATCHES: u64 = 8;

/// What a run managed before the power went out.
struct Run {
    acknowledged: Vec<Vec<u8>>,
    /// The batch that was being written.
    pending: Vec<Vec<u8>>,
}

/// Appends batches until the fuel is out or all are in.
fn run(disk: &SimDisk, before: &[Vec<u8>], first: u64) -> (Run, bool) {
    let mut run = Run { acknowledged: before.to_vec(), pending: Vec::new() };
    let Ok(journal) = open(disk) else { return (run, false) };
    let mut dice = Dice::new(first);
    for number in first..first + BATCHES {
        run.pending = batch(number, &mut dice);
        if journal.append(&run.pending).is_err() {
            return (run, false);
        }
        run.acknowledged.append(&mut run.pending);
    }
    (run, true)
}

/// Opens the disk after a cut and checks what is there; returns it.
fn recover(disk: &SimDisk, run: &Run) -> Vec<Vec<u8>> {
    let report = verify(disk).unwrap_or_else(|error| panic!("verify after a power cut: {error}"));
    let journal = open(disk).unwrap_or_else(|error| panic!("open after a power cut: {error}"));
    let found = records(&journal);
    assert_eq!(report.records as usize, found.len());
    let with_pending = [run.acknowledged.clone(), run.pending.clone()].concat();
    assert!(found == run.acknowledged || found == with_pending, "a batch is lost or there in part");
    for (position, record) in all(&journal) {
        assert_eq!(journal.read(position).unwrap(), record);
    }
    found
}

/// A folder may have no journal yet when the power goes out.
fn was_begun(disk: &SimDisk) -> bool {
    !disk.paths().is_empty()
}

#[test]
fn acknowledged_batches_outlive_a_power_cut_at_every_step() {
    for fuel in 0.. {
        let disk = SimDisk::default();
        disk.set_fuel(Some(fuel));
        let (first, finished) = run(&disk, &[], 0);
        for seed in 0..12 {
            let disk = disk.after_power_cut(seed);
            if !was_begun(&disk) {
                assert!(first.acknowledged.is_empty());
                continue;
            }
            let found = recover(&disk, &first);
            let (second, all_in) = run(&disk, &found, 1000);
            assert!(all_in);
            assert_eq!(recover(&disk, &second).len(), second.acknowledged.len());
        }
        if finished {
            assert!(fuel > 30, "the run has many steps");
            break;
        }
    }
}

#[test]
fn a_power_cut_while_recovering_from_a_power_cut_loses_nothing() {
    let full = SimDisk::default();
    run(&full, &[], 0);
    for fuel in (0..60).step_by(3) {
        let disk = SimDisk::default();
        disk.set_fuel(Some(fuel));
        let (first, _) = run(&disk, &[], 0);
        for (seed, fuel) in (0..6).flat_map(|seed| (0..8).map(move |fuel| (seed, fuel))) {
            let disk = disk.after_power_cut(seed);
            disk.set_fuel(Some(fuel));
            let _may_fail = open(&disk);
            let disk = disk.after_power_cut(seed + 100);
            if was_begun(&disk) {
                recover(&disk, &first);
            } else {
                assert!(first.acknowledged.is_empty());
            }
        }
    }
}

#[test]
fn the_same_fuel_and_seed_leave_the_same_disk() {
    let left = |_: u8| {
        let disk = SimDisk::default();
        disk.set_fuel(Some(25));
        run(&disk, &[], 0);
        let disk = disk.after_power_cut(7);
        disk.paths().into_iter().map(|path| (disk.bytes(&path), path)).collect::<Vec<_>>()
    };
    assert_eq!(left(0), left(1));
}
