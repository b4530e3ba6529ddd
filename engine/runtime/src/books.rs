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
use crate::store::Position;
use crate::summary::{Summary, member_key};
use crate::view::View;

/// Services older than this many claims of one member are not looked at.
pub const LONGEST_HISTORY: usize = 200;

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

/// What the lower rungs of matching know a claim by.
pub struct Rung {
    number: u64,
    payer_claim_number: Text,
    likeness: u64,
}

impl Rung {
    /// Of a claim.
    pub fn of(summary: &Summary) -> Self {
        let payer_claim_number = summary.payer_claim_number.clone();
        Self { number: summary.number, payer_claim_number, likeness: summary.likeness }
    }
}

/// The lower rungs of matching.
#[derive(Default)]
struct Ladder {
    by_payer_number: FxHashMap<Text, Vec<u64>>,
    by_likeness: FxHashMap<u64, Vec<u64>>,
}

impl Ladder {
    /// Notes a claim. What it was known by before stays; whoever looks it up checks the claim.
    fn note(&mut self, rung: Rung) {
        let add = |numbers: &mut Vec<u64>| {
            if !numbers.contains(&rung.number) {
                numbers.push(rung.number);
            }
        };
        if !rung.payer_claim_number.is_empty() {
            add(self.by_payer_number.entry(rung.payer_claim_number).or_default());
        }
        if rung.likeness != 0 {
            add(self.by_likeness.entry(rung.likeness).or_default());
        }
    }
}

impl Books {
    /// As the state has them.
    pub fn open(view: &View) -> Result<Self> {
        let counters = Counters::read(|key| view.get(key))?;
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
                members.entry(summary.member).or_default().extend(summary.prior_services());
                ControlFlow::Continue(())
            })?;
            members.remove(&0);
            self.members = Some(members);
        }
        Ok(self.members.get_or_insert_default())
    }

    /// Notes a claim after something happened to it, for the lower rungs of matching.
    pub fn moved(&mut self, rung: Rung) {
        if let Some(ladder) = &mut self.ladder {
            ladder.note(rung);
        }
    }

    /// Notes a claim whose lines may have changed, as after a correction.
    pub fn changed(&mut self, summary: &Summary) {
        self.moved(Rung::of(summary));
        if let (Some(members), 1..) = (&mut self.members, summary.member) {
            let services = members.entry(summary.member).or_default();
            services.retain(|service| service.claim_id != summary.id);
            services.extend(summary.prior_services());
        }
    }

    /// True when claims that move must be told to [`Self::moved`].
    pub const fn climbs(&self) -> bool {
        self.ladder.is_some()
    }

    /// The only claim with this payer's number; none when several have it.
    pub fn by_payer_number(&mut self, view: &View, number: &str) -> Result<Option<u64>> {
        if number.is_empty() {
            return Ok(None);
        }
        let found = self.ladder(view)?.by_payer_number.get(number).map_or(&[][..], Vec::as_slice);
        only(view, found, |summary| summary.payer_claim_number == number)
    }

    /// The only claim of this likeness; none when several look alike.
    pub fn by_likeness(&mut self, view: &View, likeness: u64) -> Result<Option<u64>> {
        if likeness == 0 {
            return Ok(None);
        }
        let found = self.ladder(view)?.by_likeness.get(&likeness).map_or(&[][..], Vec::as_slice);
        only(view, found, |summary| summary.likeness == likeness)
    }

    fn ladder(&mut self, view: &View) -> Result<&Ladder> {
        if self.ladder.is_none() {
            let mut ladder = Ladder::default();
            each_summary(view, &mut |summary| {
                ladder.note(Rung::of(&summary));
                ControlFlow::Continue(())
            })?;
            self.ladder = Some(ladder);
        }
        Ok(self.ladder.get_or_insert_default())
    }

    /// Forgets what is kept of claims: some are there no more.
    pub fn forget_claims(&mut self) {
        self.members = None;
        self.ladder = None;
    }

    /// Forgets the lower rungs: many claims may have changed.
    pub fn forget_ladder(&mut self) {
        self.ladder = None;
    }
}

/// Every claim in short, by number.
pub fn each_summary(view: &View, each: &mut dyn FnMut(Summary) -> ControlFlow<()>) -> Result<()> {
    each_head(view, &mut |_, summary| each(summary))
}

/// Every claim in short with its last record, by number.
pub fn each_head(view: &View, each: &mut dyn FnMut(Position, Summary) -> ControlFlow<()>) -> Result<()> {
    let mut fault = None;
    view.scan(b"c", &mut |_, value| match read_claim_value(value) {
        Ok((head, summary)) => each(head, summary),
        Err(error) => {
            fault = Some(error);
            ControlFlow::Break(())
        }
    })?;
    fault.map_or(Ok(()), |fault| Err(fault.into()))
}

/// The only one of these claims for which it holds as they are now.
fn only(view: &View, numbers: &[u64], holds: impl Fn(&Summary) -> bool) -> Result<Option<u64>> {
    let mut found = None;
    for number in numbers {
        let Some(bytes) = view.get(&keys::claim(*number))? else { continue };
        if holds(&read_claim_value(&bytes)?.1) && found.replace(*number).is_some() {
            return Ok(None);
        }
    }
    Ok(found)
}

/// The number under which a claim is kept, by its own number, else by any number it was sent under.
pub fn find_number(view: &View, id: &ClaimId) -> Result<Option<u64>> {
    let (own, alias) = find_both(view, id, false)?;
    Ok(own.or(alias))
}

/// Two claims, when one is called what the other was sent under: the first is called so.
pub fn find_rivals(view: &View, id: &ClaimId) -> Result<Option<(u64, u64)>> {
    let (own, alias) = find_both(view, id, true)?;
    Ok(own.zip(alias).filter(|(own, alias)| own != alias))
}

fn find_both(view: &View, id: &ClaimId, both: bool) -> Result<(Option<u64>, Option<u64>)> {
    let key = id.matching_key();
    let number = |key: Vec<u8>| -> Result<Option<u64>> {
        Ok(view.get(&key)?.and_then(|bytes| keys::number_at_end(&bytes)))
    };
    let own = number(keys::id(&key))?;
    let alias = if both || own.is_none() { number(keys::alias(&key))? } else { None };
    Ok((own, alias))
}
