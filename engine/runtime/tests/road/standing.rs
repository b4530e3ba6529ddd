//! All claims as of one position are what each claim's own chain says.

use std::sync::Arc;

use claimflow_runtime::{PastClaim, Period, Standing};

use super::common::{MemoryOutbox, MemoryStore, claim, open};
use super::{CONTRACT, claims_file, payment, remittance, remittance_file, take};

fn all(standing: &Standing) -> Vec<PastClaim> {
    (0..standing.len()).filter_map(|place| standing.claim(place).unwrap()).collect()
}

#[test]
fn claims_are_told_as_they_stood_whatever_comes_later() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
    let then: Vec<_> = ["A1", "A2"].map(|id| engine.show(id).unwrap().chapters).into();
    let standing = engine.standing(Period::default()).unwrap();
    take(&engine, remittance_file(2, &[remittance("T1", vec![payment("A1", 10_000, &[CONTRACT])])]));
    take(&engine, claims_file(3, &[claim("A3")]));
    let told = |standing: &Standing| all(standing).into_iter().map(|past| past.chapters).collect::<Vec<_>>();
    assert_eq!(told(&standing), then);
    let now: Vec<_> = ["A1", "A2", "A3"].map(|id| engine.show(id).unwrap().chapters).into();
    assert_eq!(told(&engine.standing(Period::default()).unwrap()), now);
    assert_ne!(now[0], then[0]);
}
