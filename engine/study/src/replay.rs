//! A claim judged again: the stages before submission, each on the claim as the one before has fixed it.

use std::borrow::Cow;

use claimflow_core::{Change, Claim, Finding, Level, RuleInput, Rules, Stage, Text, field};
use claimflow_runtime::Look;

/// The stages that a claim passes before it goes out.
pub(crate) const BEFORE_SUBMISSION: [Stage; 4] =
    [Stage::Eligibility, Stage::Authorization, Stage::Scrub, Stage::Submit];

/// What a set of rules says of a claim before it goes out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Judged {
    /// What fired.
    pub(crate) findings: Vec<Finding>,
    /// Corrections, in the order made.
    pub(crate) changes: Vec<Change>,
    /// What rules in shadow say: it counts as theirs, and nothing comes of it.
    pub(crate) shadow: Vec<Finding>,
}

/// Judges a claim at every stage before submission, held or not: what later stages say matters too, since the claim did
/// go out in the end.
pub(crate) fn judge(rules: &dyn Rules, look: &Look) -> Judged {
    let mut claim: Cow<'_, Claim> = Cow::Borrowed(&look.claim);
    let mut judged = Judged::default();
    for stage in BEFORE_SUBMISSION {
        let evaluation = rules.evaluate(&RuleInput {
            stage,
            claim: &claim,
            facts: &look.facts,
            as_of: look.as_of,
            submissions: 0,
            decision: None,
            adjustments: &[],
            denials: &[],
        });
        for change in &evaluation.changes {
            // The evaluation has made this change on this very claim, so it fits.
            let _fits = field::apply(claim.to_mut(), change);
        }
        judged.changes.extend(evaluation.changes);
        judged.findings.extend(evaluation.findings);
        judged.shadow.extend(evaluation.shadow);
    }
    judged
}

impl Judged {
    /// Rules that fired, in shadow or not, each with its firmest level, by id.
    pub(crate) fn hits(&self) -> Vec<(&Text, Level)> {
        let all = self.findings.iter().chain(&self.shadow);
        let mut hits: Vec<(&Text, Level)> = all.map(|finding| (&finding.rule, finding.level)).collect();
        hits.sort_unstable_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1)));
        hits.dedup_by(|later, first| later.0 == first.0);
        hits
    }

    /// Rules that hold the claim with their categories, by id.
    pub(crate) fn holding(&self) -> Vec<(&Text, &Text)> {
        let blocking = self.findings.iter().filter(|finding| finding.level.blocks());
        let mut holding: Vec<_> = blocking.map(|finding| (&finding.rule, &finding.category)).collect();
        holding.sort_unstable();
        holding.dedup();
        holding
    }

    /// True when the claim does not go on.
    pub(crate) fn is_held(&self) -> bool {
        self.findings.iter().any(|finding| finding.level.blocks())
    }

    /// What comes of the claim, in words: `held: RULE (category)`, or `goes out` with what was corrected.
    pub(crate) fn outcome(&self) -> String {
        let holding = self.holding();
        let mut text = if holding.is_empty() {
            "goes out".to_owned()
        } else {
            let each: Vec<String> = holding
                .iter()
                .map(|(rule, category)| format!("{rule} ({})", category.replace('_', " ")))
                .collect();
            format!("held: {}", each.join(", "))
        };
        let fixes: Vec<String> = self.changes.iter().map(shown).collect();
        if !fixes.is_empty() {
            text.push_str(&format!("; corrected: {}", fixes.join(", ")));
        }
        text
    }

    /// True when another judgement leads to the same: the same rules hold, and the same fields come out the same.
    pub(crate) fn same_outcome(&self, other: &Self) -> bool {
        let fixes = |own: &Self| {
            own.changes.iter().map(|change| (change.field.clone(), change.after.clone())).collect::<Vec<_>>()
        };
        self.holding() == other.holding() && fixes(self) == fixes(other)
    }
}

fn shown(change: &Change) -> String {
    let after =
        if field::is_private(&change.field) { field::mask(&change.after) } else { change.after.clone() };
    format!("{} = {}", change.field, if after.is_empty() { "(empty)" } else { after.as_str() })
}
