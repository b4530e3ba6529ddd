//! Takes a case's claim through its workflow, by the same step that real claims go by.

mod payer;
#[cfg(test)]
mod tests;
mod verdict;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use claimflow_core::event::{Effect, Event, Request, Submission};
use claimflow_core::state::ClaimState;
use claimflow_core::step::{ActionResult, Context, Input, StepError, Stepped, step};
use claimflow_core::workflow::Workflow;
use claimflow_core::{
    Calendar, Change, Evaluation, Facts, Hash, Moment, Route, RouteQuery, RuleInput, Rules, Span, Text,
};
use claimflow_rules::{Considered, PartsJudged, RuleTrace};

use super::journey::{Journey, What};
use super::judge::{Bench, Outcome, with};
use super::{Case, Expect};
use crate::plugins::{Call, Done, Fault, MockWorld};

/// Noon: a claim's journey begins in the middle of its day.
const NOON: Span = Span(12 * 3_600_000);
/// How many deadlines may run out in one `after`: more means that the workflow goes round.
const MOST_TIMERS: usize = 100;

/// The rules of a case, with what they said so far.
struct Stand<'a> {
    bench: Bench<'a>,
    hash: Hash,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    traces: Vec<RuleTrace>,
    parts: Vec<PartsJudged>,
}

impl Rules for Stand<'_> {
    fn generation(&self) -> &Hash {
        &self.hash
    }

    fn evaluate(&self, input: &RuleInput<'_>) -> Evaluation {
        let rules = self.bench.rules;
        let traces = rules.explain(input);
        let parts = if self.bench.cover { rules.judge_parts(input) } else { Vec::new() };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.traces.extend(traces);
        seen.parts.extend(parts);
        drop(seen);
        rules.evaluate(input)
    }

    fn route(&self, query: &RouteQuery<'_>) -> Route {
        self.bench.generation.routing().route(query)
    }
}

/// A claim on its road.
struct Road<'a> {
    case: &'a Case,
    workflow: &'a Workflow,
    stand: Stand<'a>,
    facts: Facts,
    calendar: Calendar,
    now: Moment,
    state: ClaimState,
    /// Corrections that rules made.
    changes: Vec<Change>,
    /// What the payer was told so far: each answer has a key of its own.
    answers: u32,
    reasons: Vec<String>,
    /// For each `expect` so far that does not hold, what it should say instead.
    actual: Vec<Option<Expect>>,
}

/// Takes the claim through the workflow, and says what is not as expected.
pub(super) fn travel(case: &Case, journey: &Journey, bench: Bench<'_>) -> Outcome {
    let Some(workflow) = bench.generation.workflow(&journey.workflow) else {
        let reasons = vec![format!("there is no workflow `{}`", journey.workflow)];
        return Outcome { reasons, ..Outcome::default() };
    };
    let mut road = Road {
        case,
        workflow,
        stand: Stand { bench, hash: Hash::const_new("case"), seen: Mutex::default() },
        facts: case.facts.clone(),
        calendar: Calendar::default(),
        now: Moment::start_of(case.as_of).plus(NOON),
        state: ClaimState::default(),
        changes: Vec::new(),
        answers: 0,
        reasons: Vec::new(),
        actual: Vec::new(),
    };
    if road.goes(journey) {
        road.compare(&case.expect, "");
    }
    road.outcome()
}

