//! Rules that can contradict each other on one line or claim, each pair with a witness that makes both fire.
//!
//! Which rules could contradict each other is told by what they do and by their scopes: stage, subject, payers, codes and
//! dates. Whether they ever meet is told by trying: the cases of all packs first, then cases changed towards what the
//! conditions of both rules name. The search is bounded and takes the same way every time; a pair for which it finds
//! nothing is not reported.

mod change;
mod contradict;
#[cfg(test)]
mod tests;

use claimflow_catalog::{CaseInput, Generation, SourceFile, case_inputs};
use claimflow_core::{Stage, Subject, Text};
use claimflow_rules::{Considered, RuleInfo, RuleTrace};
use rustc_hash::FxHashMap;
use serde::Serialize;

pub use contradict::Contradiction;

use change::variants;
use contradict::contradiction;

/// Two rules that both fire on one subject and contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// One rule.
    pub first: Party,
    /// The other.
    pub second: Party,
    /// How they contradict each other.
    pub contradiction: Contradiction,
    /// What both fire on.
    pub subject: Subject,
    /// Which one, from 1; 0 for the claim.
    pub index: u16,
    /// The rule that prevails, where only one can; else empty.
    pub prevails: Text,
    /// A case that makes both fire, in YAML, which holds as written.
    pub witness: String,
}

/// A rule in an overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Party {
    /// Id.
    pub rule: Text,
    /// Pack.
    pub pack: Text,
    /// File within the practice folder.
    pub file: Text,
    /// Line, from 1.
    pub line: u32,
    /// What it does.
    pub does: Vec<Text>,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OverlapReport {
    /// Rules that were looked at.
    pub rules: u64,
    /// Pairs that could contradict each other by what they do and by their scopes.
    pub suspected: u64,
    /// Those that do, with a witness; by rule ids.
    pub overlaps: Vec<Overlap>,
}

/// Variants of cases that are tried for one pair.
const MOST_VARIANTS: usize = 400;

/// Cases whose variants are tried for one pair.
const MOST_SEEDS: usize = 6;

/// Finds pairs of rules that contradict each other. Cases among `files` are what the search starts from; `only` leaves
/// pairs of which one rule is in one of these files.
pub fn overlaps(generation: &Generation, files: &[SourceFile], only: &[String]) -> OverlapReport {
    let seeds = case_inputs(generation, files);
    let rules: Vec<&RuleInfo> = generation.rules().rules().iter().map(|rule| &***rule).collect();
    let pairs = suspects(&rules, only);
    let met: Vec<Met> = seeds.iter().map(|seed| Met::on(generation, seed)).collect();
    let mut report =
        OverlapReport { rules: rules.len() as u64, suspected: pairs.len() as u64, overlaps: Vec::new() };
    for (a, b, contradiction) in pairs {
        let found = seeds.iter().zip(&met).find_map(|(seed, met)| {
            met.both(a, b).and_then(|meeting| told(generation, (a, b), contradiction, seed, meeting))
        });
        let found = found.or_else(|| search(generation, (a, b), contradiction, &seeds, &met));
        report.overlaps.extend(found);
    }
    report
}

fn suspects<'r>(rules: &[&'r RuleInfo], only: &[String]) -> Vec<(&'r RuleInfo, &'r RuleInfo, Contradiction)> {
    let mut groups: FxHashMap<(Stage, Subject), Vec<&'r RuleInfo>> = FxHashMap::default();
    for rule in rules {
        groups.entry((rule.stage, rule.subject)).or_default().push(rule);
    }
    let wanted = |rule: &RuleInfo| only.is_empty() || only.iter().any(|path| rule.file == *path);
    let mut pairs = Vec::new();
    for group in groups.values() {
        for (place, a) in group.iter().enumerate() {
            for b in group.iter().skip(place + 1).filter(|b| wanted(a) || wanted(b)) {
                if let Some(contradiction) = contradiction(a, b) {
                    pairs.push(if a.id <= b.id { (*a, *b, contradiction) } else { (*b, *a, contradiction) });
                }
            }
        }
    }
    pairs.sort_by(|a, b| (&a.0.id, &a.1.id).cmp(&(&b.0.id, &b.1.id)));
    pairs
}

