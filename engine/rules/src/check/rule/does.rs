//! The clauses that say when a rule fires, and what it does then.

use claimflow_core::{Owner, Stage, Subject, Text};
use rhai::Expr;

use super::Builder;
use crate::catalogue::outcome_allowed;
use crate::check::ask;
use crate::diagnostics::{Code, Place, meant};
use crate::ir::Node;
use crate::lower::print;
use crate::rule::Outcome;

/// The condition's parts, their texts, and what they prove to be known.
#[derive(Default)]
pub(super) struct Condition {
    pub(super) nodes: Vec<Node>,
    pub(super) texts: Vec<Text>,
    pub(super) known: Vec<String>,
}

impl Builder<'_, '_> {
    pub(super) fn condition(&mut self, subject: Option<Subject>) -> Condition {
        let Some(expr) = self.clauses.expr("when") else { return Condition::default() };
        let parts = match expr {
            Expr::And(parts, _) => parts.to_vec(),
            other => vec![other.clone()],
        };
        let mut lowerer = self.lowerer(subject.or(Some(Subject::Line)));
        let mut condition = Condition::default();
        for part in &parts {
            let node = lowerer.condition(part);
            lowerer.learn(&node);
            condition.nodes.push(node);
            condition.texts.push(Text::from(print(part)));
        }
        condition.known = lowerer.known;
        condition
    }

    pub(super) fn fixes(
        &mut self,
        subject: Option<Subject>,
        known: &[String],
        stage: Option<Stage>,
    ) -> Vec<Node> {
        let exprs = self.clauses.all("fix");
        if let (Some(stage), Some(first)) = (stage, exprs.first())
            && stage > Stage::Submit
        {
            self.faults.add(
                Code::FixTooLate,
                first.1,
                format!("at the {} stage the claim has gone out already", stage.as_str()),
                "correct claims at the scrub stage",
            );
        }
        let mut lowerer = self.lowerer(subject);
        lowerer.known = known.to_vec();
        exprs.into_iter().filter_map(|(expr, _)| lowerer.action(expr)).collect()
    }

    pub(super) fn outcomes(&mut self, subject: Option<Subject>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for (keyword, word, place) in self.clauses.outcomes() {
            if keyword == "assign" {
                self.check_word(Code::UnknownOwner, "owner", &word, place, &self.vocabulary.owners);
            } else if keyword != "note" && !word.is_empty() {
                self.check_word(Code::UnknownCategory, "category", &word, place, &self.vocabulary.categories);
            }
            if subject.is_some_and(|subject| !outcome_allowed(&keyword, subject)) {
                self.faults.add(
                    Code::OutcomeNotHere,
                    place,
                    "`categorize` gives adjustments and denials their category",
                    "write `each adjustment`, or use `hold` to hold a claim under a category",
                );
            }
            outcomes.push(match keyword.as_str() {
                "hold" => Outcome::Hold(word),
                "deny" => Outcome::Deny(word),
                "warn" => Outcome::Warn(word),
                "categorize" => Outcome::Categorize(word),
                "assign" => Outcome::Assign(word),
                _ => Outcome::Note(word),
            });
        }
        outcomes
    }

    fn check_word(&mut self, code: Code, what: &str, word: &str, place: Place, known: &[Text]) {
        if !known.is_empty() && !known.iter().any(|own| own == word) {
            let help = meant(word, known.iter().map(Text::as_str).collect::<Vec<_>>());
            self.faults.add(code, place, format!("there is no {what} `{word}`"), help);
        }
    }

    pub(super) fn owner(&mut self, keyword: &str) -> Option<Owner> {
        let (word, place) = self.clauses.word(keyword)?;
        self.check_word(Code::UnknownOwner, "owner", &word, place, &self.vocabulary.owners);
        Some(word)
    }

    pub(super) fn ask(&mut self, subject: Option<Subject>, known: Vec<String>) -> Option<Node> {
        let expr = self.clauses.expr("ask")?;
        let mut lowerer = self.lowerer(subject);
        lowerer.known = known;
        ask::lower(&mut lowerer, expr)
    }
}