impl Road<'_> {
    /// Goes the whole way; false when something could not happen, which is told.
    fn goes(&mut self, journey: &Journey) -> bool {
        let claim = Box::new(self.case.claim.clone());
        let received = Input::Received { claim, source: Hash::default(), history: false };
        let mut before = "the claim comes in".to_owned();
        if let Err(fault) = self.take(received) {
            self.reasons.push(format!("when {before}: {fault}"));
            return false;
        }
        for (place, event) in journey.events.iter().enumerate() {
            if let What::Expect(expect) = &event.what {
                self.compare(expect, &format!("after {before}: "));
                continue;
            }
            before = format!("event {} (`{}`)", place + 1, event.name);
            if let Err(fault) = self.happens(&event.what) {
                self.reasons.push(format!("{before}: {fault}"));
                return false;
            }
        }
        true
    }

    fn happens(&mut self, what: &What) -> Result<(), String> {
        let reason = Text::const_new("as the case says");
        let input = match what {
            What::Answered { accepted, statuses, message } => {
                Input::Acknowledged(self.answered(*accepted, statuses, message)?)
            }
            What::Remitted { fields, named, adjustments } => {
                Input::Remitted(Box::new(self.remitted(fields, named, adjustments)))
            }
            What::Corrected(fields) => Input::Corrected { fields: fields.clone(), reason },
            What::Released(reason) => Input::Released { reason: reason.clone() },
            What::NewFact(facts) => {
                self.learn(facts);
                Input::NewFact
            }
            What::Resolved(outcome) => Input::Resolved { item: None, outcome: outcome.clone(), reason },
            What::After(span) => return self.wait(*span).map_err(|fault| fault.to_string()),
            What::Expect(_) => return Ok(()),
        };
        self.take(input).map_err(|fault| fault.to_string())
    }

    /// New rows come before older ones: of two that fit, the first counts.
    fn learn(&mut self, new: &Facts) {
        let mut facts = new.clone();
        facts.visits.append(&mut self.facts.visits);
        facts.coverages.append(&mut self.facts.coverages);
        facts.authorizations.append(&mut self.facts.authorizations);
        facts.enrollments.append(&mut self.facts.enrollments);
        facts.history.append(&mut self.facts.history);
        self.facts = facts;
    }

    /// Time passes; deadlines run out at their time, in order.
    fn wait(&mut self, span: Span) -> Result<(), StepError> {
        let until = self.now.plus(span);
        for _ in 0..MOST_TIMERS {
            let Some(deadline) = self.state.deadline.filter(|own| *own <= until) else { break };
            self.now = self.now.max(deadline);
            let before = self.state.sequence;
            self.take(Input::Timer)?;
            if self.state.sequence == before {
                break;
            }
        }
        self.now = until;
        Ok(())
    }

    /// One step, and what follows from it: a claim that is to go out goes out at once.
    fn take(&mut self, input: Input) -> Result<(), StepError> {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            let generation = self.stand.bench.generation;
            // Within a call the claim is in a state of the workflow that was called.
            let called = (!self.state.calls.is_empty()).then(|| generation.workflow_by(self.state.running()));
            let context = Context {
                workflow: called.flatten().map_or(self.workflow, AsRef::as_ref),
                workflows: generation,
                rules: &self.stand,
                facts: &self.facts,
                calendar: &self.calendar,
                now: self.now,
                number: 1,
            };
            let Stepped { state, events, effects } = step(context, self.state.clone(), input)?;
            self.state = state;
            self.note(events);
            next = effects.into_iter().next().map(|effect| match effect {
                Effect::Submit { .. } => Input::Submitted(self.submission()),
                Effect::Perform(request) => self.performed(*request),
            });
        }
        Ok(())
    }

    /// What comes of a plugin's action: what the case says, or what the plugin itself gives on a network where nobody
    /// answers.
    fn performed(&self, request: Request) -> Input {
        let Request { key, action, attempt, input, .. } = request;
        let generation = self.stand.bench.generation;
        let plugin =
            generation.plugins().iter().find(|own| own.actions().iter().any(|spec| spec.name == action));
        let spec = plugin.and_then(|own| own.actions().iter().find(|spec| spec.name == action));
        let mock = self.case.plugins.iter().find(|(own, ..)| *own == action);
        let result = match (mock, plugin) {
            (Some((_, mock, _)), _) => mock.answer(spec),
            (None, Some(plugin)) => {
                let grants = &plugin.info().grants;
                let call = Call {
                    key: key.clone(),
                    action,
                    attempt,
                    inputs: input,
                    claim: grants.claim(&self.state.claim),
                    facts: grants.facts(&self.facts),
                    today: self.now.date(),
                    now: self.now,
                    deadline: Instant::now() + Duration::from_secs(60),
                };
                plugin.perform(&call, Arc::new(MockWorld::default()))
            }
            (None, None) => Err(Fault::for_good(format!(
                "the case does not say what comes of `{action}`: add it under `plugins`"
            ))),
        };
        let result = match result {
            Ok(Done { outcome, output }) => {
                ActionResult::Done { outcome, output, by: Text::const_new("case") }
            }
            Err(Fault { reason, for_good }) => ActionResult::Failed { reason: reason.into(), for_good },
        };
        Input::Performed { key, attempt, result }
    }

    fn note(&mut self, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Evaluated { changes, .. } => self.changes.extend(changes),
                Event::Unfit { what } => self.reasons.push(what.to_string()),
                _ => {}
            }
        }
    }

    fn submission(&self) -> Submission {
        let number = Text::from(format!("{:09}", self.state.submissions.len() + 1));
        Submission {
            file: "case.837".into(),
            interchange: number.clone(),
            group: number.clone(),
            transaction: number,
            sent_as: self.state.queued_as.clone().unwrap_or_default(),
            frequency: self.state.claim.frequency.clone(),
            at: self.now,
        }
    }

    fn outcome(self) -> Outcome {
        let Seen { traces, parts } = self.stand.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        let fired = with(&traces, |own| matches!(own, Considered::Fired));
        let mut silent =
            with(&traces, |own| matches!(own, Considered::Silent { .. } | Considered::NotEffective { .. }));
        silent.extend(self.case.expect.silent.iter().map(|(rule, _)| rule.clone()));
        silent.sort_unstable();
        silent.dedup();
        silent.retain(|rule| !fired.contains(rule));
        Outcome { reasons: self.reasons, fired, silent, parts, actual: self.actual }
    }
}
