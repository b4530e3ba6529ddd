//! Every event survives the journal (postcard) and the people's form (JSON).

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::journey::{Journey, answer, claim, payment, second_line_denied};
use crate::event::{Effect, Event, Request};
use crate::state::ClaimState;
use crate::step::Input;
use crate::workflow::WorkflowRef;
use crate::{
    Acknowledgment, AcknowledgmentKind, Address, Adjustment, Claim, Diagnosis, ExtraSegment, Facts,
    LineAdjudication, Moment, Money, Name, OtherPayer, Patient, Person, Provider, QualifiedDate, Quantity,
    Span, Value, Visit,
};

/// Both forms, there and back.
#[track_caller]
pub(super) fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let binary = postcard::to_allocvec(value).unwrap();
    assert_eq!(&postcard::from_bytes::<T>(&binary).unwrap(), value);
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value);
}

/// A claim with every optional part filled.
fn full_claim() -> Claim {
    let address = Address { line1: "1 MAIN ST".into(), state: "CT".into(), ..Address::default() };
    let provider = Provider {
        npi: "1234567893".parse().unwrap(),
        address: Some(address.clone()),
        name: Name { organization: true, last: "CLINIC".into(), ..Name::default() },
        ..Provider::default()
    };
    let day = Some(jiff::civil::date(2026, 3, 2));
    let person = Person { birth_date: day, address: Some(address.clone()), ..Person::default() };
    let adjustment = Adjustment {
        group: crate::GroupCode::CO,
        reason: "45".parse().unwrap(),
        amount: Money::from_cents(-1),
        quantity: Some(Quantity::from_parts(500)),
    };
    let mut full = claim();
    full.pay_to = Some(address);
    full.patient = Some(Patient { person: person.clone(), relationship: "19".into() });
    full.patient_paid = Some(Money::from_cents(2_500));
    full.dates = vec![QualifiedDate { qualifier: "431".into(), from: day, to: day }];
    full.diagnoses = vec![Diagnosis { qualifier: "ABK".into(), code: "F331".parse().unwrap() }];
    full.rendering_provider = Some(provider.clone());
    full.service_facility = Some(provider.clone());
    full.other_payers = vec![OtherPayer {
        adjustments: vec![adjustment.clone()],
        paid: Some(Money::from_cents(100)),
        subscriber: person,
        ..OtherPayer::default()
    }];
    full.lines[0].supervising_provider = Some(provider);
    full.lines[0].units = Quantity::from_parts(1_500);
    full.lines[0].diagnosis_pointers = vec![1, 2];
    full.lines[0].adjudications =
        vec![LineAdjudication { adjustments: vec![adjustment], date: day, ..LineAdjudication::default() }];
    full.extras =
        vec![ExtraSegment { place: "2300".into(), segment: "K3*A:B^C".into(), ..ExtraSegment::default() }];
    full
}

#[test]
fn a_full_claim_survives() {
    survives(&full_claim());
    survives(&Event::Received {
        claim: Box::new(full_claim()),
        workflow: WorkflowRef { name: "professional-claim".into(), version: 1, hash: "w1".into() },
        source: "s1".into(),
        history: true,
    });
    survives(&Event::Replaced { claim: Box::new(full_claim()), source: "s2".into() });
}

#[test]
fn every_kind_of_event_survives() {
    let mut kinds = Vec::new();
    let mut journey = Journey::of(Claim { place_of_service: "99".parse().unwrap(), ..claim() });
    let mut keep = |journey: &mut Journey, input: Input| {
        for event in journey.events_of(input) {
            survives(&event);
            if !kinds.contains(&event.name()) {
                kinds.push(event.name());
            }
        }
        survives(&journey.state);
    };
    let stale = Acknowledgment { claim_id: claim().id, ..answer(false, "A7") };
    keep(&mut journey, super::journey::corrected("place_of_service", "10"));
    let submission = journey.submission();
    keep(&mut journey, Input::Submitted(submission));
    keep(&mut journey, Input::Acknowledged(Acknowledgment { interim: true, ..answer(true, "A1:19") }));
    keep(
        &mut journey,
        Input::Acknowledged(Acknowledgment { kind: AcknowledgmentKind::Functional, ..answer(true, "") }),
    );
    keep(&mut journey, Input::Acknowledged(answer(false, "A3:21")));
    keep(&mut journey, Input::Released { reason: "seen".into() });
    let submission = journey.submission();
    keep(&mut journey, Input::Submitted(submission));
    keep(&mut journey, Input::Acknowledged(stale));
    keep(&mut journey, super::journey::remitted("r1", second_line_denied()));
    keep(&mut journey, Input::Reassigned { item: 3, owner: "billing".into(), reason: "".into() });
    keep(&mut journey, Input::NewFact);
    keep(&mut journey, super::journey::remitted("r2", payment("22", "-120.00", &[])));
    for kind in [
        "entered",
        "evaluated",
        "queued",
        "submitted",
        "acknowledged",
        "accepted",
        "rejected",
        "remitted",
        "posted",
        "reversed",
        "denied",
        "opened",
        "closed",
        "reassigned",
        "corrected",
        "released",
        "happened",
        "unfit",
    ] {
        assert!(kinds.contains(&kind), "{kind} did not happen: {kinds:?}");
    }
}

#[test]
fn what_lies_beside_the_events_survives() {
    survives(&ClaimState::default());
    survives(&Effect::Submit { key: "7/9".into() });
    let request = Request {
        key: "7/9".into(),
        action: "fees.lookup".into(),
        attempt: 2,
        input: vec![("on".into(), Value::Date(jiff::civil::date(2026, 3, 2)))],
        timeout: Some(Span(30_000)),
        until: Moment(7),
    };
    survives(&Effect::Perform(Box::new(request.clone())));
    let workflow = WorkflowRef { name: "appeal".into(), version: 1, hash: "a1".into() };
    for event in [
        Event::Requested(Box::new(request)),
        Event::Set { variables: vec![("fee".into(), Value::None)] },
        Event::Performed { key: "7/9".into(), outcome: "found".into(), output: Vec::new(), by: "".into() },
        Event::Failed { key: "7/9".into(), attempt: 2, reason: "down".into(), again: Some(Moment(9)) },
        Event::Called { workflow, input: vec![("level".into(), Value::Int(1))] },
        Event::Returned { outcome: "won".into(), output: vec![("a".into(), Value::Bool(true))] },
    ] {
        survives(&event);
    }
    let visit = Visit {
        start: Some(jiff::civil::time(9, 0, 0, 0)),
        signed: Some(false),
        group_size: Some(8),
        ..Visit::default()
    };
    survives(&Facts { visits: vec![visit], ..Facts::default() });
}
