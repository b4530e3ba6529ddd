//! Rules that have outlived their use: that never fire, that people always override, or that only stop what is paid.

use std::collections::BTreeMap;

use claimflow_catalog::Generation;
use claimflow_core::{Level, Stage, Subject, Text};
use claimflow_rules::RuleInfo;
use claimflow_runtime::{Answer, Past, Result};
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::backtest::Count;
use crate::replay::{BEFORE_SUBMISSION, judge};
use crate::walk::{self, Pasts, walk};

/// What is the matter with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// Every claim that it held and that went on was released in spite of it.
    AlwaysReleased,
    /// It holds or warns, and every claim on which the payer decided was paid without a denial.
    OnlyFalseAlarms,
    /// It did not fire in the period, and does not when the claims are judged again.
    NeverFired,
    /// It did not fire, and hardly a claim of the period is for its payers and codes.
    FewClaims,
}

/// A rule that has outlived its use, with what tells so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decayed {
    /// Id.
    pub rule: Text,
    /// Title.
    pub title: Text,
    /// Pack.
    pub pack: Text,
    /// File within the practice folder.
    pub file: Text,
    /// Line, from 1.
    pub line: u32,
    /// Stage.
    pub stage: Stage,
    /// What is the matter.
    pub decay: Decay,
    /// Claims for its payers and codes; for a rule about denials, those that were denied at first.
    pub claims: u64,
    /// Claims on which it fired, as recorded.
    pub fired: Count,
    /// Of these, those that it held.
    pub held: u64,
    /// Of these, those that a person released.
    pub released: u64,
    /// Reasons given, the most frequent first, at most three.
    pub reasons: Vec<Text>,
}

/// Claims that a rule must have held, or that must be decided, before its record says something.
pub const ENOUGH: u64 = 3;

/// Claims for its payers and codes on which a rule must have been silent before that says something.
pub const TRIED: u64 = 30;

/// What a history says of one rule.
#[derive(Default)]
struct OfRule {
    fired: Count,
    held: u64,
    released: u64,
    reasons: BTreeMap<Text, u64>,
    replayed: u64,
}

#[derive(PartialEq, Eq, Hash)]
struct Kind {
    payer: Text,
    codes: Vec<Text>,
    denied: bool,
}

#[derive(Default)]
struct Tally {
    rules: FxHashMap<Text, OfRule>,
    /// Claims by payer, procedure codes in order, and whether they were denied: what tells whether a rule could apply.
    kinds: FxHashMap<Kind, u64>,
    claims: u64,
}

impl walk::Tally for Tally {
    fn join(&mut self, later: Self) {
        for (rule, other) in later.rules {
            let own = self.rules.entry(rule).or_default();
            own.fired.join(&other.fired);
            own.held += other.held;
            own.released += other.released;
            own.replayed += other.replayed;
            for (reason, number) in other.reasons {
                *own.reasons.entry(reason).or_default() += number;
            }
        }
        for (kind, number) in later.kinds {
            *self.kinds.entry(kind).or_default() += number;
        }
        self.claims += later.claims;
    }
}

/// What was found, and in how many claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecayReport {
    /// Claims of the period.
    pub claims: u64,
    /// Rules that were looked at.
    pub rules: u64,
    /// Rules that have outlived their use, the worst first.
    pub decayed: Vec<Decayed>,
}

/// Looks through a history for rules of a generation that have outlived their use. What fired is taken from the records;
/// a rule that never did is also tried on the claims again, since it may be newer than they are.
///
/// # Errors
/// When a claim's records cannot be read.
pub fn decay(live: &Generation, pasts: &dyn Pasts) -> Result<DecayReport> {
    let tally: Tally = walk(pasts, |tally: &mut Tally, past| tally.add(live, past))?;
    let nothing = OfRule::default();
    let rules = live.rules().rules();
    let mut decayed: Vec<Decayed> = rules
        .iter()
        .filter_map(|rule| told(rule, tally.rules.get(&rule.id).unwrap_or(&nothing), &tally))
        .collect();
    decayed.sort_by(|a, b| {
        let key = |own: &Decayed| (own.decay, std::cmp::Reverse(own.fired.claims));
        key(a).cmp(&key(b)).then_with(|| a.rule.cmp(&b.rule))
    });
    Ok(DecayReport { claims: tally.claims, rules: rules.len() as u64, decayed })
}

