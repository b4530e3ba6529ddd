//! Fields of the claim as a whole.

use super::{Field, Wrong, field, join, split, wrong};
use crate::{Claim, Diagnosis, DiagnosisCode, Npi, PayerId, Person, PlaceOfService, Provider, Text};

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
pub(super) fn get(claim: &Claim, name: &str) -> Text {
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
pub(super) fn set(claim: &mut Claim, name: &str, value: &str) -> Result<(), Wrong> {
    let text = Text::from(value);
    match name {
        "place_of_service" => claim.place_of_service = value.parse::<PlaceOfService>().map_err(wrong)?,
        "frequency" => match value {
            "1" | "7" | "8" => claim.frequency = text,
            _ => return Err(Wrong),
        },
        "authorization_number" => claim.authorization_number = text,
        "referral_number" => claim.referral_number = text,
        "payer_claim_number" => claim.payer_claim_number = text,
        "medical_record_number" => claim.medical_record_number = text,
        "payer.id" => claim.payer.id = value.parse::<PayerId>().map_err(wrong)?,
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
            Some(("rendering_provider", part)) => set_other(&mut claim.rendering_provider, part, value)?,
            Some((_, part)) => set_other(&mut claim.supervising_provider, part, value)?,
            None => return Err(Wrong),
        },
    }
    Ok(())
}

fn set_diagnoses(claim: &mut Claim, value: &str) -> Result<(), Wrong> {
    let codes: Vec<DiagnosisCode> = split(&value.replace('.', ""), 12)?;
    if codes.is_empty() {
        return Err(Wrong);
    }
    claim.diagnoses = codes
        .into_iter()
        .enumerate()
        .map(|(place, code)| Diagnosis { qualifier: if place == 0 { "ABK" } else { "ABF" }.into(), code })
        .collect();
    Ok(())
}

fn set_person(person: &mut Person, part: &str, value: &str) -> Result<(), Wrong> {
    match part {
        "member_id" => person.member_id = value.into(),
        "last_name" => person.name.last = value.into(),
        "first_name" => person.name.first = value.into(),
        "birth_date" => person.birth_date = Some(value.parse().map_err(wrong)?),
        "sex" if matches!(value, "F" | "M" | "U") => person.sex = value.into(),
        _ => return Err(Wrong),
    }
    Ok(())
}

fn set_provider(provider: &mut Provider, part: &str, value: &str) -> Result<(), Wrong> {
    match part {
        "npi" => provider.npi = value.parse::<Npi>().map_err(wrong)?,
        "taxonomy" => provider.taxonomy = value.into(),
        "tax_id" if value.len() == 9 && value.bytes().all(|b| b.is_ascii_digit()) => {
            provider.tax_id = value.into();
        }
        "last_name" => provider.name.last = value.into(),
        "first_name" => provider.name.first = value.into(),
        _ => return Err(Wrong),
    }
    Ok(())
}

/// Sets a part of a provider who need not be there yet; a value that does not fit makes none.
pub(super) fn set_other(provider: &mut Option<Provider>, part: &str, value: &str) -> Result<(), Wrong> {
    let mut changed = provider.clone().unwrap_or_default();
    set_provider(&mut changed, part, value)?;
    *provider = Some(changed);
    Ok(())
}
