//! Claims that come in.

use claimflow_core::step::Input;
use claimflow_core::{Claim, ClaimId, Text};
use claimflow_x12::Transaction;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{FileReport, Ingest, count};
use crate::books::{Books, Rung, find_number};
use crate::error::{Error, Result};
use crate::pipeline::{Done, Job, Run};
use crate::store::Position;
use crate::summary::{Summary, content_key};

/// The mark of a claim that is already here and takes the place of itself.
const REPLACES: usize = 0;

/// What is to be done with a claim that comes in.
enum Fate {
    /// Take it in.
    Take(Box<Job>),
    /// It is here already.
    Duplicate,
    /// Its number belongs to another claim.
    Conflict,
}

/// The claims of one transaction on their way to become jobs.
struct Intake<'a> {
    run: &'a Run<'a>,
    books: &'a mut Books,
    history: bool,
    source: &'a Text,
    /// Content of the claims of this transaction, which the state does not show yet.
    fresh: FxHashMap<Text, u64>,
    /// Claims, by internal number, that this transaction replaces.
    replaced: FxHashSet<u64>,
    claims: u32,
    duplicates: u32,
    /// Claims under used numbers: number, segment, byte.
    conflicts: Vec<(ClaimId, u32, u64)>,
    fault: Option<Error>,
}

impl Ingest<'_> {
    /// Takes in the claims of an 837P transaction. False when one that is here would not take its replacement.
    pub(super) fn claims(
        &mut self,
        transaction: &Transaction<'_>,
        key: &Text,
        report: &mut FileReport,
    ) -> Result<bool> {
        let mut faults = Vec::new();
        let mut unusable = 0;
        let mut reader = transaction.claims();
        let mut claims = reader.by_ref().filter_map(|read| {
            faults.extend(read.faults);
            if !read.usable {
                unusable += 1;
                return None;
            }
            Some((read.claim, read.segment, read.position))
        });
        let result = self.take_claims(&mut claims, key, report);
        // Levels that no claim followed have faults of their own.
        faults.extend(reader.take_faults());
        report.claims += unusable;
        report.x12(faults);
        Ok(result? && unusable == 0)
    }

    /// Takes in claims with their places in the file (segment, byte). False when one that is here would not take its
    /// replacement.
    pub(super) fn take_claims(
        &mut self,
        claims: &mut dyn Iterator<Item = (Claim, u32, u64)>,
        source: &Text,
        report: &mut FileReport,
    ) -> Result<bool> {
        let mut failures: Vec<(usize, String)> = Vec::new();
        let mut counted = FileReport::default();
        let (mut rungs, mut replaced) = (Vec::new(), Vec::new());
        let Self { run, options, books, touched, progress, seen } = self;
        let climbs = books.climbs();
        let mut intake = Intake::new(run, books, options.history, source);
        let mut done = |done: Done| match done.result {
            Ok((summary, moved)) => {
                *seen += 1;
                let became = count(moved, &mut counted);
                if became {
                    touched.insert(summary.number);
                }
                match done.tag {
                    REPLACES if became => replaced.push(summary),
                    _ if climbs => rungs.push(Rung::of(&summary)),
                    _ => {}
                }
                if seen.is_multiple_of(256) {
                    progress("claims taken in", *seen);
                }
            }
            Err(error) => failures.push((done.tag, error.to_string())),
        };
        let result = run.all(&mut std::iter::from_fn(|| intake.next_job(claims)), &mut done);
        let fault = intake.report(report);
        report.incidents += counted.incidents;
        report.waiting_inputs += counted.waiting_inputs;
        rungs.into_iter().for_each(|rung| books.moved(rung));
        replaced.iter().for_each(|summary| books.changed(summary));
        failures.sort();
        let whole = failures.is_empty();
        for (_, message) in failures {
            report.fault("not-taken", message);
        }
        result?;
        fault.map_or(Ok(whole), Err)
    }
}

impl<'a> Intake<'a> {
    fn new(run: &'a Run<'a>, books: &'a mut Books, history: bool, source: &'a Text) -> Self {
        let (fresh, replaced) = (FxHashMap::default(), FxHashSet::default());
        let conflicts = Vec::new();
        Self {
            run,
            books,
            history,
            source,
            fresh,
            replaced,
            claims: 0,
            duplicates: 0,
            conflicts,
            fault: None,
        }
    }

    /// The next claim that is to be taken in; what is not is counted.
    fn next_job(&mut self, claims: &mut dyn Iterator<Item = (Claim, u32, u64)>) -> Option<Job> {
        loop {
            let (claim, segment, position) = claims.next()?;
            self.claims += 1;
            let id = claim.id.clone();
            match self.fate(claim) {
                Ok(Fate::Take(job)) => return Some(*job),
                Ok(Fate::Duplicate) => self.duplicates += 1,
                Ok(Fate::Conflict) => self.conflicts.push((id, segment, position)),
                Err(error) => {
                    self.fault = Some(error);
                    return None;
                }
            }
        }
    }

    fn fate(&mut self, claim: Claim) -> Result<Fate> {
        let content = content_key(&claim);
        if let Some(known) = self.fresh.get(&claim.id.matching_key()) {
            return Ok(if *known == content { Fate::Duplicate } else { Fate::Conflict });
        }
        let Some(number) = find_number(&self.run.engine.view, &claim.id)? else {
            return self.receive(claim, content);
        };
        match self.run.engine.summary(number)? {
            Some((_, summary)) if summary.content == content => Ok(Fate::Duplicate),
            Some(known) if claim.is_correction() && self.replaced.insert(number) => {
                self.replace(claim, content, known)
            }
            _ => Ok(Fate::Conflict),
        }
    }

    fn receive(&mut self, claim: Claim, content: u64) -> Result<Fate> {
        let view = &self.run.engine.view;
        let history = self.books.history(view, &claim)?;
        self.books.note(view, &claim)?;
        self.books.counters.claim += 1;
        let number = self.books.counters.claim;
        self.fresh.insert(claim.id.matching_key(), content);
        // A payer has decided on it already: another system has sent it, so it is not sent again.
        let elsewhere = self.history || self.books.awaited.contains(&claim.id.matching_key());
        let source = self.source.clone();
        Ok(Fate::Take(Box::new(Job {
            number,
            known: None,
            state: None,
            inputs: vec![Input::Received { claim: Box::new(claim), source, history: elsewhere }],
            history,
            content: Some(content),
            tag: usize::try_from(number).unwrap_or(usize::MAX),
        })))
    }

    fn replace(&mut self, claim: Claim, content: u64, known: (Position, Summary)) -> Result<Fate> {
        let history = self.books.history(&self.run.engine.view, &claim)?;
        self.fresh.insert(claim.id.matching_key(), content);
        Ok(Fate::Take(Box::new(Job {
            number: known.1.number,
            known: Some(known),
            state: None,
            inputs: vec![Input::Replaced { claim: Box::new(claim), source: self.source.clone() }],
            history,
            content: Some(content),
            tag: REPLACES,
        })))
    }

    /// Says what was counted; gives what cut it short.
    fn report(self, report: &mut FileReport) -> Option<Error> {
        report.claims += self.claims;
        report.duplicate_claims += self.duplicates;
        for (id, segment, position) in self.conflicts {
            report.fault(
                "claim-number-used",
                format!(
                    "claim number `{id}` is used by another claim with other content; give the new claim its own \
                     number, or send the change as a replacement (frequency 7)"
                ),
            );
            if let Some(fault) = report.faults.last_mut() {
                (fault.segment, fault.position) = (segment, position);
            }
        }
        self.fault
    }
}
