//! The conditions of the 60 rules, in the language of each engine.

/// One condition in every language. Parts of `rego` that are separated by `|` are alternatives.
#[derive(Clone, Copy)]
pub struct Condition {
    pub ours: &'static str,
    pub zen: &'static str,
    pub rego: &'static str,
    pub cedar: &'static str,
    pub rhai: &'static str,
}

/// A rule: a condition within a scope.
#[derive(Clone)]
pub struct Rule {
    pub id: String,
    pub condition: Condition,
    /// Payer id, or empty for every payer.
    pub payer: String,
    /// Procedure codes; none: every line.
    pub codes: Vec<String>,
}

/// 60 rules that can apply to the sample claim; every other is for two codes.
pub fn sixty() -> Vec<Rule> {
    let rule = |place: usize| Rule {
        id: format!("A-{place}"),
        condition: CONDITIONS[place % CONDITIONS.len()],
        payer: String::new(),
        codes: if place % 2 == 0 { vec!["90834".into(), "90837".into()] } else { Vec::new() },
    };
    (0..60).map(rule).collect()
}

/// 1,000 rules of which 10 can apply: the others are for other payers or other codes.
pub fn many() -> Vec<Rule> {
    let rule = |place: usize| {
        let condition = CONDITIONS[place % CONDITIONS.len()];
        let (payer, codes) = match (place % 100, place % 2) {
            (0, _) => ("60054".to_owned(), vec!["90837".to_owned()]),
            (_, 0) => (format!("P{}", place % 40), Vec::new()),
            _ => (String::new(), vec![format!("9{:04}", 9_000 + place % 900)]),
        };
        Rule { id: format!("M-{place}"), condition, payer, codes }
    };
    (0..1_000).map(rule).collect()
}

const CONDITIONS: [Condition; 12] = [
    Condition {
        ours: r#"claim.place_of_service in ["02", "11"] && line.has_modifier("95")"#,
        zen: r#"claim.place_of_service in ["02", "11"] and "95" in line.modifiers"#,
        rego: r#"input.claim.place_of_service in {"02", "11"}; "95" in input.line.modifiers"#,
        cedar: r#"["02", "11"].contains(context.claim.place_of_service) && context.line.modifiers.contains("95")"#,
        rhai: r#"claim.place_of_service in ["02", "11"] && "95" in line.modifiers"#,
    },
    Condition {
        ours: "visit.known && !visit.has_start_and_stop",
        zen: "visit.known and not visit.has_start_and_stop",
        rego: "input.visit.known; not input.visit.has_start_and_stop",
        cedar: "context.visit.known && !context.visit.has_start_and_stop",
        rhai: "visit.known && !visit.has_start_and_stop",
    },
    Condition {
        ours: r#"visit.minutes != () && visit.minutes < 53 && line.procedure == "90837""#,
        zen: r#"visit.minutes != null and visit.minutes < 53 and line.procedure == "90837""#,
        rego: r#"input.visit.minutes < 53; input.line.procedure == "90837""#,
        cedar: r#"context.visit has minutes && context.visit.minutes < 53 && context.line.procedure == "90837""#,
        rhai: r#""minutes" in visit && visit.minutes < 53 && line.procedure == "90837""#,
    },
    Condition {
        ours: "authorization.known && authorization.units_left != () && authorization.units_left < 2",
        zen: "authorization.known and authorization.units_left != null and authorization.units_left < 2",
        rego: "input.authorization.known; input.authorization.units_left < 2",
        cedar: "context.authorization.known && context.authorization has units_left && context.authorization.units_left < 2",
        rhai: r#"authorization.known && "units_left" in authorization && authorization.units_left < 2"#,
    },
    Condition {
        ours: "coverage.active != () && !coverage.active",
        zen: "coverage.active != null and not coverage.active",
        rego: "input.coverage.active == false",
        cedar: "context.coverage has active && !context.coverage.active",
        rhai: r#""active" in coverage && !coverage.active"#,
    },
    Condition {
        ours: "coverage.visits_left != () && coverage.visits_left <= 0",
        zen: "coverage.visits_left != null and coverage.visits_left <= 0",
        rego: "input.coverage.visits_left <= 0",
        cedar: "context.coverage has visits_left && context.coverage.visits_left <= 0",
        rhai: r#""visits_left" in coverage && coverage.visits_left <= 0"#,
    },
    Condition {
        ours: r#"enrollment.license == "LCSW" && !line.has_any_modifier(["HO", "AJ"])"#,
        zen: r#"enrollment.license == "LCSW" and not ("HO" in line.modifiers or "AJ" in line.modifiers)"#,
        rego: r#"input.enrollment.license == "LCSW"; not "HO" in input.line.modifiers; not "AJ" in input.line.modifiers"#,
        cedar: r#"context.enrollment.license == "LCSW" && !context.line.modifiers.containsAny(["HO", "AJ"])"#,
        rhai: r#"enrollment.license == "LCSW" && !("HO" in line.modifiers || "AJ" in line.modifiers)"#,
    },
    Condition {
        ours: "line.units > 1 || line.charge == 0",
        zen: "line.units > 1 or line.charge == 0",
        rego: "input.line.units > 1 | input.line.charge == 0",
        cedar: "context.line.units > 1 || context.line.charge == 0",
        rhai: "line.units > 1 || line.charge == 0",
    },
    Condition {
        ours: r#"history.count("90791", 180) > 3"#,
        zen: "history.evaluations > 3",
        rego: "input.history.evaluations > 3",
        cedar: "context.history.evaluations > 3",
        rhai: "history.evaluations > 3",
    },
    Condition {
        ours: "claim.days_since_service != () && claim.days_since_service > 90",
        zen: "claim.days_since_service != null and claim.days_since_service > 90",
        rego: "input.claim.days_since_service > 90",
        cedar: "context.claim has days_since_service && context.claim.days_since_service > 90",
        rhai: r#""days_since_service" in claim && claim.days_since_service > 90"#,
    },
    Condition {
        ours: r#"claim.has_any_diagnosis(["F84", "F90"]) && patient.age != () && patient.age < 18"#,
        zen: r#"(startsWith(claim.principal_diagnosis, "F84") or startsWith(claim.principal_diagnosis, "F90")) and patient.age != null and patient.age < 18"#,
        rego: r#"startswith(input.claim.principal_diagnosis, "F84"); input.patient.age < 18 | startswith(input.claim.principal_diagnosis, "F90"); input.patient.age < 18"#,
        cedar: r#"(context.claim.principal_diagnosis like "F84*" || context.claim.principal_diagnosis like "F90*") && context.patient has age && context.patient.age < 18"#,
        rhai: r#"(claim.principal_diagnosis.starts_with("F84") || claim.principal_diagnosis.starts_with("F90")) && "age" in patient && patient.age < 18"#,
    },
    Condition {
        ours: r#"line.same_day_has_any(["90839", "90840"]) || line.place_of_service == "99""#,
        zen: r#""90839" in line.same_day or "90840" in line.same_day or line.place_of_service == "99""#,
        rego: r#""90839" in input.line.same_day | "90840" in input.line.same_day | input.line.place_of_service == "99""#,
        cedar: r#"context.line.same_day.containsAny(["90839", "90840"]) || context.line.place_of_service == "99""#,
        rhai: r#""90839" in line.same_day || "90840" in line.same_day || line.place_of_service == "99""#,
    },
];

/// `["a", "b"]`.
pub fn quoted(codes: &[String]) -> String {
    let all: Vec<String> = codes.iter().map(|code| format!("\"{code}\"")).collect();
    all.join(", ")
}
