//! Some payers report the adjustments of the lines once more for the claim: they are posted once, as those of the lines.

use claimflow_core::{Adjustment, ClaimPayment, GroupCode, Money, Remittance};

/// Leaves out the adjustments of claims that repeat those of their lines, where a claim balances without them and not
/// with them. The reader has faulted each (`unbalanced-doubled`).
pub(super) fn post_once(remittance: &mut Remittance) {
    for payment in remittance.claims.iter_mut().filter(|payment| repeats_its_lines(payment)) {
        payment.adjustments.clear();
    }
}

fn repeats_its_lines(payment: &ClaimPayment) -> bool {
    if payment.adjustments.is_empty() || payment.charge - payment.adjusted() == payment.paid {
        return false;
    }
    let own: Money = payment.adjustments.iter().map(|adjustment| adjustment.amount).sum();
    let lines = sums(payment.lines.iter().flat_map(|line| &line.adjustments));
    let repeated = |own: &(GroupCode, &str, Money)| own.2.is_zero() || lines.contains(own);
    payment.charge - (payment.adjusted() - own) == payment.paid
        && sums(payment.adjustments.iter()).iter().all(repeated)
}

/// The amounts by group and reason.
fn sums<'a>(adjustments: impl Iterator<Item = &'a Adjustment>) -> Vec<(GroupCode, &'a str, Money)> {
    let mut sums: Vec<(GroupCode, &str, Money)> = Vec::new();
    for adjustment in adjustments {
        let (group, reason) = (adjustment.group, adjustment.reason.as_str());
        match sums.iter_mut().find(|sum| (sum.0, sum.1) == (group, reason)) {
            Some((.., sum)) => *sum += adjustment.amount,
            None => sums.push((group, reason, adjustment.amount)),
        }
    }
    sums
}
