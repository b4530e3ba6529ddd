//! Words of the field as plugins' scripts read them.

use claimflow_core::{
    Authorization, Claim, Coverage, Enrollment, Facts, Money, Provider, Quantity, ServiceLine, Text, Visit,
};
use claimflow_core::{Value, ValueType};
use claimflow_rules::plugin::Data;
use jiff::civil::Date;

use super::{ClaimPart, RegisterName};

/// The fields of `call.claim.PART`, for checks of scripts and for the cookbook.
pub(super) fn part(claim: &Claim, part: ClaimPart) -> Data {
    match part {
        ClaimPart::Header => map([
            ("id", text(claim.id.as_str())),
            ("charge", money(claim.charge)),
            ("place_of_service", text(claim.place_of_service.as_str())),
            ("frequency", text(&claim.frequency)),
        ]),
        ClaimPart::Payer => map([("id", text(claim.payer.id.as_str())), ("name", text(&claim.payer.name))]),
        ClaimPart::Member => {
            let person = claim.patient_person();
            let own = &person.member_id;
            let member = if own.is_empty() { &claim.subscriber.person.member_id } else { own };
            map([
                ("member_id", text(member)),
                ("last", text(&person.name.last)),
                ("first", text(&person.name.first)),
                ("birth_date", date(person.birth_date)),
                ("sex", text(&person.sex)),
            ])
        }
        ClaimPart::Providers => map([
            ("billing", provider(&claim.billing_provider)),
            ("rendering", claim.rendering_provider.as_ref().map_or(Data::Nothing, provider)),
        ]),
        ClaimPart::Diagnoses => {
            Data::List(claim.diagnoses.iter().map(|own| text(own.code.as_str())).collect())
        }
        ClaimPart::Lines => Data::List(claim.lines.iter().map(line).collect()),
    }
}

fn provider(provider: &Provider) -> Data {
    map([
        ("npi", text(provider.npi.as_str())),
        ("tax_id", text(&provider.tax_id)),
        ("taxonomy", text(&provider.taxonomy)),
        ("name", text(&provider.name.last)),
    ])
}

fn line(line: &ServiceLine) -> Data {
    map([
        ("number", Data::Int(i64::from(line.number))),
        ("procedure", text(line.procedure.as_str())),
        ("modifiers", Data::List(line.modifiers.iter().map(|own| text(own.as_str())).collect())),
        ("charge", money(line.charge)),
        ("units", quantity(line.units)),
        ("place_of_service", text(line.place_of_service.as_str())),
        ("service_date", date(line.service_date)),
    ])
}

/// The rows of a register that concern the claim; the columns that rows are found by come first.
pub(super) fn rows(register: RegisterName, facts: &Facts) -> Vec<Data> {
    match register {
        RegisterName::Coverage => facts.coverages.iter().map(coverage).collect(),
        RegisterName::Authorizations => facts.authorizations.iter().map(authorization).collect(),
        RegisterName::Enrollments => facts.enrollments.iter().map(enrollment).collect(),
        RegisterName::Visits => facts.visits.iter().map(visit).collect(),
    }
}

fn coverage(row: &Coverage) -> Data {
    map([
        ("member_id", text(&row.member_id)),
        ("payer_id", text(row.payer_id.as_str())),
        ("status", text(&row.status)),
        ("from", date(row.from)),
        ("to", date(row.to)),
        ("behavioral_payer_id", text(row.behavioral_payer_id.as_str())),
        ("authorization_required", row.authorization_required.map_or(Data::Nothing, Data::Bool)),
        ("visit_limit", whole(row.visit_limit)),
        ("visits_used", whole(row.visits_used)),
        ("copay", row.copay.map_or(Data::Nothing, money)),
        ("verified_on", date(row.verified_on)),
    ])
}

fn authorization(row: &Authorization) -> Data {
    map([
        ("member_id", text(&row.member_id)),
        ("payer_id", text(row.payer_id.as_str())),
        ("number", text(&row.number)),
        ("status", text(&row.status)),
        ("codes", Data::List(row.codes.iter().map(|own| text(own.as_str())).collect())),
        ("from", date(row.from)),
        ("to", date(row.to)),
        ("units_approved", row.units_approved.map_or(Data::Nothing, quantity)),
        ("units_used", quantity(row.units_used)),
    ])
}

