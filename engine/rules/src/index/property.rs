//! The index finds exactly the rules that a look at every rule finds.

use std::fmt::Write as _;

use claimflow_core::{
    Carc, Claim, Denial, Diagnosis, DiagnosisCode, Facts, GroupCode, Money, Payer, PayerId, PostedAdjustment,
    ProcedureCode, RuleInput, ServiceLine, Stage, Subject,
};
use jiff::civil::date;
use proptest::prelude::*;

use crate::check::compile;
use crate::rule::Rule;
use crate::source::{PackSource, Script, Vocabulary};

const PAYERS: [&str; 3] = ["P1", "P2", "P3"];
const PROCEDURES: [&str; 4] = ["90837", "90834", "90791", "H0015"];
const PREFIXES: [&str; 4] = ["F", "F3", "F331", "Z63"];
const DIAGNOSES: [&str; 4] = ["F331", "F329", "Z6332", "F84"];
const REASONS: [&str; 4] = ["197", "CO-197", "45", "PR-45"];

fn subset(items: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(items, 0..=items.len().min(3))
}

prop_compose! {
    fn rule()(
        stage in prop::sample::select(vec!["scrub", "categorize"]),
        subject in prop::sample::select(Subject::ALL.to_vec()),
        payers in subset(&PAYERS),
        (procedures, prefixes, reasons) in (subset(&PROCEDURES), subset(&PREFIXES), subset(&REASONS)),
    ) -> String {
        let codes = match subject {
            Subject::Claim | Subject::Line => procedures,
            Subject::Diagnosis => prefixes,
            Subject::Adjustment | Subject::Denial => reasons,
        };
        let mut text = format!("title \"T\"; because \"B\"; stage {stage}; each {}; when true; note;", subject.as_str());
        for (clause, list) in [("payers", payers), ("codes", codes)] {
            if !list.is_empty() {
                let items: Vec<String> = list.iter().map(|item| format!("\"{item}\"")).collect();
                let _ = write!(text, " {clause} [{}];", items.join(", "));
            }
        }
        text
    }
}

type Reason = (&'static str, GroupCode);

fn reason() -> impl Strategy<Value = Reason> {
    (prop::sample::select(vec!["197", "45", "16"]), prop::sample::select(vec![GroupCode::CO, GroupCode::PR]))
}

prop_compose! {
    fn claim()(
        payer in prop::sample::select(vec!["P1", "P2", "P3", "P4"]),
        lines in prop::collection::vec(prop::sample::select(PROCEDURES.to_vec()), 0..4),
        diagnoses in prop::collection::vec(prop::sample::select(DIAGNOSES.to_vec()), 0..3),
    ) -> Claim {
        let line = |code: &str| ServiceLine { procedure: ProcedureCode::as_received(code), ..ServiceLine::default() };
        let diagnosis = |code: &str| Diagnosis { code: DiagnosisCode::as_received(code), ..Diagnosis::default() };
        Claim {
            payer: Payer { id: PayerId::as_received(payer), ..Payer::default() },
            lines: lines.into_iter().map(line).collect(),
            diagnoses: diagnoses.into_iter().map(diagnosis).collect(),
            ..Claim::default()
        }
    }
}

/// The subjects at which the rule looks, by the letter of what `codes` and `payers` say.
fn naive(rule: &Rule, input: &RuleInput<'_>) -> Vec<u16> {
    let claim = input.claim;
    let for_payer = rule.payers.is_empty() || rule.payers.iter().any(|own| own == claim.payer.id.as_str());
    if rule.stage != input.stage || !for_payer {
        return Vec::new();
    }
    let any = |test: &dyn Fn(&str) -> bool| rule.codes.is_empty() || rule.codes.iter().any(|code| test(code));
    let places = |count: usize, test: &dyn Fn(usize) -> bool| -> Vec<u16> {
        (0..count).filter(|place| test(*place)).map(|place| u16::try_from(place).unwrap() + 1).collect()
    };
    let is_reason = |group: GroupCode, reason: &str, code: &str| {
        code == reason || code == format!("{}-{reason}", group.as_str())
    };
    match rule.subject {
        Subject::Claim => {
            let found = any(&|code| claim.lines.iter().any(|line| line.procedure.as_str() == code));
            if found { vec![0] } else { Vec::new() }
        }
        Subject::Line => {
            places(claim.lines.len(), &|place| any(&|code| claim.lines[place].procedure.as_str() == code))
        }
        Subject::Diagnosis => places(claim.diagnoses.len(), &|place| {
            any(&|code| claim.diagnoses[place].code.as_str().starts_with(code))
        }),
        Subject::Adjustment => places(input.adjustments.len(), &|place| {
            let own = &input.adjustments[place];
            any(&|code| is_reason(own.group, own.reason.as_str(), code))
        }),
        Subject::Denial => places(input.denials.len(), &|place| {
            let own = &input.denials[place];
            any(&|code| is_reason(own.group, own.carc.as_str(), code))
        }),
    }
}

fn posted((reason, group): Reason) -> PostedAdjustment {
    PostedAdjustment {
        line: 1,
        group,
        reason: Carc::as_received(reason),
        remarks: Vec::new(),
        amount: Money::ZERO,
    }
}

fn denied((reason, group): Reason) -> Denial {
    Denial {
        line: 1,
        group,
        carc: Carc::as_received(reason),
        rarcs: Vec::new(),
        amount: Money::ZERO,
        category: "coding".into(),
        owner: "coding".into(),
        rule: "R".into(),
        action: "act".into(),
        denied_on: None,
    }
}

proptest! {
    #[test]
    fn finds_what_a_look_at_every_rule_finds(
        rules in prop::collection::vec(rule(), 1..12),
        claim in claim(),
        adjustments in prop::collection::vec(reason(), 0..3),
        denials in prop::collection::vec(reason(), 0..3),
        stage in prop::sample::select(vec![Stage::Scrub, Stage::Categorize]),
    ) {
        let text: String =
            rules.iter().enumerate().map(|(place, rule)| format!("rule \"R{place}\" {{ {rule} }}\n")).collect();
        let script = Script { path: "x.rhai".into(), text: text.into() };
        let pack = PackSource { name: "p".into(), scripts: vec![script], ..PackSource::default() };
        let compiled = compile(&[pack], &Vocabulary::default());
        prop_assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
        let adjustments: Vec<PostedAdjustment> = adjustments.into_iter().map(posted).collect();
        let denials: Vec<Denial> = denials.into_iter().map(denied).collect();
        let facts = Facts::default();
        let input = RuleInput {
            stage,
            claim: &claim,
            facts: &facts,
            as_of: date(2026, 3, 1),
            submissions: 0,
            decision: None,
            adjustments: &adjustments,
            denials: &denials,
        };
        let found: Vec<(u32, u16)> =
            compiled.rules.index.candidates(&input).iter().map(|own| (own.rule, own.index)).collect();
        let expected: Vec<(u32, u16)> = (0_u32..)
            .zip(compiled.rules.rules())
            .flat_map(|(place, rule)| naive(rule, &input).into_iter().map(move |index| (place, index)))
            .collect();
        prop_assert_eq!(found, expected);
    }
}
