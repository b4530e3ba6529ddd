//! What happens to a claim. A claim's state is the fold of its events; nothing else changes it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::migration::Migration;
use crate::workflow::WorkflowRef;
use crate::{
    Acknowledgment, Change, Claim, ClaimId, ClaimPayment, Decision, Denial, Finding, Hash, Moment, Owner,
    PostedAdjustment, Span, Stage, Text, Values, WorkItem,
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
    /// Variables of the workflow have other values from now on.
    Set {
        /// Names and new values.
        variables: Values,
    },
    /// A plugin is to do something. The claim stays in its state until the outcome comes.
    Requested(Box<Request>),
    /// A plugin has done it.
    Performed {
        /// The request's key.
        key: Text,
        /// How it came out, as guards see it.
        outcome: Text,
        /// What it gave.
        output: Values,
        /// Which plugin did it: name, version, and the beginning of its content hash.
        by: Text,
    },
    /// A plugin could not do it, or did not answer in time.
    Failed {
        /// The request's key.
        key: Text,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Why, in words for people; without names, member ids or birth dates.
        reason: Text,
        /// When it is tried again; `None` when it has failed for good.
        again: Option<Moment>,
    },
    /// The claim goes through another workflow, from the state that it is in, and comes back to that state.
    Called {
        /// The very version that it goes through.
        workflow: WorkflowRef,
        /// Values of that workflow's variables.
        input: Values,
    },
    /// It has come to an end of the other workflow and is back in the state that called.
    Returned {
        /// How it ended there, as guards see it.
        outcome: Text,
        /// What the other workflow's variables were at its end, of those that the caller keeps.
        output: Values,
    },
    /// A work item is laid aside: it leaves its owner's queue and comes back by itself; or it is taken up again.
    Pended {
        /// Number of the work item.
        item: u16,
        /// When it comes back; `None` when it has.
        until: Option<Moment>,
        /// Why.
        reason: Text,
    },
    /// A work item that was opened just before falls due at an hour, not with the end of its due date.
    DueAt {
        /// Number of the work item.
        item: u16,
        /// The moment.
        at: Moment,
    },
    /// While it stays in its state, the claim's deadline is another: an item was laid aside, or escalated.
    Deadline {
        /// When it runs out; `None` when the claim has none.
        at: Option<Moment>,
    },
    /// A person moved it to another version of its workflow, or back.
    Migrated(Box<Migration>),
}

/// Something that a plugin is asked to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `claim number/sequence`: the same for every attempt, so that what an attempt did whose answer was lost is not done
    /// again. The plugin gets it with a hash of the claim as it came.
    pub key: Text,
    /// The action, as `fees.lookup`.
    pub action: Text,
    /// Which attempt it is, from 1; a person who tries it again begins anew.
    pub attempt: u32,
    /// What the action takes.
    pub input: Values,
    /// How long the plugin may take; `None` where the workflow does not say.
    pub timeout: Option<Span>,
    /// When an attempt without an outcome counts as failed.
    pub until: Moment,
}

impl Event {
    /// The event's name, as the timeline shows it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::Entered { .. } => "entered",
            Self::Evaluated { .. } => "evaluated",
            Self::Queued { .. } => "queued",
            Self::Submitted(_) => "submitted",
            Self::Acknowledged(answer) if answer.interim => "acknowledged",
            Self::Acknowledged(answer) if answer.accepted => "accepted",
            Self::Acknowledged(_) => "rejected",
            Self::Remitted(_) => "remitted",
            Self::Posted(posting) if posting.reversal => "reversed",
            Self::Posted(_) => "posted",
            Self::Denied { .. } => "denied",
            Self::Opened(_) => "opened",
            Self::Closed { .. } => "closed",
            Self::Reassigned { .. } => "reassigned",
            Self::Corrected { .. } => "corrected",
            Self::Replaced { .. } => "replaced",
            Self::Released { .. } => "released",
            Self::Happened { .. } => "happened",
            Self::Unfit { .. } => "unfit",
            Self::Shadowed { .. } => "shadowed",
            Self::Set { .. } => "set",
            Self::Requested(_) => "requested",
            Self::Performed { .. } => "performed",
            Self::Failed { .. } => "failed",
            Self::Called { .. } => "called",
            Self::Returned { .. } => "returned",
            Self::Pended { until: Some(_), .. } => "pended",
            Self::Pended { until: None, .. } => "back",
            Self::DueAt { .. } => "due",
            Self::Deadline { .. } => "deadline",
            Self::Migrated(_) => "migrated",
        }
    }
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
    /// Ask a plugin to do something, and feed what comes of it back as
    /// [`Input::Performed`](crate::step::Input::Performed).
    Perform(Box<Request>),
}
