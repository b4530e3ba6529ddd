//! Claims move to another version of their workflow, and back.

use proptest::prelude::*;

use super::acts::{Act, any_act, any_claim};
use super::journey::{Journey, answer, claim};
use super::properties::Watched;
use crate::event::Event;
use crate::state::ClaimState;
use crate::step::{Input, MigrateError, Order, StepError};
use crate::testing::road::{checked, professional_claim};
use crate::testing::rules::Stub;
use crate::workflow::{Draft, DraftKind, Offered, Workflow, check, map_states};
use crate::{DAY_MS, DueIn, Moment, Span, Text};

/// A second version in which some waits are shorter and some work is another's.
fn second(shorter: bool, others: bool) -> Workflow {
    let mut draft = Draft { version: 2, hash: "w2".into(), ..professional_claim() };
    for state in &mut draft.states {
        match &mut state.kind {
            DraftKind::Wait { at_most: Some(DueIn::Span(most)), .. } if shorter => *most = Span(most.0 / 2),
            DraftKind::WorkItem { owner, escalate_to, .. } if others => {
                *owner = "coding".into();
                *escalate_to = Text::default();
            }
            _ => {}
        }
    }
    check(&draft, Offered::default()).unwrap()
}

fn order(to: &Workflow, maps: &[(&str, &str)], redo: &[&str]) -> Input {
    let from = checked();
    let held: Vec<(Text, u64)> =
        from.states().iter().filter(|own| !own.is_immediate()).map(|own| (own.name.clone(), 1)).collect();
    let maps: Vec<(Text, Text)> = maps.iter().map(|(old, new)| ((*old).into(), (*new).into())).collect();
    let redo: Vec<Text> = redo.iter().map(|name| (*name).into()).collect();
    let landings = map_states(Some(&from), to, &held, &maps, &redo).unwrap();
    let (batch, reason) = ("M1".into(), "why".into());
    let from = from.reference().clone();
    Input::Migrate(Box::new(Order::Forth {
        batch,
        from,
        to: to.reference().clone(),
        landings: landings.into(),
        reason,
    }))
}

fn back(events: &[Event], before: &ClaimState) -> Input {
    let migration = events.iter().find_map(|event| match event {
        Event::Migrated(migration) => Some(migration.clone()),
        _ => None,
    });
    let (migration, before) = (migration.unwrap(), Box::new(before.clone()));
    Input::Migrate(Box::new(Order::Back { migration, before, reason: Text::default() }))
}

#[test]
fn a_claim_waits_on_from_when_it_began_to_wait() {
    let mut journey = Journey::accepted(claim());
    let entered = journey.state.entered;
    assert_eq!(journey.state.deadline, Some(entered.plus(Span(45 * DAY_MS))));
    journey.now = entered.plus(Span(10 * DAY_MS));
    let to = second(true, false);
    journey.workflow = to.clone();
    let events = journey.events_of(order(&to, &[], &[]));
    assert_eq!(events.len(), 1);
    assert_eq!(journey.state.entered, entered);
    assert_eq!(journey.state.deadline, Some(entered.plus(Span(45 * DAY_MS / 2))));
    assert_eq!(&journey.state.workflow, to.reference());
    assert!(journey.events_of(order(&to, &[], &[])).is_empty(), "moved once");
}

#[test]
fn work_is_only_done_again_where_somebody_says_so() {
    let mut journey = Journey::accepted(claim());
    let to = second(false, false);
    journey.workflow = to.clone();
    let order = order(&to, &[("awaiting-remittance", "submit")], &["submit"]);
    let names: Vec<&str> = journey.events_of(order).iter().map(Event::name).collect();
    assert_eq!(names, ["migrated", "entered", "evaluated", "queued", "entered"]);
    assert_eq!(journey.state.state, "awaiting-submission");
}

#[test]
fn a_queued_claim_stays_until_it_is_out() {
    let mut journey = Journey::of(claim());
    assert_eq!(journey.state.state, "awaiting-submission");
    let to = second(false, false);
    journey.workflow = to.clone();
    let stays = journey.try_take(order(&to, &[("awaiting-submission", "awaiting-remittance")], &[]));
    let queued = MigrateError::Queued { to: "awaiting-remittance".into() };
    assert_eq!(stays, Err(StepError::Migrate(queued)));
}

