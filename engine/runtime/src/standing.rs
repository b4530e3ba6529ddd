//! All claims as of one position of the journal, each read along the chain of its records: what exports, backtests and
//! the shadow report read.
//!
//! Memory does not grow with what happened: kept for each claim are its number and where its last record is. Several
//! threads can read at once, and claims go on moving meanwhile; what is written after the position is left out.

use std::ops::ControlFlow;
use std::sync::Arc;

use claimflow_core::ClaimId;

use crate::books::each_head;
use crate::engine::Engine;
use crate::error::Result;
use crate::keys;
use crate::load::{Chapter, chapters_until};
use crate::past::Period;
use crate::store::{Position, Store};
use crate::summary::Summary;

/// What happened to one claim, from the journal.
#[derive(Debug, Clone)]
pub struct PastClaim {
    /// The claim's internal number.
    pub number: u64,
    /// What happened, oldest first.
    pub chapters: Vec<Chapter>,
}

/// The claims of a practice as of one position of the journal.
pub struct Standing {
    store: Arc<dyn Store>,
    position: Position,
    /// Numbers and last records, by number.
    claims: Vec<(u64, Position)>,
}

impl Engine {
    /// All claims as they stand now, those of a period (by first day of service) where that can be told without reading
    /// them: whoever reads them looks again.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn standing(&self, period: Period) -> Result<Standing> {
        self.standing_and(period, &mut |_| ())
    }

    /// The same; `each` looks at every claim in short, those of other periods too.
    pub(crate) fn standing_and(&self, period: Period, each: &mut dyn FnMut(&Summary)) -> Result<Standing> {
        // Taken before the claims are listed: none of what it covers can be missing from the list then, and what the
        // list has beyond it is passed over in reading.
        let position = self.view.position();
        let mut claims = Vec::new();
        each_head(&self.view, &mut |head, summary| {
            let service = summary.services.iter().filter_map(|(_, date)| *date).min();
            // A claim that has moved on may have been of the period at the position.
            if head > position || service.is_none_or(|date| period.takes(date)) {
                claims.push((summary.number, head));
            }
            each(&summary);
            ControlFlow::Continue(())
        })?;
        Ok(Standing { store: Arc::clone(&self.store), position, claims })
    }

    /// What a claim that cannot be read is called, where the state still knows.
    pub fn id_of(&self, number: u64) -> Option<ClaimId> {
        self.summary(number).ok().flatten().map(|(_, summary)| summary.id)
    }
}

impl Standing {
    /// How many claims there are to read.
    pub fn len(&self) -> usize {
        self.claims.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty()
    }

    /// The journal's position that all of it stands at.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The number of the claim at a place.
    pub fn number(&self, place: usize) -> Option<u64> {
        self.claims.get(place).map(|(number, _)| *number)
    }

    /// The claim at a place (from 0, in the order in which claims came in) with all that had happened to it by the
    /// position; none when it came in later or was dropped since, or there is no such place.
    ///
    /// # Errors
    /// When its records cannot be read.
    pub fn claim(&self, place: usize) -> Result<Option<PastClaim>> {
        let Some((number, head)) = self.claims.get(place) else { return Ok(None) };
        let chapters = match chapters_until(self.store.as_ref(), *head, self.position) {
            Ok(chapters) => chapters,
            // Its time is over, and it was dropped since they were listed.
            Err(_) if self.store.get(&keys::claim(*number))?.is_none() => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok((!chapters.is_empty()).then_some(PastClaim { number: *number, chapters }))
    }
}
