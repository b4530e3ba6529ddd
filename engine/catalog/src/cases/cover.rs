//! What the cases of all packs try: which rules fire and stay silent, and which parts of their conditions are ever true
//! and ever false.

use claimflow_core::Text;
use claimflow_rules::{Part, PartsJudged, Rule, RuleSet};
use rustc_hash::FxHashMap;

use super::RuleCoverage;
use super::judge::Outcome;

/// How the cases try one part of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartCoverage {
    /// The part as its author wrote it, but for space.
    pub text: Text,
    /// True for an alternative within `||` of the part before it that is none.
    pub alternative: bool,
    /// How often it held.
    pub held: u32,
    /// How often it did not.
    pub failed: u32,
    /// How often it alone decided: the only part that did not hold, or the only alternative that did.
    pub decided: u32,
}

impl PartCoverage {
    /// True when the cases show it holding and not holding.
    pub const fn is_tried(&self) -> bool {
        self.held > 0 && self.failed > 0
    }
}

/// The parts of one rule, and for each: held, not held, decided alone.
#[derive(Debug)]
struct Counted {
    parts: Vec<Part>,
    counts: Vec<[u32; 3]>,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    rules: FxHashMap<Text, (u32, u32)>,
    parts: FxHashMap<Text, Counted>,
}

impl Tally {
    /// Counts one case.
    pub(super) fn add(&mut self, outcome: &Outcome, rules: &RuleSet) {
        for rule in &outcome.fired {
            self.rules.entry(rule.clone()).or_default().0 += 1;
        }
        for rule in &outcome.silent {
            self.rules.entry(rule.clone()).or_default().1 += 1;
        }
        for judged in &outcome.parts {
            if !self.parts.contains_key(&judged.rule) {
                let rule = rules.all_rules().find(|own| own.id == judged.rule);
                let parts = rule.map(Rule::condition_parts).unwrap_or_default();
                let counts = vec![[0; 3]; parts.len()];
                self.parts.insert(judged.rule.clone(), Counted { parts, counts });
            }
            if let Some(own) = self.parts.get_mut(&judged.rule) {
                own.add(judged);
            }
        }
    }

    /// What was seen of every rule.
    pub(super) fn coverage(mut self, rules: &RuleSet, with_parts: bool) -> Vec<RuleCoverage> {
        rules
            .all_rules()
            .map(|rule| {
                let (fired, silent) = self.rules.remove(&rule.id).unwrap_or_default();
                let counts = self.parts.remove(&rule.id).map(|own| own.counts).unwrap_or_default();
                let parts = if with_parts { rule.condition_parts() } else { Vec::new() };
                RuleCoverage {
                    rule: rule.id.clone(),
                    title: rule.title.clone(),
                    pack: rule.pack.clone(),
                    file: rule.file.clone(),
                    line: rule.line,
                    table: rule.table.clone(),
                    fired,
                    silent,
                    parts: parts
                        .into_iter()
                        .enumerate()
                        .map(|(place, part)| counted(part, counts.get(place)))
                        .collect(),
                }
            })
            .collect()
    }
}

impl Counted {
    fn add(&mut self, judged: &PartsJudged) {
        for (place, (count, held)) in self.counts.iter_mut().zip(&judged.held).enumerate() {
            let [yes, no, alone] = count;
            match held {
                Some(true) => *yes += 1,
                Some(false) => *no += 1,
                None => {}
            }
            *alone += u32::from(decides(place, &self.parts, &judged.held));
        }
    }
}

fn counted(part: Part, count: Option<&[u32; 3]>) -> PartCoverage {
    let [held, failed, decided] = count.copied().unwrap_or_default();
    PartCoverage { text: part.text, alternative: part.alternative, held, failed, decided }
}

/// True when the part at `place` made the difference: of parts that must all hold the only one that does not, of
/// alternatives the only one that does.
fn decides(place: usize, parts: &[Part], held: &[Option<bool>]) -> bool {
    let Some(own) = parts.get(place) else { return false };
    let wanted = own.alternative;
    if held.get(place) != Some(&Some(wanted)) {
        return false;
    }
    let group = |other: usize| match own.alternative {
        false => parts.get(other).is_some_and(|part| !part.alternative),
        // Alternatives of one part stand together, after it.
        true => {
            let (from, to) = (other.min(place), other.max(place));
            parts.get(from..=to).is_some_and(|between| between.iter().all(|part| part.alternative))
        }
    };
    (0..parts.len())
        .filter(|other| *other != place && group(*other))
        .all(|other| held.get(other) == Some(&Some(!wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_decides_when_it_alone_makes_the_difference() {
        let parts: Vec<Part> = [("a || b", false), ("a", true), ("b", true), ("c", false)]
            .map(|(text, alternative)| Part { text: text.into(), alternative })
            .to_vec();
        let of = |held: [bool; 4]| {
            let held = held.map(Some);
            (0..4).map(|place| decides(place, &parts, &held)).collect::<Vec<_>>()
        };
        assert_eq!(of([true, true, false, true]), [false, true, false, false]);
        assert_eq!(of([true, true, true, false]), [false, false, false, true], "either alternative would do");
        assert_eq!(of([false, false, false, true]), [true, false, false, false]);
        assert_eq!(of([false, false, false, false]), [false; 4], "two parts do not hold");
    }
}