/// A held claim whose item lies aside until 2026-03-12.
fn laid_aside() -> Journey {
    let mut held = claim();
    held.place_of_service = "99".parse().unwrap();
    let mut journey = Journey::of(held);
    let until = Some("2026-03-12".parse().unwrap());
    journey.take(Input::Pended { item: None, until, reason: "called".into() });
    journey
}

#[test]
fn work_that_lies_aside_does_so_when_it_is_opened_anew() {
    let mut journey = laid_aside();
    let until = journey.state.pended_until(1);
    assert!(until.is_some() && journey.state.deadline == until);
    let before = journey.state.clone();
    let to = second(false, true);
    journey.workflow = to.clone();
    let events = journey.events_of(order(&to, &[], &[]));
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    assert_eq!(names, ["migrated", "closed", "opened", "pended"]);
    assert_eq!((journey.state.pended_until(2), journey.state.deadline), (until, until));

    journey.workflow = checked();
    journey.take(back(&events, &before));
    assert_eq!((journey.state.pended_until(1), journey.state.deadline), (until, until));
}

#[test]
fn work_that_lies_aside_and_stays_as_it_is_stays_aside() {
    let mut journey = laid_aside();
    let before = journey.state.clone();
    let to = second(true, false);
    journey.workflow = to.clone();
    journey.take(order(&to, &[], &[]));
    assert_eq!((&journey.state.times, journey.state.deadline), (&before.times, before.deadline));
    journey.now = before.deadline.unwrap();
    journey.trail();
    journey.take(Input::Timer);
    journey.check(
        "- : back 1 (its day has come; it was due on 2026-03-09 meanwhile), deadline 2026-03-13T00:00:00Z",
    );
}

#[test]
fn a_claim_that_has_moved_on_does_not_go_back() {
    let mut journey = Journey::of(claim());
    let before = journey.state.clone();
    let to = second(false, false);
    journey.workflow = to.clone();
    let events = journey.events_of(order(&to, &[], &[]));
    journey.submitted();
    journey.take(Input::Acknowledged(answer(true, "")));
    let moved = MigrateError::Moved { state: "awaiting-remittance".into() };
    journey.workflow = checked();
    assert_eq!(journey.try_take(back(&events, &before)), Err(StepError::Migrate(moved)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Wherever a claim is, it can move and go on; and going back restores it but for the numbers of events and items.
    #[test]
    fn there_and_back_is_where_it_was(
        claim in any_claim(),
        (shorter, others) in any::<(bool, bool)>(),
        acts in prop::collection::vec(any_act(), 0..20),
        later in prop::collection::vec(any_act(), 0..6),
    ) {
        let mut watched = Watched { journey: Journey::with(Stub::default()), events: Vec::new() };
        let received = Input::Received { claim: Box::new(claim), source: "s1".into(), history: false };
        std::iter::once(Act::Input(received)).chain(acts).for_each(|act| watched.act(act));
        let before = watched.journey.state.clone();
        let so_far = watched.events.len();

        let to = second(shorter, others);
        watched.journey.workflow = to.clone();
        watched.act(Act::Input(order(&to, &[], &[])));
        prop_assert_eq!(&watched.journey.state.workflow, to.reference());
        let there = watched.journey.state.clone();
        let events = watched.events[so_far..].to_vec();

        watched.journey.workflow = checked();
        watched.act(Act::Input(back(&events, &before)));
        let mut restored = watched.journey.state.clone();
        (restored.sequence, restored.work_items_opened) = (before.sequence, before.work_items_opened);
        // Items are the same; which of them was opened first says nothing.
        restored.work_items.sort_by_key(|item| item.number);
        let mut expected = before;
        expected.work_items.sort_by_key(|item| item.number);
        // So are their times; an item that had come back comes back now.
        for state in [&mut restored, &mut expected] {
            state.times.sort_by_key(|time| time.item);
            state.times.iter_mut().for_each(|time| time.returned = time.returned.and(Some(Moment::default())));
        }
        prop_assert_eq!(restored, expected);

        watched.journey.state = there;
        watched.journey.workflow = to;
        watched.events.truncate(so_far + events.len());
        later.into_iter().for_each(|act| watched.act(act));
    }
}
