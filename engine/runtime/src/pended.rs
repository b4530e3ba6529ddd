//! Work items that are laid aside: which claims have some, so that queues leave them out without opening a claim.

use claimflow_core::Moment;
use claimflow_core::state::ClaimState;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::Result;
use crate::keys;
use crate::projection::read_value;

/// Which items of a claim are laid aside from now on; it goes with the claim's record in one write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendedRecord {
    /// The claim's internal number.
    pub number: u64,
    /// The items with the moment at which each comes back; none when the last one has.
    pub items: Vec<(u16, Moment)>,
}

impl PendedRecord {
    /// Of a claim that was in one state and is in another; `None` when the same items lie aside.
    pub(crate) fn of(number: u64, before: &[(u16, Moment)], after: &ClaimState) -> Option<Self> {
        let items = pended(after);
        (before != items).then_some(Self { number, items })
    }
}

/// The items of a claim that are laid aside.
pub(crate) fn pended(state: &ClaimState) -> Vec<(u16, Moment)> {
    state.times.iter().filter_map(|time| time.pended.map(|until| (time.item, until))).collect()
}

/// Everything that is laid aside, by claim.
pub(crate) type Pended = FxHashMap<u64, Vec<(u16, Moment)>>;

impl Engine {
    /// Everything that is laid aside.
    pub(crate) fn pended(&self) -> Result<Pended> {
        let mut all = Pended::default();
        for (key, value) in self.view.collect(keys::PENDED)? {
            if let Some(number) = keys::number_at_end(&key) {
                all.insert(number, read_value(&value)?);
            }
        }
        Ok(all)
    }
}
