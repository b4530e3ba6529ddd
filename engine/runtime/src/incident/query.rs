//! Questions about incidents: which are open, and what there was of one claim.

use claimflow_core::{Moment, Money, Text};

use super::{Cause, Closed, IncidentRecord, Open, WaitingInput};
use crate::engine::Engine;
use crate::error::Result;
use crate::keys;
use crate::record::{Body, decode};
use crate::store::Position;
use crate::summary::Summary;

/// Which incidents.
#[derive(Debug, Clone, Default)]
pub struct IncidentFilter {
    /// Only of this kind.
    pub cause: Option<Cause>,
    /// Only those that came up then or later.
    pub since: Option<Moment>,
}

/// A claim with its open incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// The claim's internal number.
    pub number: u64,
    /// Its own number, or `#` and the internal one where that cannot be read.
    pub id: Text,
    /// The claim in short; `None` where nothing of it can be read.
    pub summary: Option<Summary>,
    /// What keeps it from going on.
    pub incidents: Vec<IncidentRecord>,
    /// How many inputs wait for it.
    pub waiting: usize,
}

impl IncidentRow {
    /// When the oldest came up.
    pub fn since(&self) -> Option<Moment> {
        self.incidents.iter().map(|incident| incident.since).min()
    }

    /// What is at stake: the claim's charge.
    pub fn amount(&self) -> Money {
        self.summary.as_ref().map(|summary| summary.billed).unwrap_or_default()
    }
}

/// Something that happened to a claim's incidents.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentNote {
    /// When.
    pub at: Moment,
    /// Who or what.
    pub actor: Text,
    /// What.
    pub kind: IncidentNoteKind,
}

/// What happened to a claim's incidents.
#[derive(Debug, Clone, PartialEq)]
pub enum IncidentNoteKind {
    /// One came up, or came up again.
    Opened(IncidentRecord),
    /// Some are over.
    Closed {
        /// Which, by [`IncidentRecord::key`].
        keys: Vec<Text>,
        /// How.
        how: Closed,
        /// Why, or empty.
        reason: Text,
        /// How many inputs that waited were taken in.
        taken: usize,
        /// Inputs that waited and were given up.
        dropped: Vec<WaitingInput>,
    },
    /// Something came, and waits.
    Waits(WaitingInput),
}

impl IncidentFilter {
    fn takes(&self, incident: &IncidentRecord) -> bool {
        self.cause.is_none_or(|cause| cause == incident.cause)
            && self.since.is_none_or(|since| incident.since >= since)
    }
}

impl Engine {
    /// How many claims have an open incident.
    pub fn incident_count(&self) -> u64 {
        self.incidents.count() as u64
    }

    /// Claims with open incidents of which the filter takes one, by number.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<IncidentRow>> {
        let all = self.incidents.all().into_iter();
        all.filter(|(_, open)| open.incidents.iter().any(|incident| filter.takes(incident)))
            .map(|(number, open)| self.incident_row(number, open))
            .collect()
    }

    /// The open incidents of one claim, by its internal number.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn incidents_of(&self, number: u64) -> Result<Option<IncidentRow>> {
        self.incidents.of(number).map(|open| self.incident_row(number, open)).transpose()
    }

    fn incident_row(&self, number: u64, open: Open) -> Result<IncidentRow> {
        let summary = self.summary(number)?.map(|(_, summary)| summary);
        let id = summary
            .as_ref()
            .map_or_else(|| Text::from(format!("#{number}")), |summary| Text::from(summary.id.as_str()));
        Ok(IncidentRow { number, id, summary, incidents: open.incidents, waiting: open.waiting.len() })
    }

    /// The internal number of a claim under any number it is known by, or `#` and the internal number.
    ///
    /// # Errors
    /// When there is no such claim.
    pub fn incident_number(&self, id: &str) -> Result<u64> {
        let internal = id.strip_prefix('#').and_then(|number| number.parse().ok());
        match internal.filter(|number| self.incidents.quarantines(*number)) {
            Some(number) => Ok(number),
            None => Ok(self.find(id)?.1.number),
        }
    }

    /// What there was of a claim's incidents, oldest first.
    ///
    /// # Errors
    /// When the journal or the state cannot be read.
    pub fn incident_notes(&self, number: u64) -> Result<Vec<IncidentNote>> {
        let mut all = Vec::new();
        for (key, _) in self.view.collect(&keys::incident_history_prefix(number))? {
            let Some(position) = keys::number_at_end(&key) else { continue };
            // What recovery found of a damaged record is told with the open incidents.
            let Ok(record) = decode(&self.store.read(Position(position))?) else { continue };
            let kind = match record.body {
                Body::Incident(incident) => IncidentNoteKind::Opened(*incident),
                Body::IncidentClosed(closed) => {
                    let dropped = closed.dropped.iter().map(|at| self.waiting_at(*at));
                    IncidentNoteKind::Closed {
                        dropped: dropped.collect::<Result<_>>()?,
                        taken: closed.taken.len(),
                        keys: closed.keys,
                        how: closed.how,
                        reason: closed.reason,
                    }
                }
                Body::Waiting(waiting) => IncidentNoteKind::Waits(waiting.input),
                _ => continue,
            };
            all.push(IncidentNote { at: record.at, actor: record.actor, kind });
        }
        Ok(all)
    }
}
