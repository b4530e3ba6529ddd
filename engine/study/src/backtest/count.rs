//! Claims counted by what the payer did with them first.

use claimflow_core::Money;
use claimflow_runtime::{Answer, Past};
use serde::Serialize;

/// What the payer did first with a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Something of it was denied: an adjustment that is neither contractual nor the patient's.
    Denied,
    /// Refused before adjudication.
    Refused,
    /// Nothing of it was denied.
    Paid,
    /// It went out and nothing was decided yet.
    Open,
    /// It never went out.
    NotSent,
}

impl Verdict {
    /// Of a claim's past.
    pub fn of(past: &Past) -> Self {
        match past.answer {
            Answer::NotSent => Self::NotSent,
            Answer::Open => Self::Open,
            Answer::Refused { .. } => Self::Refused,
            Answer::Denied { .. } => Self::Denied,
            Answer::Paid { .. } => Self::Paid,
        }
    }
}

/// How many claims, by what the payer did first with them, and the money in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// All.
    pub claims: u64,
    /// Denied, wholly or in part.
    pub denied: u64,
    /// Refused before adjudication.
    pub refused: u64,
    /// Not denied.
    pub paid: u64,
    /// Not decided yet.
    pub open: u64,
    /// Never sent.
    pub not_sent: u64,
    /// What was denied at first, of those denied.
    pub denied_amount: Money,
    /// What payers and patients bear by now, of those denied at first: what came back after all.
    pub recovered_amount: Money,
    /// What payers have paid, of those not denied.
    pub paid_amount: Money,
}

impl Count {
    /// Counts a claim.
    pub(crate) fn add(&mut self, past: &Past) {
        self.claims += 1;
        match Verdict::of(past) {
            Verdict::Denied => {
                self.denied += 1;
                self.denied_amount += past.answer.denied();
                self.recovered_amount += past.paid;
            }
            Verdict::Refused => self.refused += 1,
            Verdict::Paid => {
                self.paid += 1;
                self.paid_amount += past.paid;
            }
            Verdict::Open => self.open += 1,
            Verdict::NotSent => self.not_sent += 1,
        }
    }

    /// Adds another count of other claims.
    pub(crate) fn join(&mut self, other: &Self) {
        self.claims += other.claims;
        self.denied += other.denied;
        self.refused += other.refused;
        self.paid += other.paid;
        self.open += other.open;
        self.not_sent += other.not_sent;
        self.denied_amount += other.denied_amount;
        self.recovered_amount += other.recovered_amount;
        self.paid_amount += other.paid_amount;
    }

    /// Claims on which the payer has said something.
    pub const fn decided(&self) -> u64 {
        self.denied + self.refused + self.paid
    }

    /// Whole percent of the decided claims that were denied or refused: of a rule's claims, its precision. None when
    /// nothing is decided.
    pub fn precision(&self) -> Option<u64> {
        let decided = self.decided();
        (decided > 0).then(|| ((self.denied + self.refused) * 200 + decided) / (decided * 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_of_what_was_decided_and_is_rounded() {
        let count = |denied, refused, paid, open| Count { denied, refused, paid, open, ..Count::default() };
        assert_eq!(count(9, 0, 3, 7).precision(), Some(75));
        assert_eq!(count(1, 1, 1, 0).precision(), Some(67));
        assert_eq!(count(0, 0, 0, 5).precision(), None);
        assert_eq!(count(0, 0, 4, 0).precision(), Some(0));
    }
}
