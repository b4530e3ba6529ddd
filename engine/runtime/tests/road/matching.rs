//! Which claim an answer belongs to.

use super::*;
use claimflow_x12::{ClaimAnswer, GroupAnswer, TransactionAnswer, write_277ca, write_999};

fn denied_and_corrected(engine: &Engine, id: &str, control: u32) {
    let denied = payment(id, 0, &[(GroupCode::CO, "197", 15_000)]);
    take(engine, remittance_file(control, &[remittance(&format!("T{control}"), vec![denied])]));
    let fields = vec![("authorization_number".into(), "AUTH7".into())];
    engine.act(id, Input::Corrected { fields, reason: "it was on file".into() }, "test").unwrap();
}

fn state_of(engine: &Engine, id: &str) -> String {
    engine.show(id).unwrap().summary.state.to_string()
}

#[test]
fn a_claim_sent_again_never_takes_the_number_of_another() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1"), claim("A1R2")]));
    denied_and_corrected(&engine, "A1", 1);
    assert_eq!(engine.show("A1").unwrap().summary.sent_as.as_str(), "A1R2");
    assert_eq!(engine.show("A1R2").unwrap().summary.id.as_str(), "A1R2");

    // Both went out as A1R2: the payer's number and the member tell whose payment it is.
    let mut of_first = payment("A1", 10_000, &[CONTRACT]);
    of_first.claim_id = claimflow_core::ClaimId::as_received("A1R2");
    take(&engine, remittance_file(2, &[remittance("T2", vec![of_first])]));
    assert_eq!(state_of(&engine, "A1"), "paid");
    assert_eq!(state_of(&engine, "A1R2"), "awaiting-acceptance");
    take(&engine, remittance_file(3, &[remittance("T3", vec![payment("A1R2", 10_000, &[CONTRACT])])]));
    assert_eq!(state_of(&engine, "A1R2"), "paid");

    let rebuilt = store.reopened(false);
    let engine = open(&rebuilt, &outbox);
    assert_eq!(engine.show("A1R2").unwrap().summary.id.as_str(), "A1R2");
}

#[test]
fn a_payment_finds_a_claim_that_came_in_earlier_in_the_same_run() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let renamed = |id: &str| {
        let mut payment = payment(id, 10_000, &[CONTRACT]);
        payment.claim_id = claimflow_core::ClaimId::as_received("CUT");
        payment.payer_claim_number = "X".into();
        payment
    };
    let mut files = [
        remittance_file(1, &[remittance("T1", vec![renamed("B1")])]),
        claims_file(1, &[claim("B2")]),
        remittance_file(2, &[remittance("T2", vec![renamed("B2")])]),
    ]
    .into_iter()
    .map(|bytes| ("file".to_owned(), Ok(bytes)));
    let options = IngestOptions { keep_queued: true, history: true, ..IngestOptions::default() };
    let report = engine.ingest(&mut files, &options, &|_, _| ()).unwrap();
    let waiting: Vec<u32> = report.files.iter().map(|file| file.waiting_payments).collect();
    assert_eq!(waiting, [1, 0, 0]);
    assert_eq!(state_of(&engine, "B2"), "paid");
}

fn syntax_answer(control: u32, group: &str, transaction: &str) -> Vec<u8> {
    let transactions = vec![TransactionAnswer {
        code: "837".into(),
        control_number: transaction.into(),
        version: "005010X222A1".into(),
        accepted: false,
        ..TransactionAnswer::default()
    }];
    let answer = GroupAnswer {
        functional_id: "HC".into(),
        control_number: group.into(),
        version: "005010X222A1".into(),
        transactions,
    };
    write_999(&envelope(control), &[answer])
}

#[test]
fn an_answer_to_a_transaction_that_was_not_sent_refuses_nothing_of_it() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1")]));
    for (control, group, transaction) in [(1, "1", "0777"), (2, "99", "0001")] {
        let report = take(&engine, syntax_answer(control, group, transaction));
        let codes: Vec<&str> = report.files[0].faults.iter().map(|fault| &*fault.code).collect();
        assert!(codes.contains(&"unknown-submission"), "{codes:?}");
    }
    let refused = take(&engine, syntax_answer(3, "1", "0001"));
    assert_eq!(state_of(&engine, "A1"), "rejected", "{:?}", refused.files[0].faults);
}

#[test]
fn the_same_answer_in_another_file_moves_nothing() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let sent = claim("A1");
    take(&engine, claims_file(1, std::slice::from_ref(&sent)));
    let statuses = ["A7:562:85".into()];
    let answer = ClaimAnswer {
        claim: &sent,
        accepted: false,
        statuses: &statuses,
        payer_claim_number: "",
        message: "",
    };
    take(&engine, write_277ca(&envelope(1), "BATCH", &[answer]));
    assert_eq!(state_of(&engine, "A1"), "rejected");
    let input = Input::Corrected {
        fields: vec![("authorization_number".into(), "AUTH7".into())],
        reason: "asked for".into(),
    };
    engine.act("A1", input, "test").unwrap();
    assert_eq!(state_of(&engine, "A1"), "awaiting-acceptance");
    let again = take(&engine, write_277ca(&envelope(7), "BATCH", &[answer]));
    assert!(!again.files[0].duplicate);
    assert_eq!(
        state_of(&engine, "A1"),
        "awaiting-acceptance",
        "an old refusal is not one of what went out since"
    );
}
