//! A claim moves to another version of its workflow, or back to where it was.

use std::sync::Arc;

use super::{Step, StepError, Stepper};
use crate::event::Event;
use crate::migration::Migration;
use crate::state::ClaimState;
use crate::workflow::{DeadlineIs, Items, Landing, State, StateKind, Workflow, WorkflowRef};
use crate::{Moment, Owner, Text, WorkItem};

/// What is to be done with a claim that is on another version.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Move it to another version.
    Forth {
        /// What moves together.
        batch: Text,
        /// The version it moves from: its own workflow, or one that it is within.
        from: WorkflowRef,
        /// The version it moves to.
        to: WorkflowRef,
        /// Where claims of each state land.
        landings: Arc<[Landing]>,
        /// Why, or empty.
        reason: Text,
    },
    /// Put it back where it was before a move.
    Back {
        /// The move, as it was recorded.
        migration: Box<Migration>,
        /// The claim as it was before it.
        before: Box<ClaimState>,
        /// Why, or empty.
        reason: Text,
    },
}

/// Why a claim cannot be moved. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MigrateError {
    /// Its state has no place in the new version.
    #[error("it is in `{state}`, which has no place in the new version")]
    NotMapped {
        /// State.
        state: Text,
    },
    /// It is queued, and could not go out any more.
    #[error(
        "it is queued for the next file to its payer, and `{to}` does not take `submitted`: it can be moved when it is out"
    )]
    Queued {
        /// The state that it would be in.
        to: Text,
    },
    /// It is not where the move had left it.
    #[error("it has moved on since, to `{state}`")]
    Moved {
        /// State.
        state: Text,
    },
}

impl Order {
    /// The version that the claim is on afterwards.
    pub fn target(&self) -> &WorkflowRef {
        match self {
            Self::Forth { to, .. } => to,
            Self::Back { migration, .. } => &migration.to.workflow,
        }
    }
}

impl<'a> Stepper<'a> {
    pub(super) fn migrate(&mut self, order: &Order) -> Step {
        match order {
            Order::Forth { batch, from, to, landings, reason } => {
                let here = self.state.migration_place();
                // A claim that is not on that version has been moved already, or was never meant.
                let Some(level) = here.level_of(from) else { return Ok(()) };
                let target = self.target(to)?;
                let own = here.own_state(level);
                let landing = landings
                    .iter()
                    .find(|landing| landing.from == own)
                    .ok_or_else(|| MigrateError::NotMapped { state: own.into() })?;
                let there = here.clone().moved(level, to.clone(), &landing.to);
                let migration = Migration {
                    batch: batch.clone(),
                    from: here,
                    to: there,
                    back: false,
                    reason: reason.clone(),
                };
                // It goes on in what was called, and only where it comes back to is another; or it has not begun.
                if level < migration.from.calls.len() || landing.to.is_empty() {
                    return self.emit(Event::Migrated(Box::new(migration)));
                }
                self.land(migration, target, landing)
            }
            Order::Back { migration, before, reason } => self.back(migration, before, reason),
        }
    }

