//! Facts that are not on the claim: coverage, authorization, enrollment, visit, history. A missing row is unknown.

use claimflow_core::{
    Authorization, Claim, Coverage, Enrollment, Facts, PriorService, Quantity, Visit, days_between, within,
};

use super::claim::days_argument;
use super::{Entry, Shape, Type, arg, field, method, optional, text_of};
use crate::context::Ctx;
use crate::value::Value;

fn quantity(value: Quantity) -> Value<'static> {
    Value::Decimal(value.to_decimal())
}

fn number(value: u32) -> Value<'static> {
    Value::Int(i64::from(value))
}

fn coverage<'a>(c: &Ctx<'a>, read: impl FnOnce(&'a Coverage) -> Option<Value<'a>>) -> Value<'a> {
    c.coverage.and_then(read).unwrap_or(Value::Unit)
}

fn covered(c: &Ctx<'_>) -> Option<bool> {
    let row = c.coverage?;
    let date = c.service_date?;
    Some(row.status != "inactive" && within(date, row.from, row.to))
}

pub(super) const COVERAGE: &[Entry] = &[
    field(
        "coverage.known",
        Type::Bool,
        "True when the register has the member's coverage.",
        "coverage.known",
        |c| Value::Bool(c.coverage.is_some()),
    ),
    field(
        "coverage.status",
        Type::Text,
        "`active`, `inactive`, or empty when the payer did not say.",
        "coverage.status == \"inactive\"",
        |c| Value::Text(c.coverage.map_or("", |row| &row.status)),
    )
    .shape(Shape::OneOf(&["", "active", "inactive"])),
    field(
        "coverage.active",
        Type::Bool,
        "True when the coverage is in force on the date of service and not inactive.",
        "coverage.active != () && !coverage.active",
        |c| optional(covered(c), Value::Bool),
    )
    .nullable(),
    field("coverage.from", Type::Date, "First day of the coverage.", "coverage.from != ()", |c| {
        coverage(c, |row| row.from.map(Value::Date))
    })
    .nullable(),
    field("coverage.to", Type::Date, "Last day of the coverage.", "coverage.to != ()", |c| {
        coverage(c, |row| row.to.map(Value::Date))
    })
    .nullable(),
    field(
        "coverage.behavioral_payer",
        Type::Text,
        "Payer that handles behavioral health instead, or empty.",
        "coverage.behavioral_payer != \"\" && coverage.behavioral_payer != claim.payer",
        |c| Value::Text(c.coverage.map_or("", |row| row.behavioral_payer_id.as_str())),
    ),
    field(
        "coverage.authorization_required",
        Type::Bool,
        "True when the plan needs an authorization for outpatient behavioral health.",
        "coverage.authorization_required == true",
        |c| coverage(c, |row| row.authorization_required.map(Value::Bool)),
    )
    .nullable(),
    field(
        "coverage.visit_limit",
        Type::Int,
        "Visits a year the plan pays.",
        "coverage.visit_limit != ()",
        |c| coverage(c, |row| row.visit_limit.map(number)),
    )
    .nullable(),
    field("coverage.visits_used", Type::Int, "Visits already used.", "coverage.visits_used != ()", |c| {
        coverage(c, |row| row.visits_used.map(number))
    })
    .nullable(),
    field(
        "coverage.visits_left",
        Type::Int,
        "Visits left of the limit.",
        "coverage.visits_left != () && coverage.visits_left <= 0",
        |c| {
            coverage(c, |row| {
                let (limit, used) = row.visit_limit.zip(row.visits_used)?;
                Some(Value::Int(i64::from(limit) - i64::from(used)))
            })
        },
    )
    .nullable(),
    field("coverage.copay", Type::Money, "Copayment.", "coverage.copay != () && coverage.copay > 0", |c| {
        coverage(c, |row| row.copay.map(|copay| Value::Decimal(copay.to_decimal())))
    })
    .nullable(),
    field(
        "coverage.responsibility",
        Type::Text,
        "This plan's place among the member's plans, as `P` or `S`; or empty.",
        "coverage.responsibility == \"S\" && claim.responsibility == \"P\"",
        |c| Value::Text(c.coverage.map_or("", |row| &row.responsibility)),
    ),
    field(
        "coverage.verified_days_ago",
        Type::Int,
        "Days from the last verification to the date of service.",
        "coverage.verified_days_ago != () && coverage.verified_days_ago > 30",
        |c| {
            coverage(c, |row| {
                row.verified_on.zip(c.service_date).map(|(on, date)| Value::Int(days_between(on, date)))
            })
        },
    )
    .nullable(),
];

/// The line's own, else every line of the claim.
fn every_line(c: &Ctx<'_>, test: fn(&Authorization, &claimflow_core::ServiceLine) -> bool) -> bool {
    let holds = |line| c.facts.authorization(c.claim, line).is_some_and(|row| test(row, line));
    match c.line {
        Some(line) => c.authorization.is_some_and(|row| test(row, line)),
        None => !c.claim.lines.is_empty() && c.claim.lines.iter().all(holds),
    }
}

fn covers_claim(facts: &Facts, claim: &Claim) -> bool {
    !claim.lines.is_empty()
        && claim.lines.iter().all(|line| facts.authorization(claim, line).is_some_and(|row| row.covers(line)))
}

