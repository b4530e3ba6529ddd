//! What the crate's tests share: a workflow like the shipped one, a stub of a set of rules, a claim.

pub(crate) mod road;
pub(crate) mod rules;

use jiff::civil::date;

use crate::{Claim, ClaimId, Money, Payer, PayerId, ServiceLine};

/// A claim of two sessions, 150.00 and 80.00, that no rule of the stub objects to.
pub(crate) fn claim() -> Claim {
    let line = |number: u16, procedure: &str, cents: i64| ServiceLine {
        number,
        procedure: procedure.parse().unwrap(),
        charge: Money::from_cents(cents),
        service_date: Some(date(2026, 3, 2)),
        ..ServiceLine::default()
    };
    Claim {
        id: ClaimId::as_received("AB-1"),
        charge: Money::from_cents(23_000),
        place_of_service: "11".parse().unwrap(),
        frequency: "1".into(),
        payer: Payer { id: PayerId::as_received("60054"), name: "AETNA".into(), ..Payer::default() },
        lines: vec![line(1, "90837", 15_000), line(2, "90853", 8_000)],
        ..Claim::default()
    }
}
