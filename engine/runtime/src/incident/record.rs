//! What the journal holds of incidents.

use claimflow_core::event::{Event, Remitted, Submission};
use claimflow_core::step::{ActionResult, Input};
use claimflow_core::{Acknowledgment, Claim, Hash, Moment, Text};
use serde::{Deserialize, Serialize};

use super::Cause;
use crate::store::Position;

/// A claim cannot go on by itself. Its text names no person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentRecord {
    /// The claim's internal number.
    pub claim: u64,
    /// What it comes from.
    pub cause: Cause,
    /// Where.
    pub place: Place,
    /// What happened, in a sentence.
    pub message: Text,
    /// How many times this has come up for the claim, from 1.
    pub attempt: u32,
    /// When it came up, and has been open since.
    pub since: Moment,
    /// True when an input that came to the claim failed: it is the first of those that wait.
    pub input_failed: bool,
}

/// Where an incident came up; what does not apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Workflow.
    pub workflow: Text,
    /// Its version; 0 when unknown.
    pub version: u32,
    /// The claim's state.
    pub state: Text,
    /// The action, as `fees.lookup`.
    pub action: Text,
    /// Rule.
    pub rule: Text,
    /// File within the practice folder.
    pub file: Text,
    /// Line in it, from 1; 0 when unknown.
    pub line: u32,
}

impl IncidentRecord {
    /// What makes it the same as another one of its claim.
    pub fn key(&self) -> Text {
        self.place.key(self.cause)
    }
}

impl Place {
    /// What makes an incident of that cause here the same as another one of its claim: its code, with the rule or action.
    pub fn key(&self, cause: Cause) -> Text {
        let of = if cause == Cause::RuleError { &self.rule } else { &self.action };
        if of.is_empty() { Text::const_new(cause.code()) } else { format!("{}/{of}", cause.code()).into() }
    }
}

/// Incidents of a claim are over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentClosedRecord {
    /// The claim's internal number.
    pub claim: u64,
    /// Which, by [`IncidentRecord::key`].
    pub keys: Vec<Text>,
    /// How.
    pub how: Closed,
    /// Why, or empty.
    pub reason: Text,
    /// Records of inputs that waited and have been taken in.
    pub taken: Vec<Position>,
    /// Records of inputs that waited and were given up.
    pub dropped: Vec<Position>,
}

/// How incidents end. Added to at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// It was tried again, and this did not come up.
    Retried,
    /// A person closed it.
    ByHand,
    /// What was done to the claim otherwise has removed it.
    Overtaken,
}

/// Something came to a claim that nothing automatic touches: it waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitingRecord {
    /// The claim's internal number.
    pub claim: u64,
    /// What came.
    pub input: WaitingInput,
}

/// An input that waits. It is in the journal: a new one is added at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WaitingInput {
    /// It went out.
    Submitted(Submission),
    /// An answer.
    Acknowledged(Acknowledgment),
    /// A payer's decision.
    Remitted(Box<Remitted>),
    /// The claim anew.
    Replaced {
        /// As it came.
        claim: Box<Claim>,
        /// Content hash of its file.
        source: Hash,
        /// Hash of the claim, to tell it from another.
        content: u64,
    },
    /// The registers say something new.
    NewFact,
    /// What came of a plugin's action.
    Performed {
        /// The request's key.
        key: Text,
        /// The attempt, from 1.
        attempt: u32,
        /// What came of it.
        result: ActionResult,
    },
}

impl WaitingInput {
    /// Of an input that comes by itself. `None` for what a person does, and for a deadline, which is looked at again.
    pub(crate) fn of(input: Input, content: Option<u64>) -> Option<Self> {
        Some(match input {
            Input::Submitted(submission) => Self::Submitted(submission),
            Input::Acknowledged(answer) => Self::Acknowledged(answer),
            Input::Remitted(remitted) => Self::Remitted(remitted),
            Input::Replaced { claim, source } => {
                Self::Replaced { claim, source, content: content.unwrap_or_default() }
            }
            Input::NewFact => Self::NewFact,
            Input::Performed { key, attempt, result } => Self::Performed { key, attempt, result },
            _ => return None,
        })
    }

    /// True for an input that comes by itself and cannot be made again.
    pub(crate) const fn can_be(input: &Input) -> bool {
        matches!(
            input,
            Input::Submitted(_) | Input::Acknowledged(_) | Input::Remitted(_) | Input::Replaced { .. }
        )
    }

    /// Of the first thing that a step recorded of an input.
    pub(crate) fn recorded(event: Event, content: Option<u64>) -> Option<Self> {
        Some(match event {
            Event::Submitted(submission) => Self::Submitted(submission),
            Event::Acknowledged(answer) => Self::Acknowledged(answer),
            Event::Remitted(remitted) => Self::Remitted(remitted),
            Event::Replaced { claim, source } => {
                Self::Replaced { claim, source, content: content.unwrap_or_default() }
            }
            Event::Happened { name, .. } if name == "new-fact" => Self::NewFact,
            Event::Performed { key, outcome, output, by } => {
                Self::Performed { key, attempt: 0, result: ActionResult::Done { outcome, output, by } }
            }
            Event::Failed { key, attempt, reason, again } => {
                let result = ActionResult::Failed { reason, for_good: again.is_none() };
                Self::Performed { key, attempt, result }
            }
            _ => return None,
        })
    }

    /// As it comes to the claim, with the claim's hash where it brings one.
    pub(crate) fn input(self) -> (Input, Option<u64>) {
        match self {
            Self::Submitted(submission) => (Input::Submitted(submission), None),
            Self::Acknowledged(answer) => (Input::Acknowledged(answer), None),
            Self::Remitted(remitted) => (Input::Remitted(remitted), None),
            Self::Replaced { claim, source, content } => (Input::Replaced { claim, source }, Some(content)),
            Self::NewFact => (Input::NewFact, None),
            Self::Performed { key, attempt, result } => (Input::Performed { key, attempt, result }, None),
        }
    }

    /// The name of the event that it would be.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Submitted(_) => "submitted",
            Self::Acknowledged(_) => "acknowledged",
            Self::Remitted(_) => "remitted",
            Self::Replaced { .. } => "corrected",
            Self::NewFact => "new-fact",
            Self::Performed { .. } => "performed",
        }
    }
}
