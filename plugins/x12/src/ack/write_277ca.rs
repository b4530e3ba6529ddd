//! Writes 277CAs: what a payer says of each claim before it is adjudicated.

use claimflow_core::{Claim, Money, Text};

use crate::output::{Output, SegmentOut, compact};
use crate::write::Envelope;

const VERSION: &str = "005010X214";

/// The answer to a claim.
#[derive(Debug, Clone, Copy)]
pub struct ClaimAnswer<'c> {
    /// The claim as it was submitted.
    pub claim: &'c Claim,
    /// Whether it goes on to adjudication.
    pub accepted: bool,
    /// Up to three statuses, category:status:entity, as `A2:20` or `A7:562:85`.
    pub statuses: &'c [Text],
    /// The payer's number of the claim, or empty.
    pub payer_claim_number: &'c str,
    /// The payer's words, or empty.
    pub message: &'c str,
}

/// Writes one 277CA. The envelope's submitter is the payer, its receiver whoever submitted the claims; `batch` is the
/// reference of what they were submitted in (BHT03 of the 837P).
pub fn write_277ca(envelope: &Envelope, batch: &str, answers: &[ClaimAnswer<'_>]) -> Vec<u8> {
    let mut writer = Writer { envelope, out: Output::default(), level: 0 };
    let control = envelope.transaction_control(0);
    writer.out.segment("ST").el("277").el(&control).el(VERSION).end();
    writer
        .out
        .segment("BHT")
        .el("0085")
        .el("08")
        .el(format!("{:09}", envelope.interchange_control))
        .date(envelope.created.date())
        .el(envelope.time())
        .el("TH")
        .end();
    writer.payer(batch);
    let batch_level = writer.batch(batch, answers);
    for same in answers.chunk_by(|a, b| a.claim.billing_provider == b.claim.billing_provider) {
        writer.provider(batch_level, same);
    }
    let count = writer.out.segments() + 1;
    writer.out.segment("SE").el(count.to_string()).el(&control).end();
    envelope.answer_file(&writer.out, 1, "HN", VERSION)
}

struct Writer<'e> {
    envelope: &'e Envelope,
    out: Output,
    level: u64,
}

impl Writer<'_> {
    fn begin_level(&mut self, parent: &str, kind: &str, children: &str) -> u64 {
        self.level += 1;
        self.out.segment("HL").el(self.level.to_string()).el(parent).el(kind).el(children).end();
        self.level
    }

    fn payer(&mut self, batch: &str) {
        self.begin_level("", "20", "1");
        let payer = &self.envelope.submitter;
        self.out.segment("NM1").el("PR").el("2").el(&payer.name).blank(4).el("PI").el(&payer.id).end();
        self.out.segment("TRN").el("1").el(batch).end();
        for qualifier in ["050", "009"] {
            self.out.segment("DTP").el(qualifier).el("D8").date(self.envelope.created.date()).end();
        }
    }

    fn batch(&mut self, batch: &str, answers: &[ClaimAnswer<'_>]) -> u64 {
        let level = self.begin_level("1", "21", "1");
        let receiver = &self.envelope.receiver;
        self.out.segment("NM1").el("41").el("2").el(&receiver.name).blank(4).el("46").el(&receiver.id).end();
        self.out.segment("TRN").el("2").el(batch).end();
        let total: Money = answers.iter().map(|answer| answer.claim.charge).sum();
        let date = self.envelope.created.date();
        self.out.segment("STC").components(["A1", "19", "PR"]).date(date).el("WQ").money(total).end();
        self.counts("90", "AA", answers);
        level
    }

    /// How many claims were accepted and refused, and their charges.
    fn counts(&mut self, accepted: &str, refused: &str, answers: &[ClaimAnswer<'_>]) {
        let sides = [(accepted, "YU", true), (refused, "YY", false)];
        let of = |side: bool| answers.iter().filter(move |answer| answer.accepted == side);
        for (qualifier, _, side) in sides {
            if of(side).next().is_some() {
                self.out.segment("QTY").el(qualifier).el(of(side).count().to_string()).end();
            }
        }
        for (_, qualifier, side) in sides {
            if of(side).next().is_some() {
                self.out
                    .segment("AMT")
                    .el(qualifier)
                    .money(of(side).map(|answer| answer.claim.charge).sum())
                    .end();
            }
        }
    }

    fn provider(&mut self, parent: u64, answers: &[ClaimAnswer<'_>]) {
        let Some(first) = answers.first() else { return };
        let level = self.begin_level(&parent.to_string(), "19", "1");
        let provider = &first.claim.billing_provider;
        let (kind, id) = if provider.npi.is_empty() {
            ("FI", provider.tax_id.as_str())
        } else {
            ("XX", provider.npi.as_str())
        };
        let nm1 = self.out.segment("NM1").el("85");
        named(nm1, &provider.name).el(kind).el(id).end();
        self.out.segment("TRN").el("1").el("0").end();
        let date = self.envelope.created.date();
        let total: Money = answers.iter().map(|answer| answer.claim.charge).sum();
        self.out.segment("STC").components(["A1", "19", "PR"]).el("").el("WQ").money(total).end();
        self.counts("QA", "QC", answers);
        for answer in answers {
            self.begin_level(&level.to_string(), "PT", "");
            self.claim(answer, date);
        }
    }

    fn claim(&mut self, answer: &ClaimAnswer<'_>, date: jiff::civil::Date) {
        let claim = answer.claim;
        let patient = claim.patient_person();
        let id = if patient.member_id.is_empty() {
            &claim.subscriber.person.member_id
        } else {
            &patient.member_id
        };
        let nm1 = self.out.segment("NM1").el("QC");
        named(nm1, &patient.name).el("MI").el(id).end();
        self.out.segment("TRN").el("2").el(&claim.id).end();
        let status = |n: usize| answer.statuses.get(n).map_or("", |status| status.as_str()).split(':');
        let stc = self.out.segment("STC").components(status(0)).date(date);
        let stc = stc.el(if answer.accepted { "WQ" } else { "U" }).money(claim.charge).blank(5);
        stc.components(status(1)).components(status(2)).el(answer.message).end();
        if !answer.payer_claim_number.is_empty() {
            self.out.segment("REF").el("1K").el(answer.payer_claim_number).end();
        }
        match (claim.service_date(), claim.last_service_date()) {
            (Some(from), Some(to)) if from != to => {
                let period = format!("{}-{}", compact(from), compact(to));
                self.out.segment("DTP").el("472").el("RD8").el(period).end();
            }
            (from, _) => self.out.segment("DTP").el("472").el("D8").date(from.unwrap_or(date)).end(),
        }
    }
}

/// NM102 to NM107.
fn named<'o>(nm1: SegmentOut<'o>, name: &claimflow_core::Name) -> SegmentOut<'o> {
    nm1.el(if name.organization { "2" } else { "1" })
        .el(&name.last)
        .el(&name.first)
        .el(&name.middle)
        .el("")
        .el(&name.suffix)
}
