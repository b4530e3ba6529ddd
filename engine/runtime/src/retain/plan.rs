//! How much of the journal's beginning can go.

use std::ops::ControlFlow;

use claimflow_core::{Moment, Text};
use rustc_hash::{FxHashMap, FxHashSet};

use super::scan::{Limit, Scan, Seen};
use super::state::each;
use super::{ForgottenRecord, Leaving, Retained};
use crate::error::Result;
use crate::keys;
use crate::projection::{Counters, read_claim_value, read_value};
use crate::record::{BatchRecord, Body, Record, decode, encode};
use crate::store::{DropReport, Position, Store};
use crate::summary::Summary;

/// Somewhere between these positions the journal cannot begin: what begins at the first ends at the second.
type Whole = (Position, Position);

/// What goes.
pub(super) struct Plan {
    cut: DropReport,
    going: Vec<(u64, Summary, Seen)>,
    /// Numbers that the claims which go are known by and that neither their summaries nor the files sent tell.
    names: Vec<(u64, Text)>,
    /// Where records are that outlive them.
    outliving: Vec<Position>,
    kept_by: String,
}

impl Plan {
    /// The most that can go of what is over since before a moment. The state must hold all that the journal holds.
    pub fn make(store: &dyn Store, before: Moment) -> Result<Self> {
        let end = store.forget(Position(u64::MAX), false)?.up_to;
        let mut scan = Scan::read(store, before, end)?;
        let read = scan.limit.at;
        let mut over = FxHashMap::default();
        for (number, seen) in &mut scan.claims {
            match is_over(store, *number, seen, before)? {
                // What happened to it behind what was read may be young.
                Ok(Some(_)) if seen.last >= read => {
                    lower(&mut scan.limit, seen.first, "a claim to which something has happened since then");
                }
                Ok(Some(summary)) => drop(over.insert(*number, summary)),
                Ok(None) => {}
                Err(why) => lower(&mut scan.limit, seen.first, why),
            }
        }
        let mut wholes = Vec::new();
        let names = sent(store, &mut scan, &mut wholes)?;
        parked(store, &mut scan)?;
        let cut = longest(store, scan.limit.at, &wholes)?;
        let mut going = Vec::new();
        for (number, seen) in std::mem::take(&mut scan.claims) {
            if seen.first < cut.up_to
                && let Some(summary) = over.remove(&number)
            {
                going.push((number, summary, seen));
            }
        }
        going.sort_unstable_by_key(|(number, ..)| *number);
        let names = untold(&going, &names, cut.up_to);
        scan.outliving.retain(|at| *at < cut.up_to);
        let kept_by = match scan.limit.why {
            _ if cut.up_to == end => String::new(),
            why if why.is_empty() => "a file that was being sent then".to_owned(),
            why => why,
        };
        Ok(Self { cut, going, names, outliving: scan.outliving, kept_by })
    }

    /// Everything before this position goes; zero when nothing does.
    pub fn until(&self) -> Position {
        self.cut.up_to
    }

