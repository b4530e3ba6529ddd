//! The one pure function: what happens next to a claim.
//!
//! `step(workflow, rules, facts, calendar, now; state, input) -> (state, events, effects)`. No clock, no I/O, no
//! randomness: the same arguments always give the same answer, which is what makes replay, backtest and a second
//! driver possible. A step runs until the claim is blocked: it waits, it is a person's turn, or it has ended.

mod adjudicate;
mod items;
mod stages;
mod submit;

use crate::event::{Effect, Event, Remitted, Submission};
use crate::guard::GuardValue;
use crate::state::{ClaimState, FoldError, TIMER, holds};
use crate::workflow::{StateIndex, StateKind, Workflow};
use crate::{Acknowledgment, Calendar, Change, Claim, Facts, Hash, Level, Moment, Owner, Rules, Text, field};

/// Everything around the claim that a step needs.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The workflow the claim runs on.
    pub workflow: &'a Workflow,
    /// The active generation of rules.
    pub rules: &'a dyn Rules,
    /// What is known of the claim besides.
    pub facts: &'a Facts,
    /// The practice's calendar, for due dates.
    pub calendar: &'a Calendar,
    /// The time of the step.
    pub now: Moment,
    /// The claim's internal number.
    pub number: u64,
}

/// What comes to a claim from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// It comes in.
    Received {
        /// The claim.
        claim: Box<Claim>,
        /// Content hash of its file.
        source: Hash,
        /// True when another system has submitted it already.
        history: bool,
    },
    /// It was put into a file.
    Submitted(Submission),
    /// It was accepted or refused.
    Acknowledged(Acknowledgment),
    /// A payer decided.
    Remitted(Box<Remitted>),
    /// A person corrects fields: names and new values.
    Corrected {
        /// Names and values.
        fields: Vec<(Text, Text)>,
        /// Why.
        reason: Text,
    },
    /// The practice's system sends it anew.
    Replaced {
        /// The claim.
        claim: Box<Claim>,
        /// Content hash of its file.
        source: Hash,
    },
    /// A person lets it go on.
    Released {
        /// Why.
        reason: Text,
    },
    /// The registers say something new.
    NewFact,
    /// A person is done with a work item.
    Resolved {
        /// Which one; `None` for all.
        item: Option<u16>,
        /// How it ended: `resolved`, `appealed`, `written-off`, `patient-paid`.
        outcome: Text,
        /// Why.
        reason: Text,
    },
    /// A work item gets another owner.
    Reassigned {
        /// Which one.
        item: u16,
        /// New owner.
        owner: Owner,
        /// Why.
        reason: Text,
    },
    /// Time has passed: the state's deadline may have run out.
    Timer,
}

/// What a step decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped {
    /// The state after the events.
    pub state: ClaimState,
    /// What happened, in order; empty when the input was known already.
    pub events: Vec<Event>,
    /// What is to be done outside.
    pub effects: Vec<Effect>,
}

/// Why a step cannot be made. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The state does not take this event.
    #[error("a claim in `{state}` cannot be {event}; {}", takes(.taken))]
    NotTaken {
        /// State.
        state: Text,
        /// Event.
        event: Text,
        /// What it takes.
        taken: Vec<Text>,
    },
    /// A field cannot be set so.
    #[error(transparent)]
    Field(#[from] field::FieldError),
    /// A predicted denial cannot be released.
    #[error("rule `{rule}` predicts a denial and cannot be released: correct what it names")]
    NotReleasable {
        /// The rule.
        rule: Text,
    },
    /// No such work item.
    #[error("the claim has no open work item {item}")]
    NoItem {
        /// Its number.
        item: u16,
    },
    /// The event cannot follow what came before.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The claim's workflow has no such state.
    #[error("workflow `{workflow}` has no state `{state}`; migrate the claim to a version that fits")]
    NoState {
        /// Workflow.
        workflow: Text,
        /// State.
        state: Text,
    },
    /// A checked workflow cannot go round without waiting; this one did.
    #[error("the claim went through {0} states without waiting; check the workflow")]
    Runaway(usize),
}

fn takes(taken: &[Text]) -> String {
    if taken.is_empty() {
        return "it is not waiting for anyone".to_owned();
    }
    format!("it waits to be: {}", taken.join(", "))
}

/// More states than any workflow passes without waiting.
const MOST_TRANSITIONS: usize = 64;

/// Makes one step. `state` is the claim's state so far (the default for a claim that comes in).
///
/// # Errors
/// When the input does not fit the state; nothing has changed then.
pub fn step(context: Context<'_>, state: ClaimState, input: Input) -> Result<Stepped, StepError> {
    let mut stepper = Stepper { context, state, events: Vec::new(), effects: Vec::new(), entered: 0 };
    stepper.take_in(input)?;
    Ok(Stepped { state: stepper.state, events: stepper.events, effects: stepper.effects })
}

