//! Runs one case and compares what happens with what its author expects.

mod compare;
mod problem;
mod why;

use claimflow_core::{Denial, Finding, Level, POSTING, RuleInput, Stage, Subject, Text, field};
use claimflow_rules::{Considered, PartsJudged, RuleSet, RuleTrace};

use self::compare::Judge;
pub(super) use self::why::{shown, why};
use super::{Case, Expect, road};
use crate::generation::Generation;

/// What adjustments are called that no rule knows.
const UNCATEGORIZED: &str = "uncategorized";

/// What a case is tried on.
#[derive(Clone, Copy)]
pub(super) struct Bench<'a> {
    pub(super) rules: &'a RuleSet,
    /// Where routing and workflows come from.
    pub(super) generation: &'a Generation,
    /// Whether to judge every part of every condition.
    pub(super) cover: bool,
    /// Whether to leave out what stays silent where a case holds.
    pub(super) quick: bool,
}

/// What came of a case.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) reasons: Vec<String>,
    /// Rules that fired, each once.
    pub(super) fired: Vec<Text>,
    /// Rules that looked at the claim and stayed silent, each once.
    pub(super) silent: Vec<Text>,
    /// The parts of conditions, when they are asked for.
    pub(super) parts: Vec<PartsJudged>,
    /// For each `expect` of the case that does not hold, what it should say instead.
    pub(super) actual: Vec<Option<Expect>>,
}

/// Tries one case.
pub(super) fn judge(case: &Case, bench: Bench<'_>) -> Outcome {
    if let Some(journey) = &case.journey {
        return road::travel(case, journey, bench);
    }
    if let Some(outcome) = bench.quick.then(|| pass(case, bench)).flatten() {
        return outcome;
    }
    let denials = denials(case, bench);
    let input = input(case, case.stage, &denials);
    let traces = bench.rules.explain(&input);
    let evaluation = bench.rules.evaluate(&input);
    let fired = with(&traces, |considered| matches!(considered, Considered::Fired));
    let silent = silent(case, bench.rules, &traces, &fired);
    let parts = if bench.cover { bench.rules.judge_parts(&input) } else { Vec::new() };
    let mut judge = Judge::new(case, bench, &evaluation, &traces, &denials);
    judge.errors();
    judge.fires(&fired);
    judge.fixed();
    judge.held();
    judge.routed();
    let actual = (!judge.reasons.is_empty()).then(|| judge.actual(&fired));
    let reasons = judge.reasons;
    Outcome { reasons, fired, silent, parts, actual: vec![actual] }
}

/// Tries one case without asking why rules stay silent, which costs much more than to run them; `None` when it does not
/// hold, so that somebody has to say why. The rules that stay silent are left out.
fn pass(case: &Case, bench: Bench<'_>) -> Option<Outcome> {
    let denials = denials(case, bench);
    let evaluation = bench.rules.evaluate(&input(case, case.stage, &denials));
    let mut fired: Vec<Text> = Vec::new();
    for finding in evaluation.findings.iter().filter(|finding| finding.level != Level::Error) {
        if !fired.contains(&finding.rule) {
            fired.push(finding.rule.clone());
        }
    }
    let expect = &case.expect;
    let as_named = expect.fires.iter().all(|(rule, _)| fired.contains(rule))
        && !expect.silent.iter().any(|(rule, _)| fired.contains(rule));
    if !as_named {
        return None;
    }
    let mut judge = Judge::new(case, bench, &evaluation, &[], &denials);
    judge.errors();
    judge.fixed();
    judge.held();
    judge.routed();
    let reasons = judge.reasons;
    reasons.is_empty().then(|| Outcome { fired, actual: vec![None], ..Outcome::default() })
}

fn input<'a>(case: &'a Case, stage: Stage, denials: &'a [Denial]) -> RuleInput<'a> {
    RuleInput {
        stage,
        claim: &case.claim,
        facts: &case.facts,
        as_of: case.as_of,
        submissions: case.submissions,
        decision: case.decision.as_ref(),
        adjustments: &case.adjustments,
        denials,
    }
}

pub(super) fn with(traces: &[RuleTrace], wanted: impl Fn(&Considered) -> bool) -> Vec<Text> {
    let mut rules: Vec<Text> = Vec::new();
    for trace in traces.iter().filter(|trace| wanted(&trace.considered)) {
        if !rules.contains(&trace.rule) {
            rules.push(trace.rule.clone());
        }
    }
    rules
}

