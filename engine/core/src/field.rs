//! Fields of a claim by name: what `correct` and the rules' `fix` may set, and how each is read back.
//!
//! A field is `name` for the claim and `line[N].name` for a service line, `diagnosis[N]` for a diagnosis (from 1).

use std::str::FromStr;

use crate::{
    Change, Claim, CodeError, Diagnosis, DiagnosisCode, Modifier, Money, Npi, PayerId, Person,
    PlaceOfService, ProcedureCode, Provider, Quantity, ServiceLine, Text, nearest,
};

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
    /// No such line or diagnosis.
    #[error("the claim has no {what} {number}")]
    OutOfRange {
        /// `line` or `diagnosis`.
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

/// Fields of the claim.
pub const CLAIM_FIELDS: &[Field] = &[
    field("place_of_service", false, "a place of service: two digits, as `11`"),
    field("frequency", false, "`1` original, `7` replacement or `8` void"),
    field("authorization_number", false, "the payer's authorization number"),
    field("referral_number", false, "the referral number"),
    field("payer_claim_number", false, "the payer's number of the claim"),
    field("medical_record_number", true, "the medical record number"),
    field("payer.id", false, "a payer id"),
    field("payer.name", false, "the payer's name"),
    field("subscriber.member_id", true, "the member id"),
    field("subscriber.group_number", false, "the group number"),
    field("subscriber.filing_indicator", false, "a claim filing indicator, as `CI`"),
    field("subscriber.last_name", true, "the last name"),
    field("subscriber.first_name", true, "the first name"),
    field("subscriber.birth_date", true, "a date, as `1990-01-31`"),
    field("subscriber.sex", true, "`F`, `M` or `U`"),
    field("patient.last_name", true, "the last name"),
    field("patient.first_name", true, "the first name"),
    field("patient.birth_date", true, "a date, as `1990-01-31`"),
    field("patient.sex", true, "`F`, `M` or `U`"),
    field("billing_provider.npi", false, "an NPI: ten digits"),
    field("billing_provider.taxonomy", false, "a taxonomy code"),
    field("billing_provider.tax_id", false, "nine digits"),
    field("rendering_provider.npi", false, "an NPI: ten digits"),
    field("rendering_provider.taxonomy", false, "a taxonomy code"),
    field("rendering_provider.last_name", false, "the last name"),
    field("rendering_provider.first_name", false, "the first name"),
    field("supervising_provider.npi", false, "an NPI: ten digits"),
    field("supervising_provider.last_name", false, "the last name"),
    field("supervising_provider.first_name", false, "the first name"),
    field("diagnoses", false, "ICD-10-CM codes without points, the principal first, as `F331,F411`"),
];

/// Fields of a service line.
pub const LINE_FIELDS: &[Field] = &[
    field("procedure", false, "a procedure code: five characters, as `90837`"),
    field("modifiers", false, "up to four modifiers, as `95,HO`, or nothing"),
    field("units", false, "a number of units"),
    field("charge", false, "an amount, as `150.00`"),
    field("place_of_service", false, "a place of service: two digits, or nothing for the claim's"),
    field("service_date", false, "a date, as `2026-03-02`"),
    field("diagnosis_pointers", false, "up to four numbers, as `1,2`"),
    field("authorization_number", false, "the payer's authorization number"),
    field("rendering_provider.npi", false, "an NPI: ten digits"),
    field("description", false, "a text"),
];

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
        None => Ok(get_claim(claim, field.name)),
        Some(number) => {
            let line = line_of(&claim.lines, number)?;
            Ok(get_line(line, field.name))
        }
    }
}

