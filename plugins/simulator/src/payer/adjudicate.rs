//! Decides on a claim: denied as a whole, denied in lines, or paid by the fee schedule. Every decision balances.

use claimflow_core::{
    Adjustment, Carc, Claim, ClaimId, ClaimPayment, GroupCode, LinePayment, Money, Rarc, ServiceLine, Text,
};

use crate::payer::condition::Case;
use crate::payer::table::{Answer, Row, Step, Tables, Terms};

/// Group and reason of an amount; left out when there is no amount.
fn adjustment(group: GroupCode, reason: &str, amount: Money) -> Option<Adjustment> {
    (!amount.is_zero()).then(|| Adjustment {
        group,
        reason: Carc::as_received(reason),
        amount,
        quantity: None,
    })
}

/// The first row of a step that fits.
pub(super) fn first_row<'t>(
    tables: &'t Tables,
    step: Step,
    case: &Case<'_>,
    line: Option<&ServiceLine>,
) -> Option<&'t Row> {
    tables.rows.iter().find(|row| row.step == step && row.fits(case, line))
}

/// The payer's decision, under its own number of the claim and the number by which it calls the claim back.
pub(super) fn decide(tables: &Tables, case: &Case<'_>, called: ClaimId, number: Text) -> ClaimPayment {
    let claim = case.claim;
    let mut payment = ClaimPayment {
        claim_id: called,
        charge: claim.charge,
        filing_indicator: remitted_as(&claim.subscriber.filing_indicator),
        payer_claim_number: number,
        patient: claim.patient_person().clone(),
        rendering_npi: claim.rendering_npi().clone(),
        service_date: claim.service_date(),
        ..ClaimPayment::default()
    };
    if payment.patient.member_id.is_empty() {
        payment.patient.member_id = claim.subscriber.person.member_id.clone();
    }
    match first_row(tables, Step::Claim, case, None) {
        Some(Row { answer: Answer::Deny(group, reason), remarks, .. }) => {
            payment.adjustments.extend(adjustment(*group, reason.as_str(), claim.charge));
            payment.remarks.clone_from(remarks);
        }
        _ => payment.lines = lines(tables, case),
    }
    finish(case, &mut payment);
    payment
}

/// CLP06 has a shorter list of codes than SBR09: commercial insurance is a PPO there, what it does not know is `ZZ`.
fn remitted_as(filing_indicator: &Text) -> Text {
    const KNOWN: &[&str] = &[
        "12", "13", "14", "15", "16", "17", "AM", "CH", "DS", "HM", "LM", "MA", "MB", "MC", "OF", "TV", "VA",
        "WC",
    ];
    match filing_indicator.as_str() {
        "CI" => Text::const_new("12"),
        known if KNOWN.contains(&known) => filing_indicator.clone(),
        _ => Text::const_new("ZZ"),
    }
}

/// Sums up, and says how the claim was processed.
fn finish(case: &Case<'_>, payment: &mut ClaimPayment) {
    payment.paid = payment.charge - payment.adjusted();
    payment.patient_responsibility = patient_part(payment);
    let denied = payment.paid.is_zero() && payment.lines.iter().all(|line| line.allowed.is_none());
    let forwarded = case.knowledge.crossover(case.claim).filter(|_| !denied);
    payment.status = Text::const_new(match case.claim.subscriber.responsibility.as_str() {
        _ if denied => "4",
        _ if forwarded.is_some() => "19",
        "S" => "2",
        "T" => "3",
        _ => "1",
    });
    payment.crossover_payer = forwarded.cloned().unwrap_or_default();
}

fn patient_part(payment: &ClaimPayment) -> Money {
    let all = payment.adjustments.iter().chain(payment.lines.iter().flat_map(|line| &line.adjustments));
    all.filter(|adjustment| adjustment.group == GroupCode::PR).map(|adjustment| adjustment.amount).sum()
}

fn lines(tables: &Tables, case: &Case<'_>) -> Vec<LinePayment> {
    let terms = tables.terms(&case.claim.payer.id);
    let mut copay = terms.copay;
    let mut payments = Vec::with_capacity(case.claim.lines.len());
    for line in &case.claim.lines {
        let mut payment = blank(line);
        match first_row(tables, Step::Line, case, Some(line)) {
            Some(Row { answer: Answer::Deny(group, reason), remarks, .. }) => {
                deny(&mut payment, *group, reason.as_str(), remarks);
            }
            _ => pay(tables, &terms, case.claim, line, &mut copay, &mut payment),
        }
        payments.push(payment);
    }
    payments
}

