//! What was not taken in whole can be taken in again; what waits is not dropped.

use super::*;
use claimflow_core::Moment;
use claimflow_runtime::FixedClock;
use common::HandMade;

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

#[test]
fn registers_that_change_nothing_leave_a_denied_claim_its_work() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1")]));
    let denied = payment("A1", 0, &[(GroupCode::CO, "197", 15_000)]);
    take(&engine, remittance_file(1, &[remittance("T1", vec![denied])]));
    let item = engine.show("A1").unwrap().work_item().unwrap().number;
    let input = Input::Reassigned { item, owner: "front_desk".into(), reason: "they have the form".into() };
    engine.act("A1", input, "test").unwrap();
    let before = engine.show("A1").unwrap();

    assert_eq!(engine.facts_changed().unwrap(), 0);
    let after = engine.show("A1").unwrap();
    assert_eq!((after.summary, after.chapters.len()), (before.summary, before.chapters.len()));
    let appends = store.appends();
    assert_eq!(engine.facts_changed().unwrap(), 0, "known registers are not looked at again");
    assert_eq!(store.appends(), appends);
}

#[test]
fn a_claim_that_nobody_answers_becomes_work_once() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 3, 2))));
    let engine = Engine::open(store.clone(), HandMade::new(), clock.clone(), outbox).unwrap();
    take(&engine, claims_file(1, &[claim("A1")]));
    assert_eq!(engine.run_timers().unwrap(), 0);
    clock.set(Moment::start_of(date(2026, 3, 5)));
    assert_eq!(engine.run_timers().unwrap(), 1);
    assert_eq!(engine.show("A1").unwrap().summary.state, "status-inquiry");
    assert_eq!(engine.run_timers().unwrap(), 0);
    assert_eq!(engine.queue(Some("billing")).unwrap().len(), 1);
}

/// A number given before a crash is not given again: not to a claim, not to a file.
#[test]
fn numbers_go_on_after_a_restart() {
    for keep_state in [true, false] {
        let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
        let engine = open(&store, &outbox);
        take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
        let engine = open(&store.reopened(keep_state), &outbox);
        take(&engine, claims_file(2, &[claim("A3")]));
        let numbers: Vec<u64> =
            ["A1", "A2", "A3"].iter().map(|id| engine.show(id).unwrap().summary.number).collect();
        assert_eq!(numbers, [1, 2, 3]);
        let files: Vec<String> = outbox.files.lock().unwrap().keys().cloned().collect();
        assert_eq!(files, ["SAMPL1-20260302-000000001.837", "SAMPL1-20260302-000000002.837"]);
        let second = engine.show("A3").unwrap().state.submissions[0].clone();
        assert_eq!((second.interchange.as_str(), second.transaction.as_str()), ("000000002", "0002"));
    }
}

#[test]
fn a_payment_that_waited_and_is_read_again_waits_no_longer() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let mut renamed = payment("B1", 10_000, &[CONTRACT]);
    renamed.claim_id = claimflow_core::ClaimId::as_received("CUT");
    let file = remittance_file(1, &[remittance("T1", vec![renamed])]);
    // Cut off after the payment is put aside and before its transaction is noted.
    store.fail_from.store(1, Ordering::SeqCst);
    assert!(try_take(&engine, file.clone()).is_err());
    let store = store.reopened(true);
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("B1")]));
    assert_eq!(engine.board().unwrap().parked, (1, 0));
    take(&engine, file);
    assert_eq!(engine.board().unwrap().parked, (0, 0));
    take(&engine, claims_file(2, &[claim("CUT")]));
    assert_eq!(engine.board().unwrap().paid, Money::from_cents(10_000));
}
