//! Loading a claim: the fold of its events, read along the chain of its records.

use claimflow_core::event::Event;
use claimflow_core::state::ClaimState;
use claimflow_core::step::StepError;
use claimflow_core::{Moment, Text};

use crate::error::Result;
use crate::record::{ClaimRecord, RecordError, decode, decode_events};
use crate::store::{Position, Store};

/// What happened to a claim at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Chapter {
    /// When.
    pub at: Moment,
    /// Who or what.
    pub actor: Text,
    /// The events, in order.
    pub events: Vec<Event>,
}

/// The chapters of a claim whose last record is at `head`, oldest first.
pub fn chapters(store: &dyn Store, head: Position) -> Result<Vec<Chapter>> {
    chapters_until(store, head, head)
}

/// The chapters of a claim whose last record is at `head`, oldest first, without what was written after `last`.
pub(crate) fn chapters_until(store: &dyn Store, head: Position, last: Position) -> Result<Vec<Chapter>> {
    let mut all = Vec::new();
    let mut next = head;
    while next != Position::default() {
        let record = decode(&store.read(next)?)?;
        let Some(ClaimRecord { previous, events, .. }) = record.body.into_claim() else {
            return Err(
                RecordError::Malformed("a claim's chain leads to another kind of record".to_owned()).into()
            );
        };
        if next <= last {
            all.push(Chapter { at: record.at, actor: record.actor, events: decode_events(&events)? });
        }
        // INVARIANT: a record only ever points to one that was written before it, so the chain ends.
        if previous >= next {
            return Err(RecordError::Malformed("a claim's chain leads forward".to_owned()).into());
        }
        next = previous;
    }
    all.reverse();
    Ok(all)
}

/// The state that chapters add up to.
pub fn fold(chapters: &[Chapter]) -> Result<ClaimState> {
    let mut state = ClaimState::default();
    for chapter in chapters {
        for event in &chapter.events {
            state.apply(chapter.at, event).map_err(StepError::from)?;
        }
    }
    Ok(state)
}

/// The state of the claim whose last record is at `head`.
pub fn load(store: &dyn Store, head: Position) -> Result<ClaimState> {
    fold(&chapters(store, head)?)
}
