//! What time does: deadlines that have run out take their claims on.
//!
//! Every claim with a deadline has one key in the state, and keys are in order of time: what is due is at the front, and
//! a million claims that wait cost nothing until then. A deadline that was acted on is no longer there, so that a clock
//! that goes back runs nothing twice, and one that goes forward runs everything once, in order.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use claimflow_core::step::Input;
use claimflow_core::{Moment, Text};

use crate::engine::Engine;
use crate::error::Result;
use crate::keys;

/// So many claims are taken on at once: memory stays bounded, and others get at the practice in between.
const BATCH: usize = 4_096;

/// A claim that time will do something to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// When.
    pub at: Moment,
    /// The claim.
    pub id: Text,
    /// The state it waits in.
    pub state: Text,
    /// Who has to do something about it meanwhile; empty when nobody has.
    pub owner: Text,
}

/// What time will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timetable {
    /// How many claims have a deadline that ends in each of the spans asked for.
    pub counts: Vec<u64>,
    /// The next ones.
    pub next: Vec<Timer>,
}

impl Engine {
    /// Takes every claim on whose deadline has run out, in order of deadlines and in bounded batches. Returns how many
    /// moved.
    ///
    /// # Errors
    /// When the store cannot be read or written. What was taken on is safe, and the next run goes on from there.
    pub fn run_timers(&self) -> Result<u64> {
        let now = self.now();
        let mut moved = 0;
        let mut from: Option<Vec<u8>> = None;
        loop {
            let (mut due, last) = self.due(now, from.as_deref())?;
            let Some(last) = last else { break };
            // A deadline of a claim in quarantine is looked at when that is over.
            due.retain(|number| !self.incidents.quarantines(*number));
            let due = self.acts.not_owed(due);
            moved += self.send_all(&due, || Input::Timer, "timer")?;
            from = Some(after(last));
        }
        // What a crash left queued between its deadline and its file goes out with the first run.
        let first = self.fresh.swap(false, Ordering::AcqRel);
        self.send_queued(moved + u64::from(first))?;
        Ok(moved)
    }

    /// The next moment at which a deadline runs out, later than `after`: until then there is nothing to do. One key is
    /// read for it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_deadline(&self, after: Moment) -> Result<Option<Moment>> {
        let from = keys::timer(Moment(after.0.saturating_add(1)), 0);
        let mut next = None;
        self.view.scan_from(keys::TIMERS, Some(&from), &mut |key, _| {
            next = keys::moment_of(key);
            ControlFlow::Break(())
        })?;
        Ok(next)
    }

    /// What time will do: the next `most` claims, and how many have a deadline up to each of these moments (from the one
    /// before it on), the rest at the end.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn timetable(&self, until: &[Moment], most: usize) -> Result<Timetable> {
        let mut counts = vec![0; until.len() + 1];
        let mut first: Vec<(Moment, u64)> = Vec::new();
        self.view.scan(keys::TIMERS, &mut |key, _| {
            if let (Some(at), Some(number)) = (keys::moment_of(key), keys::number_at_end(key)) {
                let place = until.iter().position(|end| at < *end).unwrap_or(until.len());
                if let Some(count) = counts.get_mut(place) {
                    *count += 1;
                }
                if first.len() < most {
                    first.push((at, number));
                }
            }
            ControlFlow::Continue(())
        })?;
        let mut next = Vec::with_capacity(first.len());
        for (at, number) in first {
            let Some((_, summary)) = self.summary(number)? else { continue };
            let owner = summary.next_item().map(|item| item.owner.clone()).unwrap_or_default();
            next.push(Timer { at, id: Text::from(summary.id.as_str()), state: summary.state, owner });
        }
        Ok(Timetable { counts, next })
    }

    /// The claims that are due now, at most a batch of them, and the last of their keys.
    fn due(&self, now: Moment, from: Option<&[u8]>) -> Result<(Vec<u64>, Option<Vec<u8>>)> {
        let (mut due, mut last) = (Vec::new(), None);
        self.view.scan_from(keys::TIMERS, from, &mut |key, _| match (
            keys::moment_of(key),
            keys::number_at_end(key),
        ) {
            (Some(at), Some(number)) if at <= now => {
                due.push(number);
                if due.len() < BATCH {
                    return ControlFlow::Continue(());
                }
                last = Some(key.to_vec());
                ControlFlow::Break(())
            }
            _ => ControlFlow::Break(()),
        })?;
        // A batch that is not full is the last one; what is added meanwhile begins after now.
        if last.is_none() && !due.is_empty() {
            last = Some(keys::timer(now, u64::MAX));
        }
        Ok((due, last))
    }
}

/// The first key that can come after this one.
fn after(mut key: Vec<u8>) -> Vec<u8> {
    key.push(0);
    key
}
