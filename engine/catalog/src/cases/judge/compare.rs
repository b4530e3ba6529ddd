//! Compares what rules said with what a case expects.

use claimflow_core::{Claim, Denial, Evaluation, Finding, Level, Text, field};
use claimflow_rules::{Considered, RULE_REVIEW, RuleTrace};

use super::why::{read, shown, why};
use super::{Bench, input};
use crate::cases::Case;

/// A case, and what the rules said of it.
pub(super) struct Judge<'a> {
    pub(super) case: &'a Case,
    pub(super) bench: Bench<'a>,
    pub(super) evaluation: &'a Evaluation,
    pub(super) traces: &'a [RuleTrace],
    pub(super) denials: &'a [Denial],
    pub(super) reasons: Vec<String>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        case: &'a Case,
        bench: Bench<'a>,
        evaluation: &'a Evaluation,
        traces: &'a [RuleTrace],
        denials: &'a [Denial],
    ) -> Self {
        Self { case, bench, evaluation, traces, denials, reasons: Vec::new() }
    }
}

impl Judge<'_> {
    /// A rule that fails is never what an author means, unless the case says so.
    pub(super) fn errors(&mut self) {
        let meant =
            self.case.expect.held.as_ref().is_some_and(|held| held.iter().any(|word| word == RULE_REVIEW));
        if meant {
            return;
        }
        for finding in self.evaluation.findings.iter().filter(|finding| finding.level == Level::Error) {
            self.reasons.push(finding.message.to_string());
        }
    }

    pub(super) fn fires(&mut self, fired: &[Text]) {
        for (rule, _) in &self.case.expect.fires {
            if !fired.contains(rule) {
                self.reasons.push(format!("`{rule}` should fire, and {}", self.why_silent(rule)));
            }
        }
        for (rule, _) in &self.case.expect.silent {
            if let Some(trace) =
                self.traces.iter().find(|own| own.rule == *rule && own.considered == Considered::Fired)
            {
                let read = read(trace).map(|values| format!(": {values}")).unwrap_or_default();
                self.reasons.push(format!("`{rule}` should stay silent, and fires{read}"));
            }
        }
    }

    fn why_silent(&self, rule: &str) -> String {
        let traces: Vec<&RuleTrace> = self.traces.iter().filter(|trace| trace.rule == rule).collect();
        if traces.is_empty() {
            let input = input(self.case, self.case.stage, self.denials);
            let traces = self.bench.rules.explain_rule(rule, &input);
            return match traces.first() {
                None => "it is in none of the packs that this one builds on".to_owned(),
                Some(trace) if trace.stage != self.case.stage => {
                    format!(
                        "it runs at stage `{}`, not at `{}`",
                        trace.stage.as_str(),
                        self.case.stage.as_str()
                    )
                }
                Some(trace) => why(trace),
            };
        }
        let mut whys: Vec<String> = traces.into_iter().map(why).collect();
        whys.dedup();
        whys.join("; ")
    }

    pub(super) fn fixed(&mut self) {
        let mut claim: Claim = self.case.claim.clone();
        for change in &self.evaluation.changes {
            if let Err(error) = field::apply(&mut claim, change) {
                self.reasons.push(format!("`{}` sets what does not fit: {error}", change.rule));
            }
        }
        for (name, expected) in &self.case.expect.fixed {
            let found = field::get(&claim, name).unwrap_or_else(|error| Text::from(error.to_string()));
            if found != *expected {
                self.reasons.push(format!(
                    "`{name}` should be set to {}, and is {}",
                    shown(expected),
                    shown(&found)
                ));
            } else if !self.evaluation.changes.iter().any(|change| change.field == *name) {
                self.reasons
                    .push(format!("`{name}` should be set to {}, and no rule sets it", shown(expected)));
            }
        }
    }

    pub(super) fn held(&mut self) {
        let Some(expected) = &self.case.expect.held else { return };
        let mut held: Vec<&Finding> = Vec::new();
        for finding in self.evaluation.findings.iter().filter(|finding| finding.level.blocks()) {
            if !held.iter().any(|own| own.category == finding.category) {
                held.push(finding);
            }
        }
        for finding in held.iter().filter(|finding| !expected.contains(&finding.category)) {
            let message =
                format!("nothing should hold it for `{}`, and `{}` does", finding.category, finding.rule);
            self.reasons.push(message);
        }
        for category in expected.iter().filter(|word| !held.iter().any(|own| own.category == **word)) {
            self.reasons.push(format!("it should be held for `{category}`, and is not"));
        }
    }

    pub(super) fn routed(&mut self) {
        let (category, owner) = self.first_problem();
        if let Some(expected) = &self.case.expect.category
            && category != *expected
        {
            self.reasons.push(format!("the category should be `{expected}`, and is {}", shown(&category)));
        }
        if let Some(expected) = &self.case.expect.owner
            && owner != *expected
        {
            self.reasons.push(format!("the owner should be `{expected}`, and is {}", shown(&owner)));
        }
    }
}
