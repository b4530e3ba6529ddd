//! What the oldest part of the journal holds, read until something is too young to go.

use std::ops::ControlFlow;

use claimflow_core::{Moment, Text};
use rustc_hash::FxHashMap;

use crate::error::Result;
use crate::record::{BatchRecord, Body, ClaimRecord, Record, decode};
use crate::store::{Position, Store};

/// What was read of a claim.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub first: Position,
    pub last: Position,
    pub from: Moment,
    pub to: Moment,
    /// Numbers it was known by, in matching form.
    pub names: Vec<Text>,
}

/// What was read of a file that was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    pub planned: Position,
    /// When it was in the outbox.
    pub written: Option<Position>,
}

/// Where something is that does not go, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub at: Position,
    pub why: String,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Scan {
    before: Moment,
    pub claims: FxHashMap<u64, Seen>,
    pub batches: FxHashMap<Text, Sent>,
    /// Remittances that waited, by key, with the claim number each waited for and where its record is.
    pub parked: Vec<(Text, Text, Position)>,
    /// Where records are that are known by themselves, and not of a claim, and so outlive what goes: which files and
    /// transactions were taken in, so that they are not taken in twice; who changed what decides; what was dropped before.
    pub outliving: Vec<Position>,
    /// What was read ends here.
    pub limit: Limit,
}

impl Scan {
    /// Reads from the beginning of the journal to a position, or to the first sign of life after a moment.
    pub fn read(store: &dyn Store, before: Moment, end: Position) -> Result<Self> {
        let limit = Limit { at: end, why: String::new() };
        let (claims, batches) = (FxHashMap::default(), FxHashMap::default());
        let mut scan = Self { before, claims, batches, parked: Vec::new(), outliving: Vec::new(), limit };
        store.replay(Position::default(), &mut |at, bytes| {
            if at >= end {
                return ControlFlow::Break(());
            }
            let taken = match decode(bytes) {
                Ok(record) => scan.take(at, record),
                Err(_unreadable) => Err("a record that cannot be read"),
            };
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(why) => {
                    scan.limit = Limit { at, why: why.to_owned() };
                    ControlFlow::Break(())
                }
            }
        })?;
        Ok(scan)
    }

    /// Takes a record in; what is wrong with it if it must stay, with all that follows.
    fn take(&mut self, at: Position, record: Record) -> Result<(), &'static str> {
        let when = record.at;
        match record.body {
            Body::Claim(claim) => self.record(at, when, claim),
            Body::Acting(acting) => self.record(at, when, acting.claim),
            Body::Pended(pended) => self.mention(pended.number, at, when).map(drop),
            Body::Incident(incident) => self.mention(incident.claim, at, when).map(drop),
            Body::IncidentClosed(closed) => self.mention(closed.claim, at, when).map(drop),
            Body::Waiting(waiting) => self.mention(waiting.claim, at, when).map(drop),
            Body::Batch(batch) => self.batch(at, when, batch),
            Body::BatchWritten { file } => match self.batches.get_mut(&file) {
                Some(sent) => {
                    sent.written = Some(at);
                    Ok(())
                }
                None => Err("a file that was sent before the journal begins"),
            },
            Body::Parked(parked) => {
                self.parked.push((parked.key, parked.claim_id, at));
                Ok(())
            }
            Body::Unparked { .. } => Ok(()),
            Body::File(_) | Body::Transaction(_) | Body::Content(_) | Body::Forgotten(_) => {
                self.outliving.push(at);
                Ok(())
            }
        }
    }

    fn record(&mut self, at: Position, when: Moment, claim: ClaimRecord) -> Result<(), &'static str> {
        let seen = self.mention(claim.number, at, when)?;
        let summary = claim.summary;
        for name in [summary.id.matching_key(), summary.sent_as.matching_key()] {
            if !name.is_empty() && !seen.names.contains(&name) {
                seen.names.push(name);
            }
        }
        Ok(())
    }

    fn batch(&mut self, at: Position, when: Moment, batch: BatchRecord) -> Result<(), &'static str> {
        if batch.claims.is_empty() {
            return Err("a file that was sent without claims");
        }
        for (number, _) in &batch.claims {
            self.mention(*number, at, when)?;
        }
        self.batches.insert(batch.file, Sent { planned: at, written: None });
        Ok(())
    }

    /// A record speaks of a claim.
    fn mention(&mut self, number: u64, at: Position, when: Moment) -> Result<&mut Seen, &'static str> {
        if when >= self.before {
            return Err("a claim to which something has happened since then");
        }
        let new = || Seen { first: at, last: at, from: when, to: when, names: Vec::new() };
        let seen = self.claims.entry(number).or_insert_with(new);
        seen.last = at;
        seen.from = seen.from.min(when);
        seen.to = seen.to.max(when);
        Ok(seen)
    }
}
