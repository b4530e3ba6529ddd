//! What the payers have received and decided so far.

use std::collections::{BTreeMap, BTreeSet};

use claimflow_core::{Claim, ClaimPayment, Money, PayerId, ProviderAdjustment, Text};

use crate::knowledge::ServiceKey;

/// The payers' books.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    services: BTreeSet<ServiceKey>,
    decisions: BTreeMap<(PayerId, Text), ClaimPayment>,
    owed: BTreeMap<PayerId, Vec<ProviderAdjustment>>,
    claims: u64,
    payments: u64,
}

impl Ledger {
    /// The next claim number of a payer.
    pub fn next_claim(&mut self) -> u64 {
        self.claims += 1;
        self.claims
    }

    /// The next number of a payment.
    pub fn next_payment(&mut self) -> u64 {
        self.payments += 1;
        self.payments
    }

    /// True when the service came in before.
    pub fn has_received(&self, service: &ServiceKey) -> bool {
        self.services.contains(service)
    }

    /// The decision that a replacement or void speaks of.
    pub fn decided(&self, claim: &Claim) -> Option<&ClaimPayment> {
        self.decisions.get(&(claim.payer.id.clone(), claim.payer_claim_number.clone()))
    }

    /// Takes the services of a claim into the books.
    pub fn receive(&mut self, claim: &Claim) {
        self.services.extend(claim.lines.iter().filter_map(|line| ServiceKey::of(claim, line)));
    }

    /// Takes a decision into the books.
    pub fn decide(&mut self, payer: &PayerId, payment: &ClaimPayment) {
        self.decisions.insert((payer.clone(), payment.payer_claim_number.clone()), payment.clone());
    }

    /// Takes a claim that is replaced or voided out of the books.
    pub fn forget(&mut self, claim: &Claim) {
        self.decisions.remove(&(claim.payer.id.clone(), claim.payer_claim_number.clone()));
    }

    /// Remembers money that the practice owes and that a later payment will be less by.
    pub fn owe(&mut self, payer: &PayerId, adjustment: ProviderAdjustment) {
        self.owed.entry(payer.clone()).or_default().push(adjustment);
    }

    /// Collects what is owed, as far as the payment bears it.
    pub fn collect(&mut self, payer: &PayerId, mut paid: Money) -> Vec<ProviderAdjustment> {
        let Some(owed) = self.owed.get_mut(payer) else { return Vec::new() };
        let mut collected = Vec::new();
        owed.retain(|adjustment| {
            let bears = adjustment.amount <= paid;
            if bears {
                paid -= adjustment.amount;
                collected.push(adjustment.clone());
            }
            !bears
        });
        collected
    }
}
