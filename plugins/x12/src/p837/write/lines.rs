//! Loop 2400 and below.

use claimflow_core::{LineAdjudication, ServiceLine};

use crate::output::{Output, SegmentOut};
use crate::p837::order::Loop;
use crate::p837::write::claim::{adjustments, period, provider_loop};
use crate::p837::write::codes;
use crate::p837::write::loops::{Prepared, Problems, in_loop, whole};

/// Writes the line at place `n` of the claim; it is numbered anew.
pub(super) fn write(
    out: &mut Output,
    prepared: &Prepared<'_>,
    line: &ServiceLine,
    n: usize,
    problems: &mut Problems,
) {
    let field = format!("lines[{n}]");
    required(line, &field, problems);
    // Kept segments name the line by its number in the claim.
    let number = line.number;
    let claim = prepared.claim;
    let mut own = in_loop(out, prepared, Loop::L2400, number, 1);
    own.segment("LX", |lx| lx.el((n + 1).to_string()));
    let place =
        if line.place_of_service == claim.place_of_service { "" } else { line.place_of_service.as_str() };
    own.segment("SV1", |sv1| service(sv1, line, place));
    if let Some(from) = line.service_date {
        own.segment("DTP", |dtp| period(dtp.el("472"), from, line.service_date_to));
    }
    if !line.authorization_number.is_empty() && line.authorization_number != claim.authorization_number {
        own.segment("REF", |reference| reference.el("G1").el(&line.authorization_number));
    }
    if !line.control_number.is_empty() {
        own.segment("REF", |reference| reference.el("6R").el(&line.control_number));
    }
    own.end();
    whole(out, prepared.repetitions_from(Loop::L2410, number, 0));
    providers(out, prepared, line, &field, problems);
    for (k, decision) in line.adjudications.iter().enumerate() {
        adjudication(out, prepared, number, decision, &format!("{field}.adjudications[{k}]"), k, problems);
    }
    whole(out, prepared.repetitions_from(Loop::L2440, number, 0));
}

/// The loops of the line's own providers, in their order.
fn providers(
    out: &mut Output,
    prepared: &Prepared<'_>,
    line: &ServiceLine,
    field: &str,
    problems: &mut Problems,
) {
    let number = line.number;
    for place in [
        Loop::L2420A,
        Loop::L2420B,
        Loop::L2420C,
        Loop::L2420D,
        Loop::L2420E,
        Loop::L2420F,
        Loop::L2420G,
        Loop::L2420H,
    ] {
        let word = match place {
            Loop::L2420A => Some(("82", &line.rendering_provider, "rendering_provider")),
            Loop::L2420D => Some(("DQ", &line.supervising_provider, "supervising_provider")),
            _ => None,
        };
        match word {
            Some((entity, Some(provider), name)) => {
                let field = format!("{field}.{name}");
                provider_loop(out, prepared, (place, number), entity, provider, &field, problems);
            }
            // What was kept of a provider who is no longer there goes with him.
            Some(_) => {}
            None => whole(out, prepared.repetitions_from(place, number, 0)),
        }
    }
}

fn required(line: &ServiceLine, field: &str, problems: &mut Problems) {
    problems.need(&format!("{field}.procedure"), !line.procedure.is_empty());
    problems.need(&format!("{field}.service_date"), line.service_date.is_some());
    problems.need(&format!("{field}.diagnosis_pointers"), !line.diagnosis_pointers.is_empty());
    problems.shape(&format!("{field}.charge"), !line.charge.is_negative(), "an amount that is not negative");
    problems.shape(&format!("{field}.modifiers"), line.modifiers.len() <= 4, "four at most");
    problems.shape(
        &format!("{field}.diagnosis_pointers"),
        line.diagnosis_pointers.len() <= 4,
        "four at most",
    );
    problems.optional_code(
        format!("{field}.procedure_qualifier"),
        &line.procedure_qualifier,
        codes::PROCEDURE_QUALIFIER,
    );
    problems.optional_code(format!("{field}.unit_basis"), &line.unit_basis, codes::UNIT_BASIS);
    let pointers = line.diagnosis_pointers.iter().all(|pointer| (1..=12).contains(pointer));
    problems.shape(&format!("{field}.diagnosis_pointers"), pointers, "numbers of diagnoses from 1 to 12");
    let place = &line.place_of_service;
    problems.shape(
        &format!("{field}.place_of_service"),
        place.is_empty() || place.is_well_formed(),
        "two digits",
    );
}

fn service<'o>(sv1: SegmentOut<'o>, line: &ServiceLine, place: &str) -> SegmentOut<'o> {
    let modifier = |n: usize| line.modifiers.get(n).map_or("", |modifier| modifier.as_str());
    let qualifier = if line.procedure_qualifier.is_empty() { "HC" } else { &line.procedure_qualifier };
    let basis = if line.unit_basis.is_empty() { "UN" } else { &line.unit_basis };
    let pointers: Vec<String> = line.diagnosis_pointers.iter().map(u8::to_string).collect();
    sv1.components([
        qualifier,
        line.procedure.as_str(),
        modifier(0),
        modifier(1),
        modifier(2),
        modifier(3),
        &line.description,
    ])
    .money(line.charge)
    .el(basis)
    .quantity(line.units)
    .el(place)
    .el("")
    .components(pointers.iter().map(String::as_str))
}

/// 2430.
fn adjudication(
    out: &mut Output,
    prepared: &Prepared<'_>,
    line: u16,
    decision: &LineAdjudication,
    field: &str,
    k: usize,
    problems: &mut Problems,
) {
    let repetition = u16::try_from(k + 1).unwrap_or(u16::MAX);
    problems.need(&format!("{field}.payer_id"), !decision.payer_id.is_empty());
    problems.need(&format!("{field}.procedure"), !decision.procedure.is_empty());
    problems.need(&format!("{field}.date"), decision.date.is_some());
    let mut own = in_loop(out, prepared, Loop::L2430, line, repetition);
    own.segment("SVD", |svd| {
        svd.el(&decision.payer_id)
            .money(decision.paid)
            .components(decision.procedure.split(':'))
            .el("")
            .quantity(decision.units)
            .el(&decision.bundled_into)
    });
    adjustments(&mut own, &decision.adjustments, field, problems);
    if let Some(date) = decision.date {
        own.segment("DTP", |dtp| dtp.el("573").el("D8").date(date));
    }
    own.end();
}
