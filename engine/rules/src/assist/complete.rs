//! What can be written at a place.

use std::ops::Range;

use claimflow_core::{Stage, Subject};

use super::cursor::{Base, Sheet};
use super::values::{Values, values_at};
use super::{Surroundings, Word, describe};
use crate::catalogue::{
    CLAUSES, Clause, Entry, EntryKind, FunctionEntry, OPERATORS, Receiver, Takes, catalogue, functions_of,
    objects, stage_meaning, subject_meaning,
};
use crate::parse::items::{Item, ItemKind};
use crate::parse::scan::Kind;
use crate::switch::Mode;

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// `rule`, `const`, `fn`, `disable`, with what follows them.
    Starter,
    /// A clause's keyword.
    Clause,
    /// A stage, subject, category, owner, or a text that a field can hold.
    Word,
    /// An object of the catalogue.
    Object,
    /// A field.
    Field,
    /// A method or function.
    Method,
    /// An action of `fix`.
    Action,
    /// A constant of the file.
    Constant,
    /// A helper function of the file.
    Helper,
    /// An operator.
    Operator,
    /// The id of a rule.
    Rule,
    /// A table or a column of one.
    Table,
}

/// Something that can be written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What people choose from.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// A few words beside the label: its type.
    pub detail: String,
    /// What it means, in Markdown; may be empty.
    pub documentation: String,
    /// What is written.
    pub insert: String,
    /// Where the cursor goes, in bytes of `insert`.
    pub caret: usize,
    /// The bytes of the file that it takes the place of.
    pub replace: Range<usize>,
}

/// What can be written at that place (in bytes) of the file's text, the likeliest first. Everything that can stand there is
/// in the list, whatever of it has been typed.
pub fn complete(text: &str, offset: usize, around: &Surroundings) -> Vec<Completion> {
    let Some(typed) = text.get(..offset) else { return Vec::new() };
    let sheet = Sheet::new(text);
    if let Some(at) = sheet.quoted_at(offset) {
        return in_quotes(&sheet, at, offset, around);
    }
    if sheet.in_comment(offset) {
        return Vec::new();
    }
    let start = word_start(typed);
    let at = sheet.before(start);
    let place = Place { sheet: &sheet, around, start, offset, at, item: sheet.item_at(start) };
    place.complete()
}

/// Where the word that ends the text begins.
fn word_start(typed: &str) -> usize {
    typed.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len()
}

/// A place in a file.
struct Place<'p> {
    sheet: &'p Sheet<'p>,
    around: &'p Surroundings,
    /// Where the word begins that is being written.
    start: usize,
    offset: usize,
    /// How many tokens end before it.
    at: usize,
    item: Option<&'p Item>,
}

