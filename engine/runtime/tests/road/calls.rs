//! A claim goes through workflows that another calls, through restarts.

use super::*;
use claimflow_core::event::Event;
use claimflow_core::{Moment, Span};
use claimflow_runtime::FixedClock;
use common::HandMade;

const DAY: i64 = 86_400_000;

/// What stands between restarts: the store, with its state or without.
struct Road {
    store: Arc<MemoryStore>,
    outbox: Arc<MemoryOutbox>,
    clock: Arc<FixedClock>,
    engine: Engine,
}

impl Road {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Moment::start_of(date(2026, 3, 2))));
        let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
        let practice = HandMade::on("denial-follow-up");
        let engine = Engine::open(store.clone(), practice, clock.clone(), outbox.clone()).unwrap();
        Self { store, outbox, clock, engine }
    }

    fn restart(&mut self, keep_state: bool) {
        self.store = self.store.reopened(keep_state);
        let practice = HandMade::on("denial-follow-up");
        let (clock, outbox) = (self.clock.clone(), self.outbox.clone());
        self.engine = Engine::open(self.store.clone(), practice, clock, outbox).unwrap();
        if !keep_state {
            catch_up(self.store.as_ref()).unwrap();
        }
    }

    fn days(&self, days: i64) {
        self.clock.advance(Span(days * DAY));
        self.engine.run_timers().unwrap();
    }

    fn done(&self, outcome: &str) {
        let input = Input::Resolved { item: None, outcome: outcome.into(), reason: "".into() };
        self.engine.act("A1", input, "maria").unwrap();
    }

    fn remitted(&self, control: u32, paid: i64, adjustment: (GroupCode, &str, i64)) {
        let own = payment("A1", paid, &[adjustment]);
        take(&self.engine, remittance_file(control, &[remittance(&format!("T{control}"), vec![own])]));
    }

    fn state(&self) -> String {
        self.engine.show("A1").unwrap().summary.state.to_string()
    }
}

#[test]
fn an_appeal_outlives_restarts_and_comes_back_to_its_caller() {
    let mut road = Road::new();
    take(&road.engine, claims_file(1, &[claim("A1")]));
    road.remitted(1, 0, (GroupCode::CO, "50", 15_000));
    assert_eq!(road.state(), "denied");
    road.done("appealed");
    assert_eq!(road.state(), "appeal/awaiting-answer");
    assert!(road.engine.queue(None).unwrap().is_empty());
    road.restart(true);
    road.days(61);
    assert_eq!(road.state(), "appeal/overdue");
    road.done("appealed");
    // The state is made anew from the journal, and the claim is still within the appeal.
    road.restart(false);
    assert_eq!(road.state(), "appeal/awaiting-answer");
    assert_eq!(road.engine.show("A1").unwrap().state.running().name, "appeal");
    road.remitted(2, 10_000, (GroupCode::CO, "45", 5_000));
    assert_eq!(road.state(), "closed");
    let view = road.engine.show("A1").unwrap();
    assert_eq!(view.state.calls, []);
    let notes: Vec<String> = view
        .chapters
        .iter()
        .flat_map(|chapter| &chapter.events)
        .filter_map(|event| match event {
            Event::Entered { state, note, .. } if !note.is_empty() => Some(format!("{state}: {note}")),
            Event::Called { workflow, .. } => Some(format!("calls {}", workflow.name)),
            Event::Returned { outcome, .. } => Some(format!("back: {outcome}")),
            _ => None,
        })
        .collect();
    assert_eq!(
        notes,
        [
            "denied: 0 appeals and 0 corrected claims so far, 0.00 paid of 150.00",
            "calls appeal",
            "appeal/awaiting-answer: appeal of level 1 is with the payer",
            "appeal/overdue: no answer to the appeal in 60 days",
            "appeal/awaiting-answer: appeal of level 2 is with the payer",
            "back: answered",
        ]
    );
}

#[test]
fn a_corrected_claim_goes_out_from_within_a_call() {
    let road = Road::new();
    take(&road.engine, claims_file(1, &[claim("A1")]));
    road.remitted(1, 0, (GroupCode::CO, "50", 15_000));
    let fields = vec![("referral_number".into(), "R1".into())];
    road.engine.act("A1", Input::Corrected { fields, reason: "".into() }, "maria").unwrap();
    assert_eq!(road.state(), "corrected-claim/awaiting-acceptance");
    assert_eq!(road.outbox.files.lock().unwrap().len(), 1);
}
