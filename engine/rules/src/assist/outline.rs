//! What stands where in a file.

use std::ops::Range;

use claimflow_core::Text;

use super::complete::helper_name;
use super::cursor::Sheet;
use crate::parse::items::{Item, ItemKind};
use crate::parse::scan::Kind;

/// What stands at the top of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutlinedKind {
    /// A rule.
    Rule,
    /// A constant.
    Constant,
    /// A helper function.
    Function,
    /// A rule switched off.
    Disable,
}

/// A rule, constant, function or `disable` of a file, with its places in bytes of the file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
    /// What it is.
    pub kind: OutlinedKind,
    /// Id of the rule, or name.
    pub name: Text,
    /// Title of the rule, or empty.
    pub title: Text,
    /// Its whole text.
    pub range: Range<usize>,
    /// Its id or name.
    pub name_range: Range<usize>,
    /// Line at which it begins, from 1.
    pub line: u32,
    /// Column at which it begins, from 1, in characters.
    pub column: u32,
}

/// Everything in the file, in order. Works on files with faults too.
pub fn outline(text: &str) -> Vec<Outlined> {
    let sheet = Sheet::new(text);
    sheet.items.iter().filter_map(|item| outlined(&sheet, item)).collect()
}

/// The rule around that place (in bytes).
pub fn rule_at(text: &str, offset: usize) -> Option<Outlined> {
    let sheet = Sheet::new(text);
    let item = sheet.items.iter().find(|item| {
        let range = sheet.range_of(item);
        item.kind == ItemKind::Rule && range.start <= offset && offset <= range.end
    })?;
    outlined(&sheet, item)
}

fn outlined(sheet: &Sheet<'_>, item: &Item) -> Option<Outlined> {
    let first = sheet.tokens.get(item.tokens.start)?;
    let (kind, at) = match item.kind {
        ItemKind::Rule => (OutlinedKind::Rule, item.tokens.start + 1),
        ItemKind::Disable => (OutlinedKind::Disable, item.tokens.start + 1),
        ItemKind::Constant => (OutlinedKind::Constant, item.tokens.start + 1),
        ItemKind::Function => {
            (OutlinedKind::Function, item.tokens.clone().find(|at| sheet.word(*at) == "fn")? + 1)
        }
    };
    let name = sheet.tokens.get(at).filter(|_| at < item.tokens.end)?;
    let title = item.clauses.iter().find(|clause| sheet.word(clause.start) == "title");
    Some(Outlined {
        kind,
        name: unquoted(sheet.word(at)),
        title: title.map_or_else(Text::default, |clause| unquoted(sheet.word(clause.start + 1))),
        range: sheet.range_of(item),
        name_range: name.start..name.end,
        line: first.place.line,
        column: first.place.column,
    })
}

fn unquoted(written: &str) -> Text {
    Text::from(written.trim_matches(['"', '\'', '\u{201c}', '\u{201d}']))
}

/// What a name at a place means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    /// A constant or function of the same file, at these bytes.
    Here(Range<usize>),
    /// The rule of that id, wherever it stands.
    Rule(Text),
    /// The table of that name.
    Table(Text),
}

/// What the name at that place (in bytes) means.
pub fn definition(text: &str, offset: usize) -> Option<Definition> {
    let sheet = Sheet::new(text);
    let at = sheet.token_at(offset)?;
    let name = sheet.word(at);
    let before = at.checked_sub(1).map_or("", |before| sheet.word(before));
    if matches!(sheet.kind(at), Some(Kind::Text | Kind::Curly)) {
        let called = at.checked_sub(2).map_or("", |before| sheet.word(before));
        return match before {
            "overrides" | "disable" | "rule" => Some(Definition::Rule(unquoted(name))),
            "(" if called == "table" => Some(Definition::Table(unquoted(name))),
            _ => None,
        };
    }
    if before == "." {
        return None;
    }
    let own = sheet.items.iter().find(|item| match item.kind {
        ItemKind::Constant => sheet.word(item.tokens.start + 1) == name,
        ItemKind::Function => helper_name(&sheet, item) == Some(name),
        _ => false,
    })?;
    outlined(&sheet, own).map(|own| Definition::Here(own.name_range))
}
