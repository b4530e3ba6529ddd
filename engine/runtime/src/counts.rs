//! How many claims are in which state of which workflow version: what a change of workflows must know, without looking at
//! a claim.
//!
//! Counts are part of the state: they are written with the claims that change them, and follow from the journal as
//! everything else there does. A state that was made before there were counts gets them from its summaries, once.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use claimflow_core::Text;
use claimflow_core::workflow::WorkflowRef;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::error::Result;
use crate::keys;
use crate::projection::read_claim_value;
use crate::record::RecordError;
use crate::store::{Store, Write};
use crate::summary::Summary;

/// Claims in one state of one content of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateCount {
    /// The workflow, in the version and content that the claims run on.
    pub workflow: WorkflowRef,
    /// The state.
    pub state: Text,
    /// True when that state is an end.
    pub is_final: bool,
    /// How many claims.
    pub claims: u64,
}

/// The counts, with those that are not yet written.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// By key.
    all: FxHashMap<Vec<u8>, u64>,
    changed: FxHashSet<Vec<u8>>,
}

impl Counts {
    /// As the state has them; `None` when it holds claims and no counts: it was made before there were any, or a crash cut
    /// short how the last claims were written.
    pub fn read(store: &dyn Store) -> Result<Option<Self>> {
        if store.get(keys::COUNTS)?.is_none() {
            let mut empty = true;
            store.scan(b"c", None, &mut |_, _| {
                empty = false;
                ControlFlow::Break(())
            })?;
            let begun = Self { all: FxHashMap::default(), changed: FxHashSet::from_iter([marker()]) };
            return Ok(empty.then_some(begun));
        }
        let mut counts = Self::default();
        let mut fault = None;
        store.scan(keys::COUNTS, None, &mut |key, value| {
            match value.try_into().map(u64::from_be_bytes) {
                _ if key == keys::COUNTS => {}
                Ok(claims) => drop(counts.all.insert(key.to_vec(), claims)),
                Err(_) => fault = Some(RecordError::Malformed("a count of claims has no number".to_owned())),
            }
            ControlFlow::Continue(())
        })?;
        fault.map_or(Ok(Some(counts)), |fault| Err(fault.into()))
    }

    /// Made anew from the summaries that the state holds.
    pub fn of_summaries(store: &dyn Store) -> Result<Self> {
        let mut counts = Self::default();
        counts.changed.insert(marker());
        // What was counted before is made anew or goes.
        store.scan(keys::COUNTS, None, &mut |key, _| {
            counts.changed.insert(key.to_vec());
            ControlFlow::Continue(())
        })?;
        let mut fault = None;
        store.scan(b"c", None, &mut |_, value| match read_claim_value(value) {
            Ok((_, summary)) => {
                counts.moved(None, &summary);
                ControlFlow::Continue(())
            }
            Err(error) => {
                fault = Some(error);
                ControlFlow::Break(())
            }
        })?;
        fault.map_or(Ok(counts), |fault| Err(fault.into()))
    }

    /// A claim came in, or is somewhere else than before.
    pub fn moved(&mut self, old: Option<&Summary>, new: &Summary) {
        let same = |old: &Summary| {
            old.state == new.state && old.is_final == new.is_final && old.workflow == new.workflow
        };
        if old.is_some_and(same) {
            return;
        }
        if let Some(old) = old {
            self.left(old);
        }
        let key = key_of(new);
        *self.all.entry(key.clone()).or_default() += 1;
        self.changed.insert(key);
    }

    /// A claim is there no more.
    pub fn left(&mut self, old: &Summary) {
        let key = key_of(old);
        if let Some(claims) = self.all.get_mut(&key) {
            *claims = claims.saturating_sub(1);
        }
        self.changed.insert(key);
    }

    /// Adds what has changed since the last time to `writes`.
    pub fn write(&mut self, writes: &mut Vec<Write>) {
        for key in self.changed.drain() {
            let value = match self.all.get(&key) {
                Some(0) => None,
                Some(claims) => Some(claims.to_be_bytes().to_vec()),
                None => (key == keys::COUNTS).then(Vec::new),
            };
            if value.is_none() {
                self.all.remove(&key);
            }
            writes.push((key, value));
        }
    }

    /// All of them, by workflow, version and state.
    pub fn list(&self) -> Vec<StateCount> {
        let ordered: BTreeMap<_, _> = self.all.iter().filter(|(_, claims)| **claims > 0).collect();
        let read = |(key, claims): (&Vec<u8>, &u64)| {
            let (workflow, is_final, state) = keys::parse_count(key)?;
            Some(StateCount { workflow, state, is_final, claims: *claims })
        };
        ordered.into_iter().filter_map(read).collect()
    }
}

fn marker() -> Vec<u8> {
    keys::COUNTS.to_vec()
}

fn key_of(summary: &Summary) -> Vec<u8> {
    keys::count(&summary.workflow, summary.is_final, &summary.state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: u64, state: &str, hash: &str) -> Summary {
        let workflow = WorkflowRef { name: "professional-claim".into(), version: 1, hash: hash.into() };
        Summary { number, state: state.into(), is_final: state == "paid", workflow, ..Summary::default() }
    }

    fn shown(counts: &Counts) -> Vec<String> {
        let one = |own: &StateCount| {
            format!(
                "{}@{} {} {} {}",
                own.workflow.version, own.workflow.hash, own.state, own.claims, own.is_final
            )
        };
        counts.list().iter().map(one).collect()
    }

    #[test]
    fn counts_follow_the_claims() {
        let mut counts = Counts::default();
        counts.moved(None, &at(1, "held", "aa"));
        counts.moved(None, &at(2, "held", "aa"));
        counts.moved(Some(&at(1, "held", "aa")), &at(1, "held", "aa"));
        assert_eq!(shown(&counts), ["1@aa held 2 false"]);
        counts.moved(Some(&at(1, "held", "aa")), &at(1, "paid", "aa"));
        counts.moved(Some(&at(2, "held", "aa")), &at(2, "held", "bb"));
        assert_eq!(shown(&counts), ["1@aa paid 1 true", "1@bb held 1 false"]);
        let mut writes = Vec::new();
        counts.write(&mut writes);
        assert_eq!(writes.iter().filter(|(_, value)| value.is_none()).count(), 1, "an empty count goes");
        writes.clear();
        counts.write(&mut writes);
        assert!(writes.is_empty(), "nothing has changed since");
    }
}