fn on_claim(c: &Ctx<'_>) -> bool {
    let own =
        |number: &str| c.authorization.is_some_and(|row| !row.number.is_empty() && row.number == number);
    match c.line {
        Some(line) => own(line.authorization(c.claim)),
        None => {
            own(&c.claim.authorization_number)
                || c.claim.lines.iter().any(|line| own(&line.authorization_number))
        }
    }
}

fn authorization<'a>(c: &Ctx<'a>, read: impl FnOnce(&'a Authorization) -> Option<Value<'a>>) -> Value<'a> {
    c.authorization.and_then(read).unwrap_or(Value::Unit)
}

pub(super) const AUTHORIZATION: &[Entry] = &[
    field(
        "authorization.known",
        Type::Bool,
        "True when the register has an authorization of the member.",
        "authorization.known",
        |c| Value::Bool(c.authorization.is_some()),
    ),
    field("authorization.number", Type::Text, "Its number, or empty.", "authorization.number != \"\"", |c| {
        Value::Text(c.authorization.map_or("", |row| &row.number))
    }),
    field(
        "authorization.status",
        Type::Text,
        "`approved`, `pended` or `denied`; or empty.",
        "authorization.status == \"pended\"",
        |c| Value::Text(c.authorization.map_or("", |row| &row.status)),
    )
    .shape(Shape::OneOf(&["", "approved", "pended", "denied"])),
    method(
        "authorization.covers",
        &[arg("line", Type::Line, Shape::Any)],
        Type::Bool,
        "True when it is approved, in force on the line's date, for its code, and with units left.",
        "authorization.covers(line)",
        |c, _| Value::Bool(every_line(c, Authorization::covers)),
    )
    .only(super::WITH_LINE),
    method(
        "authorization.matches",
        &[arg("line", Type::Line, Shape::Any)],
        Type::Bool,
        "True when it is approved, in force on the line's date and for its code, units left or not.",
        "authorization.matches(line) && !authorization.covers(line)",
        |c, _| Value::Bool(every_line(c, Authorization::matches)),
    )
    .only(super::WITH_LINE),
    field(
        "authorization.covers_claim",
        Type::Bool,
        "True when every line is covered by an authorization.",
        "!authorization.covers_claim",
        |c| Value::Bool(covers_claim(c.facts, c.claim)),
    ),
    field("authorization.from", Type::Date, "First day.", "authorization.from != ()", |c| {
        authorization(c, |row| row.from.map(Value::Date))
    })
    .nullable(),
    field("authorization.to", Type::Date, "Last day.", "authorization.to != ()", |c| {
        authorization(c, |row| row.to.map(Value::Date))
    })
    .nullable(),
    field(
        "authorization.units_left",
        Type::Quantity,
        "Units left; unknown when the approval names no number.",
        "authorization.units_left != () && authorization.units_left < 3",
        |c| authorization(c, |row| row.units_left().map(quantity)),
    )
    .nullable(),
    field(
        "authorization.units_used",
        Type::Quantity,
        "Units used so far; 0 when there is no authorization.",
        "authorization.units_used > 0",
        |c| quantity(c.authorization.map_or(Quantity::ZERO, |row| row.units_used)),
    ),
    field(
        "authorization.days_left",
        Type::Int,
        "Days from the date of service to its last day.",
        "authorization.days_left != () && authorization.days_left < 14",
        |c| {
            authorization(c, |row| {
                row.to.zip(c.service_date).map(|(to, date)| Value::Int(days_between(date, to)))
            })
        },
    )
    .nullable(),
    field(
        "authorization.on_claim",
        Type::Bool,
        "True when its number is on the line or the claim.",
        "authorization.known && !authorization.on_claim",
        |c| Value::Bool(on_claim(c)),
    ),
];

fn enrollment<'a>(c: &Ctx<'a>, read: impl FnOnce(&'a Enrollment) -> Option<Value<'a>>) -> Value<'a> {
    c.enrollment.and_then(read).unwrap_or(Value::Unit)
}

pub(super) const ENROLLMENT: &[Entry] = &[
    field(
        "enrollment.known",
        Type::Bool,
        "True when the register has the provider's enrollment with the payer.",
        "enrollment.known",
        |c| Value::Bool(c.enrollment.is_some()),
    ),
    field(
        "enrollment.active",
        Type::Bool,
        "True when it is active and in force on the date of service.",
        "enrollment.active != () && !enrollment.active",
        |c| {
            enrollment(c, |row| {
                c.service_date
                    .map(|date| Value::Bool(row.status == "active" && within(date, row.from, row.to)))
            })
        },
    )
    .nullable(),
    field(
        "enrollment.status",
        Type::Text,
        "`active`, `pending` or `ended`; or empty.",
        "enrollment.status == \"pending\"",
        |c| Value::Text(c.enrollment.map_or("", |row| &row.status)),
    )
    .shape(Shape::OneOf(&["", "active", "pending", "ended"])),
    field(
        "enrollment.license",
        Type::Text,
        "Licence, as `LCSW`, `LPC`, `PHD`, `MD`, `PMHNP`; or empty.",
        "enrollment.license == \"LCSW\"",
        |c| Value::Text(c.enrollment.map_or("", |row| &row.license)),
    ),
    field("enrollment.from", Type::Date, "First day.", "enrollment.from != ()", |c| {
        enrollment(c, |row| row.from.map(Value::Date))
    })
    .nullable(),
    field("enrollment.to", Type::Date, "Last day.", "enrollment.to != ()", |c| {
        enrollment(c, |row| row.to.map(Value::Date))
    })
    .nullable(),
];

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
            let days = days_argument(args);
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
