//! What rules look at: the claim, and each of its lines, diagnoses, adjustments and denials.

use std::cell::OnceCell;

use claimflow_core::{Claim, RuleInput, Subject};

use crate::context::Ctx;
use crate::index::Candidate;
use crate::script::Snapshot;

/// The contexts of the subjects that candidates look at: for each kind that occurs, all of the claim's, in order.
pub(super) struct Subjects<'a> {
    groups: [Vec<Ctx<'a>>; 5],
}

impl<'a> Subjects<'a> {
    pub(super) fn new(
        input: &'a RuleInput<'a>,
        claim: &'a Claim,
        snapshot: &'a OnceCell<Snapshot>,
        kinds: impl Iterator<Item = Subject>,
    ) -> Self {
        let mut groups: [Vec<Ctx<'a>>; 5] = Default::default();
        for subject in kinds {
            // INVARIANT: there are five subjects.
            let group = &mut groups[subject as usize];
            if group.is_empty() {
                let first = u16::from(subject != Subject::Claim);
                let last = if first == 0 { 0 } else { u16::MAX };
                group.extend(
                    (first..=last).map_while(|index| Ctx::at(input, claim, snapshot, subject, index)),
                );
            }
        }
        Self { groups }
    }

    pub(super) fn all(&self, subject: Subject) -> &[Ctx<'a>] {
        // INVARIANT: there are five subjects.
        &self.groups[subject as usize]
    }

    pub(super) fn get(&self, candidate: Candidate) -> Option<&Ctx<'a>> {
        // INVARIANT: there are five subjects.
        self.groups[candidate.subject as usize].get(usize::from(candidate.index).saturating_sub(1))
    }
}
