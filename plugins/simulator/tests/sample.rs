//! The sample practice: the same for the same seed, full of documented defects, consistent where it is in order.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashSet};

use claimflow_core::Claim;
use claimflow_simulator::{DefectKind, SampleOptions, SamplePractice, identifying_texts, practice};

fn sample(seed: u64) -> SamplePractice {
    practice(&SampleOptions { seed, ..SampleOptions::default() }).unwrap()
}

/// Kinds and how often each occurs.
fn counts(practice: &SamplePractice) -> BTreeMap<DefectKind, usize> {
    let mut counts = BTreeMap::new();
    for defect in &practice.defects {
        *counts.entry(defect.kind).or_default() += 1;
    }
    counts
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (one, two, other) = (sample(1), sample(1), sample(2));
    assert_eq!(one, two);
    assert_ne!(one.files, other.files);
}

#[test]
fn every_kind_of_defect_is_there_and_documented() {
    let practice = sample(1);
    let counts = counts(&practice);
    let list: Vec<String> = DefectKind::ALL
        .iter()
        .map(|kind| {
            let known_to = if kind.is_visible() { "practice" } else { "payer" };
            format!("{:3} {kind:28} {known_to:8} {}", counts.get(kind).copied().unwrap_or(0), kind.category())
        })
        .collect();
    insta::assert_snapshot!("kinds_of_defect", list.join("\n"));
    assert!(practice.defects.iter().all(|defect| !defect.note.is_empty()));
}

#[test]
fn every_seed_has_every_kind_in_realistic_numbers() {
    for seed in 0..40 {
        let practice = sample(seed);
        let counts = counts(&practice);
        let missing: Vec<_> = DefectKind::ALL.iter().filter(|kind| !counts.contains_key(kind)).collect();
        assert!(missing.is_empty(), "seed {seed} lacks {missing:?}");
        let share = practice.defects.len() * 1000 / practice.claims.len();
        assert!((180..=220).contains(&share), "seed {seed}: {share} per mille");
        let hidden = practice.defects.iter().filter(|defect| !defect.kind.is_visible()).count();
        let third = hidden * 100 / practice.defects.len();
        assert!((28..=38).contains(&third), "seed {seed}: {third} per cent");
    }
}

#[test]
fn small_and_large_practices_can_be_made() {
    for (clinicians, visits) in [(0, 0), (1, 1), (1, 25), (3, 60), (20, 2000)] {
        let options = SampleOptions { clinicians, visits, ..SampleOptions::default() };
        let practice = practice(&options).unwrap();
        assert!(practice.claims.len() >= visits, "{visits}");
    }
}

#[test]
fn claims_are_numbered_as_payers_can_bear() {
    let practice = sample(1);
    let mut seen = HashSet::new();
    for claim in &practice.claims {
        let id = claim.id.as_str();
        assert!(id.len() <= 20 && id == id.to_ascii_uppercase() && seen.insert(id.to_owned()), "{id}");
        let sum = claim.lines.iter().map(|line| line.charge).sum();
        assert_eq!(claim.charge, sum, "{id}");
    }
    assert_eq!(
        practice.defects.iter().map(|d| &d.claim_id).collect::<HashSet<_>>().len(),
        practice.defects.len()
    );
}

#[test]
fn npis_are_valid_but_for_the_documented_ones() {
    let practice = sample(1);
    for claim in &practice.claims {
        let valid =
            claim.rendering_npi().check_digit_holds() && claim.billing_provider.npi.check_digit_holds();
        let documented =
            practice.defects.iter().any(|d| d.claim_id == claim.id && d.kind == DefectKind::NpiCheckDigit);
        assert_eq!(valid, !documented, "{}", claim.id);
    }
}

#[test]
fn the_files_hold_the_claims() {
    let practice = sample(1);
    let mut read: Vec<Claim> = Vec::new();
    for (name, bytes) in &practice.files {
        let file = claimflow_x12::read(bytes);
        assert!(file.faults.is_empty(), "{name}: {:?}", file.faults);
        for transaction in &file.transactions {
            read.extend(transaction.claims().map(|claim| claim.claim));
        }
    }
    read.sort_by(|a, b| a.id.cmp(&b.id));
    let mut claims = practice.claims.clone();
    claims.sort_by(|a, b| a.id.cmp(&b.id));
    for (read, claim) in read.iter().zip(&claims) {
        assert_eq!(read, claim);
    }
    assert_eq!(read.len(), claims.len());
}

#[test]
fn people_are_listed_for_searches() {
    let practice = sample(1);
    let people = practice.people();
    assert!(people.len() > 100, "{}", people.len());
    let texts: HashSet<String> = people.iter().flat_map(identifying_texts).collect();
    for claim in &practice.claims {
        let member_id = claim.subscriber.person.member_id.as_str();
        assert!(member_id.is_empty() || texts.contains(member_id));
        assert!(texts.contains(claim.patient_person().name.last.as_str()));
    }
    // Notes of defects and the registers that name no member carry nobody.
    for (name, text) in practice.registers.iter().filter(|r| r.0 == "visits.csv" || r.0 == "enrollments.csv")
    {
        assert!(texts.iter().all(|needle| !text.contains(needle)), "{name}");
    }
    let defects = practice.defects_csv();
    assert!(texts.iter().all(|needle| !defects.contains(needle)));
}

#[test]
fn registers_are_whole() {
    let practice = sample(1);
    let rows = |name: &str| practice.registers.iter().find(|r| r.0 == name).unwrap().1.lines().count() - 1;
    assert!(rows("visits.csv") >= practice.claims.len());
    assert!(rows("coverage.csv") > 100);
    assert_eq!(rows("enrollments.csv"), 8 * 4 - 1);
    assert!(rows("authorizations.csv") > 20);
}

#[test]
fn every_kind_belongs_to_a_category_of_the_base_pack() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../payers/behavioral-health/categories.csv");
    let Ok(categories) = std::fs::read_to_string(path) else {
        println!("skipped: the base pack is not there");
        return;
    };
    let names: HashSet<&str> = categories.lines().filter_map(|line| line.split(',').next()).collect();
    for kind in DefectKind::ALL {
        assert!(names.contains(kind.category()), "{kind}: {}", kind.category());
    }
}
