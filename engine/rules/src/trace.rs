//! Tells of every rule that was considered why it fired or stayed silent, by evaluating again with recording on.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use claimflow_core::{Change, Claim, Evaluation, Level, RuleInput, Stage, Subject, Text, field};
use serde::Serialize;

use crate::context::Ctx;
use crate::decisions::candidate;
use crate::evaluate::Values;
use crate::index::Candidate;
use crate::rule::Rule;
use crate::ruleset::RuleSet;
use crate::source::Layer;
use crate::value::Fault;

/// What became of one rule on one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Considered {
    /// It fired.
    Fired,
    /// A part of its condition did not hold, or its fix had nothing to change.
    Silent {
        /// The part that decided.
        decided_by: Text,
    },
    /// Another rule replaces it for this claim.
    Superseded {
        /// That rule.
        by: Text,
        /// The reason given.
        because: Text,
    },
    /// A later layer disabled it for this claim.
    Disabled {
        /// That pack.
        by: Text,
        /// The reason given.
        because: Text,
    },
    /// It is not in force on the service date.
    NotEffective {
        /// When it is.
        when: Text,
    },
    /// It would give a category, and another rule's categorization comes before.
    Outranked {
        /// That rule.
        by: Text,
    },
    /// It could not be decided: the claim is held for review.
    Error {
        /// Why.
        message: Text,
    },
    /// It is for other claims: another stage, payer or code.
    OutOfScope {
        /// For which.
        why: Text,
    },
}

/// One rule on one subject of one claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleTrace {
    /// Rule id.
    pub rule: Text,
    /// Title.
    pub title: Text,
    /// Pack and version.
    pub pack: Text,
    /// File within the practice folder.
    pub file: Text,
    /// Line of the file, from 1.
    pub line: u32,
    /// Stage.
    pub stage: Stage,
    /// What it looked at.
    pub subject: Subject,
    /// Which one, from 1; 0 for the claim.
    pub index: u16,
    /// What became of it.
    pub considered: Considered,
    /// Names and values that it read, in reading order, up to what decided; private ones masked.
    pub values: Vec<(Text, Text)>,
    /// What it does when it fires, as `hold documentation`.
    pub outcome: Text,
    /// What it changed; for a rule in shadow, what it would have.
    pub changes: Vec<Change>,
    /// The layer of its pack.
    pub layer: Layer,
    /// True for a rule in shadow: it never acts.
    pub shadow: bool,
    /// How firmly the practice wants it to stand, and why, where that is not what its author wrote; or empty.
    pub enforced: Text,
}

impl RuleSet {
    /// Every rule that was considered at the input's stage, in the order in which they run. It tells what
    /// [`evaluate`](Self::evaluate) on the same input did.
    pub fn explain(&self, input: &RuleInput<'_>) -> Vec<RuleTrace> {
        let (fixing, judging) = self.candidates(input);
        let (mut traces, claim) = self.explain_fixes(input, &fixing);
        let mut judged: Vec<(Candidate, Option<Fault>)> =
            judging.iter().map(|candidate| (*candidate, None)).collect();
        self.add_rows(input, &claim, &mut judged);
        judged.sort_by_key(|(candidate, _)| *candidate);
        for (candidate, fault) in judged {
            let Some(mut trace) = self.trace(input, &claim, candidate).0 else { continue };
            if let Some(fault) = fault {
                trace.considered = error(&fault);
            }
            traces.push(trace);
        }
        self.mark_outranked(input, &mut traces);
        if let Some(shadow) = &self.shadow {
            let own = shadow.explain(&RuleInput { claim: &claim, ..*input });
            traces.extend(own.into_iter().map(|trace| RuleTrace { shadow: true, ..trace }));
        }
        traces
    }

