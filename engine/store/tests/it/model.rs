//! What several tests do with a journal.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claimflow_runtime::store::{Position, StoreError};
use claimflow_store::{Journal, JournalOptions};

use claimflow_store::testing::{Dice, SimDisk};

/// The data folder on a simulated disk.
pub fn folder() -> &'static Path {
    Path::new("data")
}

/// A segment file on a simulated disk.
pub fn segment(number: usize) -> PathBuf {
    folder().join(format!("journal/{number:08}.cfj"))
}

/// The mark on a simulated disk.
pub fn mark() -> PathBuf {
    folder().join("journal/acknowledged")
}

/// Small segments, so that a short run has several.
pub fn options() -> JournalOptions {
    JournalOptions { segment_bytes: 4096, ..JournalOptions::default() }
}

pub fn open(disk: &SimDisk) -> Result<Journal, StoreError> {
    Journal::open(folder(), options(), Arc::new(disk.clone()))
}

pub fn verify(disk: &SimDisk) -> Result<claimflow_runtime::store::JournalReport, StoreError> {
    Journal::verify_folder_on(folder(), disk, None)
}

/// Every record with its position.
pub fn all(journal: &Journal) -> Vec<(Position, Vec<u8>)> {
    let mut all = Vec::new();
    let mut each = |at: Position, record: &[u8]| {
        all.push((at, record.to_vec()));
        ControlFlow::Continue(())
    };
    journal.replay(Position(0), &mut each).unwrap();
    all
}

/// Every record.
pub fn records(journal: &Journal) -> Vec<Vec<u8>> {
    all(journal).into_iter().map(|(_, record)| record).collect()
}

/// A batch that differs from every other: `number` stands in it.
pub fn batch(number: u64, dice: &mut Dice) -> Vec<Vec<u8>> {
    let record = |index: u64, size: u64| {
        let mut record = format!("{number}/{index} ").into_bytes();
        record.resize(record.len() + size as usize, b'a' + (number % 26) as u8);
        record
    };
    (0..1 + dice.roll(4)).map(|index| record(index, dice.roll(900))).collect()
}
