//! Which texts can stand at a place: the words of a field, the codes of an argument, names of tables and rules.

use super::cursor::Sheet;
use super::{Surroundings, Word};
use crate::catalogue::{Entry, Shape};
use crate::parse::scan::Kind;

/// A kind of text that can stand at a place, with its words.
pub(super) struct Values {
    pub(super) what: &'static str,
    pub(super) words: Vec<Word>,
}

/// The texts that can stand as the token number `at`, in quotes.
pub(super) fn values_at(sheet: &Sheet<'_>, at: usize, around: &Surroundings) -> Option<Values> {
    let previous = at.checked_sub(1)?;
    match sheet.word(previous) {
        "overrides" | "disable" => Some(Values { what: "rule", words: around.rules.clone() }),
        "==" | "!=" => entry_values(sheet.entry(previous.checked_sub(1)?)?, around),
        "(" | "," | "[" => bracketed(sheet, previous, around),
        _ => None,
    }
}

/// Within brackets: an argument, or an item of a list.
fn bracketed(sheet: &Sheet<'_>, previous: usize, around: &Surroundings) -> Option<Values> {
    let (open, place) = open_before(sheet, previous)?;
    let before = open.checked_sub(1)?;
    if sheet.word(open) == "[" {
        return match sheet.word(before) {
            "in" => entry_values(
                sheet
                    .entry(before.checked_sub(1)?.checked_sub(usize::from(sheet.word(before - 1) == "!"))?)?,
                around,
            ),
            "payers" => Some(Values { what: "payer", words: around.payers.clone() }),
            "(" => argument(sheet.entry_called(before)?, 0),
            _ => None,
        };
    }
    match sheet.word(before) {
        "table" => Some(Values { what: "table", words: tables(around) }),
        "get" if place == 1 => Some(Values { what: "column", words: columns(sheet, before, around)? }),
        _ => argument(sheet.entry_called(open)?, place),
    }
}

/// The bracket that is open before the token at `from`, and how many commas stand since.
fn open_before(sheet: &Sheet<'_>, from: usize) -> Option<(usize, usize)> {
    let (mut at, mut commas) = (from, 0);
    loop {
        match sheet.kind(at)? {
            Kind::Open => return Some((at, commas)),
            Kind::Close => at = sheet.opening(at)?,
            _ if sheet.word(at) == "," => commas += 1,
            _ => {}
        }
        at = at.checked_sub(1)?;
    }
}

impl Sheet<'_> {
    /// The entry whose arguments the bracket at `open` holds.
    fn entry_called(&self, open: usize) -> Option<&'static Entry> {
        self.entry(open.checked_sub(1)?)
    }
}

fn argument(entry: &Entry, place: usize) -> Option<Values> {
    shaped(entry.arguments.get(place)?.shape)
}

fn entry_values(entry: &Entry, around: &Surroundings) -> Option<Values> {
    match entry.path {
        "denial.category" => Some(Values { what: "category", words: around.categories.clone() }),
        "denial.owner" => Some(Values { what: "owner", words: around.owners.clone() }),
        "claim.payer" | "coverage.behavioral_payer" => {
            Some(Values { what: "payer", words: around.payers.clone() })
        }
        _ => shaped(entry.shape),
    }
}

fn shaped(shape: Shape) -> Option<Values> {
    let Shape::OneOf(words) = shape else { return None };
    let words = words.iter().filter(|word| !word.is_empty());
    let words = words.map(|word| Word { name: (*word).into(), meaning: "".into() }).collect();
    Some(Values { what: "value", words })
}

fn tables(around: &Surroundings) -> Vec<Word> {
    let columns = |table: &super::KnownTable| {
        table.columns.iter().map(claimflow_core::Text::as_str).collect::<Vec<_>>().join(", ")
    };
    around
        .tables
        .iter()
        .map(|table| Word { name: table.name.clone(), meaning: columns(table).into() })
        .collect()
}

/// The columns of the table in `table("name").get`, where `get` is the token at `get`.
fn columns(sheet: &Sheet<'_>, get: usize, around: &Surroundings) -> Option<Vec<Word>> {
    let close = get.checked_sub(2)?;
    let open = sheet.opening(close)?;
    let name = sheet.word(open + 1).trim_matches('"');
    let table = around.tables.iter().find(|table| table.name == name)?;
    let word = |name: &claimflow_core::Text| Word { name: name.clone(), meaning: "".into() };
    Some(table.columns.iter().map(word).collect())
}
