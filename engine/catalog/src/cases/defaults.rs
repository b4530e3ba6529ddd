//! The claim that a case starts from: a valid one, of which the case changes what matters.

use claimflow_core::{
    Address, Claim, ClaimId, Decision, Diagnosis, DiagnosisCode, Money, Name, Npi, Person, PlaceOfService,
    PostedAdjustment, ProcedureCode, Provider, Quantity, ServiceLine, Stage, Text,
};
use jiff::civil::{Date, date};
use serde_json::{Map, Value, json};

/// The payer where neither the case nor its pack names one.
const PAYER: &str = "SAMPL1";

/// A made-up claim: one hour of psychotherapy in the office, on 3 March 2026.
pub(super) fn claim(payer: Option<&Text>) -> Claim {
    let mut claim = Claim {
        id: ClaimId::as_received("CASE1"),
        place_of_service: PlaceOfService::as_received("11"),
        diagnoses: vec![Diagnosis { qualifier: "ABK".into(), code: DiagnosisCode::as_received("F331") }],
        lines: vec![line()],
        billing_provider: Provider {
            name: Name { organization: true, last: "Sample Practice".into(), ..Name::default() },
            taxonomy: "261QM0850X".into(),
            tax_id: "123456789".into(),
            tax_id_kind: "EI".into(),
            ..provider("1234567893", true)
        },
        rendering_provider: Some(Provider {
            name: Name { last: "Clinician".into(), first: "Case".into(), ..Name::default() },
            taxonomy: "1041C0700X".into(),
            ..provider("1245319599", false)
        }),
        ..Claim::default()
    };
    claim.payer.id = claimflow_core::PayerId::as_received(payer.map_or(PAYER, Text::as_str));
    claim.payer.name = "Sample Payer".into();
    let subscriber = &mut claim.subscriber;
    subscriber.person = Person {
        name: Name { last: "Sample".into(), first: "Pat".into(), ..Name::default() },
        member_id: "SAMPLE0001".into(),
        birth_date: Some(date(1990, 1, 31)),
        sex: "F".into(),
        address: Some(address()),
    };
    subscriber.responsibility = "P".into();
    subscriber.relationship = "18".into();
    subscriber.filing_indicator = "CI".into();
    claim
}

fn address() -> Address {
    Address {
        line1: "1 Main Street".into(),
        city: "Springfield".into(),
        state: "IL".into(),
        postal_code: "627010001".into(),
        ..Address::default()
    }
}

fn provider(npi: &str, with_address: bool) -> Provider {
    Provider { npi: Npi::as_received(npi), address: with_address.then(address), ..Provider::default() }
}

fn line() -> ServiceLine {
    ServiceLine {
        procedure: ProcedureCode::as_received("90837"),
        charge: Money::from_cents(15_000),
        units: Quantity::whole(1),
        service_date: Some(date(2026, 3, 3)),
        ..ServiceLine::default()
    }
}

/// The default claim with what the case says instead. `None` inside the case's fields takes a default away.
pub(super) fn changed(payer: Option<&Text>, case: Option<Value>) -> Result<Claim, serde_json::Error> {
    let mut whole = serde_json::to_value(claim(payer))?;
    let line = serde_json::to_value(line())?;
    if let Some(mut case) = case {
        if let Some(lines) = case.get_mut("lines").and_then(Value::as_array_mut) {
            for own in lines {
                let mut full = line.clone();
                merge(&mut full, std::mem::take(own));
                *own = full;
            }
        }
        merge(&mut whole, case);
    }
    let mut claim: Claim = serde_json::from_value(whole)?;
    crate::claims::complete(&mut claim);
    Ok(claim)
}

/// Groups of fields are merged, anything else is replaced.
fn merge(target: &mut Value, change: Value) {
    match change {
        Value::Object(fields) => {
            if !target.is_object() {
                *target = json!({});
            }
            let Some(own) = target.as_object_mut() else { return };
            merge_fields(own, fields);
        }
        other => *target = other,
    }
}

fn merge_fields(own: &mut Map<String, Value>, fields: Map<String, Value>) {
    for (name, value) in fields {
        if value.is_null() {
            own.remove(&name);
        } else {
            merge(own.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// The payer's decision that goes with the adjustments, where the case gives none.
pub(super) fn decision(
    stage: Stage,
    claim: &Claim,
    adjustments: &[PostedAdjustment],
    as_of: Date,
) -> Option<Decision> {
    if stage < Stage::Adjudicate {
        return None;
    }
    let of = |group: &str| {
        adjustments
            .iter()
            .filter(|own| group.is_empty() || own.group.as_str() == group)
            .map(|own| own.amount)
            .sum()
    };
    let adjusted: Money = of("");
    let paid = claim.charge - adjusted;
    Some(Decision {
        status: if paid.is_zero() { "4" } else { "1" }.into(),
        charge: claim.charge,
        paid,
        patient_responsibility: of("PR"),
        payer_claim_number: "SAMPLE-ICN-1".into(),
        date: Some(as_of),
        ..Decision::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_claim_is_valid_and_changes_go_deep() {
        let claim = changed(None, None).unwrap();
        assert_eq!((claim.charge.to_string(), claim.payer.id.as_str()), ("150.00".to_owned(), PAYER));
        assert!(claim.billing_provider.npi.check_digit_holds() && claim.rendering_npi().check_digit_holds());
        let case = json!({
            "payer": { "id": "1" }, "rendering_provider": null, "billing_provider": { "tax_id": "" },
            "lines": [{ "modifiers": ["95"] }, { "procedure": "90785", "charge": "20.00" }],
        });
        let claim = changed(Some(&"60054".into()), Some(case)).unwrap();
        assert_eq!((claim.payer.id.as_str(), claim.payer.name.as_str()), ("1", "Sample Payer"));
        assert_eq!((claim.rendering_provider.is_none(), claim.billing_provider.tax_id.as_str()), (true, ""));
        assert_eq!((claim.lines[1].number, claim.charge.to_string().as_str()), (2, "170.00"));
        assert_eq!(claim.lines[0].procedure.as_str(), "90837");
    }
}
