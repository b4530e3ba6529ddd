//! The road from file to file: nothing twice, nothing lost, whatever is repeated and wherever it is cut.
#![expect(clippy::unwrap_used, reason = "a test may end where its own data is wrong")]

#[path = "road/acts.rs"]
mod acts;
#[path = "road/calls.rs"]
mod calls;
mod common;
#[path = "road/incidents.rs"]
mod incidents;
#[path = "road/matching.rs"]
mod matching;
#[path = "road/moves.rs"]
mod moves;
#[path = "road/nothing_lost.rs"]
mod nothing_lost;
#[path = "road/outgoing.rs"]
mod outgoing;
#[path = "road/past.rs"]
mod past;
#[path = "road/portions.rs"]
mod portions;
#[path = "road/retention.rs"]
mod retention;
#[path = "road/standing.rs"]
mod standing;
#[path = "road/time.rs"]
mod time;
#[path = "road/waiting.rs"]
mod waiting;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use claimflow_core::step::Input;
use claimflow_core::{Adjustment, Claim, ClaimPayment, GroupCode, LinePayment, Money, Remittance};
use claimflow_runtime::{ClaimFilter, Engine, IngestOptions, IngestReport, catch_up};
use claimflow_x12::{Envelope, Receiver, Submitter, write_835, write_837p};
use common::{MemoryOutbox, MemoryStore, claim, open, try_open};
use jiff::civil::date;

fn envelope(control: u32) -> Envelope {
    Envelope {
        sender_id: "PAYER".into(),
        receiver_id: "PRACTICE".into(),
        submitter: Submitter {
            name: "SAMPLE PAYER".into(),
            id: "SAMPL1".into(),
            contact_name: "HELP".into(),
            phone: "5555550199".into(),
            address: None,
        },
        receiver: Receiver { name: "SAMPLE PRACTICE".into(), id: "1234567893".into() },
        interchange_control: control,
        group_control: control,
        ..Envelope::default()
    }
}

fn claims_file(control: u32, claims: &[Claim]) -> Vec<u8> {
    write_837p(&envelope(control), &claims.iter().collect::<Vec<_>>()).expect("the claims are whole").bytes
}

fn take(engine: &Engine, bytes: Vec<u8>) -> IngestReport {
    try_take(engine, bytes).expect("the store works")
}

fn try_take(engine: &Engine, bytes: Vec<u8>) -> claimflow_runtime::Result<IngestReport> {
    let mut files = std::iter::once(("claims.837".to_owned(), Ok(bytes)));
    engine.ingest(&mut files, &IngestOptions { actor: "test".into(), ..IngestOptions::default() }, &|_, _| ())
}

fn states(engine: &Engine) -> Vec<(String, String)> {
    let all = engine.claims(&ClaimFilter { all: true, ..ClaimFilter::default() }).unwrap();
    all.iter().map(|summary| (summary.id.to_string(), summary.state.to_string())).collect()
}

fn payment(id: &str, paid: i64, adjustments: &[(GroupCode, &str, i64)]) -> ClaimPayment {
    let adjustments = adjustments
        .iter()
        .map(|(group, reason, cents)| Adjustment {
            group: *group,
            reason: reason.parse().unwrap(),
            amount: Money::from_cents(*cents),
            quantity: None,
        })
        .collect();
    ClaimPayment {
        claim_id: claimflow_core::ClaimId::as_received(id),
        status: if paid == 0 { "4" } else { "1" }.into(),
        charge: Money::from_cents(15_000),
        paid: Money::from_cents(paid),
        payer_claim_number: format!("P{id}").into(),
        filing_indicator: "12".into(),
        patient: claim(id).subscriber.person,
        lines: vec![LinePayment {
            procedure: "90837".parse().unwrap(),
            charge: Money::from_cents(15_000),
            paid: Money::from_cents(paid),
            units: claimflow_core::Quantity::whole(1),
            service_date: Some(date(2026, 2, 27)),
            adjustments,
            ..LinePayment::default()
        }],
        ..ClaimPayment::default()
    }
}

