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

#[cfg(test)]
mod tests {
    use super::*;
    use claimflow_core::{GroupCode, Money, Text};

    fn denial(line: u16, category: &str) -> Denial {
        Denial {
            line,
            group: GroupCode::CO,
            carc: "197".parse().unwrap(),
            rarcs: Vec::new(),
            amount: Money::from_cents(15_000),
            category: category.into(),
            owner: Text::default(),
            rule: Text::default(),
            action: Text::default(),
            denied_on: None,
        }
    }

    #[test]
    fn a_denial_lasts_from_the_decision_that_brought_it_to_the_one_that_took_it_away() {
        let mut history = History::default();
        let mut note = |at: i64, denials: Vec<Denial>| {
            history.note(Moment(at), &ClaimState { denials, ..ClaimState::default() });
        };
        note(1, vec![]);
        note(2, vec![denial(1, ""), denial(2, ""), denial(2, "")]);
        note(3, vec![denial(1, "authorization"), denial(2, "")]);
        note(4, vec![]);
        note(5, vec![denial(1, "coding")]);
        let told = |own: &Dated| (own.denial.line, own.denial.category.to_string(), own.opened.0, own.closed);
        let all: Vec<_> = history.all().iter().map(told).collect();
        let wanted = [
            (1, "authorization", 2, Some(4)),
            (2, "", 2, Some(4)),
            (2, "", 2, Some(3)),
            (1, "coding", 5, None),
        ];
        assert_eq!(all, wanted.map(|(line, kind, from, to)| (line, kind.to_owned(), from, to.map(Moment))));
    }
}
