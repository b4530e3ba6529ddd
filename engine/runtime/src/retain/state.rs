//! What goes of the state when the journal's oldest part goes.

use std::ops::ControlFlow;

use claimflow_core::ClaimId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ForgottenRecord;
use crate::error::{Error, Result};
use crate::keys;
use crate::projection::{ParkedEntry, index_keys, read_claim_value, read_value};
use crate::record::BatchRecord;
use crate::store::{Position, Store, Write};
use crate::summary::Summary;

/// What goes of the state.
pub(crate) struct Removals {
    pub writes: Vec<Write>,
    /// The claims that go, as they were.
    pub claims: Vec<Summary>,
}

/// The writes that take the claims which are wholly before a position out of the state, with all that follows from them.
///
/// The state must hold everything that the journal holds before the record, and nothing behind it. When it holds those
/// claims no more, as one made anew from the later journal, nothing is to be done.
pub(crate) fn removals(store: &dyn Store, forgotten: &ForgottenRecord) -> Result<Removals> {
    let going = going(store, forgotten)?;
    let all: FxHashSet<u64> =
        going.keys().copied().chain(forgotten.also.iter().map(|(number, _)| *number)).collect();
    let mut gone: Vec<Vec<u8>> = Vec::new();
    let mut names: FxHashSet<Vec<u8>> = FxHashSet::default();
    for (number, summary) in &going {
        gone.push(keys::claim(*number));
        gone.extend(index_keys(summary));
        // One that came in again under the number it went out with has that number in both ways.
        for name in [summary.id.matching_key(), summary.sent_as.matching_key()] {
            names.extend([keys::id(&name), keys::alias(&name)]);
        }
    }
    for number in &all {
        gone.extend([keys::open(*number), keys::pended(*number)]);
    }
    batches(store, &all, &mut gone, &mut names)?;
    for (number, name) in &forgotten.names {
        if all.contains(number) {
            names.extend([keys::id(name), keys::alias(name)]);
        }
    }
    for name in names {
        let number = store.get(&name)?.and_then(|value| keys::number_at_end(&value));
        // Another claim may be called so.
        if number.is_some_and(|number| all.contains(&number)) {
            gone.push(name);
        }
    }
    incidents(store, &all, &mut gone)?;
    left(store, forgotten.until, &mut gone)?;
    parked(store, forgotten.until, &mut gone)?;
    changes(store, forgotten.until, &mut gone)?;
    let writes = gone.into_iter().map(|key| (key, None)).collect();
    Ok(Removals { writes, claims: going.into_values().collect() })
}

/// The claims that go and that the state has.
fn going(store: &dyn Store, forgotten: &ForgottenRecord) -> Result<FxHashMap<u64, Summary>> {
    let also: FxHashSet<u64> = forgotten.also.iter().map(|(number, _)| *number).collect();
    let mut going = FxHashMap::default();
    each(store, b"c", &mut |key, value| {
        let Some(number) = keys::number_at_end(key) else { return Ok(ControlFlow::Continue(())) };
        if number > forgotten.highest {
            return Ok(ControlFlow::Break(()));
        }
        let (head, summary) = read_claim_value(value)?;
        if head < forgotten.until || also.contains(&number) {
            going.insert(number, summary);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(going)
}

/// Files that were sent go with their claims, and tell under which numbers these went out. One without any, of which note
/// was taken, goes with whatever goes.
fn batches(
    store: &dyn Store,
    all: &FxHashSet<u64>,
    gone: &mut Vec<Vec<u8>>,
    names: &mut FxHashSet<Vec<u8>>,
) -> Result<()> {
    let mut left: FxHashSet<u64> = FxHashSet::default();
    each(store, keys::LEFT, &mut |key, _| {
        left.extend(keys::number_at_end(key));
        Ok(ControlFlow::Continue(()))
    })?;
    each(store, b"b", &mut |key, value| {
        let batch: BatchRecord = read_value(value)?;
        let is_gone = |(number, _): &(u64, _)| all.contains(number) || left.contains(number);
        if batch.claims.iter().all(is_gone) {
            gone.extend([key.to_vec(), keys::batch_done(&batch.file)]);
            let sent = batch.claims.iter().map(|(_, sent_as)| ClaimId::as_received(sent_as.clone()));
            names.extend(sent.map(|sent_as| keys::alias(&sent_as.matching_key())));
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// The records of incidents that were. A state that a crash left behind may still hold what was over by then.
fn incidents(store: &dyn Store, all: &FxHashSet<u64>, gone: &mut Vec<Vec<u8>>) -> Result<()> {
    each(store, b"j", &mut |key, _| {
        if keys::claim_of_incident(key).is_some_and(|number| all.contains(&number)) {
            gone.push(key.to_vec());
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// No remittance that waits goes, so that one which still does, from before the position, does so in a state that a crash
/// left behind.
fn parked(store: &dyn Store, until: Position, gone: &mut Vec<Vec<u8>>) -> Result<()> {
    each(store, b"p", &mut |key, value| {
        let entry: ParkedEntry = read_value(value)?;
        if entry.position < until {
            let name = String::from_utf8_lossy(key.get(1..).unwrap_or_default());
            gone.extend([key.to_vec(), keys::parked_for(&entry.claim_id, &name)]);
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// Of claims that went before, nothing is left any more.
fn left(store: &dyn Store, until: Position, gone: &mut Vec<Vec<u8>>) -> Result<()> {
    each(store, keys::LEFT, &mut |key, value| {
        if read_value::<Position>(value)? < until {
            gone.push(key.to_vec());
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// Changes of what decides stand where they were written anew.
fn changes(store: &dyn Store, until: Position, gone: &mut Vec<Vec<u8>>) -> Result<()> {
    let end = keys::content(until);
    each(store, keys::CONTENT, &mut |key, _| {
        if key >= &*end {
            return Ok(ControlFlow::Break(()));
        }
        gone.push(key.to_vec());
        Ok(ControlFlow::Continue(()))
    })
}

/// Scans a prefix with an `each` that can fail. It asks the store for nothing: that may wait for the scan.
pub(super) fn each(
    store: &dyn Store,
    prefix: &[u8],
    each: &mut dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut fault: Option<Error> = None;
    store.scan(prefix, None, &mut |key, value| {
        each(key, value).unwrap_or_else(|error| {
            fault = Some(error);
            ControlFlow::Break(())
        })
    })?;
    fault.map_or(Ok(()), Err)
}
