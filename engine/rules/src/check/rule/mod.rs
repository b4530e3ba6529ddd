//! Builds a rule from its clauses and checks each of them.

mod dates;
mod does;
mod scope;

use claimflow_core::{Stage, Subject, Text};

use super::clauses::{self, Clauses};
use super::proof::Facts;
use super::sense;
use crate::diagnostics::{Code, Faults};
use crate::lower::{Env, Lowerer, print};
use crate::parse::RawRule;
use crate::rule::{Outcome, Rule, RuleInfo};
use crate::source::{PackSource, Vocabulary};
use crate::value::Constant;

pub(super) struct Builder<'b, 'p> {
    raw: &'b RawRule,
    env: &'b Env,
    pack: &'b PackSource,
    vocabulary: &'b Vocabulary,
    clauses: Clauses<'b>,
    faults: &'b mut Faults<'p>,
    before: usize,
}

impl<'b, 'p> Builder<'b, 'p> {
    pub(super) fn new(
        raw: &'b RawRule,
        env: &'b Env,
        pack: &'b PackSource,
        vocabulary: &'b Vocabulary,
        faults: &'b mut Faults<'p>,
    ) -> Self {
        let before = faults.errors();
        Self { raw, env, pack, vocabulary, clauses: Clauses::new(raw), faults, before }
    }

    /// The rule; `None` when it has errors, all of which are then reported.
    pub(super) fn build(mut self) -> Option<Rule> {
        self.clauses.check(self.faults);
        let stage = self.stage();
        let subject = self.subject();
        self.fits(stage, subject);
        let mut info = self.info();
        info.codes = self.codes(subject);
        let condition = self.condition(subject);
        if let Some(when) = self.clauses.expr("when") {
            let scope = Facts::of_scope(subject.unwrap_or(Subject::Claim), &info.codes, &info.payers);
            sense::check(when, &condition.nodes, &scope, self.raw.shift, self.faults);
        }
        let fixes = self.fixes(subject, &condition.known, stage);
        let outcomes = self.outcomes(subject);
        let owner = self.owner("owner").unwrap_or_default();
        let ask = self.ask(subject, condition.known);
        let within = self.clauses.within(self.faults);
        self.does_something(&outcomes);
        if self.raw.errors > 0 || !self.raw.broken.is_empty() || self.faults.errors() > self.before {
            return None;
        }
        let described = fixes.iter().map(|fix| Text::from(format!("fix {}", fix.describe())));
        let info = RuleInfo {
            stage: stage?,
            subject: subject?,
            conditions: condition.texts,
            outcomes: described.chain(outcomes.iter().map(Outcome::describe)).collect(),
            ..info
        };
        let label = Text::from(format!("{} {}", self.pack.name, self.pack.version));
        let parts = condition.nodes;
        Some(Rule { info, parts, fixes, outcomes, owner, ask, within, label, row: 0, specificity: 0 })
    }

    /// What the clauses say of the rule that need neither its stage nor its subject.
    fn info(&mut self) -> RuleInfo {
        let (effective, expires) = self.dates();
        RuleInfo {
            id: self.raw.id.clone(),
            title: self.text("title"),
            pack: self.pack.name.clone(),
            version: self.pack.version.clone(),
            layer: self.pack.layer,
            file: Text::from(self.faults.path()),
            line: self.raw.place.line,
            stage: Stage::Scrub,
            subject: Subject::Claim,
            codes: Vec::new(),
            payers: self.payers(),
            conditions: Vec::new(),
            outcomes: Vec::new(),
            because: self.text("because"),
            source: self.text("source"),
            effective,
            expires,
            priority: self.priority(),
            overrides: self.text("overrides"),
            mode: self.mode(),
            enforced: None,
            suppressed: Vec::new(),
            table: Text::default(),
        }
    }

    fn does_something(&mut self, outcomes: &[Outcome]) {
        if outcomes.is_empty() && self.clauses.all("fix").is_empty() && !self.has_broken_outcome() {
            let message = format!("rule `{}` does nothing when it fires", self.raw.id);
            let help = "add `fix`, `hold`, `deny`, `warn`, `categorize`, `assign` or `note`";
            self.faults.add(Code::NoOutcome, self.raw.place, message, help);
        }
    }

    fn has_broken_outcome(&self) -> bool {
        self.raw.broken.iter().any(|word| clauses::is_outcome(word))
    }

    fn lowerer(&mut self, subject: Option<Subject>) -> Lowerer<'_, '_, 'p> {
        let mut lowerer = Lowerer::new(self.env, self.faults, subject, self.raw.shift);
        lowerer.closures = Some(self.raw.closures.clone());
        lowerer
    }

    /// A text clause, or empty.
    fn text(&mut self, keyword: &str) -> Text {
        let Some(expr) = self.clauses.expr(keyword) else { return Text::default() };
        let lowered = self.lowerer(None).lower(expr);
        match lowered.constant() {
            Some(Constant::Text(text)) if !text.trim().is_empty() => text.clone(),
            _ => {
                self.faults.add(
                    Code::NotText,
                    self.clauses.place(keyword).unwrap_or(self.raw.place),
                    format!("`{keyword}` takes a text, not `{}`", print(expr)),
                    format!("write {keyword} \"...\""),
                );
                Text::default()
            }
        }
    }

    fn priority(&mut self) -> i64 {
        let Some(expr) = self.clauses.expr("priority") else { return 0 };
        let lowered = self.lowerer(None).lower(expr);
        match lowered.constant() {
            Some(Constant::Int(value)) => *value,
            _ => {
                self.faults.add(
                    Code::BadNumber,
                    self.clauses.place("priority").unwrap_or(self.raw.place),
                    format!("`priority` takes a whole number, not `{}`", print(expr)),
                    "write priority 10",
                );
                0
            }
        }
    }
}
