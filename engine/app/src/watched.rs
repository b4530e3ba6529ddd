//! What rules in shadow would have done, and what became of those claims: one pass over the journal.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use claimflow_core::event::Event;
use claimflow_core::{Level, Moment, Money, Text};
use claimflow_runtime::{Chapter, PastClaim};

use crate::exit::{Failure, Result};
use crate::wire::Desk;

/// So many claims are named of each rule.
const NAMED: usize = 10;

/// What a rule in shadow would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// When it was first recorded.
    pub first: Option<Moment>,
    /// Claims by the firmest thing that it would have done with them.
    pub by_level: BTreeMap<Level, u64>,
    /// Claims of which the payer has denied something.
    pub denied: u64,
    /// What it has denied of them.
    pub denied_amount: Money,
    /// Claims that the payer has decided without denying anything.
    pub paid: u64,
    /// Claims of which nothing is decided.
    pub open: u64,
    /// Some of the claims, the latest first.
    pub claims: Vec<Text>,
}

impl Watched {
    /// How many claims it was recorded on.
    pub fn count(&self) -> u64 {
        self.by_level.values().sum()
    }

    /// Of a hundred decided claims, how many were denied; none when none is decided.
    pub fn precision(&self) -> Option<u64> {
        let decided = self.denied + self.paid;
        (decided > 0).then(|| (self.denied * 100 + decided / 2) / decided)
    }

    fn add(&mut self, id: &Text, at: Moment, level: Level, fate: &Fate) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        *self.by_level.entry(level).or_default() += 1;
        match fate {
            Fate::Denied(amount) => {
                self.denied += 1;
                self.denied_amount += *amount;
            }
            Fate::Paid => self.paid += 1,
            Fate::Open => self.open += 1,
        }
        self.claims.insert(0, id.clone());
        self.claims.truncate(NAMED);
    }
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Denied(Money),
    Paid,
    Open,
}

/// What every rule that was in shadow would have done since then, by rule.
///
/// # Errors
/// When the journal cannot be read.
pub fn watched(desk: &Desk, since: Moment) -> Result<BTreeMap<Text, Watched>> {
    let mut all = BTreeMap::new();
    let outcome = desk.engine.history_of_claims(Moment::default(), &mut |past: PastClaim| {
        add(&mut all, &past.chapters, since);
        ControlFlow::Continue(())
    });
    outcome.map_err(Failure::from)?;
    Ok(all)
}

/// Adds one claim to the rules that were recorded on it.
fn add(all: &mut BTreeMap<Text, Watched>, chapters: &[Chapter], since: Moment) {
    let mut seen: BTreeMap<&Text, (Moment, Level)> = BTreeMap::new();
    for chapter in chapters.iter().filter(|chapter| chapter.at >= since) {
        for event in &chapter.events {
            let Event::Shadowed { findings, .. } = event else { continue };
            for finding in findings {
                let own = seen.entry(&finding.rule).or_insert((chapter.at, finding.level));
                own.1 = own.1.max(finding.level);
            }
        }
    }
    if seen.is_empty() {
        return;
    }
    let events = || chapters.iter().flat_map(|chapter| &chapter.events);
    let id = events().find_map(|event| match event {
        Event::Received { claim, .. } => Some(Text::from(claim.id.as_str())),
        _ => None,
    });
    let (id, fate) = (id.unwrap_or_default(), fate(events()));
    for (rule, (at, level)) in seen {
        all.entry(rule.clone()).or_default().add(&id, at, level, &fate);
    }
}

/// Denials that the state names count, whatever became of them later: contractual adjustments and what the patient bears
/// are none.
fn fate<'e>(events: impl Iterator<Item = &'e Event>) -> Fate {
    let mut fate = Fate::Open;
    for event in events {
        match event {
            Event::Denied { denials } if !denials.is_empty() => {
                return Fate::Denied(denials.iter().map(|denial| denial.amount).sum());
            }
            Event::Posted(posting) if !posting.reversal => fate = Fate::Paid,
            _ => {}
        }
    }
    fate
}
