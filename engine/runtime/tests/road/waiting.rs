//! A payment that has waited long for its claim is somebody's work.

use super::*;
use claimflow_core::Moment;
use claimflow_runtime::record::Body;
use claimflow_runtime::{FixedClock, WAITING_PAYMENT};
use common::HandMade;

#[test]
fn a_payment_that_waits_long_is_in_the_queue_until_its_claim_comes() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 3, 2))));
    let engine = Engine::open(store.clone(), HandMade::new(), clock.clone(), outbox.clone()).unwrap();
    take(&engine, remittance_file(1, &[remittance("T1", vec![payment("A9", 10_000, &[CONTRACT])])]));
    clock.set(Moment::start_of(date(2026, 3, 15)));
    assert!(engine.queue(None).unwrap().is_empty());
    clock.set(Moment::start_of(date(2026, 3, 16)));
    let queue = engine.queue(None).unwrap();
    assert_eq!(
        (queue.len(), &*queue[0].state, queue[0].item.due),
        (1, WAITING_PAYMENT, Some(date(2026, 3, 18)))
    );
    assert_eq!(queue[0].item.amount, Money::from_cents(10_000));

    // Its name in the queue closes it; so does its claim.
    let reopened = Engine::open(store.reopened(false), HandMade::new(), clock, outbox).unwrap();
    reopened.resolve_parked(&queue[0].id, "not ours", "test").unwrap();
    assert!(reopened.queue(None).unwrap().is_empty());
    take(&engine, claims_file(2, &[claim("A9")]));
    assert!(engine.queue(None).unwrap().is_empty());
}

#[test]
fn a_remittance_whose_record_is_damaged_is_named_and_hides_no_other() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 3, 2))));
    let engine = Engine::open(store.clone(), HandMade::new(), clock.clone(), outbox.clone()).unwrap();
    for (control, id) in [(1, "A8"), (2, "A9")] {
        let trace = format!("T{control}");
        let waits = vec![payment(id, 10_000, &[CONTRACT])];
        take(&engine, remittance_file(control, &[remittance(&trace, waits)]));
    }
    let damaged = store.damage_last(|body| matches!(body, Body::Parked(parked) if parked.trace == "T1"));
    let seen = |engine: &Engine| -> Vec<(String, Option<jiff::civil::Date>)> {
        let queue = engine.queue(None).unwrap();
        queue.iter().map(|row| (row.state.to_string(), row.item.due)).collect()
    };
    let unreadable = ("unreadable_record".to_owned(), Some(date(2026, 3, 2)));
    assert_eq!(seen(&engine), [unreadable], "it is due at once, whatever it waited for");
    clock.set(Moment::start_of(date(2026, 3, 16)));
    assert_eq!(seen(&engine).len(), 2);
    assert!(engine.queue(Some("billing")).unwrap().iter().all(|row| row.state == WAITING_PAYMENT));
    assert_eq!(engine.board().unwrap().parked, (2, 0));

    // Its name closes it; mended, it is the payment that it was.
    let id = engine.queue(Some("billing_lead")).unwrap().remove(0).id;
    store.mend(&damaged);
    assert_eq!(seen(&engine).iter().filter(|(state, _)| state == WAITING_PAYMENT).count(), 2);
    store.damage_last(|body| matches!(body, Body::Parked(parked) if parked.trace == "T1"));
    engine.resolve_parked(&id, "posted by hand", "test").unwrap();
    assert_eq!(seen(&engine), [(WAITING_PAYMENT.to_owned(), Some(date(2026, 3, 18)))]);
}
