//! What happens to a claim. A claim's state is the fold of its events; nothing else changes it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::workflow::WorkflowRef;
use crate::{
    Acknowledgment, Change, Claim, ClaimId, ClaimPayment, Decision, Denial, Finding, Hash, Moment, Owner,
    PostedAdjustment, Stage, Text, WorkItem,
};

/// One thing that happened. Times and actors are on the record that carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The claim came in.
    Received {
        /// As it came.
        claim: Box<Claim>,
        /// The workflow it runs on from now on.
        workflow: WorkflowRef,
        /// Content hash of the file it came in.
        source: Hash,
        /// True when another system has submitted it already.
        history: bool,
    },
    /// It is in another state of its workflow.
    Entered {
        /// Name of the state.
        state: Text,
        /// When the state's deadline runs out, if it has one.
        deadline: Option<Moment>,
        /// The state's note, or empty.
        note: Text,
    },
    /// A stage's rules ran.
    Evaluated {
        /// Which.
        stage: Stage,
        /// The generation of rules.
        rules: Hash,
        /// How many rule subjects were looked at.
        considered: u32,
        /// Corrections made.
        changes: Vec<Change>,
        /// What fired.
        findings: Vec<Finding>,
        /// The stage's outcome, as guards see it.
        outcome: Text,
    },
    /// It waits for the next file to its payer.
    Queued {
        /// The number it is sent under (CLM01), unique per submission.
        sent_as: ClaimId,
        /// Corrections that the way of sending asks for.
        changes: Vec<Change>,
    },
    /// It went out.
    Submitted(Submission),
    /// The clearinghouse or the payer answered.
    Acknowledged(Acknowledgment),
    /// A payer's decision arrived; it is posted when the workflow adjudicates.
    Remitted(Box<Remitted>),
    /// A payer's decision was posted.
    Posted(Box<Posting>),
    /// What of the last decision is not accepted as final.
    Denied {
        /// All open denials; they replace earlier ones.
        denials: Vec<Denial>,
    },
    /// Somebody has something to do.
    Opened(WorkItem),
    /// It is done, or no longer needed.
    Closed {
        /// Number of the work item.
        item: u16,
        /// Why.
        reason: Text,
    },
    /// Somebody else has it now.
    Reassigned {
        /// Number of the work item.
        item: u16,
        /// New owner.
        owner: Owner,
        /// Why.
        reason: Text,
    },
    /// A person corrected fields.
    Corrected {
        /// What changed.
        changes: Vec<Change>,
        /// Why.
        reason: Text,
    },
    /// The practice's system sent the claim anew, with other content.
    Replaced {
        /// As it came.
        claim: Box<Claim>,
        /// Content hash of the file it came in.
        source: Hash,
    },
    /// A person lets it go on in spite of findings.
    Released {
        /// Rules that no longer hold it.
        rules: Vec<Text>,
        /// Why.
        reason: Text,
    },
    /// Something that moved the claim or ended one of its work items, and carries no data of its own, as `resolved`,
    /// `appealed`, `timer`.
    Happened {
        /// Name of the event.
        name: Text,
        /// Why, or empty.
        reason: Text,
    },
    /// Something that did not fit: it is kept, shown, and changed nothing.
    Unfit {
        /// What and why.
        what: Text,
    },
    /// What rules in shadow said at a stage: recorded, and nothing comes of it. It comes right after what the stage's
    /// rules decided.
    Shadowed {
        /// Which.
        stage: Stage,
        /// The generation of rules.
        rules: Hash,
        /// What they would have done.
        findings: Vec<Finding>,
    },
}

/// One time that a claim went out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Name of the file.
    pub file: Text,
    /// Interchange control number (ISA13).
    pub interchange: Text,
    /// Group control number (GS06).
    pub group: Text,
    /// Transaction set control number (ST02).
    pub transaction: Text,
    /// The number it was sent under (CLM01).
    pub sent_as: ClaimId,
    /// Frequency it was sent with (CLM05-3).
    pub frequency: Text,
    /// When.
    pub at: Moment,
}

/// A payer's decision on one claim, as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remitted {
    /// Idempotency key: transaction and place in it. The same key is never posted twice.
    pub key: Text,
    /// Check or EFT trace number.
    pub trace: Text,
    /// Date of payment.
    pub date: Option<Date>,
    /// The decision.
    pub payment: ClaimPayment,
    /// How the claim was found: `claim number`, `payer's number`, or `member, date, code and charge`.
    pub matched_by: Text,
}

/// What a payer's decision did to a claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The key of the decision.
    pub key: Text,
    /// Check or EFT trace number.
    pub trace: Text,
    /// True for a reversal: amounts are negative and earlier denials fall.
    pub reversal: bool,
    /// The decision as rules see it.
    pub decision: Decision,
    /// The service lines it decides on, from 1; none for the claim as a whole.
    pub lines: Vec<u16>,
    /// Adjustments at their lines.
    pub adjustments: Vec<PostedAdjustment>,
}

/// Something for the outside, as data. Each has an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Put the claim into the next 837P for its payer.
    Submit {
        /// `claim number/sequence`.
        key: Text,
    },
}
