//! The clauses that say where a rule runs: stage, subject, codes, payers, mode.

use claimflow_core::{Stage, Subject, Text};

use super::Builder;
use crate::catalogue::subject_exists;
use crate::check::clauses;
use crate::diagnostics::{Code, meant};
use crate::switch::Mode;

impl Builder<'_, '_> {
    pub(super) fn stage(&mut self) -> Option<Stage> {
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

    pub(super) fn mode(&mut self) -> Mode {
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

    pub(super) fn subject(&mut self) -> Option<Subject> {
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

    pub(super) fn fits(&mut self, stage: Option<Stage>, subject: Option<Subject>) {
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

    pub(super) fn codes(&mut self, subject: Option<Subject>) -> Vec<Text> {
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

    pub(super) fn payers(&mut self) -> Vec<Text> {
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
}
