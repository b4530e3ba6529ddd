//! Loop 2300 and the loops below it that are not a line's.

use claimflow_core::{Adjustment, Claim, OtherPayer, Provider, QualifiedDate};

use crate::output::{Output, SegmentOut, compact};
use crate::p837::checks::{MAX_DIAGNOSES, MAX_LINES, MAX_OTHER_PAYERS};
use crate::p837::order::Loop;
use crate::p837::write::loops::{LoopOut, Prepared, Problems, in_loop, whole};
use crate::p837::write::{codes, lines, parties};

/// Writes a claim.
pub(super) fn write(out: &mut Output, prepared: &Prepared<'_>, problems: &mut Problems) {
    let claim = prepared.claim;
    required(claim, problems);
    let mut own = in_loop(out, prepared, Loop::L2300, 0, 1);
    own.segment("CLM", |clm| clm_segment(clm, claim));
    for (n, date) in claim.dates.iter().enumerate() {
        let before = claim.dates.iter().take(n).any(|before| before.qualifier == date.qualifier);
        qualified_date(&mut own, date, (n, before), problems);
    }
    if let Some(paid) = claim.patient_paid {
        own.segment("AMT", |amt| amt.el("F5").money(paid));
    }
    for (qualifier, text) in [
        ("9F", &claim.referral_number),
        ("G1", &claim.authorization_number),
        ("F8", &claim.payer_claim_number),
        ("EA", &claim.medical_record_number),
    ] {
        if !text.is_empty() {
            own.segment("REF", |reference| reference.el(qualifier).el(text));
        }
    }
    own.segment("HI", |hi| {
        claim.diagnoses.iter().enumerate().fold(hi, |hi, (n, diagnosis)| {
            let usual = if n == 0 { "ABK" } else { "ABF" };
            let qualifier = if diagnosis.qualifier.is_empty() { usual } else { &diagnosis.qualifier };
            hi.components([qualifier, diagnosis.code.as_str()])
        })
    });
    own.end();
    providers(out, prepared, problems);
    for (n, other) in claim.other_payers.iter().enumerate() {
        other_payer(out, prepared, other, n, problems);
    }
    for (n, line) in claim.lines.iter().enumerate() {
        lines::write(out, prepared, line, n, problems);
    }
}

/// What 005010X222A1 does not do without.
fn required(claim: &Claim, problems: &mut Problems) {
    problems.need("id", !claim.id.is_empty());
    problems.shape("charge", !claim.charge.is_negative(), "an amount that is not negative");
    problems.shape("place_of_service", claim.place_of_service.is_well_formed(), "two digits, as `11`");
    problems.shape("frequency", claim.frequency.len() == 1, "a claim frequency, as `1`, `7` or `8`");
    let indicators = &claim.indicators;
    problems.code("indicators.signature_on_file", &indicators.signature_on_file, codes::YES_NO);
    problems.code("indicators.assignment", &indicators.assignment, codes::ASSIGNMENT);
    problems.code("indicators.benefits_assigned", &indicators.benefits_assigned, codes::BENEFITS);
    problems.code("indicators.release", &indicators.release, codes::RELEASE);
    problems.optional_code("indicators.facility_qualifier", &indicators.facility_qualifier, &["B"]);
    problems.optional_code(
        "indicators.patient_signature",
        &indicators.patient_signature,
        codes::PATIENT_SIGNATURE,
    );
    problems.optional_code("indicators.special_program", &indicators.special_program, codes::SPECIAL_PROGRAM);
    problems.optional_code("indicators.delay_reason", &indicators.delay_reason, codes::DELAY_REASON);
    if claim.is_correction() && claim.payer_claim_number.is_empty() {
        problems.add(
            "payer_claim_number",
            "is missing: a replacement or void names the payer's number of the claim it corrects; a claim that was \
             never accepted goes again as an original, with frequency `1`",
        );
    }
    for (field, count, least, most) in [
        ("diagnoses", claim.diagnoses.len(), 1, MAX_DIAGNOSES),
        ("lines", claim.lines.len(), 1, MAX_LINES),
        ("other_payers", claim.other_payers.len(), 0, MAX_OTHER_PAYERS),
    ] {
        if count < least || count > most {
            problems.add(field, format!("should be {least} to {most}, but are {count}"));
        }
    }
    for (n, diagnosis) in claim.diagnoses.iter().enumerate() {
        problems.need(&format!("diagnoses[{n}].code"), !diagnosis.code.is_empty());
        let list = if n == 0 { codes::FIRST_DIAGNOSIS } else { codes::OTHER_DIAGNOSIS };
        problems.optional_code(format!("diagnoses[{n}].qualifier"), &diagnosis.qualifier, list);
    }
}