fn enrollment(row: &Enrollment) -> Data {
    map([
        ("npi", text(row.npi.as_str())),
        ("payer_id", text(row.payer_id.as_str())),
        ("status", text(&row.status)),
        ("from", date(row.from)),
        ("to", date(row.to)),
        ("license", text(&row.license)),
    ])
}

fn visit(row: &Visit) -> Data {
    map([
        ("claim_id", text(row.claim_id.as_str())),
        ("line", Data::Int(i64::from(row.line))),
        ("date", date(row.date)),
        ("modality", text(&row.modality)),
        ("signed", row.signed.map_or(Data::Nothing, Data::Bool)),
        ("treatment_plan_date", date(row.treatment_plan_date)),
        ("group_size", whole(row.group_size)),
    ])
}

pub(super) fn map<const N: usize>(fields: [(&str, Data); N]) -> Data {
    Data::Map(fields.into_iter().map(|(name, value)| (Text::from(name), value)).collect())
}

fn text(text: &str) -> Data {
    Data::text(text)
}

fn date(date: Option<Date>) -> Data {
    date.map_or(Data::Nothing, Data::Date)
}

fn whole(number: Option<u32>) -> Data {
    number.map_or(Data::Nothing, |number| Data::Int(i64::from(number)))
}

fn money(amount: Money) -> Data {
    Data::Decimal(amount.to_decimal())
}

fn quantity(amount: Quantity) -> Data {
    Data::Decimal(amount.to_decimal())
}

/// A value of a workflow, for a script: money is a decimal number.
pub(super) fn from_value(value: &Value) -> Data {
    match value {
        Value::None => Data::Nothing,
        Value::Text(own) => text(own),
        Value::Int(own) => Data::Int(*own),
        Value::Bool(own) => Data::Bool(*own),
        Value::Money(own) => money(*own),
        Value::Date(own) => Data::Date(*own),
    }
}

/// A value of that kind as it is written in YAML; `None` for another.
pub(crate) fn read_value(kind: ValueType, text: &str) -> Option<Value> {
    match kind {
        ValueType::Text => Some(Value::Text(text.into())),
        ValueType::Int => text.parse().ok().map(Value::Int),
        ValueType::Bool => text.parse().ok().map(Value::Bool),
        ValueType::Money => text.parse().ok().map(Value::Money),
        ValueType::Date => text.parse().ok().map(Value::Date),
    }
}

/// The longest text that an action gives.
const LONGEST: usize = 2_000;

/// What a script answers, as a value of that kind.
///
/// # Errors
/// What it is instead.
pub(super) fn to_value(data: &Data, kind: ValueType) -> Result<Value, String> {
    let wrong = || format!("is {}, not {}", data.kind(), kind.words());
    match (kind, data) {
        (_, Data::Nothing) => Ok(Value::None),
        (ValueType::Text, Data::Text(text)) if text.len() <= LONGEST => Ok(Value::Text(text.clone())),
        (ValueType::Text, Data::Text(_)) => Err(format!("has more than {LONGEST} bytes")),
        (ValueType::Int, Data::Int(value)) => Ok(Value::Int(*value)),
        (ValueType::Bool, Data::Bool(value)) => Ok(Value::Bool(*value)),
        (ValueType::Date, Data::Date(date)) => Ok(Value::Date(*date)),
        (ValueType::Money, Data::Decimal(value)) => {
            let cents = "is no amount in whole cents: round it with `.round(2)`";
            Money::from_decimal(*value).map(Value::Money).ok_or_else(|| cents.to_owned())
        }
        (ValueType::Money, Data::Int(value)) => {
            let cents = value.checked_mul(100).ok_or_else(|| "is too large an amount".to_owned())?;
            Ok(Value::Money(Money::from_cents(cents)))
        }
        _ => Err(wrong()),
    }
}

/// The kinds of fields by part, as `call.claim` has them.
pub(super) fn claim(claim: &Claim, parts: &[ClaimPart]) -> Data {
    Data::Map(parts.iter().map(|own| (Text::const_new(own.as_str()), part(claim, *own))).collect())
}
