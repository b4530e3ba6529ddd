//! A claim made ready for writing, and one loop of it: words in guide order, with what was kept put back in between.

use claimflow_core::Claim;

use crate::output::{Output, SegmentOut};
use crate::p837::extras::Key;
use crate::p837::order::{Loop, has_components};
use crate::write::{Problem, WriteError};

/// A kept segment with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extra<'c> {
    pub key: Key,
    pub text: &'c str,
}

/// A claim with its kept segments in order.
pub(super) struct Prepared<'c> {
    pub claim: &'c Claim,
    pub index: usize,
    extras: Vec<Extra<'c>>,
}

impl<'c> Prepared<'c> {
    /// Puts the kept segments in order.
    ///
    /// # Errors
    /// A kept segment that 005010X222A1 has no place for.
    pub fn new(claim: &'c Claim, index: usize) -> Result<Self, WriteError> {
        let mut extras = Vec::with_capacity(claim.extras.len());
        let mut problems = Vec::new();
        for extra in &claim.extras {
            let id = extra.segment.split('*').next().unwrap_or_default();
            let place = Loop::named(&extra.place).filter(|place| place.rank(id.as_bytes()).is_some());
            let first =
                extra.segment.split('*').nth(1).unwrap_or_default().split(':').next().unwrap_or_default();
            match place {
                Some(place) if !place.uses(id.as_bytes(), first.as_bytes()) => {
                    let problem = format!(
                        "hold a segment `{id}*{first}` that 005010X222A1 does not use in loop `{}`: remove it",
                        extra.place
                    );
                    problems.push(Problem { field: "extras".to_owned(), problem });
                }
                Some(place) => {
                    let key = Key::new(place, extra.line, extra.repetition, id.as_bytes());
                    extras.push(Extra { key, text: &extra.segment });
                }
                None => {
                    let problem = format!(
                        "hold a segment `{id}` for which 005010X222A1 has no place in loop `{}`: remove it",
                        extra.place
                    );
                    problems.push(Problem { field: "extras".to_owned(), problem });
                }
            }
        }
        if !problems.is_empty() {
            return Err(WriteError::Claim { index, claim: claim.id.clone(), problems });
        }
        extras.sort_by_key(|extra| extra.key);
        Ok(Self { claim, index, extras })
    }

    /// The kept segments of a loop of the claim or above it, all repetitions.
    pub fn part(&self, place: Loop) -> &[Extra<'c>] {
        self.between(place, place)
    }

    /// The kept segments of the loops from one to another, claim level.
    fn between(&self, first: Loop, last: Loop) -> &[Extra<'c>] {
        let start = self.extras.partition_point(|extra| (extra.key.line, extra.key.place) < (0, first));
        let end = self.extras.partition_point(|extra| (extra.key.line, extra.key.place) <= (0, last));
        self.extras.get(start..end).unwrap_or_default()
    }

    /// The kept segments of one repetition of a loop.
    pub fn repetition(&self, place: Loop, line: u16, repetition: u16) -> &[Extra<'c>] {
        let at = |extra: &Extra<'_>| (extra.key.line, extra.key.place, extra.key.repetition);
        let wanted = (line, place, repetition);
        let start = self.extras.partition_point(|extra| at(extra) < wanted);
        let end = self.extras.partition_point(|extra| at(extra) <= wanted);
        self.extras.get(start..end).unwrap_or_default()
    }

    /// The kept segments of a loop from a repetition on.
    pub fn repetitions_from(&self, place: Loop, line: u16, repetition: u16) -> &[Extra<'c>] {
        let at = |extra: &Extra<'_>| (extra.key.line, extra.key.place, extra.key.repetition);
        let start = self.extras.partition_point(|extra| at(extra) < (line, place, repetition));
        let end = self.extras.partition_point(|extra| at(extra) <= (line, place, u16::MAX));
        self.extras.get(start..end).unwrap_or_default()
    }

    /// True when both claims have the same billing provider's level.
    pub fn same_billing(&self, other: &Self) -> bool {
        self.claim.billing_provider == other.claim.billing_provider
            && self.claim.pay_to == other.claim.pay_to
            && self.between(Loop::L2000A, Loop::L2010AC) == other.between(Loop::L2000A, Loop::L2010AC)
    }

