//! Past claims judged by the live rules and by changed ones, against what payers did.

mod clauses;
mod count;
mod report;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use claimflow_catalog::Generation;
use claimflow_core::{Rules, Text};
use claimflow_rules::RuleInfo;
use claimflow_runtime::Result;

pub use count::{Count, Verdict};
pub use report::{ChangeKind, ChangedOutcome, ClauseChange, Month, Question, Report, RuleReport};

pub(crate) use clauses::differences;

use crate::replay::{BEFORE_SUBMISSION, judge};
use crate::walk::{Pasts, walk};
use tally::{RuleTally, Tally, months};

/// Judges past claims by the live rules and by changed ones, and counts for each rule that differs (or was asked for)
/// what it would have done and what the payers did with those claims.
///
/// # Errors
/// When a claim's records cannot be read.
pub fn backtest(
    live: &Generation,
    changed: &Generation,
    pasts: &dyn Pasts,
    question: &Question,
) -> Result<Report> {
    let same = live.hash() == changed.hash();
    let tally: Tally = walk(pasts, |tally: &mut Tally, past| {
        let sides = |rules: &dyn Rules| {
            let last = judge(rules, past.last_look());
            // Where nobody changed the claim, it went out as it came in.
            let came = past.mended.as_ref().map(|_| judge(rules, &past.came));
            (last, came)
        };
        let before = sides(live);
        let after = if same { before.clone() } else { sides(changed) };
        tally.add(past, &before, &after, question.most_claims);
    })?;
    Ok(told(live, changed, tally, question))
}

fn told(live: &Generation, changed: &Generation, tally: Tally, question: &Question) -> Report {
    let Tally { all, months: all_months, newly_held, freed, rules, changed_claims, mut outcomes } = tally;
    outcomes.truncate(question.most_claims);
    Report {
        since: question.period.since,
        until: question.period.until,
        live: live.hash().clone(),
        changed: changed.hash().clone(),
        all,
        months: months(&all_months),
        newly_held,
        freed,
        rules: rule_reports(live, changed, &rules, &question.rules),
        changed_claims,
        outcomes,
    }
}

fn rule_reports(
    live: &Generation,
    changed: &Generation,
    tallies: &rustc_hash::FxHashMap<Text, RuleTally>,
    named: &[Text],
) -> Vec<RuleReport> {
    let before = replayed(live);
    let after = replayed(changed);
    let ids: BTreeSet<&Text> = before.keys().chain(after.keys()).copied().collect();
    let nothing = RuleTally::default();
    let mut reports: Vec<RuleReport> = ids
        .into_iter()
        .filter(|id| named.is_empty() || named.contains(*id))
        .filter_map(|id| {
            let tally = tallies.get(id).unwrap_or(&nothing);
            rule_report(before.get(id).copied(), after.get(id).copied(), tally)
        })
        .filter(|report| !named.is_empty() || report.change != ChangeKind::Same)
        .collect();
    reports.sort_by(|a, b| b.after.claims.cmp(&a.after.claims).then_with(|| a.rule.cmp(&b.rule)));
    reports
}

/// The rules of the stages that are replayed, by id.
fn replayed(generation: &Generation) -> BTreeMap<&Text, &RuleInfo> {
    let rules = generation.rules().all_rules();
    rules.filter(|rule| BEFORE_SUBMISSION.contains(&rule.stage)).map(|rule| (&rule.id, &**rule)).collect()
}

fn rule_report(before: Option<&RuleInfo>, after: Option<&RuleInfo>, tally: &RuleTally) -> Option<RuleReport> {
    let clauses = before.zip(after).map(|(before, after)| differences(before, after)).unwrap_or_default();
    let change = match (before, after) {
        (None, _) => ChangeKind::New,
        (_, None) => ChangeKind::Removed,
        _ if !clauses.is_empty() => ChangeKind::Changed,
        _ if tally.differs() => ChangeKind::Affected,
        _ => ChangeKind::Same,
    };
    let info = after.or(before)?;
    Some(RuleReport {
        rule: info.id.clone(),
        title: info.title.clone(),
        pack: info.pack.clone(),
        file: info.file.clone(),
        line: info.line,
        stage: info.stage,
        does: info.outcomes.clone(),
        level: tally.level,
        change,
        clauses,
        before: tally.before,
        after: tally.after,
        gained: tally.gained,
        lost: tally.lost,
        mended: tally.mended,
        errors: tally.errors,
        months: months(&tally.months),
    })
}
