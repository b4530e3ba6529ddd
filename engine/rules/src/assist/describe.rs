//! Entries of the catalogue, clauses and functions in words, for hovers and the reference.

use claimflow_core::Subject;

use super::Word;
use crate::catalogue::{Clause, Entry, EntryKind, FunctionEntry, Shape, Type};

/// `line.has_modifier(modifier): true or false`.
pub(crate) fn signature(entry: &Entry) -> String {
    let arguments: Vec<&str> = entry.arguments.iter().map(|own| own.name).collect();
    let call = match entry.kind {
        EntryKind::Field => String::new(),
        _ => format!("({})", arguments.join(", ")),
    };
    format!("{}{call}", entry.path)
}

/// The type in words, and whether the value may be unknown.
pub(super) fn type_of(ty: Type, nullable: bool) -> String {
    let word = if ty == Type::Nothing { "action" } else { ty.as_str() };
    if nullable { format!("{word}, or unknown") } else { word.to_owned() }
}

/// `each line, each adjustment`; empty when every subject has it.
pub(crate) fn subjects_of(entry: &Entry) -> String {
    if Subject::ALL.into_iter().all(|subject| entry.usable_in(subject)) {
        return String::new();
    }
    let words: Vec<String> = entry.subjects.iter().map(|own| format!("`each {}`", own.as_str())).collect();
    words.join(", ")
}

fn fenced(code: &str) -> String {
    format!("```rhai\n{code}\n```")
}

pub(super) fn entry(entry: &Entry) -> String {
    let mut text =
        format!("**{}**: {}\n\n{}", signature(entry), type_of(entry.ty, entry.nullable), entry.meaning);
    if entry.nullable {
        text.push_str(&format!("\n\nMay be unknown: guard it with `{} != () && ...`.", signature(entry)));
    }
    if entry.private {
        text.push_str("\n\nIdentifies a person: shown masked wherever people read it.");
    }
    if let Shape::OneOf(words) = entry.shape {
        let words: Vec<String> =
            words.iter().filter(|word| !word.is_empty()).map(|word| format!("`\"{word}\"`")).collect();
        text.push_str(&format!("\n\nOne of {}.", words.join(", ")));
    }
    if !entry.set_by.is_empty() {
        text.push_str(&format!("\n\nSet by `fix {}(...)`.", entry.set_by));
    }
    let subjects = subjects_of(entry);
    if !subjects.is_empty() {
        text.push_str(&format!("\n\nOnly in rules for {subjects}."));
    }
    let example = match entry.kind {
        EntryKind::Action => format!("fix {}", entry.example),
        _ => format!("when {}", entry.example),
    };
    format!("{text}\n\n{}", fenced(&example))
}

pub(super) fn clause(clause: &Clause) -> String {
    let needed = if clause.needed { " Every rule has one." } else { "" };
    format!(
        "**{}** takes {}.{needed}\n\n{}\n\n{}",
        clause.keyword,
        clause.takes.as_str(),
        clause.meaning,
        fenced(clause.example)
    )
}

pub(super) fn function_signature(function: &FunctionEntry) -> String {
    if function.is_field {
        return function.name.to_owned();
    }
    let arguments: Vec<&str> = function.arguments.iter().map(|own| own.name).collect();
    format!("{}({})", function.name, arguments.join(", "))
}

pub(super) fn function(function: &FunctionEntry) -> String {
    let ty = match function.ty {
        Type::Nothing => "a table".to_owned(),
        ty => type_of(ty, function.nullable),
    };
    format!(
        "**{}** {}: {ty}\n\n{}\n\n{}",
        function_signature(function),
        function.of.as_str(),
        function.meaning,
        fenced(&format!("when {}", function.example))
    )
}

pub(super) fn word(kind: &str, word: &Word) -> String {
    let meaning = if word.meaning.is_empty() { String::new() } else { format!("\n\n{}", word.meaning) };
    format!("**{}**: {kind}{meaning}", word.name)
}
