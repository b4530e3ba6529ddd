//! A store over a journal on a simulated disk, with its state in memory, as old as a test wants it to be after a crash.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claimflow_runtime::store::{DropReport, JournalReport, Position, SealReport, Store, StoreError, Write};

use super::disk::SimDisk;
use crate::journal::{Journal, JournalOptions};

/// A state as it stood after one of its changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Keys and values.
    pub entries: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The position it stands at.
    pub applied: Position,
}

/// The store. Its state is never lost by itself: [`states`](Self::states) has every one it had, and a test opens the next
/// store with whichever it likes.
pub struct SimStore {
    journal: Journal,
    states: Mutex<Vec<Remembered>>,
}

impl SimStore {
    /// Opens the journal in `folder` of a disk, with a state that was there.
    ///
    /// # Errors
    /// As [`Journal::open`]; [`StoreError::State`] when the state stands beyond the journal.
    pub fn open(
        disk: &SimDisk,
        folder: &Path,
        options: JournalOptions,
        state: Remembered,
    ) -> Result<Self, StoreError> {
        let journal = Journal::open(folder, options, Arc::new(disk.clone()))?;
        if state.applied >= journal.end() {
            let detail = "it stands beyond the journal's end".to_owned();
            return Err(StoreError::State { action: "used", detail, damaged: false });
        }
        Ok(Self { journal, states: Mutex::new(vec![state]) })
    }

    /// The states it has had, the present one last.
    pub fn states(&self) -> Vec<Remembered> {
        self.history().clone()
    }

    fn history(&self) -> MutexGuard<'_, Vec<Remembered>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now<T>(&self, look: impl FnOnce(&Remembered) -> T) -> T {
        let states = self.history();
        match states.last() {
            Some(state) => look(state),
            None => look(&Remembered::default()),
        }
    }
}

impl Store for SimStore {
    fn append(&self, records: &[Vec<u8>]) -> Result<Vec<Position>, StoreError> {
        self.journal.append(records)
    }

    fn read(&self, at: Position) -> Result<Vec<u8>, StoreError> {
        self.journal.read(at)
    }

    fn replay(
        &self,
        after: Position,
        each: &mut dyn FnMut(Position, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.journal.replay(after, each)
    }

    fn applied(&self) -> Result<Position, StoreError> {
        Ok(self.now(|state| state.applied))
    }

    fn apply(&self, writes: Vec<Write>, applied: Position) -> Result<(), StoreError> {
        let mut next = self.now(Clone::clone);
        for (key, value) in writes {
            match value {
                Some(value) => next.entries.insert(key, value),
                None => next.entries.remove(&key),
            };
        }
        next.applied = applied;
        self.history().push(next);
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.now(|state| state.entries.get(key).cloned()))
    }

    fn scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        each: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let start = from.filter(|from| *from > prefix).unwrap_or(prefix);
        let entries = self.now(|state| state.entries.clone());
        for (key, value) in entries.range::<[u8], _>((Bound::Included(start), Bound::Unbounded)) {
            if !key.starts_with(prefix) || each(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.journal.flush()
    }

    fn seal(&self, all: bool) -> Result<SealReport, StoreError> {
        if all {
            self.journal.close_segment()?;
        }
        self.journal.seal(&mut || ControlFlow::Continue(()))
    }

    fn keep_free(&self, bytes: u64) {
        self.journal.keep_free(bytes);
    }

    fn has_room(&self) -> bool {
        self.journal.has_room()
    }

    fn forget(&self, up_to: Position, really: bool) -> Result<DropReport, StoreError> {
        let dropped = if really { self.journal.forget(up_to) } else { self.journal.forgettable(up_to) };
        dropped.map(DropReport::from)
    }

    fn start(&self) -> Position {
        self.journal.start()
    }

    fn verify(&self) -> Result<JournalReport, StoreError> {
        self.journal.verify()
    }

    fn clear_state(&self) -> Result<(), StoreError> {
        self.history().push(Remembered::default());
        Ok(())
    }
}
