//! A job on its way through its inputs: what came of each, and what has to wait.

use std::collections::VecDeque;

use claimflow_core::event::Event;
use claimflow_core::state::ClaimState;
use claimflow_core::step::{Input, StepError};
use claimflow_core::{Moment, PriorService};

use crate::error::Result;
use crate::incident::{Open, Place, WaitingInput, WaitingRecord, place};
use crate::load::load;
use crate::pipeline::{Job, Run};
use crate::record::Body;
use crate::stepping::is_by_hand;
use crate::store::{Position, Store};
use crate::summary::Summary;

/// A job on its way.
pub(crate) struct Way {
    pub(crate) number: u64,
    pub(crate) known: Option<(Position, Summary)>,
    pub(crate) start: Option<Box<ClaimState>>,
    pub(crate) inputs: VecDeque<Input>,
    /// Records of those inputs that waited, with the claim's hash where it came anew; shorter where none did.
    pub(crate) waited: VecDeque<Option<(Position, Option<u64>)>>,
    pub(crate) history: Vec<PriorService>,
    pub(crate) content: u64,
    /// True when a person acts.
    pub(crate) by_hand: bool,
    /// True when only the registers may say something new.
    pub(crate) new_fact: bool,
    pub(crate) open: Option<Open>,
    /// Its work items that were laid aside before.
    pub(crate) aside: Vec<(u16, Moment)>,
    /// True when a plugin was asked something for it before.
    pub(crate) asking: bool,
    pub(crate) events: Vec<Event>,
    /// Events of inputs that were taken in whole.
    pub(crate) sound: usize,
    /// The input under way, until the step has it.
    pub(crate) current: Option<Input>,
    /// Its record, where it waited.
    pub(crate) from: Option<Position>,
    /// True when it must not be lost with its step.
    pub(crate) keeps: bool,
    pub(crate) taken: Vec<Position>,
    pub(crate) dropped: Vec<Position>,
}

impl Way {
    pub(crate) fn of(job: Job, open: Option<Open>) -> Self {
        let before = job.known.as_ref().map_or(0, |(_, summary)| summary.content);
        Self {
            number: job.number,
            by_hand: job.inputs.iter().any(is_by_hand),
            new_fact: matches!(job.inputs.as_slice(), [Input::NewFact]),
            known: job.known,
            start: job.state,
            inputs: job.inputs.into(),
            waited: VecDeque::new(),
            history: job.history,
            content: job.content.unwrap_or(before),
            open,
            aside: Vec::new(),
            asking: false,
            events: Vec::new(),
            sound: 0,
            current: None,
            from: None,
            keeps: false,
            taken: Vec::new(),
            dropped: Vec::new(),
        }
    }

    pub(crate) fn previous(&self) -> Position {
        self.known.as_ref().map(|(head, _)| *head).unwrap_or_default()
    }

    /// The claim before the job.
    pub(crate) fn begin(&mut self, store: &dyn Store) -> Result<ClaimState> {
        match (self.start.take(), self.previous()) {
            (Some(state), _) => Ok(*state),
            (None, head) if head == Position::default() => Ok(ClaimState::default()),
            (None, head) => load(store, head),
        }
    }

    /// The claim after the inputs that were taken in whole, read anew: a step that fails leaves no state behind.
    pub(crate) fn again(&mut self, run: &Run<'_>) -> Result<ClaimState> {
        let mut state = self.begin(run.engine.store.as_ref())?;
        for event in self.events.iter().take(self.sound) {
            state.apply(run.at, event).map_err(StepError::from)?;
        }
        Ok(state)
    }

    /// Puts the next input in hand. False when there is none.
    pub(crate) fn next(&mut self) -> bool {
        self.current = self.inputs.pop_front();
        let waited = self.waited.pop_front().flatten();
        self.from = waited.map(|(position, _)| position);
        if let Some((_, Some(content))) = waited {
            self.content = content;
        }
        self.keeps = self.current.as_ref().is_some_and(WaitingInput::can_be);
        self.current.is_some()
    }

    /// The input in hand was taken in whole.
    pub(crate) fn took(&mut self) {
        self.sound = self.events.len();
        self.taken.extend(self.from.take());
    }

    pub(crate) fn place(&self) -> Place {
        self.known.as_ref().map(|(_, summary)| place(summary)).unwrap_or_default()
    }

    /// True for a claim that comes in.
    pub(crate) fn is_new(&self) -> bool {
        self.known.is_none() && self.sound == 0
    }

    /// The input that failed: still in hand, or the first thing that its step recorded.
    pub(crate) fn failed(&mut self, recorded: Vec<Event>) -> Option<WaitingInput> {
        let content = Some(self.content);
        match self.current.take() {
            Some(input) => WaitingInput::of(input, content),
            None => recorded.into_iter().next().and_then(|event| WaitingInput::recorded(event, content)),
        }
    }

    /// Has an input that failed, and those after it that have not waited before, wait.
    pub(crate) fn keep(&mut self, failed: Option<WaitingInput>, also: &mut Vec<Body>) {
        let (claim, content) = (self.number, Some(self.content));
        let waited = std::mem::take(&mut self.waited);
        let inputs = std::mem::take(&mut self.inputs).into_iter().enumerate();
        let fresh = inputs.filter(|(place, _)| waited.get(*place).copied().flatten().is_none());
        let fresh = fresh.filter_map(|(_, input)| WaitingInput::of(input, content));
        let all = failed.into_iter().chain(fresh);
        also.extend(all.map(|input| Body::Waiting(Box::new(WaitingRecord { claim, input }))));
    }
}
