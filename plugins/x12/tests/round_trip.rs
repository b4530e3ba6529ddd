//! Claims that are read, written and read again are the same, and the validator accepts what is written.

mod common;

use claimflow_core::Claim;
use claimflow_x12::{ReadClaim, WriteError, Written, check_837p, read, write_837p};
use common::generate;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

fn claims(bytes: &[u8]) -> Vec<ReadClaim> {
    read(bytes).transactions.iter().flat_map(claimflow_x12::Transaction::claims).collect()
}

fn write(claims: &[Claim]) -> Result<Written, WriteError> {
    write_837p(&common::envelope(), &claims.iter().collect::<Vec<_>>())
}

/// Reads, writes and reads a file; answers what was written, or nothing when a claim can't be expressed.
fn there_and_back(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut first: Vec<Claim> = claims(bytes).into_iter().map(|read| read.claim).collect();
    for claim in first.iter_mut().filter(|claim| claim.indicators.facility_qualifier.is_empty()) {
        // The one value that the guide has is written where the sender left it out.
        claim.indicators.facility_qualifier = "B".into();
    }
    assert!(!first.is_empty(), "{name}");
    let written = match write(&first) {
        Ok(written) => written,
        Err(error) => {
            println!("{name}: {error}");
            return None;
        }
    };
    let again: Vec<Claim> = claims(&written.bytes).into_iter().map(|read| read.claim).collect();
    assert_eq!(first, again, "{name}\n{}", String::from_utf8_lossy(&written.bytes));
    Some(written.bytes)
}

#[test]
fn samples_survive_wherever_they_can_be_written() {
    let mut survived = 0;
    for path in common::samples(common::is_837) {
        let name = common::name_of(&path);
        survived += usize::from(there_and_back(&name, &std::fs::read(&path).unwrap()).is_some());
    }
    println!("{survived} samples survived");
}

#[test]
fn samples_that_the_validator_accepts_survive_and_are_accepted_again() {
    let Some(validator) = common::validator() else { return };
    let mut names = Vec::new();
    let mut before = Vec::new();
    for path in common::samples(common::is_837) {
        let bytes = std::fs::read(&path).unwrap();
        // The validator stops at a guide that it does not know.
        if read(&bytes).transactions.iter().all(|transaction| transaction.version == "005010X222A1") {
            names.push(common::name_of(&path));
            before.push(bytes);
        }
    }
    let accepted = common::complaints(&validator, &before);
    let mut after = Vec::new();
    for ((name, bytes), _) in
        names.iter().zip(&before).zip(&accepted).filter(|(_, complaint)| complaint.is_none())
    {
        after.push(there_and_back(name, bytes).unwrap_or_else(|| panic!("{name} can't be written")));
    }
    for (complaint, file) in common::complaints(&validator, &after).iter().zip(&after) {
        assert_eq!(*complaint, None, "{}", String::from_utf8_lossy(file));
    }
    println!("{} samples accepted before and after", after.len());
}

