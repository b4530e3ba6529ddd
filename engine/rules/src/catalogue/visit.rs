//! The visit's note, and the member's earlier services.

use claimflow_core::{PriorService, Visit, days_between};

use super::{Entry, Shape, Type, arg, field, int_of, method, optional, text_of};
use crate::context::Ctx;
use crate::value::Value;

fn number(value: u32) -> Value<'static> {
    Value::Int(i64::from(value))
}

fn visit<'a>(c: &Ctx<'a>, read: impl FnOnce(&'a Visit) -> Option<Value<'a>>) -> Value<'a> {
    c.visit.and_then(read).unwrap_or(Value::Unit)
}

pub(super) const VISIT: &[Entry] = &[
    field("visit.known", Type::Bool, "True when the register has the visit.", "visit.known", |c| {
        Value::Bool(c.visit.is_some())
    }),
    field(
        "visit.minutes",
        Type::Int,
        "Minutes from start to stop.",
        "visit.minutes != () && visit.minutes < 53",
        |c| visit(c, |row| row.minutes().map(Value::Int)),
    )
    .nullable(),
    field(
        "visit.has_start_and_stop",
        Type::Bool,
        "True when the note shows a start and a stop time; false when there is no visit.",
        "visit.known && !visit.has_start_and_stop",
        |c| Value::Bool(c.visit.is_some_and(|row| row.start.is_some() && row.stop.is_some())),
    ),
    field(
        "visit.modality",
        Type::Text,
        "`in_person`, `video` or `audio`; or empty.",
        "visit.modality == \"video\"",
        |c| Value::Text(c.visit.map_or("", |row| &row.modality)),
    )
    .shape(Shape::OneOf(&["", "in_person", "video", "audio"])),
    field(
        "visit.patient_location",
        Type::Text,
        "`home`, `office` or `other`; or empty.",
        "visit.patient_location == \"home\"",
        |c| Value::Text(c.visit.map_or("", |row| &row.patient_location)),
    )
    .shape(Shape::OneOf(&["", "home", "office", "other"])),
    field(
        "visit.signed",
        Type::Bool,
        "True when the note is signed.",
        "visit.signed != () && !visit.signed",
        |c| visit(c, |row| row.signed.map(Value::Bool)),
    )
    .nullable(),
    field(
        "visit.treatment_plan_date",
        Type::Date,
        "Date of the treatment plan in force.",
        "visit.treatment_plan_date == ()",
        |c| visit(c, |row| row.treatment_plan_date.map(Value::Date)),
    )
    .nullable(),
    field(
        "visit.treatment_plan_age",
        Type::Int,
        "Days from the treatment plan's date to the date of service.",
        "visit.treatment_plan_age != () && visit.treatment_plan_age > 365",
        |c| {
            visit(c, |row| {
                row.treatment_plan_date
                    .zip(c.service_date)
                    .map(|(plan, date)| Value::Int(days_between(plan, date)))
            })
        },
    )
    .nullable(),
    field(
        "visit.medical_necessity",
        Type::Bool,
        "True when the note states medical necessity.",
        "visit.medical_necessity == ()",
        |c| visit(c, |row| row.medical_necessity.map(Value::Bool)),
    )
    .nullable(),
    field(
        "visit.plan_linked",
        Type::Bool,
        "True when the note is linked to a goal of the treatment plan.",
        "visit.plan_linked == ()",
        |c| visit(c, |row| row.plan_linked.map(Value::Bool)),
    )
    .nullable(),
    field(
        "visit.group_size",
        Type::Int,
        "Members of a group session.",
        "visit.group_size != () && visit.group_size > 12",
        |c| visit(c, |row| row.group_size.map(number)),
    )
    .nullable(),
    field(
        "visit.individual_note",
        Type::Bool,
        "True when the note describes this member's own participation.",
        "visit.individual_note == ()",
        |c| visit(c, |row| row.individual_note.map(Value::Bool)),
    )
    .nullable(),
    field(
        "visit.patient_present",
        Type::Bool,
        "True when the patient was present.",
        "visit.patient_present == ()",
        |c| visit(c, |row| row.patient_present.map(Value::Bool)),
    )
    .nullable(),
    field(
        "visit.clinician_npi",
        Type::Text,
        "NPI of the clinician, or empty.",
        "visit.clinician_npi != provider.npi",
        |c| Value::Text(c.visit.map_or("", |row| row.clinician_npi.as_str())),
    )
    .shape(Shape::Npi),
];

/// Earlier services with this code and how many days before the date of service they were.
fn earlier<'c>(c: &'c Ctx<'_>, code: &'c str) -> impl Iterator<Item = i64> + use<'c> {
    let date = c.service_date;
    c.facts
        .history
        .iter()
        .filter(move |prior: &&PriorService| prior.procedure.as_str() == code)
        .filter_map(move |prior| Some(days_between(prior.date?, date?)))
}

pub(super) const HISTORY: &[Entry] = &[
    method(
        "history.count",
        &[arg("code", Type::Text, Shape::Procedure), arg("days", Type::Int, Shape::Any)],
        Type::Int,
        "How often the member had this service within so many days before the date of service.",
        "history.count(\"90791\", 180) > 0",
        |c, args| {
            let days = int_of(args, 1);
            let count = earlier(c, text_of(args, 0)).filter(|ago| *ago > 0 && *ago <= days).count();
            Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
        },
    ),
    method(
        "history.days_since",
        &[arg("code", Type::Text, Shape::Procedure)],
        Type::Int,
        "Days from the member's last such service to the date of service.",
        "history.days_since(\"90791\") != ()",
        |c, args| optional(earlier(c, text_of(args, 0)).filter(|ago| *ago > 0).min(), Value::Int),
    )
    .nullable(),
    method(
        "history.same_day",
        &[arg("code", Type::Text, Shape::Procedure)],
        Type::Bool,
        "True when another claim has this service of the member on the same day.",
        "history.same_day(\"90837\")",
        |c, args| Value::Bool(earlier(c, text_of(args, 0)).any(|ago| ago == 0)),
    ),
];
