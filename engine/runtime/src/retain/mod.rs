//! Retention: claims that have been over for as long as the practice keeps them leave the journal from its beginning.
//!
//! What goes is a row of the oldest closed parts such that every claim in them is over and old enough. What must outlive
//! them is written anew in one batch with the record that they go; only then they go. A crash before that batch leaves
//! everything; after it, the next start finishes. A claim that has later records too goes as well: these stay until the
//! part which they are in goes, and nobody sees them, since the record names the claim.
//!
//! It goes in rounds, so that years that have come together take neither more memory nor a longer pause than a month: what
//! goes is looked for while others work, and only then, when nothing has happened to it meanwhile, they wait for the one
//! batch.

mod keeper;
mod plan;
mod scan;
mod state;

use std::ops::ControlFlow;
use std::sync::PoisonError;

use claimflow_core::{ClaimId, Moment, Text};
use serde::{Deserialize, Serialize};

use crate::books::Books;
use crate::engine::Engine;
use crate::error::Result;
use crate::keys;
use crate::projection::{Counters, project, read_value, value};
use crate::record::{Body, Record, decode, encode};
use crate::store::Position;
pub use keeper::{KeptBy, Why};
use plan::Plan;
use rustc_hash::FxHashSet;
use scan::Bounds;
pub(crate) use state::{Removals, removals};

/// The oldest part of the journal goes, with the claims that are wholly in it. By whom and when is on the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgottenRecord {
    /// Every record before this position goes.
    pub until: Position,
    /// How many claims go.
    pub claims: u64,
    /// No claim that goes has a higher internal number.
    pub highest: u64,
    /// When the first record of these claims was written.
    pub first: Moment,
    /// When the last one was.
    pub last: Moment,
    /// Hash of the chain's last link before that position, in hexadecimal.
    pub link: Text,
    /// Numbers given so far: none is given again.
    pub counters: Counters,
    /// Claims that go although records of them are left behind that position, each with the last of these.
    pub also: Vec<(u64, Position)>,
    /// Numbers by which claims that go are known and which the state does not tell of them otherwise.
    pub names: Vec<(u64, Text)>,
}

/// A claim that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leaving {
    /// Its number.
    pub id: ClaimId,
    /// The final state it is in.
    pub state: Text,
    /// Payer.
    pub payer: Text,
    /// When its first record was written.
    pub from: Moment,
    /// When its last one was.
    pub to: Moment,
}

/// About so many claims, and files that brought them, are enough for a round; what goes ends with a part of the journal.
pub const ROUND: usize = 50_000;

/// What goes, or would go, of the journal in a round.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Retained {
    /// True when it is gone; false when it would go.
    pub applied: bool,
    /// The claims, in the order of their internal numbers.
    pub claims: Vec<Leaving>,
    /// When the first record of these claims was written.
    pub from: Option<Moment>,
    /// When the last one was.
    pub to: Option<Moment>,
    /// Closed parts of the journal that go.
    pub segments: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Records that outlive them and are written anew: which files were taken in, who changed what decides.
    pub carried: u64,
    /// True when another round may find more.
    pub more: bool,
    /// What keeps more from going; nothing when there is more, or nothing more that is old.
    pub kept_by: Option<KeptBy>,
}

impl Engine {
    /// What rounds of [`retain`](Self::retain) would drop, one after another, each of about so many claims. What others
    /// do meanwhile may change it. `each` may stop early.
    ///
    /// # Errors
    /// When the journal or the state cannot be read.
    pub fn retainable(
        &self,
        before: Moment,
        most: usize,
        each: &mut dyn FnMut(Retained) -> ControlFlow<()>,
    ) -> Result<()> {
        let before = before.min(self.now());
        self.view.apply()?;
        let mut gone = FxHashSet::default();
        let mut from = self.store.start();
        loop {
            let plan = Plan::make(self.store.as_ref(), Bounds { before, from, most, gone: &gone })?;
            let report = plan.report(false);
            let more = report.more;
            if each(report).is_break() || !more {
                return Ok(());
            }
            from = from.max(plan.until());
            gone.extend(plan.numbers());
        }
    }

