//! Builds a rule from its clauses and checks each of them.

use claimflow_core::{Owner, Stage, Subject, Text};
use jiff::civil::Date;
use rhai::Expr;

use super::clauses::{self, Clauses};
use super::proof::Facts;
use super::sense;
use crate::catalogue::{outcome_allowed, subject_exists};
use crate::diagnostics::{Code, Faults, meant};
use crate::ir::Node;
use crate::lower::{Env, Lowerer, print};
use crate::parse::RawRule;
use crate::rule::{Outcome, Rule, RuleInfo};
use crate::source::{PackSource, Vocabulary};
use crate::switch::Mode;

pub(super) struct Builder<'b, 'p> {
    raw: &'b RawRule,
    env: &'b Env,
    pack: &'b PackSource,
    vocabulary: &'b Vocabulary,
    clauses: Clauses<'b>,
    faults: &'b mut Faults<'p>,
    before: usize,
}

/// The condition's parts, their texts, and what they prove to be known.
#[derive(Default)]
struct Condition {
    nodes: Vec<Node>,
    texts: Vec<Text>,
    known: Vec<String>,
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
        let title = self.text("title");
        let because = self.text("because");
        let source = self.text("source");
        let overrides = self.text("overrides");
        let (effective, expires) = self.dates();
        let codes = self.codes(subject);
        let payers = self.payers();
        let condition = self.condition(subject);
        if let Some(when) = self.clauses.expr("when") {
            let scope = Facts::of_scope(subject.unwrap_or(Subject::Claim), &codes, &payers);
            sense::check(when, &condition.nodes, &scope, self.raw.shift, self.faults);
        }
        let fixes = self.fixes(subject, &condition.known, stage);
        let outcomes = self.outcomes(subject);
        let owner = self.owner("owner").unwrap_or_default();
        let ask = self.ask(subject, condition.known);
        let within = self.clauses.within(self.faults);
        let priority = self.priority();
        let mode = self.mode();
        if outcomes.is_empty() && self.clauses.all("fix").is_empty() && !self.has_broken_outcome() {
            self.faults.add(
                Code::NoOutcome,
                self.raw.place,
                format!("rule `{}` does nothing when it fires", self.raw.id),
                "add `fix`, `hold`, `deny`, `warn`, `categorize`, `assign` or `note`",
            );
        }
        let failed = self.raw.errors > 0 || !self.raw.broken.is_empty() || self.faults.errors() > self.before;
        if failed {
            return None;
        }
        let described = fixes.iter().map(|fix| Text::from(format!("fix {}", fix.describe())));
        let info = RuleInfo {
            id: self.raw.id.clone(),
            title,
            pack: self.pack.name.clone(),
            version: self.pack.version.clone(),
            layer: self.pack.layer,
            file: Text::from(self.faults.path()),
            line: self.raw.place.line,
            stage: stage?,
            subject: subject?,
            codes,
            payers,
            conditions: condition.texts,
            outcomes: described.chain(outcomes.iter().map(Outcome::describe)).collect(),
            because,
            source,
            effective,
            expires,
            priority,
            overrides,
            mode,
            enforced: None,
            suppressed: Vec::new(),
            table: Text::default(),
        };
        let label = Text::from(format!("{} {}", self.pack.name, self.pack.version));
        Some(Rule {
            info,
            parts: condition.nodes,
            fixes,
            outcomes,
            owner,
            ask,
            within,
            label,
            row: 0,
            specificity: 0,
        })
    }

    fn has_broken_outcome(&self) -> bool {
        self.raw.broken.iter().any(|word| clauses::is_outcome(word))
    }

    fn lowerer(&mut self, subject: Option<Subject>) -> Lowerer<'_, '_, 'p> {
        let mut lowerer = Lowerer::new(self.env, self.faults, subject, self.raw.shift);
        lowerer.closures = Some(self.raw.closures.clone());
        lowerer
    }

    fn stage(&mut self) -> Option<Stage> {
        let (word, place) = self.clauses.word("stage")?;
        let stage = Stage::parse(&word);
        if stage.is_none() {
            self.faults.add(
                Code::UnknownStage,
                place,
                format!("there is no stage `{word}`"),
                meant(&word, Stage::ALL.map(Stage::as_str)),
            );
        }
        stage
    }

    fn mode(&mut self) -> Mode {
        let Some((word, place)) = self.clauses.word("mode") else { return self.pack.mode };
        // A rule that is not to run at all is `disable`d with a reason, or taken out.
        let known = [Mode::Live, Mode::Shadow];
        known.into_iter().find(|mode| mode.as_str() == word).unwrap_or_else(|| {
            self.faults.add(
                Code::UnknownMode,
                place,
                format!("there is no mode `{word}`"),
                meant(&word, known.map(Mode::as_str)),
            );
            self.pack.mode
        })
    }

    fn subject(&mut self) -> Option<Subject> {
        let Some((word, place)) = self.clauses.word("each") else { return Some(Subject::Claim) };
        let subject = Subject::parse(&word);
        if subject.is_none() {
            self.faults.add(
                Code::UnknownSubject,
                place,
                format!("rules cannot look at each `{word}`"),
                meant(&word, Subject::ALL.map(Subject::as_str)),
            );
        }
        subject
    }

    fn fits(&mut self, stage: Option<Stage>, subject: Option<Subject>) {
        let (Some(stage), Some(subject)) = (stage, subject) else { return };
        if !subject_exists(subject, stage) {
            self.faults.add(
                Code::NeverRuns,
                self.clauses.place("each").unwrap_or(self.raw.place),
                format!("there is no {} yet at the {} stage", subject.as_str(), stage.as_str()),
                "use stage categorize",
            );
        }
    }

    /// A text clause, or empty.
    fn text(&mut self, keyword: &str) -> Text {
        let Some(expr) = self.clauses.expr(keyword) else { return Text::default() };
        let lowered = self.lowerer(None).lower(expr);
        match lowered.constant() {
            Some(crate::value::Constant::Text(text)) if !text.trim().is_empty() => text.clone(),
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

    fn date(&mut self, keyword: &str) -> Option<Date> {
        self.clauses.expr(keyword)?;
        let text = self.text(keyword);
        if text.is_empty() {
            return None;
        }
        let date = text.parse().ok();
        if date.is_none() {
            self.faults.add(
                Code::BadDate,
                self.clauses.place(keyword).unwrap_or(self.raw.place),
                format!("`{text}` is not a date"),
                match read_date(&text) {
                    Some(date) => format!("write {keyword} \"{date}\" (year, month, day)"),
                    None => format!("write {keyword} \"2026-01-31\""),
                },
            );
        }
        date
    }

    /// The rule's dates within those of its pack.
    fn dates(&mut self) -> (Option<Date>, Option<Date>) {
        let (effective, expires) = (self.date("effective"), self.date("expires"));
        if let (Some(from), Some(to)) = (effective, expires)
            && to < from
        {
            self.faults.add(
                Code::DatesUpsideDown,
                self.clauses.place("expires").unwrap_or(self.raw.place),
                format!("it expires on {to}, before it is effective on {from}"),
                "give the first day after `effective`, the last day after `expires`",
            );
        }
        let later = |a: Option<Date>, b: Option<Date>| a.max(b);
        let earlier = match (expires, self.pack.expires) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let from = later(effective, self.pack.effective);
        if let (Some(from), Some(to)) = (from, earlier)
            && to < from
            && effective.zip(expires).is_none_or(|(from, to)| from <= to)
        {
            let place = self.clauses.place("effective").filter(|_| effective == Some(from));
            self.faults.add(
                Code::NeverInForce,
                place.or(self.clauses.place("expires")).unwrap_or(self.raw.place),
                format!("no day is within the rule's dates and those of pack `{}`", self.pack.name),
                format!("the pack is in force {}", span(self.pack.effective, self.pack.expires)),
            );
        }
        (from, earlier)
    }

    fn codes(&mut self, subject: Option<Subject>) -> Vec<Text> {
        let Some(expr) = self.clauses.expr("codes") else { return Vec::new() };
        let lowered = self.lowerer(None).lower(expr);
        let texts = self.clauses.texts("codes", expr, &lowered, self.faults);
        if let Some(subject) = subject {
            for text in &texts {
                clauses::check_code(subject, text, self.clauses.place("codes"), self.faults);
            }
        }
        texts
    }

    fn payers(&mut self) -> Vec<Text> {
        let Some(expr) = self.clauses.expr("payers") else { return self.pack.payers.clone() };
        let lowered = self.lowerer(None).lower(expr);
        let texts = self.clauses.texts("payers", expr, &lowered, self.faults);
        let own = &self.pack.payers;
        if let Some(odd) = texts.iter().find(|payer| !own.is_empty() && !own.contains(payer)) {
            self.faults.add(
                Code::PayerOutsidePack,
                self.clauses.place("payers").unwrap_or(self.raw.place),
                format!("pack `{}` is not for payer `{odd}`", self.pack.name),
                "add the payer to `payers` in pack.yaml, or take it out here",
            );
        }
        texts
    }

    fn condition(&mut self, subject: Option<Subject>) -> Condition {
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

    fn fixes(&mut self, subject: Option<Subject>, known: &[String], stage: Option<Stage>) -> Vec<Node> {
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

    fn outcomes(&mut self, subject: Option<Subject>) -> Vec<Outcome> {
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

    fn check_word(
        &mut self,
        code: Code,
        what: &str,
        word: &str,
        place: crate::diagnostics::Place,
        known: &[Text],
    ) {
        if !known.is_empty() && !known.iter().any(|own| own == word) {
            let help = meant(word, known.iter().map(Text::as_str).collect::<Vec<_>>());
            self.faults.add(code, place, format!("there is no {what} `{word}`"), help);
        }
    }

    fn owner(&mut self, keyword: &str) -> Option<Owner> {
        let (word, place) = self.clauses.word(keyword)?;
        self.check_word(Code::UnknownOwner, "owner", &word, place, &self.vocabulary.owners);
        Some(word)
    }

    fn ask(&mut self, subject: Option<Subject>, known: Vec<String>) -> Option<Node> {
        let expr = self.clauses.expr("ask")?;
        let mut lowerer = self.lowerer(subject);
        lowerer.known = known;
        super::ask::lower(&mut lowerer, expr)
    }

    fn priority(&mut self) -> i64 {
        let Some(expr) = self.clauses.expr("priority") else { return 0 };
        let lowered = self.lowerer(None).lower(expr);
        match lowered.constant() {
            Some(crate::value::Constant::Int(value)) => *value,
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

/// `from 2026-01-01 to 2026-12-31`.
fn span(from: Option<Date>, to: Option<Date>) -> String {
    let from = from.map(|date| format!("from {date}"));
    let to = to.map(|date| format!("until {date}"));
    from.into_iter().chain(to).collect::<Vec<_>>().join(" ")
}

/// The date that somebody wrote as `1/31/2026`: the month first, unless there is no such month.
fn read_date(text: &str) -> Option<Date> {
    let mut parts = text.split(['/', '.', '-']).map(|part| part.trim().parse::<i16>().ok());
    let (a, b, year) = (parts.next()??, parts.next()??, parts.next()??);
    let year = if year < 100 { year + 2000 } else { year };
    let (month, day) = if a > 12 { (b, a) } else { (a, b) };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
