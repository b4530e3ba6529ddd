//! How fast files are read and written. `cargo bench -p claimflow-x12 --bench read`.
//!
//! The comparison with pyx12 on the same file: `time x12valid FILE` against the line `sample_of_820_claims` here.

use std::hint::black_box;
use std::path::Path;

use claimflow_core::{
    Address, Adjustment, Carc, Claim, ClaimId, ClaimPayment, Diagnosis, DiagnosisCode, GroupCode, Indicators,
    LinePayment, Modifier, Money, Name, Npi, Payer, PayerId, Person, PlaceOfService, ProcedureCode, Provider,
    Quantity, Remittance, ServiceLine, Subscriber, Text,
};
use claimflow_x12::{Envelope, Receiver, Submitter, inspect, read, write_835, write_837p};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box_drop};
use jiff::civil::date;

fn main() {
    divan::main();
}

const CLAIMS: usize = 5_000;

fn envelope() -> Envelope {
    Envelope {
        sender_id: "PRACTICE01".into(),
        receiver_id: "CLEARINGHOUSE".into(),
        submitter: Submitter {
            name: "WILLOW COUNSELING".into(),
            id: "PRACTICE01".into(),
            contact_name: "BILLING OFFICE".into(),
            phone: "5555550100".into(),
            address: None,
        },
        receiver: Receiver { name: "CLEARINGHOUSE".into(), id: "CLEARINGHOUSE".into() },
        created: date(2026, 3, 2).at(12, 30, 0, 0),
        ..Envelope::default()
    }
}

fn person(n: usize) -> Person {
    Person {
        name: Name { last: format!("EXAMPLE{n}").into(), first: "PAT".into(), ..Name::default() },
        member_id: format!("W{n:09}").into(),
        birth_date: Some(date(1980, 1, 1)),
        sex: "F".into(),
        address: Some(Address {
            line1: "1 RIVER ROAD".into(),
            city: "ALBANY".into(),
            state: "NY".into(),
            postal_code: "12207".into(),
            ..Address::default()
        }),
    }
}

/// Psychotherapy claims as a group practice sends them: a patient each, one or two lines.
fn claims() -> Vec<Claim> {
    let billing_provider = Provider {
        name: Name { organization: true, last: "WILLOW COUNSELING".into(), ..Name::default() },
        npi: Npi::with_check_digit("123456789").unwrap_or_default(),
        taxonomy: "261QM0850X".into(),
        tax_id: "123456789".into(),
        tax_id_kind: "EI".into(),
        address: person(0).address,
    };
    let line = |number: u16| ServiceLine {
        number,
        procedure: ProcedureCode::as_received("90837"),
        procedure_qualifier: "HC".into(),
        modifiers: vec![Modifier::as_received("95")],
        charge: Money::from_cents(15_000),
        unit_basis: "UN".into(),
        units: Quantity::whole(1),
        diagnosis_pointers: vec![1, 2],
        service_date: Some(date(2026, 2, 17)),
        control_number: format!("L{number}").into(),
        ..ServiceLine::default()
    };
    let claim = |n: usize| Claim {
        id: ClaimId::as_received(format!("WC{n:08}")),
        charge: Money::from_cents(15_000 * (1 + n as i64 % 2)),
        place_of_service: PlaceOfService::as_received("10"),
        frequency: "1".into(),
        billing_provider: billing_provider.clone(),
        subscriber: Subscriber {
            person: person(n),
            responsibility: "P".into(),
            relationship: "18".into(),
            group_number: "GRP0001".into(),
            filing_indicator: "CI".into(),
            ..Subscriber::default()
        },
        payer: Payer {
            name: "EXAMPLE HEALTH".into(),
            id: PayerId::as_received("60054"),
            id_kind: "PI".into(),
            address: None,
        },
        indicators: Indicators {
            facility_qualifier: "B".into(),
            signature_on_file: "Y".into(),
            assignment: "A".into(),
            benefits_assigned: "Y".into(),
            release: "Y".into(),
            ..Indicators::default()
        },
        authorization_number: "AUTH123456".into(),
        diagnoses: ["F331", "F411"]
            .iter()
            .enumerate()
            .map(|(n, code)| Diagnosis {
                qualifier: if n == 0 { "ABK" } else { "ABF" }.into(),
                code: DiagnosisCode::as_received(*code),
            })
            .collect(),
        rendering_provider: Some(Provider {
            name: Name { last: "CLINICIAN".into(), first: "ALEX".into(), ..Name::default() },
            npi: Npi::with_check_digit("198765432").unwrap_or_default(),
            taxonomy: "101YM0800X".into(),
            ..Provider::default()
        }),
        lines: (1..=1 + n as u16 % 2).map(line).collect(),
        ..Claim::default()
    };
    (0..CLAIMS).map(claim).collect()
}