    fn target(&self, to: &WorkflowRef) -> Step<&'a Workflow> {
        let (here, others) = (self.context.workflow, self.context.workflows);
        if here.reference() == to {
            return Ok(here);
        }
        others
            .version(to)
            .filter(|found| found.reference() == to)
            .ok_or_else(|| StepError::NoWorkflow(to.name.clone(), self.state.running().name.clone()))
    }

    /// Has the claim in a state of another version, with the work items and the deadline of that state.
    fn land(&mut self, mut migration: Migration, target: &'a Workflow, landing: &Landing) -> Step {
        if self.state.queued_as.is_some() && !landing.takes_submitted && !landing.redo {
            return Err(MigrateError::Queued { to: landing.to.clone() }.into());
        }
        let index = target.find(&landing.to).ok_or_else(|| StepError::NoState {
            workflow: target.reference().name.clone(),
            state: landing.to.clone(),
        })?;
        self.context.workflow = target;
        let items = match landing.items {
            Items::Keep => None,
            Items::Close => Some(Vec::new()),
            Items::Open => Some(self.items(index)),
            Items::Reopen => {
                // What is due is counted from when the work came up, not from when somebody changed the workflow.
                let since = self.state.work_items.iter().map(|item| item.opened).min();
                let now = self.context.now;
                self.context.now = since.unwrap_or(now);
                let items = self.items(index);
                self.context.now = now;
                Some(items)
            }
        };
        let aside = self.still_aside(landing.items, items.as_deref().unwrap_or_default());
        migration.to.deadline =
            self.deadline_there(target.state(index), landing.deadline, items.as_deref(), &aside);
        if landing.items != Items::Keep {
            migration.to.ended.clear();
        }
        self.emit(Event::Migrated(Box::new(migration)))?;
        if landing.redo {
            self.close_items("migrated")?;
            return self.enter(index);
        }
        let Some(items) = items else { return Ok(()) };
        self.close_items("migrated")?;
        items.into_iter().try_for_each(|(item, due)| self.open(item, due))?;
        let reason = Text::const_new("as before");
        aside.into_iter().try_for_each(|(item, until)| {
            self.emit(Event::Pended { item, until: Some(until), reason: reason.clone() })
        })
    }

    /// Which of the items that are opened anew lie aside as the ones before them do: those of the same owner, or the only
    /// one. What a payer takes its time for does not come sooner because somebody changed the workflow.
    fn still_aside(&self, kind: Items, items: &[(WorkItem, Option<Moment>)]) -> Vec<(u16, Moment)> {
        if kind != Items::Reopen {
            return Vec::new();
        }
        let before = &self.state.work_items;
        let only = before.len() == 1 && items.len() == 1;
        let aside = |item: &WorkItem| {
            let own = before.iter().find(|own| only || own.owner == item.owner)?;
            Some((item.number, self.state.pended_until(own.number)?))
        };
        items.iter().filter_map(|(item, _)| aside(item)).collect()
    }

    fn deadline_there(
        &self,
        place: &State,
        deadline: DeadlineIs,
        items: Option<&[(WorkItem, Option<Moment>)]>,
        aside: &[(u16, Moment)],
    ) -> Option<Moment> {
        let escalate_to = match &place.kind {
            StateKind::WorkItem { escalate_to, .. } => escalate_to.as_str(),
            _ => "",
        };
        let calendar = self.context.calendar;
        match (deadline, items) {
            (DeadlineIs::Kept, _) => self.state.deadline,
            (DeadlineIs::None, _) => None,
            (DeadlineIs::From(most), _) => Some(calendar.deadline(self.state.entered, most)),
            (DeadlineIs::OfItems, Some(items)) => {
                let late = |(item, at): &(WorkItem, Option<Moment>)| {
                    let escalates = !escalate_to.is_empty() && item.owner != escalate_to;
                    let due = at.or_else(|| item.due.map(|due| calendar.end_of(due)));
                    due.filter(|_| escalates)
                };
                let back = |item: &WorkItem| aside.iter().find(|own| own.0 == item.number).map(|own| own.1);
                items.iter().filter_map(|own| back(&own.0).or_else(|| late(own))).min()
            }
            (DeadlineIs::OfItems, None) => {
                let escalate_to = Owner::from(escalate_to);
                let next = |item: &WorkItem| {
                    let pended = self.state.pended_until(item.number);
                    pended.or_else(|| self.escalates_at(item, &escalate_to))
                };
                self.state.work_items.iter().filter_map(next).min()
            }
        }
    }

    fn back(&mut self, migration: &Migration, before: &ClaimState, reason: &Text) -> Step {
        let here = self.state.migration_place();
        if here != migration.to {
            return Err(MigrateError::Moved { state: here.state }.into());
        }
        let event = Migration {
            batch: migration.batch.clone(),
            from: here,
            to: migration.from.clone(),
            back: true,
            reason: reason.clone(),
        };
        self.emit(Event::Migrated(Box::new(event)))?;
        let wanted = |number: u16| before.work_items.iter().any(|item| item.number == number);
        let open: Vec<u16> = self.state.work_items.iter().map(|item| item.number).collect();
        for item in open.iter().copied().filter(|number| !wanted(*number)) {
            self.emit(Event::Closed { item, reason: Text::const_new("migrated back") })?;
        }
        before
            .work_items
            .iter()
            .filter(|item| !open.contains(&item.number))
            .try_for_each(|item| self.open_as_before(item, before))
    }

    /// Opens an item again, with what time meant to it.
    fn open_as_before(&mut self, item: &WorkItem, before: &ClaimState) -> Step {
        let number = item.number;
        let time = before.times.iter().find(|time| time.item == number);
        self.open(item.clone(), time.and_then(|time| time.due))?;
        let reason = Text::const_new("as before");
        if time.is_some_and(|time| time.returned.is_some()) {
            self.emit(Event::Pended { item: number, until: None, reason: reason.clone() })?;
        }
        match time.and_then(|time| time.pended) {
            Some(until) => self.emit(Event::Pended { item: number, until: Some(until), reason }),
            None => Ok(()),
        }
    }
}
