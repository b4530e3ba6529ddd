//! What payers answer: remittances (835) and acknowledgments (999, 277CA).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Adjustment, ClaimId, Modifier, Money, Npi, PayerId, Person, ProcedureCode, Quantity, Rarc, Text,
};

/// One 835 transaction: a payment and what it pays. Source: ASC X12 005010X221A1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remittance {
    /// Check or EFT trace number (TRN02).
    pub trace_number: Text,
    /// Payer's identifier in the trace (TRN03).
    pub originator: Text,
    /// Amount paid in this transaction (BPR02).
    pub paid: Money,
    /// `C` or `D`: credit or debit (BPR03).
    pub credit_debit: Text,
    /// `ACH`, `CHK`, `NON`... (BPR04).
    pub method: Text,
    /// Date of payment (BPR16).
    pub date: Option<Date>,
    /// Payer's name.
    pub payer_name: Text,
    /// Payer's id (N104 of N1*PR, else REF*2U), or empty.
    pub payer_id: PayerId,
    /// Payee's NPI or tax id (N1*PE).
    pub payee_id: Text,
    /// Claim payments in file order.
    pub claims: Vec<ClaimPayment>,
    /// Provider-level adjustments.
    pub provider_adjustments: Vec<ProviderAdjustment>,
    /// Control number of the transaction set (ST02).
    pub control_number: Text,
}

/// A PLB triple.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderAdjustment {
    /// Provider (PLB01).
    pub provider_id: Text,
    /// Reason, as `WO` overpayment recovery.
    pub reason: Text,
    /// Reference, often the payer's claim number.
    pub reference: Text,
    /// Amount; positive takes money away.
    pub amount: Money,
}

/// One CLP loop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimPayment {
    /// CLP01 as the payer sends it back.
    pub claim_id: ClaimId,
    /// Status (CLP02): 1 2 3 processed, 4 denied, 19 20 21 forwarded, 22 reversal.
    pub status: Text,
    /// Charge (CLP03).
    pub charge: Money,
    /// Paid (CLP04).
    pub paid: Money,
    /// Patient responsibility (CLP05).
    pub patient_responsibility: Money,
    /// Filing indicator (CLP06).
    pub filing_indicator: Text,
    /// The payer's number of the claim (CLP07).
    pub payer_claim_number: Text,
    /// Patient (NM1*QC).
    pub patient: Person,
    /// Rendering provider (NM1*82).
    pub rendering_npi: Npi,
    /// Payer to which the claim was forwarded (NM1*TT), or empty.
    pub crossover_payer: Text,
    /// Claim-level adjustments.
    pub adjustments: Vec<Adjustment>,
    /// Remark codes of MIA and MOA.
    pub remarks: Vec<Rarc>,
    /// First date of service (DTM*232 or 050 or the lines').
    pub service_date: Option<Date>,
    /// Lines.
    pub lines: Vec<LinePayment>,
}

/// One SVC loop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinePayment {
    /// Code paid (SVC01).
    pub procedure: ProcedureCode,
    /// Modifiers.
    pub modifiers: Vec<Modifier>,
    /// Code submitted, where it differs (SVC06); empty when the same.
    pub submitted_procedure: ProcedureCode,
    /// Charge (SVC02).
    pub charge: Money,
    /// Paid (SVC03).
    pub paid: Money,
    /// Units paid (SVC05).
    pub units: Quantity,
    /// Date of service (DTM*472 or 150).
    pub service_date: Option<Date>,
    /// The practice's number of the line (REF*6R).
    pub control_number: Text,
    /// Allowed amount (AMT*B6).
    pub allowed: Option<Money>,
    /// Adjustments.
    pub adjustments: Vec<Adjustment>,
    /// Remark codes (LQ*HE).
    pub remarks: Vec<Rarc>,
}

impl ClaimPayment {
    /// True for a reversal of an earlier decision.
    pub fn is_reversal(&self) -> bool {
        self.status == "22"
    }

    /// True when the payer passed the claim on to another.
    pub fn is_forwarded(&self) -> bool {
        is_forwarded(&self.status)
    }

    /// Sum of the adjustments of the claim and its lines.
    pub fn adjusted(&self) -> Money {
        self.adjustments
            .iter()
            .chain(self.lines.iter().flat_map(|line| &line.adjustments))
            .map(|a| a.amount)
            .sum()
    }

    /// True when charge less adjustments is what was paid.
    pub fn balances(&self) -> bool {
        self.charge - self.adjusted() == self.paid && self.lines.iter().all(LinePayment::balances)
    }
}

/// True for a status (CLP02) that says another payer has the claim now.
pub(crate) fn is_forwarded(status: &str) -> bool {
    matches!(status, "19" | "20" | "21" | "23")
}

impl LinePayment {
    /// True when the line's charge less its adjustments is what was paid for it.
    pub fn balances(&self) -> bool {
        self.charge - self.adjustments.iter().map(|a| a.amount).sum() == self.paid
    }
}

impl Remittance {
    /// True when the payment is the sum of its claims less the provider-level adjustments.
    pub fn balances(&self) -> bool {
        let claims: Money = self.claims.iter().map(|claim| claim.paid).sum();
        let plb: Money = self.provider_adjustments.iter().map(|plb| plb.amount).sum();
        let paid = if self.credit_debit == "D" { -self.paid.abs() } else { self.paid };
        claims - plb == paid
    }
}

/// How far an answer to a submission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcknowledgmentKind {
    /// TA1: the interchange.
    Interchange,
    /// 999: syntax of a group and its transactions.
    Functional,
    /// 277CA: each claim.
    Claim,
}

/// One answer to one thing we sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgment {
    /// How far it goes.
    pub kind: AcknowledgmentKind,
    /// Interchange control number (TA1) or group control number (999) that is answered; empty for a 277CA.
    pub control_number: Text,
    /// Transaction set control number answered (999), or empty for the whole.
    pub transaction: Text,
    /// The claim answered (277CA, TRN02), or empty.
    pub claim_id: ClaimId,
    /// True when it goes on; false when refused.
    pub accepted: bool,
    /// True when neither accepted nor refused for good: received, pending.
    pub interim: bool,
    /// The payer's number of the claim (REF*1K), or empty.
    pub payer_claim_number: Text,
    /// Status codes as sent, as `A7:562:85`, or IK3/IK4 places.
    pub statuses: Vec<Text>,
    /// The payer's words (STC12), or empty.
    pub message: Text,
    /// Date of the answer.
    pub date: Option<Date>,
}