/// The rules that the case shows staying silent: those that looked and did not fire, those that the case's code or payer
/// leaves out by their own scope, the other rows of decision tables that looked, and those that the author names.
fn silent(case: &Case, rules: &RuleSet, traces: &[RuleTrace], fired: &[Text]) -> Vec<Text> {
    let looked = with(traces, |considered| {
        !matches!(considered, Considered::Fired | Considered::Outranked { .. } | Considered::Error { .. })
    });
    let payer = &case.claim.payer.id;
    let tables: Vec<&Text> = traces
        .iter()
        .filter_map(|trace| rules.rule(&trace.rule))
        .map(|rule| &rule.table)
        .filter(|table| !table.is_empty())
        .collect();
    let left_out = rules.rules().iter().filter(|rule| {
        // Of a decision table that looked, `explain` shows the row that decided, not those that it passed over.
        rule.stage == case.stage
            && (!rule.codes.is_empty() || tables.contains(&&rule.table))
            && (rule.payers.is_empty() || rule.payers.iter().any(|own| own == payer.as_str()))
            && !traces.iter().any(|trace| trace.rule == rule.id)
    });
    let named = case.expect.silent.iter().map(|(rule, _)| rule.clone());
    let mut silent: Vec<Text> =
        looked.into_iter().chain(left_out.map(|rule| rule.id.clone())).chain(named).collect();
    silent.sort_unstable();
    silent.dedup();
    silent.retain(|rule| !fired.contains(rule));
    silent
}

/// The denials that the stage before makes of the case's adjustments; none where rules do not see them yet.
fn denials(case: &Case, bench: Bench<'_>) -> Vec<Denial> {
    if case.stage != Stage::Route {
        return Vec::new();
    }
    let evaluation = bench.rules.evaluate(&input(case, Stage::Categorize, &[]));
    let denial = |(place, adjustment): (usize, &claimflow_core::PostedAdjustment)| {
        let finding = Finding::find(&evaluation.findings, Subject::Adjustment, place, Level::Categorize);
        let category = finding.map_or(Text::const_new(UNCATEGORIZED), |finding| finding.category.clone());
        let denied_on = case.decision.as_ref().and_then(|decision| decision.date);
        (category != POSTING).then(|| Denial::of(adjustment, finding, category, denied_on))
    };
    case.adjustments.iter().enumerate().filter_map(denial).collect()
}

/// What the rules do with a case: what it would have to expect.
pub(super) struct Said {
    /// Rules that fired, each once.
    pub(super) fired: Vec<Text>,
    /// Fields that rules set, with what they are then.
    pub(super) fixed: Vec<(Text, Text)>,
    /// Categories that hold it, in order.
    pub(super) held: Vec<Text>,
    /// Category and owner of the first problem; empty without one.
    pub(super) first: (Text, Text),
    /// Every rule that looked.
    pub(super) traces: Vec<RuleTrace>,
}

/// Has the rules say what they do with a case, whatever it expects.
pub(super) fn said(case: &Case, bench: Bench<'_>) -> Said {
    let denials = denials(case, bench);
    let input = input(case, case.stage, &denials);
    let traces = bench.rules.explain(&input);
    let evaluation = bench.rules.evaluate(&input);
    let fired = with(&traces, |considered| matches!(considered, Considered::Fired));
    let mut claim = case.claim.clone();
    let mut fixed: Vec<(Text, Text)> = Vec::new();
    for change in evaluation.changes.iter().filter(|change| field::apply(&mut claim, change).is_ok()) {
        fixed.retain(|(name, _)| *name != change.field);
        fixed.push((change.field.clone(), Text::default()));
    }
    for (name, value) in &mut fixed {
        *value = field::get(&claim, name).unwrap_or_default();
    }
    let mut held: Vec<Text> = Vec::new();
    for finding in evaluation.findings.iter().filter(|finding| finding.level.blocks()) {
        if !held.contains(&finding.category) {
            held.push(finding.category.clone());
        }
    }
    let judge = Judge::new(case, bench, &evaluation, &traces, &denials);
    let first = judge.first_problem();
    Said { fired, fixed, held, first, traces }
}
