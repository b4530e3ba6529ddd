//! What holds on every journey, however the world behaves.

use proptest::prelude::*;

use super::acts::{Act, any_act, any_claim, any_workflow};
use super::journey::Journey;
use super::records::survives;
use crate::event::{Event, Submission};
use crate::state::ClaimState;
use crate::step::{ActionResult, Context, Input, StepError, Stepped, step};
use crate::testing::rules::Stub;
use crate::workflow::StateKind;
use crate::{Authorization, ClaimId, DAY_MS, Facts, Money, Span};

/// A journey whose every step is looked at.
pub(super) struct Watched {
    pub(super) journey: Journey,
    pub(super) events: Vec<Event>,
}

impl Watched {
    fn context(&self) -> Context<'_> {
        self.journey.context()
    }

    fn input_of(&mut self, act: Act) -> Input {
        let item = |journey: &Journey, place: usize| {
            journey.state.work_items.get(place).map_or(99, |item| item.number)
        };
        match act {
            Act::Input(input) => input,
            Act::Submit => {
                let late = format!("LATE{}", self.journey.state.submissions.len());
                let sent_as = self.journey.state.queued_as.clone().unwrap_or(ClaimId::as_received(late));
                Input::Submitted(Submission { sent_as, ..self.journey.submission() })
            }
            Act::Fact(known) => {
                let authorizations = if known { vec![Authorization::default()] } else { Vec::new() };
                self.journey.facts = Facts { authorizations, ..Facts::default() };
                Input::NewFact
            }
            Act::Hours(hours) => {
                self.journey.now = self.journey.now.plus(Span(hours * DAY_MS / 24));
                Input::Timer
            }
            Act::Perform(key, late, result) => {
                let open = self.journey.state.request.as_ref().map(|open| &open.request);
                let own = open.filter(|_| key).map(|request| (request.key.clone(), request.attempt));
                let (key, attempt) = own.unwrap_or(("7/1".into(), 1));
                Input::Performed { key, attempt: attempt + u32::from(late), result }
            }
            Act::Reassign(place, owner) => {
                Input::Reassigned { item: item(&self.journey, place), owner: owner.into(), reason: "".into() }
            }
            Act::Pend(place, days) => {
                let today = self.journey.now.date();
                Input::Pended {
                    item: place.map(|place| item(&self.journey, place)),
                    until: days.map(|days| today.saturating_add(jiff::ToSpan::days(days))),
                    reason: "".into(),
                }
            }
            Act::Resolve(place, outcome) => Input::Resolved {
                item: place.map(|place| item(&self.journey, place)),
                outcome: outcome.into(),
                reason: "".into(),
            },
        }
    }

    pub(super) fn act(&mut self, act: Act) {
        let input = self.input_of(act);
        let before = self.journey.state.clone();
        let first = step(self.context(), before.clone(), input.clone());
        assert_eq!(
            first,
            step(self.context(), before.clone(), input.clone()),
            "the same step, the same answer"
        );
        match first {
            Ok(stepped) => self.look_at(&before, &input, stepped),
            Err(StepError::Runaway(_) | StepError::NoState { .. }) => panic!("{input:?} ran away"),
            Err(_) => {}
        }
    }

    fn look_at(&mut self, before: &ClaimState, input: &Input, stepped: Stepped) {
        let mut folded = before.clone();
        for event in &stepped.events {
            folded.apply(self.journey.now, event).unwrap();
            survives(event);
        }
        assert_eq!(folded, stepped.state, "the state is the fold of its events");
        let repeated = step(self.context(), stepped.state.clone(), input.clone());
        if matches!(input, Input::Submitted(_) | Input::Remitted(_) | Input::Timer) {
            assert_eq!(repeated.unwrap().events, [], "{input:?} happened twice");
        } else if let Input::Performed { key, .. } = input
            && stepped
                .state
                .request
                .as_ref()
                .is_none_or(|open| open.request.key != *key || !open.is_under_way())
        {
            let repeated = repeated.unwrap().events;
            let failed = matches!(input, Input::Performed { result: ActionResult::Failed { .. }, .. });
            assert!(!failed || repeated.is_empty(), "{input:?} failed twice: {repeated:?}");
        }
        self.journey.state = stepped.state;
        self.events.extend(stepped.events);
        self.check_state();
    }

    fn check_state(&self) {
        let state = &self.journey.state;
        let open = |number: u16| state.work_items.iter().any(|item| item.number == number);
        assert!(
            state.times.iter().all(|time| open(time.item)),
            "only open items have a time: {:?}",
            state.times
        );
        let back = state.times.iter().filter_map(|time| time.pended);
        for until in back {
            let deadline = state.deadline.unwrap_or(crate::Moment(i64::MAX));
            assert!(deadline <= until, "what is laid aside comes back by itself: {deadline} {until}");
        }
        let mut owners: Vec<&str> = state.work_items.iter().map(|item| item.owner.as_str()).collect();
        owners.sort_unstable();
        owners.dedup();
        assert_eq!(owners.len(), state.work_items.len(), "one item an owner: {:?}", state.work_items);

        let workflow = self.context().workflow;
        assert_eq!(workflow.reference(), state.running(), "the claim runs on a workflow that is there");
        let index = workflow.find(state.place()).unwrap();
        let kind = &workflow.state(index).kind;
        assert_eq!(
            matches!(kind, StateKind::WorkItem { .. }),
            !state.work_items.is_empty(),
            "a person's turn is a work item with an owner, and only that: {}",
            state.state
        );
        assert!(state.work_items.iter().all(|item| !item.owner.is_empty() && item.due.is_some()));
        assert!(
            !workflow.state(index).is_immediate(),
            "the step ended in `{}`, where work is to do",
            state.state
        );
        assert_eq!(state.state.matches('/').count(), state.calls.len(), "{}", state.state);
        self.check_request(kind);
        self.check_money();
    }

    fn check_request(&self, kind: &StateKind) {
        let state = &self.journey.state;
        let asks = match kind {
            StateKind::Work { asks: Some(asks), .. } => asks,
            _ => return assert_eq!(state.request, None, "only a state that asks has a request"),
        };
        let open = state.request.as_ref().unwrap();
        let most = asks.retry.map_or(1, |retry| retry.times + 1);
        assert!((1..=most).contains(&open.request.attempt), "{} of {most}", open.request.attempt);
        let waits_for_good = state.deadline.is_none();
        assert_eq!(waits_for_good, state.is_stuck(), "a request is under way, tried again, or stuck");
        let asked = |event: &&Event| matches!(event, Event::Requested(own) if own.key == open.request.key);
        assert!(self.events.iter().any(|event| asked(&event)), "every request is told");
    }

    fn check_money(&self) {
        let state = &self.journey.state;
        let posted: Vec<(&str, Money)> = self
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Posted(posting) => Some((posting.key.as_str(), posting.decision.paid)),
                _ => None,
            })
            .collect();
        assert_eq!(state.paid(), posted.iter().map(|(_, paid)| *paid).sum());
        let mut keys: Vec<&str> = posted.iter().map(|(key, _)| *key).collect();
        keys.extend(state.arrived.iter().map(|remitted| remitted.key.as_str()));
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count, "a decision was posted twice");
        let mut sent: Vec<&Submission> = state.submissions.iter().collect();
        sent.dedup_by_key(|submission| submission.sent_as.clone());
        assert_eq!(sent.len(), state.submissions.len(), "a number went out twice");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_journey_keeps_its_promises(
        claim in any_claim(),
        history in prop::bool::weighted(0.1),
        acts in prop::collection::vec(any_act(), 0..30),
    ) {
        let journey = Journey::with(Stub::default());
        let mut watched = Watched { journey, events: Vec::new() };
        let received = Input::Received { claim: Box::new(claim), source: "s1".into(), history };
        for act in std::iter::once(Act::Input(received)).chain(acts) {
            watched.act(act);
        }
        let mut whole = ClaimState::default();
        let at = watched.journey.now;
        for event in &watched.events {
            whole.apply(at, event).unwrap();
        }
        // Only the moments differ: the fold of all events is the state.
        whole.entered = watched.journey.state.entered;
        whole.deadline = watched.journey.state.deadline;
        whole.times.clone_from(&watched.journey.state.times);
        prop_assert_eq!(&whole, &watched.journey.state);
        survives(&whole);
    }

    #[test]
    fn no_workflow_that_passes_the_checks_runs_away(
        claim in any_claim(),
        workflow in any_workflow(),
        acts in prop::collection::vec(any_act(), 0..20),
    ) {
        prop_assume!(workflow.is_some());
        let mut journey = Journey::with(Stub::default());
        let shelf = workflow.unwrap();
        journey.workflow = shelf.0[0].clone();
        journey.shelf = Some(shelf);
        let mut watched = Watched { journey, events: Vec::new() };
        let received = Input::Received { claim: Box::new(claim), source: "s1".into(), history: false };
        for act in std::iter::once(Act::Input(received)).chain(acts) {
            watched.act(act);
        }
    }

    #[test]
    fn nothing_happens_to_a_claim_that_never_came(act in any_act()) {
        let journey = Journey::with(Stub::default());
        let mut watched = Watched { journey, events: Vec::new() };
        let input = watched.input_of(act);
        let received = matches!(input, Input::Received { .. });
        let answer = step(watched.context(), ClaimState::default(), input);
        prop_assert_eq!(answer.is_ok(), received);
    }
}