    /// What the rules that fix did, and the claim after them.
    fn explain_fixes<'c>(
        &self,
        input: &RuleInput<'c>,
        fixing: &[Candidate],
    ) -> (Vec<RuleTrace>, Cow<'c, Claim>) {
        let mut traces = Vec::with_capacity(fixing.len());
        let mut claim = Cow::Borrowed(input.claim);
        for candidate in fixing {
            let (trace, plans) = self.trace(input, &claim, *candidate);
            let Some(mut trace) = trace else { continue };
            for (name, value) in plans {
                match field::set(claim.to_mut(), &name, &value) {
                    Ok(change) => trace.changes.push(Change { rule: trace.rule.clone(), ..change }),
                    Err(error) => {
                        trace.considered = Considered::Error { message: Text::from(error.to_string()) }
                    }
                }
            }
            traces.push(trace);
        }
        (traces, claim)
    }

    /// One row of a decision table on each subject, whether or not it decides there.
    fn explain_row(&self, rule: &Rule, input: &RuleInput<'_>, deciding: &[RuleTrace]) -> Vec<RuleTrace> {
        let place = self.rules.iter().position(|own| own.id == rule.id).unwrap_or_default();
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let (fixing, _) = self.candidates(input);
        let claim = self.explain_fixes(input, &fixing).1;
        let payer = input.claim.payer.id.as_str();
        let mut traces = Vec::new();
        if rule.payers.is_empty() || rule.payers.iter().any(|own| own == payer) {
            let first = u16::from(rule.subject != Subject::Claim);
            for index in first..=if first == 0 { 0 } else { u16::MAX } {
                let candidate = Candidate { rule: place, subject: rule.subject, index, specificity: 0 };
                let Some(mut trace) = self.trace(input, &claim, candidate).0 else { break };
                let own = |other: &&RuleTrace| other.subject == trace.subject && other.index == trace.index;
                if let Some(known) = deciding.iter().filter(own).find(|other| other.rule == rule.id) {
                    trace = known.clone();
                } else if trace.considered == Considered::Fired {
                    let same = |other: &&RuleTrace| {
                        self.find(&other.rule).is_some_and(|own| own.table == rule.table)
                    };
                    let winner = deciding.iter().filter(own).find(same);
                    let by = winner.map_or_else(|| rule.table.clone(), |winner| winner.rule.clone());
                    trace.considered = Considered::Outranked { by };
                }
                traces.push(trace);
            }
        }
        if traces.is_empty() {
            let why = Text::from(out_of_scope(rule, input.claim));
            traces.push(blank(rule, rule.subject, 0, Considered::OutOfScope { why }));
        }
        traces
    }

    /// What became of one rule: on each subject that it looked at, or why it does not look at this claim. Empty when
    /// there is no such rule. The id of a decision table stands for those of its rows that decide or come nearest.
    pub fn explain_rule(&self, id: &str, input: &RuleInput<'_>) -> Vec<RuleTrace> {
        if let Some(table) = self.decisions.iter().find(|own| own.id == id) {
            let mut traces = self.explain(&RuleInput { stage: table.stage, ..*input });
            traces.retain(|trace| self.find(&trace.rule).is_some_and(|rule| rule.table == id));
            return traces;
        }
        let Some(rule) = self.find(id) else {
            let shadow = self.shadow.as_ref().map(|shadow| shadow.explain_rule(id, input));
            let own = shadow.into_iter().flatten();
            return own.map(|trace| RuleTrace { shadow: true, ..trace }).collect();
        };
        let input = RuleInput { stage: rule.stage, ..*input };
        let mut traces = self.explain(&input);
        if !rule.table.is_empty() {
            return self.explain_row(rule, &input, &traces);
        }
        traces.retain(|trace| trace.rule == id);
        if traces.is_empty() {
            let why = Text::from(out_of_scope(rule, input.claim));
            traces.push(blank(rule, rule.subject, 0, Considered::OutOfScope { why }));
        }
        traces
    }

    /// The rows of decision tables that decide about each subject, else the one that comes nearest.
    fn add_rows(&self, input: &RuleInput<'_>, claim: &Claim, judged: &mut Vec<(Candidate, Option<Fault>)>) {
        for table in self.tables(input) {
            let first = u16::from(table.subject != Subject::Claim);
            for index in first..=if first == 0 { 0 } else { u16::MAX } {
                let snapshot = OnceCell::new();
                let Some(ctx) = Ctx::at(input, claim, &snapshot, table.subject, index) else { break };
                let (places, fault) = table.shown(self, &ctx);
                let rows = places.iter().map(|place| (candidate(self, *place, &ctx), fault.clone()));
                judged.extend(rows);
            }
        }
    }

    fn trace(
        &self,
        input: &RuleInput<'_>,
        claim: &Claim,
        candidate: Candidate,
    ) -> (Option<RuleTrace>, Vec<(String, String)>) {
        let snapshot = OnceCell::new();
        let ctx = Ctx::at(input, claim, &snapshot, candidate.subject, candidate.index);
        let Some((rule, ctx)) = self.at(candidate.rule).zip(ctx) else { return (None, Vec::new()) };
        let (considered, values) = match self.passed_over(rule, &ctx) {
            Some(considered) => (considered, Vec::new()),
            None => decide(rule, &ctx),
        };
        let mut trace = blank(rule, candidate.subject, candidate.index, considered);
        trace.values = values;
        if let Some(own) = rule.enforced(input.as_of) {
            trace.enforced =
                Text::from(format!("{} ({}: {})", own.enforcement.as_str(), own.place, own.because));
        }
        if trace.considered != Considered::Fired || rule.fixes.is_empty() {
            return (Some(trace), Vec::new());
        }
        match self.plans(rule, &ctx) {
            Ok(plans) if plans.is_empty() => {
                trace.considered = Considered::Silent { decided_by: Text::const_new("nothing to change") };
                (Some(trace), plans)
            }
            Ok(plans) => (Some(trace), plans),
            Err(fault) => {
                trace.considered = error(&fault);
                (Some(trace), Vec::new())
            }
        }
    }

    /// Why the rule does not run for this subject, when it does not.
    fn passed_over(&self, rule: &Rule, ctx: &Ctx<'_>) -> Option<Considered> {
        let date = ctx.rule_date();
        if !rule.in_force(date) {
            return Some(Considered::NotEffective { when: Text::from(span(rule)) });
        }
        rule.suppression(ctx.claim.payer.id.as_str(), date, ctx.input.as_of).map(|own| {
            let (by, because) = (own.by.clone(), own.because.clone());
            if own.replaced {
                Considered::Superseded { by, because }
            } else {
                Considered::Disabled { by, because }
            }
        })
    }

    /// Rules that categorize and fired, but whose category another rule's took the place of.
    fn mark_outranked(&self, input: &RuleInput<'_>, traces: &mut [RuleTrace]) {
        let fired = |trace: &RuleTrace| {
            trace.considered == Considered::Fired && self.find(&trace.rule).is_some_and(Rule::categorizes)
        };
        if !traces.iter().any(fired) {
            return;
        }
        let Evaluation { findings, .. } = self.evaluate(input);
        for trace in traces.iter_mut().filter(|trace| fired(trace)) {
            let winner = findings.iter().find(|own| {
                own.level == Level::Categorize && own.subject == trace.subject && own.index == trace.index
            });
            if let Some(winner) = winner.filter(|winner| winner.rule != trace.rule) {
                trace.considered = Considered::Outranked { by: winner.rule.clone() };
            }
        }
    }
}

