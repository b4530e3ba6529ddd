//! Open incidents in memory: whoever steps a claim asks here first, and for a practice without incidents that costs one
//! look at a counter.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use claimflow_core::Text;
use rustc_hash::FxHashMap;

use super::{IncidentRecord, WaitingInput};
use crate::error::Result;
use crate::keys;
use crate::projection::read_value;
use crate::record::Body;
use crate::store::Position;
use crate::view::View;

/// What is open of one claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Open {
    /// Its incidents, in the order of their keys.
    pub incidents: Vec<IncidentRecord>,
    /// Records of inputs that wait, in the order in which they came, and whether each is a new fact.
    pub waiting: Vec<(Position, bool)>,
}

impl Open {
    /// The one of that key.
    pub fn find(&self, key: &str) -> Option<&IncidentRecord> {
        self.incidents.iter().find(|incident| incident.key() == key)
    }

    /// The keys of all.
    pub fn keys(&self) -> Vec<Text> {
        self.incidents.iter().map(IncidentRecord::key).collect()
    }
}

/// See the module.
#[derive(Default)]
pub(crate) struct Incidents {
    /// How many claims have an incident.
    claims: AtomicUsize,
    open: RwLock<FxHashMap<u64, Open>>,
}

impl Incidents {
    /// As the state has them.
    pub fn load(view: &View) -> Result<Self> {
        let incidents = Self::default();
        for (_, value) in view.collect(keys::INCIDENTS)? {
            incidents.add(read_value(&value)?);
        }
        for (key, value) in view.collect(keys::WAITING)? {
            if let Some((number, position)) = keys::parse_waiting(&key) {
                incidents.wait(number, position, value.first() == Some(&1));
            }
        }
        Ok(incidents)
    }

    /// How many claims have an open incident.
    pub fn count(&self) -> usize {
        self.claims.load(Ordering::Acquire)
    }

    /// What is open of a claim.
    pub fn of(&self, number: u64) -> Option<Open> {
        if self.count() == 0 {
            return None;
        }
        self.open.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }

    /// True when nothing automatic touches a claim.
    pub fn quarantines(&self, number: u64) -> bool {
        self.count() > 0 && self.open.read().unwrap_or_else(PoisonError::into_inner).contains_key(&number)
    }

    /// Claims with open incidents, by number.
    pub fn all(&self) -> Vec<(u64, Open)> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<(u64, Open)> = open.iter().map(|(number, own)| (*number, own.clone())).collect();
        all.sort_unstable_by_key(|(number, _)| *number);
        all
    }

    /// Notes what a record that is durable says of incidents.
    pub fn note(&self, body: &Body, position: Position) {
        match body {
            Body::Incident(incident) => self.add((**incident).clone()),
            Body::IncidentClosed(closed) => {
                let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
                if let Some(own) = open.get_mut(&closed.claim) {
                    own.incidents.retain(|incident| !closed.keys.contains(&incident.key()));
                    let gone = |at: &Position| closed.taken.contains(at) || closed.dropped.contains(at);
                    own.waiting.retain(|(at, _)| !gone(at));
                    if own.incidents.is_empty() && own.waiting.is_empty() {
                        open.remove(&closed.claim);
                    }
                }
                self.claims.store(open.len(), Ordering::Release);
            }
            Body::Waiting(waiting) => {
                self.wait(waiting.claim, position, waiting.input == WaitingInput::NewFact);
            }
            _ => {}
        }
    }

    fn add(&self, incident: IncidentRecord) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let own = open.entry(incident.claim).or_default();
        let key = incident.key();
        own.incidents.retain(|earlier| earlier.key() != key);
        own.incidents.push(incident);
        own.incidents.sort_by_cached_key(IncidentRecord::key);
        self.claims.store(open.len(), Ordering::Release);
    }

    fn wait(&self, number: u64, position: Position, new_fact: bool) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let own = open.entry(number).or_default();
        own.waiting.push((position, new_fact));
        own.waiting.sort_unstable();
        self.claims.store(open.len(), Ordering::Release);
    }
}
