//! Shapes and types have the same fields.

use super::Kind::{Date, Flag, List, Money, Number, Object, OneOf, Quantity, Text};
use super::claim::*;
use super::others::*;
use super::people::*;
use super::*;
use claimflow_core::{
    Address, Adjustment, Claim, Diagnosis, ExtraSegment, Indicators, LineAdjudication, Name, OtherPayer,
    Patient, Payer, Person, Provider, QualifiedDate, ServiceLine, Subscriber,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A value that a field of that kind takes.
fn sample(kind: Kind) -> Value {
    match kind {
        Text => json!("x"),
        OneOf(words) => json!(words.last()),
        Flag => json!(true),
        Date => json!("2026-03-02"),
        Money => json!("150.00"),
        Quantity => json!("1.5"),
        Number(most) => json!(most),
        Object(shape) => full(shape),
        List(kind) => json!([sample(*kind)]),
    }
}

fn full(shape: &Shape) -> Value {
    shape.fields.iter().map(|field| (field.name.to_owned(), sample(field.kind))).collect()
}

/// The shape and the type have the same fields, and each field takes what the shape says.
fn check<T: Serialize + DeserializeOwned>(shape: &Shape) {
    let full = full(shape);
    let read: T =
        serde_json::from_value(full.clone()).unwrap_or_else(|error| panic!("{}: {error}", shape.name));
    let mut written = serde_json::to_value(read).unwrap();
    if let Some(list) = written.get_mut("diagnosis_pointers") {
        *list = json!([12]);
    }
    assert_eq!(written, full, "{}", shape.name);
}

#[test]
fn every_field_of_every_type_is_in_its_shape() {
    check::<Claim>(&CLAIM);
    check::<ServiceLine>(&LINE);
    check::<Provider>(&PROVIDER);
    check::<Name>(&NAME);
    check::<Address>(&ADDRESS);
    check::<Person>(&PERSON);
    check::<Subscriber>(&SUBSCRIBER);
    check::<Patient>(&PATIENT);
    check::<Payer>(&PAYER);
    check::<Indicators>(&INDICATORS);
    check::<QualifiedDate>(&QUALIFIED_DATE);
    check::<Diagnosis>(&DIAGNOSIS);
    check::<OtherPayer>(&OTHER_PAYER);
    check::<LineAdjudication>(&ADJUDICATION);
    check::<Adjustment>(&ADJUSTMENT);
    check::<ExtraSegment>(&EXTRA);
    let default = serde_json::to_value(Claim::default()).unwrap();
    for key in default.as_object().unwrap().keys() {
        assert!(CLAIM.fields.iter().any(|field| field.name == key), "{key}");
    }
}
