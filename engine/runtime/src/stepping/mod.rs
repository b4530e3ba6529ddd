//! One job's steps: from the claim as it was, through one input after the other, also where a step fails.

mod commit;
mod moved;

use std::borrow::Cow;

use claimflow_core::state::ClaimState;
use claimflow_core::step::{Context, Input, StepError, step_into};
use claimflow_core::workflow::{Workflow, WorkflowRef, Workflows};
use claimflow_core::{Claim, Text, field};

pub(crate) use self::moved::{Became, Moved};
use crate::error::{Error, Result};
use crate::guard;
use crate::incident::{Cause, Open, Trouble, WaitingInput, WaitingRecord, overtaken, rule_troubles};
use crate::pended::pended;
use crate::pipeline::{Job, Mode, Run};
use crate::practice::Practice;
use crate::record::Body;
use crate::sendable::Sendable;
use crate::way::Way;

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
                state = self.take(practice, &rules, way, state)?;
            }
            if !self.go_on_by_hand(way, &state)? {
                return Ok(state);
            }
        }
    }

    /// Takes the input under way: one step.
    fn take(
        &self,
        practice: &dyn Practice,
        rules: &Sendable<'_>,
        way: &mut Way,
        state: ClaimState,
    ) -> Result<ClaimState> {
        let Some(input) = &way.current else { return Ok(state) };
        let workflow = begun(practice, &state, input)?;
        let mut facts = practice.facts(&subject(&state, input));
        facts.history.clone_from(&way.history);
        let context = Context {
            workflow,
            workflows: &Written(practice),
            rules,
            facts: &facts,
            calendar: practice.calendar(),
            now: self.at,
            number: way.number,
        };
        let Some(input) = way.current.take() else { return Ok(state) };
        match step_into(context, state, input, &mut way.events).map_err(Error::from) {
            Ok((next, _)) => {
                way.took();
                Ok(next)
            }
            Err(error) if self.mode != Mode::Usual && Cause::of(&error).is_none() => self.refused(way),
            Err(error) => Err(error),
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
    (!also.is_empty()).then(|| Box::new(Moved::beside(job.known, also, Became::Waits)))
}

/// The workflow that an input is taken on: the claim is in a state of it, unless the input itself takes it elsewhere.
fn begun<'p>(practice: &'p dyn Practice, state: &ClaimState, input: &Input) -> Result<&'p Workflow> {
    let moves = matches!(input, Input::Migrate(_));
    let begun = !state.is_received() || !state.state.is_empty();
    if !begun && !moves && *input != Input::Retry {
        return Err(Error::NotBegun(Text::from(state.claim.id.as_str())));
    }
    let workflow = workflow(practice, state, Some(input))?;
    if !moves && !state.state.is_empty() && workflow.find(state.place()).is_none() {
        let (workflow, state) = (state.running().name.clone(), Text::from(state.place()));
        return Err(StepError::NoState { workflow, state }.into());
    }
    Ok(workflow)
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
