//! The part of a claim's state that its workflow makes: variables, what a plugin is asked, the workflows it is within.

use serde::{Deserialize, Serialize};

use crate::event::{Event, Request};
use crate::state::ClaimState;
use crate::workflow::WorkflowRef;
use crate::{Moment, Text, Value, Values};

/// What a plugin is asked to do, and how far it has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// The request, with its latest attempt.
    pub request: Request,
    /// When the latest attempt began.
    pub since: Moment,
    /// Why the latest attempt failed; `None` while it is under way.
    pub failed: Option<Text>,
}

/// A workflow that called another and waits for it to end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The workflow that was called, in the very version.
    pub workflow: WorkflowRef,
    /// The state that called, as [`ClaimState::state`] names it.
    pub from: Text,
    /// The caller's variables.
    pub variables: Values,
}

impl OpenRequest {
    /// True while an attempt is under way; false between two attempts, and when it has failed for good.
    pub const fn is_under_way(&self) -> bool {
        self.failed.is_none()
    }
}

impl ClaimState {
    /// The workflow that the claim's present state is one of: its own, or the innermost that was called.
    pub fn running(&self) -> &WorkflowRef {
        self.calls.last().map_or(&self.workflow, |call| &call.workflow)
    }

    /// The name of the present state in the running workflow: `waiting` of `appeal/waiting`.
    pub fn place(&self) -> &str {
        self.state.rsplit_once('/').map_or(self.state.as_str(), |(_, name)| name)
    }

    /// True when its request has failed and is not tried again of itself: somebody must look.
    pub fn is_stuck(&self) -> bool {
        self.deadline.is_none() && self.request.as_ref().is_some_and(|open| !open.is_under_way())
    }

    /// What the workflow does to its claim.
    pub(crate) fn flowed(&mut self, at: Moment, event: &Event) {
        match event {
            Event::Set { variables } => self.set(variables),
            Event::Requested(request) => {
                self.deadline = Some(request.until);
                self.request = Some(OpenRequest { request: (**request).clone(), since: at, failed: None });
            }
            Event::Performed { outcome, .. } => {
                self.outcome = outcome.clone();
                self.error = Text::default();
                self.request = None;
                self.deadline = None;
            }
            Event::Failed { reason, again, .. } => {
                self.deadline = *again;
                if again.is_none() {
                    self.error = reason.clone();
                }
                if let Some(open) = &mut self.request {
                    open.failed = Some(reason.clone());
                }
            }
            Event::Called { workflow, input } => self.calls.push(Call {
                workflow: workflow.clone(),
                from: self.state.clone(),
                variables: std::mem::replace(&mut self.variables, input.clone()),
            }),
            Event::Returned { outcome, .. } => {
                self.outcome = outcome.clone();
                if let Some(call) = self.calls.pop() {
                    self.state = call.from;
                    self.variables = call.variables;
                    self.deadline = None;
                    self.entered = at;
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, variables: &[(Text, Value)]) {
        for (name, value) in variables {
            match self.variables.iter_mut().find(|(own, _)| own == name) {
                Some((_, own)) => *own = value.clone(),
                None => self.variables.push((name.clone(), value.clone())),
            }
        }
    }
}
