//! What was not taken in whole can be taken in again; what waits is not dropped.

use super::*;

fn codes(report: &IngestReport) -> Vec<&str> {
    report.files[0].faults.iter().map(|fault| &*fault.code).collect()
}

#[test]
fn adjustments_that_a_claim_repeats_of_its_lines_are_posted_once() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
    let mut doubled = payment("A1", 10_000, &[(GroupCode::CO, "45", 3_000), (GroupCode::PR, "3", 2_000)]);
    doubled.adjustments = doubled.lines[0].adjustments.clone();
    let report = take(&engine, remittance_file(1, &[remittance("T1", vec![doubled])]));
    assert_eq!(codes(&report), ["unbalanced-doubled"]);
    let summary = engine.show("A1").unwrap().summary;
    assert_eq!((summary.paid, summary.patient), (Money::from_cents(10_000), Money::from_cents(2_000)));
    assert!(engine.parked().unwrap().is_empty());

    // Adjustments that repeat nothing are not ours to leave out.
    let mut other = payment("A2", 10_000, &[CONTRACT]);
    other.adjustments = payment("A2", 0, &[(GroupCode::OA, "23", 5_000)]).lines[0].adjustments.clone();
    take(&engine, remittance_file(2, &[remittance("T2", vec![other])]));
    assert_eq!(engine.show("A2").unwrap().summary.paid, Money::ZERO);
    assert_eq!(engine.parked().unwrap().len(), 1);
}

#[test]
fn levels_that_no_claim_follows_are_said() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let text = String::from_utf8(claims_file(1, &[claim("A1")])).unwrap();
    let level = "HL*9*1*22*0~SBR*P*18*******CI~NM1*IL*1*DOE*JO****MI*M9~";
    let report = take(&engine, text.replace("SE*", &format!("{level}SE*")).into_bytes());
    assert!(codes(&report).contains(&"subscriber-without-claim"), "{:?}", codes(&report));
}

#[test]
fn a_replacement_that_comes_too_early_can_be_given_again() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1")]));
    let mut replacement = claim("A1");
    replacement.frequency = "7".into();
    replacement.payer_claim_number = "PA1".into();
    replacement.diagnoses[0].code = "F411".parse().unwrap();
    let file = claims_file(2, &[replacement]);
    assert_eq!(codes(&take(&engine, file.clone())), ["not-taken"]);

    let denied = payment("A1", 0, &[(GroupCode::CO, "11", 15_000)]);
    take(&engine, remittance_file(1, &[remittance("T1", vec![denied])]));
    let again = take(&engine, file);
    assert!(!again.files[0].duplicate);
    assert_eq!(codes(&again), Vec::<&str>::new());
    let view = engine.show("A1").unwrap();
    assert_eq!((view.summary.state.as_str(), view.summary.submissions), ("awaiting-acceptance", 2));
}

#[test]
fn a_remittance_that_cannot_be_read_is_not_noted_as_taken() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1")]));
    let text =
        String::from_utf8(remittance_file(1, &[remittance("T1", vec![payment("A1", 10_000, &[CONTRACT])])]));
    let broken = text.unwrap().replace("CLP*A1*1*150*100*", "CLP*A1*1*15O*100*");
    for _ in 0..2 {
        let report = take(&engine, broken.clone().into_bytes());
        assert!(report.files[0].has_errors());
        assert!(!report.files[0].duplicate && report.files[0].duplicate_transactions == 0);
    }
    assert_eq!(engine.show("A1").unwrap().summary.paid, Money::ZERO);
}

#[test]
fn closing_an_unbalanced_remittance_leaves_payments_of_its_trace_waiting() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let waiting = [payment("A1", 10_000, &[CONTRACT]), payment("A2", 10_000, &[CONTRACT])];
    let wrong = payment("A3", 10_000, &[(GroupCode::CO, "45", 4_000)]);
    take(&engine, remittance_file(1, &[remittance("T1", waiting.to_vec())]));
    take(&engine, remittance_file(2, &[remittance("T1", vec![wrong])]));
    engine.resolve_parked("835:T1", "the payer sent it again", "test").unwrap();
    assert!(engine.resolve_parked("835:T1", "which of the two?", "test").is_err());
    assert_eq!(engine.board().unwrap().parked, (2, 0));
    take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
    assert_eq!(engine.board().unwrap().parked, (0, 0));
    assert_eq!(engine.board().unwrap().paid, Money::from_cents(20_000));
}

#[test]
fn json_with_a_byte_order_mark_is_json_and_bytes_that_are_no_text_are_said() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    assert_eq!(take(&engine, b"\xEF\xBB\xBF[]".to_vec()).files[0].kind, "json");
    let report = take(&engine, b"[{\"id\": \"A\xFF\"}]".to_vec());
    assert_eq!(codes(&report), ["not-utf8"]);
}

/// A payment comes before its claim, and the run is cut after every possible append.
#[test]
fn a_payment_that_waits_is_posted_once_wherever_the_run_is_cut() {
    let paid = vec![payment("A1", 10_000, &[CONTRACT]), payment("A2", 10_000, &[CONTRACT])];
    let claims = [claim("A1"), claim("A2")];
    let files = || [remittance_file(1, &[remittance("T1", paid.clone())]), claims_file(1, &claims)];
    let whole = MemoryStore::new();
    let engine = open(&whole, &Arc::default());
    files().into_iter().for_each(|file| drop(take(&engine, file)));
    for cut in 0..whole.appends() {
        let (store, outbox) = (MemoryStore::new(), Arc::<MemoryOutbox>::default());
        store.fail_from.store(cut, Ordering::SeqCst);
        if let Ok(engine) = try_open(&store, &outbox) {
            let _cut_somewhere = files().into_iter().try_for_each(|file| try_take(&engine, file).map(drop));
        }
        let engine = open(&store.reopened(cut % 2 == 0), &outbox);
        files().into_iter().for_each(|file| drop(take(&engine, file)));
        let board = engine.board().unwrap();
        assert_eq!((board.claims, board.paid, board.parked), (2, Money::from_cents(20_000), (0, 0)), "{cut}");
    }
}
