//! Claims that are read, written and read again are the same, and the validator accepts what is written.

mod common;

use claimflow_core::Claim;
use claimflow_x12::{ReadClaim, read, write_837p};

fn claims(bytes: &[u8]) -> Vec<ReadClaim> {
    read(bytes).transactions.iter().flat_map(claimflow_x12::Transaction::claims).collect()
}

#[test]
fn samples_that_the_validator_accepts_survive() {
    let Some(validator) = common::validator() else { return };
    let mut survived = 0;
    for path in common::samples(common::is_837) {
        let bytes = std::fs::read(&path).unwrap();
        if common::complaints(&validator, &bytes).is_some() {
            continue;
        }
        let name = common::name_of(&path);
        let first = claims(&bytes);
        assert!(!first.is_empty(), "{name}");
        let list: Vec<&Claim> = first.iter().map(|read| &read.claim).collect();
        let written =
            write_837p(&common::envelope(), &list).unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = String::from_utf8_lossy(&written.bytes);
        let again = claims(&written.bytes);
        assert_eq!(first.len(), again.len(), "{name}\n{text}");
        for (first, again) in first.iter().zip(&again) {
            assert_eq!(first.claim, again.claim, "{name}\n{text}");
        }
        if let Some(said) = common::complaints(&validator, &written.bytes) {
            panic!("{name}: {said}\n{text}");
        }
        survived += 1;
    }
    println!("{survived} samples survived");
}
