//! Ways through other workflows and back.

use super::journey::Journey;
use crate::event::Event;
use crate::expr::{Expr, MathOp};
use crate::step::{Input, StepError, step};
use crate::testing::road::{at, calls, choice, draft, end, is, person, to, wait, when};
use crate::testing::{self, rules::Stub};
use crate::workflow::{
    Called, Draft, DraftAsks, DraftExpr, DraftKind, DraftVariable, Offered, Placed, Workflow, WorkflowRef,
    Workflows, check, check_calls,
};
use crate::{Text, Value, ValueType};

/// Checked workflows that call each other.
#[derive(Debug)]
pub(super) struct Shelf(pub(super) Vec<Workflow>);

impl Shelf {
    #[track_caller]
    pub(super) fn of(drafts: &[Draft]) -> Self {
        assert_eq!(check_calls(drafts), []);
        let calls = Called::all(drafts);
        let offered = Offered { actions: &[], calls: &calls };
        Self(drafts.iter().map(|draft| check(draft, offered).unwrap()).collect())
    }
}

impl Workflows for Shelf {
    fn version(&self, reference: &WorkflowRef) -> Option<&Workflow> {
        self.0.iter().find(|own| own.reference() == reference)
    }

    fn newest(&self, name: &str) -> Option<&Workflow> {
        let own = self.0.iter().filter(|own| own.reference().name == name);
        own.max_by_key(|own| own.reference().version)
    }
}

fn named(name: &str, version: u32, draft: Draft) -> Draft {
    Draft { name: name.into(), version, hash: Text::from(format!("{name}{version}")), ..draft }
}

fn given(name: &str, expr: Expr) -> DraftExpr {
    DraftExpr { name: at(name), value: Placed::new(Some((expr, ValueType::Int)), 1, 1) }
}

fn number(name: &str, default: Value, given: bool) -> DraftVariable {
    DraftVariable { name: at(name), kind: ValueType::Int, default, given }
}

/// An appeal of a level: it waits, or a person gives it up.
fn appeal() -> Draft {
    let mut waiting = wait(
        "waiting",
        "remitted written-off",
        30,
        "chase",
        vec![when(is("event", "written-off"), "lost"), to("answered")],
    );
    waiting.note = Placed::new("level ${level}".into(), 1, 1);
    let states = vec![
        waiting,
        person("chase", "resolved", vec![to("lost")]),
        end("answered", "", vec![]),
        end("lost", "", vec![]),
    ];
    let level = number("level", Value::None, true);
    named("appeal", 1, Draft { variables: vec![level], ..draft("waiting", states) })
}

/// It appeals twice at most.
fn claim_road() -> Draft {
    let next = Expr::Math {
        op: MathOp::Add,
        sides: Box::new((Expr::Variable("level".into()), Expr::Value(Value::Int(1)))),
    };
    let asks = DraftAsks {
        input: vec![given("level", Expr::Variable("level".into()))],
        keep: vec![(at("reached"), at("level"))],
        ..DraftAsks::default()
    };
    let mut raise = choice("raise", vec![to("appeal")]);
    raise.set = vec![given("level", next)];
    let states = vec![
        raise,
        calls("appeal", "appeal", asks, vec![when(is("outcome", "answered"), "closed"), to("lost")]),
        person("lost", "appealed written-off", vec![when(is("event", "appealed"), "raise"), to("closed")]),
        end("closed", "remitted", vec![to("closed")]),
    ];
    let variables = vec![number("level", Value::Int(0), false), number("reached", Value::Int(0), false)];
    named("road", 1, Draft { variables, ..draft("raise", states) })
}

fn journey(shelf: Shelf) -> Journey {
    let mut journey = Journey::with(Stub::default());
    journey.workflow = shelf.newest("road").unwrap().clone();
    journey.shelf = Some(shelf);
    journey.receive(testing::claim());
    journey
}

fn written_off() -> Input {
    Input::Resolved { item: None, outcome: "written-off".into(), reason: "".into() }
}

