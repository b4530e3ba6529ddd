//! Claims that come in.

use claimflow_core::step::Input;
use claimflow_core::{Claim, Text};
use claimflow_x12::Transaction;
use rustc_hash::FxHashMap;

use super::{FileReport, Ingest};
use crate::books::find_number;
use crate::error::Result;
use crate::pipeline::{Done, Job};
use crate::summary::content_key;

/// What is to be done with a claim that comes in.
enum Fate {
    /// Take it in.
    Take(Box<Job>),
    /// It is here already.
    Duplicate,
    /// Its number belongs to another claim.
    Conflict,
}

impl Ingest<'_> {
    /// Takes in the claims of an 837P transaction.
    pub(super) fn claims(
        &mut self,
        transaction: &Transaction<'_>,
        key: &Text,
        report: &mut FileReport,
    ) -> Result<()> {
        let mut faults = Vec::new();
        let mut unusable = 0;
        let mut claims = transaction.claims().filter_map(|read| {
            faults.extend(read.faults);
            if !read.usable {
                unusable += 1;
                return None;
            }
            Some((read.claim, read.segment, read.position))
        });
        let result = self.take_claims(&mut claims, key, report);
        report.claims += unusable;
        report.x12(faults);
        result
    }

    /// Takes in claims with their places in the file (segment, byte).
    pub(super) fn take_claims(
        &mut self,
        claims: &mut dyn Iterator<Item = (Claim, u32, u64)>,
        source: &Text,
        report: &mut FileReport,
    ) -> Result<()> {
        // Claims of this transaction that the state does not show yet: number, content.
        let mut fresh: FxHashMap<Text, (u64, u64)> = FxHashMap::default();
        let mut counts = (0_u32, 0_u32);
        let mut conflicts = Vec::new();
        let mut fault = None;
        let mut failures: Vec<(usize, String)> = Vec::new();
        let Self { run, options, books, touched, progress, seen } = self;
        let mut jobs = std::iter::from_fn(|| {
            loop {
                let (claim, segment, position) = claims.next()?;
                counts.0 += 1;
                let id = claim.id.clone();
                match fate(run, books, options.history, claim, source, &mut fresh) {
                    Ok(Fate::Take(job)) => return Some(*job),
                    Ok(Fate::Duplicate) => counts.1 += 1,
                    Ok(Fate::Conflict) => conflicts.push((id, segment, position)),
                    Err(error) => {
                        fault = Some(error);
                        return None;
                    }
                }
            }
        });
        let mut done = |done: Done| match done.result {
            Ok((summary, moved)) => {
                *seen += 1;
                if moved {
                    touched.insert(summary.number);
                }
                if seen.is_multiple_of(256) {
                    progress("claims taken in", *seen);
                }
            }
            Err(error) => failures.push((done.tag, error.to_string())),
        };
        let result = run.all(&mut jobs, &mut done);
        report.claims += counts.0;
        report.duplicate_claims += counts.1;
        for (id, segment, position) in conflicts {
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
        failures.sort();
        for (_, message) in failures {
            report.fault("not-taken", message);
        }
        result?;
        fault.map_or(Ok(()), Err)
    }
}

fn fate(
    run: &crate::pipeline::Run<'_>,
    books: &mut crate::books::Books,
    history: bool,
    claim: Claim,
    source: &Text,
    fresh: &mut FxHashMap<Text, (u64, u64)>,
) -> Result<Fate> {
    let view = &run.engine.view;
    let key = claim.id.matching_key();
    if let Some((_, content)) = fresh.get(&key) {
        return Ok(if *content == content_key(&claim) { Fate::Duplicate } else { Fate::Conflict });
    }
    if let Some(number) = find_number(view, &claim.id)? {
        let Some((head, summary)) = run.engine.summary(number)? else { return Ok(Fate::Conflict) };
        let content = content_key(&claim);
        if summary.content == content {
            return Ok(Fate::Duplicate);
        }
        if !claim.is_correction() {
            return Ok(Fate::Conflict);
        }
        fresh.insert(key, (number, content));
        let past = books.history(view, &claim)?;
        let input = Input::Replaced { claim: Box::new(claim), source: source.clone() };
        let known = Some((head, summary));
        let job = Job {
            number,
            known,
            state: None,
            inputs: vec![input],
            history: past,
            content: Some(content),
            tag: 0,
        };
        return Ok(Fate::Take(Box::new(job)));
    }
    let past = books.history(view, &claim)?;
    books.note(view, &claim)?;
    books.counters.claim += 1;
    let number = books.counters.claim;
    let content = content_key(&claim);
    fresh.insert(key, (number, content));
    let input = Input::Received { claim: Box::new(claim), source: source.clone(), history };
    let tag = usize::try_from(number).unwrap_or(usize::MAX);
    let job = Job {
        number,
        known: None,
        state: None,
        inputs: vec![input],
        history: past,
        content: Some(content),
        tag,
    };
    Ok(Fate::Take(Box::new(job)))
}
