//! What the engine keeps in memory: numbers given, the members' histories, and the ways a remittance finds its claim.
//!
//! The histories and the lower rungs of matching are read from the state the first time they are needed: a start has
//! no work that can wait.

use std::ops::ControlFlow;

use claimflow_core::{Claim, ClaimId, PriorService, Text};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::error::Result;
use crate::keys;
use crate::projection::{Counters, ParkedEntry, read_claim_value, read_value};
use crate::record::ParkedReason;
use crate::summary::{Summary, member_key};
use crate::view::View;

/// Services older than this many claims of one member are not looked at.
const LONGEST_HISTORY: usize = 200;

/// See the module.
#[derive(Default)]
pub struct Books {
    /// Numbers given so far.
    pub counters: Counters,
    /// Claims (CLP01 in matching form) that parked payments wait for.
    pub awaited: FxHashSet<Text>,
    members: Option<FxHashMap<u64, Vec<PriorService>>>,
    ladder: Option<Ladder>,
}

/// The lower rungs of matching.
#[derive(Default)]
struct Ladder {
    by_payer_number: FxHashMap<Text, u64>,
    by_likeness: FxHashMap<u64, Vec<u64>>,
}

impl Books {
    /// As the state has them.
    pub fn open(view: &View) -> Result<Self> {
        let mut counters: Counters = match view.get(keys::COUNTERS)? {
            Some(bytes) => read_value(&bytes)?,
            None => Counters::default(),
        };
        if let Some(bytes) = view.get(keys::HIGHEST)? {
            counters.claim = counters.claim.max(read_value(&bytes)?);
        }
        let mut books = Self { counters, ..Self::default() };
        for (_, value) in view.collect(b"p")? {
            let entry: ParkedEntry = read_value(&value)?;
            if entry.reason == ParkedReason::NoClaim {
                books.awaited.insert(entry.claim_id);
            }
        }
        Ok(books)
    }

    /// The member's earlier services, the claim's own left out, newest claim first.
    pub fn history(&mut self, view: &View, claim: &Claim) -> Result<Vec<PriorService>> {
        let member = member_key(claim);
        if member == 0 {
            return Ok(Vec::new());
        }
        let services = self.members(view)?.get(&member);
        let others = services.into_iter().flatten().rev().filter(|service| service.claim_id != claim.id);
        Ok(others.take(LONGEST_HISTORY).cloned().collect())
    }

    /// Notes the services of a claim that comes in.
    pub fn note(&mut self, view: &View, claim: &Claim) -> Result<()> {
        let member = member_key(claim);
        if member == 0 {
            return Ok(());
        }
        let services = self.members(view)?.entry(member).or_default();
        services.extend(claim.lines.iter().map(|line| PriorService {
            claim_id: claim.id.clone(),
            procedure: line.procedure.clone(),
            date: line.service_date,
        }));
        Ok(())
    }

    fn members(&mut self, view: &View) -> Result<&mut FxHashMap<u64, Vec<PriorService>>> {
        if self.members.is_none() {
            let mut members: FxHashMap<u64, Vec<PriorService>> = FxHashMap::default();
            each_summary(view, &mut |summary| {
                let services = members.entry(summary.member).or_default();
                services.extend(summary.services.into_iter().map(|(procedure, date)| PriorService {
                    claim_id: summary.id.clone(),
                    procedure,
                    date,
                }));
                ControlFlow::Continue(())
            })?;
            members.remove(&0);
            self.members = Some(members);
        }
        Ok(self.members.get_or_insert_default())
    }

    /// The claim with this payer's number.
    pub fn by_payer_number(&mut self, view: &View, number: &str) -> Result<Option<u64>> {
        Ok(if number.is_empty() { None } else { self.ladder(view)?.by_payer_number.get(number).copied() })
    }

    /// The only claim of this likeness; none when several look alike.
    pub fn by_likeness(&mut self, view: &View, likeness: u64) -> Result<Option<u64>> {
        if likeness == 0 {
            return Ok(None);
        }
        Ok(match self.ladder(view)?.by_likeness.get(&likeness).map(Vec::as_slice) {
            Some([only]) => Some(*only),
            _ => None,
        })
    }

    fn ladder(&mut self, view: &View) -> Result<&Ladder> {
        if self.ladder.is_none() {
            let mut ladder = Ladder::default();
            each_summary(view, &mut |summary| {
                if !summary.payer_claim_number.is_empty() {
                    ladder.by_payer_number.insert(summary.payer_claim_number, summary.number);
                }
                if summary.likeness != 0 {
                    ladder.by_likeness.entry(summary.likeness).or_default().push(summary.number);
                }
                ControlFlow::Continue(())
            })?;
            self.ladder = Some(ladder);
        }
        Ok(self.ladder.get_or_insert_default())
    }

    /// Forgets the lower rungs: claims have changed.
    pub fn forget_ladder(&mut self) {
        self.ladder = None;
    }
}

/// Every claim in short, by number.
pub fn each_summary(view: &View, each: &mut dyn FnMut(Summary) -> ControlFlow<()>) -> Result<()> {
    let mut fault = None;
    view.scan(b"c", &mut |_, value| match read_claim_value(value) {
        Ok((_, summary)) => each(summary),
        Err(error) => {
            fault = Some(error);
            ControlFlow::Break(())
        }
    })?;
    fault.map_or(Ok(()), |fault| Err(fault.into()))
}

/// The number under which a claim is kept, by any number it was sent under.
pub fn find_number(view: &View, id: &ClaimId) -> Result<Option<u64>> {
    Ok(view.get(&keys::id(&id.matching_key()))?.and_then(|bytes| keys::number_at_end(&bytes)))
}
