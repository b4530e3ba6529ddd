//! Both evaluators agree: every generated condition gives the same truth, or fails, natively and in Rhai.

use std::cell::OnceCell;
use std::sync::Arc;

use claimflow_core::{
    Authorization, Claim, Coverage, Diagnosis, DiagnosisCode, Facts, Modifier, Money, PlaceOfService,
    ProcedureCode, Quantity, RuleInput, ServiceLine, Stage, Subject, Visit,
};
use jiff::civil::{Date, date, time};
use proptest::prelude::*;
use rhai::{Expr, Stmt};
use rustc_hash::FxHashMap;

use super::{Env, Lowerer};
use crate::context::Ctx;
use crate::diagnostics::Faults;
use crate::parse::syntax::PARSER;
use crate::script::{ScriptExpr, ScriptUnit};
use crate::table::Table;
use crate::value::Value;

fn env() -> Env {
    let rows: [&[&str]; 2] = [&["90837", "90834"], &["90791", "10"]];
    let table = Arc::new(Table::from_rows("pairs", "pairs.csv", &["code", "other"], rows));
    let tables: FxHashMap<_, _> = [("pairs".into(), table)].into_iter().collect();
    let unit = Arc::new(ScriptUnit { tables: tables.clone(), ..ScriptUnit::default() });
    Env { constants: FxHashMap::default(), functions: FxHashMap::default(), tables, unit }
}

fn text() -> BoxedStrategy<String> {
    let fields = [
        "line.procedure",
        "claim.place_of_service",
        "line.place_of_service",
        "claim.payer",
        "coverage.status",
        "visit.modality",
        "claim.principal_diagnosis",
        "authorization.number",
        "table(\"pairs\").get(line.procedure, \"other\")",
    ];
    prop_oneof![
        4 => prop::sample::select(fields.to_vec()).prop_map(str::to_owned),
        1 => Just("(claim.place_of_service + \"x\")".to_owned()),
    ]
    .boxed()
}

fn word() -> BoxedStrategy<String> {
    prop::sample::select(vec!["90837", "90834", "10", "02", "F331", "active", "video", "A1", "", "95"])
        .prop_map(|word| format!("\"{word}\""))
        .boxed()
}

fn number() -> BoxedStrategy<String> {
    let fields = [
        "claim.charge",
        "line.units",
        "line.same_day_units",
        "line.modifier_count",
        "claim.line_count",
        "visit.minutes",
        "coverage.visits_left",
        "authorization.units_left",
        "authorization.days_left",
        "claim.days_since_service",
        "claim.diagnoses.len()",
        "claim.payer.len()",
        "claim.count_code(\"90837\")",
        "claim.service_date.month",
        "days_between(line.service_date, as_of)",
        "(visit.minutes ?? 7)",
    ];
    let leaf = prop_oneof![
        4 => prop::sample::select(fields.to_vec()).prop_map(str::to_owned),
        2 => (-3_i64..60).prop_map(|value| if value < 0 { format!("({value})") } else { value.to_string() }),
        1 => (0_u32..3000).prop_map(|cents| format!("{}.{:02}", cents / 100, cents % 100)),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        (inner.clone(), prop::sample::select(vec!["+", "-", "*", "/", "%"]), inner)
            .prop_map(|(a, op, b)| format!("({a} {op} {b})"))
    })
    .boxed()
}

fn day() -> BoxedStrategy<String> {
    prop::sample::select(vec![
        "line.service_date",
        "claim.service_date",
        "as_of",
        "coverage.from",
        "authorization.to",
        "date(\"2026-03-03\")",
        "date(\"2025-12-31\")",
    ])
    .prop_map(str::to_owned)
    .boxed()
}

