//! From a claim's steps to what is committed of it: its record, its incidents, and what waits.

use claimflow_core::Text;
use claimflow_core::event::Event;
use claimflow_core::state::ClaimState;

use super::moved::{Asked, Became, Moved};
use super::workflow;
use crate::error::{Error, Result};
use crate::incident::{
    Closed, IncidentClosedRecord, IncidentRecord, Place, Trouble, action_trouble, opened, overtaken,
    persists, rule_troubles,
};
use crate::pended::PendedRecord;
use crate::pipeline::{Mode, Run};
use crate::practice::Practice;
use crate::record::{ActingRecord, Body, ClaimRecord, Record, encode, encode_events};
use crate::summary::Summary;
use crate::way::Way;

impl Run<'_> {
    /// The claim after all its inputs.
    pub(super) fn arrived(
        &self,
        practice: &dyn Practice,
        way: Way,
        state: ClaimState,
    ) -> Result<Option<Box<Moved>>> {
        let mut troubles = rule_troubles(&way.events, &state);
        troubles.extend(action_trouble(&way.events, &state));
        let closed = self.closed(&way, &state, &troubles);
        let became = troubles.first().map_or(Became::Moved, |trouble| Became::Stuck(trouble.cause));
        let mut also = Vec::new();
        also.extend(closed.map(|closed| Body::IncidentClosed(Box::new(closed))));
        for trouble in troubles {
            let incident = self.incident(&way, trouble, false)?;
            also.push(Body::Incident(Box::new(incident)));
        }
        if way.events.is_empty() && also.is_empty() {
            return Ok(None);
        }
        let moved = self.moved(practice, way, state, also, became)?;
        Ok(moved.map(Box::new))
    }

    /// Closes what nothing waits for: that needs no step, and can be done to a claim that cannot be read.
    pub(super) fn close(&self, way: Way) -> Option<Moved> {
        let closed = self.closed(&way, &ClaimState::default(), &[])?;
        Some(Moved::beside(way.known, vec![Body::IncidentClosed(Box::new(closed))], Became::Nothing))
    }

    fn incident(&self, way: &Way, trouble: Trouble, input_failed: bool) -> Result<IncidentRecord> {
        opened(self.engine, way.number, trouble, way.open.as_ref(), input_failed, self.at)
    }

    /// What a step that went well ends.
    fn closed(&self, way: &Way, state: &ClaimState, troubles: &[Trouble]) -> Option<IncidentClosedRecord> {
        let open = way.open.as_ref()?;
        let (keys, how, reason) = match &self.mode {
            Mode::Usual => (overtaken(open, state), Closed::Overtaken, Text::default()),
            Mode::Retry => {
                let over = open.incidents.iter().filter(|incident| !persists(incident, state));
                (over.map(IncidentRecord::key).collect(), Closed::Retried, Text::default())
            }
            Mode::Close { reason } => (open.keys(), Closed::ByHand, reason.clone()),
        };
        let again = |key: &Text| troubles.iter().any(|trouble| trouble.place.key(trouble.cause) == *key);
        let keys: Vec<Text> = keys.into_iter().filter(|key| !again(key)).collect();
        let (taken, dropped) = (way.taken.clone(), way.dropped.clone());
        if keys.is_empty() && taken.is_empty() && dropped.is_empty() {
            return None;
        }
        Some(IncidentClosedRecord { claim: way.number, keys, how, reason, taken, dropped })
    }

    /// What is committed of a claim that something happened to.
    fn moved(
        &self,
        practice: &dyn Practice,
        mut way: Way,
        state: ClaimState,
        also: Vec<Body>,
        became: Became,
    ) -> Result<Option<Moved>> {
        if way.events.is_empty() {
            return Ok(Some(Moved::beside(way.known, also, became)));
        }
        let workflow = workflow(practice, &state, None)?;
        let place = workflow.state(workflow.find(state.place()).unwrap_or_else(|| workflow.start()));
        let summary = Summary::of(way.number, &state, place, way.content);
        let previous = way.previous();
        let looked = way.new_fact && also.is_empty();
        if looked && way.known.take().is_some_and(|(_, old)| says_the_same(&old, &summary)) {
            return Ok(None);
        }
        let claim = ClaimRecord {
            number: way.number,
            previous,
            summary: summary.clone(),
            events: encode_events(&way.events)?,
        };
        let request = Asked::of(way.asking, &way.events, &state);
        let body = match &request {
            Some(request) => Body::Acting(Box::new(ActingRecord { claim, open: request.key.clone() })),
            None => Body::Claim(claim),
        };
        let record = Record { at: self.at, actor: Text::from(self.actor), body };
        let record = Some(encode(&record)?);
        let mut also = also;
        also.extend(PendedRecord::of(way.number, &way.aside, &state).map(Body::Pended));
        Ok(Some(Moved {
            record,
            summary,
            state: Some(Box::new(state)),
            also,
            became,
            refused: None,
            request,
        }))
    }

    /// A claim that cannot go on: what was taken in whole is kept, what failed and what comes after it waits.
    pub(super) fn stuck(
        &self,
        practice: &dyn Practice,
        mut way: Way,
        mut trouble: Trouble,
        error: Error,
    ) -> Result<Option<Box<Moved>>> {
        let cause = trouble.cause;
        let rest = way.events.split_off(way.sound);
        let waited = way.from.is_some();
        let failed = if way.is_new() {
            // The claim is here, and has not begun: beginning is what is tried again.
            let Some(received @ Event::Received { .. }) = rest.into_iter().next() else { return Err(error) };
            trouble.place = begun_at(&received);
            way.events.push(received);
            way.sound = 1;
            None
        } else {
            way.failed(rest)
        };
        if failed.is_none() && way.keeps && !waited && !way.by_hand {
            // Nothing of it is recorded: whoever brought it is told, and brings it again.
            return Err(error);
        }
        let refused = (way.by_hand && way.sound == 0).then_some(error);
        let input_failed = waited || (failed.is_some() && !way.by_hand);
        let incident = self.incident(&way, trouble, input_failed)?;
        let mut also = Vec::new();
        also.extend(
            self.replaced(&way, &incident.key()).map(|closed| Body::IncidentClosed(Box::new(closed))),
        );
        also.push(Body::Incident(Box::new(incident)));
        if !way.by_hand {
            // One that had waited goes on waiting where it is.
            way.keep(failed.filter(|_| !waited), &mut also);
        }
        let state = if way.events.is_empty() { ClaimState::default() } else { way.again(self)? };
        let moved = self.moved(practice, way, state, also, Became::Stuck(cause))?;
        Ok(moved.map(|moved| Box::new(Moved { refused, ..moved })))
    }

    /// The incidents that an attempt has replaced by another one, with what was taken in before it failed.
    fn replaced(&self, way: &Way, key: &Text) -> Option<IncidentClosedRecord> {
        if self.mode == Mode::Usual && way.taken.is_empty() {
            return None;
        }
        let mut keys = way.open.as_ref()?.keys();
        keys.retain(|own| own != key);
        let (claim, taken, dropped) = (way.number, way.taken.clone(), way.dropped.clone());
        if keys.is_empty() && taken.is_empty() && dropped.is_empty() {
            return None;
        }
        let reason = Text::const_new("another cause came up");
        Some(IncidentClosedRecord { claim, keys, how: Closed::Retried, reason, taken, dropped })
    }
}

/// Where a claim stands that has only come in.
fn begun_at(received: &Event) -> Place {
    match received {
        Event::Received { workflow, .. } => {
            Place { workflow: workflow.name.clone(), version: workflow.version, ..Place::default() }
        }
        _ => Place::default(),
    }
}

/// True when a claim stands where it stood, with the same work to do: then looking at it again is no event. Who has the
/// work is left out, since it may have been reassigned or escalated meanwhile.
fn says_the_same(old: &Summary, new: &Summary) -> bool {
    let work = |summary: &Summary| {
        let mut categories: Vec<Text> = summary.items.iter().map(|item| item.category.clone()).collect();
        categories.sort_unstable();
        categories.dedup();
        categories
    };
    old.state == new.state && work(old) == work(new)
}
