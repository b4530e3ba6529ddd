//! What a backtest counts, claim by claim.

use std::collections::BTreeMap;

use claimflow_core::{Level, Text};
use claimflow_runtime::{Answer, Past};
use rustc_hash::FxHashMap;

use super::count::{Count, Verdict};
use super::report::{ChangedOutcome, Month};
use crate::replay::Judged;
use crate::walk;

/// A claim as it went out, judged, and as it came in, where people changed it in between.
pub(super) type Sides = (Judged, Option<Judged>);

/// Year and month of service.
pub(super) type MonthKey = (i16, i8);

/// Counts of claims, which come together.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) all: Count,
    pub(super) months: BTreeMap<MonthKey, Count>,
    pub(super) newly_held: Count,
    pub(super) freed: Count,
    pub(super) rules: FxHashMap<Text, RuleTally>,
    pub(super) changed_claims: u64,
    pub(super) outcomes: Vec<ChangedOutcome>,
}

/// Counts of the claims on which one rule fires.
#[derive(Debug, Default)]
pub(super) struct RuleTally {
    pub(super) before: Count,
    pub(super) after: Count,
    pub(super) gained: Count,
    pub(super) lost: Count,
    pub(super) mended: u64,
    pub(super) errors: u64,
    /// Claims on which it fires in both, with another firmness.
    firmness: u64,
    /// The firmest under the changed rules.
    pub(super) level: Option<Level>,
    pub(super) months: BTreeMap<MonthKey, Count>,
}

impl RuleTally {
    /// True when the rule fires otherwise under the changed rules.
    pub(super) const fn differs(&self) -> bool {
        self.gained.claims + self.lost.claims + self.firmness > 0
    }

    fn join(&mut self, other: &Self) {
        self.before.join(&other.before);
        self.after.join(&other.after);
        self.gained.join(&other.gained);
        self.lost.join(&other.lost);
        self.mended += other.mended;
        self.errors += other.errors;
        self.firmness += other.firmness;
        self.level = self.level.max(other.level);
        join_months(&mut self.months, &other.months);
    }
}

fn join_months(months: &mut BTreeMap<MonthKey, Count>, other: &BTreeMap<MonthKey, Count>) {
    for (month, count) in other {
        months.entry(*month).or_default().join(count);
    }
}

/// Months as the report has them.
pub(super) fn months(counts: &BTreeMap<MonthKey, Count>) -> Vec<Month> {
    let month = |(key, count): (&MonthKey, &Count)| Month {
        month: format!("{:04}-{:02}", key.0, key.1),
        count: *count,
    };
    counts.iter().map(month).collect()
}

impl walk::Tally for Tally {
    fn join(&mut self, later: Self) {
        self.all.join(&later.all);
        join_months(&mut self.months, &later.months);
        self.newly_held.join(&later.newly_held);
        self.freed.join(&later.freed);
        for (rule, tally) in later.rules {
            self.rules.entry(rule).or_default().join(&tally);
        }
        self.changed_claims += later.changed_claims;
        self.outcomes.extend(later.outcomes);
    }
}

impl Tally {
    /// Counts a claim.
    pub(super) fn add(&mut self, past: &Past, before: &Sides, after: &Sides, most: usize) {
        let month = (past.service.year(), past.service.month());
        self.all.add(past);
        self.months.entry(month).or_default().add(past);
        match (before.0.is_held(), after.0.is_held()) {
            (false, true) => self.newly_held.add(past),
            (true, false) => self.freed.add(past),
            _ => {}
        }
        self.add_rules(past, month, before, after);
        if !before.0.same_outcome(&after.0) {
            self.changed_claims += 1;
            if self.outcomes.len() < most {
                self.outcomes.push(changed(past, &before.0, &after.0));
            }
        }
    }

    fn add_rules(&mut self, past: &Past, month: MonthKey, before: &Sides, after: &Sides) {
        let (old, new) = (before.0.hits(), after.0.hits());
        let find = |hits: &[(&Text, Level)], rule: &Text| {
            hits.binary_search_by(|(own, _)| (*own).cmp(rule))
                .ok()
                .and_then(|place| hits.get(place).map(|(_, level)| *level))
        };
        for (rule, level) in &new {
            let tally = self.rule(rule);
            tally.after.add(past);
            tally.months.entry(month).or_default().add(past);
            tally.level = tally.level.max(Some(*level));
            tally.errors += u64::from(*level == Level::Error);
            match find(&old, rule) {
                None => tally.gained.add(past),
                Some(own) => tally.firmness += u64::from(own != *level),
            }
        }
        for (rule, _) in &old {
            let tally = self.rule(rule);
            tally.before.add(past);
            if find(&new, rule).is_none() {
                tally.lost.add(past);
            }
        }
        for (rule, _) in after.1.iter().flat_map(Judged::hits) {
            if find(&new, rule).is_none() {
                self.rule(rule).mended += 1;
            }
        }
    }

    fn rule(&mut self, rule: &Text) -> &mut RuleTally {
        self.rules.entry(rule.clone()).or_default()
    }
}

fn changed(past: &Past, before: &Judged, after: &Judged) -> ChangedOutcome {
    let codes = match &past.answer {
        Answer::Denied { denials, .. } => {
            let mut codes: Vec<Text> = denials
                .iter()
                .map(|denial| Text::from(format!("{}-{}", denial.group.as_str(), denial.carc)))
                .collect();
            codes.sort_unstable();
            codes.dedup();
            codes
        }
        _ => Vec::new(),
    };
    ChangedOutcome {
        id: Text::from(past.id.as_str()),
        payer: Text::from(past.last_look().claim.payer.id.as_str()),
        service: past.service,
        billed: past.billed(),
        before: before.outcome(),
        after: after.outcome(),
        verdict: Verdict::of(past),
        denied: past.answer.denied(),
        codes,
    }
}
