//! What a power cut leaves: all that was synced, and of the rest whatever the dice say.
//!
//! A disk writes what it was not told to keep in any order, wholly, sector by sector, or not at all; a sector that it was
//! writing when the power went may hold anything, but only where it was being written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::dice::Dice;

const SECTOR: usize = 512;

/// A change of a file's bytes.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// These bytes at this offset.
    Write {
        /// Offset.
        at: usize,
        /// Bytes.
        bytes: Vec<u8>,
    },
    /// Cut or lengthened to this many bytes.
    Truncate(usize),
}

/// A file: what a reader sees, what is on the platter, and what was changed since the last sync.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub(super) now: Vec<u8>,
    pub(super) durable: Vec<u8>,
    pub(super) unsynced: Vec<Change>,
}

impl Content {
    /// Bytes that are durable.
    pub(super) fn durable(bytes: Vec<u8>) -> Self {
        Self { now: bytes.clone(), durable: bytes, unsynced: Vec::new() }
    }

    /// Changes what a reader sees.
    pub(super) fn change(&mut self, change: Change) {
        match &change {
            Change::Write { at, bytes } => overwrite(&mut self.now, *at, bytes),
            Change::Truncate(size) => self.now.resize(*size, 0),
        }
        self.unsynced.push(change);
    }

    /// Makes what a reader sees durable.
    pub(super) fn sync(&mut self) {
        self.durable.clone_from(&self.now);
        self.unsynced.clear();
    }

    /// What is left of it after a power cut.
    pub(super) fn survive(&self, dice: &mut Dice) -> Vec<u8> {
        let mut left = self.durable.clone();
        // 0: nothing, 1: everything, 2: some changes, 3: some sectors of some changes, 4: that and garbage.
        let mood = dice.roll(5);
        for change in &self.unsynced {
            let kept = match mood {
                0 => false,
                1 => true,
                _ => dice.one_in(2),
            };
            match change {
                _ if !kept => {}
                Change::Truncate(size) => left.resize(*size, 0),
                Change::Write { at, bytes } if mood < 3 => overwrite(&mut left, *at, bytes),
                Change::Write { at, bytes } => tear(&mut left, *at, bytes, mood == 4, dice),
            }
        }
        left
    }
}

fn overwrite(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    file.resize(file.len().max(end), 0);
    if let Some(place) = file.get_mut(at..end) {
        place.copy_from_slice(bytes);
    }
}

/// Writes some of the sectors that a change touches. With garbage, some of them hold zeros, half of what was written, or
/// anything.
fn tear(file: &mut Vec<u8>, at: usize, bytes: &[u8], garbage: bool, dice: &mut Dice) {
    let mut rest = bytes;
    let mut at = at;
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
        match dice.roll(if garbage { 6 } else { 2 }) {
            0 | 2 => {}
            1 => overwrite(file, at, piece),
            3 => overwrite(file, at, &vec![0; piece.len()]),
            4 => overwrite(file, at, piece.get(..piece.len() / 2).unwrap_or_default()),
            _ => {
                let any: Vec<u8> = piece.iter().map(|_| dice.roll(256) as u8).collect();
                overwrite(file, at, &any);
            }
        }
        at += piece.len();
        rest = later;
    }
}

/// Which file a name means, by its place in the list of files.
pub(super) type Names = BTreeMap<PathBuf, usize>;

/// A change of names that is there wholly or not at all: each name with the file that it means from then on.
pub(super) type NameChange = Vec<(PathBuf, Option<usize>)>;

/// Makes a change of names.
pub(super) fn rename(names: &mut Names, change: &NameChange) {
    for (path, file) in change {
        match file {
            Some(file) => names.insert(path.clone(), *file),
            None => names.remove(path),
        };
    }
}

/// The names after a power cut.
pub(super) fn surviving_names(kept: &Names, unsynced: &[NameChange], dice: &mut Dice) -> Names {
    let mut names = kept.clone();
    // 0: nothing, 1: everything, 2: the first ones, 3: some.
    let mood = dice.roll(4);
    let first = dice.roll(unsynced.len() as u64 + 1) as usize;
    for (place, change) in unsynced.iter().enumerate() {
        let kept = match mood {
            0 => false,
            1 => true,
            2 => place < first,
            _ => dice.one_in(2),
        };
        if kept {
            rename(&mut names, change);
        }
    }
    names
}