fn clm_segment<'o>(clm: SegmentOut<'o>, claim: &Claim) -> SegmentOut<'o> {
    let indicators = &claim.indicators;
    let facility =
        if indicators.facility_qualifier.is_empty() { "B" } else { &indicators.facility_qualifier };
    clm.el(&claim.id)
        .money(claim.charge)
        .blank(2)
        .components([claim.place_of_service.as_str(), facility, &claim.frequency])
        .el(&indicators.signature_on_file)
        .el(&indicators.assignment)
        .el(&indicators.benefits_assigned)
        .el(&indicators.release)
        .el(&indicators.patient_signature)
        .components(indicators.related_causes.split(':'))
        .el(&indicators.special_program)
        .blank(7)
        .el(&indicators.delay_reason)
}

/// `n`: which date it is, and whether one before it has the same qualifier.
fn qualified_date(
    own: &mut LoopOut<'_, '_>,
    date: &QualifiedDate,
    n: (usize, bool),
    problems: &mut Problems,
) {
    let (n, repeated) = n;
    let field = format!("dates[{n}].qualifier");
    if date.to.is_some() {
        problems.code(&field, &date.qualifier, codes::PERIODS);
    } else {
        problems.code(&field, &date.qualifier, &[codes::DATES, codes::PERIODS].concat());
    }
    if repeated {
        problems.add(field, "is used twice");
    }
    problems.need(&format!("dates[{n}].from"), date.from.is_some());
    if let Some(from) = date.from {
        own.segment("DTP", |dtp| period(dtp.el(&date.qualifier), from, date.to));
    }
}

/// DTP02 and DTP03.
pub(super) fn period(
    dtp: SegmentOut<'_>,
    from: jiff::civil::Date,
    to: Option<jiff::civil::Date>,
) -> SegmentOut<'_> {
    match to {
        Some(to) => dtp.el("RD8").el(format!("{}-{}", compact(from), compact(to))),
        None => dtp.el("D8").date(from),
    }
}

/// 2310A to 2310F.
fn providers(out: &mut Output, prepared: &Prepared<'_>, problems: &mut Problems) {
    let claim = prepared.claim;
    let words = [
        (Loop::L2310A, "DN", &claim.referring_provider, "referring_provider"),
        (Loop::L2310B, "82", &claim.rendering_provider, "rendering_provider"),
        (Loop::L2310C, "77", &claim.service_facility, "service_facility"),
        (Loop::L2310D, "DQ", &claim.supervising_provider, "supervising_provider"),
    ];
    for (place, entity, provider, field) in words {
        if let Some(provider) = provider {
            provider_loop(out, prepared, (place, 0), entity, provider, field, problems);
        }
        whole(out, prepared.repetitions_from(place, 0, 2));
    }
    whole(out, prepared.part(Loop::L2310E));
    whole(out, prepared.part(Loop::L2310F));
}

/// A provider's loop of a claim (line 0) or of a line.
pub(super) fn provider_loop(
    out: &mut Output,
    prepared: &Prepared<'_>,
    (place, line): (Loop, u16),
    entity: &str,
    provider: &Provider,
    field: &str,
    problems: &mut Problems,
) {
    let mut own = in_loop(out, prepared, place, line, 1);
    parties::provider_name(&mut own, entity, provider, field, problems);
    let wanted = match entity {
        "77" => Some(true),
        "DN" | "DQ" => Some(false),
        _ => None,
    };
    if wanted.is_some_and(|organization| organization != provider.name.organization) {
        let who = if provider.name.organization { "a person" } else { "an organization" };
        problems.add(format!("{field}.name.organization"), format!("should say that it is {who}"));
    }
    if matches!(place, Loop::L2310B | Loop::L2420A) && !provider.taxonomy.is_empty() {
        own.segment("PRV", |prv| prv.el("PE").el("PXC").el(&provider.taxonomy));
    }
    if place == Loop::L2310C {
        parties::required_address(&mut own, provider.address.as_ref(), &format!("{field}.address"), problems);
    }
    own.end();
}

