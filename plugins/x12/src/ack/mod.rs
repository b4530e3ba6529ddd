//! Answers to what was sent: TA1 (interchange), 999 (syntax) and 277CA (each claim).

pub(crate) mod ta1;

use claimflow_core::{Acknowledgment, AcknowledgmentKind, ClaimId, Text};

/// An answer of which nothing is known yet.
pub(crate) fn blank(kind: AcknowledgmentKind) -> Acknowledgment {
    Acknowledgment {
        kind,
        control_number: Text::default(),
        transaction: Text::default(),
        claim_id: ClaimId::default(),
        accepted: false,
        interim: false,
        payer_claim_number: Text::default(),
        statuses: Vec::new(),
        message: Text::default(),
        date: None,
    }
}
