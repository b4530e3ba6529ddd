//! What can be written at a place.

mod clause;
mod expression;
mod quotes;
mod words;

use std::ops::Range;

use self::quotes::in_quotes;
use super::cursor::Sheet;
use super::values::Values;
use super::{Surroundings, Word};
use crate::parse::items::{Item, ItemKind};

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
}

/// The name of a helper function.
pub(super) fn helper_name<'t>(sheet: &Sheet<'t>, item: &Item) -> Option<&'t str> {
    item.tokens.clone().find(|at| sheet.word(*at) == "fn").map(|at| sheet.word(at + 1))
}
