//! Runs the rules of one stage on one claim.
//!
//! Fixes come first, in order, on a working copy that is made when the first fix changes something. The other rules are
//! judged on the claim after them. A rule that has both a fix and other outcomes runs with the fixes, and its other
//! outcomes stand when its fix changed something.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use claimflow_core::{Change, Claim, Evaluation, Finding, Level, RuleInput, Subject, Text, field};
use smallvec::SmallVec;

use crate::catalogue::Planned;
use crate::context::Ctx;
use crate::decisions::{self, Decision};
use crate::index::{Candidate, Candidates};
use crate::rule::{Outcome, Rule};
use crate::ruleset::RuleSet;
use crate::script::Snapshot;
use crate::value::{Fault, Value};

/// The category under which a rule that failed holds a claim.
pub const RULE_REVIEW: &str = "rule_review";

/// The name under which a finding's values tell that the practice, not the rule, set its level.
pub(crate) const ENFORCEMENT: &str = "enforcement";

/// Names and values.
pub(crate) type Values = Vec<(Text, Text)>;

/// The contexts of the subjects that candidates look at: for each kind that occurs, all of the claim's, in order.
struct Subjects<'a> {
    groups: [Vec<Ctx<'a>>; 5],
}

impl<'a> Subjects<'a> {
    fn new(
        input: &'a RuleInput<'a>,
        claim: &'a Claim,
        snapshot: &'a OnceCell<Snapshot>,
        kinds: impl Iterator<Item = Subject>,
    ) -> Self {
        let mut groups: [Vec<Ctx<'a>>; 5] = Default::default();
        for subject in kinds {
            // INVARIANT: there are five subjects.
            let group = &mut groups[subject as usize];
            if group.is_empty() {
                let first = u16::from(subject != Subject::Claim);
                let last = if first == 0 { 0 } else { u16::MAX };
                group.extend(
                    (first..=last).map_while(|index| Ctx::at(input, claim, snapshot, subject, index)),
                );
            }
        }
        Self { groups }
    }

    fn all(&self, subject: Subject) -> &[Ctx<'a>] {
        // INVARIANT: there are five subjects.
        &self.groups[subject as usize]
    }

    fn get(&self, candidate: Candidate) -> Option<&Ctx<'a>> {
        // INVARIANT: there are five subjects.
        self.groups[candidate.subject as usize].get(usize::from(candidate.index).saturating_sub(1))
    }
}

/// A `categorize` that stands for one adjustment or denial until a better one comes.
struct Standing {
    subject: Subject,
    index: u16,
    rank: Rank,
    /// Place of its finding.
    at: usize,
}

/// What makes one `categorize` win over another: priority, then layer, then specificity; the first of equals stands.
pub(crate) type Rank = (i64, crate::source::Layer, u8);

/// The rank of a candidate.
pub(crate) fn rank(rule: &Rule, candidate: Candidate) -> Rank {
    (rule.priority, rule.layer, candidate.specificity)
}

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

    /// The claim after the fixes.
    fn fix<'c>(
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
        let mut standing: SmallVec<[Standing; 4]> = SmallVec::new();
        let mut lost: SmallVec<[usize; 4]> = SmallVec::new();
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
                        let at = (first..evaluation.findings.len()).find(|at| {
                            evaluation.findings.get(*at).is_some_and(|own| own.level == Level::Categorize)
                        });
                        lost.extend(
                            at.and_then(|at| settle(&mut standing, *candidate, rank(rule, *candidate), at)),
                        );
                    }
                }
                Err(fault) => evaluation.findings.push(failed(rule, ctx, &fault)),
            }
        }
        let mut place = 0;
        evaluation.findings.retain(|_| {
            place += 1;
            !lost.contains(&(place - 1))
        });
    }
}

/// Lets the better of two categorizations stand; answers the place of the one that goes.
fn settle(
    standing: &mut SmallVec<[Standing; 4]>,
    candidate: Candidate,
    rank: Rank,
    at: usize,
) -> Option<usize> {
    let own =
        standing.iter_mut().find(|own| own.subject == candidate.subject && own.index == candidate.index);
    match own {
        Some(own) if rank > own.rank => {
            own.rank = rank;
            Some(std::mem::replace(&mut own.at, at))
        }
        Some(_) => Some(at),
        None => {
            standing.push(Standing { subject: candidate.subject, index: candidate.index, rank, at });
            None
        }
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

fn push_outcomes<'a>(rule: &'a Rule, ctx: &Ctx<'a>, values: Values, findings: &mut Vec<Finding>) {
    let enforced = rule.enforced(ctx.input.as_of);
    let mut left = Some(values);
    for (place, outcome) in rule.outcomes.iter().enumerate() {
        let last = place + 1 == rule.outcomes.len();
        let mut values = if last { left.take() } else { left.clone() }.unwrap_or_default();
        let asked = outcome.level();
        let level = enforced.map_or(asked, |own| own.enforcement.level(asked));
        if let Some(own) = enforced.filter(|_| level != asked) {
            values.push((Text::const_new(ENFORCEMENT), own.told(asked)));
        }
        findings.push(finding(rule, ctx, level, outcome, values));
    }
}

/// The sentence for people: the rule's `ask`, else its title.
pub(crate) fn message<'a>(rule: &'a Rule, ctx: &Ctx<'a>) -> Text {
    let asked = rule.ask.as_ref().and_then(|ask| match ask.eval(ctx).ok()? {
        Value::Owned(text) => Some(text),
        other => other.text().map(Text::from),
    });
    asked.unwrap_or_else(|| rule.title.clone())
}

pub(crate) fn finding<'a>(
    rule: &'a Rule,
    ctx: &Ctx<'a>,
    level: Level,
    outcome: &Outcome,
    values: Values,
) -> Finding {
    let owner = match outcome {
        Outcome::Assign(owner) => owner.clone(),
        _ => rule.owner.clone(),
    };
    let message = match outcome {
        Outcome::Note(text) if !text.is_empty() => text.clone(),
        _ => message(rule, ctx),
    };
    Finding {
        rule: rule.id.clone(),
        pack: rule.label.clone(),
        file: rule.file.clone(),
        source_line: rule.line,
        stage: rule.stage,
        level,
        subject: ctx.subject,
        index: ctx.index,
        category: outcome.category(),
        owner,
        message,
        because: rule.because.clone(),
        within: rule.within,
        values,
    }
}

/// The finding of a rule that could not be evaluated.
pub(crate) fn failed<'a>(rule: &'a Rule, ctx: &Ctx<'a>, fault: &Fault) -> Finding {
    let message = format!("rule `{}` ({}:{}) cannot be decided: {fault}", rule.id, rule.file, rule.line);
    Finding {
        category: Text::const_new(RULE_REVIEW),
        owner: Text::default(),
        message: Text::from(message),
        within: None,
        ..finding(rule, ctx, Level::Error, &Outcome::Note(Text::default()), read_values(rule, ctx))
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
