//! Writes professional claims as 005010X222A1.

mod claim;
mod codes;
mod lines;
mod loops;
mod parties;

pub(crate) use claim::cas_elements as write_cas;

use std::ops::Range;

use claimflow_core::Claim;

use crate::output::Output;
use crate::p837::order::Loop;
use crate::write::{Envelope, Problem, WriteError, Written};
use loops::{Prepared, Problems};

/// The guide that is written.
pub(crate) const VERSION: &str = "005010X222A1";
/// The most claims of a transaction.
const MAX_CLAIMS: usize = 5_000;
/// The most claims of one subscriber's or patient's level, by the guide.
const MAX_CLAIMS_OF_LEVEL: usize = 100;

/// Writes claims as one interchange with one group. Consecutive claims share the levels they have in common: billing
/// provider, subscriber with payer, patient. A transaction carries at most 5,000 claims.
///
/// # Errors
/// The first claim that can't be expressed with all that is wrong with it ([`check_837p`] tells beforehand), what the
/// envelope lacks, or that there is no claim. Nothing is written then.
pub fn write_837p(envelope: &Envelope, claims: &[&Claim]) -> Result<Written, WriteError> {
    let mut problems = envelope.problems();
    if envelope.submitter.contact_name.is_empty() || envelope.submitter.phone.is_empty() {
        let problem = "needs a name and a telephone number".to_owned();
        problems.push(Problem { field: "submitter.contact_name".to_owned(), problem });
    }
    if claims.is_empty() {
        let problem = "are none: there is nothing to write".to_owned();
        problems.push(Problem { field: "claims".to_owned(), problem });
    }
    if !problems.is_empty() {
        return Err(WriteError::Envelope { problems });
    }
    let mut writer = Writer { envelope, out: Output::default(), level: 0 };
    let mut transactions = Vec::new();
    let mut next = 0;
    while next < claims.len() {
        let range = writer.transaction(claims, next, transactions.len())?;
        next = range.end;
        transactions.push((envelope.transaction_control(transactions.len()), range));
    }
    let bytes =
        envelope.file(&writer.out, transactions.len(), "HC", VERSION).ok_or(WriteError::NoSeparators)?;
    Ok(Written { bytes, transactions })
}

/// What keeps a claim from being written, if anything.
///
/// # Errors
/// [`WriteError::Claim`] with every problem, as [`write_837p`] would report it; its index is 0.
pub fn check_837p(claim: &Claim) -> Result<(), WriteError> {
    let envelope = Envelope::default();
    let mut writer = Writer { envelope: &envelope, out: Output::default(), level: 0 };
    writer.transaction(&[claim], 0, 0).map(|_| ())
}

struct Writer<'e> {
    envelope: &'e Envelope,
    out: Output,
    /// HL01 of the last level.
    level: u64,
}

