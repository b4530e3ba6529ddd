//! The service line and the diagnosis.

use claimflow_core::{Quantity, ServiceLine, Subject};

use super::{Entry, Shape, Type, WITH_LINE, arg, field, list_any, method, optional, text_of};
use crate::context::Ctx;
use crate::value::{List, Value};

fn text<'a>(c: &Ctx<'a>, read: impl FnOnce(&'a ServiceLine) -> &'a str) -> Value<'a> {
    Value::Text(c.line.map_or("", read))
}

fn test(c: &Ctx<'_>, check: impl FnOnce(&ServiceLine) -> bool) -> Value<'static> {
    Value::Bool(c.line.is_some_and(check))
}

fn count(value: usize) -> Value<'static> {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Lines of the claim on the day of this one, this one included.
fn same_day<'a>(c: &Ctx<'a>) -> impl Iterator<Item = &'a ServiceLine> + use<'a> {
    let date = c.line.and_then(|line| line.service_date);
    c.claim.lines.iter().filter(move |line| date.is_some() && line.service_date == date)
}

fn another_same_day(c: &Ctx<'_>, code: &str) -> bool {
    let own = c.line.map(std::ptr::from_ref);
    same_day(c).any(|line| Some(std::ptr::from_ref(line)) != own && line.procedure.as_str() == code)
}

/// The codes of the other lines of that day, each as often as it stands there.
fn others_same_day<'a>(c: &Ctx<'a>) -> Vec<Value<'a>> {
    let own = c.line.map(std::ptr::from_ref);
    let others = same_day(c).filter(|line| Some(std::ptr::from_ref::<ServiceLine>(line)) != own);
    others.map(|line| Value::Text(line.procedure.as_str())).collect()
}

/// Units of this line's code on its day, this line included; of a line without a day, its own.
fn units_same_day(c: &Ctx<'_>, own: &ServiceLine) -> Quantity {
    if own.service_date.is_none() {
        return own.units;
    }
    let same = same_day(c).filter(|line| line.procedure == own.procedure);
    same.fold(Quantity::ZERO, |sum, line| sum + line.units)
}

fn pointers_valid(c: &Ctx<'_>, line: &ServiceLine) -> bool {
    let pointers = &line.diagnosis_pointers;
    !pointers.is_empty() && pointers.iter().all(|&p| p >= 1 && usize::from(p) <= c.claim.diagnoses.len())
}

