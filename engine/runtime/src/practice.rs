//! What a practice has written, as the loop uses it. The catalog implements this; tests stand in for it.

use claimflow_core::workflow::{Workflow, WorkflowRef};
use claimflow_core::{Calendar, Claim, Facts, Rules, Text};

use crate::plugin::Plugins;

/// Rules, workflows, registers and settings of a practice at one time. Immutable: a change is another one.
pub trait Practice: Send + Sync {
    /// The active generation of rules.
    fn rules(&self) -> &dyn Rules;

    /// The workflow of new claims, or its name when it is not there.
    fn workflow_for_new(&self) -> Result<&Workflow, Text>;

    /// The workflow that a claim runs on, in its version.
    fn workflow(&self, reference: &WorkflowRef) -> Option<&Workflow>;

    /// The newest version of a workflow, for one that calls it.
    fn newest_workflow(&self, name: &str) -> Option<&Workflow>;

    /// What the registers know about a claim; its history is the runtime's own.
    fn facts(&self, claim: &Claim) -> Facts;

    /// Content hash of the registers.
    fn registers_hash(&self) -> &str;

    /// Working days.
    fn calendar(&self) -> &Calendar;

    /// Who looks after claims that cannot go on by themselves.
    fn incident_owner(&self) -> &str {
        "billing_lead"
    }

    /// After so many days a payment that waits for its claim is somebody's work.
    fn waiting_payment_days(&self) -> u32 {
        14
    }

    /// Who sends, for outgoing files.
    fn sender(&self) -> &Sender;

    /// What does what workflows ask of plugins; none for a practice without.
    fn plugins(&self) -> Option<&Plugins> {
        None
    }
}

/// Who sends claims to whom: what the envelope of an 837P says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// Interchange sender id (ISA06), and its qualifier (ISA05).
    pub sender_id: Text,
    /// Qualifier of it, `ZZ` when agreed between the two.
    pub sender_qualifier: Text,
    /// Interchange receiver id (ISA08).
    pub receiver_id: Text,
    /// Qualifier of it.
    pub receiver_qualifier: Text,
    /// Submitter's name (1000A).
    pub submitter_name: Text,
    /// Submitter's id (1000A).
    pub submitter_id: Text,
    /// Contact's name.
    pub contact_name: Text,
    /// Contact's telephone number, ten digits.
    pub contact_phone: Text,
    /// Receiver's name (1000B).
    pub receiver_name: Text,
    /// True for production (ISA15 = P).
    pub production: bool,
}
