//! What is in a file, at a glance: the contract of `claimflow x12 inspect --json`.

use claimflow_core::{Money, Text};
use serde::Serialize;

use crate::ack::c277ca;
use crate::envelope::Transaction;
use crate::fault::Fault;
use crate::kind::Kind;
use crate::r835::Balanced;
use crate::scan::read;

/// What a file holds, counted. Serialized, it is the output of `claimflow x12 inspect --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// How many interchanges.
    pub interchanges: u32,
    /// Each transaction, in file order; answers to interchanges (TA1) come last.
    pub transactions: Vec<InspectedTransaction>,
    /// Faults outside every transaction.
    pub faults: Vec<Fault>,
}

/// One transaction, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedTransaction {
    /// What it is, as `837P`.
    pub kind: Kind,
    /// Its control number (ST02, of a TA1 the interchange's that it answers).
    pub control: Text,
    /// Claims: of an 837P those submitted, of an 835 those paid or denied, of a 277CA those answered; else 0.
    pub claims: u64,
    /// Service lines of those claims.
    pub lines: u64,
    /// Claims of an 835 that take back an earlier decision (CLP02 = 22).
    pub reversals: u64,
    /// Sum of the claims' charges (CLM02, CLP03).
    pub billed: Money,
    /// What an 835 pays (BPR02).
    pub paid: Money,
    /// Which balances of an 835 hold; null for other kinds.
    pub balanced: Option<Balanced>,
    /// What is wrong with it, in file order.
    pub faults: Vec<Fault>,
}

impl Inspection {
    /// True when an error was found.
    pub fn has_errors(&self) -> bool {
        self.faults.iter().chain(self.transactions.iter().flat_map(|t| &t.faults)).any(Fault::is_error)
    }
}

/// Looks at a file whatever it is: every transaction is named and counted, those of kinds that are read in depth with
/// their claims, money, balances and faults.
pub fn inspect(bytes: &[u8]) -> Inspection {
    let file = read(bytes);
    let mut transactions: Vec<InspectedTransaction> = file
        .transactions
        .iter()
        .map(|transaction| {
            let mut inspected = inspect_transaction(transaction);
            inspected.faults.extend(file.faults_of(transaction).cloned());
            inspected.faults.sort_by_key(|fault| fault.position);
            inspected
        })
        .collect();
    transactions.extend(file.acks.iter().map(|ack| blank(Kind::Interchange, ack.control_number.clone())));
    Inspection {
        interchanges: file.interchanges,
        transactions,
        faults: file.faults_outside().cloned().collect(),
    }
}

fn blank(kind: Kind, control: Text) -> InspectedTransaction {
    InspectedTransaction {
        kind,
        control,
        claims: 0,
        lines: 0,
        reversals: 0,
        billed: Money::ZERO,
        paid: Money::ZERO,
        balanced: None,
        faults: Vec::new(),
    }
}

fn inspect_transaction(transaction: &Transaction<'_>) -> InspectedTransaction {
    let mut inspected = blank(transaction.kind.clone(), transaction.control_number.clone());
    match transaction.kind {
        Kind::Claims837P => {
            let mut claims = transaction.claims();
            for read in claims.by_ref() {
                inspected.claims += 1;
                inspected.lines += read.claim.lines.len() as u64;
                inspected.billed += read.claim.charge;
                inspected.faults.extend(read.faults);
            }
            inspected.faults.extend(claims.take_faults());
        }
        Kind::Remittance835 => {
            let (remittance, faults, balanced) = transaction.remittance_with_places();
            inspected.claims = remittance.claims.len() as u64;
            inspected.lines = remittance.claims.iter().map(|claim| claim.lines.len() as u64).sum();
            inspected.reversals = remittance.claims.iter().filter(|claim| claim.is_reversal()).count() as u64;
            inspected.billed = remittance.claims.iter().map(|claim| claim.charge).sum();
            inspected.paid = remittance.paid;
            inspected.balanced = Some(balanced);
            inspected.faults = faults;
        }
        Kind::ClaimStatus277CA => {
            let read = c277ca::read(transaction);
            inspected.claims = read.claims;
            inspected.billed = read.billed;
            inspected.faults = read.faults;
        }
        _ => inspected.faults = transaction.acknowledgments().1,
    }
    inspected
}
