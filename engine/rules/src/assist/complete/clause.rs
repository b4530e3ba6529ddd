//! What can begin a file's next part, and a rule's next clause, and what a clause takes.

use super::words::{modes, stages, subjects, units};
use super::{Completion, CompletionKind, Place};
use crate::assist::{Word, describe};
use crate::catalogue::{CLAUSES, Clause, Takes};
use crate::parse::items::Item;
use crate::parse::scan::Kind;

impl Place<'_> {
    pub(super) fn starters(&self) -> Vec<Completion> {
        const RULE: &str = "rule \"\" {\n    title   \"\"\n    stage   scrub\n    each    line\n    when    \n    hold    \n    because \"\"\n}\n";
        let starters = [
            ("rule", RULE, "rule \"".len(), "A rule: when it fires, what it does, and why."),
            (
                "const",
                "const NAME = [\"\"];",
                "const ".len(),
                "A list of codes, or another value with a name.",
            ),
            ("fn", "fn name(line) {\n    \n}\n", "fn ".len(), "A helper that conditions call."),
            (
                "disable",
                "disable \"\" because \"\"",
                "disable \"".len(),
                "Switches off a rule of an earlier layer, with the reason.",
            ),
        ];
        starters
            .into_iter()
            .map(|(label, insert, caret, meaning)| Completion {
                caret,
                documentation: meaning.to_owned(),
                ..self.offer(label, CompletionKind::Starter, insert)
            })
            .collect()
    }

    pub(super) fn in_rule(&self, item: &Item) -> Vec<Completion> {
        let sheet = self.sheet;
        let Some(open) = item.tokens.clone().find(|at| sheet.word(*at) == "{") else { return Vec::new() };
        if self.at <= open {
            return Vec::new();
        }
        let start = sheet.clause_start(item, self.at);
        if self.begins_clause(open, start) {
            return self.clauses(item);
        }
        let Some((start, clause)) = start.and_then(|start| Some((start, sheet.clause(start)?))) else {
            return Vec::new();
        };
        self.argument(item, start, clause)
    }

    /// True where a clause's keyword can stand.
    fn begins_clause(&self, open: usize, clause: Option<usize>) -> bool {
        let Some(before) = self.at.checked_sub(1) else { return false };
        let previous = self.sheet.word(before);
        if before == open || previous == ";" {
            return true;
        }
        let end = self.sheet.tokens.get(before).map_or(0, |token| token.end);
        let new_line = self.sheet.text.get(end..self.start).is_some_and(|gap| gap.contains('\n'));
        let finished = !matches!(self.sheet.kind(before), Some(Kind::Open | Kind::Symbol));
        let bare = Some(before) == clause && !matches!(previous, "warn" | "note");
        new_line && finished && !bare && self.sheet.depth(open + 1, self.at) == 0
    }

    fn clauses(&self, item: &Item) -> Vec<Completion> {
        let there: Vec<&str> = item
            .clauses
            .iter()
            .filter(|clause| {
                self.sheet.tokens.get(clause.start).is_some_and(|token| token.start != self.start)
            })
            .map(|clause| self.sheet.word(clause.start))
            .collect();
        let open = CLAUSES.iter().filter(|clause| clause.repeats() || !there.contains(&clause.keyword));
        open.map(|clause| self.clause(clause)).collect()
    }

    fn clause(&self, clause: &Clause) -> Completion {
        let quoted = clause.takes.is_text();
        let argument = match clause.takes {
            Takes::Texts => "[\"\"]",
            _ if quoted => "\"\"",
            _ => "",
        };
        let insert = format!("{:<9} {argument}", clause.keyword);
        Completion {
            caret: insert.len() - argument.len().div_ceil(2),
            detail: clause.takes.as_str().to_owned(),
            documentation: describe::clause(clause),
            ..self.offer(clause.keyword, CompletionKind::Clause, &insert)
        }
    }

    fn argument(&self, item: &Item, start: usize, clause: &Clause) -> Vec<Completion> {
        let first = self.at == start + 1;
        match clause.takes {
            Takes::Stage if first => self.words(stages(), "stage"),
            Takes::Subject if first => self.words(subjects(), "subject"),
            Takes::Category | Takes::MaybeCategory if first => {
                self.words(self.around.categories.clone(), "category")
            }
            Takes::Owner if first => self.words(self.around.owners.clone(), "owner"),
            Takes::Mode if first => self.words(modes(), "mode"),
            Takes::Span if self.at == start + 2 => self.words(units(), "span"),
            Takes::Condition => self.expression(Some(item), false),
            Takes::Action => self.expression(Some(item), true),
            Takes::Texts => self.constants(),
            _ => Vec::new(),
        }
    }

    fn words(&self, words: Vec<Word>, what: &str) -> Vec<Completion> {
        let offer = |word: Word| Completion {
            detail: what.to_owned(),
            documentation: word.meaning.to_string(),
            ..self.offer(&word.name, CompletionKind::Word, &word.name)
        };
        words.into_iter().map(offer).collect()
    }
}
