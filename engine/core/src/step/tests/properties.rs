//! What holds on every journey, however the world behaves.

use proptest::prelude::*;

use super::journey::{Journey, answer, claim, corrected, payment, remitted};
use super::records::survives;
use crate::event::{Event, Submission};
use crate::state::ClaimState;
use crate::step::{Context, Input, StepError, Stepped, step};
use crate::workflow::StateKind;
use crate::{
    Acknowledgment, AcknowledgmentKind, Authorization, Calendar, Claim, ClaimId, DAY_MS, Facts, Money,
    PayerId, Span,
};

/// Something that the world does to a claim.
#[derive(Debug, Clone)]
enum Act {
    Input(Input),
    /// The file takes along what is queued.
    Submit,
    /// The registers learn of an authorization, or forget it.
    Fact(bool),
    /// So many hours pass, and the timers run.
    Hours(i64),
    /// An open item, by its place, gets this owner.
    Reassign(usize, &'static str),
    /// An open item, by its place, is done.
    Resolve(Option<usize>, &'static str),
}

fn any_claim() -> impl Strategy<Value = Claim> {
    let referral = prop::sample::select(vec!["", "", "", "ERROR-scrub", "ERROR-categorize", "ERROR-route"]);
    let place = prop::sample::select(vec!["11", "11", "10", "99"]);
    let payer = prop::sample::select(vec!["60054", "AUTH"]);
    (referral, place, payer, any::<bool>(), any::<bool>()).prop_map(
        |(referral, place, payer, noted, named)| {
            let mut claim = claim();
            claim.referral_number = referral.into();
            claim.place_of_service = place.parse().unwrap();
            claim.payer.id = PayerId::as_received(payer);
            claim.lines[1].description = if noted { "fine" } else { "?" }.into();
            claim.id = ClaimId::as_received(if named { "AB-1" } else { "" });
            claim
        },
    )
}

fn any_payment() -> impl Strategy<Value = Input> {
    let codes = ["CO-45", "PR-3", "CO-197", "CO-4", "CO-50", "OA-999", "PI-45"];
    let reason = || prop::sample::select(codes.to_vec());
    let status = prop::sample::select(vec!["1", "1", "4", "19", "22", "2"]);
    let lines = prop::collection::vec((any::<bool>(), reason(), -20_000_i64..20_000), 0..4);
    (0_u8..6, status, -30_000_i64..30_000, lines).prop_map(|(key, status, paid, lines)| {
        let adjustments: Vec<[String; 1]> = lines
            .iter()
            .map(|(_, reason, amount)| [format!("{reason} {}", Money::from_cents(*amount))])
            .collect();
        let adjustments: Vec<[&str; 1]> = adjustments.iter().map(|[text]| [text.as_str()]).collect();
        let lines: Vec<(&str, &str, &[&str])> = lines
            .iter()
            .zip(&adjustments)
            .map(|((first, _, _), own)| (if *first { "90837" } else { "90853" }, "80.00", own.as_slice()))
            .collect();
        remitted(&format!("r{key}"), payment(status, &Money::from_cents(paid).to_string(), &lines))
    })
}

fn any_answer() -> impl Strategy<Value = Input> {
    let claim_id = prop::sample::select(vec!["", "", "AB-1", "AB-1R2", "C7"]);
    let kind = prop::sample::select(vec![
        AcknowledgmentKind::Claim,
        AcknowledgmentKind::Functional,
        AcknowledgmentKind::Interchange,
    ]);
    (claim_id, kind, any::<bool>(), prop::bool::weighted(0.2), 0_u8..4).prop_map(
        |(claim_id, kind, accepted, interim, number)| {
            Input::Acknowledged(Acknowledgment {
                kind,
                control_number: format!("{number}").into(),
                claim_id: ClaimId::as_received(claim_id),
                interim,
                payer_claim_number: if accepted { "PCN9" } else { "" }.into(),
                ..answer(accepted, "A7:562")
            })
        },
    )
}

fn any_correction() -> impl Strategy<Value = Input> {
    prop::sample::select(vec![
        ("authorization_number", "A123"),
        ("authorization_number", ""),
        ("referral_number", ""),
        ("referral_number", "ERROR-submit"),
        ("place_of_service", "11"),
        ("place_of_service", "99"),
        ("place_of_service", "nowhere"),
        ("line[2].description", "fine"),
        ("line[1].description", "?"),
        ("line[1].charge", "10.00"),
        ("line[9].charge", "10.00"),
        ("payer.id", "AUTH"),
        ("payer.id", "60054"),
        ("frequency", "8"),
        ("no.such.field", "1"),
    ])
    .prop_map(|(field, value)| corrected(field, value))
}

fn any_act() -> impl Strategy<Value = Act> {
    let owners = || prop::sample::select(vec!["billing", "billing_lead", "coding", "triage"]);
    let outcomes = prop::sample::select(vec![
        "resolved",
        "appealed",
        "written-off",
        "patient-paid",
        "remitted",
        "corrected",
        "nonsense",
    ]);
    let place = || 0_usize..3;
    prop_oneof![
        4 => Just(Act::Submit),
        4 => any_payment().prop_map(Act::Input),
        4 => any_answer().prop_map(Act::Input),
        4 => any_correction().prop_map(Act::Input),
        2 => Just(Act::Input(Input::Released { reason: "seen".into() })),
        1 => any_claim().prop_map(|claim| Act::Input(Input::Replaced {
            claim: Box::new(claim),
            source: "s2".into()
        })),
        1 => any_claim().prop_map(|claim| Act::Input(Input::Received {
            claim: Box::new(claim),
            source: "s3".into(),
            history: false
        })),
        1 => any::<bool>().prop_map(Act::Fact),
        2 => (1_i64..1500).prop_map(Act::Hours),
        2 => (place(), owners()).prop_map(|(item, owner)| Act::Reassign(item, owner)),
        3 => (prop::option::of(place()), outcomes).prop_map(|(item, outcome)| Act::Resolve(item, outcome)),
    ]
}

/// A journey whose every step is looked at.
struct Watched {
    journey: Journey,
    events: Vec<Event>,
}

impl Watched {
    fn context(&self) -> Context<'_> {
        static CALENDAR: Calendar = Calendar { holidays: Vec::new() };
        Context {
            workflow: &self.journey.workflow,
            rules: &self.journey.rules,
            facts: &self.journey.facts,
            calendar: &CALENDAR,
            now: self.journey.now,
            number: super::journey::NUMBER,
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
        let journey = Journey::with(crate::testing::rules::Stub::default());
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
    fn nothing_happens_to_a_claim_that_never_came(act in any_act()) {
        let journey = Journey::with(crate::testing::rules::Stub::default());
        let mut watched = Watched { journey, events: Vec::new() };
        let input = watched.input_of(act);
        let received = matches!(input, Input::Received { .. });
        let answer = step(watched.context(), ClaimState::default(), input);
        prop_assert_eq!(answer.is_ok(), received);
    }
}
