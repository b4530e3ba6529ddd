//! Remittances that come in: balanced or parked, matched by the ladder, posted claim by claim.

use std::collections::hash_map::Entry;

use claimflow_core::event::Remitted;
use claimflow_core::step::Input;
use claimflow_core::{ClaimPayment, Remittance, Text};
use claimflow_x12::Transaction;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{FileReport, Ingest, count, doubled};
use crate::books::{Rung, find_number, find_rivals};
use crate::error::Result;
use crate::incident::Cause;
use crate::keys;
use crate::pipeline::{Done, Job};
use crate::projection::{ParkedEntry, read_value, value};
use crate::record::{Body, ParkedReason, ParkedRecord};
use crate::stepping::Became;
use crate::summary::likeness;

/// What a run that posts payments is called.
const POSTING: &str = "payments posted";

impl Ingest<'_> {
    /// Takes in one 835 transaction. False when it, or something of it, must be looked at again.
    pub(super) fn remittance(
        &mut self,
        transaction: &Transaction<'_>,
        report: &mut FileReport,
    ) -> Result<bool> {
        let (mut remittance, faults) = transaction.remittance();
        let readable = transaction.complete && !faults.iter().any(is_unreadable);
        report.x12(faults);
        report.payments += u32::try_from(remittance.claims.len()).unwrap_or(u32::MAX);
        if !readable {
            // Its money must not be forgotten with the screen: somebody asks the payer for it again.
            self.park(remittance, ParkedReason::Unreadable)?;
            return Ok(false);
        }
        doubled::post_once(&mut remittance);
        if !remittance.balances() || !remittance.claims.iter().all(ClaimPayment::balances) {
            self.park(remittance, ParkedReason::Unbalanced)?;
            return Ok(true);
        }
        self.post(&remittance, report)
    }

    /// Posts a remittance that balances, claim by claim; what finds no claim waits for it.
    fn post(&mut self, remittance: &Remittance, report: &mut FileReport) -> Result<bool> {
        let mut jobs: Vec<Job> = Vec::new();
        let mut parked = Vec::new();
        let mut places: FxHashMap<u64, usize> = FxHashMap::default();
        // Payments that waited from an earlier, unfinished reading of this transaction and find their claim now.
        let mut waited = Vec::new();
        let mut alike: FxHashMap<Text, u32> = FxHashMap::default();
        for payment in &remittance.claims {
            let part = payment_key(remittance, payment, &mut alike)?;
            match self.find_claim(payment)? {
                Some((number, matched_by)) => {
                    if let Some(entry) = self.parked_entry(payment, &part)? {
                        waited.push((number, part.clone(), entry));
                    }
                    let input =
                        Input::Remitted(Box::new(remitted(remittance, payment.clone(), part, matched_by)));
                    self.add(&mut jobs, &mut places, number, input)?;
                }
                None => {
                    self.books.awaited.insert(payment.claim_id.matching_key());
                    parked.push(Body::Parked(parked_payment(remittance, payment, part)));
                }
            }
        }
        report.waiting_payments += u32::try_from(parked.len()).unwrap_or(u32::MAX);
        if !parked.is_empty() {
            self.run.engine.append(self.books, &self.options.actor, parked)?;
        }
        let failed = self.run_jobs(jobs, POSTING, report)?;
        waited.retain(|(number, ..)| !places.get(number).is_some_and(|place| failed.contains(place)));
        self.unpark(&waited)?;
        Ok(failed.is_empty())
    }

    fn parked_entry(&self, payment: &ClaimPayment, key: &Text) -> Result<Option<ParkedEntry>> {
        if !self.books.awaited.contains(&payment.claim_id.matching_key()) {
            return Ok(None);
        }
        let entry = self.run.engine.view.get(&keys::parked(key))?;
        Ok(entry.map(|bytes| read_value(&bytes)).transpose()?)
    }

    fn park(&mut self, remittance: Remittance, reason: ParkedReason) -> Result<()> {
        let key = remittance_key(&remittance)?;
        if self.run.engine.view.get(&keys::parked(&key))?.is_some() {
            return Ok(());
        }
        let (trace, claim_id) = (remittance.trace_number.clone(), Text::default());
        let record = ParkedRecord { key, reason, trace, claim_id, remittance };
        self.run.engine.append(self.books, &self.options.actor, vec![Body::Parked(record)])?;
        Ok(())
    }

    /// Adds an input for a claim: to its job in this transaction if it has one.
    pub(super) fn add(
        &self,
        jobs: &mut Vec<Job>,
        places: &mut FxHashMap<u64, usize>,
        number: u64,
        input: Input,
    ) -> Result<()> {
        match places.entry(number) {
            Entry::Occupied(place) => {
                if let Some(job) = jobs.get_mut(*place.get()) {
                    job.inputs.push(input);
                }
            }
            Entry::Vacant(place) => {
                place.insert(jobs.len());
                let known = self.run.engine.summary(number)?;
                jobs.push(Job {
                    number,
                    known,
                    state: None,
                    inputs: vec![input],
                    history: Vec::new(),
                    content: None,
                    tag: jobs.len(),
                });
            }
        }
        Ok(())
    }

    /// Runs jobs and notes which claims moved. Returns the places of the jobs that could not be done; the report says why.
    pub(super) fn run_jobs(
        &mut self,
        jobs: Vec<Job>,
        what: &str,
        report: &mut FileReport,
    ) -> Result<FxHashSet<usize>> {
        let Self { run, touched, progress, seen, books, .. } = self;
        let mut failures = Vec::new();
        run.all(&mut jobs.into_iter(), &mut |done: Done| match done.result {
            Ok((summary, became)) => {
                *seen += 1;
                if count(became, report) {
                    touched.insert(summary.number);
                    books.moved(Rung::of(&summary));
                } else if became == Became::Nothing && what == POSTING {
                    report.duplicate_payments += 1;
                }
                if seen.is_multiple_of(256) {
                    progress(what, *seen);
                }
            }
            Err(error) => failures.push((done.tag, error.to_string())),
        })?;
        failures.sort();
        let failed = failures.iter().map(|(place, _)| *place).collect();
        for (_, message) in failures {
            report.fault("not-taken", message);
        }
        Ok(failed)
    }

    /// The ladder: our number, the payer's number, then what the remittance repeats of the claim. Where two claims went
    /// out under our number, the lower rungs decide between them.
    fn find_claim(&mut self, payment: &ClaimPayment) -> Result<Option<(u64, &'static str)>> {
        let view = &self.run.engine.view;
        if let Some(number) = find_number(view, &payment.claim_id)? {
            if let Some((own, alias)) = find_rivals(view, &payment.claim_id)?
                && let Some((found, matched_by)) = self.find_below(payment)?
                && (found == own || found == alias)
            {
                return Ok(Some((found, matched_by)));
            }
            return Ok(Some((number, "claim number")));
        }
        self.find_below(payment)
    }

    fn find_below(&mut self, payment: &ClaimPayment) -> Result<Option<(u64, &'static str)>> {
        let view = &self.run.engine.view;
        if let Some(number) = self.books.by_payer_number(view, &payment.payer_claim_number)? {
            return Ok(Some((number, "payer's number")));
        }
        let first = payment.lines.first();
        let code = first.map_or("", |line| {
            if line.submitted_procedure.is_empty() {
                line.procedure.as_str()
            } else {
                line.submitted_procedure.as_str()
            }
        });
        let date = payment.service_date.or_else(|| first.and_then(|line| line.service_date));
        let charge = if payment.is_reversal() { -payment.charge } else { payment.charge };
        let key = likeness(&payment.patient.member_id, date, code, charge);
        Ok(self.books.by_likeness(view, key)?.map(|number| (number, "member, date, code and charge")))
    }

    /// Posts parked payments whose claim has arrived. One that the claim does not take goes on waiting.
    pub(super) fn match_parked(&mut self, report: &mut FileReport) -> Result<()> {
        if self.books.awaited.is_empty() {
            return Ok(());
        }
        let mut jobs = Vec::new();
        let mut places = FxHashMap::default();
        let mut arrived: Vec<(u64, Text, ParkedEntry)> = Vec::new();
        for (entry_key, value) in self.run.engine.view.collect(b"p")? {
            let entry: ParkedEntry = read_value(&value)?;
            if entry.reason != ParkedReason::NoClaim {
                continue;
            }
            let id = claimflow_core::ClaimId::as_received(entry.claim_id.clone());
            let Some(number) = find_number(&self.run.engine.view, &id)? else { continue };
            let parked = match self.run.engine.parked_at(entry.position) {
                Ok((_, parked)) => parked,
                // It goes on waiting, and the others are posted.
                Err(error) if Cause::of(&error).is_some() => {
                    tracing::warn!(%error, trace = %entry.trace, "a payment that waits cannot be read");
                    continue;
                }
                Err(error) => return Err(error),
            };
            for payment in &parked.remittance.claims {
                let remitted =
                    remitted(&parked.remittance, payment.clone(), parked.key.clone(), "claim number");
                self.add(&mut jobs, &mut places, number, Input::Remitted(Box::new(remitted)))?;
            }
            let key = Text::from(String::from_utf8_lossy(entry_key.get(1..).unwrap_or_default()));
            arrived.push((number, key, entry));
        }
        if jobs.is_empty() {
            return Ok(());
        }
        let failed = self.run_jobs(jobs, POSTING, report)?;
        arrived.retain(|(number, ..)| !places.get(number).is_some_and(|place| failed.contains(place)));
        self.unpark(&arrived)?;
        for (.., entry) in &arrived {
            self.books.awaited.remove(&entry.claim_id);
        }
        Ok(())
    }

    /// Notes that parked payments were posted.
    fn unpark(&mut self, posted: &[(u64, Text, ParkedEntry)]) -> Result<()> {
        if posted.is_empty() {
            return Ok(());
        }
        let reason = Text::const_new("its claim came in");
        let body = |(_, key, entry): &(u64, Text, ParkedEntry)| Body::Unparked {
            key: key.clone(),
            claim_id: entry.claim_id.clone(),
            reason: reason.clone(),
        };
        self.run.engine.append(self.books, &self.options.actor, posted.iter().map(body).collect())?;
        Ok(())
    }
}