/// Which rules fire on which subjects of one input; those that another one outranks too.
struct Met {
    fired: FxHashMap<Text, Vec<(u16, bool)>>,
}

/// Where two rules meet: which subject, and whether each of them stands.
#[derive(Clone, Copy)]
struct Meeting {
    index: u16,
    stands: (bool, bool),
}

impl Met {
    fn on(generation: &Generation, input: &CaseInput) -> Self {
        let mut fired: FxHashMap<Text, Vec<(u16, bool)>> = FxHashMap::default();
        for RuleTrace { rule, index, considered, shadow, .. } in
            generation.rules().explain(&input.rule_input())
        {
            let stands = matches!(considered, Considered::Fired);
            if !shadow && (stands || matches!(considered, Considered::Outranked { .. })) {
                fired.entry(rule).or_default().push((index, stands));
            }
        }
        Self { fired }
    }

    fn both(&self, a: &RuleInfo, b: &RuleInfo) -> Option<Meeting> {
        let (first, second) = (self.fired.get(&a.id)?, self.fired.get(&b.id)?);
        first.iter().find_map(|(index, stands)| {
            let other = second.iter().find(|(own, _)| own == index)?;
            Some(Meeting { index: *index, stands: (*stands, other.1) })
        })
    }
}

/// Changes cases of the stage towards what the two rules ask for, those first on which one of them fires.
fn search(
    generation: &Generation,
    pair: (&RuleInfo, &RuleInfo),
    contradiction: Contradiction,
    seeds: &[CaseInput],
    met: &[Met],
) -> Option<Overlap> {
    let (a, b) = pair;
    let of_stage = || seeds.iter().zip(met).filter(|(seed, _)| seed.stage == a.stage);
    let fires = |met: &Met| met.fired.contains_key(&a.id) || met.fired.contains_key(&b.id);
    // Half of the way is done where one of the two fires already.
    let near = of_stage().filter(|(_, met)| fires(met)).chain(of_stage().filter(|(_, met)| !fires(met)));
    let near = near.map(|(seed, _)| seed);
    let mut left = MOST_VARIANTS;
    for seed in near.take(MOST_SEEDS) {
        for variant in variants(seed, a, b).into_iter().take(left) {
            left = left.saturating_sub(1);
            let meeting = Met::on(generation, &variant).both(a, b);
            if let Some(found) =
                meeting.and_then(|meeting| told(generation, pair, contradiction, &variant, meeting))
            {
                return Some(found);
            }
        }
    }
    None
}

fn told(
    generation: &Generation,
    (a, b): (&RuleInfo, &RuleInfo),
    contradiction: Contradiction,
    input: &CaseInput,
    meeting: Meeting,
) -> Option<Overlap> {
    let standing: Vec<Text> = [(a, meeting.stands.0), (b, meeting.stands.1)]
        .into_iter()
        .filter(|(_, stands)| *stands)
        .map(|(rule, _)| rule.id.clone())
        .collect();
    let prevails = match standing.as_slice() {
        [one] => one.clone(),
        _ => Text::default(),
    };
    let payer = generation.packs().iter().find(|own| own.name == input.pack);
    let payer = payer.and_then(|own| own.payers.first());
    let name = format!("{} and {} both fire", a.id, b.id);
    Some(Overlap {
        first: party(a),
        second: party(b),
        contradiction,
        subject: a.subject,
        index: meeting.index,
        prevails,
        witness: input.yaml(&name, payer, &standing)?,
    })
}

fn party(rule: &RuleInfo) -> Party {
    Party {
        rule: rule.id.clone(),
        pack: rule.pack.clone(),
        file: rule.file.clone(),
        line: rule.line,
        does: rule.outcomes.clone(),
    }
}
