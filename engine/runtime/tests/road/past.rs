//! What history tells of claims, on the whole road.

use std::sync::Arc;

use claimflow_core::step::Input;
use claimflow_core::{Claim, GroupCode, Level, Money, Stage};
use claimflow_runtime::{Answer, Engine, IngestOptions, Past, Period};
use jiff::civil::date;

use super::common::{MemoryOutbox, MemoryStore, claim, open};
use super::{CONTRACT, claims_file, payment, remittance, remittance_file, take};

const DENIAL: (GroupCode, &str, i64) = (GroupCode::CO, "197", 15_000);

fn video(id: &str) -> Claim {
    Claim { place_of_service: "10".parse().unwrap(), ..claim(id) }
}

fn pasts(engine: &Engine, period: Period) -> Vec<Past> {
    let history = engine.history(period).unwrap();
    (0..history.len()).filter_map(|place| history.past(place).unwrap()).collect()
}

/// A1 paid; A2 denied; A3 corrected, then paid; A4 released, then denied; A5 held; A6 not answered.
fn lived() -> (Arc<MemoryStore>, Engine) {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let claims = [claim("A1"), claim("A2"), video("A3"), video("A4"), video("A5"), claim("A6")];
    take(&engine, claims_file(1, &claims));
    let fields = vec![("line[1].modifiers".into(), "95".into())];
    engine.act("A3", Input::Corrected { fields, reason: "as the payer asks".into() }, "ana").unwrap();
    engine.act("A4", Input::Released { reason: "checked by phone".into() }, "ana").unwrap();
    let paid = |id| payment(id, 10_000, &[CONTRACT]);
    let denied = |id| payment(id, 0, &[DENIAL]);
    let decided = vec![paid("A1"), denied("A2"), paid("A3"), denied("A4")];
    take(&engine, claims_file(2, &[claim("A7")]));
    take(&engine, remittance_file(9, &[remittance("T1", decided)]));
    // A2 is paid after all: what came first stays the first answer.
    take(&engine, remittance_file(10, &[remittance("T2", vec![paid("A2")])]));
    (store, engine)
}

#[test]
fn history_tells_what_rules_saw_and_what_the_payer_did() {
    let (_store, engine) = lived();
    let all = pasts(&engine, Period::default());
    let ids: Vec<&str> = all.iter().map(|past| past.id.as_str()).collect();
    assert_eq!(ids, ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]);
    let cents = |amount: Money| amount.cents();
    assert!(matches!(all[0].answer, Answer::Paid { amount, .. } if cents(amount) == 10_000));
    assert_eq!((cents(all[1].answer.denied()), cents(all[1].paid)), (15_000, 10_000));
    assert!(matches!(all[2].answer, Answer::Paid { .. }) && matches!(all[3].answer, Answer::Denied { .. }));
    assert_eq!((&all[4].answer, &all[5].answer), (&Answer::NotSent, &Answer::Open));
    assert!(all.iter().all(|past| past.service == date(2026, 2, 27) && cents(past.billed()) == 15_000));
}

#[test]
fn history_tells_what_people_did_before_a_claim_went_out() {
    let (_store, engine) = lived();
    let all = pasts(&engine, Period::default());
    let (corrected, released, held) = (&all[2], &all[3], &all[4]);
    assert!(corrected.came.claim.lines[0].modifiers.is_empty());
    assert!(corrected.last_look().claim.lines[0].has_modifier("95"));
    assert_eq!((corrected.corrections, released.corrections), (1, 0));
    assert!(released.mended.is_none(), "a release changes nothing on the claim");
    let hold = |past: &Past| past.fired.iter().find(|own| own.level == Level::Hold).cloned().unwrap();
    assert_eq!(hold(released).released.as_deref(), Some("checked by phone"));
    assert_eq!((hold(held).released, hold(corrected).stage), (None, Stage::Scrub));
    assert!(all[0].sent.is_some() && held.sent.is_none());
}

#[test]
fn history_is_of_a_period_and_knows_what_others_sent() {
    let (_store, engine) = lived();
    let from = |since| Period { since: Some(since), until: None };
    assert_eq!(pasts(&engine, from(date(2026, 2, 27))).len(), 7);
    assert!(pasts(&engine, from(date(2026, 2, 28))).is_empty());
    assert!(pasts(&engine, Period { since: None, until: Some(date(2026, 2, 26)) }).is_empty());
    let mut files = std::iter::once(("old.837".to_owned(), Ok(claims_file(3, &[claim("B1")]))));
    let options = IngestOptions { history: true, ..IngestOptions::default() };
    engine.ingest(&mut files, &options, &|_, _| ()).unwrap();
    let last = pasts(&engine, Period::default()).pop().unwrap();
    assert!(last.imported && last.sent.is_none() && last.answer == Answer::Open);
    assert_eq!(last.came.as_of, date(2026, 3, 1), "two days after the service");
}

#[test]
fn a_members_earlier_services_are_known_newest_first() {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    let same_member = |id: &str| {
        let mut own = claim(id);
        own.subscriber.person.member_id = "M1".into();
        own
    };
    take(&engine, claims_file(1, &[same_member("A1"), claim("X"), same_member("A2"), same_member("A3")]));
    let all = pasts(&engine, Period::default());
    let earlier = |place: usize| {
        all[place].came.facts.history.iter().map(|own| own.claim_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        (earlier(0), earlier(2), earlier(3)),
        (vec![], vec!["A1".into()], vec!["A2".into(), "A1".into()])
    );
}
