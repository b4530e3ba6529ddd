//! One job's steps: from the claim as it was to what is to be committed of it, also where a step fails.

use std::borrow::Cow;

use claimflow_core::event::Event;
use claimflow_core::state::ClaimState;
use claimflow_core::step::{Context, Input, StepError, step_into};
use claimflow_core::workflow::{Workflow, WorkflowRef, Workflows};
use claimflow_core::{Claim, Text, field};

use crate::error::{Error, Result};
use crate::guard;
use crate::incident::{
    Cause, Closed, IncidentClosedRecord, IncidentRecord, Open, Place, Trouble, WaitingInput, WaitingRecord,
    action_trouble, opened, overtaken, persists, rule_troubles,
};
use crate::pended::{PendedRecord, pended};
use crate::pipeline::{Job, Mode, Run};
use crate::practice::Practice;
use crate::record::{ActingRecord, Body, ClaimRecord, Record, encode, encode_events};
use crate::sendable::Sendable;
use crate::summary::Summary;
use crate::way::Way;

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
    fn of(had_one: bool, events: &[Event], state: &ClaimState) -> Option<Self> {
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

impl Run<'_> {
    /// Steps a claim through a job's inputs. `None` when nothing happened.
    ///
    /// The practice is asked for once a job: a claim goes from beginning to end by one generation of rules, and the next
    /// claim by whatever is live then.
    pub(crate) fn step_job(&self, job: Job) -> Result<Option<Box<Moved>>> {
        let open = self.engine.incidents.of(job.number);
        let mut way = match open {
            Some(open) if self.mode == Mode::Usual && !job.inputs.iter().all(is_by_hand) => {
                return Ok(waits(job, &open));
            }
            open => Way::of(job, open),
        };
        if self.mode != Mode::Usual {
            way.by_hand = false;
            self.add_waiting(&mut way)?;
        }
        if matches!(self.mode, Mode::Close { .. }) && way.inputs.is_empty() {
            return Ok(self.close(way).map(Box::new));
        }
        let practice = self.engine.practice();
        let practice = practice.as_ref();
        match guard::caught(|| self.go(practice, &mut way)) {
            Ok(Ok(state)) => self.arrived(practice, way, state),
            Ok(Err(error)) => match Trouble::of(&error, way.place()) {
                Some(trouble) => self.stuck(practice, way, trouble, error),
                None => Err(error),
            },
            Err(at) => {
                let trouble = Trouble::stopped(&at, way.place());
                let error = Error::Stopped(trouble.message.clone());
                self.stuck(practice, way, trouble, error)
            }
        }
    }

    /// Adds what waits for a claim: all of it, without the input that failed where a person gives that up.
    fn add_waiting(&self, way: &mut Way) -> Result<()> {
        let Some(open) = &way.open else { return Ok(()) };
        let give_up = matches!(self.mode, Mode::Close { .. })
            && open.incidents.iter().any(|incident| incident.input_failed);
        way.waited = way.inputs.iter().map(|_| None).collect();
        for (place, (position, _)) in open.waiting.iter().enumerate() {
            if give_up && place == 0 {
                way.dropped.push(*position);
                continue;
            }
            let (input, content) = self.engine.waiting_at(*position)?.input();
            way.inputs.push_back(input);
            way.waited.push_back(Some((*position, content)));
        }
        Ok(())
    }

    /// Takes one input after the other.
    fn go(&self, practice: &dyn Practice, way: &mut Way) -> Result<ClaimState> {
        let mut state = way.begin(self.engine.store.as_ref())?;
        way.aside = pended(&state);
        way.asking = state.request.is_some();
        let rules = Sendable(practice.rules());
        loop {
            while way.next() {
                let Some(input) = &way.current else { continue };
                let moves = matches!(input, Input::Migrate(_));
                let begun = !state.is_received() || !state.state.is_empty();
                if !begun && !moves && *input != Input::Retry {
                    return Err(Error::NotBegun(Text::from(state.claim.id.as_str())));
                }
                let workflow = workflow(practice, &state, Some(input))?;
                if !moves && !state.state.is_empty() && workflow.find(state.place()).is_none() {
                    let (workflow, state) = (state.running().name.clone(), Text::from(state.place()));
                    return Err(StepError::NoState { workflow, state }.into());
                }
                let mut facts = practice.facts(&subject(&state, input));
                facts.history.clone_from(&way.history);
                let context = Context {
                    workflow,
                    workflows: &Written(practice),
                    rules: &rules,
                    facts: &facts,
                    calendar: practice.calendar(),
                    now: self.at,
                    number: way.number,
                };
                let Some(input) = way.current.take() else { continue };
                match step_into(context, state, input, &mut way.events).map_err(Error::from) {
                    Ok((next, _)) => {
                        state = next;
                        way.took();
                    }
                    Err(error) if self.mode != Mode::Usual && Cause::of(&error).is_none() => {
                        state = self.refused(way)?;
                    }
                    Err(error) => return Err(error),
                }
            }
            if !self.go_on_by_hand(way, &state)? {
                return Ok(state);
            }
        }
    }

    /// An input that the claim does not take when it is retried is given up; the others come after it.
    fn refused(&self, way: &mut Way) -> Result<ClaimState> {
        way.events.truncate(way.sound);
        way.dropped.extend(way.from.take());
        way.again(self)
    }

    /// After a person has removed the last incident of a claim, what waited comes in. True when there is some.
    fn go_on_by_hand(&self, way: &mut Way, state: &ClaimState) -> Result<bool> {
        let Some(open) = way.open.as_ref().filter(|_| self.mode == Mode::Usual && way.taken.is_empty())
        else {
            return Ok(false);
        };
        let erring = rule_troubles(&way.events, state);
        if open.waiting.is_empty()
            || !erring.is_empty()
            || overtaken(open, state).len() < open.incidents.len()
        {
            return Ok(false);
        }
        self.add_waiting(way)?;
        Ok(true)
    }

    /// The claim after all its inputs.
    fn arrived(&self, practice: &dyn Practice, way: Way, state: ClaimState) -> Result<Option<Box<Moved>>> {
        let mut troubles = rule_troubles(&way.events, &state);
        troubles.extend(action_trouble(&way.events, &state));
        let closed = self.closed(&way, &state, &troubles);
        let became = troubles.first().map_or(Became::Moved, |trouble| Became::Stuck(trouble.cause));
        let mut also = Vec::new();
        also.extend(closed.map(|closed| Body::IncidentClosed(Box::new(closed))));
        for trouble in troubles {
            let incident = self.incident(&way, trouble, false)?;
            also.push(Body::Incident(Box::new(incident)));
        }
        if way.events.is_empty() && also.is_empty() {
            return Ok(None);
        }
        let moved = self.moved(practice, way, state, also, became)?;
        Ok(moved.map(Box::new))
    }

    /// Closes what nothing waits for: that needs no step, and can be done to a claim that cannot be read.
    fn close(&self, way: Way) -> Option<Moved> {
        let closed = self.closed(&way, &ClaimState::default(), &[])?;
        let summary = way.known.map(|(_, summary)| summary).unwrap_or_default();
        let also = vec![Body::IncidentClosed(Box::new(closed))];
        Some(Moved {
            record: None,
            summary,
            state: None,
            also,
            became: Became::Nothing,
            refused: None,
            request: None,
        })
    }

    fn incident(&self, way: &Way, trouble: Trouble, input_failed: bool) -> Result<IncidentRecord> {
        opened(self.engine, way.number, trouble, way.open.as_ref(), input_failed, self.at)
    }

    /// What a step that went well ends.
    fn closed(&self, way: &Way, state: &ClaimState, troubles: &[Trouble]) -> Option<IncidentClosedRecord> {
        let open = way.open.as_ref()?;
        let (keys, how, reason) = match &self.mode {
            Mode::Usual => (overtaken(open, state), Closed::Overtaken, Text::default()),
            Mode::Retry => {
                let over = open.incidents.iter().filter(|incident| !persists(incident, state));
                (over.map(IncidentRecord::key).collect(), Closed::Retried, Text::default())
            }
            Mode::Close { reason } => (open.keys(), Closed::ByHand, reason.clone()),
        };
        let again = |key: &Text| troubles.iter().any(|trouble| trouble.place.key(trouble.cause) == *key);
        let keys: Vec<Text> = keys.into_iter().filter(|key| !again(key)).collect();
        let (taken, dropped) = (way.taken.clone(), way.dropped.clone());
        if keys.is_empty() && taken.is_empty() && dropped.is_empty() {
            return None;
        }
        Some(IncidentClosedRecord { claim: way.number, keys, how, reason, taken, dropped })
    }

    /// What is committed of a claim that something happened to.
    fn moved(
        &self,
        practice: &dyn Practice,
        mut way: Way,
        state: ClaimState,
        also: Vec<Body>,
        became: Became,
    ) -> Result<Option<Moved>> {
        if way.events.is_empty() {
            let summary = way.known.map(|(_, summary)| summary).unwrap_or_default();
            return Ok(Some(Moved {
                record: None,
                summary,
                state: None,
                also,
                became,
                refused: None,
                request: None,
            }));
        }
        let workflow = workflow(practice, &state, None)?;
        let place = workflow.state(workflow.find(state.place()).unwrap_or_else(|| workflow.start()));
        let summary = Summary::of(way.number, &state, place, way.content);
        let previous = way.previous();
        let looked = way.new_fact && also.is_empty();
        if looked && way.known.take().is_some_and(|(_, old)| says_the_same(&old, &summary)) {
            return Ok(None);
        }
        let claim = ClaimRecord {
            number: way.number,
            previous,
            summary: summary.clone(),
            events: encode_events(&way.events)?,
        };
        let request = Asked::of(way.asking, &way.events, &state);
        let body = match &request {
            Some(request) => Body::Acting(Box::new(ActingRecord { claim, open: request.key.clone() })),
            None => Body::Claim(claim),
        };
        let record = Record { at: self.at, actor: Text::from(self.actor), body };
        let record = Some(encode(&record)?);
        let mut also = also;
        also.extend(PendedRecord::of(way.number, &way.aside, &state).map(Body::Pended));
        Ok(Some(Moved {
            record,
            summary,
            state: Some(Box::new(state)),
            also,
            became,
            refused: None,
            request,
        }))
    }

    /// A claim that cannot go on: what was taken in whole is kept, what failed and what comes after it waits.
    fn stuck(
        &self,
        practice: &dyn Practice,
        mut way: Way,
        mut trouble: Trouble,
        error: Error,
    ) -> Result<Option<Box<Moved>>> {
        let cause = trouble.cause;
        let rest = way.events.split_off(way.sound);
        let waited = way.from.is_some();
        let failed = if way.is_new() {
            // The claim is here, and has not begun: beginning is what is tried again.
            let Some(received @ Event::Received { .. }) = rest.into_iter().next() else { return Err(error) };
            trouble.place = begun_at(&received);
            way.events.push(received);
            way.sound = 1;
            None
        } else {
            way.failed(rest)
        };
        if failed.is_none() && way.keeps && !waited && !way.by_hand {
            // Nothing of it is recorded: whoever brought it is told, and brings it again.
            return Err(error);
        }
        let refused = (way.by_hand && way.sound == 0).then_some(error);
        let input_failed = waited || (failed.is_some() && !way.by_hand);
        let incident = self.incident(&way, trouble, input_failed)?;
        let mut also = Vec::new();
        also.extend(
            self.replaced(&way, &incident.key()).map(|closed| Body::IncidentClosed(Box::new(closed))),
        );
        also.push(Body::Incident(Box::new(incident)));
        if !way.by_hand {
            // One that had waited goes on waiting where it is.
            way.keep(failed.filter(|_| !waited), &mut also);
        }
        let state = if way.events.is_empty() { ClaimState::default() } else { way.again(self)? };
        let moved = self.moved(practice, way, state, also, Became::Stuck(cause))?;
        Ok(moved.map(|moved| Box::new(Moved { refused, ..moved })))
    }

    /// The incidents that an attempt has replaced by another one, with what was taken in before it failed.
    fn replaced(&self, way: &Way, key: &Text) -> Option<IncidentClosedRecord> {
        if self.mode == Mode::Usual && way.taken.is_empty() {
            return None;
        }
        let mut keys = way.open.as_ref()?.keys();
        keys.retain(|own| own != key);
        let (claim, taken, dropped) = (way.number, way.taken.clone(), way.dropped.clone());
        if keys.is_empty() && taken.is_empty() && dropped.is_empty() {
            return None;
        }
        let reason = Text::const_new("another cause came up");
        Some(IncidentClosedRecord { claim, keys, how: Closed::Retried, reason, taken, dropped })
    }
}