fn error(fault: &Fault) -> Considered {
    Considered::Error { message: Text::from(fault.to_string()) }
}

fn blank(rule: &Rule, subject: Subject, index: u16, considered: Considered) -> RuleTrace {
    RuleTrace {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        pack: rule.label.clone(),
        file: rule.file.clone(),
        line: rule.line,
        stage: rule.stage,
        subject,
        index,
        considered,
        values: Vec::new(),
        outcome: Text::from(rule.outcomes_text()),
        changes: Vec::new(),
        layer: rule.layer,
        shadow: false,
        enforced: Text::default(),
    }
}

/// Evaluates the condition part by part, recording what it reads.
fn decide(rule: &Rule, ctx: &Ctx<'_>) -> (Considered, Values) {
    let reads = RefCell::new(Vec::new());
    let considered = {
        let recording = ctx.recording(&reads);
        let mut outcome = Considered::Fired;
        for (place, condition) in rule.parts.iter().enumerate() {
            match condition.test(&recording) {
                Ok(true) => continue,
                Ok(false) => {
                    let decided_by = rule.conditions.get(place).cloned().unwrap_or_default();
                    outcome = Considered::Silent { decided_by };
                }
                Err(fault) => outcome = error(&fault),
            }
            break;
        }
        outcome
    };
    (considered, reads.into_inner())
}

fn span(rule: &Rule) -> String {
    match (rule.effective, rule.expires) {
        (Some(from), Some(to)) => format!("from {from} to {to}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("to {to}"),
        (None, None) => "always".to_owned(),
    }
}

fn out_of_scope(rule: &Rule, claim: &Claim) -> String {
    let payer = &claim.payer.id;
    if !rule.payers.is_empty() && !rule.payers.iter().any(|own| own == payer.as_str()) {
        return format!("it is for payer {}, the claim's is {payer}", rule.payers.join(", "));
    }
    let subject = rule.subject.as_str();
    if rule.codes.is_empty() {
        return format!("there is no {subject} to look at");
    }
    format!("it is for a {subject} with {}", rule.codes.join(", "))
}
