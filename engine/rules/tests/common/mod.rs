//! A claim, facts and packs to try rules on.
#![expect(dead_code, reason = "each test file uses its own part of these helpers")]

use std::sync::Arc;

use claimflow_core::{
    Authorization, Claim, Coverage, Denial, Diagnosis, Enrollment, Evaluation, Facts, Indicators, Modifier,
    Money, Payer, Person, PostedAdjustment, PriorService, Provider, Quantity, RuleInput, ServiceLine, Stage,
    Subscriber, Text, Visit,
};
use claimflow_rules::{Compiled, Layer, PackSource, RuleSet, Script, Table, Vocabulary, compile};
use jiff::civil::{Date, date, time};

/// The three rules of the design page.
pub const DESIGN: &str = include_str!("design.rhai");

/// Everything that an input borrows.
pub struct World {
    pub claim: Claim,
    pub facts: Facts,
    pub adjustments: Vec<PostedAdjustment>,
    pub denials: Vec<Denial>,
    pub as_of: Date,
}

impl World {
    pub fn input(&self, stage: Stage) -> RuleInput<'_> {
        RuleInput {
            stage,
            claim: &self.claim,
            facts: &self.facts,
            as_of: self.as_of,
            submissions: 0,
            decision: None,
            adjustments: &self.adjustments,
            denials: &self.denials,
        }
    }

    pub fn evaluate(&self, rules: &RuleSet, stage: Stage) -> Evaluation {
        rules.evaluate(&self.input(stage))
    }
}

pub fn line(number: u16, procedure: &str, modifiers: &[&str]) -> ServiceLine {
    ServiceLine {
        number,
        procedure: claimflow_core::ProcedureCode::as_received(procedure),
        procedure_qualifier: "HC".into(),
        modifiers: modifiers.iter().map(|code| Modifier::as_received(*code)).collect(),
        charge: Money::from_cents(15_000),
        unit_basis: "UN".into(),
        units: Quantity::whole(1),
        diagnosis_pointers: vec![1],
        service_date: Some(date(2026, 3, 3)),
        ..ServiceLine::default()
    }
}

pub fn diagnosis(code: &str) -> Diagnosis {
    Diagnosis { qualifier: "ABK".into(), code: claimflow_core::DiagnosisCode::as_received(code) }
}

/// A video session of an hour, all in order but for the modifier.
pub fn world() -> World {
    let person = Person {
        member_id: "W123456789".into(),
        birth_date: Some(date(1990, 5, 17)),
        sex: "F".into(),
        ..Person::default()
    };
    let claim = Claim {
        id: claimflow_core::ClaimId::as_received("C1"),
        charge: Money::from_cents(15_000),
        place_of_service: claimflow_core::PlaceOfService::as_received("10"),
        frequency: "1".into(),
        billing_provider: Provider {
            npi: claimflow_core::Npi::as_received("1234567893"),
            ..Provider::default()
        },
        subscriber: Subscriber {
            person,
            responsibility: "P".into(),
            relationship: "18".into(),
            filing_indicator: "CI".into(),
            ..Subscriber::default()
        },
        payer: Payer {
            name: "AETNA".into(),
            id: claimflow_core::PayerId::as_received("60054"),
            ..Payer::default()
        },
        indicators: Indicators { signature_on_file: "Y".into(), ..Indicators::default() },
        diagnoses: vec![diagnosis("F331")],
        lines: vec![line(1, "90837", &["HO"])],
        ..Claim::default()
    };
    World { claim, facts: facts(), adjustments: Vec::new(), denials: Vec::new(), as_of: date(2026, 3, 5) }
}

pub fn facts() -> Facts {
    Facts {
        coverages: vec![Coverage {
            status: "active".into(),
            from: Some(date(2026, 1, 1)),
            visit_limit: Some(20),
            visits_used: Some(4),
            ..Coverage::default()
        }],
        authorizations: vec![Authorization {
            number: "A1".into(),
            status: "approved".into(),
            from: Some(date(2026, 1, 1)),
            to: Some(date(2026, 6, 30)),
            units_approved: Some(Quantity::whole(10)),
            units_used: Quantity::whole(3),
            ..Authorization::default()
        }],
        enrollments: vec![Enrollment {
            npi: claimflow_core::Npi::as_received("1234567893"),
            status: "active".into(),
            license: "LCSW".into(),
            ..Enrollment::default()
        }],
        visits: vec![Visit {
            start: Some(time(10, 0, 0, 0)),
            stop: Some(time(10, 55, 0, 0)),
            signed: Some(true),
            ..Visit::default()
        }],
        history: vec![PriorService {
            procedure: claimflow_core::ProcedureCode::as_received("90791"),
            date: Some(date(2026, 1, 10)),
            ..PriorService::default()
        }],
    }
}

pub fn adjustment(line: u16, group: &str, reason: &str, remarks: &[&str]) -> PostedAdjustment {
    PostedAdjustment {
        line,
        group: group.parse().expect("an adjustment group"),
        reason: claimflow_core::Carc::as_received(reason),
        remarks: remarks.iter().map(|code| claimflow_core::Rarc::as_received(*code)).collect(),
        amount: Money::from_cents(15_000),
    }
}

pub fn pack(name: &str, layer: Layer, text: &str) -> PackSource {
    PackSource {
        name: name.into(),
        version: "1.0.0".into(),
        layer,
        scripts: vec![Script { path: format!("payers/{name}/rules/rules.rhai"), text: text.into() }],
        ..PackSource::default()
    }
}

pub fn table(name: &str, columns: &[&str], rows: &[&[&str]]) -> Arc<Table> {
    Arc::new(Table::from_rows(name, format!("tables/{name}.csv"), columns, rows.iter().copied()))
}

pub fn vocabulary() -> Vocabulary {
    let words = |words: &[&str]| words.iter().map(|word| Text::from(*word)).collect();
    Vocabulary {
        owners: words(&["billing", "front_desk", "clinician", "coding", "triage"]),
        categories: words(&[
            "documentation",
            "coding",
            "authorization",
            "authorization_sent_not_seen",
            "eligibility",
            "rule_review",
            "posting",
        ]),
    }
}

/// Compiles one base pack.
pub fn compiled(text: &str) -> Compiled {
    compile(&[pack("base", Layer::Base, text)], &vocabulary())
}

/// Compiles one base pack that must have no faults.
pub fn rules(text: &str) -> RuleSet {
    let compiled = compiled(text);
    assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
    compiled.rules
}

/// A scrub rule for each line with that condition and outcome.
pub fn rule(id: &str, rest: &str) -> String {
    let has = |word: &str| rest.lines().any(|line| line.trim_start().starts_with(word));
    let mut text = format!("rule \"{id}\" {{\n    title \"{id} title\"\n    because \"{id} because\"\n");
    if !has("stage ") {
        text.push_str("    stage scrub\n");
    }
    text.push_str(rest);
    text.push_str("\n}\n");
    text
}

/// What fired, as `RULE level category owner`.
pub fn fired(evaluation: &Evaluation) -> Vec<String> {
    evaluation
        .findings
        .iter()
        .map(|own| {
            format!("{} {} {} {}", own.rule, own.level.as_str(), own.category, own.owner)
                .trim_end()
                .to_owned()
        })
        .collect()
}