fn leaf() -> BoxedStrategy<String> {
    let sign = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let flags = [
        "visit.signed",
        "visit.known",
        "claim.is_correction",
        "coverage.active",
        "authorization.covers(line)",
        "line.has_modifier(\"95\")",
        "line.has_any_modifier([\"95\", \"HO\"])",
        "\"HO\" in line.modifiers",
        "line.modifiers.contains(\"95\")",
        "claim.has_diagnosis(\"F3\")",
        "line.modifiers.any([\"GT\", \"95\"])",
        "line.modifiers.is_empty()",
        "table(\"pairs\").has(line.procedure)",
        "table(\"pairs\").has(line.procedure, claim.place_of_service)",
        "table(\"pairs\").has(line.same_day_codes, claim.place_of_service)",
        "table(\"pairs\").has([\"90834\", \"90837\"], line.modifiers)",
        "history.same_day(\"90837\")",
        "true",
    ];
    let unknown =
        ["visit.minutes", "visit.signed", "coverage.from", "line.service_date", "authorization.units_left"];
    prop_oneof![
        3 => (text(), prop::sample::select(vec!["==", "!=", "<", ">="]), word())
            .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        2 => (text(), prop::sample::select(vec!["in", "!in"]), word(), word())
            .prop_map(|(a, op, b, c)| format!("{a} {op} [{b}, {c}]")),
        1 => (text(), prop::sample::select(vec!["starts_with", "ends_with", "contains"]), word())
            .prop_map(|(a, name, b)| format!("{a}.{name}({b})")),
        1 => text().prop_map(|a| format!("{a}.is_empty()")),
        4 => (number(), sign(), number()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        2 => (day(), sign(), day()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        4 => prop::sample::select(flags.to_vec()).prop_map(str::to_owned),
        3 => (prop::sample::select(unknown.to_vec()), prop::sample::select(vec!["==", "!="]))
            .prop_map(|(a, op)| format!("{a} {op} ()")),
    ]
    .boxed()
}

fn condition() -> BoxedStrategy<String> {
    leaf()
        .prop_recursive(4, 16, 2, |inner| {
            prop_oneof![
                3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
                3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
                2 => inner.clone().prop_map(|a| format!("!({a})")),
                1 => (inner.clone(), inner.clone(), inner)
                    .prop_map(|(a, b, c)| format!("(if {a} {{ {b} }} else {{ {c} }})")),
            ]
        })
        .boxed()
}

fn maybe_date() -> impl Strategy<Value = Option<Date>> {
    prop::option::weighted(0.7, (0_i8..28).prop_map(|day| date(2026, 3, day + 1)))
}

prop_compose! {
    fn world()(
        procedure in prop::sample::select(vec!["90837", "90834", "90791"]),
        modifiers in prop::collection::vec(prop::sample::select(vec!["95", "HO", "GT"]), 0..3),
        place in prop::sample::select(vec!["10", "02", "11"]),
        service in maybe_date(),
        (cents, units) in (0_i64..50_000, 0_i64..4),
        (start, signed, known) in (prop::option::of(0_i8..20), prop::option::of(any::<bool>()), any::<bool>()),
        (from, used) in (maybe_date(), prop::option::of(0_u32..30)),
        approved in prop::option::of(0_i64..5),
    ) -> (Claim, Facts) {
        let line = ServiceLine {
            number: 1,
            procedure: ProcedureCode::as_received(procedure),
            modifiers: modifiers.into_iter().map(Modifier::as_received).collect(),
            units: Quantity::whole(units),
            service_date: service,
            ..ServiceLine::default()
        };
        let claim = Claim {
            charge: Money::from_cents(cents),
            place_of_service: PlaceOfService::as_received(place),
            diagnoses: vec![Diagnosis { qualifier: "ABK".into(), code: DiagnosisCode::as_received("F331") }],
            lines: vec![line],
            ..Claim::default()
        };
        let visit = Visit {
            start: start.map(|hour| time(hour, 0, 0, 0)),
            stop: Some(time(21, 30, 0, 0)),
            signed,
            modality: "video".into(),
            ..Visit::default()
        };
        let coverage = Coverage {
            status: "active".into(), from, visit_limit: Some(20), visits_used: used, ..Coverage::default()
        };
        let authorization = Authorization {
            number: "A1".into(),
            status: "approved".into(),
            units_approved: approved.map(Quantity::whole),
            ..Authorization::default()
        };
        let facts = Facts {
            visits: known.then_some(visit).into_iter().collect(),
            coverages: vec![coverage],
            authorizations: vec![authorization],
            ..Facts::default()
        };
        (claim, facts)
    }
}

/// The expression of a condition's text.
fn parse(text: &str) -> Expr {
    let ast = PARSER.compile_expression(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    match ast.statements() {
        [Stmt::Expr(expr)] => (**expr).clone(),
        [Stmt::FnCall(call, position)] => Expr::FnCall(call.clone(), *position),
        other => panic!("{text}: {other:?}"),
    }
}

/// True when Rhai's `??` is in it: scripts may not use it, as a script's unknown is not Rhai's `()`.
fn has_coalesce(text: &str) -> bool {
    text.contains("??")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]
    #[test]
    fn native_and_rhai_agree(text in condition(), (claim, facts) in world()) {
        let env = env();
        let mut faults = Faults::new("x.rhai");
        let expr = parse(&text);
        let node = Lowerer::new(&env, &mut faults, Some(Subject::Line), 0).condition(&expr);
        prop_assert_eq!(faults.errors(), 0, "{}: {:#?}", text, faults.list);
        prop_assert!(!node.has_script(), "{} is not lowered", text);
        if has_coalesce(&text) {
            return Ok(());
        }
        let input = RuleInput {
            stage: Stage::Scrub,
            claim: &claim,
            facts: &facts,
            as_of: date(2026, 3, 20),
            submissions: 0,
            decision: None,
            adjustments: &[],
            denials: &[],
        };
        let snapshot = OnceCell::new();
        let ctx = Ctx::at(&input, &claim, &snapshot, Subject::Line, 1).unwrap();
        let script = ScriptExpr::new(expr, text.clone(), env.unit.clone(), None);
        let native = node.test(&ctx);
        let scripted = script.eval(&ctx);
        match (&native, &scripted) {
            (Ok(a), Ok(Value::Bool(b))) => prop_assert_eq!(a, b, "{}", text),
            (Err(_), Err(_) | Ok(Value::Unit)) => {}
            other => prop_assert!(false, "{}: {:?}", text, other),
        }
    }
}
