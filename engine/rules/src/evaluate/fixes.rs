//! The fixes: one after the other, each on the claim after those before it.

use std::borrow::Cow;
use std::cell::OnceCell;

use claimflow_core::{Change, Claim, Evaluation, Finding, Level, RuleInput, Text, field};

use super::findings::{failed, finding, push_outcomes};
use super::subjects::Subjects;
use super::{RULE_REVIEW, holds, read_values};
use crate::catalogue::Planned;
use crate::context::Ctx;
use crate::index::Candidate;
use crate::rule::{Outcome, Rule};
use crate::ruleset::RuleSet;
use crate::value::Fault;

impl RuleSet {
    /// The claim after the fixes.
    pub(super) fn fix<'c>(
        &self,
        input: &'c RuleInput<'c>,
        candidates: &[Candidate],
        evaluation: &mut Evaluation,
    ) -> Cow<'c, Claim> {
        let mut claim = Cow::Borrowed(input.claim);
        let mut left = candidates;
        while !left.is_empty() {
            let snapshot = OnceCell::new();
            let step = {
                let subjects = Subjects::new(input, &claim, &snapshot, left.iter().map(|own| own.subject));
                self.next_fix(&subjects, left, &mut evaluation.findings)
            };
            let Some((used, planned)) = step else { break };
            let (done, rest) = left.split_at(used);
            left = rest;
            if let Some(candidate) = done.last()
                && let Some(rule) = self.at(candidate.rule)
            {
                apply(rule, *candidate, planned, claim.to_mut(), evaluation);
            }
        }
        claim
    }

    /// The next rule that has something to change: how many candidates were used up, and its plans. Findings of the
    /// rule are pushed already, as they are judged on the claim before the change.
    fn next_fix(
        &self,
        subjects: &Subjects<'_>,
        candidates: &[Candidate],
        findings: &mut Vec<Finding>,
    ) -> Option<(usize, Vec<(String, String)>)> {
        for (place, candidate) in candidates.iter().enumerate() {
            let Some((rule, ctx)) = self.at(candidate.rule).zip(subjects.get(*candidate)) else { continue };
            match self.plans(rule, ctx) {
                Ok(plans) if plans.is_empty() => {}
                Ok(plans) => {
                    let values = read_values(rule, ctx);
                    let fix = Outcome::Note(Text::default());
                    findings.push(finding(rule, ctx, Level::Fix, &fix, values.clone()));
                    push_outcomes(rule, ctx, values, findings);
                    return Some((place + 1, plans));
                }
                Err(fault) => findings.push(failed(rule, ctx, &fault)),
            }
        }
        None
    }

    pub(crate) fn plans(&self, rule: &Rule, ctx: &Ctx<'_>) -> Result<Vec<(String, String)>, Fault> {
        if !self.runs(rule, ctx) || !holds(rule, ctx)? {
            return Ok(Vec::new());
        }
        let plans: Vec<Planned> = rule.fixes.iter().map(|fix| fix.plan(ctx)).collect::<Result<_, _>>()?;
        Ok(plans.into_iter().flatten().collect())
    }
}

/// Makes the planned changes. A change that the claim refuses turns the finding of the fix into an error.
fn apply(
    rule: &Rule,
    candidate: Candidate,
    plans: Vec<(String, String)>,
    claim: &mut Claim,
    evaluation: &mut Evaluation,
) {
    for (name, value) in plans {
        match field::set(claim, &name, &value) {
            Ok(change) => evaluation.changes.push(Change { rule: rule.id.clone(), ..change }),
            Err(error) => {
                let own = evaluation.findings.iter_mut().rev().find(|own| {
                    own.rule == rule.id && own.index == candidate.index && own.level == Level::Fix
                });
                if let Some(own) = own {
                    own.level = Level::Error;
                    own.category = Text::const_new(RULE_REVIEW);
                    own.message = Text::from(format!(
                        "rule `{}` ({}:{}) cannot fix: {error}",
                        rule.id, rule.file, rule.line
                    ));
                }
            }
        }
    }
}