impl Writer<'_> {
    /// Writes one transaction from the claim at `first` on; answers which claims it carries.
    fn transaction(&mut self, claims: &[&Claim], first: usize, n: usize) -> Result<Range<usize>, WriteError> {
        let last = claims.len().min(first + MAX_CLAIMS);
        let mut prepared = Vec::new();
        for (index, claim) in claims.iter().enumerate().take(last).skip(first) {
            let next = Prepared::new(claim, index)?;
            // One transaction is of one kind, claims or encounters.
            if prepared
                .first()
                .is_some_and(|first: &Prepared<'_>| first.part(Loop::Header) != next.part(Loop::Header))
            {
                break;
            }
            prepared.push(next);
        }
        let control = self.envelope.transaction_control(n);
        let before = self.out.segments();
        self.level = 0;
        self.out.segment("ST").el("837").el(&control).el(VERSION).end();
        self.header(prepared.first(), &control);
        let end = first + prepared.len();
        let mut rest = prepared.as_slice();
        while let Some(head) = rest.first() {
            let (same, others) = rest.split_at(run(rest, |claim| claim.same_billing(head)));
            self.billing(same)?;
            rest = others;
        }
        let count = self.out.segments() - before + 1;
        self.out.segment("SE").el(count.to_string()).el(&control).end();
        Ok(first..end)
    }

    /// BHT, 1000A and 1000B.
    fn header(&mut self, claim: Option<&Prepared<'_>>, control: &str) {
        let envelope = self.envelope;
        let kind = claim
            .and_then(|claim| claim.part(Loop::Header).first())
            .map(|extra| extra.text.split('*').next_back());
        self.out
            .segment("BHT")
            .el("0019")
            .el("00")
            .el(format!("{:09}{control}", envelope.interchange_control))
            .date(envelope.created.date())
            .el(envelope.time())
            .el(kind.flatten().unwrap_or("CH"))
            .end();
        let submitter = &envelope.submitter;
        self.out
            .segment("NM1")
            .el("41")
            .el("2")
            .el(&submitter.name)
            .blank(4)
            .el("46")
            .el(&submitter.id)
            .end();
        self.out.segment("PER").el("IC").el(&submitter.contact_name).el("TE").el(&submitter.phone).end();
        let receiver = &envelope.receiver;
        self.out.segment("NM1").el("40").el("2").el(&receiver.name).blank(4).el("46").el(&receiver.id).end();
    }

    /// HL: a level begins; answers its number.
    fn begin_level(&mut self, parent: Option<u64>, kind: &str, has_children: bool) -> u64 {
        self.level += 1;
        let parent = parent.map_or_else(String::new, |parent| parent.to_string());
        let children = if has_children { "1" } else { "0" };
        self.out.segment("HL").el(self.level.to_string()).el(parent).el(kind).el(children).end();
        self.level
    }

    /// 2000A: claims of one billing provider.
    fn billing(&mut self, claims: &[Prepared<'_>]) -> Result<(), WriteError> {
        let Some(head) = claims.first() else { return Ok(()) };
        let level = self.begin_level(None, "20", true);
        let mut problems = Problems::default();
        parties::billing(&mut self.out, head, &mut problems);
        problems.check(head, &mut self.out, "2010AA")?;
        let mut rest = claims;
        while !rest.is_empty() {
            let (same, others) = rest.split_at(subscriber_run(rest));
            self.subscriber(same, level)?;
            rest = others;
        }
        Ok(())
    }

    /// 2000B: claims of one subscriber and payer, first his own, then those of his dependents.
    fn subscriber(&mut self, claims: &[Prepared<'_>], parent: u64) -> Result<(), WriteError> {
        let Some(head) = claims.first() else { return Ok(()) };
        let own = run(claims, |claim| claim.claim.patient.is_none());
        let level = self.begin_level(Some(parent), "22", own < claims.len());
        let mut problems = Problems::default();
        parties::subscriber(&mut self.out, head, &mut problems);
        problems.check(head, &mut self.out, "2010BA")?;
        let (own, mut rest) = claims.split_at(own);
        for claim in own {
            self.claim(claim)?;
        }
        while let Some(head) = rest.first() {
            let same = run(rest, |claim| claim.same_patient(head)).min(MAX_CLAIMS_OF_LEVEL);
            let (same, others) = rest.split_at(same);
            self.begin_level(Some(level), "23", false);
            let mut problems = Problems::default();
            parties::patient(&mut self.out, head, &mut problems);
            problems.check(head, &mut self.out, "2010CA")?;
            for claim in same {
                self.claim(claim)?;
            }
            rest = others;
        }
        Ok(())
    }

    /// 2300 and below.
    fn claim(&mut self, prepared: &Prepared<'_>) -> Result<(), WriteError> {
        let mut problems = Problems::default();
        claim::write(&mut self.out, prepared, &mut problems);
        problems.check(prepared, &mut self.out, "2300")
    }
}

/// How many claims at the start fulfil a condition.
fn run(claims: &[Prepared<'_>], holds: impl Fn(&Prepared<'_>) -> bool) -> usize {
    claims.iter().take_while(|claim| holds(claim)).count()
}

/// How many claims at the start can share a subscriber's level: his own come before those of dependents.
fn subscriber_run(claims: &[Prepared<'_>]) -> usize {
    let Some(head) = claims.first() else { return 0 };
    let mut dependents = false;
    let mut own = 0;
    claims
        .iter()
        .take_while(|claim| {
            let is_own = claim.claim.patient.is_none();
            own += usize::from(is_own);
            let fits = claim.same_subscriber(head) && !(is_own && dependents) && own <= MAX_CLAIMS_OF_LEVEL;
            dependents |= !is_own;
            fits
        })
        .count()
}