impl Place<'_> {
    fn complete(&self) -> Vec<Completion> {
        match self.item {
            None => self.starters(),
            Some(item) if item.kind == ItemKind::Rule => self.in_rule(item),
            Some(item) if item.kind == ItemKind::Disable => Vec::new(),
            Some(item) => self.expression(Some(item), false),
        }
    }

    fn offer(&self, label: &str, kind: CompletionKind, insert: &str) -> Completion {
        Completion {
            label: label.to_owned(),
            kind,
            detail: String::new(),
            documentation: String::new(),
            insert: insert.to_owned(),
            caret: insert.len(),
            replace: self.start..self.offset,
        }
    }

    fn starters(&self) -> Vec<Completion> {
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

    fn in_rule(&self, item: &Item) -> Vec<Completion> {
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

    fn expression(&self, item: Option<&Item>, fix: bool) -> Vec<Completion> {
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

    fn value(&self, values: &Values, word: &Word, insert: &str) -> Completion {
        let kind = match values.what {
            "rule" => CompletionKind::Rule,
            "table" | "column" => CompletionKind::Table,
            _ => CompletionKind::Word,
        };
        Completion {
            detail: values.what.to_owned(),
            documentation: word.meaning.to_string(),
            ..self.offer(insert, kind, insert)
        }
    }

    fn operators(&self) -> Vec<Completion> {
        let binary = OPERATORS.iter().filter(|operator| operator.sign != "!");
        let offer = |operator: &crate::catalogue::Operator| Completion {
            documentation: operator.meaning.to_owned(),
            ..self.offer(operator.sign, CompletionKind::Operator, operator.sign)
        };
        binary.map(offer).collect()
    }

    /// Everything that an expression can begin with.
    fn names(&self, subject: Option<Subject>, action: bool) -> Vec<Completion> {
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

    fn constants(&self) -> Vec<Completion> {
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
    fn members(&self, last: usize, subject: Option<Subject>, fix: bool) -> Vec<Completion> {
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

/// The name of a helper function.
pub(super) fn helper_name<'t>(sheet: &Sheet<'t>, item: &Item) -> Option<&'t str> {
    item.tokens.clone().find(|at| sheet.word(*at) == "fn").map(|at| sheet.word(at + 1))
}

/// A word that an expression follows.
fn is_keyword(word: &str) -> bool {
    matches!(word, "in" | "return" | "if" | "else" | "let" | "while" | "for")
        || crate::catalogue::clause_of(word).is_some()
}

fn stages() -> Vec<Word> {
    let word = |stage: Stage| Word { name: stage.as_str().into(), meaning: stage_meaning(stage).into() };
    Stage::ALL.into_iter().map(word).collect()
}

fn subjects() -> Vec<Word> {
    let word =
        |subject: Subject| Word { name: subject.as_str().into(), meaning: subject_meaning(subject).into() };
    Subject::ALL.into_iter().map(word).collect()
}

fn modes() -> Vec<Word> {
    let word = |(mode, meaning): (Mode, &str)| Word { name: mode.as_str().into(), meaning: meaning.into() };
    [(Mode::Live, "It acts."), (Mode::Shadow, "It is evaluated and recorded, and never acts.")]
        .map(word)
        .into()
}

fn units() -> Vec<Word> {
    let word = |(name, meaning): (&str, &str)| Word { name: name.into(), meaning: meaning.into() };
    [
        ("business_days", "Days on which the practice works."),
        ("business_hours", "Hours in which the practice works."),
        ("days", "Days of the calendar."),
    ]
    .map(word)
    .into()
}

/// Within quotes: a name or code, or a field in `${...}`.
fn in_quotes(sheet: &Sheet<'_>, at: usize, offset: usize, around: &Surroundings) -> Vec<Completion> {
    let Some(token) = sheet.tokens.get(at) else { return Vec::new() };
    let typed = sheet.text.get(token.start + 1..offset).unwrap_or_default();
    let inside = typed
        .rfind("${")
        .map(|open| open + 2)
        .filter(|from| !typed.get(*from..).unwrap_or_default().contains('}'));
    let item = sheet.item_at(token.start);
    if let Some(from) = inside {
        return in_braces(sheet, item, token.start + 1 + from, offset, around);
    }
    let Some(values) = values_at(sheet, at, around) else { return Vec::new() };
    let place = Place { sheet, around, start: token.start + 1, offset, at, item };
    values.words.iter().map(|word| place.value(&values, word, &word.name)).collect()
}

/// Within `${...}`: an expression of its own.
fn in_braces(
    sheet: &Sheet<'_>,
    item: Option<&Item>,
    from: usize,
    offset: usize,
    around: &Surroundings,
) -> Vec<Completion> {
    let typed = sheet.text.get(from..offset).unwrap_or_default();
    // A sheet of its own, in which the expression stands alone after a keyword.
    let alone = format!("when {typed}");
    let inner = Sheet::new(&alone);
    let start = word_start(&alone);
    let place =
        Place { sheet: &inner, around, start, offset: alone.len(), at: inner.before(start), item: None };
    let before = place.at.saturating_sub(1);
    let subject = sheet.subject(item);
    let mut offers = match inner.word(before) {
        "." => before.checked_sub(1).map_or_else(Vec::new, |last| place.members(last, subject, false)),
        _ => place.names(subject, false),
    };
    let replace = offset - (alone.len() - start)..offset;
    for offer in &mut offers {
        offer.replace = replace.clone();
    }
    offers
}
