//! One call of a plugin's action, and what comes of it.

use std::time::{Duration, Instant};

use claimflow_core::{Claim, Facts, Moment, Text, Value, Values};
use jiff::civil::Date;

/// What a plugin is called with.
#[derive(Debug, Clone)]
pub struct Call {
    /// Idempotency key: the same for every attempt. A plugin that has done this before gives what it gave then, and one that
    /// hands it to another system has that system do so.
    pub key: Text,
    /// The action, as `fee-schedule.look-up`.
    pub action: Text,
    /// Which attempt it is, from 1; after a crash one comes again.
    pub attempt: u32,
    /// What the workflow gives, by name.
    pub inputs: Values,
    /// The claim: the parts that are granted, the others empty.
    pub claim: Claim,
    /// What the registers know of the claim: those that are granted, the others empty.
    pub facts: Facts,
    /// The day of the call.
    pub today: Date,
    /// The time of the call.
    pub now: Moment,
    /// When an answer is of no more use.
    pub deadline: Instant,
}

/// What an action gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// How it came out, as guards see it.
    pub outcome: Text,
    /// What it gave, by name.
    pub output: Values,
}

/// Why an action could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Fault {
    /// Why, in words for people; without names, member ids or birth dates.
    pub reason: String,
    /// True when trying again is of no use.
    pub for_good: bool,
}

impl Fault {
    /// One that may be over later.
    pub fn temporary(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), for_good: false }
    }

    /// One that stays until somebody does something.
    pub fn for_good(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), for_good: true }
    }
}

impl Done {
    /// With this outcome and no output.
    pub fn with_outcome(outcome: impl Into<Text>) -> Self {
        Self { outcome: outcome.into(), output: Values::new() }
    }

    /// With one more value.
    #[must_use]
    pub fn with(mut self, name: impl Into<Text>, value: Value) -> Self {
        self.output.push((name.into(), value));
        self
    }
}

impl Call {
    /// How long there is still to answer; zero when it is too late.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// What the workflow gives under that name; nothing when it does not.
    pub fn input(&self, name: &str) -> &Value {
        self.inputs.iter().find(|(own, _)| own == name).map_or(&Value::None, |(_, value)| value)
    }
}
