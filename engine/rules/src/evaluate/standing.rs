//! Which of several categorizations of one adjustment or denial stands.

use claimflow_core::{Finding, Level, Subject};
use smallvec::SmallVec;

use crate::index::Candidate;
use crate::rule::Rule;

/// What makes one `categorize` win over another: priority, then layer, then specificity; the first of equals stands.
type Rank = (i64, crate::source::Layer, u8);

/// The rank of a candidate.
fn rank(rule: &Rule, candidate: Candidate) -> Rank {
    (rule.priority, rule.layer, candidate.specificity)
}

/// A `categorize` that stands for one adjustment or denial until a better one comes.
struct Standing {
    subject: Subject,
    index: u16,
    rank: Rank,
    /// Place of its finding.
    at: usize,
}

/// The categorizations that stand, and those that have lost to a better one.
#[derive(Default)]
pub(super) struct Standings {
    standing: SmallVec<[Standing; 4]>,
    /// Places of findings.
    lost: SmallVec<[usize; 4]>,
}

impl Standings {
    /// Enters what a rule that categorizes has said: its findings are those from `first` on.
    pub(super) fn enter(&mut self, rule: &Rule, candidate: Candidate, findings: &[Finding], first: usize) {
        let own = findings.iter().skip(first).position(|own| own.level == Level::Categorize);
        if let Some(at) = own.map(|own| first + own) {
            let lost = self.settle(candidate, rank(rule, candidate), at);
            self.lost.extend(lost);
        }
    }

    /// Lets the better of two categorizations stand; answers the place of the one that goes.
    fn settle(&mut self, candidate: Candidate, rank: Rank, at: usize) -> Option<usize> {
        let own = self
            .standing
            .iter_mut()
            .find(|own| own.subject == candidate.subject && own.index == candidate.index);
        match own {
            Some(own) if rank > own.rank => {
                own.rank = rank;
                Some(std::mem::replace(&mut own.at, at))
            }
            Some(_) => Some(at),
            None => {
                self.standing.push(Standing { subject: candidate.subject, index: candidate.index, rank, at });
                None
            }
        }
    }

    /// Takes out what has lost.
    pub(super) fn take_out_lost(&self, findings: &mut Vec<Finding>) {
        let mut place = 0;
        findings.retain(|_| {
            place += 1;
            !self.lost.contains(&(place - 1))
        });
    }
}
