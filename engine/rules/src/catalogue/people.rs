//! Who gave the service, who bills, who was treated, and who holds the policy.

use jiff::civil::Date;

use super::{Entry, Shape, Type, field, optional};
use crate::value::Value;

fn age(birth: Date, on: Date) -> i64 {
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    i64::from(on.year()) - i64::from(birth.year()) - i64::from(!had_birthday)
}

pub(super) const ENTRIES: &[Entry] = &[
    field("provider.npi", Type::Text, "NPI of who gave the service.", "provider.npi == \"\"", |c| {
        Value::Text(c.rendering().npi.as_str())
    })
    .shape(Shape::Npi),
    field(
        "provider.npi_valid",
        Type::Bool,
        "True when the NPI has ten digits and the right check digit.",
        "!provider.npi_valid",
        |c| Value::Bool(c.rendering().npi.check_digit_holds()),
    ),
    field(
        "provider.taxonomy",
        Type::Text,
        "Taxonomy code of who gave the service.",
        "provider.taxonomy == \"\"",
        |c| Value::Text(&c.rendering().taxonomy),
    ),
    field(
        "provider.is_billing",
        Type::Bool,
        "True when who gave the service is also who bills.",
        "!provider.is_billing",
        |c| Value::Bool(c.rendering().npi == c.claim.billing_provider.npi),
    ),
    field("billing.npi", Type::Text, "NPI of who bills.", "billing.npi == \"\"", |c| {
        Value::Text(c.claim.billing_provider.npi.as_str())
    })
    .shape(Shape::Npi),
    field(
        "billing.npi_valid",
        Type::Bool,
        "True when the billing NPI has ten digits and the right check digit.",
        "!billing.npi_valid",
        |c| Value::Bool(c.claim.billing_provider.npi.check_digit_holds()),
    ),
    field("billing.taxonomy", Type::Text, "Taxonomy code of who bills.", "billing.taxonomy == \"\"", |c| {
        Value::Text(&c.claim.billing_provider.taxonomy)
    }),
    field(
        "billing.tax_id_known",
        Type::Bool,
        "True when the tax id is given.",
        "!billing.tax_id_known",
        |c| Value::Bool(!c.claim.billing_provider.tax_id.is_empty()),
    ),
    field(
        "patient.age",
        Type::Int,
        "Age in years on the date of service.",
        "patient.age != () && patient.age < 18",
        |c| {
            let birth = c.claim.patient_person().birth_date;
            optional(birth.zip(c.service_date), |(birth, on)| Value::Int(age(birth, on)))
        },
    )
    .nullable(),
    field("patient.sex", Type::Text, "`F`, `M` or `U`.", "patient.sex == \"U\"", |c| {
        Value::Text(&c.claim.patient_person().sex)
    }),
    field(
        "patient.is_subscriber",
        Type::Bool,
        "True when the patient is the policy holder.",
        "!patient.is_subscriber",
        |c| Value::Bool(c.claim.patient.is_none()),
    ),
    field("patient.birth_date", Type::Date, "Date of birth.", "patient.birth_date == ()", |c| {
        optional(c.claim.patient_person().birth_date, Value::Date)
    })
    .nullable()
    .private(),
    field(
        "patient.known_birth_date",
        Type::Bool,
        "True when the date of birth is given.",
        "!patient.known_birth_date",
        |c| Value::Bool(c.claim.patient_person().birth_date.is_some()),
    ),
    field("subscriber.member_id", Type::Text, "Member id.", "subscriber.member_id.starts_with(\"W\")", |c| {
        Value::Text(&c.claim.subscriber.person.member_id)
    })
    .private(),
    field(
        "subscriber.member_id_known",
        Type::Bool,
        "True when the member id is given.",
        "!subscriber.member_id_known",
        |c| Value::Bool(!c.claim.subscriber.person.member_id.is_empty()),
    ),
    field(
        "subscriber.relationship",
        Type::Text,
        "The patient's relationship to the policy holder, as `18` self or `19` child.",
        "subscriber.relationship == \"18\"",
        |c| {
            let relationship = c
                .claim
                .patient
                .as_ref()
                .map_or(&c.claim.subscriber.relationship, |patient| &patient.relationship);
            Value::Text(relationship)
        },
    ),
    field(
        "subscriber.group_number",
        Type::Text,
        "Group or policy number.",
        "subscriber.group_number == \"\"",
        |c| Value::Text(&c.claim.subscriber.group_number),
    ),
];
