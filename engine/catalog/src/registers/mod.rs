//! The registers: what a practice knows besides its claims. Rows are found by what a claim carries, and a row that is
//! not there is *unknown*, never "no".

mod cells;
mod columns;
mod read;

pub(crate) use columns::Register;
pub use read::read_registers;

use claimflow_core::{Authorization, Claim, Coverage, Enrollment, Facts, Hash, Npi, PayerId, Text, Visit};
use rustc_hash::FxHashMap;

/// Every row of every register, found in a step or two.
#[derive(Debug, Clone, Default)]
pub struct Registers {
    coverages: Shelf<Coverage>,
    authorizations: Shelf<Authorization>,
    enrollments: Shelf<Enrollment>,
    visits: Shelf<Visit>,
    hash: Hash,
}

/// How many rows each register has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegisterCounts {
    /// `coverage.csv`.
    pub coverages: usize,
    /// `authorizations.csv`.
    pub authorizations: usize,
    /// `enrollments.csv`.
    pub enrollments: usize,
    /// `visits.csv`.
    pub visits: usize,
}

impl Registers {
    /// What is known about a claim, in the order of the registers' rows. `history` is left empty: the practice's own
    /// claims say it.
    ///
    /// The member is the patient where the claim gives the patient a member id, else the subscriber.
    pub fn facts_for(&self, claim: &Claim) -> Facts {
        let patient = &claim.patient_person().member_id;
        let member = if patient.is_empty() { &claim.subscriber.person.member_id } else { patient };
        let payer = &claim.payer.id;
        let by_member = key(member, payer.as_str());
        let mut facts = Facts {
            coverages: self.coverages.rows(&by_member).to_vec(),
            authorizations: self.authorizations.rows(&by_member).to_vec(),
            visits: self.visits.rows(&key(claim.id.as_str(), "")).to_vec(),
            ..Facts::default()
        };
        self.add_enrollments(claim.rendering_npi(), payer, &mut facts);
        for line in &claim.lines {
            if let Some(provider) = &line.rendering_provider {
                self.add_enrollments(&provider.npi, payer, &mut facts);
            }
        }
        facts
    }

    fn add_enrollments(&self, npi: &Npi, payer: &PayerId, facts: &mut Facts) {
        if !facts.enrollments.iter().any(|row| row.npi == *npi) {
            facts.enrollments.extend_from_slice(self.enrollments.rows(&key(npi.as_str(), payer.as_str())));
        }
    }

    /// Content hash of the registers' files.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// How many rows there are.
    pub fn counts(&self) -> RegisterCounts {
        RegisterCounts {
            coverages: self.coverages.rows.len(),
            authorizations: self.authorizations.rows.len(),
            enrollments: self.enrollments.rows.len(),
            visits: self.visits.rows.len(),
        }
    }
}

/// Rows of one kind; those of one key stand side by side.
#[derive(Debug, Clone)]
struct Shelf<T> {
    rows: Vec<T>,
    places: FxHashMap<Text, (u32, u32)>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), places: FxHashMap::default() }
    }
}

impl<T> Shelf<T> {
    fn new(rows: Vec<T>, key: impl Fn(&T) -> Text) -> Self {
        let mut keyed: Vec<(Text, T)> = rows.into_iter().map(|row| (key(&row), row)).collect();
        // A stable sort: rows of one key stay in the order of the file.
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        let mut shelf = Self { rows: Vec::with_capacity(keyed.len()), places: FxHashMap::default() };
        for (key, row) in keyed {
            let place = u32::try_from(shelf.rows.len()).unwrap_or(u32::MAX);
            shelf.places.entry(key).or_insert((place, place)).1 = place.saturating_add(1);
            shelf.rows.push(row);
        }
        shelf
    }

    fn rows(&self, key: &Text) -> &[T] {
        let (from, to) = self.places.get(key).copied().unwrap_or_default();
        self.rows.get(from as usize..to as usize).unwrap_or_default()
    }
}

/// Two ids as one key, whatever their case; both the register and the claim write them, and not always alike.
fn key(first: &str, second: &str) -> Text {
    let (first, second) = (first.trim(), second.trim());
    // Most ids fit into the 24 bytes that a text keeps inline, so that a look-up allocates nothing.
    let mut key = Text::with_capacity(first.len() + 1 + second.len());
    key.push_str(first);
    key.push('\u{1f}');
    key.push_str(second);
    key.make_ascii_uppercase();
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFile;
    use claimflow_core::{ClaimId, Provider, ServiceLine};

    fn registers() -> Registers {
        let files = [
            (
                "coverage.csv",
                "member_id,payer_id,status\nw1,60054,active\nW2,60054,inactive\nW1,87726,active\n",
            ),
            ("authorizations.csv", "number,member_id,payer_id\nA2,W1,60054\nA1,W1,60054\n"),
            ("enrollments.csv", "npi,payer_id,status\n1234567893,60054,active\n1245319599,60054,pending\n"),
            ("visits.csv", "claim_id,start\nC1,10:00\nC2,11:00\n"),
        ]
        .map(|(name, text)| SourceFile::new(format!("registers/{name}"), text));
        let (registers, faults) = read_registers(&files);
        assert_eq!(crate::testing::report(&faults), "");
        registers
    }

    #[test]
    fn facts_are_found_by_what_the_claim_carries() {
        let mut claim = Claim { id: ClaimId::as_received("c1"), ..Claim::default() };
        claim.payer.id = PayerId::as_received("60054");
        claim.subscriber.person.member_id = " W1".into();
        claim.billing_provider.npi = Npi::as_received("1234567893");
        claim.lines.push(ServiceLine::default());
        let facts = registers().facts_for(&claim);
        assert_eq!(facts.coverages.len(), 1);
        assert_eq!(
            facts.authorizations.iter().map(|row| row.number.as_str()).collect::<Vec<_>>(),
            ["A2", "A1"]
        );
        assert_eq!((facts.enrollments.len(), facts.visits.len()), (1, 1));
        claim.lines[0].rendering_provider =
            Some(Provider { npi: Npi::as_received("1245319599"), ..Provider::default() });
        assert_eq!(registers().facts_for(&claim).enrollments.len(), 2);
        assert_eq!(registers().facts_for(&Claim::default()), Facts::default());
        assert_eq!(registers().counts().coverages, 3);
    }
}
