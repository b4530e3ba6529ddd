//! The way through the workflow: events move the claim on, states do their work, the first guard that holds leads on.

use super::{Step, StepError, Stepper};
use crate::event::Event;
use crate::workflow::{StateIndex, StateKind};
use crate::{Moment, Text, WorkItem};

impl Stepper<'_> {
    /// The claim's place in its workflow.
    pub(super) fn current(&self) -> Step<StateIndex> {
        self.context.workflow.find(self.state.place()).ok_or_else(|| StepError::NoState {
            workflow: self.state.running().name.clone(),
            state: self.state.state.clone(),
        })
    }

    pub(super) fn takes(&self, event: &str) -> Step<bool> {
        Ok(self.context.workflow.state(self.current()?).takes(event))
    }

    pub(super) fn demand(&self, event: &str) -> Step {
        let state = self.context.workflow.state(self.current()?);
        if state.takes(event) {
            return Ok(());
        }
        let taken = match &state.kind {
            StateKind::Work { action, asks: Some(_) } => vec![Text::from(format!("answered by `{action}`"))],
            _ => state.events().to_vec(),
        };
        Err(StepError::NotTaken { state: self.state.state.clone(), event: event.into(), taken })
    }

    /// The open work item of that number.
    pub(super) fn item(&self, number: u16) -> Step<&WorkItem> {
        let items = &self.state.work_items;
        items.iter().find(|item| item.number == number).ok_or(StepError::NoItem { item: number })
    }

    pub(super) fn happen_if_taken(&mut self, event: &str) -> Step {
        if self.takes(event)? { self.happen(event) } else { Ok(()) }
    }

    /// Moves the claim on by an event that its state takes.
    pub(super) fn happen(&mut self, event: &str) -> Step {
        self.close_items(event)?;
        let from = self.current()?;
        match self.choose(from, event) {
            Some(to) => self.enter(to),
            None => Ok(()),
        }
    }

    pub(super) fn close_items(&mut self, reason: &str) -> Step {
        let open: Vec<u16> = self.state.work_items.iter().map(|item| item.number).collect();
        open.into_iter().try_for_each(|item| self.emit(Event::Closed { item, reason: reason.into() }))
    }

    /// Enters a state and goes on until the claim is blocked.
    pub(super) fn enter(&mut self, to: StateIndex) -> Step {
        let mut next = Some(to);
        while let Some(index) = next {
            self.entered += 1;
            if self.entered > self.most {
                return Err(StepError::Runaway(self.most));
            }
            next = self.arrive(index)?;
        }
        Ok(())
    }

    /// Arrives in a state: does its work, and says where that leads at once.
    fn arrive(&mut self, index: StateIndex) -> Step<Option<StateIndex>> {
        let workflow = self.context.workflow;
        match &workflow.state(index).kind {
            StateKind::Work { action, asks: None } => {
                self.entered(index, None)?;
                self.perform(action)?;
                Ok(self.choose(index, ""))
            }
            StateKind::Work { action, asks: Some(asks) } => {
                self.entered(index, None)?;
                self.request(action, asks)?;
                Ok(None)
            }
            StateKind::Call { workflow: called, input, .. } => {
                self.entered(index, None)?;
                self.call(called, input).map(Some)
            }
            StateKind::Final { result, .. } if !self.state.calls.is_empty() => {
                self.entered(index, None)?;
                self.come_back(index, result)
            }
            StateKind::Choice => {
                self.entered(index, None)?;
                Ok(self.choose(index, ""))
            }
            StateKind::Wait { deadline, .. } => {
                self.entered(
                    index,
                    deadline.map(|(most, _)| self.context.calendar.deadline(self.context.now, most)),
                )?;
                Ok(self.already_arrived(index))
            }
            StateKind::WorkItem { .. } => {
                self.open_items(index)?;
                let next = self.already_arrived(index);
                if next.is_some() {
                    self.close_items("remitted")?;
                }
                Ok(next)
            }
            StateKind::Final { .. } => {
                self.entered(index, None)?;
                Ok(self.already_arrived(index))
            }
        }
    }

    /// A decision that came before the claim was ready for it is taken up now; once a step, since a workflow need not
    /// adjudicate what it takes up.
    fn already_arrived(&mut self, index: StateIndex) -> Option<StateIndex> {
        let takes = self.context.workflow.state(index).takes("remitted");
        if self.taken_up || self.state.arrived.is_empty() || !takes {
            return None;
        }
        self.taken_up = true;
        self.choose(index, "remitted")
    }

    pub(super) fn entered(&mut self, index: StateIndex, deadline: Option<Moment>) -> Step {
        let state = self.context.workflow.state(index);
        let set = self.settings(&state.set);
        let note = self.note(&state.note, &set);
        self.emit(Event::Entered { state: self.full_name(&state.name), deadline, note })?;
        self.keep_values(set)
    }

    /// The first transition whose guard holds.
    pub(super) fn choose(&self, from: StateIndex, event: &str) -> Option<StateIndex> {
        let state = self.context.workflow.state(from);
        let lookup = |name: &str| self.variable(name, event);
        state
            .then
            .iter()
            .find(|transition| transition.when.as_ref().is_none_or(|guard| guard.eval(&lookup)))
            .map(|transition| transition.to)
    }
}
