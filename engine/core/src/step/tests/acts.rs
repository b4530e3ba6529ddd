//! What the world may do to a claim, and workflows it may run on, at random.

use proptest::prelude::*;

use super::calls::Shelf;
use super::journey::{answer, claim, corrected, payment, remitted};
use crate::guard::GuardExpr;
use crate::step::{ActionResult, Input};
use crate::testing::road;
use crate::workflow::{
    ACTIONS, ActionSpec, Called, Draft, DraftAsks, DraftState, DraftVariable, Offered, Placed, Retry, Slot,
    check,
};
use crate::{
    Acknowledgment, AcknowledgmentKind, Claim, ClaimId, DAY_MS, Money, PayerId, Span, Value, ValueType,
};

/// Something that the world does to a claim.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Input(Input),
    /// The file takes along what is queued.
    Submit,
    /// The registers learn of an authorization, or forget it.
    Fact(bool),
    /// So many hours pass, and the timers run.
    Hours(i64),
    /// A plugin answers: the open request or another, the attempt or a later one, and what came of it.
    Perform(bool, bool, ActionResult),
    /// An open item, by its place, gets this owner.
    Reassign(usize, &'static str),
    /// An open item, by its place, or all are laid aside for so many days, or taken up again.
    Pend(Option<usize>, Option<i64>),
    /// An open item, by its place, is done.
    Resolve(Option<usize>, &'static str),
}

pub(super) fn any_claim() -> impl Strategy<Value = Claim> {
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

fn any_result() -> impl Strategy<Value = Act> {
    let amounts = prop_oneof![
        3 => (0_i64..50_000).prop_map(|cents| Some(Value::Money(Money::from_cents(cents)))),
        1 => Just(Some(Value::Bool(true))),
        1 => Just(None),
    ];
    let result = prop_oneof![
        2 => amounts.prop_map(|amount| ActionResult::Done { by: "".into(),
            outcome: "found".into(),
            output: amount.map(|amount| ("allowed".into(), amount)).into_iter().collect(),
        }),
        3 => prop::bool::weighted(0.2).prop_map(|for_good| ActionResult::Failed {
            reason: "no connection".into(),
            for_good,
        }),
    ];
    (prop::bool::weighted(0.9), prop::bool::weighted(0.1), result)
        .prop_map(|(key, late, result)| Act::Perform(key, late, result))
}

pub(super) fn any_act() -> impl Strategy<Value = Act> {
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
        5 => any_result(),
        1 => Just(Act::Input(Input::Retry)),
        2 => (place(), owners()).prop_map(|(item, owner)| Act::Reassign(item, owner)),
        2 => (prop::option::of(place()), prop::option::of(-1_i64..40))
            .prop_map(|(item, days)| Act::Pend(item, days)),
        3 => (prop::option::of(place()), outcomes).prop_map(|(item, outcome)| Act::Resolve(item, outcome)),
    ]
}

/// Workflows that nobody would write: states of every kind, each leading to the next at last, and anywhere before.
pub(super) fn any_workflow() -> impl Strategy<Value = Option<Shelf>> {
    let kinds =
        prop::collection::vec((0_u8..14, 0_u8..8, prop::bool::ANY, any::<prop::sample::Index>()), 1..9);
    kinds.prop_map(|states| {
        let count = states.len();
        let name = |place: usize| format!("s{place}");
        let mut all: Vec<DraftState> = states
            .iter()
            .enumerate()
            .map(|(place, (kind, guard, guarded, anywhere))| {
                let target = name(anywhere.index(count + 1));
                let guard = match guard {
                    0..=2 => road::is("outcome", ["held", "denied", "posted"][usize::from(*guard)]),
                    3 => road::is("payer", "AUTH"),
                    _ => GuardExpr::Always,
                };
                let then = match *guarded && guard != GuardExpr::Always {
                    true => vec![road::when(guard, &target), road::to(&name(place + 1))],
                    false => vec![road::to(&name(place + 1))],
                };
                let own = name(place);
                match kind {
                    0..=3 => {
                        let action = ACTIONS[(usize::from(*kind) + place) % ACTIONS.len()];
                        let outcome = action.outcomes[place % action.outcomes.len()];
                        let then = then.into_iter().map(|mut own| {
                            let asks =
                                own.when.as_ref().is_some_and(|guard| guard.variables() == ["outcome"]);
                            own.when = if asks { Some(road::is("outcome", outcome)) } else { own.when };
                            own
                        });
                        road::work(&own, action.name, then.collect())
                    }
                    4 => road::choice(&own, then),
                    5..=7 => road::wait(&own, "remitted submitted accepted", 5, &target, then),
                    10 | 11 => road::asks(&own, "fees.lookup", lookup(place, &target), then),
                    12 => road::calls(&own, "waits", DraftAsks::default(), then),
                    13 => road::calls(&own, "passes", DraftAsks::default(), then),
                    8 => road::person(&own, "remitted corrected resolved new-fact released", then),
                    _ => road::end(&own, "remitted", then),
                }
            })
            .collect();
        all.push(road::end(&name(count), "remitted", vec![road::to("s0")]));
        shelf(road::draft("s0", all))
    })
}

/// A workflow with those that it calls: one in which claims wait, and one that they pass at once.
fn shelf(main: Draft) -> Option<Shelf> {
    let variables = vec![DraftVariable {
        name: road::at("fee"),
        kind: ValueType::Money,
        default: Value::Money(Money::ZERO),
        given: false,
    }];
    let waits = vec![
        road::wait("sent", "remitted submitted", 5, "over", vec![road::to("look")]),
        road::asks("look", "fees.lookup", lookup(1, "over"), vec![road::to("over")]),
        road::end("over", "remitted", vec![road::to("sent")]),
    ];
    let passes = vec![road::choice("fork", vec![road::to("over")]), road::end("over", "", vec![])];
    let named = |name: &str, draft: Draft| Draft { name: name.into(), hash: name.into(), ..draft };
    let drafts =
        [main, named("waits", road::draft("sent", waits)), named("passes", road::draft("fork", passes))]
            .map(|draft| Draft { variables: variables.clone(), ..draft });
    let actions = [ActionSpec {
        name: "fees.lookup".into(),
        outputs: vec![Slot::optional("allowed", ValueType::Money)],
        ..ActionSpec::default()
    }];
    let calls = Called::all(&drafts);
    let offered = Offered { actions: &actions, calls: &calls };
    drafts.iter().map(|draft| check(draft, offered).ok()).collect::<Option<Vec<_>>>().map(Shelf)
}

/// How a state asks, differently for each place.
fn lookup(place: usize, target: &str) -> DraftAsks {
    let times = u32::try_from(place % 3).unwrap();
    let retry = Retry { times, first: Span(1_000), factor: 2, cap: Span(DAY_MS), jitter: 30 };
    DraftAsks {
        keep: vec![(road::at("fee"), road::at("allowed"))],
        retry: (times > 0).then_some(Placed::new(retry, 1, 1)),
        timeout: place.is_multiple_of(2).then_some(Placed::new(Span(60_000), 1, 1)),
        on_error: (place % 4 == 1).then(|| road::at(target)),
        ..DraftAsks::default()
    }
}
