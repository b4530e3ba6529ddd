//! Runs one case and compares what happens with what its author expects.

use claimflow_core::{
    Claim, Denial, Evaluation, Finding, Level, POSTING, RouteQuery, RuleInput, Stage, Subject, Text, field,
};
use claimflow_rules::{Considered, PartsJudged, RULE_REVIEW, RuleSet, RuleTrace};

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
    let denials = if case.stage == Stage::Route { denials(case, bench) } else { Vec::new() };
    let input = input(case, case.stage, &denials);
    let traces = bench.rules.explain(&input);
    let evaluation = bench.rules.evaluate(&input);
    let fired = with(&traces, |considered| matches!(considered, Considered::Fired));
    let silent = silent(case, bench.rules, &traces, &fired);
    let parts = if bench.cover { bench.rules.judge_parts(&input) } else { Vec::new() };
    let mut judge = Judge {
        case,
        bench,
        evaluation: &evaluation,
        traces: &traces,
        denials: &denials,
        reasons: Vec::new(),
    };
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
    let denials = if case.stage == Stage::Route { denials(case, bench) } else { Vec::new() };
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
    let mut judge =
        Judge { case, bench, evaluation: &evaluation, traces: &[], denials: &denials, reasons: Vec::new() };
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

/// The denials that the stage before makes of the case's adjustments.
fn denials(case: &Case, bench: Bench<'_>) -> Vec<Denial> {
    let evaluation = bench.rules.evaluate(&input(case, Stage::Categorize, &[]));
    let denial = |(place, adjustment): (usize, &claimflow_core::PostedAdjustment)| {
        let finding = found(&evaluation.findings, Subject::Adjustment, place, Level::Categorize);
        let category = finding.map_or(Text::const_new(UNCATEGORIZED), |finding| finding.category.clone());
        (category != POSTING).then(|| Denial {
            line: adjustment.line,
            group: adjustment.group,
            carc: adjustment.reason.clone(),
            rarcs: adjustment.remarks.clone(),
            amount: adjustment.amount,
            category,
            owner: finding.map(|finding| finding.owner.clone()).unwrap_or_default(),
            rule: finding.map(|finding| finding.rule.clone()).unwrap_or_default(),
            action: finding.map(|finding| finding.message.clone()).unwrap_or_default(),
            denied_on: case.decision.as_ref().and_then(|decision| decision.date),
        })
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
    let denials = if case.stage == Stage::Route { denials(case, bench) } else { Vec::new() };
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
    let judge = Judge {
        case,
        bench,
        evaluation: &evaluation,
        traces: &traces,
        denials: &denials,
        reasons: Vec::new(),
    };
    let first = judge.first_problem();
    Said { fired, fixed, held, first, traces }
}

fn found(findings: &[Finding], subject: Subject, place: usize, level: Level) -> Option<&Finding> {
    findings.iter().find(|finding| {
        finding.level == level && finding.subject == subject && usize::from(finding.index) == place + 1
    })
}

struct Judge<'a> {
    case: &'a Case,
    bench: Bench<'a>,
    evaluation: &'a Evaluation,
    traces: &'a [RuleTrace],
    denials: &'a [Denial],
    reasons: Vec<String>,
}

impl Judge<'_> {
    /// A rule that fails is never what an author means, unless the case says so.
    fn errors(&mut self) {
        let meant =
            self.case.expect.held.as_ref().is_some_and(|held| held.iter().any(|word| word == RULE_REVIEW));
        if meant {
            return;
        }
        for finding in self.evaluation.findings.iter().filter(|finding| finding.level == Level::Error) {
            self.reasons.push(finding.message.to_string());
        }
    }

    fn fires(&mut self, fired: &[Text]) {
        for (rule, _) in &self.case.expect.fires {
            if !fired.contains(rule) {
                self.reasons.push(format!("`{rule}` should fire, and {}", self.why_silent(rule)));
            }
        }
        for (rule, _) in &self.case.expect.silent {
            if let Some(trace) =
                self.traces.iter().find(|own| own.rule == *rule && own.considered == Considered::Fired)
            {
                let values: Vec<String> =
                    trace.values.iter().map(|(name, value)| format!("{name} = {}", shown(value))).collect();
                let read = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
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

    fn fixed(&mut self) {
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

    fn held(&mut self) {
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

    fn routed(&mut self) {
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

    /// What the case would have to expect to hold.
    fn actual(&self, fired: &[Text]) -> Expect {
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
    fn first_problem(&self) -> (Text, Text) {
        let findings = &self.evaluation.findings;
        if let (Stage::Route, Some(denial)) = (self.case.stage, self.denials.first()) {
            let assigned = found(findings, Subject::Denial, 0, Level::Assign);
            let owner = assigned.map_or_else(|| denial.owner.clone(), |finding| finding.owner.clone());
            return (denial.category.clone(), self.owner(&denial.category, owner, Some(denial)));
        }
        if let (Stage::Categorize, Some(_)) = (self.case.stage, self.case.adjustments.first()) {
            let finding = found(findings, Subject::Adjustment, 0, Level::Categorize);
            let assigned = found(findings, Subject::Adjustment, 0, Level::Assign);
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
        let query = RouteQuery {
            category,
            payer: self.case.claim.payer.id.as_str(),
            group: denial
                .map(|denial| denial.group.as_str())
                .or_else(|| adjustment.map(|own| own.group.as_str()))
                .unwrap_or_default(),
            carc: denial
                .map(|denial| denial.carc.as_str())
                .or_else(|| adjustment.map(|own| own.reason.as_str()))
                .unwrap_or_default(),
            rarcs: denial
                .map(|denial| denial.rarcs.as_slice())
                .or_else(|| adjustment.map(|own| own.remarks.as_slice()))
                .unwrap_or_default(),
            stage,
            amount: denial
                .map(|denial| denial.amount)
                .or_else(|| adjustment.map(|own| own.amount))
                .unwrap_or(self.case.claim.charge),
        };
        self.bench.generation.routing().route(&query).owner
    }
}

pub(super) fn shown(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") }
}

/// Why a rule did not fire on one subject.
pub(super) fn why(trace: &RuleTrace) -> String {
    match &trace.considered {
        Considered::Fired => "it fires".to_owned(),
        Considered::Silent { decided_by } => {
            let values: Vec<String> =
                trace.values.iter().map(|(name, value)| format!("{name} = {}", shown(value))).collect();
            let read = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
            format!("this does not hold: {decided_by}{read}")
        }
        Considered::Superseded { by, because } => format!("`{by}` replaces it: {because}"),
        Considered::Disabled { by, because } => format!("the pack `{by}` disables it: {because}"),
        Considered::NotEffective { when } => format!("it is not in force on the service date: {when}"),
        Considered::Outranked { by } => format!("`{by}` comes before it"),
        Considered::Error { message } => format!("it cannot be decided: {message}"),
        Considered::OutOfScope { why } => format!("it is not for this claim: {why}"),
    }
}