/// What comes by itself to a claim with an open incident waits; a deadline is looked at again later, and one new fact is
/// as good as many.
fn waits(job: Job, open: &Open) -> Option<Box<Moved>> {
    let (claim, content) = (job.number, job.content);
    let mut knows = open.waiting.iter().any(|(_, new_fact)| *new_fact);
    let inputs = job.inputs.into_iter().filter_map(|input| WaitingInput::of(input, content));
    let also: Vec<Body> = inputs
        .filter(|input| *input != WaitingInput::NewFact || !std::mem::replace(&mut knows, true))
        .map(|input| Body::Waiting(Box::new(WaitingRecord { claim, input })))
        .collect();
    let summary = job.known.map(|(_, summary)| summary).unwrap_or_default();
    (!also.is_empty()).then(|| {
        Box::new(Moved {
            record: None,
            summary,
            state: None,
            also,
            became: Became::Waits,
            refused: None,
            request: None,
        })
    })
}

/// The workflow that a claim runs on, or begins on. One that moves away from a version that is lost is stepped by the one
/// that it moves to.
fn workflow<'p>(
    practice: &'p dyn Practice,
    state: &ClaimState,
    input: Option<&Input>,
) -> Result<&'p Workflow> {
    if state.workflow.name.is_empty() {
        return practice.workflow_for_new().map_err(Error::NoNewWorkflow);
    }
    let running = state.running();
    let target = || match input {
        Some(Input::Migrate(order)) => practice.workflow(order.target()),
        _ => None,
    };
    practice.workflow(running).or_else(target).ok_or_else(|| Error::NoWorkflow {
        id: Text::from(state.claim.id.as_str()),
        workflow: running.name.clone(),
        version: running.version,
    })
}

