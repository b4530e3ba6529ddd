//! What a job's steps come to: what is to be committed of a claim, and what became of it.

use claimflow_core::Text;
use claimflow_core::event::Event;
use claimflow_core::state::ClaimState;

use crate::error::Error;
use crate::incident::Cause;
use crate::record::Body;
use crate::store::Position;
use crate::summary::Summary;

/// What became of a claim in a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Became {
    /// Nothing happened to it.
    Nothing,
    /// Something did.
    Moved,
    /// What came waits: the claim has an open incident.
    Waits,
    /// It has an incident now.
    Stuck(Cause),
}

/// What is to be committed of a claim.
pub(crate) struct Moved {
    /// Its record, where something happened to it.
    pub record: Option<Vec<u8>>,
    /// The claim after it.
    pub summary: Summary,
    /// In full, where something happened to it.
    pub state: Option<Box<ClaimState>>,
    /// Records besides: incidents, and inputs that wait.
    pub also: Vec<Body>,
    /// What became of it.
    pub became: Became,
    /// Why a person's input was refused.
    pub refused: Option<Error>,
    /// Whether a plugin is asked something for it from now on; `None` for a claim that no plugin has to do with.
    pub request: Option<Asked>,
}

/// A claim's request after a step.
pub(crate) struct Asked {
    /// Its key; empty when none is open any more.
    pub key: Text,
    /// True when this step asked.
    pub is_new: bool,
}

impl Asked {
    /// What follows from the claim as it was (whether it had a request) and is.
    pub fn of(had_one: bool, events: &[Event], state: &ClaimState) -> Option<Self> {
        if !had_one && state.request.is_none() {
            return None;
        }
        let open = state.request.as_ref().filter(|open| open.is_under_way());
        let asked = events.iter().any(|event| matches!(event, Event::Requested(_)));
        Some(Self {
            key: open.map(|open| open.request.key.clone()).unwrap_or_default(),
            is_new: asked && open.is_some(),
        })
    }
}

impl Moved {
    /// Of a claim to which nothing happened by itself: only the records besides it are committed.
    pub fn beside(known: Option<(Position, Summary)>, also: Vec<Body>, became: Became) -> Self {
        let summary = known.map(|(_, summary)| summary).unwrap_or_default();
        Self { record: None, summary, state: None, also, became, refused: None, request: None }
    }
}
