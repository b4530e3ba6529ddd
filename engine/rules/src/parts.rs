//! Judges every part of a rule's condition, for `rules coverage`: evaluation itself stops at the first that does not hold.

use std::borrow::Cow;
use std::cell::OnceCell;

use claimflow_core::{Claim, RuleInput, Text, field};
use smallvec::SmallVec;

use crate::context::Ctx;
use crate::index::Candidate;
use crate::ir::Node;
use crate::rule::Rule;
use crate::ruleset::RuleSet;

/// A part of a condition that can be true or false on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The part as its author wrote it, but for space.
    pub text: Text,
    /// True for an alternative within `||` of the part before it that is none.
    pub alternative: bool,
}

/// What became of every part of one rule's condition on one subject, in the order of [`Rule::condition_parts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartsJudged {
    /// Rule id.
    pub rule: Text,
    /// For each part: whether it holds by itself; `None` where that cannot be told, as of `x > 3` while `x` is unknown.
    pub held: Vec<Option<bool>>,
}

impl Rule {
    /// The parts of the condition, each followed by its alternatives. What is always the same (`true`) is no part, and
    /// rows of decision tables have none: their cells are one condition each.
    pub fn condition_parts(&self) -> Vec<Part> {
        let mut all = Vec::new();
        if !self.info.table.is_empty() {
            return all;
        }
        for (node, text) in self.parts.iter().zip(&self.info.conditions).filter(|(node, _)| varies(node)) {
            all.push(Part { text: text.clone(), alternative: false });
            let Node::Or(nodes) = node else { continue };
            let texts = alternatives(text);
            let own = |place: usize| match texts.get(place) {
                Some(own) if texts.len() == nodes.len() => Text::from(*own),
                _ => Text::from(format!("alternative {} of {text}", place + 1)),
            };
            all.extend((0..nodes.len()).map(|place| Part { text: own(place), alternative: true }));
        }
        all
    }

    fn judge_parts<'a>(&'a self, ctx: &Ctx<'a>) -> Vec<Option<bool>> {
        let mut held = Vec::with_capacity(self.parts.len());
        for node in self.parts.iter().filter(|node| varies(node)) {
            held.push(node.test(ctx).ok());
            if let Node::Or(nodes) = node {
                held.extend(nodes.iter().map(|node| node.test(ctx).ok()));
            }
        }
        held
    }
}

fn varies(node: &Node) -> bool {
    !matches!(node, Node::Constant(_))
}

/// The texts between the `||` of the outermost level.
fn alternatives(text: &str) -> SmallVec<[&str; 4]> {
    let mut found = SmallVec::new();
    let (mut depth, mut quoted, mut start) = (0_i32, false, 0);
    let mut before = ' ';
    for (place, letter) in text.char_indices() {
        match letter {
            '"' if before != '\\' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '|' if before == '|' && depth == 0 => {
                found.push(text.get(start..place - 1).unwrap_or_default().trim());
                start = place + 1;
            }
            _ => {}
        }
        before = letter;
    }
    found.push(text.get(start..).unwrap_or_default().trim());
    found
}

impl RuleSet {
    /// Every part of the condition of every rule that looks at the input, one answer for each rule and subject. Fixes are
    /// made in between, as when the rules run; rules not in force for the claim are left out, and so are decision tables.
    pub fn judge_parts(&self, input: &RuleInput<'_>) -> Vec<PartsJudged> {
        let (fixing, judging) = self.candidates(input);
        let mut claim = Cow::Borrowed(input.claim);
        let mut all = Vec::with_capacity(fixing.len() + judging.len());
        for candidate in &fixing {
            let (judged, plans) = self.judge_candidate(input, &claim, *candidate);
            all.extend(judged);
            for (name, value) in plans {
                // What cannot be set is an error of the rule, which the case tells.
                let _set = field::set(claim.to_mut(), &name, &value);
            }
        }
        for candidate in &judging {
            all.extend(self.judge_candidate(input, &claim, *candidate).0);
        }
        all
    }

    fn judge_candidate(
        &self,
        input: &RuleInput<'_>,
        claim: &Claim,
        candidate: Candidate,
    ) -> (Option<PartsJudged>, Vec<(String, String)>) {
        let snapshot = OnceCell::new();
        let ctx = Ctx::at(input, claim, &snapshot, candidate.subject, candidate.index);
        let Some((rule, ctx)) = self.at(candidate.rule).zip(ctx) else { return (None, Vec::new()) };
        if !self.runs(rule, &ctx) {
            return (None, Vec::new());
        }
        let judged = PartsJudged { rule: rule.id.clone(), held: rule.judge_parts(&ctx) };
        let plans =
            if rule.fixes.is_empty() { Vec::new() } else { self.plans(rule, &ctx).unwrap_or_default() };
        (Some(judged), plans)
    }
}

#[cfg(test)]
mod tests {
    use claimflow_core::{Facts, ProcedureCode, ServiceLine, Stage};

    use super::*;
    use crate::{Layer, PackSource, Script, Vocabulary, compile};

    fn rules(condition: &str) -> RuleSet {
        let text = format!(
            "rule \"R\" {{ title \"t\"; stage scrub; each line; when {condition}; warn; because \"b\" }}"
        );
        let script = Script { path: "rules/a.rhai".into(), text: text.into() };
        let pack = PackSource {
            name: "own".into(),
            layer: Layer::Practice,
            scripts: vec![script],
            ..PackSource::default()
        };
        let compiled = compile(&[pack], &Vocabulary::default());
        assert_eq!(compiled.diagnostics.iter().filter(|fault| fault.is_error()).count(), 0);
        compiled.rules
    }

    fn judged(rules: &RuleSet, procedure: &str) -> Vec<Option<bool>> {
        let line = ServiceLine {
            number: 1,
            procedure: ProcedureCode::as_received(procedure),
            ..ServiceLine::default()
        };
        let claim = Claim { lines: vec![line], ..Claim::default() };
        let input = RuleInput {
            stage: Stage::Scrub,
            claim: &claim,
            facts: &Facts::default(),
            as_of: jiff::civil::date(2026, 3, 5),
            submissions: 0,
            decision: None,
            adjustments: &[],
            denials: &[],
        };
        rules.judge_parts(&input).remove(0).held
    }

    #[test]
    fn parts_and_alternatives_are_told_as_written_and_judged_each() {
        let rules = rules(
            r#"(line.procedure == "90837" || line.has_modifier("||") || line.units > 3) && visit.known && visit.minutes > 3"#,
        );
        let rule = rules.find("R").unwrap();
        let texts: Vec<(String, bool)> =
            rule.condition_parts().iter().map(|own| (own.text.to_string(), own.alternative)).collect();
        let expected = [
            (r#"line.procedure == "90837" || line.has_modifier("||") || line.units > 3"#, false),
            (r#"line.procedure == "90837""#, true),
            (r#"line.has_modifier("||")"#, true),
            ("line.units > 3", true),
            ("visit.known", false),
            ("visit.minutes > 3", false),
        ];
        assert_eq!(texts, expected.map(|(text, alternative)| (text.to_owned(), alternative)));
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(
            judged(&rules, "90837"),
            [yes, yes, no, no, no, None],
            "also past the first that does not hold"
        );
        assert_eq!(judged(&rules, "90834"), [no, no, no, no, no, None]);
    }

    #[test]
    fn what_never_varies_is_no_part() {
        assert_eq!(rules("true").find("R").unwrap().condition_parts(), []);
    }
}
