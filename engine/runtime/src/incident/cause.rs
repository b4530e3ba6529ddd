//! What an incident comes from: a kind with a stable code, and the sentence that says what to do about it.

use claimflow_core::step::StepError;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::store::StoreError;

/// Kinds of incident. They are in the journal: a new one is added at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A rule could not be evaluated; the claim is held for review as well.
    RuleError,
    /// The claim went round in its workflow without ever waiting.
    Runaway,
    /// Its workflow has no such state.
    NoState,
    /// It runs on a workflow version that is not there.
    NoWorkflow,
    /// A plugin failed for good, and the workflow does not say where that leads.
    ActionFailed,
    /// Its records cannot be read, or do not follow from each other.
    Unreadable,
    /// It cannot be written into the file for its payer.
    CannotWrite,
    /// A fault of the program itself stopped the step.
    Stopped,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::RuleError,
        Self::Runaway,
        Self::NoState,
        Self::NoWorkflow,
        Self::ActionFailed,
        Self::Unreadable,
        Self::CannotWrite,
        Self::Stopped,
    ];

    /// The stable code, as `rule-error`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::RuleError => "rule-error",
            Self::Runaway => "runaway",
            Self::NoState => "no-state",
            Self::NoWorkflow => "no-workflow",
            Self::ActionFailed => "action-failed",
            Self::Unreadable => "unreadable",
            Self::CannotWrite => "cannot-write",
            Self::Stopped => "stopped",
        }
    }

    /// From its code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// The kind in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::RuleError => "a rule cannot be decided",
            Self::Runaway => "its workflow goes round",
            Self::NoState => "its state is not in the workflow",
            Self::NoWorkflow => "its workflow version is missing",
            Self::ActionFailed => "a step failed for good",
            Self::Unreadable => "its records cannot be read",
            Self::CannotWrite => "it cannot be written for its payer",
            Self::Stopped => "the program stopped in it",
        }
    }

    /// What to do before it is retried.
    pub const fn mend(self) -> &'static str {
        match self {
            Self::RuleError => "mend the rule, or release the claim with a reason; then retry",
            Self::Runaway => "mend the workflow that it runs on, then retry",
            Self::NoState => "put the state back, or migrate the claim to a version that has it; then retry",
            Self::NoWorkflow => "put that version back into workflows/, or migrate the claim; then retry",
            Self::ActionFailed => "find out why the plugin fails, then retry",
            Self::Unreadable => "run `claimflow journal verify`, restore what it names, then retry",
            Self::CannotWrite => "correct what is named, then retry",
            Self::Stopped => {
                "report the place named to whoever maintains claimflow, then retry with the next version"
            }
        }
    }

    /// What an error of a step comes from; `None` where the input was refused, or nothing more can be promised at all.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        match error {
            Error::Step(error) => of_step(error),
            Error::NoWorkflow { .. } => Some(Self::NoWorkflow),
            Error::Record(_) | Error::Store(StoreError::Damaged { .. }) => Some(Self::Unreadable),
            Error::Write { .. } => Some(Self::CannotWrite),
            _ => None,
        }
    }
}

fn of_step(error: &StepError) -> Option<Cause> {
    match error {
        StepError::Runaway(_) | StepError::TooDeep(_) => Some(Cause::Runaway),
        StepError::NoWorkflow(..) => Some(Cause::NoWorkflow),
        StepError::NoState { .. } => Some(Cause::NoState),
        StepError::Fold(_) => Some(Cause::Unreadable),
        StepError::NotTaken { .. }
        | StepError::Field(_)
        | StepError::NotReleasable { .. }
        | StepError::NoItem { .. }
        | StepError::NothingToRetry(_)
        | StepError::Migrate(_)
        | StepError::NothingToPend { .. }
        | StepError::NotPended
        | StepError::PendedIntoThePast { .. }
        | StepError::PendedTooLong { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written_and_each_has_its_words() {
        for cause in Cause::ALL {
            assert_eq!(Cause::parse(cause.code()), Some(cause));
            assert!(cause.mend().contains("retry") && !cause.words().is_empty());
        }
        assert_eq!(Cause::parse("no-such"), None);
    }

    #[test]
    fn what_a_person_can_mend_at_once_is_no_incident() {
        let refused =
            StepError::NotTaken { state: "held".into(), event: "released".into(), taken: Vec::new() };
        assert_eq!(Cause::of(&refused.into()), None);
        assert_eq!(Cause::of(&StepError::Runaway(3).into()), Some(Cause::Runaway));
        assert_eq!(Cause::of(&Error::Worker), None);
        let full = StoreError::DiskFull { path: "journal".to_owned() };
        assert_eq!(Cause::of(&full.into()), None);
    }
}
