//! Writes remittances as 005010X221A1.

use claimflow_core::{Address, ClaimPayment, LinePayment, Remittance, Text};

use crate::output::{Output, SegmentOut};
use crate::p837::write_cas;
use crate::write::Envelope;

const VERSION: &str = "005010X221A1";

/// Writes remittances as one interchange with one group, a transaction each; its control number is the remittance's
/// own, or counted on from the envelope's. The envelope's submitter is the payer, its receiver the payee. Meant for
/// payers to practise against: what the guide wants and the words do not have gets a stand-in, and a text that X12
/// can't carry is left out.
pub fn write_835(envelope: &Envelope, remittances: &[Remittance]) -> Vec<u8> {
    let mut out = Output::default();
    for (n, remittance) in remittances.iter().enumerate() {
        let control = match remittance.control_number.as_str() {
            "" => envelope.transaction_control(n),
            own => Text::from(own),
        };
        let before = out.segments();
        out.segment("ST").el("835").el(&control).end();
        header(&mut out, envelope, remittance);
        if !remittance.claims.is_empty() {
            out.segment("LX").el("1").end();
        }
        for claim in &remittance.claims {
            claim_payment(&mut out, claim);
        }
        provider_adjustments(&mut out, envelope, remittance);
        let count = out.segments() - before + 1;
        out.segment("SE").el(count.to_string()).el(&control).end();
    }
    envelope.answer_file(&out, remittances.len(), "HP", VERSION)
}

/// The first of the texts that is not empty.
fn given<'t>(text: &'t str, stand_in: &'t str) -> &'t str {
    if text.is_empty() { stand_in } else { text }
}

fn header(out: &mut Output, envelope: &Envelope, remittance: &Remittance) {
    let date = remittance.date.unwrap_or_else(|| envelope.created.date());
    let nothing = remittance.paid.is_zero();
    out.segment("BPR")
        .el(if nothing { "H" } else { "I" })
        .money(remittance.paid)
        .el(given(&remittance.credit_debit, "C"))
        .el(given(&remittance.method, if nothing { "NON" } else { "CHK" }))
        .blank(11)
        .date(date)
        .end();
    out.segment("TRN")
        .el("1")
        .el(given(&remittance.trace_number, "0"))
        .el(given(&remittance.originator, "1999999999"))
        .end();
    out.segment("DTM").el("405").date(envelope.created.date()).end();
    let payer = given(&remittance.payer_name, &envelope.submitter.name);
    out.segment("N1").el("PR").el(payer).end();
    let stand_in = Address {
        line1: Text::from("PO BOX 1"),
        city: Text::from("SPRINGFIELD"),
        state: Text::from("IL"),
        postal_code: Text::from("62701"),
        ..Address::default()
    };
    let address = envelope.submitter.address.as_ref().unwrap_or(&stand_in);
    out.segment("N3").el(&address.line1).el(&address.line2).end();
    out.segment("N4")
        .el(&address.city)
        .el(&address.state)
        .el(&address.postal_code)
        .el(&address.country)
        .end();
    if !remittance.payer_id.is_empty() {
        out.segment("REF").el("2U").el(&remittance.payer_id).end();
    }
    let contact = given(&envelope.submitter.contact_name, "PROVIDER SERVICES");
    out.segment("PER").el("BL").el(contact).el("TE").el(given(&envelope.submitter.phone, "5555550100")).end();
    let is_npi = remittance.payee_id.len() == 10;
    out.segment("N1")
        .el("PE")
        .el(given(&envelope.receiver.name, "PAYEE"))
        .el(if is_npi { "XX" } else { "FI" })
        .el(given(&remittance.payee_id, &envelope.receiver.id))
        .end();
}

fn claim_payment(out: &mut Output, claim: &ClaimPayment) {
    let clp = out.segment("CLP").el(&claim.claim_id).el(&claim.status).money(claim.charge).money(claim.paid);
    let clp = if claim.patient_responsibility.is_zero() {
        clp.el("")
    } else {
        clp.money(claim.patient_responsibility)
    };
    clp.el(given(&claim.filing_indicator, "12"))
        .el(given(&claim.payer_claim_number, claim.claim_id.as_str()))
        .end();
    adjustments(out, &claim.adjustments);
    let patient = &claim.patient;
    let kind = if patient.member_id.is_empty() { "" } else { "MI" };
    out.segment("NM1")
        .el("QC")
        .el("1")
        .el(&patient.name.last)
        .el(&patient.name.first)
        .el(&patient.name.middle)
        .el("")
        .el(&patient.name.suffix)
        .el(kind)
        .el(&patient.member_id)
        .end();
    if !claim.rendering_npi.is_empty() {
        out.segment("NM1").el("82").el("1").blank(5).el("XX").el(&claim.rendering_npi).end();
    }
    if !claim.crossover_payer.is_empty() {
        let payer = &claim.crossover_payer;
        out.segment("NM1").el("TT").el("2").el(payer).blank(4).el("PI").el(payer).end();
    }
    for five in claim.remarks.chunks(5).take(1) {
        let moa = out.segment("MOA").blank(2);
        five.iter().fold(moa, SegmentOut::el).end();
    }
    if let Some(date) = claim.service_date {
        out.segment("DTM").el("232").date(date).end();
    }
    for line in &claim.lines {
        line_payment(out, line);
    }
}

fn line_payment(out: &mut Output, line: &LinePayment) {
    let codes = ["HC", line.procedure.as_str()]
        .into_iter()
        .chain(line.modifiers.iter().map(claimflow_core::Modifier::as_str));
    let svc =
        out.segment("SVC").components(codes).money(line.charge).money(line.paid).el("").quantity(line.units);
    let submitted = line.submitted_procedure.as_str();
    if submitted.is_empty() { svc } else { svc.components(["HC", submitted]) }.end();
    if let Some(date) = line.service_date {
        out.segment("DTM").el("472").date(date).end();
    }
    adjustments(out, &line.adjustments);
    if !line.control_number.is_empty() {
        out.segment("REF").el("6R").el(&line.control_number).end();
    }
    if let Some(allowed) = line.allowed {
        out.segment("AMT").el("B6").money(allowed).end();
    }
    for remark in &line.remarks {
        out.segment("LQ").el("HE").el(remark).end();
    }
}

fn adjustments(out: &mut Output, adjustments: &[claimflow_core::Adjustment]) {
    for same in adjustments.chunk_by(|a, b| a.group == b.group) {
        for six in same.chunks(6) {
            write_cas(out.segment("CAS"), six).end();
        }
    }
}

fn provider_adjustments(out: &mut Output, envelope: &Envelope, remittance: &Remittance) {
    let year = remittance.date.unwrap_or_else(|| envelope.created.date()).year();
    for same in remittance.provider_adjustments.chunk_by(|a, b| a.provider_id == b.provider_id) {
        for six in same.chunks(6) {
            let provider = six.first().map_or("", |first| given(&first.provider_id, &remittance.payee_id));
            let plb = out.segment("PLB").el(provider).el(format!("{year:04}1231"));
            six.iter()
                .fold(plb, |plb, own| {
                    plb.components([own.reason.as_str(), own.reference.as_str()]).money(own.amount)
                })
                .end();
        }
    }
}
