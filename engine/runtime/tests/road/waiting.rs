//! A payment that has waited long for its claim is somebody's work.

use super::*;
use claimflow_core::Moment;
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
