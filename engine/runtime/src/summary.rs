//! A claim in short: what lists, queues, boards and look-ups need, without its text.

use std::hash::{Hash, Hasher};

use claimflow_core::state::ClaimState;
use claimflow_core::workflow::{State, WorkflowRef};
use claimflow_core::{Claim, ClaimId, Moment, Money, PayerId, PriorService, ProcedureCode, Text};
use jiff::civil::Date;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

/// A claim in short, as the state keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Internal number.
    pub number: u64,
    /// CLM01 as it came.
    pub id: ClaimId,
    /// The number of the latest submission, where it differs from `id`.
    pub sent_as: ClaimId,
    /// Workflow.
    pub workflow: WorkflowRef,
    /// State in it.
    pub state: Text,
    /// True when that state is final.
    pub is_final: bool,
    /// When it came there.
    pub entered: Moment,
    /// Deadline of that state.
    pub deadline: Option<Moment>,
    /// Payer.
    pub payer: PayerId,
    /// Charge.
    pub billed: Money,
    /// Paid so far.
    pub paid: Money,
    /// What payers left to the patient.
    pub patient: Money,
    /// Open work items.
    pub items: Vec<ItemSummary>,
    /// Open denials: category and amount.
    pub denials: Vec<(Text, Money)>,
    /// True while it waits for the next file to its payer.
    pub queued: bool,
    /// How often it went out.
    pub submissions: u16,
    /// The payer's number of it.
    pub payer_claim_number: Text,
    /// Service lines: code and date, for the history of the member.
    pub services: Vec<(ProcedureCode, Option<Date>)>,
    /// Hash of member id and payer.
    pub member: u64,
    /// Hash of member, service date, first code and charge: the last rung of matching.
    pub likeness: u64,
    /// Hash of the claim as it came.
    pub content: u64,
    /// Events so far.
    pub sequence: u64,
}

/// A work item in short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemSummary {
    /// Number within the claim.
    pub number: u16,
    /// Owner.
    pub owner: Text,
    /// Category.
    pub category: Text,
    /// Due.
    pub due: Option<Date>,
    /// At stake.
    pub amount: Money,
}

impl Summary {
    /// Its services, as rules read them in the history of the same member.
    pub fn prior_services(&self) -> impl Iterator<Item = PriorService> {
        self.services.iter().map(|(procedure, date)| PriorService {
            claim_id: self.id.clone(),
            procedure: procedure.clone(),
            date: *date,
        })
    }

    /// Of a claim's state, which is at `place` of its workflow.
    pub fn of(number: u64, state: &ClaimState, place: &State, content: u64) -> Self {
        let claim = &state.claim;
        let sent_as = state.submissions.last().map(|submission| &submission.sent_as);
        Self {
            number,
            id: claim.id.clone(),
            sent_as: sent_as.filter(|sent| **sent != claim.id).cloned().unwrap_or_default(),
            workflow: state.workflow.clone(),
            state: state.state.clone(),
            is_final: place.is_final(),
            entered: state.entered,
            deadline: state.deadline,
            payer: claim.payer.id.clone(),
            billed: state.billed(),
            paid: state.paid(),
            patient: state.patient_responsibility(),
            items: state.work_items.iter().map(ItemSummary::of).collect(),
            denials: state.denials.iter().map(|denial| (denial.category.clone(), denial.amount)).collect(),
            queued: state.queued_as.is_some(),
            submissions: u16::try_from(state.submissions.len()).unwrap_or(u16::MAX),
            payer_claim_number: state.payer_claim_number.clone(),
            services: claim.lines.iter().map(|line| (line.procedure.clone(), line.service_date)).collect(),
            member: member_key(claim),
            likeness: likeness_of_claim(claim),
            content,
            sequence: state.sequence,
        }
    }

    /// The work item that falls due first.
    pub fn next_item(&self) -> Option<&ItemSummary> {
        self.items.iter().min_by_key(|item| (item.due.is_none(), item.due))
    }
}

impl ItemSummary {
    fn of(item: &claimflow_core::WorkItem) -> Self {
        Self {
            number: item.number,
            owner: item.owner.clone(),
            category: item.category.clone(),
            due: item.due,
            amount: item.amount,
        }
    }
}

/// Hash of member id and payer; zero when the member id is not known.
pub fn member_key(claim: &Claim) -> u64 {
    let member = &claim.subscriber.person.member_id;
    if member.is_empty() {
        return 0;
    }
    hash(&(member, &claim.payer.id))
}

/// Hash of what a remittance repeats of a claim: member, service date, first code, charge. Zero when any is missing.
pub fn likeness(member: &str, date: Option<Date>, code: &str, charge: Money) -> u64 {
    match date {
        Some(date) if !member.is_empty() && !code.is_empty() => hash(&(member, date, code, charge)),
        _ => 0,
    }
}

fn likeness_of_claim(claim: &Claim) -> u64 {
    let code = claim.lines.first().map_or("", |line| line.procedure.as_str());
    likeness(&claim.subscriber.person.member_id, claim.service_date(), code, claim.charge)
}

/// Hash of what stays of a claim on its way out and tells it from others, whatever number it goes out under: member,
/// patient, first service date, first code, charge. Zero when any of what `likeness` needs is missing. Not kept.
pub fn sameness(claim: &Claim) -> u64 {
    let upper = |text: &str| text.trim().to_ascii_uppercase();
    let code = claim.lines.first().map_or("", |line| line.procedure.as_str());
    let member = upper(&claim.subscriber.person.member_id);
    let patient = claim.patient_person();
    match likeness(&member, claim.service_date(), code, claim.charge) {
        0 => 0,
        // Sisters and brothers are seen on the same day under one member id.
        own => hash(&(own, patient.birth_date, upper(&patient.name.first))),
    }
}

/// Hash of a claim as it came, to tell the same claim from another under the same number. Stable across runs and
/// versions of the compiler, since it is kept.
pub fn content_key(claim: &Claim) -> u64 {
    let bytes = postcard::to_allocvec(claim).unwrap_or_default();
    let hash = blake3::hash(&bytes);
    // INVARIANT: a BLAKE3 hash has 32 bytes, of which eight are taken.
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().unwrap_or_default())
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish().max(1)
}
