//! Ways through other workflows, and back.

use super::{Step, StepError, Stepper, most};
use crate::event::Event;
use crate::expr::Expr;
use crate::workflow::{StateIndex, StateKind, Workflow};
use crate::{Text, Values};

/// The most workflows that can be within each other.
pub const DEEPEST: usize = 8;

/// The most states that a claim passes in one step, however many workflows call each other.
const MOST_STATES: usize = 10_000;

impl<'a> Stepper<'a> {
    /// A state's name as it is told, with the workflows that the claim is within: `appeal/waiting`.
    pub(super) fn full_name(&self, state: &Text) -> Text {
        if self.state.calls.is_empty() {
            return state.clone();
        }
        let mut name = String::new();
        for call in &self.state.calls {
            name.push_str(&call.workflow.name);
            name.push('/');
        }
        name.push_str(state);
        Text::from(name)
    }

    /// Goes into another workflow; gives its first state.
    pub(super) fn call(&mut self, name: &Text, input: &[(Text, Expr)]) -> Step<StateIndex> {
        if self.state.calls.len() >= DEEPEST {
            return Err(StepError::TooDeep(name.clone()));
        }
        let workflows = self.context.workflows;
        let called = workflows.newest(name).ok_or_else(|| self.missing(name))?;
        let input = self.values(input);
        self.emit(Event::Called { workflow: called.reference().clone(), input })?;
        self.run(called);
        Ok(called.start())
    }

    /// Comes back from a final state of a workflow that was called; gives what follows there.
    pub(super) fn come_back(&mut self, end: StateIndex, result: &Text) -> Step<Option<StateIndex>> {
        let outcome =
            if result.is_empty() { self.context.workflow.state(end).name.clone() } else { result.clone() };
        let caller = self.caller()?;
        let from = self.calling_state(caller)?;
        let keep: &[(Text, Text)] = match &caller.state(from).kind {
            StateKind::Call { keep, .. } => keep,
            // The caller was edited in place: what it keeps is not known any more.
            _ => &[],
        };
        let theirs = |name: &Text| (name.clone(), self.own_variable(name).unwrap_or_default());
        let output: Values = keep.iter().map(|(_, name)| theirs(name)).collect();
        self.emit(Event::Returned { outcome, output: output.clone() })?;
        self.run(caller);
        // A value of the wrong kind is left out: the checker knows both sides, unless one was edited in place.
        let kept = self.kept(keep, &output).unwrap_or_default();
        self.keep_values(kept)?;
        Ok(self.choose(from, ""))
    }

    /// Goes on in another workflow.
    fn run(&mut self, workflow: &'a Workflow) {
        self.context.workflow = workflow;
        self.most = self.most.saturating_add(most(workflow)).min(MOST_STATES);
    }

    /// The workflow that called the running one.
    fn caller(&self) -> Step<&'a Workflow> {
        let calls = &self.state.calls;
        let outer = calls.len().checked_sub(2).and_then(|place| calls.get(place));
        let reference = outer.map_or(&self.state.workflow, |call| &call.workflow);
        let workflows = self.context.workflows;
        workflows.version(reference).ok_or_else(|| self.missing(&reference.name))
    }

    /// The state of the caller that called.
    fn calling_state(&self, caller: &Workflow) -> Step<StateIndex> {
        let from = self.state.calls.last().map(|call| call.from.as_str()).unwrap_or_default();
        let name = from.rsplit_once('/').map_or(from, |(_, name)| name);
        caller.find(name).ok_or_else(|| StepError::NoState {
            workflow: caller.reference().name.clone(),
            state: name.into(),
        })
    }

    fn missing(&self, name: &Text) -> StepError {
        StepError::NoWorkflow(name.clone(), self.state.running().name.clone())
    }
}
