//! The one typed table of what rules can read and do.
//!
//! Getters of both evaluators, the checker's types, completions and the reference documentation all come from it, so
//! they cannot drift apart.

mod actions;
mod claim;
mod clauses;
mod facts;
mod functions;
mod line;
mod operators;
mod people;
mod remittance;
mod visit;
mod words;

pub use self::clauses::{CLAUSES, Clause, ClauseKind, Takes, clause_of};
pub use self::functions::{FUNCTIONS, FunctionEntry, Receiver, function_of, functions_of};
pub use self::operators::{OPERATORS, Operator, OperatorKind};
pub(crate) use self::remittance::key as reason_key;
pub use self::words::{outcome_allowed, stage_meaning, subject_exists, subject_meaning};

use std::sync::LazyLock;

use claimflow_core::Subject;
use rustc_hash::FxHashMap;

use crate::context::Ctx;
use crate::value::{Fault, Value};

/// The type of a field, an argument or a result, as authors know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// An amount in dollars: compares with whole numbers and with decimals, as `150.00`.
    Money,
    /// Any number.
    Number,
    /// A count with up to three decimal places: compares with whole numbers and with decimals.
    Quantity,
    /// Text.
    Text,
    /// A date: compares with `date("2026-01-01")`.
    Date,
    /// A list of texts.
    Texts,
    /// The line that a rule looks at.
    Line,
    /// Nothing: an action, or a whole object.
    Nothing,
}

impl Type {
    /// The word that people read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Int => "whole number",
            Self::Money => "money",
            Self::Number => "number",
            Self::Quantity => "quantity",
            Self::Text => "text",
            Self::Date => "date",
            Self::Texts => "list of texts",
            Self::Line => "line",
            Self::Nothing => "nothing",
        }
    }
}

impl Type {
    /// The name that programs read.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Money => "money",
            Self::Number => "number",
            Self::Quantity => "quantity",
            Self::Text => "text",
            Self::Date => "date",
            Self::Texts => "texts",
            Self::Line => "line",
            Self::Nothing => "nothing",
        }
    }
}

/// What a text field holds, where its values have a shape or are few: lets the checker see impossible comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any text.
    Any,
    /// A procedure code, as `90837`.
    Procedure,
    /// A modifier, as `95`.
    Modifier,
    /// A place of service, as `11`.
    Place,
    /// A diagnosis without its point, as `F331`.
    Diagnosis,
    /// The beginning of a diagnosis without its point, as `F3`.
    DiagnosisPrefix,
    /// A reason code (CARC), as `197`.
    Reason,
    /// A remark code (RARC), as `N130`.
    Remark,
    /// An NPI.
    Npi,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl Shape {
    /// The regular expression that a text of this shape matches as a whole; `None` where any text will do, or where the words
    /// are listed.
    pub const fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Any | Self::OneOf(_) => None,
            Self::Procedure => Some("[0-9A-Z]{5}"),
            Self::Modifier => Some("[0-9A-Z]{2}"),
            Self::Place => Some("[0-9]{2}"),
            Self::Diagnosis => Some("[A-Z][0-9][0-9A-Z]{1,5}"),
            Self::DiagnosisPrefix => Some("[A-Z]([0-9][0-9A-Z]{0,5})?"),
            Self::Reason => Some("[0-9A-Z]{1,4}"),
            Self::Remark => Some("[0-9A-Z]{2,5}"),
            Self::Npi => Some("[0-9]{10}"),
        }
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// Read by its name.
    Field,
    /// Called with arguments.
    Method,
    /// Changes the claim; only after `fix`.
    Action,
}

/// An argument of a method or an action.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// Name, for documentation.
    pub name: &'static str,
    /// Type.
    pub ty: Type,
    /// Shape of the text, or of the texts of a list.
    pub shape: Shape,
}

/// What a correction sets: a field of [`claimflow_core::field`] and its new text. `None` when nothing would change.
pub(crate) type Planned = Option<(String, String)>;

pub(crate) type ReadField = for<'a> fn(&Ctx<'a>) -> Value<'a>;
pub(crate) type ReadMethod = for<'a> fn(&Ctx<'a>, &[Value<'a>]) -> Value<'a>;
pub(crate) type PlanAction = for<'a> fn(&Ctx<'a>, &[Value<'a>]) -> Result<Planned, Fault>;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    Field(ReadField),
    Method(ReadMethod),
    Action(PlanAction),
}

/// One thing that rules can read or do.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Full name, as `claim.charge` or `line.has_modifier`.
    pub path: &'static str,
    /// Field, method or action.
    pub kind: EntryKind,
    /// Arguments.
    pub arguments: &'static [Argument],
    /// Type of the value.
    pub ty: Type,
    /// True when it may be unknown: reads as `()`.
    pub nullable: bool,
    /// True when it identifies a person: shown masked.
    pub private: bool,
    /// Shape of the text.
    pub shape: Shape,
    /// The action that sets it, or empty.
    pub set_by: &'static str,
    /// Subjects of rules in which it can be used.
    pub subjects: &'static [Subject],
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// A condition or fix that uses it.
    pub example: &'static str,
    pub(crate) access: Access,
}