    /// The claims that go.
    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        self.going.iter().map(|(number, ..)| *number)
    }

    /// What is written down of it.
    pub fn forgotten(&self, counters: Counters) -> ForgottenRecord {
        ForgottenRecord {
            until: self.until(),
            claims: self.going.len() as u64,
            highest: self.numbers().max().unwrap_or_default(),
            first: self.from().unwrap_or_default(),
            last: self.to().unwrap_or_default(),
            link: Text::from(&self.cut.link),
            counters,
            also: self.also().collect(),
            names: self.names.clone(),
        }
    }

    /// Claims of which something is left behind, and up to where.
    fn also(&self) -> impl Iterator<Item = (u64, Position)> {
        let all = self.going.iter().map(|(number, _, seen)| (*number, seen.last));
        all.filter(|(_, last)| *last >= self.until())
    }

    /// The records that outlive what goes, as they are. Of what was dropped before, the claims are named no more.
    pub fn carried(&self, store: &dyn Store) -> Result<Vec<Vec<u8>>> {
        let mut all = Vec::with_capacity(self.outliving.len());
        let mut wanted = self.outliving.iter().peekable();
        store.replay(Position::default(), &mut |at, bytes| {
            if wanted.next_if(|wanted| **wanted == at).is_some() {
                all.push(shortened(bytes));
            }
            if wanted.peek().is_none() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        all.into_iter().collect()
    }

    /// In words.
    pub fn report(&self, applied: bool) -> Retained {
        let leaving = |(_, summary, seen): &(u64, Summary, Seen)| Leaving {
            id: summary.id.clone(),
            state: summary.state.clone(),
            payer: Text::from(summary.payer.as_str()),
            from: seen.from,
            to: seen.to,
        };
        Retained {
            applied,
            claims: self.going.iter().map(leaving).collect(),
            from: self.from(),
            to: self.to(),
            segments: self.cut.segments,
            records: self.cut.records,
            bytes: self.cut.bytes,
            carried: self.outliving.len() as u64,
            kept_by: self.kept_by.clone(),
        }
    }

    fn from(&self) -> Option<Moment> {
        self.going.iter().map(|(.., seen)| seen.from).min()
    }

    fn to(&self) -> Option<Moment> {
        self.going.iter().map(|(.., seen)| seen.to).max()
    }
}

/// A record as it outlives. What an earlier dropping left was written before its own record, and so goes now: the names
/// of its claims are needed no more.
fn shortened(bytes: &[u8]) -> Result<Vec<u8>> {
    let record = decode(bytes)?;
    let Body::Forgotten(forgotten) = record.body else { return Ok(bytes.to_vec()) };
    let forgotten = ForgottenRecord { also: Vec::new(), names: Vec::new(), highest: 0, ..*forgotten };
    Ok(encode(&Record { body: Body::Forgotten(Box::new(forgotten)), ..record })?)
}

fn lower(limit: &mut Limit, at: Position, why: &str) {
    if at < limit.at {
        *limit = Limit { at, why: why.to_owned() };
    }
}

/// Whether a claim is over since before a moment, with nothing open; then, in short, what it is, and `seen` ends with the
/// last that the journal has of it. `None` for one that is gone already.
fn is_over(
    store: &dyn Store,
    number: u64,
    seen: &mut Seen,
    before: Moment,
) -> Result<std::result::Result<Option<Summary>, &'static str>> {
    let Some(value) = store.get(&keys::claim(number))? else {
        let is_gone = store.get(&keys::forgotten(number))?.is_some();
        return Ok(if is_gone { Ok(None) } else { Err("a claim that cannot be read") });
    };
    let (head, summary) = read_claim_value(&value)?;
    let mut last = head;
    let mut open = summary.deadline.is_some() || summary.queued || !summary.items.is_empty();
    open |= store.get(&keys::open(number))?.is_some() || store.get(&keys::pended(number))?.is_some();
    for prefix in [keys::INCIDENTS, keys::WAITING] {
        each(store, &keys::with_number(prefix, number), &mut |_, _| {
            open = true;
            Ok(ControlFlow::Break(()))
        })?;
    }
    each(store, &keys::incident_history_prefix(number), &mut |key, _| {
        let at = key.last_chunk::<8>().map(|bytes| Position(u64::from_be_bytes(*bytes)));
        last = last.max(at.unwrap_or_default());
        Ok(ControlFlow::Continue(()))
    })?;
    seen.last = seen.last.max(last);
    Ok(match summary {
        summary if !summary.is_final => Err("a claim that is not over"),
        _ if open => Err("a claim with something open"),
        summary if summary.entered >= before => Err("a claim that has not been over for long enough"),
        summary => Ok(Some(summary)),
    })
}

/// Files that were sent are whole when they are in the outbox, and go with all of their claims. Gives the numbers under
/// which claims went out in them.
fn sent(store: &dyn Store, scan: &mut Scan, wholes: &mut Vec<Whole>) -> Result<FxHashSet<(u64, Text)>> {
    let mut sent = FxHashSet::default();
    for file in scan.batches.values() {
        match file.written {
            Some(written) => wholes.push((file.planned, written)),
            None => lower(&mut scan.limit, file.planned, "a file that was not sent before that"),
        }
    }
    each(store, b"b", &mut |_, value| {
        let batch: BatchRecord = read_value(value)?;
        let read = scan.batches.contains_key(&batch.file);
        for (number, sent_as) in batch.claims {
            let Some(seen) = scan.claims.get(&number) else { continue };
            if read {
                sent.insert((number, claimflow_core::ClaimId::as_received(sent_as).matching_key()));
            } else {
                lower(&mut scan.limit, seen.first, "a claim that was sent again later");
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(sent)
}

/// A remittance that waits stays, with all that follows.
fn parked(store: &dyn Store, scan: &mut Scan) -> Result<()> {
    for (key, claim_id, at) in &scan.parked {
        let waits = store.get(&keys::parked(key))?.is_some();
        if waits || store.get(&keys::parked_for(claim_id, key))?.is_some() {
            lower(&mut scan.limit, *at, "a payment that waits");
        }
    }
    Ok(())
}

/// The most that the store can drop up to a position so that nothing whole is divided.
fn longest(store: &dyn Store, limit: Position, wholes: &[Whole]) -> Result<DropReport> {
    let mut cut = store.forget(limit, false)?;
    loop {
        let divided = |(first, last): &&Whole| *first < cut.up_to && cut.up_to <= *last;
        match wholes.iter().filter(divided).map(|(first, _)| *first).min() {
            // INVARIANT: it begins before the cut, so that the cut moves towards the beginning and this ends.
            Some(first) => cut = store.forget(first, false)?,
            None => return Ok(cut),
        }
    }
}

/// Names of claims that go, where the state does not tell them, be it kept or made anew from the journal after `until`.
fn untold(
    going: &[(u64, Summary, Seen)],
    sent: &FxHashSet<(u64, Text)>,
    until: Position,
) -> Vec<(u64, Text)> {
    let mut untold = Vec::new();
    for (number, summary, seen) in going {
        let told = [summary.id.matching_key(), summary.sent_as.matching_key()];
        let names = seen.names.iter().filter(|name| !told.contains(name));
        let names = names.map(|name| (*number, name.clone()));
        untold.extend(names.filter(|name| seen.last >= until || !sent.contains(name)));
    }
    untold
}
