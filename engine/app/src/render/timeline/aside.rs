//! Work that lies aside while a timeline is told, so that it is said when it ends before its day.

use claimflow_core::Moment;
use claimflow_core::event::Event;

/// The items that lie aside at some place of a timeline, each with when it was to come back.
#[derive(Debug, Default)]
pub struct Aside(Vec<(u16, Moment)>);

impl Aside {
    /// Takes note of an event; says until when the item was to lie aside that it closes.
    pub fn ended_by(&mut self, event: &Event) -> Option<Moment> {
        let (Event::Pended { item, .. } | Event::Closed { item, .. }) = event else { return None };
        let place = self.0.iter().position(|(own, _)| own == item);
        let before = place.map(|place| self.0.swap_remove(place).1);
        if let Event::Pended { until: Some(until), .. } = event {
            self.0.push((*item, *until));
        }
        before.filter(|_| matches!(event, Event::Closed { .. }))
    }
}
