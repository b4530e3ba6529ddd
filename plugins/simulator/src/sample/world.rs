//! The sample practice while it is being made: members, appointments, drafts of claims, what the practice knows and what
//! the payer knows otherwise.

use std::collections::{BTreeMap, BTreeSet};

use claimflow_core::{Authorization, Claim, Coverage, Enrollment, PayerId, Person, Provider, Text, Visit};
use jiff::civil::Date;

use crate::knowledge::ServiceKey;
use crate::plans::Plan;
use crate::random::Random;
use crate::sample::clinicians::Clinician;
use crate::sample::defects::DefectKind;
use crate::sample::services::Service;

/// A member of a plan, with the patient.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// The plan.
    pub plan: &'static Plan,
    /// The policy holder, with the member id.
    pub subscriber: Person,
    /// The patient, where not the policy holder.
    pub child: Option<Person>,
    /// Group number of the policy.
    pub group_number: Text,
    /// Diagnoses, the principal one first.
    pub diagnoses: &'static [&'static str],
    /// True when sessions are held by video.
    pub remote: bool,
    /// Rows of the coverage register.
    pub coverage: Vec<Coverage>,
    /// What the payer knows otherwise of the coverage; `None`: the same.
    pub payer_coverage: Option<Vec<Coverage>>,
    /// Rows of the authorization register.
    pub authorizations: Vec<Authorization>,
    /// True once something about the policy went wrong: nothing else does then.
    pub touched: bool,
}

/// A claim in the making, with its note.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Place of the member.
    pub member: usize,
    /// Place of the clinician.
    pub clinician: usize,
    /// What was done.
    pub service: Service,
    /// First day.
    pub date: Date,
    /// The claim.
    pub claim: Claim,
    /// Rows of the visit register.
    pub visits: Vec<Visit>,
    /// What is wrong with it.
    pub defect: Option<DefectKind>,
    /// True for the member's last visit: what happens to the policy from that day on touches no other.
    pub is_last_visit: bool,
    /// True when nothing more may happen to it: another claim repeats it, or it shows something in good order.
    pub is_reserved: bool,
    /// True for the last visit with this clinician and payer.
    pub is_last_of_enrollment: bool,
}

/// What is wrong with a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// The claim.
    pub claim_id: claimflow_core::ClaimId,
    /// Which kind.
    pub kind: DefectKind,
    /// What exactly, without naming the person.
    pub note: String,
}

/// Everything there is.
#[derive(Debug)]
pub(crate) struct World {
    /// First day of the month.
    pub month: Date,
    /// Who bills.
    pub practice: Provider,
    /// Who treats.
    pub clinicians: Vec<Clinician>,
    /// Who is treated.
    pub members: Vec<Member>,
    /// The claims, in order of date.
    pub drafts: Vec<Draft>,
    /// Rows of the enrollment register.
    pub enrollments: Vec<Enrollment>,
    /// Enrollments that the payer has ended without the practice knowing.
    pub ended_enrollments: Vec<Enrollment>,
    /// Services on which the payer will ask or refuse, and the name of its reason.
    pub doubts: BTreeMap<ServiceKey, Text>,
    /// Services that the payer has from elsewhere.
    pub received: BTreeSet<ServiceKey>,
    /// Members of a payer whose claims it passes on, and to whom.
    pub crossovers: BTreeMap<(PayerId, Text), Text>,
    /// What is wrong, in the order of the claims in the end.
    pub defects: Vec<Defect>,
    /// The one source of chance.
    pub random: Random,
}

impl World {
    /// The member of a draft, to change.
    pub fn member_mut(&mut self, draft: usize) -> Option<&mut Member> {
        self.members.get_mut(self.drafts.get(draft)?.member)
    }

    /// True when nothing has happened to the member's policy yet.
    pub fn is_untouched(&self, draft: &Draft) -> bool {
        self.members.get(draft.member).is_some_and(|member| !member.touched)
    }

    /// One of the drafts with which nothing is wrong yet and that suits.
    pub fn find(&mut self, suits: impl Fn(&Self, &Draft) -> bool) -> Option<usize> {
        let suiting: Vec<usize> = self
            .drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.defect.is_none() && !draft.is_reserved && suits(self, draft))
            .map(|(place, _)| place)
            .collect();
        self.random.pick(&suiting).copied()
    }

    /// Writes down what is wrong with a draft.
    pub fn spoil(&mut self, draft: usize, kind: DefectKind, note: impl Into<String>) -> Option<()> {
        let draft = self.drafts.get_mut(draft)?;
        draft.defect = Some(kind);
        self.defects.push(Defect { claim_id: draft.claim.id.clone(), kind, note: note.into() });
        Some(())
    }
}
