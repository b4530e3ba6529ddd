//! How much of the journal's beginning can go.

use std::ops::ControlFlow;

use claimflow_core::{ClaimId, Moment, Text};
use rustc_hash::{FxHashMap, FxHashSet};

use super::keeper::{KeptBy, Opened, Standing, Why};
use super::scan::{Bounds, Limit, Scan, Seen, Whole, mentioned};
use super::state::each;
use super::{ForgottenRecord, Leaving, Retained};
use crate::error::{Error, Result};
use crate::keys;
use crate::projection::{Counters, read_claim_value, read_value};
use crate::record::{BatchRecord, Body, Record, decode, encode};
use crate::store::{DropReport, Position, Store};
use crate::summary::Summary;

/// What goes.
#[derive(Default)]
pub(super) struct Plan {
    /// What goes since the journal began.
    cut: DropReport,
    /// What is gone, or is taken as gone, of that.
    before: DropReport,
    going: Vec<(u64, Box<Summary>, Seen)>,
    /// Numbers that the claims which go are known by and that neither their summaries nor the files sent tell.
    names: Vec<(u64, Text)>,
    /// Where records are that outlive them.
    outliving: Vec<Position>,
    kept_by: Option<KeptBy>,
    /// True when there may be more than was looked at.
    more: bool,
}

impl Plan {
    /// What can go next of what is over since before a moment. The state must hold all that the journal holds, but for
    /// what [`is_touched`](Self::is_touched) tells.
    pub fn make(store: &dyn Store, bounds: Bounds<'_>) -> Result<Self> {
        let mut bounds = bounds;
        let end = store.forget(Position(u64::MAX), false)?.up_to;
        loop {
            let (plan, is_divided) = Self::within(store, bounds, end)?;
            if !(is_divided && plan.more && plan.is_empty(bounds.from)) {
                return Ok(plan);
            }
            // All that was read is one whole, as a file that was sent and written far behind: more is read.
            bounds.most = bounds.most.saturating_mul(4);
        }
    }

    /// The same of no more than the bounds say; and whether less goes since something whole would be divided.
    fn within(store: &dyn Store, bounds: Bounds<'_>, end: Position) -> Result<(Self, bool)> {
        let mut scan = Scan::read(store, bounds, end)?;
        let opened = Opened::read(store, &scan.claims)?;
        let look = (bounds.before, scan.limit.at);
        let mut over = FxHashMap::default();
        for (number, seen) in &mut scan.claims {
            match opened.standing(store, *number, seen, look)? {
                Standing::Over(summary) => drop(over.insert(*number, summary)),
                Standing::Gone => {}
                Standing::Kept(why) => scan.limit.lower(seen.first, Some(*number), why),
            }
        }
        let names = sent(store, &mut scan)?;
        parked(store, &mut scan)?;
        let (cut, divided) = longest(store, scan.limit.at, &scan.wholes)?;
        let before = if bounds.from == store.start() {
            DropReport::default()
        } else {
            store.forget(bounds.from, false)?
        };
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
        let is_divided = divided.is_some();
        let more = scan.is_enough && scan.limit.why.is_none();
        let kept_by = if more { None } else { kept_by(store, &bounds, &scan.limit, divided, end)? };
        let outliving = scan.outliving;
        Ok((Self { cut, before, going, names, outliving, kept_by, more }, is_divided))
    }

    /// True when nothing goes that was there.
    pub fn is_empty(&self, from: Position) -> bool {
        self.until() <= from
    }

