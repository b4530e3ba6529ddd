//! What the payer of a journey answers.

use claimflow_core::event::Remitted;
use claimflow_core::{
    Acknowledgment, AcknowledgmentKind, Adjustment, ClaimPayment, Decision, GroupCode, LinePayment, Money,
    PostedAdjustment, Rarc, ServiceLine, Text,
};

use super::Road;

/// The payer's number of the claim.
const NUMBER: &str = "SAMPLE-ICN-1";

impl Road<'_> {
    /// The answer to the latest submission.
    pub(super) fn answered(
        &self,
        accepted: bool,
        statuses: &[Text],
        message: &Text,
    ) -> Result<Acknowledgment, String> {
        let sent = self.state.submissions.last();
        let sent =
            sent.ok_or_else(|| format!("the claim has not gone out: it is in `{}`", self.state.state))?;
        let usual = if accepted { "A2:20" } else { "A7:562" };
        Ok(Acknowledgment {
            kind: AcknowledgmentKind::Claim,
            control_number: Text::default(),
            transaction: Text::default(),
            claim_id: sent.sent_as.clone(),
            accepted,
            interim: false,
            payer_claim_number: if accepted { NUMBER.into() } else { Text::default() },
            statuses: if statuses.is_empty() { vec![usual.into()] } else { statuses.to_vec() },
            message: message.clone(),
            date: Some(self.now.date()),
        })
    }

    /// A decision. What the author does not name goes with the adjustments; status 22 takes back the last one.
    pub(super) fn remitted(
        &mut self,
        fields: &Decision,
        named: &[Text],
        adjustments: &[PostedAdjustment],
    ) -> Remitted {
        self.answers += 1;
        let is_named = |key: &str| named.iter().any(|own| own == key);
        let mut payment = self.payment(adjustments);
        if fields.status == "22" {
            self.take_back(&mut payment);
        }
        if is_named("charge") {
            payment.charge = fields.charge;
        }
        if is_named("paid") {
            payment.paid = fields.paid;
        }
        if is_named("patient_responsibility") {
            payment.patient_responsibility = fields.patient_responsibility;
        }
        let usual = if payment.paid.is_zero() { "4" } else { "1" };
        payment.status = if is_named("status") { fields.status.clone() } else { usual.into() };
        let number = if is_named("payer_claim_number") { fields.payer_claim_number.as_str() } else { NUMBER };
        payment.payer_claim_number = number.into();
        payment.crossover_payer = fields.forwarded_to.clone();
        let key = Text::from(format!("case/{}", self.answers));
        let date = fields.date.or_else(|| Some(self.now.date()));
        Remitted { trace: key.clone(), key, date, payment, matched_by: "claim number".into() }
    }

    fn payment(&self, adjustments: &[PostedAdjustment]) -> ClaimPayment {
        let claim = &self.state.claim;
        let lines: Vec<LinePayment> = claim.lines.iter().map(|line| paid_line(line, adjustments)).collect();
        let of_claim = || adjustments.iter().filter(|own| own.line == 0);
        let taken: Money = of_claim().map(|own| own.amount).sum();
        let paid: Money = lines.iter().map(|line| line.paid).sum();
        ClaimPayment {
            claim_id: self
                .state
                .submissions
                .last()
                .map_or_else(|| claim.id.clone(), |sent| sent.sent_as.clone()),
            charge: claim.charge,
            paid: paid - taken,
            patient_responsibility: adjustments
                .iter()
                .filter(|own| own.group == GroupCode::PR)
                .map(|own| own.amount)
                .sum(),
            adjustments: of_claim().map(adjustment).collect(),
            remarks: remarks(of_claim()),
            service_date: claim.service_date(),
            lines,
            ..ClaimPayment::default()
        }
    }

    /// Turns a payment into the reversal of the last one.
    fn take_back(&self, payment: &mut ClaimPayment) {
        let Some(last) = self.state.postings.last() else { return };
        payment.charge = -last.decision.charge;
        payment.paid = -last.decision.paid;
        payment.patient_responsibility = -last.decision.patient_responsibility;
        payment.lines.clear();
        let taken = last.adjustments.iter().map(adjustment);
        payment.adjustments = taken.map(|own| Adjustment { amount: -own.amount, ..own }).collect();
    }
}

fn paid_line(line: &ServiceLine, adjustments: &[PostedAdjustment]) -> LinePayment {
    let own = || adjustments.iter().filter(|own| own.line == line.number);
    LinePayment {
        procedure: line.procedure.clone(),
        modifiers: line.modifiers.clone(),
        charge: line.charge,
        paid: line.charge - own().map(|own| own.amount).sum(),
        units: line.units,
        service_date: line.service_date,
        control_number: Text::from(line.number.to_string()),
        adjustments: own().map(adjustment).collect(),
        remarks: remarks(own()),
        ..LinePayment::default()
    }
}

fn adjustment(own: &PostedAdjustment) -> Adjustment {
    Adjustment { group: own.group, reason: own.reason.clone(), amount: own.amount, quantity: None }
}

fn remarks<'a>(adjustments: impl Iterator<Item = &'a PostedAdjustment>) -> Vec<Rarc> {
    let mut all: Vec<Rarc> = adjustments.flat_map(|own| own.remarks.iter().cloned()).collect();
    all.dedup();
    all
}
