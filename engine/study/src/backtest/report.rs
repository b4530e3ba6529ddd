//! What a backtest answers.

use claimflow_core::{Hash, Level, Money, Stage, Text};
use claimflow_runtime::Period;
use jiff::civil::Date;
use serde::Serialize;

use super::count::{Count, Verdict};

/// What is asked of a backtest.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The period, as the report repeats it; the caller has chosen the claims by it.
    pub period: Period,
    /// Only these rules, changed or not; none: every rule that is new, changed or gone.
    pub rules: Vec<Text>,
    /// How many claims that come out differently are listed at most.
    pub most_claims: usize,
}

/// Past claims judged by the live rules and by changed ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// First day of service.
    pub since: Option<Date>,
    /// Last day of service.
    pub until: Option<Date>,
    /// Content hash of the live rules.
    pub live: Hash,
    /// Content hash of the changed rules.
    pub changed: Hash,
    /// All claims of the period.
    pub all: Count,
    /// All claims by month of service.
    pub months: Vec<Month>,
    /// Claims that the changed rules hold and the live ones let go.
    pub newly_held: Count,
    /// Claims that the live rules hold and the changed ones let go.
    pub freed: Count,
    /// Rule by rule, those with the most claims first.
    pub rules: Vec<RuleReport>,
    /// Claims that come out differently.
    pub changed_claims: u64,
    /// These claims, oldest first, up to the number asked for.
    pub outcomes: Vec<ChangedOutcome>,
}

/// What a rule would have done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleReport {
    /// Id.
    pub rule: Text,
    /// Title.
    pub title: Text,
    /// Pack.
    pub pack: Text,
    /// File within the practice folder.
    pub file: Text,
    /// Line, from 1.
    pub line: u32,
    /// Stage.
    pub stage: Stage,
    /// What it does when it fires, as `hold documentation`.
    pub does: Vec<Text>,
    /// The firmest it did in this period; none when it never fired.
    pub level: Option<Level>,
    /// How it differs from the live rules.
    pub change: ChangeKind,
    /// Its clauses that differ.
    pub clauses: Vec<ClauseChange>,
    /// Claims on which the live rule fires, as they went out.
    pub before: Count,
    /// Claims on which the changed rule fires, as they went out.
    pub after: Count,
    /// Of these, those on which the live one does not fire.
    pub gained: Count,
    /// Claims on which only the live one fires.
    pub lost: Count,
    /// Claims on which the changed rule fires as they came in and no more as they went out: people mended them.
    pub mended: u64,
    /// Claims on which the changed rule cannot be judged and would hold for review.
    pub errors: u64,
    /// Claims of `after` by month of service; those without any are left out.
    pub months: Vec<Month>,
}

impl RuleReport {
    /// True when the changed rule keeps claims from going out as they are: it holds or corrects them.
    pub fn acts(&self) -> bool {
        self.level.is_some_and(|level| level.blocks() || level == Level::Fix)
    }

    /// Denials that would not have happened as they did: claims that the changed rule stops or corrects, and the live one
    /// let go, and that were denied. How many claims, and what was denied.
    pub fn prevented(&self) -> (u64, Money) {
        if self.acts() { (self.gained.denied, self.gained.denied_amount) } else { (0, Money::ZERO) }
    }
}

/// How a rule differs from the live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is not there now.
    New,
    /// It is written otherwise.
    Changed,
    /// It is written the same and fires on other claims: a table, a constant, or a rule before it has changed.
    Affected,
    /// It is gone.
    Removed,
    /// It is the same.
    Same,
}

/// A clause of a rule that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseChange {
    /// Which, as `when`.
    pub clause: &'static str,
    /// As the live rule has it; empty when it has none.
    pub before: String,
    /// As the changed rule has it; empty when it has none.
    pub after: String,
}

/// Claims of one month of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Month {
    /// As `2026-03`.
    pub month: String,
    /// Its claims.
    pub count: Count,
}

/// A claim that comes out differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedOutcome {
    /// The practice's number.
    pub id: Text,
    /// Payer.
    pub payer: Text,
    /// First day of service.
    pub service: Date,
    /// Charge.
    pub billed: Money,
    /// What comes of it under the live rules, as `goes out` or `held: RULE (category)`.
    pub before: String,
    /// What comes of it under the changed rules.
    pub after: String,
    /// What the payer did first.
    pub verdict: Verdict,
    /// What was denied.
    pub denied: Money,
    /// Adjustment codes of what was denied, as `CO-197`.
    pub codes: Vec<Text>,
}
