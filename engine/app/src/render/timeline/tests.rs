//! Timelines as people and programs read them.

use super::*;
use claimflow_core::{Change, Stage, WorkItem};
use jiff::civil::date;

fn change(field: &str, before: &str, after: &str) -> Change {
    Change { rule: "AET-TELE-95".into(), field: field.into(), before: before.into(), after: after.into() }
}

fn chapter() -> Chapter {
    let item = WorkItem {
        number: 1,
        owner: "clinician".into(),
        category: "documentation".into(),
        ask: "Please add the start and stop time of the 2026-03-03 session.".into(),
        rules: vec!["DOC-START-STOP".into()],
        due: Some(date(2026, 3, 9)),
        opened: Moment::default(),
        amount: claimflow_core::Money::from_cents(15_000),
    };
    let evaluated = Event::Evaluated {
        stage: Stage::Scrub,
        rules: "abc".into(),
        considered: 24,
        changes: vec![
            change("line[1].modifiers", "HO", "HO,95"),
            change("subscriber.member_id", "••••", "W12345"),
        ],
        findings: Vec::new(),
        outcome: "held".into(),
    };
    let entered = |state: &str| Event::Entered { state: state.into(), deadline: None, note: Text::default() };
    Chapter {
        at: Moment::start_of(date(2026, 3, 5)),
        actor: "ingest".into(),
        events: vec![entered("scrub"), evaluated, entered("held"), Event::Opened(item)],
    }
}

#[test]
fn in_words() {
    insta::assert_snapshot!(timeline(&entries(&[chapter()], &Zone::UTC), &Zone::UTC, Style::PLAIN, 80));
}

#[test]
fn private_values_stay_masked_in_the_data_too() {
    let text =
        entries(&[chapter()], &Zone::UTC).iter().map(|entry| entry.json().to_string()).collect::<String>();
    assert!(!text.contains("W12345"), "{text}");
    assert!(text.contains("HO,95"), "{text}");
}