    /// Whether something has happened, behind a position, that may concern what goes.
    pub fn is_touched(&self, store: &dyn Store, since: Position) -> Result<bool> {
        let mut touched = false;
        let going: FxHashSet<u64> = self.numbers().collect();
        store.replay(since, &mut |_, bytes| {
            // What cannot be read may be anything.
            touched = decode(bytes).map_or(true, |record| {
                matches!(record.body, Body::Forgotten(_))
                    || mentioned(&record.body).any(|own| going.contains(&own))
            });
            if touched { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(touched)
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
        let leaving = |(_, summary, seen): &(u64, Box<Summary>, Seen)| Leaving {
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
            segments: self.cut.segments.saturating_sub(self.before.segments),
            records: self.cut.records.saturating_sub(self.before.records),
            bytes: self.cut.bytes.saturating_sub(self.before.bytes),
            carried: self.outliving.len() as u64,
            more: self.more,
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

/// What keeps the next part from going.
fn kept_by(
    store: &dyn Store,
    bounds: &Bounds<'_>,
    limit: &Limit,
    divided: Option<Text>,
    end: Position,
) -> Result<Option<KeptBy>> {
    let of_nobody = |why| Some(KeptBy { claim: None, why });
    if let Some(file) = divided {
        return Ok(of_nobody(Why::Divided { file }));
    }
    let Some(why) = &limit.why else {
        return Ok(if is_old(store, end, bounds)? { of_nobody(Why::Growing) } else { None });
    };
    let claim = match limit.claim {
        Some(number) => claim_id(store, number)?,
        None => None,
    };
    Ok(Some(KeptBy { claim, why: why.clone() }))
}

/// Whether what follows a position begins with what is old enough to go, so that only its being unfinished keeps it.
fn is_old(store: &dyn Store, end: Position, bounds: &Bounds<'_>) -> Result<bool> {
    let mut is_old = false;
    store.replay(end.max(bounds.from), &mut |_, bytes| {
        let Ok(record) = decode(bytes) else { return ControlFlow::Break(()) };
        if mentioned(&record.body).next().is_none() {
            return ControlFlow::Continue(());
        }
        is_old = record.at < bounds.before;
        ControlFlow::Break(())
    })?;
    Ok(is_old)
}

fn claim_id(store: &dyn Store, number: u64) -> Result<Option<ClaimId>> {
    let value = store.get(&keys::claim(number))?;
    Ok(value.map(|value| read_claim_value(&value)).transpose().map_err(Error::from)?.map(|(_, own)| own.id))
}

/// Files that were sent are whole when they are in the outbox, and go with all of their claims. Gives the numbers under
/// which claims went out in them. A file behind what was read that a claim went out in once more stays: its number of the
/// claim is noted with the claim.
fn sent(store: &dyn Store, scan: &mut Scan<'_>) -> Result<FxHashSet<(u64, Text)>> {
    let mut sent = FxHashSet::default();
    for (name, file) in &scan.batches {
        match file.written {
            Some(written) => scan.wholes.push((file.planned, written, name.clone())),
            None if scan.is_enough && store.get(&keys::batch_done(name))?.is_some() => {
                scan.wholes.push((file.planned, Position(u64::MAX), name.clone()));
            }
            None => scan.limit.lower(file.planned, None, Why::Unsent { file: name.clone() }),
        }
    }
    let stand = store.applied()?;
    each(store, b"b", &mut |_, value| {
        let batch: BatchRecord = read_value(value)?;
        let read = scan.batches.get(&batch.file).is_some_and(|seen| seen.claims == batch.claims.len());
        // Of a file that went out unknown to the journal note was taken after its claims were told, not before: the last
        // that speaks of them is its record, somewhere before where the state stands.
        let is_later = !read && batch.payer.is_empty();
        for (number, sent_as) in batch.claims {
            let Some(seen) = scan.claims.get_mut(&number) else { continue };
            let name = ClaimId::as_received(sent_as).matching_key();
            if read {
                sent.insert((number, name));
            } else {
                seen.note_name(name);
            }
            if is_later {
                seen.last = seen.last.max(stand);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(sent)
}

/// A remittance that waits stays, with all that follows.
fn parked(store: &dyn Store, scan: &mut Scan<'_>) -> Result<()> {
    for (key, claim_id, at) in &scan.parked {
        let waits = store.get(&keys::parked(key))?.is_some();
        if waits || store.get(&keys::parked_for(claim_id, key))?.is_some() {
            scan.limit.lower(*at, None, Why::Payment);
        }
    }
    Ok(())
}

/// The most that the store can drop up to a position so that nothing whole is divided; the last file for which that is
/// less than it could.
fn longest(store: &dyn Store, limit: Position, wholes: &[Whole]) -> Result<(DropReport, Option<Text>)> {
    let mut cut = store.forget(limit, false)?;
    let mut divided = None;
    loop {
        let is_divided = |(first, last, _): &&Whole| *first < cut.up_to && cut.up_to <= *last;
        match wholes.iter().filter(is_divided).min_by_key(|(first, ..)| *first) {
            // INVARIANT: it begins before the cut, so that the cut moves towards the beginning and this ends.
            Some((first, _, file)) => {
                divided = Some(file.clone());
                cut = store.forget(*first, false)?;
            }
            None => return Ok((cut, divided)),
        }
    }
}

/// Names of claims that go, where the state does not tell them, be it kept or made anew from the journal after `until`.
fn untold(
    going: &[(u64, Box<Summary>, Seen)],
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
