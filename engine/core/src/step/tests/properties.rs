//! What holds on every journey, however the world behaves.

use proptest::prelude::*;

use super::acts::{Act, any_act, any_claim, any_workflow};
use super::journey::{Journey, NUMBER};
use super::records::survives;
use crate::event::{Event, Submission};
use crate::state::ClaimState;
use crate::step::{Context, Input, StepError, Stepped, step};
use crate::testing::rules::Stub;
use crate::workflow::{NoWorkflows, StateKind};
use crate::{Authorization, Calendar, ClaimId, DAY_MS, Facts, Money, Span};

/// A journey whose every step is looked at.
struct Watched {
    journey: Journey,
    events: Vec<Event>,
}

impl Watched {
    fn context(&self) -> Context<'_> {
        static CALENDAR: std::sync::LazyLock<Calendar> = std::sync::LazyLock::new(Calendar::default);
        Context {
            workflow: &self.journey.workflow,
            workflows: &NoWorkflows,
            rules: &self.journey.rules,
            facts: &self.journey.facts,
            calendar: &CALENDAR,
            now: self.journey.now,
            number: NUMBER,
        }
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
            Act::Reassign(place, owner) => {
                Input::Reassigned { item: item(&self.journey, place), owner: owner.into(), reason: "".into() }
            }
            Act::Resolve(place, outcome) => Input::Resolved {
                item: place.map(|place| item(&self.journey, place)),
                outcome: outcome.into(),
                reason: "".into(),
            },
        }
    }

    fn act(&mut self, act: Act) {
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
        }
        self.journey.state = stepped.state;
        self.events.extend(stepped.events);
        self.check_state();
    }

    fn check_state(&self) {
        let state = &self.journey.state;
        let mut owners: Vec<&str> = state.work_items.iter().map(|item| item.owner.as_str()).collect();
        owners.sort_unstable();
        owners.dedup();
        assert_eq!(owners.len(), state.work_items.len(), "one item an owner: {:?}", state.work_items);

        let index = self.journey.workflow.find(&state.state).unwrap();
        let kind = &self.journey.workflow.state(index).kind;
        assert_eq!(
            matches!(kind, StateKind::WorkItem { .. }),
            !state.work_items.is_empty(),
            "a person's turn is a work item with an owner, and only that: {}",
            state.state
        );
        assert!(state.work_items.iter().all(|item| !item.owner.is_empty() && item.due.is_some()));
        let immediate = matches!(kind, StateKind::Work { .. } | StateKind::Choice);
        assert!(!immediate, "the step ended in `{}`, where work is still to do", state.state);
        self.check_money();
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
        journey.workflow = workflow.unwrap();
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