fn blank(line: &ServiceLine) -> LinePayment {
    LinePayment {
        procedure: line.procedure.clone(),
        modifiers: line.modifiers.clone(),
        charge: line.charge,
        units: line.units,
        service_date: line.service_date,
        control_number: line.control_number.clone(),
        ..LinePayment::default()
    }
}

fn deny(payment: &mut LinePayment, group: GroupCode, reason: &str, remarks: &[Rarc]) {
    payment.adjustments.extend(adjustment(group, reason, payment.charge));
    payment.remarks.extend_from_slice(remarks);
}

/// Pays what is allowed less the patient's part; a second plan pays what the first one left to the patient.
fn pay(
    tables: &Tables,
    terms: &Terms,
    claim: &Claim,
    line: &ServiceLine,
    copay: &mut Money,
    payment: &mut LinePayment,
) {
    if !line.adjudications.is_empty() {
        let left = line.adjudications.iter().flat_map(|decision| &decision.adjustments);
        let left: Money = left.filter(|own| own.group == GroupCode::PR).map(|own| own.amount).sum();
        let paid = left.max(Money::ZERO).min(line.charge);
        payment.adjustments.extend(adjustment(GroupCode::OA, "23", line.charge - paid));
        payment.paid = paid;
        payment.allowed = Some(paid);
        return;
    }
    let allowed = tables.allowed(&claim.payer.id, line.procedure.as_str(), line.charge, line.units);
    let copaid = (*copay).min(allowed);
    *copay -= copaid;
    let shared = Money::from_cents((allowed - copaid).cents() * terms.coinsurance / 100);
    payment.adjustments.extend(adjustment(GroupCode::CO, "45", line.charge - allowed));
    payment.adjustments.extend(adjustment(GroupCode::PR, "3", copaid));
    payment.adjustments.extend(adjustment(GroupCode::PR, "2", shared));
    payment.paid = allowed - copaid - shared;
    payment.allowed = Some(allowed);
}

/// Takes the patient's deductible out of what is paid, up to an amount: PR-1.
pub(super) fn deduct(payment: &mut ClaimPayment, mut deductible: Money) {
    for line in &mut payment.lines {
        let taken = deductible.min(line.paid).max(Money::ZERO);
        deductible -= taken;
        line.paid -= taken;
        line.adjustments.extend(adjustment(GroupCode::PR, "1", taken));
    }
    payment.paid = payment.charge - payment.adjusted();
    payment.patient_responsibility = patient_part(payment);
}

/// The same decision taken back: every amount with the other sign, status 22.
pub(super) fn reverse(payment: &ClaimPayment) -> ClaimPayment {
    let mut reversal = payment.clone();
    reversal.status = Text::const_new("22");
    reversal.charge = -reversal.charge;
    reversal.paid = -reversal.paid;
    reversal.patient_responsibility = Money::ZERO;
    reversal.crossover_payer = Text::default();
    let lines = &mut reversal.lines;
    for line in lines.iter_mut() {
        line.charge = -line.charge;
        line.paid = -line.paid;
        line.allowed = None;
    }
    let own = reversal.adjustments.iter_mut();
    for adjustment in own.chain(lines.iter_mut().flat_map(|line| &mut line.adjustments)) {
        adjustment.amount = -adjustment.amount;
    }
    reversal
}

/// The decision at a lower contract: a quarter less is paid, and the contract bears it.
pub(super) fn correct(payment: &ClaimPayment) -> ClaimPayment {
    let mut correction = payment.clone();
    for line in &mut correction.lines {
        let less = Money::from_cents(line.paid.cents() / 4);
        line.paid -= less;
        line.allowed = line.allowed.map(|allowed| allowed - less);
        let contract =
            line.adjustments.iter_mut().find(|own| own.group == GroupCode::CO && own.reason.as_str() == "45");
        match contract {
            Some(contract) => contract.amount += less,
            None => line.adjustments.extend(adjustment(GroupCode::CO, "45", less)),
        }
    }
    correction.paid = correction.charge - correction.adjusted();
    correction
}
