//! Claims that are about to be needed again: those that wait for the next file to their payer, and those for which a plugin
//! is asked something.
//!
//! The first go out at the end of the very run that queued them, and the others are asked for at once and answered soon
//! after, so keeping them spares two readings of each from the journal.
//! What is not here is read from the journal: this is a convenience, never the truth.

use std::sync::{Mutex, PoisonError};

use claimflow_core::state::ClaimState;
use rustc_hash::FxHashMap;

use crate::store::Position;
use crate::summary::Summary;

/// The most claims that are kept; a claim takes about 5 KB.
const MOST: usize = 32_768;

/// A claim as of its last record.
pub(crate) struct Kept {
    /// That record.
    pub head: Position,
    /// In short.
    pub summary: Summary,
    /// In full.
    pub state: Box<ClaimState>,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Recent {
    states: Mutex<FxHashMap<u64, Kept>>,
}

impl Recent {
    /// Keeps claims that were committed and wait to go out or for a plugin; forgets the others, which have moved on.
    pub fn keep(&self, committed: impl Iterator<Item = Kept>) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        for kept in committed {
            let asked = kept.state.request.as_ref().is_some_and(claimflow_core::OpenRequest::is_under_way);
            if (kept.summary.queued || asked) && states.len() < MOST {
                states.insert(kept.summary.number, kept);
            } else {
                states.remove(&kept.summary.number);
            }
        }
    }

    /// Takes a claim out, if it is here.
    pub fn take(&self, number: u64) -> Option<Kept> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).remove(&number)
    }

    /// Takes a claim out, if it is here as of a record.
    pub fn take_as_of(&self, number: u64, head: Position) -> Option<Box<ClaimState>> {
        self.take(number).filter(|kept| kept.head == head).map(|kept| kept.state)
    }

    /// Looks at claims, each where it is here.
    pub fn look<T>(&self, numbers: &[u64], mut look: impl FnMut(u64, Option<&Kept>) -> T) -> Vec<T> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.iter().map(|number| look(*number, states.get(number))).collect()
    }
}
