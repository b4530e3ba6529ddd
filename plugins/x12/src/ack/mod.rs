//! Answers to what was sent: TA1 (interchange), 999 (syntax) and 277CA (each claim).

pub(crate) mod c277ca;
mod f999;
pub(crate) mod ta1;
mod write_277ca;
mod write_999;

pub use write_277ca::{ClaimAnswer, write_277ca};
pub use write_999::{GroupAnswer, SegmentError, TransactionAnswer, syntax_answers, write_999};

use claimflow_core::{Acknowledgment, AcknowledgmentKind, ClaimId, Text};

use crate::envelope::Transaction;
use crate::fault::Fault;
use crate::kind::Kind;

impl Transaction<'_> {
    /// The answers that a 999, a 997 or a 277CA gives, with its faults; none for another kind. (TA1 segments stand
    /// outside transactions: see [`File::acks`](crate::File::acks).)
    ///
    /// A 999 answers each transaction that it names and then the group as a whole, `transaction` being empty there;
    /// of a group accepted in part the answer is interim. What is named but not answered is interim too, never accepted.
    /// A 277CA answers each claim; a batch or provider refused as a whole is answered without a claim id, with the
    /// batch's reference (BHT03 of our 837P) as control number.
    pub fn acknowledgments(&self) -> (Vec<Acknowledgment>, Vec<Fault>) {
        match &self.kind {
            Kind::Functional999 => f999::read(self),
            Kind::Other { code, .. } if code == "997" => f999::read(self),
            Kind::ClaimStatus277CA => {
                let read = c277ca::read(self);
                (read.acks, read.faults)
            }
            _ => (Vec::new(), Vec::new()),
        }
    }
}

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
