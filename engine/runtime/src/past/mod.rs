//! The practice's own history, claim by claim: what backtests and other studies of rules read.
//!
//! Each claim's events are read along the chain of its records and folded in journal order, one claim at a time: memory
//! does not grow with the history, and several threads can read at once. The only thing kept for all claims is what
//! members' histories are made of (each service with its claim).

mod told;

use std::sync::Arc;

use claimflow_core::{Claim, PriorService};
use jiff::civil::Date;
use rustc_hash::FxHashMap;

pub use told::{Answer, Fired, Look, Past};

use crate::books::LONGEST_HISTORY;
use crate::engine::Engine;
use crate::error::Result;
use crate::practice::Practice;
use crate::standing::{PastClaim, Standing};
use crate::summary::{Summary, member_key};

/// Which claims: those whose first day of service lies between two days, both included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// First day; none: from the beginning.
    pub since: Option<Date>,
    /// Last day; none: until now.
    pub until: Option<Date>,
}

impl Period {
    /// True when the day lies in the period.
    pub fn takes(&self, date: Date) -> bool {
        claimflow_core::within(date, self.since, self.until)
    }
}

/// The claims of a period, each of which can be read.
pub struct History {
    standing: Standing,
    practice: Arc<dyn Practice>,
    period: Period,
    /// Each member's services, by the number of the claim they are on.
    members: FxHashMap<u64, Vec<(u64, PriorService)>>,
}

impl Engine {
    /// The claims of a period, as they stand now: what happens later is not in it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn history(&self, period: Period) -> Result<History> {
        let mut members = FxHashMap::default();
        let standing = self.standing_and(period, &mut |summary| add_services(&mut members, summary))?;
        Ok(History { standing, practice: self.practice(), period, members })
    }
}

fn add_services(members: &mut FxHashMap<u64, Vec<(u64, PriorService)>>, summary: &Summary) {
    if summary.member == 0 {
        return;
    }
    let services = summary.prior_services().map(|service| (summary.number, service));
    members.entry(summary.member).or_default().extend(services);
}

impl History {
    /// How many claims there are to read.
    pub fn len(&self) -> usize {
        self.standing.len()
    }

    /// True when the period has no claims.
    pub fn is_empty(&self) -> bool {
        self.standing.is_empty()
    }

    /// The claim at a place (from 0, in the order in which claims came in); none when it turns out not to be of the
    /// period, or there is no such place.
    ///
    /// # Errors
    /// When its records cannot be read or do not add up.
    pub fn past(&self, place: usize) -> Result<Option<Past>> {
        let Some(PastClaim { number, chapters }) = self.standing.claim(place)? else { return Ok(None) };
        // Whether a claim without a date of service is in the period is told by the day on which it came in.
        let past = told::past(number, &chapters, self.practice.calendar(), |claim| claimflow_core::Facts {
            history: self.earlier(claim, number),
            ..self.practice.facts(claim)
        })?;
        Ok(past.filter(|past| self.period.takes(past.service)))
    }

    /// The member's services on claims that came in earlier, newest first.
    fn earlier(&self, claim: &Claim, number: u64) -> Vec<PriorService> {
        let services = self.members.get(&member_key(claim)).map_or(&[][..], Vec::as_slice);
        let before = services.partition_point(|(own, _)| *own < number);
        let earlier = services.iter().take(before).rev().take(LONGEST_HISTORY);
        earlier.map(|(_, service)| service.clone()).collect()
    }
}
