//! The first problem of a claim and whose it is, and what a case would have to expect.

use claimflow_core::{Denial, Finding, Level, RouteQuery, Stage, Subject, Text, field};

use super::UNCATEGORIZED;
use super::compare::Judge;
use crate::cases::Expect;

impl Judge<'_> {
    /// What the case would have to expect to hold.
    pub(super) fn actual(&self, fired: &[Text]) -> Expect {
        let mut expect = self.case.expect.clone();
        expect.go_by(fired);
        let mut claim = self.case.claim.clone();
        for change in &self.evaluation.changes {
            // What does not fit is told by `fixed`.
            let _told = field::apply(&mut claim, change);
        }
        for (name, value) in &mut expect.fixed {
            *value = field::get(&claim, name).unwrap_or_default();
        }
        if let Some(held) = &mut expect.held {
            let blocking = self.evaluation.findings.iter().filter(|finding| finding.level.blocks());
            *held = blocking.map(|finding| finding.category.clone()).collect();
            held.sort_unstable();
            held.dedup();
        }
        let (category, owner) = self.first_problem();
        expect.category = expect.category.map(|_| category);
        expect.owner = expect.owner.map(|_| owner);
        expect
    }

    /// Category and owner of the first problem: of the first adjustment or denial at the stages after the payer's
    /// decision, else of the first finding that holds the claim.
    pub(super) fn first_problem(&self) -> (Text, Text) {
        let findings = &self.evaluation.findings;
        if let (Stage::Route, Some(denial)) = (self.case.stage, self.denials.first()) {
            let assigned = Finding::find(findings, Subject::Denial, 0, Level::Assign);
            let owner = assigned.map_or_else(|| denial.owner.clone(), |finding| finding.owner.clone());
            return (denial.category.clone(), self.owner(&denial.category, owner, Some(denial)));
        }
        if let (Stage::Categorize, Some(_)) = (self.case.stage, self.case.adjustments.first()) {
            let finding = Finding::find(findings, Subject::Adjustment, 0, Level::Categorize);
            let assigned = Finding::find(findings, Subject::Adjustment, 0, Level::Assign);
            let category = finding.map_or(Text::const_new(UNCATEGORIZED), |finding| finding.category.clone());
            let owner = assigned.or(finding).map(|finding| finding.owner.clone()).unwrap_or_default();
            let owner = self.owner(&category, owner, None);
            return (category, owner);
        }
        let first = findings.iter().find(|finding| finding.level.blocks());
        match first.or_else(|| findings.iter().find(|finding| !finding.category.is_empty())) {
            Some(finding) => {
                (finding.category.clone(), self.owner(&finding.category, finding.owner.clone(), None))
            }
            None => (Text::default(), Text::default()),
        }
    }

    /// The owner that a rule names, else the one that routing gives.
    fn owner(&self, category: &str, named: Text, denial: Option<&Denial>) -> Text {
        if !named.is_empty() {
            return named;
        }
        let adjustment = self.case.adjustments.first().filter(|_| self.case.stage >= Stage::Categorize);
        let stage = if self.case.stage >= Stage::Categorize { Stage::Categorize } else { self.case.stage };
        let (group, carc, rarcs, amount) = match (denial, adjustment) {
            (Some(own), _) => (own.group.as_str(), own.carc.as_str(), own.rarcs.as_slice(), own.amount),
            (None, Some(own)) => {
                (own.group.as_str(), own.reason.as_str(), own.remarks.as_slice(), own.amount)
            }
            (None, None) => ("", "", &[][..], self.case.claim.charge),
        };
        let query = RouteQuery {
            category,
            payer: self.case.claim.payer.id.as_str(),
            group,
            carc,
            rarcs,
            stage,
            amount,
        };
        self.bench.generation.routing().route(&query).owner
    }
}