pub(super) const ENTRIES: &[Entry] = &[
    field(
        "line.known",
        Type::Bool,
        "True when there is a line: an adjustment of the whole claim has none.",
        "line.known",
        |c| Value::Bool(c.line.is_some()),
    )
    .only(WITH_LINE),
    field(
        "line.number",
        Type::Int,
        "Number of the line, from 1; 0 when there is none.",
        "line.number == 1",
        |c| Value::Int(c.line.map_or(0, |line| i64::from(line.number))),
    )
    .only(WITH_LINE),
    field("line.procedure", Type::Text, "Procedure code.", "line.procedure == \"90837\"", |c| {
        text(c, |line| line.procedure.as_str())
    })
    .shape(Shape::Procedure)
    .only(WITH_LINE),
    field("line.modifiers", Type::Texts, "Modifiers in order.", "line.modifiers.is_empty()", |c| {
        Value::List(List::Modifiers(c.line.map_or(&[], |line| &line.modifiers)))
    })
    .shape(Shape::Modifier)
    .set_by("line.add_modifier")
    .only(WITH_LINE),
    method(
        "line.has_modifier",
        &[arg("modifier", Type::Text, Shape::Modifier)],
        Type::Bool,
        "True when the line carries the modifier.",
        "!line.has_modifier(\"95\")",
        |c, args| test(c, |line| line.has_modifier(text_of(args, 0))),
    )
    .only(WITH_LINE),
    method(
        "line.has_any_modifier",
        &[arg("modifiers", Type::Texts, Shape::Modifier)],
        Type::Bool,
        "True when the line carries one of the modifiers.",
        "line.has_any_modifier([\"95\", \"GT\", \"93\"])",
        |c, args| test(c, |line| list_any(args, 0, |modifier| line.has_modifier(modifier))),
    )
    .only(WITH_LINE),
    field(
        "line.modifier_count",
        Type::Int,
        "How many modifiers there are.",
        "line.modifier_count == 4",
        |c| count(c.line.map_or(0, |line| line.modifiers.len())),
    )
    .only(WITH_LINE),
    field("line.units", Type::Quantity, "Units.", "line.known && line.units > 1", |c| {
        optional(c.line, |line| Value::Decimal(line.units.to_decimal()))
    })
    .set_by("line.set_units")
    .only(WITH_LINE),
    field("line.charge", Type::Money, "Charge of the line.", "line.known && line.charge == 0", |c| {
        optional(c.line, |line| Value::Decimal(line.charge.to_decimal()))
    })
    .only(WITH_LINE),
    field(
        "line.place_of_service",
        Type::Text,
        "Place of service: the line's own, else the claim's.",
        "line.place_of_service == \"10\"",
        |c| match c.line {
            Some(line) if !line.place_of_service.is_empty() => Value::Text(line.place_of_service.as_str()),
            _ => Value::Text(c.claim.place_of_service.as_str()),
        },
    )
    .shape(Shape::Place)
    .set_by("line.set_place_of_service")
    .only(WITH_LINE),
    field("line.service_date", Type::Date, "Date of service.", "line.service_date == ()", |c| {
        optional(c.line.and_then(|line| line.service_date), Value::Date)
    })
    .nullable()
    .only(WITH_LINE),
    field(
        "line.pointer_count",
        Type::Int,
        "How many diagnoses the line points to.",
        "line.pointer_count == 0",
        |c| count(c.line.map_or(0, |line| line.diagnosis_pointers.len())),
    )
    .only(WITH_LINE),
    field(
        "line.pointers_valid",
        Type::Bool,
        "True when the line points to at least one diagnosis and only to diagnoses that exist.",
        "!line.pointers_valid",
        |c| test(c, |line| pointers_valid(c, line)),
    )
    .only(WITH_LINE),
    field(
        "line.authorization_number",
        Type::Text,
        "Authorization number: the line's own, else the claim's; or empty.",
        "line.authorization_number == \"\"",
        |c| Value::Text(c.line.map_or(&c.claim.authorization_number, |line| line.authorization(c.claim))),
    )
    .set_by("line.set_authorization_number")
    .only(WITH_LINE),
    field(
        "line.rendering_npi",
        Type::Text,
        "NPI of who gave the service.",
        "line.rendering_npi == billing.npi",
        |c| Value::Text(c.rendering().npi.as_str()),
    )
    .shape(Shape::Npi)
    .only(WITH_LINE),
    field(
        "line.is_well_formed",
        Type::Bool,
        "True when the procedure code has the shape of one.",
        "!line.is_well_formed",
        |c| test(c, |line| line.procedure.is_well_formed()),
    )
    .only(WITH_LINE),
    method(
        "line.same_day_has",
        &[arg("code", Type::Text, Shape::Procedure)],
        Type::Bool,
        "True when another line of the claim on the same day has this procedure code.",
        "line.same_day_has(\"90839\")",
        |c, args| Value::Bool(another_same_day(c, text_of(args, 0))),
    )
    .only(WITH_LINE),
    method(
        "line.same_day_has_any",
        &[arg("codes", Type::Texts, Shape::Procedure)],
        Type::Bool,
        "True when another line of the claim on the same day has one of these procedure codes.",
        "!line.same_day_has_any([\"99213\", \"99214\"])",
        |c, args| Value::Bool(list_any(args, 0, |code| another_same_day(c, code))),
    )
    .only(WITH_LINE),
    method(
        "line.same_day_count",
        &[arg("code", Type::Text, Shape::Procedure)],
        Type::Int,
        "How many lines of the claim on the same day have this procedure code, this line included.",
        "line.same_day_count(\"90853\") > 1",
        |c, args| count(same_day(c).filter(|line| line.procedure.as_str() == text_of(args, 0)).count()),
    )
    .only(WITH_LINE),
    field(
        "line.same_day_codes",
        Type::Texts,
        "Procedure codes of the other lines of the claim on the same day.",
        "\"90785\" in line.same_day_codes",
        |c| Value::List(List::Values(others_same_day(c))),
    )
    .only(WITH_LINE),
    field(
        "line.same_day_units",
        Type::Quantity,
        "Units of this line's procedure code on its day, all lines together.",
        "line.known && line.same_day_units > 1",
        |c| c.line.map_or(Value::Unit, |own| Value::Decimal(units_same_day(c, own).to_decimal())),
    )
    .only(WITH_LINE),
    field(
        "diagnosis.code",
        Type::Text,
        "Diagnosis code without its point.",
        "diagnosis.code == \"F331\"",
        |c| Value::Text(c.diagnosis.map_or("", |diagnosis| diagnosis.code.as_str())),
    )
    .shape(Shape::Diagnosis)
    .only(&[Subject::Diagnosis]),
    field(
        "diagnosis.position",
        Type::Int,
        "Place among the diagnoses, from 1.",
        "diagnosis.position > 4",
        |c| Value::Int(i64::from(c.index)),
    )
    .only(&[Subject::Diagnosis]),
    field(
        "diagnosis.is_well_formed",
        Type::Bool,
        "True when the code has the shape of an ICD-10-CM code.",
        "!diagnosis.is_well_formed",
        |c| Value::Bool(c.diagnosis.is_some_and(|diagnosis| diagnosis.code.is_well_formed())),
    )
    .only(&[Subject::Diagnosis]),
    method(
        "diagnosis.starts_with",
        &[arg("prefix", Type::Text, Shape::DiagnosisPrefix)],
        Type::Bool,
        "True when the code begins with this text.",
        "diagnosis.starts_with(\"F84\")",
        |c, args| {
            Value::Bool(
                c.diagnosis.is_some_and(|diagnosis| diagnosis.code.as_str().starts_with(text_of(args, 0))),
            )
        },
    )
    .only(&[Subject::Diagnosis]),
    field(
        "diagnosis.is_principal",
        Type::Bool,
        "True for the first diagnosis.",
        "diagnosis.is_principal",
        |c| Value::Bool(c.index == 1),
    )
    .only(&[Subject::Diagnosis]),
];