/// The practice's workflows, for those that call another.
struct Written<'p>(&'p dyn Practice);

impl Workflows for Written<'_> {
    fn version(&self, reference: &WorkflowRef) -> Option<&Workflow> {
        self.0.workflow(reference)
    }

    fn newest(&self, name: &str) -> Option<&Workflow> {
        self.0.newest_workflow(name)
    }
}

/// The claim whose facts a step needs: the one that comes in, or the one after a person's corrections.
fn subject<'a>(state: &'a ClaimState, input: &'a Input) -> Cow<'a, Claim> {
    match input {
        Input::Received { claim, .. } | Input::Replaced { claim, .. } => Cow::Borrowed(claim),
        Input::Corrected { fields, .. } => {
            let mut claim = state.claim.clone();
            for (name, value) in fields {
                // The step itself refuses what does not fit; here only the look-up of facts depends on it.
                let _refused_by_the_step = field::set(&mut claim, name, value);
            }
            Cow::Owned(claim)
        }
        _ => Cow::Borrowed(&state.claim),
    }
}

/// True for what a person does.
pub(crate) const fn is_by_hand(input: &Input) -> bool {
    matches!(
        input,
        Input::Corrected { .. }
            | Input::Released { .. }
            | Input::Resolved { .. }
            | Input::Reassigned { .. }
            | Input::Pended { .. }
            | Input::Retry
            | Input::Migrate(_)
    )
}

/// Where a claim stands that has only come in.
fn begun_at(received: &Event) -> Place {
    match received {
        Event::Received { workflow, .. } => {
            Place { workflow: workflow.name.clone(), version: workflow.version, ..Place::default() }
        }
        _ => Place::default(),
    }
}

/// True when a claim stands where it stood, with the same work to do: then looking at it again is no event. Who has the
/// work is left out, since it may have been reassigned or escalated meanwhile.
fn says_the_same(old: &Summary, new: &Summary) -> bool {
    let work = |summary: &Summary| {
        let mut categories: Vec<Text> = summary.items.iter().map(|item| item.category.clone()).collect();
        categories.sort_unstable();
        categories.dedup();
        categories
    };
    old.state == new.state && work(old) == work(new)
}