    /// True when both claims have the same subscriber's level.
    pub fn same_subscriber(&self, other: &Self) -> bool {
        self.claim.subscriber == other.claim.subscriber
            && self.claim.payer == other.claim.payer
            && self.between(Loop::L2000B, Loop::L2010BB) == other.between(Loop::L2000B, Loop::L2010BB)
    }

    /// True when both claims have the same patient's level.
    pub fn same_patient(&self, other: &Self) -> bool {
        self.claim.patient == other.claim.patient
            && self.between(Loop::L2000C, Loop::L2010CA) == other.between(Loop::L2000C, Loop::L2010CA)
    }
}

/// What keeps a claim from being written, collected.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    /// A field and what is wrong with it.
    pub fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(Problem { field: field.into(), problem: problem.into() });
    }

    /// A field that must not be empty.
    pub fn need(&mut self, field: &str, given: bool) {
        if !given {
            self.add(field, "is missing");
        }
    }

    /// A field that, when given, must have a shape.
    pub fn shape(&mut self, field: &str, holds: bool, expected: &str) {
        if !holds {
            self.add(field, format!("should be {expected}"));
        }
    }

    /// # Errors
    /// When there are problems, or texts that could not be written.
    pub fn check(
        mut self,
        prepared: &Prepared<'_>,
        out: &mut Output,
        loop_id: &str,
    ) -> Result<(), WriteError> {
        for bad in out.take_bad() {
            self.add(format!("{} in loop {loop_id}", bad.element), bad.problem);
        }
        if self.0.is_empty() {
            return Ok(());
        }
        Err(WriteError::Claim { index: prepared.index, claim: prepared.claim.id.clone(), problems: self.0 })
    }
}

/// One repetition of a loop that is being written.
pub(super) struct LoopOut<'o, 'c> {
    pub out: &'o mut Output,
    place: Loop,
    extras: &'o [Extra<'c>],
}

/// Begins a repetition of a loop.
pub(super) fn in_loop<'o, 'c>(
    out: &'o mut Output,
    prepared: &'o Prepared<'c>,
    place: Loop,
    line: u16,
    repetition: u16,
) -> LoopOut<'o, 'c> {
    LoopOut { out, place, extras: prepared.repetition(place, line, repetition) }
}

/// True for kept segments that fill gaps of a segment which words write.
fn is_overlay(place: Loop, id: &str) -> bool {
    match id {
        "SV1" | "NM1" | "N4" | "BHT" => true,
        "PAT" => place == Loop::L2000C,
        _ => false,
    }
}

fn id_of(text: &str) -> &str {
    text.split('*').next().unwrap_or_default()
}

impl<'c> LoopOut<'_, 'c> {
    /// Writes one segment of words, after the kept segments that the guide has before it.
    pub fn segment(&mut self, id: &str, fill: impl FnOnce(SegmentOut<'_>) -> SegmentOut<'_>) {
        let rank = self.place.rank(id.as_bytes()).unwrap_or(u8::MAX);
        self.flush(|extra| extra.key.rank < rank);
        let overlay = self.extras.iter().find(|extra| extra.key.rank == rank && is_overlay(self.place, id));
        let overlay = overlay.map(|extra| extra.text);
        fill(self.out.segment(id)).end_over(overlay);
    }

    /// Writes the rest of the kept segments.
    pub fn end(mut self) {
        self.flush(|_| true);
    }

    /// True when the guide has such a segment in this loop.
    pub fn has(&self, id: &str) -> bool {
        self.place.rank(id.as_bytes()).is_some()
    }

    /// True when a segment of this name was kept.
    pub fn keeps(&self, id: &str) -> bool {
        self.extras.iter().any(|extra| id_of(extra.text) == id)
    }

    fn flush(&mut self, goes: impl Fn(&Extra<'c>) -> bool) {
        while let Some((extra, rest)) = self.extras.split_first() {
            if !goes(extra) {
                break;
            }
            let id = id_of(extra.text);
            if !is_overlay(self.place, id) {
                self.out.raw(extra.text, has_components(id.as_bytes()));
            }
            self.extras = rest;
        }
    }
}

/// Writes loops that no word describes, as they were kept.
pub(super) fn whole(out: &mut Output, extras: &[Extra<'_>]) {
    for extra in extras {
        out.raw(extra.text, has_components(id_of(extra.text).as_bytes()));
    }
}
