//! Fields of a claim by name: what `correct` and the rules' `fix` may set, and how each is read back.
//!
//! A field is `name` for the claim and `line[N].name` for a service line (from 1, in the claim's order).

use std::str::FromStr;

use crate::{Change, Claim, CodeError, ServiceLine, Text, nearest};

mod claim;
mod line;

pub use claim::CLAIM_FIELDS;
pub use line::LINE_FIELDS;

/// Why a field cannot be set. Never contains the value of a private field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// No such field.
    #[error("there is no field `{field}`{}", suggestion(.near))]
    Unknown {
        /// As written.
        field: String,
        /// A field that is spelt alike.
        near: Option<String>,
    },
    /// No such line.
    #[error("the claim has no {what} {number}")]
    OutOfRange {
        /// `line`.
        what: &'static str,
        /// As written.
        number: usize,
    },
    /// The value has the wrong shape.
    #[error("`{field}` takes {expected}")]
    Value {
        /// The field.
        field: String,
        /// What it takes.
        expected: String,
    },
}

fn suggestion(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// A settable field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name without `line[N].`.
    pub name: &'static str,
    /// True when it identifies a person: shown masked.
    pub private: bool,
    /// What it takes, in words.
    pub takes: &'static str,
}

const fn field(name: &'static str, private: bool, takes: &'static str) -> Field {
    Field { name, private, takes }
}
/// The value does not have the field's shape; the field says what it takes.
struct Wrong;

fn wrong<E>(_: E) -> Wrong {
    Wrong
}

/// The field of that full name.
pub fn find(full: &str) -> Result<(Option<usize>, Field), FieldError> {
    let unknown = || FieldError::Unknown {
        field: full.to_owned(),
        near: nearest(
            split_line(full).map_or(full, |(_, name)| name),
            CLAIM_FIELDS.iter().chain(LINE_FIELDS).map(|f| f.name),
        )
        .map(str::to_owned),
    };
    match split_line(full) {
        Some((number, name)) => {
            LINE_FIELDS.iter().find(|f| f.name == name).map(|f| (Some(number), *f)).ok_or_else(unknown)
        }
        None => CLAIM_FIELDS.iter().find(|f| f.name == full).map(|f| (None, *f)).ok_or_else(unknown),
    }
}

fn split_line(full: &str) -> Option<(usize, &str)> {
    let (number, rest) = full.strip_prefix("line[")?.split_once(']')?;
    Some((number.parse().ok()?, rest.strip_prefix('.')?))
}

/// Reads a field as text.
pub fn get(claim: &Claim, full: &str) -> Result<Text, FieldError> {
    let (line, field) = find(full)?;
    match line {
        None => Ok(claim::get(claim, field.name)),
        Some(number) => {
            let line = line_of(&claim.lines, number)?;
            Ok(line::get(line, field.name))
        }
    }
}

/// Sets a field from text and tells what changed; the texts of private fields are masked in the answer's `before`.
pub fn set(claim: &mut Claim, full: &str, value: &str) -> Result<Change, FieldError> {
    let (line, field) = find(full)?;
    let before = get(claim, full)?;
    let fault = || FieldError::Value { field: full.to_owned(), expected: field.takes.to_owned() };
    match line {
        None => claim::set(claim, field.name, value.trim()).map_err(|Wrong| fault())?,
        Some(number) => {
            line_of(&claim.lines, number)?;
            let position = number - 1;
            // INVARIANT: `line_of` found the line at this position.
            line::set(&mut claim.lines[position], field.name, value.trim()).map_err(|Wrong| fault())?;
            if field.name == "charge" {
                claim.charge = claim.lines.iter().map(|line| line.charge).sum();
            }
        }
    }
    let before = if field.private { mask(&before) } else { before };
    Ok(Change { rule: Text::default(), field: Text::from(full), before, after: Text::from(value.trim()) })
}

/// Applies a recorded change. A change that no longer fits is left out; the record of it stays in the journal.
pub fn apply(claim: &mut Claim, change: &Change) -> Result<(), FieldError> {
    set(claim, &change.field, &change.after).map(|_| ())
}

/// True when the text of this field identifies a person.
pub fn is_private(full: &str) -> bool {
    find(full).is_ok_and(|(_, field)| field.private)
}

