//! Runs the rules of one stage on one claim.
//!
//! Fixes come first, in order, on a working copy that is made when the first fix changes something. The other rules are
//! judged on the claim after them. A rule that has both a fix and other outcomes runs with the fixes, and its other
//! outcomes stand when its fix changed something.

mod findings;
mod fixes;
mod standing;
mod subjects;

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use claimflow_core::{Change, Claim, Evaluation, Finding, Level, RuleInput, Text};
use smallvec::SmallVec;

pub(crate) use self::findings::failed;
use self::findings::push_outcomes;
use self::standing::Standings;
use self::subjects::Subjects;
use crate::context::Ctx;
use crate::decisions::{self, Decision};
use crate::index::{Candidate, Candidates};
use crate::rule::Rule;
use crate::ruleset::RuleSet;
use crate::value::Fault;

/// The category under which a rule that failed holds a claim.
pub const RULE_REVIEW: &str = "rule_review";

/// The name under which a finding's values tell that the practice, not the rule, set its level.
pub(crate) const ENFORCEMENT: &str = "enforcement";

/// Names and values.
pub(crate) type Values = Vec<(Text, Text)>;

impl RuleSet {
    /// Runs the rules of the input's stage. Never fails: a rule that cannot be evaluated is a finding of level `error`.
    pub fn evaluate(&self, input: &RuleInput<'_>) -> Evaluation {
        let (fixing, judging) = self.candidates(input);
        let considered = u32::try_from(fixing.len() + judging.len()).unwrap_or(u32::MAX);
        let mut evaluation = Evaluation { considered, ..Evaluation::default() };
        let claim = self.fix(input, &fixing, &mut evaluation);
        self.judge(input, &claim, &judging, &mut evaluation);
        if let Some(shadow) = &self.shadow {
            evaluation.shadow = shadow.in_shadow(&RuleInput { claim: &claim, ..*input });
        }
        evaluation
    }

    /// What the rules of this set say when none of them may act. What a correction would change is among the values of its
    /// finding.
    fn in_shadow(&self, input: &RuleInput<'_>) -> Vec<Finding> {
        let Evaluation { changes, mut findings, .. } = self.evaluate(input);
        for Change { rule, field, before, after } in changes {
            let own = findings.iter_mut().find(|own| own.level == Level::Fix && own.rule == rule);
            if let Some(own) = own {
                own.values.push((field, Text::from(format!("{before} -> {after}"))));
            }
        }
        findings
    }

    /// Candidates that fix, and those that do not.
    pub(crate) fn candidates(&self, input: &RuleInput<'_>) -> (Candidates, Candidates) {
        let all = self.index.candidates(input);
        all.iter().copied().partition(|own| self.at(own.rule).is_some_and(|rule| !rule.fixes.is_empty()))
    }

    /// True when the rule is in force for the subject and not switched off.
    pub(crate) fn runs(&self, rule: &Rule, ctx: &Ctx<'_>) -> bool {
        let date = ctx.rule_date();
        rule.in_force(date)
            && (rule.suppressed.is_empty()
                || rule.suppression(ctx.claim.payer.id.as_str(), date, ctx.input.as_of).is_none())
    }

    /// The decision tables that can apply to the input.
    pub(crate) fn tables(&self, input: &RuleInput<'_>) -> SmallVec<[&Decision; 4]> {
        self.decisions.iter().filter(|own| own.applies(input)).collect()
    }

    /// The candidates, and among them in order the rows of tables that decide.
    fn with_rows<'c>(
        &self,
        candidates: &'c [Candidate],
        tables: &[&Decision],
        subjects: &Subjects<'_>,
        evaluation: &mut Evaluation,
    ) -> Cow<'c, [Candidate]> {
        let mut all = Cow::Borrowed(candidates);
        for table in tables {
            for ctx in subjects.all(table.subject) {
                evaluation.considered = evaluation.considered.saturating_add(1);
                match table.hits(self, ctx) {
                    Ok(hits) if hits.is_empty() => {}
                    Ok(hits) => {
                        all.to_mut().extend(hits.iter().map(|place| decisions::candidate(self, *place, ctx)));
                    }
                    Err((place, fault)) => {
                        evaluation.findings.extend(self.at(place).map(|rule| failed(rule, ctx, &fault)));
                    }
                }
            }
        }
        if let Cow::Owned(all) = &mut all {
            all.sort_unstable();
        }
        all
    }

    fn judge(
        &self,
        input: &RuleInput<'_>,
        claim: &Claim,
        candidates: &[Candidate],
        evaluation: &mut Evaluation,
    ) {
        let snapshot = OnceCell::new();
        let tables = self.tables(input);
        let kinds = candidates.iter().map(|own| own.subject).chain(tables.iter().map(|own| own.subject));
        let subjects = Subjects::new(input, claim, &snapshot, kinds);
        let candidates = &*self.with_rows(candidates, &tables, &subjects, evaluation);
        let mut standings = Standings::default();
        for candidate in candidates {
            let Some((rule, ctx)) = self.at(candidate.rule).zip(subjects.get(*candidate)) else { continue };
            if !self.runs(rule, ctx) {
                continue;
            }
            // The rows of tables were found by their conditions.
            let held = if rule.info.table.is_empty() { holds(rule, ctx) } else { Ok(true) };
            match held {
                Ok(false) => {}
                Ok(true) => {
                    let values = read_values(rule, ctx);
                    let first = evaluation.findings.len();
                    push_outcomes(rule, ctx, values, &mut evaluation.findings);
                    if rule.categorizes() {
                        standings.enter(rule, *candidate, &evaluation.findings, first);
                    }
                }
                Err(fault) => evaluation.findings.push(failed(rule, ctx, &fault)),
            }
        }
        standings.take_out_lost(&mut evaluation.findings);
    }
}

/// True when every part of the condition holds.
pub(crate) fn holds<'a>(rule: &'a Rule, ctx: &Ctx<'a>) -> Result<bool, Fault> {
    for condition in &rule.parts {
        if !condition.test(ctx)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the condition reads, in reading order: it is evaluated again, so that nothing is recorded for rules that stay
/// silent.
pub(crate) fn read_values(rule: &Rule, ctx: &Ctx<'_>) -> Values {
    let reads = RefCell::new(Vec::with_capacity(rule.parts.len().max(4)));
    let _ = holds(rule, &ctx.recording(&reads));
    reads.into_inner()
}
