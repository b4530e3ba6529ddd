//! Claims that are over leave the journal, and nothing does of which anything is open.

use super::acts::{Echo, WORKFLOW};
use super::incidents::{PANICS, SOUND, Shaky};
use super::*;
use claimflow_core::{Moment, Stage};
use claimflow_runtime::{FixedClock, Plugin, Plugins, Practice, ROUND, Retained, Why, check_state};
use common::HandMade;

/// A practice at work on the 2nd of March 2026, which is looked at years later.
struct Practised {
    store: Arc<MemoryStore>,
    clock: Arc<FixedClock>,
    engine: Arc<Engine>,
}

/// A journal of which each record can be dropped, but for the last.
fn divisible() -> Arc<MemoryStore> {
    let store = MemoryStore::new();
    store.part.store(1, Ordering::SeqCst);
    store
}

fn opened(practice: Arc<dyn Practice>) -> Practised {
    with_outbox(practice, Arc::default())
}

fn with_outbox(practice: Arc<dyn Practice>, outbox: Arc<MemoryOutbox>) -> Practised {
    let (store, clock) = (divisible(), Arc::new(FixedClock::at(Moment::start_of(date(2026, 3, 2)))));
    let engine = Engine::open(store.clone(), practice, clock.clone(), outbox).unwrap();
    Practised { store, clock, engine: Arc::new(engine) }
}