#[test]
fn a_claim_goes_through_another_workflow_and_comes_back_with_its_outcome() {
    let mut journey = journey(Shelf::of(&[appeal(), claim_road()]));
    assert_eq!(journey.state.state, "appeal/waiting");
    assert_eq!((journey.state.place(), journey.state.running().name.as_str()), ("waiting", "appeal"));
    assert_eq!(journey.state.variables, [("level".into(), Value::Int(1))]);
    assert_eq!(journey.state.workflow.name, "road");
    // Its deadline runs in there.
    journey.days(30);
    let events = journey.events_of(Input::Timer);
    assert!(
        events.iter().any(|event| matches!(event, Event::Entered { state, .. } if state == "appeal/chase"))
    );
    let events =
        journey.events_of(Input::Resolved { item: None, outcome: "resolved".into(), reason: "".into() });
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    assert_eq!(names, ["happened", "closed", "entered", "returned", "set", "entered", "opened"]);
    assert!(events.contains(&Event::Returned {
        outcome: "lost".into(),
        output: vec![("level".into(), Value::Int(1))],
    }));
    assert_eq!((journey.state.state.as_str(), journey.state.calls.len()), ("lost", 0));
    let of = |name: &str| Value::of(&journey.state.variables, name).cloned();
    assert_eq!((of("level"), of("reached")), (Some(Value::Int(1)), Some(Value::Int(1))));
    // Once more, a level higher, and this time it is answered.
    let appealed = Input::Resolved { item: None, outcome: "appealed".into(), reason: "".into() };
    let events = journey.events_of(appealed);
    assert!(events.iter().any(|event| matches!(event, Event::Entered { note, .. } if note == "level 2")));
    journey.remitted("r1", crate::ClaimPayment::default());
    assert_eq!(journey.state.state, "closed");
    assert_eq!(journey.state.outcome, "answered");
}

#[test]
fn a_claim_in_a_call_stays_on_the_version_that_was_called() {
    let mut shelf = Shelf::of(&[appeal(), claim_road()]);
    let mut other = named("appeal", 2, draft("over", vec![end("over", "", vec![])]));
    other.variables = vec![number("level", Value::None, true)];
    let mut road = journey(Shelf::of(&[appeal(), claim_road()]));
    shelf.0.push(check(&other, Offered::default()).unwrap());
    road.shelf = Some(shelf);
    assert_eq!(road.state.running().version, 1);
    road.take(written_off_event());
    assert_eq!(road.state.state, "lost");
    // The next call is of the newest version, which passes at once.
    road.take(Input::Resolved { item: None, outcome: "appealed".into(), reason: "".into() });
    assert_eq!(road.state.state, "lost");
    assert_eq!(road.state.outcome, "over");
}

fn written_off_event() -> Input {
    written_off()
}

#[test]
fn a_workflow_that_is_gone_is_told_and_changes_nothing() {
    let mut journey = Journey::with(Stub::default());
    let shelf = Shelf::of(&[appeal(), claim_road()]);
    journey.workflow = shelf.newest("road").unwrap().clone();
    let input = Input::Received { claim: Box::new(testing::claim()), source: "s1".into(), history: false };
    let refused = journey.try_take(input).unwrap_err();
    assert_eq!(refused, StepError::NoWorkflow("appeal".into(), "road".into()));
    let told = refused.to_string();
    assert_eq!(told, "there is no workflow `appeal`, which `road` needs; put it back, or migrate the claim");
    let _pure: fn(_, _, _) -> _ = step;
}

#[test]
fn calls_that_never_come_back_are_told() {
    let caller = |name: &str, called: &str| {
        let states =
            vec![calls("there", called, DraftAsks::default(), vec![to("done")]), end("done", "", vec![])];
        named(name, 1, draft("there", states))
    };
    let told = |drafts: &[Draft]| {
        check_calls(drafts)
            .iter()
            .map(|f| format!("{} {} | {}", f.code, f.message, f.help))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told(&[caller("a", "a")]),
        [
            "W014 `a` calls itself: a claim would never come back | lead back to a state of this workflow instead"
        ]
    );
    assert_eq!(told(&[caller("a", "b"), caller("b", "a"), caller("c", "a")]).len(), 2);
    let mut chain: Vec<Draft> = (0..10).map(|n| caller(&format!("w{n}"), &format!("w{}", n + 1))).collect();
    chain.push(named("w10", 1, draft("end", vec![end("end", "", vec![])])));
    assert_eq!(
        told(&chain),
        [
            "W014 more than 8 workflows would be within each other here \
             | put the states of one of them into the one that calls it",
            "W014 more than 8 workflows would be within each other here \
             | put the states of one of them into the one that calls it",
        ]
    );
    // What passes without waiting is part of a round that never waits.
    let round = named(
        "round",
        1,
        draft(
            "there",
            vec![
                calls(
                    "there",
                    "w10",
                    DraftAsks::default(),
                    vec![when(is("payer", "1"), "there"), to("done")],
                ),
                end("done", "", vec![]),
            ],
        ),
    );
    let all = [chain.pop().unwrap(), round];
    let known = Called::all(&all);
    assert!(known.iter().all(|own| own.passes));
    let faults = check(&all[1], Offered { actions: &[], calls: &known }).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>(), ["W004"]);
    assert!(matches!(all[1].states[0].kind, DraftKind::Call { .. }));
}
