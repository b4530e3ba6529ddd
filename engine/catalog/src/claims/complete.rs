//! What a claim in JSON may leave out.

use claimflow_core::{Claim, Quantity, Text};

/// Fills in what was left out and goes without saying, as the schema tells.
pub(crate) fn complete(claim: &mut Claim) {
    let fill = |target: &mut Text, default: &str| {
        if target.is_empty() {
            *target = default.into();
        }
    };
    fill(&mut claim.frequency, "1");
    fill(&mut claim.subscriber.responsibility, "P");
    fill(&mut claim.payer.id_kind, "PI");
    let indicators = &mut claim.indicators;
    fill(&mut indicators.facility_qualifier, "B");
    fill(&mut indicators.signature_on_file, "Y");
    fill(&mut indicators.assignment, "A");
    fill(&mut indicators.benefits_assigned, "Y");
    fill(&mut indicators.release, "Y");
    for (place, diagnosis) in claim.diagnoses.iter_mut().enumerate() {
        fill(&mut diagnosis.qualifier, if place == 0 { "ABK" } else { "ABF" });
    }
    for (place, line) in claim.lines.iter_mut().enumerate() {
        fill(&mut line.procedure_qualifier, "HC");
        fill(&mut line.unit_basis, "UN");
        if line.number == 0 {
            line.number = u16::try_from(place + 1).unwrap_or(u16::MAX);
        }
        if line.units.is_zero() {
            line.units = Quantity::whole(1);
        }
        if line.diagnosis_pointers.is_empty() && !claim.diagnoses.is_empty() {
            line.diagnosis_pointers.push(1);
        }
    }
    if claim.charge.is_zero() {
        claim.charge = claim.lines.iter().map(|line| line.charge).sum();
    }
    if claim.patient.is_none() {
        fill(&mut claim.subscriber.relationship, "18");
    }
}
