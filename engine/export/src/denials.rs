//! The denials of a claim over time: each from the remittance that brought it until it fell.

use claimflow_core::state::ClaimState;
use claimflow_core::{Denial, Moment};

/// A denial with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dated {
    pub(crate) denial: Denial,
    pub(crate) opened: Moment,
    pub(crate) closed: Option<Moment>,
}

/// Collects denials while a claim's chapters are folded.
#[derive(Debug, Default)]
pub(crate) struct History {
    all: Vec<Dated>,
}

impl History {
    /// Notes how the claim stands at the end of a chapter. What is decided anew within one chapter in the same words goes
    /// on as one denial; its kind and owner are the latest.
    pub(crate) fn note(&mut self, at: Moment, state: &ClaimState) {
        let mut left: Vec<&Denial> = state.denials.iter().collect();
        for own in self.all.iter_mut().filter(|own| own.closed.is_none()) {
            match left.iter().position(|denial| is_same(&own.denial, denial)) {
                Some(place) => own.denial = left.remove(place).clone(),
                None => own.closed = Some(at),
            }
        }
        let new = left.into_iter().map(|denial| Dated { denial: denial.clone(), opened: at, closed: None });
        self.all.extend(new);
    }

    /// All, in the order in which they came.
    pub(crate) fn all(&self) -> &[Dated] {
        &self.all
    }
}

/// True when two denials are the same adjustment of the payer.
fn is_same(one: &Denial, other: &Denial) -> bool {
    let key = |own: &Denial| (own.line, own.group, own.amount);
    key(one) == key(other) && one.carc == other.carc && one.rarcs == other.rarcs
}
