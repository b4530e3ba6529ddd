//! Claims that are about to be needed again: those that wait for the next file to their payer.
//!
//! They go out at the end of the very run that queued them, so keeping them spares two readings of each from the journal.
//! What is not here is read from the journal: this is a convenience, never the truth.

use std::sync::{Mutex, PoisonError};

use claimflow_core::state::ClaimState;
use rustc_hash::FxHashMap;

use crate::store::Position;
use crate::summary::Summary;

/// The most claims that are kept; a claim takes about 5 KB.
const MOST: usize = 32_768;

/// See the module.
#[derive(Default)]
pub(crate) struct Recent {
    states: Mutex<FxHashMap<u64, (Position, ClaimState)>>,
}

impl Recent {
    /// Keeps a claim that was committed, if it waits to go out.
    pub fn keep(&self, summary: &Summary, head: Position, state: ClaimState) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if summary.queued && states.len() < MOST {
            states.insert(summary.number, (head, state));
        } else {
            states.remove(&summary.number);
        }
    }

    /// Takes a claim out, if it is here as of this record.
    pub fn take(&self, number: u64, head: Position) -> Option<ClaimState> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.remove(&number).filter(|(kept, _)| *kept == head).map(|(_, state)| state)
    }

    /// A claim, if it is here as of this record.
    pub fn get<T>(&self, number: u64, head: Position, look: impl FnOnce(&ClaimState) -> T) -> Option<T> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(&number).filter(|(kept, _)| *kept == head).map(|(_, state)| look(state))
    }
}
