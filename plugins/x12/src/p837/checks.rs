//! What is checked of a claim once it has been read whole.

use claimflow_core::Money;

use crate::p837::claim::Building;

/// The longest claim number that payers send back unharmed.
pub(crate) const SAFE_CLAIM_NUMBER: usize = 20;
/// The most service lines of a claim.
pub(crate) const MAX_LINES: usize = 50;
/// The most diagnoses of a claim.
pub(crate) const MAX_DIAGNOSES: usize = 12;
/// The most other payers of a claim.
pub(crate) const MAX_OTHER_PAYERS: usize = 10;

/// Checks a claim and faults what is wrong; answers whether it can be taken on.
pub(super) fn check(building: &mut Building<'_, '_>, whole: bool) -> bool {
    leave_out_repetitions(building);
    let usable = required(building, whole);
    number(building);
    counts(building);
    codes(building);
    lines(building);
    usable
}

/// A line repeats the claim's place or authorization: it is kept only where it differs.
fn leave_out_repetitions(building: &mut Building<'_, '_>) {
    let claim = &mut *building.claim;
    for line in &mut claim.lines {
        if line.place_of_service == claim.place_of_service {
            line.place_of_service = claimflow_core::PlaceOfService::default();
        }
        if line.authorization_number == claim.authorization_number {
            line.authorization_number.clear();
        }
    }
}

/// Without these a claim can't be taken on.
fn required(building: &mut Building<'_, '_>, whole: bool) -> bool {
    let clm = building.clm;
    let missing = building.missing;
    let claim = &*building.claim;
    let checks = [
        (
            missing.billing,
            "missing-billing-provider",
            "the claim has no billing provider: NM1*85 is missing above it",
        ),
        (missing.subscriber, "missing-subscriber", "the claim has no subscriber: NM1*IL is missing above it"),
        (missing.payer, "missing-payer", "the claim has no payer: NM1*PR is missing above it"),
        (claim.id.is_empty(), "missing-claim-number", "CLM01, the claim's number, is missing"),
        (claim.lines.is_empty(), "missing-line", "the claim has no service line: LX and SV1 are missing"),
        (
            !whole,
            "cut-off",
            "the transaction ends without SE before this claim's end was seen; send the file again",
        ),
    ];
    for (fails, code, message) in checks {
        if fails {
            building.faults.error(clm.at("2300"), code, message);
        }
    }
    building.amounts_readable && !checks.iter().any(|(fails, ..)| *fails)
}

fn number(building: &mut Building<'_, '_>) {
    let at = building.clm.at("2300").element("CLM01");
    let id = building.claim.id.as_str();
    if id.len() > SAFE_CLAIM_NUMBER {
        let message = format!(
            "CLM01 `{id}` has more than {SAFE_CLAIM_NUMBER} characters: payers cut it in their answers"
        );
        building.faults.warn(at, "claim-number-length", message);
    }
    let id = building.claim.id.as_str();
    if id.bytes().any(|byte| byte.is_ascii_lowercase()) {
        let message = format!("CLM01 `{id}` has lower case letters: payers change them in their answers");
        building.faults.warn(at, "claim-number-case", message);
    }
}

fn counts(building: &mut Building<'_, '_>) {
    let claim = &*building.claim;
    for (count, most, code, what) in [
        (claim.lines.len(), MAX_LINES, "too-many-lines", "service lines"),
        (claim.diagnoses.len(), MAX_DIAGNOSES, "too-many-diagnoses", "diagnoses"),
        (claim.other_payers.len(), MAX_OTHER_PAYERS, "too-many-other-payers", "other payers"),
    ] {
        if count > most {
            let message = format!("the claim has {count} {what}; 005010X222A1 allows {most}");
            building.faults.warn(building.clm.at("2300"), code, message);
        }
    }
}

fn codes(building: &mut Building<'_, '_>) {
    let at = building.clm.at("2300");
    let claim = &*building.claim;
    if !claim.place_of_service.is_well_formed() {
        let message = format!(
            "CLM05-1 should be a place of service of two digits, but is `{}`",
            claim.place_of_service
        );
        building.faults.warn(at.element("CLM05-1"), "bad-place-of-service", message);
    }
    if !matches!(claim.frequency.as_bytes(), [byte] if byte.is_ascii_alphanumeric()) {
        let message =
            format!("CLM05-3 should be a claim frequency, as `1`, `7` or `8`, but is `{}`", claim.frequency);
        building.faults.warn(at.element("CLM05-3"), "bad-frequency", message);
    }
    if claim.is_correction() && claim.payer_claim_number.is_empty() {
        let message =
            "a replacement or void needs the payer's number of the claim it corrects: REF*F8 is missing";
        building.faults.warn(at.element("CLM05-3"), "missing-payer-claim-number", message);
    }
    // ICD-9 codes (BK, BF) have another shape and are left alone.
    let icd10 = claim.diagnoses.iter().filter(|diagnosis| diagnosis.qualifier.starts_with('A'));
    for diagnosis in icd10.filter(|diagnosis| !diagnosis.code.is_well_formed()) {
        let message = format!("`{}` is not an ICD-10-CM code without its point, as `F331`", diagnosis.code);
        building.faults.warn(at.element("HI"), "bad-diagnosis-code", message);
    }
}

fn lines(building: &mut Building<'_, '_>) {
    let claim = &*building.claim;
    let diagnoses = claim.diagnoses.len();
    for (line, segment) in claim.lines.iter().zip(&building.line_segments) {
        let at = segment.at("2400");
        let number = line.number;
        if line.procedure_qualifier == "HC" && !line.procedure.is_empty() && !line.procedure.is_well_formed()
        {
            let message =
                format!("line {number}: `{}` is not a procedure code of five characters", line.procedure);
            building.faults.warn(at.element("SV101-2"), "bad-procedure-code", message);
        }
        for modifier in line.modifiers.iter().filter(|modifier| !modifier.is_well_formed()) {
            let message = format!("line {number}: `{modifier}` is not a modifier of two characters");
            building.faults.warn(at.element("SV101-3"), "bad-modifier", message);
        }
        if line.service_date.is_none() {
            let message = format!("line {number} has no readable date of service: DTP*472 is missing");
            building.faults.error(at, "missing-service-date", message);
        }
        if line.diagnosis_pointers.iter().any(|pointer| usize::from(*pointer) > diagnoses) {
            let message = format!("line {number} points to a diagnosis that the claim does not have");
            building.faults.warn(at.element("SV107"), "dangling-pointer", message);
        }
    }
    let sum: Money = claim.lines.iter().map(|line| line.charge).sum();
    if building.amounts_readable && !claim.lines.is_empty() && sum != claim.charge {
        let message = format!("CLM02 is {}, but the lines sum to {sum}", claim.charge);
        building.faults.warn(building.clm.at("2300").element("CLM02"), "charge-sum", message);
    }
}
