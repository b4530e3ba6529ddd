//! The functions of the language, in a table that the checker, completions and the reference all read.

use super::{Argument, Shape, Type, arg};
use crate::ir::Function as Native;

/// What a function is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Receiver {
    /// Nothing: `date("2026-01-31")`.
    Nothing,
    /// A text: `claim.id.len()`.
    Text,
    /// A list: `line.modifiers.len()`.
    List,
    /// A date: `as_of.year`.
    Date,
    /// A table: `table("name").has(line.procedure)`.
    Table,
}

impl Receiver {
    /// The words that people read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "on its own",
            Self::Text => "of a text",
            Self::List => "of a list",
            Self::Date => "of a date",
            Self::Table => "of a table",
        }
    }

    /// The name that programs read.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text => "text",
            Self::List => "list",
            Self::Date => "date",
            Self::Table => "table",
        }
    }
}

/// A function of the language, which belongs to no object of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct FunctionEntry {
    /// Its name.
    pub name: &'static str,
    /// What it is called on.
    pub of: Receiver,
    /// Arguments; a table's `has` takes one or more.
    pub arguments: &'static [Argument],
    /// True when it is read like a field: `as_of.year`.
    pub is_field: bool,
    /// Type of the value; [`Type::Nothing`] for `table`, which is looked into.
    pub ty: Type,
    /// True when the value may be unknown: reads as `()`.
    pub nullable: bool,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// A condition that uses it.
    pub example: &'static str,
    /// How conditions evaluate it; `None`: in a way of its own, or as a script.
    pub(crate) native: Option<Native>,
}

const fn function(
    of: Receiver,
    name: &'static str,
    arguments: &'static [Argument],
    ty: Type,
    meaning: &'static str,
    example: &'static str,
    native: Option<Native>,
) -> FunctionEntry {
    FunctionEntry { name, of, arguments, is_field: false, ty, nullable: false, meaning, example, native }
}

const fn field(function: FunctionEntry) -> FunctionEntry {
    FunctionEntry { is_field: true, ..function }
}

const fn nullable(function: FunctionEntry) -> FunctionEntry {
    FunctionEntry { nullable: true, ..function }
}

const TEXT: &[Argument] = &[arg("text", Type::Text, Shape::Any)];
const TWO_NUMBERS: &[Argument] = &[arg("a", Type::Number, Shape::Any), arg("b", Type::Number, Shape::Any)];
const DATES: &[Argument] = &[arg("from", Type::Date, Shape::Any), arg("to", Type::Date, Shape::Any)];
const KEY_AND_COLUMN: &[Argument] =
    &[arg("key", Type::Text, Shape::Any), arg("column", Type::Text, Shape::Any)];