/// Sets a field from text and tells what changed; the texts of private fields are masked in the answer's `before`.
pub fn set(claim: &mut Claim, full: &str, value: &str) -> Result<Change, FieldError> {
    let (line, field) = find(full)?;
    let before = get(claim, full)?;
    let wrong = || FieldError::Value { field: full.to_owned(), expected: field.takes.to_owned() };
    match line {
        None => set_claim(claim, field.name, value.trim()).map_err(|()| wrong())?,
        Some(number) => {
            line_of(&claim.lines, number)?;
            let position = number - 1;
            // INVARIANT: `line_of` found the line at this position.
            set_line(&mut claim.lines[position], field.name, value.trim()).map_err(|()| wrong())?;
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

fn split<T: FromStr<Err = CodeError>>(value: &str, most: usize) -> Result<Vec<T>, ()> {
    let items: Vec<T> = value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| item.parse().map_err(|_| ()))
        .collect::<Result<_, ()>>()?;
    if items.len() <= most { Ok(items) } else { Err(()) }
}

fn get_claim(claim: &Claim, name: &str) -> Text {
    let person = &claim.subscriber.person;
    let patient = claim.patient_person();
    let date = |date: Option<jiff::civil::Date>| date.map(|d| Text::from(d.to_string())).unwrap_or_default();
    match name {
        "place_of_service" => claim.place_of_service.as_str().into(),
        "frequency" => claim.frequency.clone(),
        "authorization_number" => claim.authorization_number.clone(),
        "referral_number" => claim.referral_number.clone(),
        "payer_claim_number" => claim.payer_claim_number.clone(),
        "medical_record_number" => claim.medical_record_number.clone(),
        "payer.id" => claim.payer.id.as_str().into(),
        "payer.name" => claim.payer.name.clone(),
        "subscriber.member_id" => person.member_id.clone(),
        "subscriber.group_number" => claim.subscriber.group_number.clone(),
        "subscriber.filing_indicator" => claim.subscriber.filing_indicator.clone(),
        "subscriber.last_name" => person.name.last.clone(),
        "subscriber.first_name" => person.name.first.clone(),
        "subscriber.birth_date" => date(person.birth_date),
        "subscriber.sex" => person.sex.clone(),
        "patient.last_name" => patient.name.last.clone(),
        "patient.first_name" => patient.name.first.clone(),
        "patient.birth_date" => date(patient.birth_date),
        "patient.sex" => patient.sex.clone(),
        "diagnoses" => join(&claim.diagnoses.iter().map(|d| d.code.as_str()).collect::<Vec<_>>()),
        _ => get_provider(claim, name),
    }
}

fn get_provider(claim: &Claim, name: &str) -> Text {
    let (which, part) = name.split_once('.').unwrap_or((name, ""));
    let provider = match which {
        "billing_provider" => Some(&claim.billing_provider),
        "rendering_provider" => claim.rendering_provider.as_ref(),
        _ => claim.supervising_provider.as_ref(),
    };
    provider.map_or_else(Text::default, |provider| match part {
        "npi" => provider.npi.as_str().into(),
        "taxonomy" => provider.taxonomy.clone(),
        "tax_id" => provider.tax_id.clone(),
        "last_name" => provider.name.last.clone(),
        _ => provider.name.first.clone(),
    })
}

fn get_line(line: &ServiceLine, name: &str) -> Text {
    match name {
        "procedure" => line.procedure.as_str().into(),
        "modifiers" => join(&line.modifiers),
        "units" => Text::from(line.units.to_string()),
        "charge" => Text::from(line.charge.to_string()),
        "place_of_service" => line.place_of_service.as_str().into(),
        "service_date" => line.service_date.map(|date| Text::from(date.to_string())).unwrap_or_default(),
        "diagnosis_pointers" => {
            join(&line.diagnosis_pointers.iter().map(ToString::to_string).collect::<Vec<_>>())
        }
        "authorization_number" => line.authorization_number.clone(),
        "description" => line.description.clone(),
        _ => line.rendering_provider.as_ref().map(|p| Text::from(p.npi.as_str())).unwrap_or_default(),
    }
}

fn set_claim(claim: &mut Claim, name: &str, value: &str) -> Result<(), ()> {
    let text = Text::from(value);
    match name {
        "place_of_service" => claim.place_of_service = value.parse::<PlaceOfService>().map_err(drop)?,
        "frequency" => match value {
            "1" | "7" | "8" => claim.frequency = text,
            _ => return Err(()),
        },
        "authorization_number" => claim.authorization_number = text,
        "referral_number" => claim.referral_number = text,
        "payer_claim_number" => claim.payer_claim_number = text,
        "medical_record_number" => claim.medical_record_number = text,
        "payer.id" => claim.payer.id = value.parse::<PayerId>().map_err(drop)?,
        "payer.name" => claim.payer.name = text,
        "subscriber.group_number" => claim.subscriber.group_number = text,
        "subscriber.filing_indicator" => claim.subscriber.filing_indicator = text,
        "diagnoses" => set_diagnoses(claim, value)?,
        _ => match name.split_once('.') {
            Some(("subscriber", part)) => set_person(&mut claim.subscriber.person, part, value)?,
            Some(("patient", part)) => match &mut claim.patient {
                Some(patient) => set_person(&mut patient.person, part, value)?,
                None => set_person(&mut claim.subscriber.person, part, value)?,
            },
            Some(("billing_provider", part)) => set_provider(&mut claim.billing_provider, part, value)?,
            Some(("rendering_provider", part)) => {
                set_provider(claim.rendering_provider.get_or_insert_default(), part, value)?;
            }
            Some((_, part)) => set_provider(claim.supervising_provider.get_or_insert_default(), part, value)?,
            None => return Err(()),
        },
    }
    Ok(())
}

fn set_diagnoses(claim: &mut Claim, value: &str) -> Result<(), ()> {
    let codes: Vec<DiagnosisCode> = split(&value.replace('.', ""), 12)?;
    if codes.is_empty() {
        return Err(());
    }
    claim.diagnoses = codes
        .into_iter()
        .enumerate()
        .map(|(place, code)| Diagnosis { qualifier: if place == 0 { "ABK" } else { "ABF" }.into(), code })
        .collect();
    Ok(())
}

fn set_person(person: &mut Person, part: &str, value: &str) -> Result<(), ()> {
    match part {
        "member_id" => person.member_id = value.into(),
        "last_name" => person.name.last = value.into(),
        "first_name" => person.name.first = value.into(),
        "birth_date" => person.birth_date = Some(value.parse().map_err(drop)?),
        "sex" if matches!(value, "F" | "M" | "U") => person.sex = value.into(),
        _ => return Err(()),
    }
    Ok(())
}

fn set_provider(provider: &mut Provider, part: &str, value: &str) -> Result<(), ()> {
    match part {
        "npi" => provider.npi = value.parse::<Npi>().map_err(drop)?,
        "taxonomy" => provider.taxonomy = value.into(),
        "tax_id" if value.len() == 9 && value.bytes().all(|b| b.is_ascii_digit()) => {
            provider.tax_id = value.into();
        }
        "last_name" => provider.name.last = value.into(),
        "first_name" => provider.name.first = value.into(),
        _ => return Err(()),
    }
    Ok(())
}

fn set_line(line: &mut ServiceLine, name: &str, value: &str) -> Result<(), ()> {
    match name {
        "procedure" => line.procedure = value.parse::<ProcedureCode>().map_err(drop)?,
        "modifiers" => line.modifiers = split::<Modifier>(value, 4)?,
        "units" => line.units = value.parse::<Quantity>().map_err(drop)?,
        "charge" => line.charge = value.parse::<Money>().map_err(drop)?,
        "place_of_service" if value.is_empty() => line.place_of_service = PlaceOfService::default(),
        "place_of_service" => line.place_of_service = value.parse().map_err(drop)?,
        "service_date" => line.service_date = Some(value.parse().map_err(drop)?),
        "diagnosis_pointers" => {
            let pointers: Vec<u8> =
                value.split(',').map(|item| item.trim().parse().map_err(drop)).collect::<Result<_, ()>>()?;
            if pointers.len() > 4 || pointers.iter().any(|p| !(1..=12).contains(p)) {
                return Err(());
            }
            line.diagnosis_pointers = pointers;
        }
        "authorization_number" => line.authorization_number = value.into(),
        "description" => line.description = value.into(),
        _ => set_provider(line.rendering_provider.get_or_insert_default(), "npi", value)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