fn remittance(trace: &str, claims: Vec<ClaimPayment>) -> Remittance {
    Remittance {
        trace_number: trace.into(),
        originator: "1512345678".into(),
        paid: claims.iter().map(|claim| claim.paid).sum(),
        credit_debit: "C".into(),
        method: "ACH".into(),
        date: Some(date(2026, 3, 20)),
        payer_name: "SAMPLE PAYER".into(),
        payer_id: "SAMPL1".parse().unwrap(),
        payee_id: "1234567893".into(),
        claims,
        ..Remittance::default()
    }
}

fn remittance_file(control: u32, remittances: &[Remittance]) -> Vec<u8> {
    write_835(&envelope(control), remittances)
}

/// The same transactions in an interchange of another number.
fn in_another_envelope(file: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(file.to_vec()).unwrap();
    let (start, end) = (text.find("GS*").unwrap(), text.rfind("IEA*").unwrap());
    let renumber = |part: &str| part.replace("000000001", "000000009");
    [renumber(&text[..start]), text[start..end].to_owned(), renumber(&text[end..])].concat().into_bytes()
}

const CONTRACT: (GroupCode, &str, i64) = (GroupCode::CO, "45", 5_000);

#[test]
fn the_same_thing_twice_is_taken_once_and_said() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let claims = [claim("A1"), claim("A2")];
    let first = take(&engine, claims_file(1, &claims));
    assert_eq!(
        (first.files[0].claims, first.files[0].duplicate_claims),
        (2, 0),
        "{:?}",
        first.files[0].faults
    );
    assert_eq!(first.touched.len(), 2);
    assert_eq!(first.written.len(), 1);

    let same_file = take(&engine, claims_file(1, &claims));
    assert!(same_file.files[0].duplicate);
    let same_transaction = take(&engine, in_another_envelope(&claims_file(1, &claims)));
    assert!(!same_transaction.files[0].duplicate);
    assert_eq!(same_transaction.files[0].duplicate_transactions, 1);
    let same_claim = take(&engine, claims_file(3, &[claim("A2"), claim("A3")]));
    assert_eq!((same_claim.files[0].claims, same_claim.files[0].duplicate_claims), (2, 1));
    assert_eq!(same_claim.touched.len(), 1);
    let twice_in_one = take(&engine, claims_file(4, &[claim("A4"), claim("A4")]));
    assert_eq!((twice_in_one.files[0].claims, twice_in_one.files[0].duplicate_claims), (2, 1));
    assert_eq!(states(&engine).len(), 4);
    assert_eq!(outbox.files.lock().unwrap().len(), 3);
}

#[test]
fn another_claim_under_a_used_number_is_a_fault() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1")]));
    let mut other = claim("A1");
    other.diagnoses[0].code = "F411".parse().unwrap();
    let report = take(&engine, claims_file(2, &[other]));
    assert_eq!(report.files[0].faults[0].code, "claim-number-used");
    assert!(report.touched.is_empty());
}

#[test]
fn payments_are_posted_once_and_wait_for_their_claim() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1")]));
    let paid = [payment("A1", 10_000, &[CONTRACT]), payment("A2", 10_000, &[CONTRACT])];
    let report = take(&engine, remittance_file(1, &[remittance("T1", paid.to_vec())]));
    assert_eq!(
        (report.files[0].payments, report.files[0].waiting_payments),
        (2, 1),
        "{:?}",
        report.files[0].faults
    );
    assert_eq!(states(&engine), [("A1".to_owned(), "paid".to_owned())]);

    let again = take(&engine, remittance_file(2, &[remittance("T1", paid.to_vec())]));
    assert_eq!(again.files[0].duplicate_transactions, 1);
    assert_eq!(engine.show("A1").unwrap().summary.paid, Money::from_cents(10_000));

    // The claim comes in, is not sent (its payer has it already), and its payment is posted at once.
    let sent = outbox.files.lock().unwrap().len();
    take(&engine, claims_file(2, &[claim("A2")]));
    let view = engine.show("A2").unwrap();
    assert_eq!((view.summary.state.as_str(), view.summary.paid), ("paid", Money::from_cents(10_000)));
    assert!(engine.parked().unwrap().is_empty());
    assert_eq!(outbox.files.lock().unwrap().len(), sent);

    // The same payment in other words around it: the transaction is another, the payment is not.
    let mut reworded = remittance("T1", paid.to_vec());
    reworded.payee_id = "1234567893X".into();
    let report = take(&engine, remittance_file(3, &[reworded]));
    assert_eq!((report.files[0].payments, report.files[0].duplicate_payments), (2, 2));
    assert_eq!(engine.show("A1").unwrap().summary.paid, Money::from_cents(10_000));
}

