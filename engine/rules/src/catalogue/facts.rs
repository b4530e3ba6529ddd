//! Coverage, authorization and enrollment: facts that are not on the claim. A missing row is unknown.

use claimflow_core::{Authorization, Claim, Coverage, Enrollment, Facts, Quantity, days_between, within};

use super::{Entry, Shape, Type, arg, field, method, optional};
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
        "coverage.authorization_required != () && coverage.authorization_required",
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
