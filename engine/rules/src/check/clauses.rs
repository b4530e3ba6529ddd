//! The clauses of one rule by keyword, and what is checked of them whatever they mean.

use claimflow_core::{DueIn, Subject, Text};
use rhai::Expr;

use crate::catalogue::{CLAUSES, ClauseKind, Shape, clause_of};
use crate::diagnostics::{Code, Faults, Place};
use crate::lower::{Lowered, print, shapes::impossible};
use crate::parse::{RawClause, RawRule};
use crate::value::Constant;

/// True for a clause that says what happens.
pub(super) fn is_outcome(keyword: &str) -> bool {
    clause_of(keyword).is_some_and(|clause| clause.kind == ClauseKind::Outcome)
}

pub(super) struct Clauses<'r> {
    raw: &'r RawRule,
}

impl<'r> Clauses<'r> {
    pub(super) const fn new(raw: &'r RawRule) -> Self {
        Self { raw }
    }

    fn true_place(&self, position: rhai::Position) -> Place {
        let place = Place::from(position);
        Place { line: place.line.max(1) + self.raw.shift, ..place }
    }

    fn find(&self, keyword: &str) -> Option<&'r RawClause> {
        self.raw.clauses.iter().find(|clause| clause.keyword == keyword)
    }

    /// Where the clause's argument stands, else the clause.
    pub(super) fn place(&self, keyword: &str) -> Option<Place> {
        self.find(keyword).map(|clause| self.place_of(clause))
    }

    fn place_of(&self, clause: &RawClause) -> Place {
        self.true_place(clause.arguments.first().map_or(clause.position, Expr::start_position))
    }

    /// The expression after the keyword.
    pub(super) fn expr(&self, keyword: &str) -> Option<&'r Expr> {
        self.find(keyword)?.arguments.first()
    }

    /// The bare word after the keyword.
    pub(super) fn word(&self, keyword: &str) -> Option<(Text, Place)> {
        let clause = self.find(keyword)?;
        word_of(clause).map(|word| (word, self.place_of(clause)))
    }

    /// The expressions of all clauses of that keyword.
    pub(super) fn all(&self, keyword: &str) -> Vec<(&'r Expr, Place)> {
        let own = self.raw.clauses.iter().filter(|clause| clause.keyword == keyword);
        own.filter_map(|clause| Some((clause.arguments.first()?, self.place_of(clause)))).collect()
    }

    /// Keyword, word (or text of a note, or nothing) and place of each outcome but fixes.
    pub(super) fn outcomes(&self) -> Vec<(String, Text, Place)> {
        let own =
            self.raw.clauses.iter().filter(|clause| clause.keyword != "fix" && is_outcome(&clause.keyword));
        own.map(|clause| (clause.keyword.clone(), word_of(clause).unwrap_or_default(), self.place_of(clause)))
            .collect()
    }

    /// Reports clauses that are missing or there twice.
    pub(super) fn check(&self, faults: &mut Faults<'_>) {
        for clause in CLAUSES.iter().filter(|clause| clause.needed) {
            let keyword = clause.keyword;
            let broken = self.raw.broken.iter().any(|word| word == keyword);
            if self.find(keyword).is_none() && !broken {
                faults.add(
                    Code::MissingClause,
                    self.raw.place,
                    format!("rule `{}` has no `{keyword}`", self.raw.id),
                    format!("add {}", clause.example),
                );
            }
        }
        for (place, clause) in self.raw.clauses.iter().enumerate() {
            let earlier = self.raw.clauses.iter().take(place).any(|own| own.keyword == clause.keyword);
            if earlier && !is_outcome(&clause.keyword) {
                faults.add_wide(
                    Code::DuplicateClause,
                    self.true_place(clause.position),
                    clause.keyword.len(),
                    format!("`{}` is there twice", clause.keyword),
                    "keep one; join conditions with `&&`",
                );
            }
        }
        if self.raw.id.trim().is_empty() {
            faults.add(
                Code::NotText,
                self.raw.place,
                "this rule has no id",
                "write rule \"SOME-ID\" { ... }",
            );
        }
    }

    /// The texts of a constant list.
    pub(super) fn texts(
        &self,
        keyword: &str,
        expr: &Expr,
        lowered: &Lowered,
        faults: &mut Faults<'_>,
    ) -> Vec<Text> {
        match lowered.constant() {
            Some(Constant::Texts(texts)) if !texts.is_empty() => texts.clone(),
            other => {
                let help = match other {
                    Some(Constant::Text(text)) => format!("write a list: {keyword} [\"{text}\"]"),
                    Some(Constant::List(items)) => {
                        let items: Vec<String> =
                            items.iter().map(|item| format!("\"{}\"", item.value())).collect();
                        format!("codes are text: write {keyword} [{}]", items.join(", "))
                    }
                    _ => format!("write {keyword} [\"90834\", \"90837\"], or the name of such a `const`"),
                };
                let place = self.place(keyword).unwrap_or(self.raw.place);
                let message = format!("`{keyword}` takes a constant list of texts, not `{}`", print(expr));
                faults.add(Code::BadCodes, place, message, help);
                Vec::new()
            }
        }
    }

    /// `within N days`, `within N business_days` or `within N business_hours`.
    pub(super) fn within(&self, faults: &mut Faults<'_>) -> Option<DueIn> {
        let clause = self.find("within")?;
        let texts: Vec<&str> = clause
            .arguments
            .iter()
            .filter_map(|argument| match argument {
                Expr::StringConstant(text, _) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let due = match texts.as_slice() {
            [count, unit] => format!("{count} {unit}").parse().ok(),
            _ => None,
        };
        if due.is_none() {
            faults.add(
                Code::BadNumber,
                self.place_of(clause),
                format!("`within {}` is no length of time", texts.join(" ")),
                "write within 2 business_days, within 4 business_hours, or within 5 days",
            );
        }
        due
    }
}

fn word_of(clause: &RawClause) -> Option<Text> {
    match clause.arguments.first()? {
        Expr::StringConstant(text, _) => Some(Text::from(text.as_str())),
        _ => None,
    }
}

/// Warns of a code that the subject cannot have.
pub(super) fn check_code(subject: Subject, text: &str, place: Option<Place>, faults: &mut Faults<'_>) {
    let (shape, code) = match subject {
        Subject::Claim | Subject::Line => (Shape::Procedure, text),
        Subject::Diagnosis => (Shape::DiagnosisPrefix, text),
        Subject::Adjustment | Subject::Denial => {
            let reason =
                text.split_once('-').filter(|(group, _)| group.parse::<claimflow_core::GroupCode>().is_ok());
            (Shape::Reason, reason.map_or(text, |(_, reason)| reason))
        }
    };
    if let Some((message, help)) = impossible(shape, code) {
        faults.add(Code::NeverOccurs, place.unwrap_or_default(), message, help);
    }
}