struct Stepper<'a> {
    context: Context<'a>,
    state: ClaimState,
    events: Vec<Event>,
    effects: Vec<Effect>,
    entered: usize,
}

type Step<T = ()> = Result<T, StepError>;

impl Stepper<'_> {
    fn emit(&mut self, event: Event) -> Step {
        self.state.apply(self.context.now, &event)?;
        self.events.push(event);
        Ok(())
    }

    fn take_in(&mut self, input: Input) -> Step {
        match input {
            Input::Received { claim, source, history } => self.receive(claim, source, history),
            Input::Submitted(submission) => {
                self.emit(Event::Submitted(submission))?;
                self.happen_if_taken("submitted")
            }
            Input::Acknowledged(answer) => self.acknowledge(answer),
            Input::Remitted(remitted) => {
                if self.state.knows(&remitted.key) {
                    return Ok(());
                }
                self.emit(Event::Remitted(remitted))?;
                self.happen_if_taken("remitted")
            }
            Input::Corrected { fields, reason } => self.correct(&fields, reason),
            Input::Replaced { claim, source } => {
                self.demand("corrected")?;
                self.emit(Event::Replaced { claim, source })?;
                self.happen("corrected")
            }
            Input::Released { reason } => self.release(reason),
            Input::NewFact => match self.takes("new-fact")? {
                true => {
                    self.emit(Event::Happened { name: "new-fact".into(), reason: Text::default() })?;
                    self.happen("new-fact")
                }
                false => Ok(()),
            },
            Input::Resolved { item, outcome, reason } => self.resolve(item, &outcome, reason),
            Input::Reassigned { item, owner, reason } => {
                self.item(item)?;
                self.emit(Event::Reassigned { item, owner, reason })
            }
            Input::Timer => self.timer(),
        }
    }

    fn receive(&mut self, claim: Box<Claim>, source: Hash, history: bool) -> Step {
        let workflow = self.context.workflow;
        self.emit(Event::Received { claim, workflow: workflow.reference().clone(), source, history })?;
        self.enter(if history { workflow.history() } else { workflow.start() })
    }

    fn acknowledge(&mut self, answer: Acknowledgment) -> Step {
        let event = match (answer.interim, answer.accepted) {
            (true, _) => None,
            (false, true) => Some("accepted"),
            (false, false) => Some("rejected"),
        };
        self.emit(Event::Acknowledged(answer))?;
        event.map_or(Ok(()), |event| self.happen_if_taken(event))
    }

    fn correct(&mut self, fields: &[(Text, Text)], reason: Text) -> Step {
        self.demand("corrected")?;
        let mut claim = self.state.claim.clone();
        let changes: Vec<Change> = fields
            .iter()
            .map(|(name, value)| field::set(&mut claim, name, value))
            .collect::<Result<_, _>>()?;
        self.emit(Event::Corrected { changes, reason })?;
        self.happen("corrected")
    }

    fn release(&mut self, reason: Text) -> Step {
        self.demand("released")?;
        if let Some(firm) = self.state.holding().find(|finding| finding.level == Level::Deny) {
            return Err(StepError::NotReleasable { rule: firm.rule.clone() });
        }
        let mut rules: Vec<Text> = self.state.holding().map(|finding| finding.rule.clone()).collect();
        rules.dedup();
        self.emit(Event::Released { rules, reason })?;
        self.happen("released")
    }

    fn resolve(&mut self, item: Option<u16>, outcome: &Text, reason: Text) -> Step {
        self.demand(outcome)?;
        if let Some(number) = item {
            self.item(number)?;
            if self.state.work_items.len() > 1 {
                return self.emit(Event::Closed { item: number, reason });
            }
        }
        self.emit(Event::Happened { name: outcome.clone(), reason })?;
        self.happen(outcome)
    }

    fn item(&self, number: u16) -> Step {
        match self.state.work_items.iter().any(|item| item.number == number) {
            true => Ok(()),
            false => Err(StepError::NoItem { item: number }),
        }
    }

    fn timer(&mut self) -> Step {
        if self.state.deadline.is_none_or(|deadline| deadline > self.context.now) {
            return Ok(());
        }
        let workflow = self.context.workflow;
        match &workflow.state(self.current()?).kind {
            StateKind::Wait { deadline: Some((_, otherwise)), .. } => {
                let otherwise = *otherwise;
                self.emit(Event::Happened { name: TIMER.into(), reason: Text::default() })?;
                self.enter(otherwise)
            }
            StateKind::WorkItem { escalate_to, .. } if !escalate_to.is_empty() => self.escalate(escalate_to),
            _ => Ok(()),
        }
    }

    /// The claim's place in its workflow.
    fn current(&self) -> Step<StateIndex> {
        self.context.workflow.find(&self.state.state).ok_or_else(|| StepError::NoState {
            workflow: self.state.workflow.name.clone(),
            state: self.state.state.clone(),
        })
    }

    fn takes(&self, event: &str) -> Step<bool> {
        Ok(self.context.workflow.state(self.current()?).takes(event))
    }

    fn demand(&self, event: &str) -> Step {
        let state = self.context.workflow.state(self.current()?);
        if state.takes(event) {
            return Ok(());
        }
        let taken = match &state.kind {
            StateKind::Wait { events, .. } => events.clone(),
            StateKind::WorkItem { resume, .. } => resume.clone(),
            _ => Vec::new(),
        };
        Err(StepError::NotTaken { state: state.name.clone(), event: event.into(), taken })
    }

    fn happen_if_taken(&mut self, event: &str) -> Step {
        if self.takes(event)? { self.happen(event) } else { Ok(()) }
    }

    /// Moves the claim on by an event that its state takes.
    fn happen(&mut self, event: &str) -> Step {
        let open: Vec<u16> = self.state.work_items.iter().map(|item| item.number).collect();
        for item in open {
            self.emit(Event::Closed { item, reason: event.into() })?;
        }
        let from = self.current()?;
        match self.choose(from, event) {
            Some(to) => self.enter(to),
            None => Ok(()),
        }
    }

    /// Enters a state and goes on until the claim is blocked.
    fn enter(&mut self, to: StateIndex) -> Step {
        let mut next = Some(to);
        while let Some(index) = next {
            self.entered += 1;
            if self.entered > MOST_TRANSITIONS {
                return Err(StepError::Runaway(MOST_TRANSITIONS));
            }
            next = self.arrive(index)?;
        }
        Ok(())
    }

    /// Arrives in a state: does its work, and says where that leads at once.
    fn arrive(&mut self, index: StateIndex) -> Step<Option<StateIndex>> {
        let workflow = self.context.workflow;
        let state = workflow.state(index);
        match &state.kind {
            StateKind::Work { action, .. } => {
                self.entered(index, None)?;
                self.perform(action)?;
                Ok(self.choose(index, ""))
            }
            StateKind::Choice => {
                self.entered(index, None)?;
                Ok(self.choose(index, ""))
            }
            StateKind::Wait { deadline, .. } => {
                self.entered(index, deadline.map(|(span, _)| self.context.now.plus(span)))?;
                Ok(self.already_arrived(index))
            }
            StateKind::WorkItem { .. } => {
                self.open_items(index)?;
                let next = self.already_arrived(index);
                if next.is_some() {
                    for item in self.state.work_items.iter().map(|item| item.number).collect::<Vec<_>>() {
                        self.emit(Event::Closed { item, reason: "remitted".into() })?;
                    }
                }
                Ok(next)
            }
            StateKind::Final { .. } => {
                self.entered(index, None)?;
                Ok(self.already_arrived(index))
            }
        }
    }

    /// A decision that came before the claim was ready for it is taken up now.
    fn already_arrived(&self, index: StateIndex) -> Option<StateIndex> {
        let waiting = !self.state.arrived.is_empty() && self.context.workflow.state(index).takes("remitted");
        waiting.then(|| self.choose(index, "remitted")).flatten()
    }

    fn entered(&mut self, index: StateIndex, deadline: Option<Moment>) -> Step {
        let state = self.context.workflow.state(index);
        let (name, note) = (state.name.clone(), state.note.clone());
        self.emit(Event::Entered { state: name, deadline, note })
    }

    /// The first transition whose guard holds.
    fn choose(&self, from: StateIndex, event: &str) -> Option<StateIndex> {
        let state = self.context.workflow.state(from);
        let lookup = |name: &str| self.variable(name, event);
        state
            .then
            .iter()
            .find(|transition| transition.when.as_ref().is_none_or(|guard| guard.eval(&lookup)))
            .map(|transition| transition.to)
    }

    fn variable(&self, name: &str, event: &str) -> Option<GuardValue> {
        let state = &self.state;
        Some(match name {
            "outcome" => GuardValue::Text(state.outcome.clone()),
            "event" => GuardValue::Text(event.into()),
            "payer" => GuardValue::Text(state.claim.payer.id.as_str().into()),
            "category" => GuardValue::Text(self.leading_category()),
            "frequency" => GuardValue::Text(state.claim.frequency.clone()),
            "history" => GuardValue::Bool(state.history),
            "refused" => GuardValue::Bool(state.refused),
            "billed" => GuardValue::Money(state.billed()),
            "paid" => GuardValue::Money(state.paid()),
            "patient_responsibility" => GuardValue::Money(state.patient_responsibility()),
            "denials" => GuardValue::Int(i64::try_from(state.denials.len()).unwrap_or(i64::MAX)),
            "submissions" => GuardValue::Int(i64::try_from(state.submissions.len()).unwrap_or(i64::MAX)),
            _ => return None,
        })
    }

    fn leading_category(&self) -> Text {
        let denial = self.state.denials.first().map(|denial| denial.category.clone());
        let finding =
            || self.state.findings.iter().find(|f| holds(f, &self.state)).map(|f| f.category.clone());
        denial.or_else(finding).unwrap_or_default()
    }
}
