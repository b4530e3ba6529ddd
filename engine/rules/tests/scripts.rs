//! Helper functions, loops and closures: what runs in Rhai, and the limits it runs under.

mod common;

use claimflow_core::{Level, Stage};
use common::{compiled, fired, rule, rules, world};

/// Evaluates a condition with these functions on the sample claim.
fn outcome(functions: &str, condition: &str) -> (Level, String) {
    let text =
        format!("{functions}\n{}", rule("X", &format!("each line\nwhen {condition}\nhold documentation")));
    let rules = rules(&text);
    let evaluation = world().evaluate(&rules, Stage::Scrub);
    evaluation
        .findings
        .first()
        .map_or((Level::Note, String::new()), |own| (own.level, own.message.to_string()))
}

fn holds(functions: &str, condition: &str) -> bool {
    let (level, message) = outcome(functions, condition);
    assert_ne!(level, Level::Error, "{message}");
    level == Level::Hold
}

#[test]
fn helpers_of_one_expression() {
    let functions = "fn is_video(line) { line.place_of_service in [\"02\", \"10\"] }\nfn twice(n) { n * 2 }";
    assert!(holds(functions, "is_video(line) && twice(line.units) == 2"));
    assert!(!holds(functions, "is_video(line) && twice(twice(line.modifier_count)) == 5"));
}

#[test]
fn helpers_with_statements_loops_and_constants() {
    let functions = "const CODES = [\"90834\", \"90837\"];
        fn known(line) {
            let found = false;
            for code in CODES { if line.procedure == code { found = true; } }
            found
        }
        fn long(visit) { if visit.minutes == () { return false; } visit.minutes >= 53 }";
    assert!(holds(functions, "known(line) && long(visit)"));
    assert!(!holds(functions, "!known(line) || !long(visit)"));
}

#[test]
fn functions_see_the_catalogue_and_closures_work() {
    let functions = "fn on_file() { let a = authorization.number; a != \"\" && claim.payer == \"60054\" }";
    assert!(holds(functions, "on_file() && claim.diagnoses.any(|code| code.starts_with(\"F3\"))"));
    assert!(!holds(functions, "claim.diagnoses.any(|code| code.starts_with(\"Z\"))"));
    assert!(holds(functions, "line.modifiers.all(|code| code.len() == 2)"));
    assert!(holds("", "abs(line.modifier_count - 3) == 2 && max(1, 2) == 2"));
}

#[test]
fn what_a_script_reads_is_recorded() {
    let functions = "fn long(visit) { let m = visit.minutes; m >= 53 }";
    let text = format!("{functions}\n{}", rule("X", "each line\nwhen long(visit)\nhold documentation"));
    let evaluation = world().evaluate(&rules(&text), Stage::Scrub);
    assert_eq!(evaluation.findings[0].values, [("visit.minutes".into(), "55".into())]);
}

#[test]
fn an_unguarded_unknown_fails_in_scripts_too() {
    let functions = "fn old(visit) { let age = visit.treatment_plan_age; age > 365 }";
    let (level, message) = outcome(functions, "old(visit)");
    assert_eq!(level, Level::Error);
    assert_eq!(
        message,
        "rule `X` (payers/base/rules/rules.rhai:2) cannot be decided: visit.treatment_plan_age is not known here; \
         guard it first, as `visit.treatment_plan_age != () && ...` (in function `old`)"
    );
}

#[test]
fn comparisons_of_different_kinds_fail_in_scripts() {
    for condition in ["same(line.procedure, 90837)", "same(as_of, \"2026-03-05\")", "same(line.units, \"1\")"]
    {
        let (level, message) = outcome("fn same(a, b) { let c = a; c == b }", condition);
        assert_eq!(level, Level::Error, "{condition}");
        assert!(message.contains("different kinds"), "{message}");
    }
}

#[test]
fn limits_hold() {
    for (name, body, says) in [
        ("endless loop", "let n = 0; loop { n += 1; } true", "operations"),
        ("endless while", "while true { } true", "operations"),
        ("text that doubles", "let t = \"abcdefgh\"; for n in 0..60 { t += t; } t == \"\"", "grows beyond"),
        (
            "text that doubles by +",
            "let t = \"abcdefgh\"; for n in 0..60 { t = t + t; } t == \"\"",
            "grows beyond",
        ),
        ("padding", "let t = \"a\"; t.pad(90000000, \"b\"); t == \"\"", "grows beyond"),
        ("list that grows", "let l = []; loop { l.push(\"x\"); } true", "grows beyond"),
        ("list that doubles", "let l = [\"x\"]; for n in 0..60 { l += l; } true", "grows beyond"),
        ("list that appends", "let l = [\"x\"]; for n in 0..60 { l.append(l); } true", "grows beyond"),
        ("list of lists", "let l = [\"x\"]; for n in 0..60 { l = [l, l]; } true", "grows beyond"),
        ("padding a list", "let l = []; l.pad(90000000, 1); true", "grows beyond"),
        (
            "list of long texts",
            "let t = \"\"; t.pad(8000, \"b\"); let l = []; loop { l.push(t + \"x\"); } true",
            "grows beyond",
        ),
        ("recursion", "f(x)", "deep"),
    ] {
        let started = std::time::Instant::now();
        let (level, message) = outcome(&format!("fn f(x) {{ {body} }}"), "f(1)");
        assert_eq!(level, Level::Error, "{name}: {message}");
        // On a busy machine the deadline comes before the limit.
        assert!(message.contains(says) || message.contains("takes too long"), "{name}: {message}");
        assert!(started.elapsed().as_secs() < 30, "{name} took {:?}", started.elapsed());
    }
}

#[test]
fn what_limits_cannot_hold_is_refused_before() {
    for body in [
        "let m = #{}; m[\"a\"] = 1; true",
        "let l = [1]; l[0] = 2; true",
        "claim.charge = 3; true",
        "import \"x\" as y; true",
        "try { 1 / 0 } catch { } true",
        "throw \"x\"",
        "eval(\"1\")",
        "print(\"x\"); true",
        "(x ?? 3) == 3",
    ] {
        let text = format!("fn f(x) {{ {body} }}\n{}", rule("X", "when f(1) == 1\nhold documentation"));
        let found = compiled(&text).diagnostics;
        assert!(found.iter().any(|own| own.code == "R040"), "{body}: {found:#?}");
    }
}

#[test]
fn a_failing_rule_holds_the_claim_and_the_others_go_on() {
    let text = format!(
        "fn f(x) {{ loop {{ }} }}\n{}{}",
        rule("BROKEN", "when f(1) == 1\nnote"),
        rule("SOUND", "when true\nhold documentation")
    );
    let evaluation = world().evaluate(&rules(&text), Stage::Scrub);
    assert_eq!(fired(&evaluation), ["BROKEN error rule_review", "SOUND hold documentation"]);
}
