//! What the oldest part of the journal holds, read until something is too young to go, or until it is enough for a round.

use std::ops::ControlFlow;

use claimflow_core::{Moment, Text};
use rustc_hash::{FxHashMap, FxHashSet};

use super::keeper::Why;
use crate::error::{Error, Result};
use crate::record::{BatchRecord, Body, ClaimRecord, Record, decode};
use crate::store::{Position, Store};

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds<'a> {
    /// What goes was over before.
    pub before: Moment,
    /// Everything before it is gone, or is taken as gone.
    pub from: Position,
    /// Claims, and records that outlive them, which are enough for a round.
    pub most: usize,
    /// Claims that are taken as gone.
    pub gone: &'a FxHashSet<u64>,
}

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

/// Somewhere between these positions the journal cannot begin: what begins at the first ends at the second. With the file
/// that it is.
pub(super) type Whole = (Position, Position, Text);

/// What was read last of a file that was sent. One of which note was taken later may be there more than once, each time
/// with more claims.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    pub planned: Position,
    /// When it was in the outbox.
    pub written: Option<Position>,
    /// How many claims were in it.
    pub claims: usize,
}

/// Where something is that does not go.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub at: Position,
    /// The claim, where it is one.
    pub claim: Option<u64>,
    /// What it is; nothing where there is only enough for a round, or no more that is closed.
    pub why: Option<Why>,
}

impl Limit {
    /// Lowers it to where something else is.
    pub fn lower(&mut self, at: Position, claim: Option<u64>, why: Why) {
        if at < self.at {
            *self = Self { at, claim, why: Some(why) };
        }
    }
}

/// A record that must stay, with all that follows: the claim, where it is of one, and why.
type Stays = (Option<u64>, Option<Why>);

/// See the module.
pub(super) struct Scan<'a> {
    bounds: Bounds<'a>,
    pub claims: FxHashMap<u64, Seen>,
    pub batches: FxHashMap<Text, Sent>,
    /// Files that were sent as they were read before.
    pub wholes: Vec<Whole>,
    /// Remittances that waited, by key, with the claim number each waited for and where its record is.
    pub parked: Vec<(Text, Text, Position)>,
    /// Where records are that are known by themselves, and not of a claim, and so outlive what goes: which files and
    /// transactions were taken in, so that they are not taken in twice; who changed what decides; what was dropped before.
    pub outliving: Vec<Position>,
    /// What was read ends here.
    pub limit: Limit,
    /// True when it ends there because it is enough.
    pub is_enough: bool,
}

impl<'a> Scan<'a> {
    /// Reads from where the journal begins to a position, to the first sign of life after a moment, or to where it is
    /// enough for a round and the store can drop something of it.
    pub fn read(store: &dyn Store, bounds: Bounds<'a>, end: Position) -> Result<Self> {
        let limit = Limit { at: end, claim: None, why: None };
        let (claims, batches) = (FxHashMap::default(), FxHashMap::default());
        let (wholes, parked, outliving) = (Vec::new(), Vec::new(), Vec::new());
        let mut scan = Self { bounds, claims, batches, wholes, parked, outliving, limit, is_enough: false };
        let mut fault: Option<Error> = None;
        let mut enough = bounds.most;
        store.replay(bounds.from, &mut |at, bytes| {
            if at >= end {
                return ControlFlow::Break(());
            }
            if scan.size() >= enough {
                // Once it is more than enough, it is looked from time to time whether the store can divide it.
                enough = scan.size() + bounds.most / 8 + 1;
                match store.forget(at, false) {
                    Ok(cut) if cut.up_to > bounds.from => return scan.end_enough(at),
                    Ok(_) => {}
                    Err(error) => {
                        fault = Some(error.into());
                        return ControlFlow::Break(());
                    }
                }
            }
            scan.take_bytes(at, bytes)
        })?;
        fault.map_or(Ok(scan), Err)
    }

    /// How much of memory it stands for.
    fn size(&self) -> usize {
        self.claims.len() + self.outliving.len() + self.parked.len()
    }

    fn end_enough(&mut self, at: Position) -> ControlFlow<()> {
        self.is_enough = true;
        self.limit = Limit { at, claim: None, why: None };
        ControlFlow::Break(())
    }