impl std::ops::Deref for Practised {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Practised {
    /// A round, years later.
    fn round(&self, most: usize) -> Retained {
        let now = claimflow_runtime::Clock::now(&*self.clock);
        self.clock.set(Moment::start_of(date(2041, 1, 1)));
        let retained = self.engine.retain(Moment::start_of(date(2040, 1, 1)), most, "test").unwrap();
        self.clock.set(now);
        retained
    }
}

/// What goes; another claim makes the last records no part of what can.
fn retain(practised: &Practised) -> Retained {
    take(practised, claims_file(900, &[claim("Z1")]));
    practised.round(ROUND)
}

fn goes(practised: &Practised, id: &str) -> bool {
    retain(practised).claims.iter().any(|claim| claim.id.as_str() == id)
}

/// The claim stays, and is named with the reason.
fn kept(practised: &Practised, id: &str) -> Why {
    let retained = retain(practised);
    assert!(practised.show(id).is_ok());
    let by = retained.kept_by.expect("something is kept");
    assert_eq!(by.claim.as_ref().map(claimflow_core::ClaimId::as_str), Some(id));
    by.why
}

fn state_of(engine: &Engine, id: &str) -> String {
    engine.show(id).unwrap().summary.state.to_string()
}

#[test]
fn a_claim_stays_until_it_is_paid_and_its_item_is_done() {
    let engine = opened(HandMade::new());
    let mut held = claim("A1");
    held.place_of_service = claimflow_core::PlaceOfService::as_received("10");
    take(&engine, claims_file(1, &[held]));
    assert!(matches!(kept(&engine, "A1"), Why::NotOver { state, .. } if state == "held"));
    let until = Some(date(2026, 3, 9));
    let pended = Input::Pended { item: None, until, reason: "the payer looks at it".into() };
    engine.act("A1", pended, "maria").unwrap();
    assert!(matches!(kept(&engine, "A1"), Why::NotOver { .. }));
    engine.act("A1", Input::Released { reason: "it is right".into() }, "maria").unwrap();
    assert!(matches!(kept(&engine, "A1"), Why::NotOver { state, .. } if state == "awaiting-acceptance"));
    take(&engine, remittance_file(1, &[remittance("T1", vec![payment("A1", 10_000, &[CONTRACT])])]));
    assert!(goes(&engine, "A1"));
}

#[test]
fn a_claim_within_a_workflow_that_another_calls_stays() {
    let engine = opened(HandMade::on("denial-follow-up"));
    take(&engine, claims_file(1, &[claim("A1")]));
    let denied = payment("A1", 0, &[(GroupCode::CO, "50", 15_000)]);
    take(&engine, remittance_file(1, &[remittance("T1", vec![denied])]));
    let appealed = Input::Resolved { item: None, outcome: "appealed".into(), reason: "".into() };
    engine.act("A1", appealed, "maria").unwrap();
    assert!(matches!(kept(&engine, "A1"), Why::NotOver { state, .. } if state == "appeal/awaiting-answer"));
    take(&engine, remittance_file(2, &[remittance("T2", vec![payment("A1", 10_000, &[CONTRACT])])]));
    assert_eq!(state_of(&engine, "A1"), "closed");
    assert!(goes(&engine, "A1"));
    assert_eq!(check_state(engine.store.as_ref()).unwrap().differences, []);
}

#[test]
fn a_claim_for_which_a_plugin_was_asked_stays_until_it_has_answered() {
    let plugins = Plugins::new([Echo::good() as Arc<dyn Plugin>]);
    let engine = opened(HandMade::with(WORKFLOW, plugins));
    take(&engine, claims_file(1, &[claim("A1")]));
    assert_eq!(kept(&engine, "A1"), Why::Request);
    engine.perform_requests().unwrap();
    assert_eq!(state_of(&engine, "A1"), "good");
    assert!(goes(&engine, "A1"));
}

/// It is over, and what came in since has failed.
#[test]
fn a_claim_with_an_open_incident_stays_though_it_is_over() {
    let (practice, fault) = Shaky::new(SOUND, Stage::Categorize);
    let engine = opened(practice);
    take(&engine, claims_file(1, &[claim("X1")]));
    take(&engine, remittance_file(1, &[remittance("T1", vec![payment("X1", 10_000, &[CONTRACT])])]));
    let before = state_of(&engine, "X1");
    fault.store(PANICS, Ordering::SeqCst);
    let denied = payment("X1", 0, &[(GroupCode::CO, "197", 15_000)]);
    take(&engine, remittance_file(2, &[remittance("T2", vec![denied])]));
    assert_eq!(state_of(&engine, "X1"), before);
    assert_eq!(kept(&engine, "X1"), Why::Incident);
}

#[test]
fn a_payment_that_waits_keeps_what_follows_it() {
    let engine = opened(HandMade::new());
    let early = payment("B1", 10_000, &[CONTRACT]);
    take(&engine, remittance_file(1, &[remittance("T1", vec![early])]));
    take(&engine, claims_file(1, &[claim("A1")]));
    take(&engine, remittance_file(2, &[remittance("T2", vec![payment("A1", 10_000, &[CONTRACT])])]));
    assert_eq!(state_of(&engine, "A1"), "paid");
    let retained = engine.round(ROUND);
    assert_eq!(retained.kept_by.map(|by| by.why), Some(Why::Payment));
    assert!(retained.claims.is_empty());
    // Its claim comes, and both go.
    take(&engine, claims_file(2, &[claim("B1")]));
    assert_eq!(state_of(&engine, "B1"), "paid");
    let gone: Vec<String> = retain(&engine).claims.iter().map(|claim| claim.id.to_string()).collect();
    assert_eq!(gone, ["A1", "B1"]);
}

/// What was looked for while others work is looked for once more when they have come between.
#[test]
fn a_claim_that_is_opened_anew_meanwhile_stays() {
    let engine = opened(HandMade::new());
    take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
    let paid = ["A1", "A2"].map(|id| payment(id, 10_000, &[CONTRACT]));
    take(&engine, remittance_file(1, &[remittance("T1", paid.to_vec())]));
    take(&engine, claims_file(2, &[claim("Z1")]));
    let somebody = engine.engine.clone();
    *engine.store.meanwhile.lock().unwrap() = Some(Box::new(move || {
        let back = payment("A1", 0, &[(GroupCode::CO, "197", 15_000)]);
        take(&somebody, remittance_file(2, &[remittance("T2", vec![back])]));
    }));
    let retained = engine.round(ROUND);
    assert_eq!(state_of(&engine, "A1"), "denied");
    assert!(retained.claims.is_empty(), "{retained:?}");
    assert_eq!(check_state(engine.store.as_ref()).unwrap().differences, []);
}

#[test]
fn a_journal_without_its_beginning_is_refused_unless_it_says_that_it_was_dropped() {
    let engine = opened(HandMade::new());
    take(&engine, claims_file(1, &[claim("A1")]));
    take(&engine, remittance_file(1, &[remittance("T1", vec![payment("A1", 10_000, &[CONTRACT])])]));
    assert!(goes(&engine, "A1"));
    let store = &engine.store;
    let outbox = Arc::new(MemoryOutbox::default());
    try_open(&store.reopened(false), &outbox).unwrap();
    let torn = store.reopened(false);
    claimflow_runtime::store::Store::forget(
        torn.as_ref(),
        claimflow_runtime::store::Position(u64::MAX),
        true,
    )
    .unwrap();
    let refused = try_open(&torn, &outbox).err().expect("it lacks what nobody dropped").to_string();
    assert!(refused.contains("restore the practice from a backup"), "{refused}");
}

/// Of files that went out unknown to the journal note is taken after their claims were told, and maybe more than once.
#[test]
fn files_of_which_note_was_taken_go_with_their_claims() {
    let (_, files) = outgoing::sent(&["A1", "A2", "A9"]);
    let (name, bytes) = &files[0];
    let outbox = Arc::new(MemoryOutbox::default());
    outbox.holds.store(true, Ordering::SeqCst);
    let engine = with_outbox(HandMade::new(), outbox.clone());
    let store = &engine.store;
    engine.went_out("strange.837", bytes, "maria").unwrap();
    take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
    engine.went_out(name, bytes, "maria").unwrap();
    let pay = |control, ids: &[&str]| {
        let paid: Vec<_> = ids.iter().map(|id| payment(id, 10_000, &[CONTRACT])).collect();
        take(&engine, remittance_file(control, &[remittance(&format!("T{control}"), paid)]));
    };
    pay(1, &["A1", "A2"]);
    // Each round as small as can be, so that the journal is divided wherever it may be.
    let rounds = || {
        let mut gone = Vec::new();
        loop {
            let round = engine.round(1);
            gone.extend(round.claims.iter().map(|claim| claim.id.to_string()));
            assert_eq!(check_state(engine.store.as_ref()).unwrap().differences, []);
            let anew = store.reopened(false);
            try_open(&anew, &outbox).unwrap().close().unwrap();
            // The highest number is kept as such where the engine has run on, and else with the counters.
            let entries = |of: &MemoryStore| {
                let mut entries = of.dump();
                entries.remove(&b"m"[..]);
                entries
            };
            assert!(entries(&anew) == entries(store), "another state than one made anew");
            if !round.more {
                return gone;
            }
        }
    };
    take(&engine, claims_file(2, &[claim("A9")]));
    assert_eq!(rounds(), ["A1", "A2"]);
    engine.went_out(name, bytes, "maria").unwrap();
    pay(2, &["A9"]);
    take(&engine, claims_file(3, &[claim("Z1")]));
    assert_eq!(rounds(), ["A9"]);
    assert_eq!(engine.known_to_be_gone(name).unwrap(), []);
}