/// The same without what was kept, and what was kept in any order.
fn parts(claim: &Claim) -> (Claim, Vec<String>) {
    let mut kept: Vec<String> = claim
        .extras
        .iter()
        .map(|extra| format!("{} {} {}", extra.place, extra.line, extra.segment))
        .collect();
    kept.sort();
    (Claim { extras: Vec::new(), ..claim.clone() }, kept)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_claims_come_back_as_they_were(list in generate::claims()) {
        let written = write(&list).unwrap();
        let back = claims(&written.bytes);
        prop_assert_eq!(back.len(), list.len());
        for (before, after) in list.iter().zip(&back) {
            prop_assert_eq!(parts(before), parts(&after.claim), "{}", String::from_utf8_lossy(&written.bytes));
            prop_assert!(after.usable);
            prop_assert!(after.faults.is_empty(), "{:?}", after.faults);
        }
        let once: Vec<Claim> = back.into_iter().map(|read| read.claim).collect();
        let again: Vec<Claim> = claims(&write(&once).unwrap().bytes).into_iter().map(|read| read.claim).collect();
        prop_assert_eq!(once, again);
        let file = read(&written.bytes);
        prop_assert!(file.faults.is_empty(), "{:?}", file.faults);
    }

    #[test]
    fn parts_of_a_transaction_read_as_the_whole(list in generate::claims(), parts in 1..9_usize) {
        let written = write(&list).unwrap();
        let file = read(&written.bytes);
        for transaction in &file.transactions {
            let whole: Vec<Claim> = transaction.claims().map(|read| read.claim).collect();
            let chunks = transaction.claim_chunks(parts);
            prop_assert!(chunks.len() <= parts);
            let mut together = Vec::new();
            for chunk in chunks {
                for read in chunk {
                    prop_assert!(read.faults.is_empty(), "{:?}", read.faults);
                    together.push(read.claim);
                }
            }
            prop_assert_eq!(&whole, &together);
        }
    }
}

#[test]
fn generated_claims_are_accepted_by_the_validator() {
    let Some(validator) = common::validator() else { return };
    let mut runner = TestRunner::deterministic();
    let lists: Vec<Vec<Claim>> =
        (0..12).map(|_| generate::claims().new_tree(&mut runner).unwrap().current()).collect();
    let mut files: Vec<Vec<u8>> = lists.iter().map(|list| write(list).unwrap().bytes).collect();
    files.push(write(&lists.concat()).unwrap().bytes);
    for (complaint, file) in common::complaints(&validator, &files).iter().zip(&files) {
        assert_eq!(*complaint, None, "{}", String::from_utf8_lossy(file));
    }
}

#[test]
fn transactions_carry_at_most_5000_claims_and_levels_100() {
    let mut runner = TestRunner::deterministic();
    let one = generate::claim().new_tree(&mut runner).unwrap().current();
    let many = vec![&one; 5_001];
    let written = write_837p(&common::envelope(), &many).unwrap();
    assert_eq!(written.transactions, [("0001".into(), 0..5_000), ("0002".into(), 5_000..5_001)]);
    let text = String::from_utf8(written.bytes.clone()).unwrap();
    let separator = char::from(written.bytes[3]);
    let level = if one.patient.is_some() { "*23*0" } else { "*22*0" }.replace('*', &separator.to_string());
    assert_eq!(text.matches(&level).count(), 51);
    let file = read(&written.bytes);
    assert_eq!(file.faults, []);
    assert_eq!(
        file.transactions.iter().map(|transaction| transaction.claims().count()).sum::<usize>(),
        5_001
    );
}

#[test]
fn a_claim_that_cannot_be_expressed_is_named_with_all_that_is_wrong() {
    let mut runner = TestRunner::deterministic();
    let mut claim = generate::claim().new_tree(&mut runner).unwrap().current();
    claim.id = claimflow_core::ClaimId::as_received("A1");
    claim.frequency = "7".into();
    claim.billing_provider.tax_id = "".into();
    claim.subscriber.person.name.last = "MUÑOZ".into();
    claim.lines[0].diagnosis_pointers.clear();
    let error = check_837p(&claim).unwrap_err();
    assert_eq!(error.to_string(), "claim `A1` can't be written: `billing_provider.tax_id` is missing");
    claim.billing_provider.tax_id = "123456789".into();
    let error = check_837p(&claim).unwrap_err().to_string();
    assert!(error.contains("`NM103 in loop 2010BA` has characters that X12 can't carry"), "{error}");
    assert!(!error.contains("MU"), "a name must not be shown: {error}");
    claim.subscriber.person.name.last = "MUNOZ".into();
    let error = check_837p(&claim).unwrap_err().to_string();
    assert!(error.contains("`payer_claim_number` is missing"), "{error}");
    assert!(error.contains("`lines[0].diagnosis_pointers` is missing"), "{error}");
}