    fn take_bytes(&mut self, at: Position, bytes: &[u8]) -> ControlFlow<()> {
        let taken = match decode(bytes) {
            Ok(record) => self.take(at, record),
            Err(_unreadable) => Err((None, Some(Why::Unreadable))),
        };
        match taken {
            Ok(()) => ControlFlow::Continue(()),
            Err((claim, why)) => {
                self.limit = Limit { at, claim, why };
                ControlFlow::Break(())
            }
        }
    }

    /// Takes a record in; what is wrong with it if it must stay, with all that follows.
    fn take(&mut self, at: Position, record: Record) -> Result<(), Stays> {
        let when = record.at;
        match record.body {
            Body::Claim(claim) => self.record(at, when, claim),
            Body::Acting(acting) => self.record(at, when, acting.claim),
            Body::Batch(batch) => self.batch(at, when, batch),
            Body::BatchWritten { file } => {
                if let Some(sent) = self.batches.get_mut(&file) {
                    sent.written = Some(at);
                }
                Ok(())
            }
            Body::Parked(parked) => {
                self.parked.push((parked.key, parked.claim_id, at));
                Ok(())
            }
            Body::Unparked { .. } => Ok(()),
            // Nothing old follows it but what was written anew with it, which would go round and round.
            Body::Forgotten(_) if when >= self.bounds.before => Err((None, None)),
            Body::File(_) | Body::Transaction(_) | Body::Content(_) | Body::Forgotten(_) => {
                self.outliving.push(at);
                Ok(())
            }
            beside => mentioned(&beside).try_for_each(|number| self.mention(number, at, when).map(drop)),
        }
    }

    fn record(&mut self, at: Position, when: Moment, claim: ClaimRecord) -> Result<(), Stays> {
        let Some(seen) = self.mention(claim.number, at, when)? else { return Ok(()) };
        let summary = claim.summary;
        for name in [summary.id.matching_key(), summary.sent_as.matching_key()] {
            seen.note_name(name);
        }
        Ok(())
    }

    fn batch(&mut self, at: Position, when: Moment, batch: BatchRecord) -> Result<(), Stays> {
        // A file of which note was taken with none of this practice's claims means nothing any more.
        if batch.claims.is_empty() {
            return Ok(());
        }
        for (number, _) in &batch.claims {
            self.mention(*number, at, when)?;
        }
        let mut sent = Sent { planned: at, written: None, claims: batch.claims.len() };
        match self.batches.get(&batch.file) {
            Some(Sent { planned, written: Some(written), .. }) => {
                self.wholes.push((*planned, *written, batch.file.clone()));
            }
            Some(Sent { planned, .. }) => sent.planned = *planned,
            None => {}
        }
        self.batches.insert(batch.file, sent);
        Ok(())
    }

    /// A record speaks of a claim; `None` when that is taken as gone.
    fn mention(&mut self, number: u64, at: Position, when: Moment) -> Result<Option<&mut Seen>, Stays> {
        if when >= self.bounds.before {
            return Err((Some(number), Some(Why::Touched { at: when })));
        }
        if self.bounds.gone.contains(&number) {
            return Ok(None);
        }
        let new = || Seen { first: at, last: at, from: when, to: when, names: Vec::new() };
        let seen = self.claims.entry(number).or_insert_with(new);
        seen.last = at;
        seen.from = seen.from.min(when);
        seen.to = seen.to.max(when);
        Ok(Some(seen))
    }
}

impl Seen {
    /// Notes a number that it is known by.
    pub fn note_name(&mut self, name: Text) {
        if !name.is_empty() && !self.names.contains(&name) {
            self.names.push(name);
        }
    }
}

/// The claims that a record speaks of.
pub(super) fn mentioned(body: &Body) -> impl Iterator<Item = u64> {
    let (one, many): (_, &[(u64, Text)]) = match body {
        Body::Claim(claim) => (Some(claim.number), &[]),
        Body::Acting(acting) => (Some(acting.claim.number), &[]),
        Body::Pended(pended) => (Some(pended.number), &[]),
        Body::Incident(incident) => (Some(incident.claim), &[]),
        Body::IncidentClosed(closed) => (Some(closed.claim), &[]),
        Body::Waiting(waiting) => (Some(waiting.claim), &[]),
        Body::Batch(batch) => (None, &batch.claims),
        Body::File(_)
        | Body::Transaction(_)
        | Body::BatchWritten { .. }
        | Body::Parked(_)
        | Body::Unparked { .. }
        | Body::Content(_)
        | Body::Forgotten(_) => (None, &[]),
    };
    one.into_iter().chain(many.iter().map(|(number, _)| *number))
}
