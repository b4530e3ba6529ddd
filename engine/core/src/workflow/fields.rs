//! Fields of the claim that guards, expressions and notes of a workflow read. None of them says who the patient is.

use crate::{Claim, Money, Text, Value, ValueType};

/// A field that a workflow reads.
struct Field {
    name: &'static str,
    kind: ValueType,
    read: fn(&Claim) -> Value,
}

const fn field(name: &'static str, kind: ValueType, read: fn(&Claim) -> Value) -> Field {
    Field { name, kind, read }
}

/// Every field, by name.
const FIELDS: &[Field] = &[
    field("claim.id", ValueType::Text, |claim| text(claim.id.as_str())),
    field("claim.charge", ValueType::Money, |claim| Value::Money(claim.charge)),
    field("claim.patient_paid", ValueType::Money, |claim| {
        Value::Money(claim.patient_paid.unwrap_or(Money::ZERO))
    }),
    field("claim.place_of_service", ValueType::Text, |claim| text(claim.place_of_service.as_str())),
    field("claim.authorization_number", ValueType::Text, |claim| text(&claim.authorization_number)),
    field("claim.referral_number", ValueType::Text, |claim| text(&claim.referral_number)),
    field("claim.payer_claim_number", ValueType::Text, |claim| text(&claim.payer_claim_number)),
    field("claim.billing_npi", ValueType::Text, |claim| text(claim.billing_provider.npi.as_str())),
    field("claim.service_date", ValueType::Date, |claim| {
        claim.service_date().map_or(Value::None, Value::Date)
    }),
    field("claim.line_count", ValueType::Int, |claim| {
        Value::Int(i64::try_from(claim.lines.len()).unwrap_or(i64::MAX))
    }),
    field("claim.first_procedure", ValueType::Text, |claim| {
        text(claim.lines.first().map_or("", |line| line.procedure.as_str()))
    }),
];

fn text(text: &str) -> Value {
    Value::Text(Text::from(text))
}

/// Names of the fields with their kinds.
pub fn claim_fields() -> impl Iterator<Item = (&'static str, ValueType)> + Clone {
    FIELDS.iter().map(|field| (field.name, field.kind))
}

/// The value of a field of a claim, as `claim.charge`; `None` where nothing is known, or there is no such field.
pub fn claim_value(claim: &Claim, name: &str) -> Option<Value> {
    let field = FIELDS.iter().find(|field| field.name == name)?;
    Some((field.read)(claim)).filter(Value::is_known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn every_field_has_the_kind_that_it_says() {
        let claim = testing::claim();
        for (name, kind) in claim_fields() {
            assert!(claim_value(&claim, name).is_none_or(|value| value.kind() == Some(kind)), "{name}");
            assert!(name.starts_with("claim."), "{name}");
        }
        assert_eq!(claim_value(&claim, "claim.first_procedure"), Some(Value::Text("90837".into())));
        assert_eq!(claim_value(&claim, "claim.member_id"), None);
        assert_eq!(claim_value(&Claim::default(), "claim.service_date"), None);
    }
}