/// A text of which only the last two characters show.
pub fn mask(text: &str) -> Text {
    let count = text.chars().count();
    if count <= 4 {
        return Text::const_new("\u{2022}\u{2022}\u{2022}\u{2022}");
    }
    let tail: String = text.chars().skip(count - 2).collect();
    Text::from(format!("\u{2022}\u{2022}\u{2022}\u{2022}{tail}"))
}

fn line_of(lines: &[ServiceLine], number: usize) -> Result<&ServiceLine, FieldError> {
    number
        .checked_sub(1)
        .and_then(|position| lines.get(position))
        .ok_or(FieldError::OutOfRange { what: "line", number })
}

fn join<T: AsRef<str>>(items: &[T]) -> Text {
    let mut text = Text::default();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(item.as_ref());
    }
    text
}

fn split<T: FromStr<Err = CodeError>>(value: &str, most: usize) -> Result<Vec<T>, Wrong> {
    let items: Vec<T> = value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| item.parse().map_err(wrong))
        .collect::<Result<_, Wrong>>()?;
    if items.len() <= most { Ok(items) } else { Err(Wrong) }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::Money;
    use proptest::prelude::*;

    fn claim() -> Claim {
        Claim {
            lines: vec![
                ServiceLine { number: 1, charge: Money::from_cents(10_000), ..ServiceLine::default() },
                ServiceLine { number: 2, charge: Money::from_cents(5_000), ..ServiceLine::default() },
            ],
            ..Claim::default()
        }
    }

    #[test]
    fn every_listed_field_reads_back_what_was_set() {
        let samples = |field: &Field| match field.name {
            name if name.ends_with("npi") => "1234567893",
            name if name.ends_with("tax_id") => "123456789",
            name if name.ends_with("date") => "1990-01-31",
            name if name.ends_with("sex") => "F",
            "place_of_service" => "10",
            "frequency" => "7",
            "diagnoses" => "F331,F411",
            "procedure" => "90837",
            "modifiers" => "95,HO",
            "units" => "2",
            "charge" => "150.00",
            "diagnosis_pointers" => "1,2",
            _ => "TEXT",
        };
        for (prefix, fields) in [("", CLAIM_FIELDS), ("line[2].", LINE_FIELDS)] {
            for field in fields {
                let mut claim = claim();
                let full = format!("{prefix}{}", field.name);
                let value = samples(field);
                set(&mut claim, &full, value).unwrap_or_else(|error| panic!("{full}: {error}"));
                assert_eq!(get(&claim, &full).unwrap(), value, "{full}");
            }
        }
    }

    #[test]
    fn a_line_charge_moves_the_total() {
        let mut claim = claim();
        set(&mut claim, "line[2].charge", "75").unwrap();
        assert_eq!(claim.charge.to_string(), "175.00");
    }

    #[test]
    fn faults_name_the_mend_and_no_private_value() {
        let mut claim = claim();
        let fault =
            |claim: &mut Claim, field: &str, value: &str| set(claim, field, value).unwrap_err().to_string();
        assert_eq!(
            fault(&mut claim, "line[1].modifers", "95"),
            "there is no field `line[1].modifers`; did you mean `modifiers`?"
        );
        assert_eq!(fault(&mut claim, "line[3].units", "1"), "the claim has no line 3");
        assert_eq!(
            fault(&mut claim, "subscriber.birth_date", "31/01/1990"),
            "`subscriber.birth_date` takes a date, as `1990-01-31`"
        );
        claim.subscriber.person.member_id = "W123456789".into();
        let change = set(&mut claim, "subscriber.member_id", "W1").unwrap();
        assert_eq!(change.before, "\u{2022}\u{2022}\u{2022}\u{2022}89");
    }

    fn any_field() -> impl Strategy<Value = String> {
        let lines = LINE_FIELDS.iter().map(|field| format!("line[2].{}", field.name));
        let all: Vec<String> = CLAIM_FIELDS.iter().map(|field| field.name.to_owned()).chain(lines).collect();
        prop::sample::select(all)
    }

    proptest! {
        #[test]
        fn a_change_can_be_made_again_and_a_wrong_one_is_not_made(
            field in any_field(),
            value in prop_oneof!["[A-Z0-9,. -]{0,12}", "[0-9]{1,10}", ".{0,8}"],
        ) {
            let mut changed = claim();
            match set(&mut changed, &field, &value) {
                Err(_) => prop_assert_eq!(changed, claim()),
                Ok(change) => {
                    let mut again = claim();
                    apply(&mut again, &change).unwrap();
                    prop_assert_eq!(again, changed);
                }
            }
        }
    }
}
