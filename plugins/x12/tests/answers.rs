//! What payers answer: 835, 999 and 277CA are written so that the validator accepts them, and read back as they were.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod common;

use claimflow_core::{AcknowledgmentKind, Claim, Remittance, Text};
use claimflow_x12::{ClaimAnswer, read, syntax_answers, write_277ca, write_835, write_837p, write_999};
use common::generate;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

fn some_claims() -> Vec<Claim> {
    generate::claims().new_tree(&mut TestRunner::deterministic()).unwrap().current()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn remittances_come_back_as_they_were(remittance in generate::remittance()) {
        let bytes = write_835(&common::envelope(), std::slice::from_ref(&remittance));
        let file = read(&bytes);
        prop_assert!(file.faults.is_empty(), "{:?}", file.faults);
        let (back, faults) = file.transactions[0].remittance();
        prop_assert_eq!(&remittance, &back, "{}", String::from_utf8_lossy(&bytes));
        prop_assert!(faults.is_empty(), "{:?}", faults);
    }
}

#[test]
fn the_validator_accepts_the_answers() {
    let Some(validator) = common::validator() else { return };
    let mut runner = TestRunner::deterministic();
    let remittances: Vec<Remittance> = (0..8)
        .map(|n| Remittance {
            control_number: Text::from(format!("{:04}", n + 1)),
            ..generate::remittance().new_tree(&mut runner).unwrap().current()
        })
        .collect();
    let claims = some_claims();
    let submitted = write_837p(&common::envelope(), &claims.iter().collect::<Vec<_>>()).unwrap();
    let accepted = write_999(&common::envelope(), &syntax_answers(&read(&submitted.bytes)));
    let broken = String::from_utf8(submitted.bytes).unwrap().replace("*D8*", "*D8*x");
    let refused = write_999(&common::envelope(), &syntax_answers(&read(broken.as_bytes())));
    let files = [write_835(&common::envelope(), &remittances), accepted, refused, answered(&claims)];
    for (complaint, file) in common::complaints(&validator, &files).iter().zip(&files) {
        assert_eq!(*complaint, None, "{}", String::from_utf8_lossy(file));
    }
}

/// A 277CA that accepts every other claim.
fn answered(claims: &[Claim]) -> Vec<u8> {
    let good = [Text::from("A2:20")];
    let bad = [Text::from("A7:562:85"), Text::from("A7:507")];
    let answers: Vec<ClaimAnswer<'_>> = claims
        .iter()
        .enumerate()
        .map(|(n, claim)| ClaimAnswer {
            claim,
            accepted: n % 2 == 0,
            statuses: if n % 2 == 0 { &good } else { &bad },
            payer_claim_number: if n % 2 == 0 { "PCN1" } else { "" },
            message: if n % 2 == 0 { "" } else { "NPI NOT ON FILE" },
        })
        .collect();
    write_277ca(&common::envelope(), "0000009050001", &answers)
}

#[test]
fn a_277ca_answers_each_claim() {
    let claims = some_claims();
    let bytes = answered(&claims);
    let file = read(&bytes);
    assert_eq!(file.faults, []);
    let (acks, faults) = file.transactions[0].acknowledgments();
    assert_eq!(faults, []);
    assert_eq!(acks.len(), claims.len());
    for (n, (ack, claim)) in acks.iter().zip(&claims).enumerate() {
        assert_eq!(ack.kind, AcknowledgmentKind::Claim);
        assert_eq!(ack.claim_id, claim.id);
        assert_eq!(ack.accepted, n % 2 == 0);
        assert!(!ack.interim);
        assert_eq!(ack.message, if n % 2 == 0 { "" } else { "NPI NOT ON FILE" });
        assert_eq!(ack.statuses.len(), 1 + n % 2);
        assert_eq!(ack.payer_claim_number, if n % 2 == 0 { "PCN1" } else { "" });
    }
}

#[test]
fn a_999_answers_each_transaction() {
    let claims = some_claims();
    let submitted = write_837p(&common::envelope(), &claims.iter().collect::<Vec<_>>()).unwrap();
    let bytes = write_999(&common::envelope(), &syntax_answers(&read(&submitted.bytes)));
    let (acks, faults) = read(&bytes).transactions[0].acknowledgments();
    assert_eq!(faults, []);
    let told: Vec<_> = acks
        .iter()
        .map(|ack| (ack.control_number.as_str(), ack.transaction.as_str(), ack.accepted))
        .collect();
    assert_eq!(told, [("77", "0001", true), ("77", "", true)]);
}

#[test]
fn the_samples_answer_as_they_say() {
    /// Transaction, claim, accepted, interim.
    type Told = (&'static str, &'static str, bool, bool);
    let cases: [(&str, &[Told]); 5] = [
        ("x12_277CA_accepted.txt", &[("", "5781", true, false)]),
        ("x12_277CA_rejected.txt", &[("", "3920394930203", false, false)]),
        ("x12_999_accepted.txt", &[("0001", "", true, false), ("", "", true, false)]),
        ("x12_999_rejected.txt", &[("0028", "", false, false), ("", "", false, false)]),
        (
            "999-X231A1-response-to-functional-group-containing-3-837s.edi",
            &[
                ("0001", "", true, false),
                ("0002", "", false, false),
                ("0003", "", false, false),
                ("", "", false, true),
            ],
        ),
    ];
    for path in common::samples(|name| cases.iter().any(|case| case.0 == name)) {
        let name = common::name_of(&path);
        let bytes = std::fs::read(&path).unwrap();
        let (acks, faults) = read(&bytes).transactions[0].acknowledgments();
        assert_eq!(faults, [], "{name}");
        let told: Vec<_> = acks
            .iter()
            .map(|ack| (ack.transaction.as_str(), ack.claim_id.as_str(), ack.accepted, ack.interim))
            .collect();
        let (_, expected) = cases.iter().find(|case| case.0 == name).unwrap();
        assert_eq!(told, *expected, "{name}");
    }
}