/// Every function, in the order of the reference.
pub const FUNCTIONS: &[FunctionEntry] = &[
    function(
        Receiver::Nothing,
        "days_between",
        DATES,
        Type::Int,
        "Days from the first date to the second; below zero when the second is earlier.",
        "claim.service_date != () && days_between(claim.service_date, as_of) > 90",
        Some(Native::DaysBetween),
    ),
    function(
        Receiver::Nothing,
        "date",
        TEXT,
        Type::Date,
        "The date that is written so: year, month, day.",
        "as_of >= date(\"2026-01-01\")",
        Some(Native::ParseDate),
    ),
    nullable(function(
        Receiver::Nothing,
        "number",
        TEXT,
        Type::Number,
        "The number that is written so, as `2` or `12.50`; unknown when the text is no number. Table cells are text: this makes \
         them limits.",
        "number(claim.group_number) != () && number(claim.group_number) > 100",
        Some(Native::ParseNumber),
    )),
    function(
        Receiver::Nothing,
        "table",
        &[arg("name", Type::Text, Shape::Any)],
        Type::Nothing,
        "A table of the pack, by the name of its file. Look into it with `has` or `get`.",
        "table(\"limits\").has(\"90837\")",
        None,
    ),
    function(
        Receiver::Nothing,
        "abs",
        &[arg("number", Type::Number, Shape::Any)],
        Type::Number,
        "The number without its sign.",
        "abs(claim.line_count - 3) > 1",
        None,
    ),
    function(
        Receiver::Nothing,
        "min",
        TWO_NUMBERS,
        Type::Number,
        "The smaller of two numbers.",
        "min(claim.line_count, 3) == 3",
        None,
    ),
    function(
        Receiver::Nothing,
        "max",
        TWO_NUMBERS,
        Type::Number,
        "The larger of two numbers.",
        "max(claim.line_count, 3) == 3",
        None,
    ),
    function(
        Receiver::Text,
        "starts_with",
        TEXT,
        Type::Bool,
        "True when the text begins so.",
        "claim.id.starts_with(\"A\")",
        Some(Native::StartsWith),
    ),
    function(
        Receiver::Text,
        "ends_with",
        TEXT,
        Type::Bool,
        "True when the text ends so.",
        "claim.id.ends_with(\"A\")",
        Some(Native::EndsWith),
    ),
    function(
        Receiver::Text,
        "contains",
        TEXT,
        Type::Bool,
        "True when the text holds that part. Capitals matter.",
        "claim.payer_name.contains(\"AETNA\")",
        Some(Native::ContainsText),
    ),
    function(
        Receiver::Text,
        "len",
        &[],
        Type::Int,
        "How many characters the text has.",
        "claim.id.len() > 20",
        Some(Native::TextLength),
    ),
    function(
        Receiver::Text,
        "is_empty",
        &[],
        Type::Bool,
        "True when there is no text.",
        "claim.authorization_number.is_empty()",
        Some(Native::TextIsEmpty),
    ),
    function(
        Receiver::List,
        "contains",
        TEXT,
        Type::Bool,
        "True when the list has the item. `item in list` says the same.",
        "claim.diagnoses.contains(\"F331\")",
        None,
    ),
    function(
        Receiver::List,
        "any",
        &[arg("texts", Type::Texts, Shape::Any)],
        Type::Bool,
        "True when the list has one of these texts. Also takes a test: `claim.diagnoses.any(|code| code.starts_with(\"F3\"))`.",
        "claim.diagnoses.any([\"F331\", \"F332\"])",
        Some(Native::ListAny),
    ),
    function(
        Receiver::List,
        "all",
        &[arg("test", Type::Nothing, Shape::Any)],
        Type::Bool,
        "True when the test holds for every item.",
        "claim.diagnoses.all(|code| code.starts_with(\"F\"))",
        None,
    ),
    function(
        Receiver::List,
        "len",
        &[],
        Type::Int,
        "How many items there are.",
        "claim.diagnoses.len() > 4",
        Some(Native::ListLength),
    ),
    function(
        Receiver::List,
        "is_empty",
        &[],
        Type::Bool,
        "True when there is no item.",
        "claim.diagnoses.is_empty()",
        Some(Native::ListIsEmpty),
    ),
    field(function(
        Receiver::Date,
        "year",
        &[],
        Type::Int,
        "The year, as 2026.",
        "as_of.year == 2026",
        Some(Native::Year),
    )),
    field(function(
        Receiver::Date,
        "month",
        &[],
        Type::Int,
        "The month, from 1.",
        "as_of.month == 1",
        Some(Native::Month),
    )),
    field(function(
        Receiver::Date,
        "weekday",
        &[],
        Type::Int,
        "The day of the week, 1 for Monday.",
        "as_of.weekday > 5",
        Some(Native::Weekday),
    )),
    function(
        Receiver::Table,
        "has",
        &[arg("cell", Type::Text, Shape::Any)],
        Type::Bool,
        "True when a row that is in force on the date of service begins with these cells; give one or more, in the order of the \
         columns. A list in place of a cell stands for any of its texts.",
        "table(\"limits\").has(\"90837\")",
        None,
    ),
    nullable(function(
        Receiver::Table,
        "get",
        KEY_AND_COLUMN,
        Type::Text,
        "The text of a column in the first row in force on the date of service that begins with the key; unknown when there is \
         none. More keys may stand before the column: they are the leading cells, in the order of the columns.",
        "table(\"limits\").get(\"90837\", \"units\") != ()",
        None,
    )),
    function(
        Receiver::Table,
        "known",
        &[],
        Type::Bool,
        "True when the table is installed: a pack may name tables that it can do without (`tables:` in its pack.yaml), and what \
         is looked up in one that is not there is unknown.",
        "table(\"limits\").known",
        None,
    ),
];

/// The function of that name that is called on such a value.
pub fn function_of(of: Receiver, name: &str) -> Option<&'static FunctionEntry> {
    FUNCTIONS.iter().find(|function| function.of == of && function.name == name)
}

/// Functions that are called on such a value.
pub fn functions_of(of: Receiver) -> impl Iterator<Item = &'static FunctionEntry> + Clone {
    FUNCTIONS.iter().filter(move |function| function.of == of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_documented() {
        for function in FUNCTIONS {
            assert!(function.meaning.ends_with('.'), "{}", function.name);
            assert!(function.example.contains(function.name), "{}", function.name);
        }
    }
}