#[test]
fn an_unreadable_remittance_is_somebodys_work_too() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1")]));
    let whole = remittance_file(1, &[remittance("T1", vec![payment("A1", 10_000, &[CONTRACT])])]);
    let cut = String::from_utf8(whole.clone()).unwrap();
    let cut = cut.as_bytes()[..cut.find("CAS*").unwrap()].to_vec();
    for _ in 0..2 {
        take(&engine, cut.clone());
        assert_eq!(engine.queue(None).unwrap().len(), 1);
    }
    // The payer sends it again, whole.
    take(&engine, whole);
    assert_eq!(engine.show("A1").unwrap().summary.paid, Money::from_cents(10_000));
}

#[test]
fn a_claim_decided_before_it_went_out_is_not_sent() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let mut files = [
        ("claims.837".to_owned(), Ok(claims_file(1, &[claim("A1"), claim("A2")]))),
        (
            "paid.835".to_owned(),
            Ok(remittance_file(1, &[remittance("T1", vec![payment("A1", 10_000, &[CONTRACT])])])),
        ),
    ]
    .into_iter();
    engine.ingest(&mut files, &IngestOptions::default(), &|_, _| ()).unwrap();
    assert_eq!(engine.show("A1").unwrap().summary.state, "paid");
    let files = outbox.files.lock().unwrap();
    let sent: Vec<String> = files.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("CLM*A2*") && !sent[0].contains("CLM*A1*"));
}

#[test]
fn an_unbalanced_remittance_posts_nothing_and_is_somebodys_work() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1")]));
    let wrong = payment("A1", 10_000, &[(GroupCode::CO, "45", 4_000)]);
    take(&engine, remittance_file(1, &[remittance("T1", vec![wrong])]));
    assert_eq!(engine.show("A1").unwrap().summary.paid, Money::ZERO);
    let queue = engine.queue(None).unwrap();
    assert_eq!(queue.len(), 1);
    assert_eq!((queue[0].id.as_str(), queue[0].item.category.as_str()), ("835:T1", "unbalanced_remittance"));
    engine.resolve_parked("835:T1", "the payer sent it again", "test").unwrap();
    assert!(engine.queue(None).unwrap().is_empty());
}

#[test]
fn a_denial_is_routed_corrected_and_goes_out_as_a_replacement() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1")]));
    let denied = payment("A1", 0, &[(GroupCode::CO, "197", 15_000)]);
    take(&engine, remittance_file(1, &[remittance("T1", vec![denied])]));
    let view = engine.show("A1").unwrap();
    assert_eq!(view.summary.state, "denied");
    assert_eq!(view.denials()[0].category, "authorization");
    assert_eq!(view.work_item().unwrap().owner, "billing");

    let input = Input::Corrected {
        fields: vec![("authorization_number".into(), "AUTH7".into())],
        reason: "it was on file".into(),
    };
    engine.act("A1", input, "test").unwrap();
    let view = engine.show("A1").unwrap();
    assert_eq!(view.summary.state, "awaiting-acceptance");
    assert_eq!(
        (view.state.claim.frequency.as_str(), view.state.claim.payer_claim_number.as_str()),
        ("7", "PA1")
    );
    assert_eq!(view.summary.sent_as.as_str(), "A1R2");
    // The payer answers under the number that it was sent.
    let paid = payment("A1R2", 10_000, &[CONTRACT]);
    take(&engine, remittance_file(2, &[remittance("T2", vec![paid])]));
    assert_eq!(engine.show("A1").unwrap().summary.state, "paid");
}