/// The key under which a payment is posted at most once: what pays it and what it says, not the envelope or the file. Two
/// payments of one remittance that say the very same are told apart by their order.
fn payment_key(
    remittance: &Remittance,
    payment: &ClaimPayment,
    alike: &mut FxHashMap<Text, u32>,
) -> Result<Text> {
    let head = (&remittance.trace_number, &remittance.originator, &remittance.payer_id, remittance.date);
    let key = content_hash(&(head, payment))?;
    let before = alike.entry(key.clone()).or_default();
    *before += 1;
    Ok(Text::from(format!("{key}/{before}")))
}

fn remittance_key(remittance: &Remittance) -> Result<Text> {
    content_hash(&Remittance { control_number: Text::default(), ..remittance.clone() })
}

fn content_hash(of: &impl serde::Serialize) -> Result<Text> {
    Ok(Text::from(&blake3::hash(&value(of)?).to_hex()[..32]))
}

/// A fault after which the amounts cannot be relied on. Balances are judged here, not there.
fn is_unreadable(fault: &claimflow_x12::Fault) -> bool {
    fault.is_error() && !fault.code.starts_with("unbalanced")
}

fn remitted(remittance: &Remittance, payment: ClaimPayment, key: Text, matched_by: &str) -> Remitted {
    Remitted {
        key,
        trace: remittance.trace_number.clone(),
        date: remittance.date,
        payment,
        matched_by: Text::from(matched_by),
    }
}

fn parked_payment(remittance: &Remittance, payment: &ClaimPayment, key: Text) -> ParkedRecord {
    ParkedRecord {
        key,
        reason: ParkedReason::NoClaim,
        trace: remittance.trace_number.clone(),
        claim_id: payment.claim_id.matching_key(),
        remittance: Remittance {
            claims: vec![payment.clone()],
            provider_adjustments: Vec::new(),
            ..remittance.clone()
        },
    }
}