impl Tally {
    fn add(&mut self, live: &Generation, past: &Past) {
        self.claims += 1;
        let claim = &past.last_look().claim;
        let mut codes: Vec<Text> =
            claim.lines.iter().map(|line| Text::from(line.procedure.as_str())).collect();
        codes.sort_unstable();
        codes.dedup();
        let denied = matches!(past.answer, Answer::Denied { .. });
        let kind = Kind { payer: Text::from(claim.payer.id.as_str()), codes, denied };
        *self.kinds.entry(kind).or_default() += 1;
        let mut known: Vec<&Text> = Vec::new();
        for fired in &past.fired {
            let own = self.rules.entry(fired.rule.clone()).or_default();
            if !known.contains(&&fired.rule) {
                known.push(&fired.rule);
                own.fired.add(past);
            }
            // A predicted denial cannot be released; a rule that failed is another matter.
            if fired.level == Level::Hold {
                own.held += 1;
                if let Some(reason) = &fired.released {
                    own.released += 1;
                    *own.reasons.entry(reason.clone()).or_default() += 1;
                }
            }
        }
        for (rule, _) in judge(live, past.last_look()).hits() {
            self.rules.entry(rule.clone()).or_default().replayed += 1;
        }
    }

    /// Claims for a rule's payers and codes.
    fn claims_for(&self, rule: &RuleInfo) -> u64 {
        let before = BEFORE_SUBMISSION.contains(&rule.stage);
        // Codes of diagnoses are prefixes, and those of later stages belong to adjustments.
        let coded =
            before && matches!(rule.subject, Subject::Line | Subject::Claim) && !rule.codes.is_empty();
        let takes = |kind: &Kind| {
            (rule.payers.is_empty() || rule.payers.contains(&kind.payer))
                && (before || kind.denied)
                && (!coded || kind.codes.iter().any(|code| rule.codes.contains(code)))
        };
        self.kinds.iter().filter(|(kind, _)| takes(kind)).map(|(_, number)| number).sum()
    }
}

fn told(rule: &RuleInfo, own: &OfRule, tally: &Tally) -> Option<Decayed> {
    let claims = if own.fired.claims + own.replayed == 0 { tally.claims_for(rule) } else { own.fired.claims };
    let alarms = BEFORE_SUBMISSION.contains(&rule.stage)
        && rule
            .outcomes
            .iter()
            .any(|does| ["hold", "deny", "warn"].iter().any(|word| does.starts_with(word)));
    let decay = if own.fired.claims == 0 {
        match (own.replayed, claims) {
            (0, TRIED..) => Decay::NeverFired,
            (0, _) => Decay::FewClaims,
            _ => return None,
        }
    } else if own.held >= ENOUGH && own.released == own.held {
        Decay::AlwaysReleased
    } else if alarms && own.fired.paid >= ENOUGH && own.fired.paid == own.fired.decided() {
        Decay::OnlyFalseAlarms
    } else {
        return None;
    };
    let mut reasons: Vec<(&Text, &u64)> = own.reasons.iter().collect();
    reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    Some(Decayed {
        rule: rule.id.clone(),
        title: rule.title.clone(),
        pack: rule.pack.clone(),
        file: rule.file.clone(),
        line: rule.line,
        stage: rule.stage,
        decay,
        claims,
        fired: own.fired,
        held: own.held,
        released: own.released,
        reasons: reasons.into_iter().take(3).map(|(reason, _)| reason.clone()).collect(),
    })
}

#[cfg(test)]
mod tests;
