//! The claim as a whole, and the day of the decision.

use claimflow_core::{Claim, Money, Quantity, ServiceLine, days_between};

use super::{Entry, Shape, Type, arg, field, list_any, method, optional, text_of};
use crate::value::{List, Value};

fn decimal(value: Money) -> Value<'static> {
    Value::Decimal(value.to_decimal())
}

fn int(value: usize) -> Value<'static> {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn lines_with<'c>(claim: &'c Claim, code: &str) -> impl Iterator<Item = &'c ServiceLine> {
    claim.lines.iter().filter(move |line| line.procedure.as_str() == code)
}

fn has_diagnosis(claim: &Claim, prefix: &str) -> bool {
    claim.diagnoses.iter().any(|diagnosis| diagnosis.code.as_str().starts_with(prefix))
}

fn duplicate_lines(claim: &Claim) -> bool {
    claim.lines.iter().enumerate().any(|(place, line)| {
        claim.lines.iter().skip(place + 1).any(|other| {
            other.procedure == line.procedure
                && other.service_date == line.service_date
                && same_modifiers(line, other)
        })
    })
}

fn same_modifiers(line: &ServiceLine, other: &ServiceLine) -> bool {
    line.modifiers.len() == other.modifiers.len()
        && line.modifiers.iter().all(|modifier| other.has_modifier(modifier.as_str()))
}

pub(super) const ENTRIES: &[Entry] = &[
    field(
        "claim.id",
        Type::Text,
        "The practice's number of the claim (CLM01).",
        "claim.id.len() > 20",
        |c| Value::Text(c.claim.id.as_str()),
    ),
    field("claim.charge", Type::Money, "Total charge (CLM02).", "claim.charge > 500", |c| {
        decimal(c.claim.charge)
    }),
    field(
        "claim.place_of_service",
        Type::Text,
        "Place of service of the claim (CLM05-1).",
        "claim.place_of_service in [\"02\", \"10\"]",
        |c| Value::Text(c.claim.place_of_service.as_str()),
    )
    .shape(Shape::Place)
    .set_by("claim.set_place_of_service"),
    field(
        "claim.frequency",
        Type::Text,
        "`1` original, `7` replacement, `8` void.",
        "claim.frequency == \"7\"",
        |c| Value::Text(&c.claim.frequency),
    )
    .shape(Shape::OneOf(&["", "1", "7", "8"]))
    .set_by("claim.set_frequency"),
    field("claim.payer", Type::Text, "Id of the payer.", "claim.payer == \"60054\"", |c| {
        Value::Text(c.claim.payer.id.as_str())
    }),
    field(
        "claim.payer_name",
        Type::Text,
        "Name of the payer.",
        "claim.payer_name.contains(\"AETNA\")",
        |c| Value::Text(&c.claim.payer.name),
    ),
    field(
        "claim.filing_indicator",
        Type::Text,
        "Kind of plan (SBR09), as `CI` commercial, `MB` Medicare part B, `MC` Medicaid.",
        "claim.filing_indicator == \"MB\"",
        |c| Value::Text(&c.claim.subscriber.filing_indicator),
    )
    .set_by("claim.set_filing_indicator"),
    field(
        "claim.authorization_number",
        Type::Text,
        "Authorization number of the claim (REF*G1), or empty.",
        "claim.authorization_number.is_empty()",
        |c| Value::Text(&c.claim.authorization_number),
    )
    .set_by("claim.set_authorization_number"),
    field(
        "claim.referral_number",
        Type::Text,
        "Referral number (REF*9F), or empty.",
        "claim.referral_number == \"\"",
        |c| Value::Text(&c.claim.referral_number),
    )
    .set_by("claim.set_referral_number"),
    field(
        "claim.payer_claim_number",
        Type::Text,
        "The payer's number of the claim that this one replaces or voids (REF*F8), or empty.",
        "claim.is_correction && claim.payer_claim_number == \"\"",
        |c| Value::Text(&c.claim.payer_claim_number),
    )
    .set_by("claim.set_payer_claim_number"),
    field(
        "claim.service_date",
        Type::Date,
        "First date of service.",
        "claim.service_date != () && claim.service_date >= date(\"2026-01-01\")",
        |c| optional(c.claim.service_date(), Value::Date),
    )
    .nullable(),
    field(
        "claim.last_service_date",
        Type::Date,
        "Last date of service.",
        "claim.last_service_date != () && days_between(claim.last_service_date, as_of) > 90",
        |c| optional(c.claim.last_service_date(), Value::Date),
    )
    .nullable(),
    field("claim.line_count", Type::Int, "How many service lines there are.", "claim.line_count == 0", |c| {
        int(c.claim.lines.len())
    }),
    field(
        "claim.diagnoses",
        Type::Texts,
        "Diagnosis codes without points, the principal one first.",
        "claim.diagnoses.is_empty()",
        |c| Value::List(List::Diagnoses(&c.claim.diagnoses)),
    )
    .shape(Shape::Diagnosis),
    field(
        "claim.principal_diagnosis",
        Type::Text,
        "The first diagnosis, or empty.",
        "claim.principal_diagnosis.starts_with(\"Z\")",
        |c| Value::Text(c.claim.diagnoses.first().map_or("", |first| first.code.as_str())),
    )
    .shape(Shape::Diagnosis),
    field(
        "claim.is_correction",
        Type::Bool,
        "True when the claim replaces or voids an earlier one (frequency 7 or 8).",
        "claim.is_correction",
        |c| Value::Bool(c.claim.is_correction()),
    ),
    field(
        "claim.submissions",
        Type::Int,
        "How often the claim has gone out.",
        "claim.submissions > 2",
        |c| Value::Int(i64::from(c.input.submissions)),
    ),
    field(
        "claim.days_since_service",
        Type::Int,
        "Days from the last date of service to the day of the decision.",
        "claim.days_since_service != () && claim.days_since_service > 90",
        |c| optional(c.claim.last_service_date(), |date| Value::Int(days_between(date, c.input.as_of))),
    )
    .nullable(),
    field(
        "claim.responsibility",
        Type::Text,
        "The payer's place among the member's payers: `P`, `S` or `T`.",
        "claim.responsibility == \"S\"",
        |c| Value::Text(&c.claim.subscriber.responsibility),
    ),
    field(
        "claim.group_number",
        Type::Text,
        "Group or policy number (SBR03).",
        "claim.group_number == \"\"",
        |c| Value::Text(&c.claim.subscriber.group_number),
    ),
    field(
        "claim.patient_paid",
        Type::Money,
        "What the patient has paid (AMT*F5).",
        "claim.patient_paid != ()",
        |c| optional(c.claim.patient_paid, decimal),
    )
    .nullable(),
    field(
        "claim.has_other_payer",
        Type::Bool,
        "True when another payer is on the claim.",
        "claim.has_other_payer && claim.responsibility == \"P\"",
        |c| Value::Bool(!c.claim.other_payers.is_empty()),
    ),
    method(
        "claim.has_code",
        &[arg("code", Type::Text, Shape::Procedure)],
        Type::Bool,
        "True when a line has this procedure code.",
        "claim.has_code(\"90791\")",
        |c, args| Value::Bool(lines_with(c.claim, text_of(args, 0)).next().is_some()),
    ),
    method(
        "claim.has_any_code",
        &[arg("codes", Type::Texts, Shape::Procedure)],
        Type::Bool,
        "True when a line has one of these procedure codes.",
        "claim.has_any_code([\"90791\", \"90792\"])",
        |c, args| Value::Bool(list_any(args, 0, |code| lines_with(c.claim, code).next().is_some())),
    ),
    method(
        "claim.count_code",
        &[arg("code", Type::Text, Shape::Procedure)],
        Type::Int,
        "How many lines have this procedure code.",
        "claim.count_code(\"90853\") > 1",
        |c, args| int(lines_with(c.claim, text_of(args, 0)).count()),
    ),
    method(
        "claim.units_of",
        &[arg("code", Type::Text, Shape::Procedure)],
        Type::Quantity,
        "Units of this procedure code, all lines together.",
        "claim.units_of(\"H0004\") > 8",
        |c, args| {
            let sum =
                lines_with(c.claim, text_of(args, 0)).fold(Quantity::ZERO, |sum, line| sum + line.units);
            Value::Decimal(sum.to_decimal())
        },
    ),
    method(
        "claim.has_diagnosis",
        &[arg("prefix", Type::Text, Shape::DiagnosisPrefix)],
        Type::Bool,
        "True when a diagnosis begins with this text.",
        "claim.has_diagnosis(\"F84\")",
        |c, args| Value::Bool(has_diagnosis(c.claim, text_of(args, 0))),
    ),
    method(
        "claim.has_any_diagnosis",
        &[arg("prefixes", Type::Texts, Shape::DiagnosisPrefix)],
        Type::Bool,
        "True when a diagnosis begins with one of these texts.",
        "claim.has_any_diagnosis([\"F10\", \"F11\"])",
        |c, args| Value::Bool(list_any(args, 0, |prefix| has_diagnosis(c.claim, prefix))),
    ),
    field(
        "claim.has_supervising_provider",
        Type::Bool,
        "True when a supervising provider is on the claim or a line.",
        "!claim.has_supervising_provider",
        |c| {
            let on_line = || c.claim.lines.iter().any(|line| line.supervising_provider.is_some());
            Value::Bool(c.claim.supervising_provider.is_some() || on_line())
        },
    ),
    field(
        "claim.supervising_npi",
        Type::Text,
        "NPI of the claim's supervising provider, or empty.",
        "claim.supervising_npi == billing.npi",
        |c| Value::Text(c.claim.supervising_provider.as_ref().map_or("", |provider| provider.npi.as_str())),
    )
    .shape(Shape::Npi),
    field(
        "claim.referring_npi",
        Type::Text,
        "NPI of the referring provider, or empty.",
        "claim.referring_npi == \"\"",
        |c| Value::Text(c.claim.referring_provider.as_ref().map_or("", |provider| provider.npi.as_str())),
    )
    .shape(Shape::Npi),
    field(
        "claim.signature_on_file",
        Type::Bool,
        "True when the provider's signature is on file (CLM06 is `Y`).",
        "!claim.signature_on_file",
        |c| Value::Bool(c.claim.indicators.signature_on_file == "Y"),
    ),
    field(
        "claim.charge_matches_lines",
        Type::Bool,
        "True when the total charge is the sum of the lines' charges.",
        "!claim.charge_matches_lines",
        |c| Value::Bool(c.claim.charge == c.claim.lines.iter().map(|line| line.charge).sum()),
    ),
    field(
        "claim.duplicate_lines",
        Type::Bool,
        "True when two lines have the same code, modifiers and date.",
        "claim.duplicate_lines",
        |c| Value::Bool(duplicate_lines(c.claim)),
    ),
    field("as_of", Type::Date, "The day of the decision.", "as_of >= date(\"2026-01-01\")", |c| {
        Value::Date(c.input.as_of)
    }),
];
