//! The one pure function: what happens next to a claim.
//!
//! `step(workflow, rules, facts, calendar, now; state, input) -> (state, events, effects)`. No clock, no I/O, no
//! randomness: the same arguments always give the same answer, which is what makes replay, backtest and a second
//! driver possible. A step runs until the claim is blocked: it waits, it is a person's turn, or it has ended.

mod adjudicate;
mod asks;
mod calls;
mod inputs;
mod items;
mod migrate;
mod pend;
mod stages;
mod submit;
#[cfg(test)]
mod tests;
mod variables;
mod walk;

pub use calls::DEEPEST;
pub use migrate::{MigrateError, Order};

use serde::{Deserialize, Serialize};

use crate::event::{Effect, Event, Remitted, Submission};
use crate::state::{ClaimState, FoldError};
use crate::workflow::{Workflow, Workflows};
use crate::{Acknowledgment, Calendar, Claim, DueIn, Facts, Hash, Moment, Owner, Rules, Text, Values, field};
use jiff::civil::Date;

/// Everything around the claim that a step needs.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The workflow that the claim's present state is one of: [`ClaimState::running`], or the one it begins on.
    pub workflow: &'a Workflow,
    /// Where the workflows are that this one calls, and those that called it.
    pub workflows: &'a dyn Workflows,
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
    /// A work item is laid aside until a day, or taken up again.
    Pended {
        /// Which one; `None` for all.
        item: Option<u16>,
        /// The day on which it comes back; `None` takes it up again.
        until: Option<Date>,
        /// Why.
        reason: Text,
    },
    /// A plugin has done, or could not do, what was requested. One that is not open any more changes nothing.
    Performed {
        /// The request's key.
        key: Text,
        /// The attempt, from 1.
        attempt: u32,
        /// What came of it.
        result: ActionResult,
    },
    /// A person has what failed tried again, with as many attempts as at first.
    Retry,
    /// It moves to another version of its workflow; the step's workflow is that one.
    Migrate(Box<Order>),
}

/// What came of a plugin's action. It can wait in the journal: a new variant is added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionResult {
    /// It is done.
    Done {
        /// How it came out, as guards see it.
        outcome: Text,
        /// What it gave, by name.
        output: Values,
        /// Which plugin did it: name, version, and the beginning of its content hash.
        by: Text,
    },
    /// It could not be done.
    Failed {
        /// Why, in words for people; without names, member ids or birth dates.
        reason: Text,
        /// True when trying again is of no use.
        for_good: bool,
    },
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
    /// Nobody has something to do there, so that nothing can be laid aside.
    #[error(
        "a claim in `{state}` has no work item that could be pended; `claimflow show` says what it waits for"
    )]
    NothingToPend {
        /// State.
        state: Text,
    },
    /// What is not laid aside cannot be taken up again.
    #[error("nothing of the claim is pended; `claimflow queue --pended` lists what is")]
    NotPended,
    /// It would come back before anybody had missed it.
    #[error("`{until}` is not a day to come: name one after today, or `none` to take the item up again")]
    PendedIntoThePast {
        /// The day.
        until: Date,
    },
    /// The workflow does not let it lie so long.
    #[error("`{until}` is too far away: the workflow lets an item lie for {limit}, until {last}")]
    PendedTooLong {
        /// The day.
        until: Date,
        /// `pend-at-most`.
        limit: DueIn,
        /// The last day that can be.
        last: Date,
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
    /// Nothing of this claim has failed.
    #[error("nothing is to be tried again: {0}")]
    NothingToRetry(&'static str),
    /// The workflow that a state calls, or that called, is not there.
    #[error("there is no workflow `{0}`, which `{1}` needs; put it back, or migrate the claim")]
    NoWorkflow(Text, Text),
    /// Workflows call each other without end; the checker lets none through that do.
    #[error("`{0}` is called from within too many other workflows")]
    TooDeep(Text),
    /// It cannot be moved to another version of its workflow.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
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

impl Input {
    /// The name of the event that it would be.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::Submitted(_) => "submitted",
            Self::Acknowledged(_) => "acknowledged",
            Self::Remitted(_) => "remitted",
            Self::Corrected { .. } => "corrected",
            Self::Replaced { .. } => "replaced",
            Self::Released { .. } => "released",
            Self::NewFact => "new-fact",
            Self::Resolved { .. } => "resolved",
            Self::Reassigned { .. } => "reassigned",
            Self::Timer => "timer",
            Self::Performed { .. } => "performed",
            Self::Retry => "retried",
            Self::Pended { .. } => "pended",
            Self::Migrate(_) => "migrated",
        }
    }
}

/// Makes one step. `state` is the claim's state so far (the default for a claim that comes in).
///
/// # Errors
/// When the input does not fit the state; nothing has changed then.
pub fn step(context: Context<'_>, state: ClaimState, input: Input) -> Result<Stepped, StepError> {
    let mut events = Vec::new();
    let (state, effects) = step_into(context, state, input, &mut events)?;
    Ok(Stepped { state, events, effects })
}

/// The same, with the events added to those that are there. Also where it errs, or panics in a rule, what it had recorded
/// by then is left in `events`: what came in is the first of it, so that it is not lost with the step.
///
/// # Errors
/// As [`step`]; the state is gone then, and the events that were added are not to be kept as they are.
pub fn step_into<'a>(
    context: Context<'a>,
    state: ClaimState,
    input: Input,
    events: &'a mut Vec<Event>,
) -> Result<(ClaimState, Vec<Effect>), StepError> {
    if !state.is_received() && !matches!(input, Input::Received { .. }) {
        return Err(FoldError::never_received(input.name()).into());
    }
    let mut stepper = Stepper {
        most: most(context.workflow),
        context,
        state,
        events,
        effects: Vec::new(),
        entered: 0,
        judged: false,
        taken_up: false,
    };
    stepper.take_in(input)?;
    Ok((stepper.state, stepper.effects))
}

/// Without a cycle of immediate states each is passed at most once before the claim is blocked, and once more when a
/// decision that has arrived is taken up there.
fn most(workflow: &Workflow) -> usize {
    workflow.states().len() * 2 + 2
}

struct Stepper<'a> {
    context: Context<'a>,
    state: ClaimState,
    events: &'a mut Vec<Event>,
    effects: Vec<Effect>,
    /// States entered in this step.
    entered: usize,
    /// The most that can be, see [`most`].
    most: usize,
    /// True when a stage ran in this step: findings and denials are news then.
    judged: bool,
    /// True when a state has taken up the decisions that have arrived, adjudicated or not.
    taken_up: bool,
}

type Step<T = ()> = Result<T, StepError>;

impl Stepper<'_> {
    fn emit(&mut self, event: Event) -> Step {
        self.state.apply(self.context.now, &event)?;
        self.events.push(event);
        Ok(())
    }
}
