//! What plugins do: asked, answered, failed, tried again, and given up.

use jiff::civil::date;

use super::journey::Journey;
use crate::event::{Effect, Event, Request};
use crate::expr::Expr;
use crate::step::{ActionResult, Input, StepError};
use crate::testing::road::{asks, at, choice, draft, end, is, person, to, when};
use crate::testing::{self, rules::Stub};
use crate::workflow::{
    ActionSpec, Draft, DraftAsks, DraftExpr, DraftVariable, Offered, Placed, Retry, Slot, check,
};
use crate::{Money, Span, Text, Value, ValueType};

/// A lookup of what a payer allows: it keeps the fee, tries twice more, and leads to a person when it fails for good.
fn fees() -> Draft {
    let given = |name: &str, expr: Expr, kind| DraftExpr {
        name: at(name),
        value: Placed::new(Some((expr, kind)), 1, 1),
    };
    let lookup = DraftAsks {
        input: vec![given("payer", Expr::Variable("payer".into()), ValueType::Text)],
        keep: vec![(at("fee"), at("allowed"))],
        retry: Some(Placed::new(
            Retry { times: 2, first: Span(60_000), factor: 3, cap: Span(120_000), jitter: 0 },
            1,
            1,
        )),
        timeout: Some(Placed::new(Span(30_000), 1, 1)),
        on_error: Some(at("failed")),
    };
    let states = vec![
        asks("lookup", "fees.lookup", lookup, vec![when(is("outcome", "found"), "found"), to("closed")]),
        choice("found", vec![to("closed")]),
        person("failed", "resolved", vec![to("closed")]),
        end("closed", "", vec![]),
    ];
    let fee = DraftVariable {
        name: at("fee"),
        kind: ValueType::Money,
        default: Value::Money(Money::ZERO),
        given: false,
    };
    Draft { variables: vec![fee], ..draft("lookup", states) }
}

fn spec() -> ActionSpec {
    ActionSpec {
        name: "fees.lookup".into(),
        inputs: vec![Slot::required("payer", ValueType::Text)],
        outputs: vec![Slot::optional("allowed", ValueType::Money)],
        outcomes: vec!["found".into(), "missing".into()],
        ..ActionSpec::default()
    }
}

fn journey(draft: &Draft) -> Journey {
    let mut journey = Journey::with(Stub::default());
    journey.workflow = check(draft, Offered { actions: &[spec()], calls: &[] }).unwrap();
    journey.receive(testing::claim());
    journey
}

fn done(key: &str, amount: Value) -> Input {
    let result = ActionResult::Done {
        outcome: "found".into(),
        output: vec![("allowed".into(), amount)],
        by: "fees 1.0.0".into(),
    };
    Input::Performed { key: key.into(), attempt: 1, result }
}

fn failed(attempt: u32, for_good: bool) -> Input {
    let result = ActionResult::Failed { reason: "no connection".into(), for_good };
    Input::Performed { key: "7/3".into(), attempt, result }
}

fn money(cents: i64) -> Value {
    Value::Money(Money::from_cents(cents))
}

fn attempts(journey: &Journey) -> Vec<(Text, u32)> {
    let of = |effect: &Effect| match effect {
        Effect::Perform(request) => Some((request.key.clone(), request.attempt)),
        Effect::Submit { .. } => None,
    };
    journey.effects.iter().filter_map(of).collect()
}

#[test]
fn a_plugin_is_asked_and_the_claim_waits_for_it() {
    let mut journey = journey(&fees());
    let expected = Request {
        key: "7/3".into(),
        action: "fees.lookup".into(),
        attempt: 1,
        input: vec![("payer".into(), Value::Text("60054".into()))],
        timeout: Some(Span(30_000)),
        until: journey.now.plus(Span(30_000)),
    };
    assert_eq!(journey.effects, [Effect::Perform(Box::new(expected.clone()))]);
    assert_eq!(journey.state.state, "lookup");
    assert_eq!(journey.state.request.as_ref().unwrap().request, expected);
    assert_eq!(journey.state.deadline, Some(expected.until));
    // A foreign key changes nothing, and neither does the outcome when it is told twice.
    assert_eq!(journey.events_of(done("7/2", money(1))), []);
    let events = journey.events_of(done("7/3", money(12_050)));
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    assert_eq!(names, ["performed", "set", "entered", "entered"]);
    assert_eq!(journey.state.variables, [("fee".into(), money(12_050))]);
    assert_eq!((journey.state.state.as_str(), journey.state.request.is_none()), ("closed", true));
    assert_eq!(journey.events_of(done("7/3", money(1))), []);
}

