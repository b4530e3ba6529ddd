//! The history of all claims in one pass is what each claim's own chain says.

use std::ops::ControlFlow;
use std::sync::Arc;

use claimflow_core::Moment;
use claimflow_core::event::Event;
use claimflow_runtime::{Engine, PastClaim};

use super::common::{MemoryOutbox, MemoryStore, claim, open};
use super::{CONTRACT, claims_file, payment, remittance, remittance_file, take};

fn history(engine: &Engine, since: Moment) -> Vec<PastClaim> {
    let mut all = Vec::new();
    engine
        .history_of_claims(since, &mut |past| {
            all.push(past);
            ControlFlow::Continue(())
        })
        .unwrap();
    all
}

fn paid_road() -> Engine {
    let (store, outbox) = (MemoryStore::new(), Arc::new(MemoryOutbox::default()));
    let engine = open(&store, &outbox);
    take(&engine, claims_file(1, &[claim("A1"), claim("A2")]));
    take(&engine, remittance_file(2, &[remittance("T1", vec![payment("A1", 10_000, &[CONTRACT])])]));
    engine
}

#[test]
fn one_pass_gives_each_claim_as_its_own_chain_does() {
    let engine = paid_road();
    let all = history(&engine, Moment::default());
    assert_eq!(all.len(), 2);
    for (past, id) in all.iter().zip(["A1", "A2"]) {
        let view = engine.show(id).unwrap();
        assert_eq!(past.chapters, view.chapters, "{id}");
        assert_eq!(past.now().unwrap(), view.state, "{id}");
    }
}

#[test]
fn stages_after_the_first_submission_are_left_out() {
    let engine = paid_road();
    for past in history(&engine, Moment::default()) {
        let events = || past.chapters.iter().flat_map(|chapter| &chapter.events);
        assert!(events().any(|event| matches!(event, Event::Submitted(_))));
        let views = past.before_first_submission().unwrap();
        assert!(!views.is_empty());
        assert!(views.iter().all(|view| view.state.submissions.is_empty()));
    }
}

#[test]
fn since_leaves_out_earlier_claims_and_the_reader_may_stop() {
    let engine = paid_road();
    let start = history(&engine, Moment::default())[0].chapters[0].at;
    assert_eq!(history(&engine, start).len(), 2);
    assert!(history(&engine, Moment(start.0 + 1)).is_empty());
    let mut seen = 0;
    engine
        .history_of_claims(Moment::default(), &mut |_| {
            seen += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(seen, 1);
}
