//! Fields of a service line.

use super::claim::set_other;
use super::{Field, Wrong, field, join, split, wrong};
use crate::{Modifier, Money, PlaceOfService, ProcedureCode, Quantity, ServiceLine, Text};

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
pub(super) fn get(line: &ServiceLine, name: &str) -> Text {
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
pub(super) fn set(line: &mut ServiceLine, name: &str, value: &str) -> Result<(), Wrong> {
    match name {
        "procedure" => line.procedure = value.parse::<ProcedureCode>().map_err(wrong)?,
        "modifiers" => line.modifiers = split::<Modifier>(value, 4)?,
        "units" => line.units = value.parse::<Quantity>().map_err(wrong)?,
        "charge" => line.charge = value.parse::<Money>().map_err(wrong)?,
        "place_of_service" if value.is_empty() => line.place_of_service = PlaceOfService::default(),
        "place_of_service" => line.place_of_service = value.parse().map_err(wrong)?,
        "service_date" => line.service_date = Some(value.parse().map_err(wrong)?),
        "diagnosis_pointers" => {
            let pointers: Vec<u8> =
                value.split(',').map(|item| item.trim().parse().map_err(wrong)).collect::<Result<_, _>>()?;
            if pointers.len() > 4 || pointers.iter().any(|p| !(1..=12).contains(p)) {
                return Err(Wrong);
            }
            line.diagnosis_pointers = pointers;
        }
        "authorization_number" => line.authorization_number = value.into(),
        "description" => line.description = value.into(),
        _ => set_other(&mut line.rendering_provider, "npi", value)?,
    }
    Ok(())
}
