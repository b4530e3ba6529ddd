//! What can stand in an expression: objects and their fields, functions, operators, values.

use claimflow_core::Subject;

use super::{Completion, CompletionKind, Place, helper_name};
use crate::assist::Word;
use crate::assist::cursor::Base;
use crate::assist::describe;
use crate::assist::values::values_at;
use crate::catalogue::{
    Entry, EntryKind, FunctionEntry, OPERATORS, Operator, Receiver, catalogue, clause_of, functions_of,
    objects,
};
use crate::parse::items::{Item, ItemKind};
use crate::parse::scan::Kind;

impl Place<'_> {
    pub(super) fn expression(&self, item: Option<&Item>, fix: bool) -> Vec<Completion> {
        let subject = self.sheet.subject(item);
        let Some(before) = self.at.checked_sub(1) else { return Vec::new() };
        if self.sheet.word(before) == "." {
            return before.checked_sub(1).map_or_else(Vec::new, |last| self.members(last, subject, fix));
        }
        let mut offers = Vec::new();
        if let Some(values) = values_at(self.sheet, self.at, self.around) {
            let quote = |word: &Word| format!("\"{}\"", word.name);
            offers.extend(values.words.iter().map(|word| self.value(&values, word, &quote(word))));
        }
        let ends = matches!(self.sheet.kind(before), Some(Kind::Close | Kind::Text | Kind::Number))
            || (self.sheet.kind(before) == Some(Kind::Word) && !is_keyword(self.sheet.word(before)));
        if ends {
            offers.extend(self.operators());
        } else {
            offers.extend(self.names(subject, fix && self.sheet.word(before) == "fix"));
        }
        offers
    }

    fn operators(&self) -> Vec<Completion> {
        let binary = OPERATORS.iter().filter(|operator| operator.sign != "!");
        let offer = |operator: &Operator| Completion {
            documentation: operator.meaning.to_owned(),
            ..self.offer(operator.sign, CompletionKind::Operator, operator.sign)
        };
        binary.map(offer).collect()
    }

    /// Everything that an expression can begin with.
    pub(super) fn names(&self, subject: Option<Subject>, action: bool) -> Vec<Completion> {
        let usable = |entry: &&Entry| subject.is_none_or(|subject| entry.usable_in(subject));
        let mut offers = Vec::new();
        if action {
            let actions = catalogue().iter().filter(|entry| entry.kind == EntryKind::Action).filter(usable);
            return actions.map(|entry| self.entry(entry, entry.path)).collect();
        }
        for object in objects() {
            if catalogue().iter().filter(usable).any(|entry| entry.object() == *object) {
                offers.push(self.offer(object, CompletionKind::Object, object));
            }
        }
        offers.extend(self.constants());
        let helpers = self.sheet.items.iter().filter(|item| item.kind == ItemKind::Function);
        for item in helpers {
            if let Some(name) = helper_name(self.sheet, item) {
                offers.push(self.called(name, CompletionKind::Helper, true));
            }
        }
        offers.extend(functions_of(Receiver::Nothing).map(|function| self.function(function)));
        offers
    }

    pub(super) fn constants(&self) -> Vec<Completion> {
        let own = self.sheet.items.iter().filter(|item| item.kind == ItemKind::Constant);
        own.map(|item| {
            let name = self.sheet.word(item.tokens.start + 1);
            let range = self.sheet.range_of(item);
            let written = self.sheet.text.get(range).unwrap_or_default();
            Completion {
                documentation: format!("```rhai\n{written}\n```"),
                ..self.offer(name, CompletionKind::Constant, name)
            }
        })
        .collect()
    }

    /// What can follow the point after the token at `last`.
    pub(super) fn members(&self, last: usize, subject: Option<Subject>, fix: bool) -> Vec<Completion> {
        match self.sheet.base(last) {
            Base::Object(object) => catalogue()
                .iter()
                .filter(|entry| entry.object() == object && entry.path != object)
                .filter(|entry| subject.is_none_or(|subject| entry.usable_in(subject)))
                .filter(|entry| fix || entry.kind != EntryKind::Action)
                .map(|entry| self.entry(entry, entry.name()))
                .collect(),
            Base::Value(of) => functions_of(of).map(|function| self.function(function)).collect(),
            Base::Unknown => Vec::new(),
        }
    }

    fn entry(&self, entry: &Entry, label: &str) -> Completion {
        let kind = match entry.kind {
            EntryKind::Field => CompletionKind::Field,
            EntryKind::Method => CompletionKind::Method,
            EntryKind::Action => CompletionKind::Action,
        };
        let mut offer = match entry.kind {
            EntryKind::Field => self.offer(label, kind, label),
            _ => self.called(label, kind, !entry.arguments.is_empty()),
        };
        offer.detail = describe::type_of(entry.ty, entry.nullable);
        offer.documentation = describe::entry(entry);
        offer
    }

    fn function(&self, function: &FunctionEntry) -> Completion {
        let mut offer = if function.is_field {
            self.offer(function.name, CompletionKind::Field, function.name)
        } else {
            self.called(function.name, CompletionKind::Method, !function.arguments.is_empty())
        };
        offer.detail = describe::type_of(function.ty, function.nullable);
        offer.documentation = describe::function(function);
        offer
    }

    fn called(&self, name: &str, kind: CompletionKind, arguments: bool) -> Completion {
        let insert = format!("{name}()");
        let caret = insert.len() - usize::from(arguments);
        Completion { caret, ..self.offer(name, kind, &insert) }
    }
}

/// A word that an expression follows.
fn is_keyword(word: &str) -> bool {
    matches!(word, "in" | "return" | "if" | "else" | "let" | "while" | "for") || clause_of(word).is_some()
}
