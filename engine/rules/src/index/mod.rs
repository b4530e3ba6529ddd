//! Finds the rules that can apply: by stage, payer, subject and code, so that cost follows those and not the number of
//! rules loaded.

use std::sync::Arc;

use claimflow_core::{GroupCode, RuleInput, Stage, Subject, Text};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::rule::Rule;

/// A rule and the subject it looks at, in the order in which they run: by rule, then by subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// Place among the rules.
    pub(crate) rule: u32,
    pub(crate) subject: Subject,
    /// Which subject, from 1; 0 for the claim.
    pub(crate) index: u16,
    /// How specific the code is that brought the rule here: 0 any, then the longer the more.
    pub(crate) specificity: u8,
}

pub(crate) type Candidates = SmallVec<[Candidate; 96]>;

/// Rules of one subject: those without codes, and those by code.
#[derive(Debug, Default)]
struct Bucket {
    any: Vec<u32>,
    by_code: FxHashMap<Text, Vec<u32>>,
    /// Lengths of the codes, one bit each: prefixes need to be tried at these lengths only.
    lengths: u16,
}

/// Rules of one stage for one payer, or for every payer.
#[derive(Debug, Default)]
struct Scope {
    buckets: [Bucket; 5],
}

#[derive(Debug, Default)]
struct StageIndex {
    every_payer: Scope,
    by_payer: FxHashMap<Text, Scope>,
}

/// The index over all rules.
#[derive(Debug, Default)]
pub(crate) struct Index {
    stages: [StageIndex; 7],
}

const fn stage_place(stage: Stage) -> usize {
    stage as usize
}

const fn subject_place(subject: Subject) -> usize {
    subject as usize
}

impl Index {
    pub(crate) fn new(rules: &[Arc<Rule>]) -> Self {
        let mut index = Self::default();
        // Rows of decision tables are found through their tables.
        let own = rules.iter().enumerate().filter(|(_, rule)| rule.info.table.is_empty());
        for (place, rule) in own {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            // INVARIANT: there are seven stages and five subjects, and the arrays have a place for each.
            let stage = &mut index.stages[stage_place(rule.info.stage)];
            if rule.info.payers.is_empty() {
                stage.every_payer.add(rule, place);
            }
            for payer in &rule.info.payers {
                stage.by_payer.entry(payer.clone()).or_default().add(rule, place);
            }
        }
        index
    }

    /// Every rule that can apply to the input, with its subject.
    pub(crate) fn candidates(&self, input: &RuleInput<'_>) -> Candidates {
        // INVARIANT: there are seven stages.
        let stage = &self.stages[stage_place(input.stage)];
        let mut found = Candidates::new();
        stage.every_payer.collect(input, &mut found);
        if let Some(scope) = stage.by_payer.get(input.claim.payer.id.as_str()) {
            scope.collect(input, &mut found);
        }
        found.sort_unstable_by_key(|own| (own.rule, own.index, std::cmp::Reverse(own.specificity)));
        found.dedup_by_key(|own| (own.rule, own.index));
        found
    }
}

impl Scope {
    fn add(&mut self, rule: &Rule, place: u32) {
        // INVARIANT: there are five subjects.
        let bucket = &mut self.buckets[subject_place(rule.info.subject)];
        if rule.info.codes.is_empty() {
            bucket.any.push(place);
        }
        for code in &rule.info.codes {
            bucket.lengths |= 1 << code.len().min(15);
            let own = bucket.by_code.entry(code.clone()).or_default();
            if own.last() != Some(&place) {
                own.push(place);
            }
        }
    }

    fn bucket(&self, subject: Subject) -> &Bucket {
        // INVARIANT: there are five subjects.
        &self.buckets[subject_place(subject)]
    }

    fn collect(&self, input: &RuleInput<'_>, found: &mut Candidates) {
        let claim = input.claim;
        let bucket = self.bucket(Subject::Claim);
        bucket.take_any(Subject::Claim, 0, found);
        if !bucket.by_code.is_empty() {
            for line in &claim.lines {
                bucket.take(line.procedure.as_str(), Subject::Claim, 0, 1, found);
            }
        }
        let bucket = self.bucket(Subject::Line);
        for (place, line) in numbered(&claim.lines) {
            bucket.take_any(Subject::Line, place, found);
            bucket.take(line.procedure.as_str(), Subject::Line, place, 1, found);
        }
        let bucket = self.bucket(Subject::Diagnosis);
        for (place, diagnosis) in numbered(&claim.diagnoses) {
            bucket.take_any(Subject::Diagnosis, place, found);
            bucket.take_prefixes(diagnosis.code.as_str(), place, found);
        }
        let bucket = self.bucket(Subject::Adjustment);
        for (place, adjustment) in numbered(input.adjustments) {
            bucket.take_any(Subject::Adjustment, place, found);
            bucket.take_reason(
                adjustment.group,
                adjustment.reason.as_str(),
                Subject::Adjustment,
                place,
                found,
            );
        }
        let bucket = self.bucket(Subject::Denial);
        for (place, denial) in numbered(input.denials) {
            bucket.take_any(Subject::Denial, place, found);
            bucket.take_reason(denial.group, denial.carc.as_str(), Subject::Denial, place, found);
        }
    }
}

/// The items with their places from 1; more than fit a place are left out (a claim has at most 50 lines).
fn numbered<T>(items: &[T]) -> impl Iterator<Item = (u16, &T)> {
    (1..=u16::MAX).zip(items)
}

impl Bucket {
    fn push(rules: &[u32], subject: Subject, index: u16, specificity: u8, found: &mut Candidates) {
        found.extend(rules.iter().map(|rule| Candidate { rule: *rule, subject, index, specificity }));
    }

    fn take_any(&self, subject: Subject, index: u16, found: &mut Candidates) {
        Self::push(&self.any, subject, index, 0, found);
    }

    fn take(&self, code: &str, subject: Subject, index: u16, specificity: u8, found: &mut Candidates) {
        if let Some(rules) = self.by_code.get(code) {
            Self::push(rules, subject, index, specificity, found);
        }
    }

    fn take_prefixes(&self, code: &str, index: u16, found: &mut Candidates) {
        for length in 1..=code.len().min(15) {
            if self.lengths & (1 << length) != 0
                && let Some(prefix) = code.get(..length)
            {
                let specificity = u8::try_from(length).unwrap_or(u8::MAX);
                self.take(prefix, Subject::Diagnosis, index, specificity, found);
            }
        }
    }

    fn take_reason(
        &self,
        group: GroupCode,
        reason: &str,
        subject: Subject,
        index: u16,
        found: &mut Candidates,
    ) {
        if self.by_code.is_empty() {
            return;
        }
        self.take(reason, subject, index, 1, found);
        self.take(&crate::catalogue::reason_key(group, reason), subject, index, 2, found);
    }
}

#[cfg(test)]
mod property;
