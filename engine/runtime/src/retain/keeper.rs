//! What keeps more of the journal from going.

use claimflow_core::{ClaimId, Moment, Text};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use std::ops::ControlFlow;

use super::scan::Seen;
use super::state::each;
use crate::error::Result;
use crate::keys;
use crate::projection::read_claim_value;
use crate::record::decode;
use crate::store::{Position, Store};
use crate::summary::Summary;

/// What the next part of the journal is kept for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptBy {
    /// Number of the claim, where it is one.
    pub claim: Option<ClaimId>,
    /// Why.
    #[serde(flatten)]
    pub why: Why,
}

/// Why something stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Why {
    /// The claim is not over.
    NotOver {
        /// The state it is in.
        state: Text,
        /// Since when.
        since: Moment,
    },
    /// It is over, and not for long enough.
    OverSince {
        /// Since when.
        since: Moment,
    },
    /// Something has happened to it that is not old enough.
    Touched {
        /// When.
        at: Moment,
    },
    /// It has an open incident.
    Incident,
    /// Something that came in waits for it.
    Waiting,
    /// A work item of it is open.
    WorkItem,
    /// A work item of it is laid aside.
    LaidAside,
    /// A plugin has not answered what it was asked for it.
    Request,
    /// It waits for a deadline.
    Deadline,
    /// It waits for the next file to its payer.
    Queued,
    /// A payment waits, as for a claim that never came.
    Payment,
    /// A file is not sent.
    Unsent {
        /// Its name.
        file: Text,
    },
    /// A file was being sent where the journal could be divided.
    Divided {
        /// Its name.
        file: Text,
    },
    /// A record that cannot be read.
    Unreadable,
    /// The part is the one that still grows, or is not packed yet.
    Growing,
}

/// What is open of claims, whatever their state.
pub(super) struct Opened {
    incidents: FxHashSet<u64>,
    waiting: FxHashSet<u64>,
    requests: FxHashSet<u64>,
    aside: FxHashSet<u64>,
    /// The last record of the claims' incidents.
    histories: FxHashMap<u64, Position>,
}

/// How a claim stands.
pub(super) enum Standing {
    /// It is gone already.
    Gone,
    /// It may go.
    Over(Box<Summary>),
    /// It stays.
    Kept(Why),
}

impl Opened {
    /// As the state has them, for claims that were seen.
    pub fn read(store: &dyn Store, seen: &FxHashMap<u64, Seen>) -> Result<Self> {
        let numbers = |prefix: &[u8], of: &dyn Fn(&[u8]) -> Option<u64>| -> Result<FxHashSet<u64>> {
            let mut all = FxHashSet::default();
            each(store, prefix, &mut |key, _| {
                all.extend(of(key).filter(|number| seen.contains_key(number)));
                Ok(ControlFlow::Continue(()))
            })?;
            Ok(all)
        };
        let mut histories: FxHashMap<u64, Position> = FxHashMap::default();
        each(store, keys::INCIDENT_HISTORIES, &mut |key, _| {
            let at = key.last_chunk::<8>().map(|bytes| Position(u64::from_be_bytes(*bytes)));
            if let Some((number, at)) = keys::claim_of_incident(key).zip(at)
                && seen.contains_key(&number)
            {
                let last = histories.entry(number).or_default();
                *last = at.max(*last);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self {
            incidents: numbers(keys::INCIDENTS, &keys::claim_of_incident)?,
            waiting: numbers(keys::WAITING, &keys::claim_of_incident)?,
            requests: numbers(keys::OPEN, &keys::number_at_end)?,
            aside: numbers(keys::PENDED, &keys::number_at_end)?,
            histories,
        })
    }

    /// How a claim stands at a moment before which it must have been over; `seen` ends with the last that the journal has
    /// of it. `read` is where reading the journal ended.
    pub fn standing(
        &self,
        store: &dyn Store,
        number: u64,
        seen: &mut Seen,
        (before, read): (Moment, Position),
    ) -> Result<Standing> {
        let Some(value) = store.get(&keys::claim(number))? else {
            let is_gone = store.get(&keys::forgotten(number))?.is_some();
            return Ok(if is_gone { Standing::Gone } else { Standing::Kept(Why::Unreadable) });
        };
        let (head, summary) = read_claim_value(&value)?;
        seen.last = seen.last.max(head).max(self.histories.get(&number).copied().unwrap_or_default());
        if let Some(why) = self.open(&summary).or_else(|| young(&summary, before)) {
            return Ok(Standing::Kept(why));
        }
        // What happened to it behind what was read is no older than it for that.
        if seen.last >= read {
            let Ok(last) = decode(&store.read(seen.last)?) else {
                return Ok(Standing::Kept(Why::Unreadable));
            };
            seen.to = seen.to.max(last.at);
            if last.at >= before {
                return Ok(Standing::Kept(Why::Touched { at: last.at }));
            }
        }
        Ok(Standing::Over(Box::new(summary)))
    }

    fn open(&self, summary: &Summary) -> Option<Why> {
        let number = summary.number;
        let open = [
            (self.incidents.contains(&number), Why::Incident),
            (self.waiting.contains(&number), Why::Waiting),
            (self.requests.contains(&number), Why::Request),
            (!summary.is_final, Why::NotOver { state: summary.state.clone(), since: summary.entered }),
            (self.aside.contains(&number), Why::LaidAside),
            (!summary.items.is_empty(), Why::WorkItem),
            (summary.queued, Why::Queued),
            (summary.deadline.is_some(), Why::Deadline),
        ];
        open.into_iter().find_map(|(is_open, why)| is_open.then_some(why))
    }
}

fn young(summary: &Summary, before: Moment) -> Option<Why> {
    (summary.entered >= before).then_some(Why::OverSince { since: summary.entered })
}