    /// Drops the oldest closed parts of the journal for good, as far as every claim in them has been over, and nothing
    /// has happened to it, since before a moment, and until about so many claims are dropped, as [`ROUND`]. Nothing of
    /// these claims can be looked at any more; files that brought them are still known, and no number is given again.
    ///
    /// # Errors
    /// When the journal or the state cannot be read, or the disk refuses; then nothing is dropped, or the next start
    /// finishes it.
    pub fn retain(&self, before: Moment, most: usize, actor: &str) -> Result<Retained> {
        let _alone = self.retaining.lock().unwrap_or_else(PoisonError::into_inner);
        let before = before.min(self.now());
        self.view.apply()?;
        self.finish_forgetting()?;
        let gone = FxHashSet::default();
        let plan = || {
            let bounds = Bounds { before, from: self.store.start(), most, gone: &gone };
            Plan::make(self.store.as_ref(), bounds)
        };
        let stand = self.store.applied()?;
        let mut going = plan()?;
        if !going.is_empty(self.store.start()) {
            let mut books = self.books();
            self.view.apply()?;
            if going.is_touched(self.store.as_ref(), stand)? {
                // Rare: something happened, in that moment, to a claim that has been over for years.
                going = plan()?;
            }
            if !going.is_empty(self.store.start()) {
                self.drop_claims(&mut books, &going, actor)?;
            }
        }
        // Nothing is looked for there any more, so that nobody waits for the files to go.
        if !going.is_empty(self.store.start()) {
            self.store.forget(going.until(), true)?;
        }
        Ok(going.report(true))
    }

    /// Notes durably what goes, and takes it out of the state.
    fn drop_claims(&self, books: &mut Books, plan: &Plan, actor: &str) -> Result<()> {
        let forgotten = plan.forgotten(books.counters);
        let mut records = plan.carried(self.store.as_ref())?;
        let body = Body::Forgotten(Box::new(forgotten.clone()));
        records.push(encode(&Record { at: self.now(), actor: Text::from(actor), body })?);
        let Removals { mut writes, claims } = removals(self.store.as_ref(), &forgotten)?;
        let positions = self.store.append(&records)?;
        for (record, position) in records.iter().zip(&positions) {
            project(&decode(record)?, *position, None, &mut books.counters, &mut writes)?;
        }
        writes.push((keys::COUNTERS.to_vec(), Some(value(&books.counters)?)));
        let mut counts = self.counts();
        claims.iter().for_each(|summary| counts.left(summary));
        counts.write(&mut writes);
        drop(counts);
        self.view.put(writes, positions.last().copied().unwrap_or_default())?;
        books.forget_claims();
        plan.numbers().for_each(|number| drop(self.recent.take(number)));
        Ok(self.view.apply()?)
    }

    /// When the last thing that is known was written down; none in an empty journal.
    ///
    /// # Errors
    /// When the journal or the state cannot be read.
    pub fn newest(&self) -> Result<Option<Moment>> {
        self.view.apply()?;
        match self.store.applied()? {
            last if last == Position::default() => Ok(None),
            last => Ok(Some(decode(&self.store.read(last)?)?.at)),
        }
    }

    /// Closes the part of the journal that grows when it began before a moment, and packs it. A part goes only when all of
    /// it is old enough: one that grows for years would be kept for its last day. True when it did.
    ///
    /// # Errors
    /// When the journal cannot be read, or the disk refuses.
    pub fn close_part_begun_before(&self, moment: Moment) -> Result<bool> {
        let closed = self.store.forget(Position(u64::MAX), false)?.up_to.max(self.store.start());
        let mut is_old = false;
        self.store.replay(closed, &mut |_, bytes| {
            is_old = decode(bytes).is_ok_and(|first| first.at < moment);
            ControlFlow::Break(())
        })?;
        if is_old {
            self.store.seal(true)?;
        }
        Ok(is_old)
    }

    /// Drops what a crash left that was about to go. A disk that refuses keeps nobody from opening the practice.
    pub(crate) fn finish_forgetting(&self) -> Result<()> {
        let Some(until) = self.view.get(keys::FORGOTTEN)? else { return Ok(()) };
        let until: Position = read_value(&until)?;
        if self.store.start() < until
            && let Err(error) = self.store.forget(until, true)
        {
            tracing::warn!(%error, "the oldest part of the journal, whose time is over, is still there");
        }
        Ok(())
    }
}