#[test]
fn history_claims_are_never_sent() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let mut files = std::iter::once(("old.837".to_owned(), Ok(claims_file(1, &[claim("OLD1")]))));
    let options = IngestOptions { history: true, ..IngestOptions::default() };
    engine.ingest(&mut files, &options, &|_, _| ()).unwrap();
    assert_eq!(states(&engine), [("OLD1".to_owned(), "awaiting-remittance".to_owned())]);
    assert!(outbox.files.lock().unwrap().is_empty());
}

/// Cuts a run after every possible append, starts again from what the journal holds, and runs the same files again.
#[test]
fn a_run_cut_anywhere_is_simply_run_again() {
    let claims: Vec<Claim> = (1..=7).map(|n| claim(&format!("A{n}"))).collect();
    let payments =
        vec![payment("A1", 10_000, &[CONTRACT]), payment("A2", 0, &[(GroupCode::CO, "197", 15_000)])];
    let files = || [claims_file(1, &claims), remittance_file(1, &[remittance("T1", payments.clone())])];

    let (whole_store, whole_outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let whole = open(&whole_store, &whole_outbox);
    for file in files() {
        take(&whole, file);
    }
    let expected = states(&whole);
    let sent = whole_outbox.files.lock().unwrap().clone();

    for cut in 0..whole_store.appends() {
        for keep_state in [true, false] {
            let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
            store.fail_from.store(cut, Ordering::SeqCst);
            if let Ok(engine) = try_open(&store, &outbox) {
                for file in files() {
                    if try_take(&engine, file).is_err() {
                        break;
                    }
                }
            }
            let store = store.reopened(keep_state);
            let engine = open(&store, &outbox);
            for file in files() {
                take(&engine, file);
            }
            assert_eq!(states(&engine), expected, "cut at {cut}, state kept: {keep_state}");
            assert_eq!(*outbox.files.lock().unwrap(), sent, "cut at {cut}, state kept: {keep_state}");
        }
    }
}

#[test]
fn a_state_made_anew_is_the_state_that_was() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let mut held = claim("A3");
    held.place_of_service = "10".parse().unwrap();
    take(&engine, claims_file(1, &[claim("A1"), claim("A2"), held]));
    take(&engine, remittance_file(1, &[remittance("T1", vec![payment("A9", 10_000, &[CONTRACT])])]));
    engine.act("A3", Input::Released { reason: "the payer said so".into() }, "test").unwrap();
    engine.close().unwrap();
    let before: Vec<_> = store
        .dump()
        .into_iter()
        .filter(|(key, _)| !key.starts_with(b"m") && !key.starts_with(b"n"))
        .collect();
    let rebuilt = store.reopened(false);
    catch_up(rebuilt.as_ref()).unwrap();
    let after: Vec<_> = rebuilt.dump().into_iter().filter(|(key, _)| !key.starts_with(b"n")).collect();
    assert_eq!(before, after);
}

#[test]
fn a_file_that_could_not_be_written_goes_out_once_later() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    outbox.refuses.store(true, Ordering::SeqCst);
    assert!(try_take(&engine, claims_file(1, &[claim("A1")])).is_err());
    // A start with such an outbox still lets people look.
    drop(engine);
    let engine = open(&store, &outbox);
    assert_eq!(states(&engine), [("A1".to_owned(), "awaiting-submission".to_owned())]);
    outbox.refuses.store(false, Ordering::SeqCst);
    take(&engine, claims_file(2, &[claim("A2")]));
    let files = outbox.files.lock().unwrap();
    let times = |id: &str| files.values().filter(|bytes| String::from_utf8_lossy(bytes).contains(id)).count();
    assert_eq!((times("CLM*A1*"), times("CLM*A2*")), (1, 1));
}