#[test]
fn a_failed_attempt_is_tried_again_under_the_same_key_until_it_has_failed_for_good() {
    let mut journey = journey(&fees());
    let start = journey.now;
    journey.events_of(failed(1, false));
    assert_eq!(journey.state.deadline, Some(start.plus(Span(60_000))));
    // Told twice, it failed once; a timer that comes too early does nothing.
    assert_eq!(journey.events_of(failed(1, false)), []);
    assert_eq!(journey.events_of(Input::Timer), []);
    journey.now = start.plus(Span(60_000));
    journey.events_of(Input::Timer);
    assert_eq!(attempts(&journey), [("7/3".into(), 1), ("7/3".into(), 2)]);
    // No answer within 30 seconds; the second pause is three times as long, but at most the cap.
    journey.now = journey.now.plus(Span(30_000));
    let events = journey.events_of(Input::Timer);
    let again = Some(journey.now.plus(Span(120_000)));
    let reason = "no answer within 30 seconds".into();
    assert_eq!(events, [Event::Failed { key: "7/3".into(), attempt: 2, reason, again }]);
    journey.now = journey.now.plus(Span(120_000));
    journey.events_of(Input::Timer);
    // A late failure of an earlier attempt is not one of the present.
    assert_eq!(journey.events_of(failed(2, false)), []);
    journey.events_of(failed(3, false));
    assert_eq!((journey.state.state.as_str(), journey.state.error.as_str()), ("failed", "no connection"));
    assert_eq!(journey.events_of(done("7/3", money(1))), []);
}

#[test]
fn what_nobody_takes_care_of_is_stuck_until_a_person_tries_it_again() {
    let mut draft = fees();
    if let crate::workflow::DraftKind::Work { asks, .. } = &mut draft.states[0].kind {
        asks.on_error = None;
    }
    draft.states.remove(2);
    let mut journey = journey(&draft);
    let refused = |journey: &mut Journey| journey.try_take(Input::Retry).unwrap_err();
    assert_eq!(refused(&mut journey), StepError::NothingToRetry("the plugin has not answered yet"));
    let corrected = journey.try_take(super::journey::corrected("frequency", "7")).unwrap_err().to_string();
    assert_eq!(
        corrected,
        "a claim in `lookup` cannot be corrected; it waits to be: answered by `fees.lookup`"
    );
    journey.events_of(failed(1, true));
    assert!(journey.state.is_stuck());
    journey.days(9);
    assert_eq!(journey.events_of(Input::Timer), []);
    journey.events_of(Input::Retry);
    assert!(!journey.state.is_stuck());
    assert_eq!(attempts(&journey), [("7/3".into(), 1), ("7/3".into(), 1)]);
    journey.events_of(failed(1, false));
    // An outcome counts even between two attempts.
    journey.events_of(done("7/3", money(100)));
    assert_eq!(journey.state.state, "closed");
    assert_eq!(refused(&mut journey), StepError::NothingToRetry("no action of the claim has failed"));
}

#[test]
fn an_answer_of_the_wrong_kind_is_a_failure() {
    let mut journey = journey(&fees());
    journey.events_of(done("7/3", Value::Date(date(2026, 3, 2))));
    assert_eq!(journey.state.state, "failed");
    assert_eq!(journey.state.error, "it gave a `allowed` that is not money");
    assert_eq!(journey.state.variables, []);
}

#[test]
fn pauses_grow_to_the_cap_and_differ_between_claims() {
    let retry = Retry { times: 9, first: Span(30_000), factor: 2, cap: Span(3_600_000), jitter: 20 };
    let pause = |claim, attempt| retry.pause(claim, attempt).0;
    for (attempt, most) in [(1, 30_000), (2, 60_000), (3, 120_000), (20, 3_600_000), (u32::MAX, 3_600_000)] {
        let pauses: Vec<i64> = (0..50).map(|claim| pause(claim, attempt)).collect();
        assert!(pauses.iter().all(|own| (most * 8 / 10..=most).contains(own)), "{pauses:?}");
        assert!(pauses.iter().any(|own| *own != pauses[0]), "all claims pause as long: {pauses:?}");
    }
    assert_eq!(pause(7, 3), pause(7, 3));
    let odd = Retry { times: 9, first: Span(0), factor: 0, cap: Span(i64::MAX), jitter: 255 };
    assert!(odd.pause(u64::MAX, 7).0 > 0);
}
