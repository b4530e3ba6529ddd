//! A claim moves to another version of its workflow: where it was and where it is, so that it can be taken back exactly.

use serde::{Deserialize, Serialize};

use crate::state::ClaimState;
use crate::workflow::WorkflowRef;
use crate::{Moment, Text};

/// Where a claim is in its workflow: all that a migration changes, work items aside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The workflow it came in on.
    pub workflow: WorkflowRef,
    /// The workflows that it is within, each called by the one before; outermost first.
    pub calls: Vec<Called>,
    /// The state, within a call as `appeal/waiting`.
    pub state: Text,
    /// When it came there.
    pub entered: Moment,
    /// When that state's deadline runs out.
    pub deadline: Option<Moment>,
    /// How work items have ended since it came there.
    pub ended: Vec<Text>,
}

/// A workflow that was called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// The version that was called.
    pub workflow: WorkflowRef,
    /// The state that called.
    pub from: Text,
}

impl Place {
    /// How deep in calls the workflow of this very content is: 0 for the claim's own, then 1 for the first that was called.
    pub fn level_of(&self, workflow: &WorkflowRef) -> Option<usize> {
        if self.workflow == *workflow {
            return Some(0);
        }
        self.calls.iter().position(|call| call.workflow == *workflow).map(|place| place + 1)
    }

    /// The state that the workflow at a level is in: the one that called, or the present one at the last.
    pub fn own_state(&self, level: usize) -> &str {
        let full = self.calls.get(level).map_or(&self.state, |call| &call.from);
        full.rsplit_once('/').map_or(full.as_str(), |(_, own)| own)
    }

    /// The same place with another version and state at a level.
    #[must_use]
    pub fn moved(mut self, level: usize, workflow: WorkflowRef, state: &str) -> Self {
        let full = self.calls.get_mut(level).map_or(&mut self.state, |call| &mut call.from);
        *full = match full.rsplit_once('/') {
            Some((within, _)) => Text::from(format!("{within}/{state}")),
            None => Text::from(state),
        };
        match level.checked_sub(1).and_then(|place| self.calls.get_mut(place)) {
            Some(call) => call.workflow = workflow,
            None => self.workflow = workflow,
        }
        self
    }
}

/// One claim's move from a version of a workflow to another. Work items that it closes or opens follow as events of
/// their own, in the same record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// What moved together has one, as `M3`.
    pub batch: Text,
    /// Where it was.
    pub from: Place,
    /// Where it is now.
    pub to: Place,
    /// True when this takes back an earlier move, whose batch it names.
    pub back: bool,
    /// Why, or empty.
    pub reason: Text,
}

impl ClaimState {
    /// Where the claim is in its workflow.
    pub fn migration_place(&self) -> Place {
        Place {
            workflow: self.workflow.clone(),
            calls: self
                .calls
                .iter()
                .map(|call| Called { workflow: call.workflow.clone(), from: call.from.clone() })
                .collect(),
            state: self.state.clone(),
            entered: self.entered,
            deadline: self.deadline,
            ended: self.ended.clone(),
        }
    }

    /// Puts the claim where a migration leads.
    pub(crate) fn migrated(&mut self, migration: &Migration) {
        let Place { workflow, calls, state, entered, deadline, ended } = &migration.to;
        self.workflow = workflow.clone();
        for (own, call) in self.calls.iter_mut().zip(calls) {
            own.workflow = call.workflow.clone();
            own.from = call.from.clone();
        }
        self.state = state.clone();
        self.entered = *entered;
        self.deadline = *deadline;
        self.ended.clone_from(ended);
    }
}
