//! The three balances of a remittance. Source: ASC X12N 005010X221A1, section 1.10.2.1.

use claimflow_core::{Adjustment, ClaimPayment, GroupCode, Money, Remittance};
use serde::Serialize;

use crate::fault::Faults;
use crate::r835::read::Places;

/// Which of the balances of a remittance hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Balanced {
    /// Each line: charge less its adjustments is what was paid for it.
    pub line: bool,
    /// Each claim: charge less the adjustments of the claim and its lines is what was paid.
    pub claim: bool,
    /// The payment is the sum of the claims' payments less the provider-level adjustments.
    pub transaction: bool,
}

/// Checks the balances and faults each one that does not hold.
pub(crate) fn check(remittance: &Remittance, places: &Places<'_>, faults: &mut Faults<'_>) -> Balanced {
    let mut balanced = Balanced { line: true, claim: true, transaction: remittance.balances() };
    for (claim, (clp, svcs)) in remittance.claims.iter().zip(&places.claims) {
        for (line, svc) in claim.lines.iter().zip(svcs).filter(|(line, _)| !line.balances()) {
            balanced.line = false;
            let adjusted = line.adjustments.iter().map(|adjustment| adjustment.amount).sum();
            let message = unequal(&format!("line `{}`", line.procedure), line.charge, adjusted, line.paid);
            faults.error(svc.at("2110"), "unbalanced-line", message);
        }
        let adjusted = claim.adjusted();
        if claim.charge - adjusted == claim.paid {
            continue;
        }
        balanced.claim = false;
        let what = format!("claim `{}`", claim.claim_id);
        if is_doubled(claim) {
            let message = format!(
                "{what}: the same adjustments are reported for the claim and for its lines; post them once"
            );
            faults.error(clp.at("2100"), "unbalanced-doubled", message);
        } else {
            let message = unequal(&what, claim.charge, adjusted, claim.paid);
            faults.error(clp.at("2100"), "unbalanced-claim", message);
        }
    }
    if let (false, Some(bpr)) = (balanced.transaction, &places.bpr) {
        let claims: Money = remittance.claims.iter().map(|claim| claim.paid).sum();
        let providers: Money = remittance.provider_adjustments.iter().map(|plb| plb.amount).sum();
        let message = format!(
            "BPR02 pays {}, but the claims' payments {claims} less provider adjustments {providers} are {}",
            remittance.paid,
            claims - providers
        );
        faults.error(bpr.at(""), "unbalanced-transaction", message);
    }
    balanced
}

fn unequal(what: &str, charge: Money, adjusted: Money, paid: Money) -> String {
    let left = charge - adjusted;
    format!("{what}: charge {charge} less adjustments {adjusted} is {left}, but {paid} was paid")
}

/// True when the claim balances by its lines alone and its own adjustments repeat those of the lines.
fn is_doubled(claim: &ClaimPayment) -> bool {
    let own: Money = claim.adjustments.iter().map(|adjustment| adjustment.amount).sum();
    if claim.adjustments.is_empty() || claim.charge - (claim.adjusted() - own) != claim.paid {
        return false;
    }
    let mut claims = sums(claim.adjustments.iter());
    let mut lines = sums(claim.lines.iter().flat_map(|line| &line.adjustments));
    claims.retain(|(.., sum)| !sum.is_zero());
    lines.retain(|(.., sum)| !sum.is_zero());
    claims.iter().all(|own| lines.contains(own))
}

/// The amounts by group and reason.
fn sums<'a>(adjustments: impl Iterator<Item = &'a Adjustment>) -> Vec<(GroupCode, &'a str, Money)> {
    let mut sums: Vec<(GroupCode, &str, Money)> = Vec::new();
    for adjustment in adjustments {
        let key = (adjustment.group, adjustment.reason.as_str());
        match sums.iter_mut().find(|(group, reason, _)| (*group, *reason) == key) {
            Some((.., sum)) => *sum += adjustment.amount,
            None => sums.push((key.0, key.1, adjustment.amount)),
        }
    }
    sums
}
