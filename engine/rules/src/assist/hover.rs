//! What the word at a place means.

use std::ops::Range;

use claimflow_core::{Stage, Subject};

use super::cursor::{Base, Sheet};
use super::{KnownTable, Surroundings, Word, describe};
use crate::catalogue::{
    EntryKind, Receiver, Takes, catalogue, clause_of, find, function_of, objects, stage_meaning,
    subject_meaning,
};
use crate::parse::items::ItemKind;
use crate::parse::scan::Kind;

/// What the word at a place means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The explanation.
    pub markdown: String,
    /// The bytes of the word.
    pub range: Range<usize>,
}

/// What the word at that place (in bytes) means; `None` where there is nothing to say.
pub fn hover(text: &str, offset: usize, around: &Surroundings) -> Option<Hover> {
    let sheet = Sheet::new(text);
    let at = sheet.token_at(offset)?;
    let token = *sheet.tokens.get(at)?;
    let markdown = match token.kind {
        Kind::Word => word(&sheet, at, around)?,
        Kind::Text => named(&sheet, at, around)?,
        _ => return None,
    };
    Some(Hover { markdown, range: token.start..token.end })
}

fn word(sheet: &Sheet<'_>, at: usize, around: &Surroundings) -> Option<String> {
    let name = sheet.word(at);
    let previous = at.checked_sub(1);
    if let Some(point) = previous.filter(|point| sheet.word(*point) == ".") {
        return match sheet.base(point.checked_sub(1)?) {
            Base::Object(object) => find(&format!("{object}.{name}")).map(describe::entry),
            Base::Value(of) => function_of(of, name).map(describe::function),
            Base::Unknown => None,
        };
    }
    let offset = sheet.tokens.get(at)?.start;
    let item = sheet.item_at(offset).filter(|item| item.kind == ItemKind::Rule);
    if let Some(item) = item {
        if item.clauses.iter().any(|clause| clause.start == at) {
            return clause_of(name).map(describe::clause);
        }
        if let Some(takes) = previous.and_then(|before| sheet.clause(before)).map(|clause| clause.takes)
            && let Some(text) = bare(takes, name, around)
        {
            return Some(text);
        }
    }
    expression(sheet, name)
}

/// A bare word after its keyword.
fn bare(takes: Takes, name: &str, around: &Surroundings) -> Option<String> {
    let among = |kind: &str, words: &[Word]| {
        words.iter().find(|own| own.name == name).map(|own| describe::word(kind, own))
    };
    let fixed = |kind: &str, meaning: &str| {
        describe::word(kind, &Word { name: name.into(), meaning: meaning.into() })
    };
    match takes {
        Takes::Stage => Stage::parse(name).map(|stage| fixed("stage", stage_meaning(stage))),
        Takes::Subject => Subject::parse(name).map(|subject| fixed("subject", subject_meaning(subject))),
        Takes::Category | Takes::MaybeCategory => among("category", &around.categories),
        Takes::Owner => among("owner", &around.owners),
        _ => None,
    }
}

/// A name in an expression.
fn expression(sheet: &Sheet<'_>, name: &str) -> Option<String> {
    let own = sheet.items.iter().find(|item| {
        item.kind == ItemKind::Constant && sheet.word(item.tokens.start + 1) == name
            || item.kind == ItemKind::Function && super::complete::helper_name(sheet, item) == Some(name)
    });
    if let Some(item) = own {
        return Some(format!("```rhai\n{}\n```", sheet.text.get(sheet.range_of(item))?));
    }
    if let Some(entry) = find(name) {
        return Some(describe::entry(entry));
    }
    if objects().contains(&name) {
        let own =
            catalogue().iter().filter(|entry| entry.object() == name && entry.kind != EntryKind::Action);
        let names: Vec<String> = own.map(|entry| format!("`{}`", entry.name())).collect();
        return Some(format!("**{name}**\n\n{}", names.join(", ")));
    }
    function_of(Receiver::Nothing, name).map(describe::function)
}

/// A text that names something.
fn named(sheet: &Sheet<'_>, at: usize, around: &Surroundings) -> Option<String> {
    let name = sheet.word(at).trim_matches('"');
    let previous = at.checked_sub(1)?;
    let called = previous.checked_sub(1).map_or("", |before| sheet.word(before));
    match sheet.word(previous) {
        "overrides" | "disable" | "rule" => {
            around.rules.iter().find(|rule| rule.name == name).map(|rule| describe::word("rule", rule))
        }
        "(" if called == "table" => around.tables.iter().find(|table| table.name == name).map(table),
        _ => {
            around.payers.iter().find(|payer| payer.name == name).map(|payer| describe::word("payer", payer))
        }
    }
}

fn table(table: &KnownTable) -> String {
    let columns: Vec<String> = table.columns.iter().map(|name| format!("`{name}`")).collect();
    format!("**{}**: table\n\nColumns: {}", table.name, columns.join(", "))
}
