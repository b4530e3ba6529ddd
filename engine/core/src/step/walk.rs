//! The way through the workflow: events move the claim on, states do their work, the first guard that holds leads on.

use super::{Step, StepError, Stepper};
use crate::event::Event;
use crate::guard::GuardValue;
use crate::state::holds;
use crate::workflow::{StateIndex, StateKind};
use crate::{Moment, Text, WorkItem};

impl Stepper<'_> {
    /// The claim's place in its workflow.
    pub(super) fn current(&self) -> Step<StateIndex> {
        self.context.workflow.find(&self.state.state).ok_or_else(|| StepError::NoState {
            workflow: self.state.workflow.name.clone(),
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
        Err(StepError::NotTaken {
            state: state.name.clone(),
            event: event.into(),
            taken: state.events().to_vec(),
        })
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

    fn close_items(&mut self, reason: &str) -> Step {
        let open: Vec<u16> = self.state.work_items.iter().map(|item| item.number).collect();
        open.into_iter().try_for_each(|item| self.emit(Event::Closed { item, reason: reason.into() }))
    }

    /// Enters a state and goes on until the claim is blocked.
    pub(super) fn enter(&mut self, to: StateIndex) -> Step {
        // Without a cycle of immediate states each is passed at most once before the claim is blocked, and once more
        // when a decision that has arrived is taken up there.
        let most = self.context.workflow.states().len() * 2 + 2;
        let mut next = Some(to);
        while let Some(index) = next {
            self.entered += 1;
            if self.entered > most {
                return Err(StepError::Runaway(most));
            }
            next = self.arrive(index)?;
        }
        Ok(())
    }

    /// Arrives in a state: does its work, and says where that leads at once.
    fn arrive(&mut self, index: StateIndex) -> Step<Option<StateIndex>> {
        let workflow = self.context.workflow;
        match &workflow.state(index).kind {
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