fn file_837() -> Vec<u8> {
    let claims = claims();
    write_837p(&envelope(), &claims.iter().collect::<Vec<_>>())
        .map(|written| written.bytes)
        .unwrap_or_default()
}

fn file_835() -> Vec<u8> {
    let payment = |n: usize| ClaimPayment {
        claim_id: ClaimId::as_received(format!("WC{n:08}")),
        status: "1".into(),
        charge: Money::from_cents(15_000),
        paid: Money::from_cents(10_000),
        patient_responsibility: Money::from_cents(2_000),
        filing_indicator: "12".into(),
        payer_claim_number: format!("PCN{n:09}").into(),
        patient: person(n),
        service_date: Some(date(2026, 2, 17)),
        lines: vec![LinePayment {
            procedure: ProcedureCode::as_received("90837"),
            charge: Money::from_cents(15_000),
            paid: Money::from_cents(10_000),
            units: Quantity::whole(1),
            service_date: Some(date(2026, 2, 17)),
            adjustments: [(GroupCode::CO, "45", 3_000), (GroupCode::PR, "3", 2_000)]
                .iter()
                .map(|(group, reason, cents)| Adjustment {
                    group: *group,
                    reason: Carc::as_received(*reason),
                    amount: Money::from_cents(*cents),
                    quantity: None,
                })
                .collect(),
            ..LinePayment::default()
        }],
        ..ClaimPayment::default()
    };
    let remittance = Remittance {
        trace_number: Text::from("T1"),
        paid: Money::from_cents(10_000 * CLAIMS as i64),
        date: Some(date(2026, 3, 2)),
        payee_id: Text::from("1234567893"),
        claims: (0..CLAIMS).map(payment).collect(),
        ..Remittance::default()
    };
    write_835(&envelope(), &[remittance])
}

/// Envelopes only: where the transactions are.
#[divan::bench]
fn envelopes(bencher: Bencher<'_, '_>) {
    let bytes = file_837();
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| read(black_box(&bytes)).transactions.len());
}

/// 837P into claims, one thread.
#[divan::bench]
fn claims_837(bencher: Bencher<'_, '_>) {
    let bytes = file_837();
    bencher.counter(BytesCount::of_slice(&bytes)).counter(ItemsCount::new(CLAIMS)).bench(|| {
        for transaction in &read(black_box(&bytes)).transactions {
            for claim in transaction.claims() {
                black_box_drop(claim);
            }
        }
    });
}

/// 837P into claims, two threads.
#[divan::bench]
fn claims_837_on_two_threads(bencher: Bencher<'_, '_>) {
    let bytes = file_837();
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| {
        for transaction in &read(black_box(&bytes)).transactions {
            std::thread::scope(|scope| {
                for chunk in transaction.claim_chunks(2) {
                    scope.spawn(|| chunk.for_each(black_box_drop));
                }
            });
        }
    });
}

/// 835 into a remittance with its balances checked.
#[divan::bench]
fn remittance_835(bencher: Bencher<'_, '_>) {
    let bytes = file_835();
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| {
        for transaction in &read(black_box(&bytes)).transactions {
            black_box_drop(transaction.remittance());
        }
    });
}

/// Claims into an 837P.
#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    let claims = claims();
    let list: Vec<&Claim> = claims.iter().collect();
    let bytes = file_837();
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .counter(ItemsCount::new(CLAIMS))
        .bench(|| write_837p(&envelope(), black_box(&list)));
}

/// The sample of 820 claims with all its faults, as `x12 inspect` reads it.
#[divan::bench]
fn sample_of_820_claims(bencher: Bencher<'_, '_>) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/imsweb/x12_many_claims.txt");
    let Ok(bytes) = std::fs::read(path) else { return };
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| inspect(black_box(&bytes)));
}
