//! Time and work items: when one is overdue, who gets it then, and the time for which it is laid aside.

use jiff::civil::Date;

use super::{Step, StepError, Stepper};
use crate::event::Event;
use crate::state::TIMER;
use crate::workflow::StateKind;
use crate::{DueIn, Moment, Owner, Text, WorkItem};

impl Stepper<'_> {
    /// Lays an item (or all of them) aside until a day, or takes it up again.
    pub(super) fn pend(&mut self, item: Option<u16>, until: Option<Date>, reason: &Text) -> Step {
        let StateKind::WorkItem { pend_at_most, .. } = &self.context.workflow.state(self.current()?).kind
        else {
            return Err(StepError::NothingToPend { state: self.state.state.clone() });
        };
        let until = until.map(|date| self.returns(date, *pend_at_most)).transpose()?;
        let items: Vec<u16> = match item {
            Some(number) => vec![self.item(number)?.number],
            None => self.state.work_items.iter().map(|item| item.number).collect(),
        };
        let pended = |number: &u16| self.state.pended_until(*number).is_some();
        let items: Vec<u16> = items.into_iter().filter(|number| until.is_some() || pended(number)).collect();
        if items.is_empty() {
            return Err(StepError::NotPended);
        }
        for item in items {
            self.emit(Event::Pended { item, until, reason: reason.clone() })?;
        }
        self.reschedule()
    }

    /// The moment at which an item that is laid aside until a date comes back: when the practice opens.
    fn returns(&self, date: Date, at_most: Option<DueIn>) -> Step<Moment> {
        let (calendar, now) = (self.context.calendar, self.context.now);
        if date <= calendar.date(now) {
            return Err(StepError::PendedIntoThePast { until: date });
        }
        if let Some(limit) = at_most {
            let last = calendar.due(now, limit).date;
            if date > last {
                return Err(StepError::PendedTooLong { until: date, limit, last });
            }
        }
        Ok(calendar.opening(date))
    }

    /// The deadline of a work item has run out: what was laid aside comes back, and what is overdue goes on to whom the
    /// state escalates.
    pub(super) fn item_timer(&mut self, escalate_to: &Owner) -> Step {
        let now = self.context.now;
        let back = self.state.times.iter().filter(|time| time.pended.is_some_and(|until| until <= now));
        let back: Vec<u16> = back.map(|time| time.item).collect();
        for item in back {
            let reason = self.day_has_come(item);
            self.emit(Event::Pended { item, until: None, reason })?;
        }
        let late = |item: &&WorkItem| self.escalates_at(item, escalate_to).is_some_and(|late| late <= now);
        let late: Vec<u16> = self.state.work_items.iter().filter(late).map(|item| item.number).collect();
        if !late.is_empty() {
            self.emit(Event::Happened { name: TIMER.into(), reason: Text::const_new("overdue") })?;
            late.into_iter()
                .try_for_each(|item| self.hand_over(item, escalate_to, Text::const_new("overdue")))?;
        }
        self.reschedule()
    }

    /// Why an item is back; a due date that has passed meanwhile is said.
    fn day_has_come(&self, item: u16) -> Text {
        let due = self.state.work_items.iter().find(|own| own.number == item).and_then(|own| own.due);
        let today = self.context.calendar.date(self.context.now);
        match due.filter(|due| *due < today) {
            Some(due) => Text::from(format!("its day has come; it was due on {due} meanwhile")),
            None => Text::const_new("its day has come"),
        }
    }

    /// Sets the claim's deadline anew after its items have changed, while it stays where it is. A deadline that has run
    /// out and was not acted on yet stays: its timer is still to come.
    pub(super) fn reschedule_unless_due(&mut self) -> Step {
        let waits = self.state.deadline.is_some_and(|deadline| deadline <= self.context.now);
        if waits { Ok(()) } else { self.reschedule() }
    }

    fn reschedule(&mut self) -> Step {
        let index = self.current()?;
        let StateKind::WorkItem { escalate_to, .. } = &self.context.workflow.state(index).kind else {
            return Ok(());
        };
        let next = self.next_deadline(&self.state.work_items, escalate_to);
        if next == self.state.deadline { Ok(()) } else { self.emit(Event::Deadline { at: next }) }
    }

    /// When time does something to one of these items next.
    fn next_deadline(&self, items: &[WorkItem], escalate_to: &Owner) -> Option<Moment> {
        let next = |item: &WorkItem| {
            let pended = self.state.pended_until(item.number);
            pended.or_else(|| self.escalates_at(item, escalate_to))
        };
        items.iter().filter_map(next).filter(|at| *at > self.context.now).min()
    }

    /// When an item goes to whom the state escalates; never while it is laid aside.
    pub(super) fn escalates_at(&self, item: &WorkItem, escalate_to: &Owner) -> Option<Moment> {
        let stays = escalate_to.is_empty()
            || item.owner == *escalate_to
            || self.state.pended_until(item.number).is_some();
        if stays { None } else { self.overdue_from(item) }
    }

    /// The first moment at which an item is overdue: after its due date, or at the hour it is due. One that comes back
    /// after that has the day on which it does.
    pub(super) fn overdue_from(&self, item: &WorkItem) -> Option<Moment> {
        let calendar = self.context.calendar;
        let time = self.state.times.iter().find(|time| time.item == item.number);
        let due = time.and_then(|time| time.due).or_else(|| item.due.map(|due| calendar.end_of(due)))?;
        match time.and_then(|time| time.returned) {
            Some(returned) if returned >= due => Some(calendar.end_of(calendar.date(returned))),
            _ => Some(due),
        }
    }
}
