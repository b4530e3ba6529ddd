//! The history of all claims, read in one pass over the journal.
//!
//! The journal tells claims interleaved. One pass groups each claim's encoded events; only then are they decoded, one
//! claim at a time, so that no more than one claim is held in full.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use claimflow_core::event::Event;
use claimflow_core::state::ClaimState;
use claimflow_core::step::StepError;
use claimflow_core::{Moment, Text};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::load::{Chapter, fold};
use crate::query::StageView;
use crate::record::{Body, ClaimRecord, decode, decode_events};
use crate::store::Position;

/// What happened to one claim, from the journal.
#[derive(Debug, Clone)]
pub struct PastClaim {
    /// The claim's internal number.
    pub number: u64,
    /// What happened, oldest first.
    pub chapters: Vec<Chapter>,
}

impl PastClaim {
    /// The claim as it stands after all its chapters.
    ///
    /// # Errors
    /// When the chapters do not add up.
    pub fn now(&self) -> Result<ClaimState> {
        fold(&self.chapters)
    }

    /// The claim as it was when each stage last ran before it first went out; all stages when it never did.
    ///
    /// # Errors
    /// When the chapters do not add up.
    pub fn before_first_submission(&self) -> Result<Vec<StageView>> {
        let mut state = ClaimState::default();
        let mut views: Vec<StageView> = Vec::new();
        for chapter in &self.chapters {
            for event in &chapter.events {
                match event {
                    Event::Submitted(_) => return Ok(views),
                    Event::Evaluated { stage, rules, .. } => {
                        views.retain(|view| view.stage != *stage);
                        let (stage, rules) = (*stage, rules.clone());
                        views.push(StageView { stage, at: chapter.at, rules, state: state.clone() });
                    }
                    _ => {}
                }
                state.apply(chapter.at, event).map_err(StepError::from)?;
            }
        }
        Ok(views)
    }
}

/// A record of a claim, with its events still encoded.
struct Sealed {
    at: Moment,
    actor: Text,
    events: Vec<u8>,
}

impl Engine {
    /// Gives every claim whose first record was written at `since` or later, in the order of their numbers, with all
    /// that happened to it. `each` may stop early.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn history_of_claims(
        &self,
        since: Moment,
        each: &mut dyn FnMut(PastClaim) -> ControlFlow<()>,
    ) -> Result<()> {
        for (number, sealed) in self.sealed()? {
            if sealed.first().is_none_or(|first| first.at < since) {
                continue;
            }
            let chapters = sealed.into_iter().map(unseal).collect::<Result<_>>()?;
            if each(PastClaim { number, chapters }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn sealed(&self) -> Result<BTreeMap<u64, Vec<Sealed>>> {
        let mut claims: BTreeMap<u64, Vec<Sealed>> = BTreeMap::new();
        let mut fault: Option<Error> = None;
        self.store.replay(Position::default(), &mut |_, bytes| match decode(bytes) {
            Ok(record) => {
                if let Body::Forgotten(forgotten) = &record.body {
                    // What is left of claims that are gone.
                    forgotten.also.iter().for_each(|(number, _)| drop(claims.remove(number)));
                }
                if let Some(ClaimRecord { number, events, .. }) = record.body.into_claim() {
                    let sealed = Sealed { at: record.at, actor: record.actor, events };
                    claims.entry(number).or_default().push(sealed);
                }
                ControlFlow::Continue(())
            }
            Err(error) => {
                fault = Some(error.into());
                ControlFlow::Break(())
            }
        })?;
        fault.map_or(Ok(claims), Err)
    }
}

fn unseal(sealed: Sealed) -> Result<Chapter> {
    Ok(Chapter { at: sealed.at, actor: sealed.actor, events: decode_events(&sealed.events)? })
}
