//! Rules and histories of tests.

use claimflow_catalog::{Generation, PracticeSettings, SourceFile, load};
use claimflow_core::{
    Claim, ClaimId, Denial, Diagnosis, GroupCode, Level, Moment, Money, PayerId, PlaceOfService, Quantity,
    ServiceLine, Stage, Text,
};
use claimflow_runtime::{Answer, Fired, Look, Past};
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// A generation of a practice's pack with these rules, on the shipped workflow and categories.
pub(crate) fn generation(rules: &str) -> Generation {
    let loaded = load(&files(rules), &PracticeSettings::default());
    let told: Vec<String> =
        loaded.diagnostics.iter().filter(|own| own.is_error()).map(|own| own.message.clone()).collect();
    loaded.generation.unwrap_or_else(|| panic!("{}", told.join("\n")))
}

/// Its files.
pub(crate) fn files(rules: &str) -> Vec<SourceFile> {
    let base = "name: behavioral-health\nversion: 1.0.0\nlayer: base\n";
    let own = "name: own\nversion: 1.0.0\nlayer: practice\n";
    let categories = include_str!("../../../payers/behavioral-health/categories.csv");
    let workflow = include_str!("../../../workflows/professional-claim/v1.yaml");
    vec![
        SourceFile::new("workflows/professional-claim/v1.yaml", workflow),
        SourceFile::new("payers/behavioral-health/pack.yaml", base),
        SourceFile::new("payers/behavioral-health/categories.csv", categories),
        SourceFile::new("payers/own/pack.yaml", own),
        SourceFile::new("payers/own/rules/own.rhai", rules),
    ]
}

/// A rule about each line, with what differs from rule to rule.
pub(crate) fn rule(id: &str, when: &str, does: &str) -> String {
    format!(
        "rule \"{id}\" {{\n    title \"About {id}\"\n    stage scrub\n    each line\n    when {when}\n    {does}\n    \
         because \"a test\"\n    source \"a test\"\n}}\n"
    )
}

/// A claim of one session at a place of service, with units.
pub(crate) fn claim(id: &str, place: &str, units: i64) -> Claim {
    Claim {
        id: ClaimId::as_received(id),
        charge: Money::from_cents(15_000),
        place_of_service: PlaceOfService::as_received(place),
        payer: claimflow_core::Payer { id: PayerId::as_received("SAMPL1"), ..Default::default() },
        diagnoses: vec![Diagnosis { qualifier: "ABK".into(), code: "F331".parse().expect("a code") }],
        lines: vec![ServiceLine {
            number: 1,
            procedure: "90837".parse().expect("a code"),
            charge: Money::from_cents(15_000),
            units: Quantity::whole(units),
            service_date: Some(date(2026, 3, 3)),
            diagnosis_pointers: vec![1],
            ..ServiceLine::default()
        }],
        ..Claim::default()
    }
}

/// The past of a claim that went out as it came in.
pub(crate) fn past(claim: Claim, answer: Answer) -> Past {
    let service = claim.service_date().expect("the claim has a date");
    let paid = if let Answer::Paid { amount, .. } = answer { amount } else { Money::ZERO };
    Past {
        id: claim.id.clone(),
        service,
        received: Moment::start_of(service.saturating_add(1.day())),
        came: Look { as_of: service.saturating_add(2.days()), claim, ..Look::default() },
        answer,
        paid,
        ..Past::default()
    }
}

/// The payer denied a session.
pub(crate) fn denied(cents: i64) -> Answer {
    let denial = Denial {
        line: 1,
        group: GroupCode::CO,
        carc: "4".parse().expect("a code"),
        rarcs: Vec::new(),
        amount: Money::from_cents(cents),
        category: "coding".into(),
        owner: "coding".into(),
        rule: Text::default(),
        action: Text::default(),
        denied_on: None,
    };
    Answer::Denied { on: day(), denials: vec![denial] }
}

/// The payer paid it.
pub(crate) fn paid(cents: i64) -> Answer {
    Answer::Paid { on: day(), amount: Money::from_cents(cents) }
}

fn day() -> Date {
    date(2026, 3, 20)
}

/// The same past with a rule that fired in it, and the reason of whoever released the claim from it.
pub(crate) fn with_fired(mut past: Past, rule: &str, level: Level, released: Option<&str>) -> Past {
    let released = released.map(Text::from);
    past.fired.push(Fired { rule: rule.into(), stage: Stage::Scrub, level, released });
    past
}