impl Entry {
    /// The object it belongs to, as `claim`; `as_of` for the date itself.
    pub fn object(&self) -> &'static str {
        self.path.split_once('.').map_or(self.path, |(object, _)| object)
    }

    /// Its name within the object.
    pub fn name(&self) -> &'static str {
        self.path.split_once('.').map_or(self.path, |(_, name)| name)
    }

    /// True when rules that look at `subject` can use it.
    pub fn usable_in(&self, subject: Subject) -> bool {
        self.subjects.contains(&subject)
    }

    const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    const fn private(self) -> Self {
        Self { private: true, ..self }
    }

    const fn shape(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    const fn set_by(self, action: &'static str) -> Self {
        Self { set_by: action, ..self }
    }

    const fn only(self, subjects: &'static [Subject]) -> Self {
        Self { subjects, ..self }
    }
}

const EVERYWHERE: &[Subject] =
    &[Subject::Claim, Subject::Line, Subject::Diagnosis, Subject::Adjustment, Subject::Denial];

/// Subjects that have a line, or may have one.
const WITH_LINE: &[Subject] = &[Subject::Line, Subject::Adjustment, Subject::Denial];

const fn arg(name: &'static str, ty: Type, shape: Shape) -> Argument {
    Argument { name, ty, shape }
}

const fn entry(
    path: &'static str,
    ty: Type,
    meaning: &'static str,
    example: &'static str,
    kind: EntryKind,
    access: Access,
) -> Entry {
    Entry {
        path,
        kind,
        arguments: &[],
        ty,
        nullable: false,
        private: false,
        shape: Shape::Any,
        set_by: "",
        subjects: EVERYWHERE,
        meaning,
        example,
        access,
    }
}

const fn field(
    path: &'static str,
    ty: Type,
    meaning: &'static str,
    example: &'static str,
    read: ReadField,
) -> Entry {
    entry(path, ty, meaning, example, EntryKind::Field, Access::Field(read))
}

const fn method(
    path: &'static str,
    arguments: &'static [Argument],
    ty: Type,
    meaning: &'static str,
    example: &'static str,
    read: ReadMethod,
) -> Entry {
    Entry { arguments, ..entry(path, ty, meaning, example, EntryKind::Method, Access::Method(read)) }
}

const fn action(
    path: &'static str,
    arguments: &'static [Argument],
    meaning: &'static str,
    example: &'static str,
    plan: PlanAction,
) -> Entry {
    Entry {
        arguments,
        ..entry(path, Type::Nothing, meaning, example, EntryKind::Action, Access::Action(plan))
    }
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    [
        claim::ENTRIES,
        line::ENTRIES,
        remittance::ENTRIES,
        facts::COVERAGE,
        facts::AUTHORIZATION,
        facts::ENROLLMENT,
        visit::VISIT,
        visit::HISTORY,
        people::ENTRIES,
        actions::ENTRIES,
    ]
    .concat()
});

static BY_PATH: LazyLock<FxHashMap<&'static str, &'static Entry>> =
    LazyLock::new(|| ENTRIES.iter().map(|entry| (entry.path, entry)).collect());

/// Everything that rules can read and do, in the order of the reference.
pub fn catalogue() -> &'static [Entry] {
    &ENTRIES
}

/// The entry of that full name.
pub fn find(path: &str) -> Option<&'static Entry> {
    BY_PATH.get(path).copied()
}

static OBJECTS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names = Vec::new();
    for entry in catalogue() {
        if !names.contains(&entry.object()) {
            names.push(entry.object());
        }
    }
    names
});

/// Names of the objects, in the order of the reference.
pub fn objects() -> &'static [&'static str] {
    &OBJECTS
}

// Readers shared by the tables of entries. The checker has settled the kinds of all arguments; a value of another kind
// cannot arrive, and reads as nothing.

fn text_of<'v>(args: &'v [Value<'_>], place: usize) -> &'v str {
    args.get(place).and_then(Value::text).unwrap_or_default()
}

fn int_of(args: &[Value<'_>], place: usize) -> i64 {
    match args.get(place) {
        Some(Value::Int(value)) => *value,
        _ => 0,
    }
}

fn list_any(args: &[Value<'_>], place: usize, test: impl FnMut(&str) -> bool) -> bool {
    match args.get(place) {
        Some(Value::List(list)) => list.any_text(test),
        _ => false,
    }
}

fn optional<'a, T>(value: Option<T>, into: impl FnOnce(T) -> Value<'a>) -> Value<'a> {
    value.map_or(Value::Unit, into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_unique_and_documented() {
        assert_eq!(BY_PATH.len(), ENTRIES.len(), "two entries share a path");
        for entry in catalogue() {
            assert!(entry.meaning.ends_with('.'), "{}: {}", entry.path, entry.meaning);
            assert!(entry.example.contains(entry.name()), "{}: {}", entry.path, entry.example);
            assert!(!entry.subjects.is_empty(), "{}", entry.path);
            if !entry.set_by.is_empty() {
                let action =
                    find(entry.set_by).unwrap_or_else(|| panic!("{}: no {}", entry.path, entry.set_by));
                assert_eq!(action.kind, EntryKind::Action, "{}", entry.path);
            }
        }
    }
}