/// 2320 and 2330.
fn other_payer(
    out: &mut Output,
    prepared: &Prepared<'_>,
    other: &OtherPayer,
    n: usize,
    problems: &mut Problems,
) {
    let number = u16::try_from(n + 1).unwrap_or(u16::MAX);
    let field = format!("other_payers[{n}]");
    problems.code(format!("{field}.responsibility"), &other.responsibility, codes::RESPONSIBILITY);
    problems.code(format!("{field}.relationship"), &other.relationship, codes::OTHER_RELATIONSHIP);
    problems.optional_code(format!("{field}.insurance_type"), &other.insurance_type, codes::INSURANCE_TYPE);
    problems.optional_code(
        format!("{field}.filing_indicator"),
        &other.filing_indicator,
        codes::FILING_INDICATOR,
    );
    let mut own = in_loop(out, prepared, Loop::L2320, 0, number);
    own.segment("SBR", |sbr| {
        sbr.el(&other.responsibility)
            .el(&other.relationship)
            .el(&other.group_number)
            .el(&other.group_name)
            .el(&other.insurance_type)
            .blank(3)
            .el(&other.filing_indicator)
    });
    adjustments(&mut own, &other.adjustments, &field, problems);
    if let Some(paid) = other.paid {
        own.segment("AMT", |amt| amt.el("D").money(paid));
    }
    if !own.keeps("OI") {
        let indicators = &prepared.claim.indicators;
        own.segment("OI", |oi| {
            oi.blank(2).el(&indicators.benefits_assigned).blank(2).el(&indicators.release)
        });
    }
    own.end();
    let mut person = in_loop(out, prepared, Loop::L2330A, 0, number);
    parties::person(&mut person, "IL", &other.subscriber, &format!("{field}.subscriber"), problems);
    person.end();
    let mut payer = in_loop(out, prepared, Loop::L2330B, 0, number);
    parties::payer_name(&mut payer, &other.payer, &format!("{field}.payer"), problems);
    payer.end();
    for place in [Loop::L2330C, Loop::L2330D, Loop::L2330E, Loop::L2330F, Loop::L2330G] {
        whole(out, prepared.repetition(place, 0, number));
    }
}

/// The most CAS segments of a loop.
const MAX_CAS: usize = 5;

/// CAS: consecutive adjustments of one group share a segment, six at most.
pub(super) fn adjustments(
    own: &mut LoopOut<'_, '_>,
    adjustments: &[Adjustment],
    field: &str,
    problems: &mut Problems,
) {
    let mut segments = 0;
    for same in adjustments.chunk_by(|a, b| a.group == b.group) {
        for six in same.chunks(6) {
            segments += 1;
            own.segment("CAS", |cas| cas_elements(cas, six));
        }
    }
    if segments > MAX_CAS {
        problems.add(
            format!("{field}.adjustments"),
            format!("fill {segments} CAS segments; {MAX_CAS} are allowed"),
        );
    }
}

/// CAS01 and the triples of adjustments of one group.
pub(crate) fn cas_elements<'o>(cas: SegmentOut<'o>, adjustments: &[Adjustment]) -> SegmentOut<'o> {
    let group = adjustments.first().map_or("", |adjustment| adjustment.group.as_str());
    adjustments.iter().fold(cas.el(group), |cas, adjustment| {
        let cas = cas.el(&adjustment.reason).money(adjustment.amount);
        match adjustment.quantity {
            Some(quantity) => cas.quantity(quantity),
            None => cas.el(""),
        }
    })
}
