//! What stays as it is, since rules look at it, and what does not.

use claimflow_core::{Coverage, Facts, Npi, PriorService, ProcedureCode, RuleInput, Stage};
use jiff::civil::{Date, date};
use serde_json::json;

use super::*;
use crate::{PracticeSettings, load};

const RULES: &str = r#"
const FILES = ["60054"];
rule "NPI" { title "t" stage scrub when provider.npi == "1902033046" hold coding because "b" source "s" }
rule "DAY" { title "t" stage eligibility effective "2026-03-02" when claim.line_count == 1 hold coding because "b" source "s" }
rule "MEMBER" { title "t" stage submit when subscriber.member_id.len() != 12 hold coding because "b" source "s" }
rule "AGAIN" {
    title "t" stage authorization each line when history.days_since(line.procedure) != () && history.days_since(line.procedure) < 9
    hold coding because "b" source "s"
}
rule "EXACT" { title "t" stage adjudicate when as_of == date("2026-03-05") && subscriber.member_id == "W123" hold coding because "b" source "s" }
"#;

fn files() -> Vec<SourceFile> {
    let workflow = "workflow: professional-claim\nversion: 1\nstart: scrub\nstates:\n\
                    \x20 scrub: { do: claim.scrub, then: [{ to: done }] }\n  done: { final: true }\n";
    [
        ("workflows/professional-claim/v1.yaml", workflow),
        ("payers/base/pack.yaml", "name: base\nversion: 1.0.0\nlayer: base\n"),
        ("payers/base/categories.csv", "category,label,default_owner,clock,days\ncoding,Codes,coding,,\nuncategorized,Unknown,triage,,\nrule_review,Rule failed,billing_lead,,\n"),
        ("payers/base/rules/a.rhai", RULES),
        ("routing.csv", "category,owner,due\n"),
    ]
    .map(|(path, text)| SourceFile::new(path, text))
    .to_vec()
}

fn claim() -> Claim {
    let case = json!({
        "id": "PATIENT-17-A", "authorization_number": "QX9912",
        "rendering_provider": { "npi": "1902033046", "name": { "last": "QUILLSLOOT", "first": "ADA" } },
        "subscriber": { "group_number": "ACME-STEEL-7", "person": {
            "member_id": "W12345678901", "birth_date": "1931-05-04", "name": { "last": "QUILLSLOOT" } } },
        "extras": [{ "place": "2300", "segment": "NTE*ADD*QUILLSLOOT IS UNWELL" }],
        "lines": [{ "service_date": "2026-03-03", "description": "QUILLSLOOT", "control_number": "CTL-881" }],
    });
    defaults::changed(None, Some(case)).unwrap()
}

fn recorded_as_of(stage: Stage, facts: &Facts, rule: Option<&str>, as_of: Date) -> RecordedCase {
    let files = files();
    let loaded = load(&files, &PracticeSettings::default());
    let generation =
        loaded.generation.unwrap_or_else(|| panic!("{}", crate::testing::report(&loaded.diagnostics)));
    let claim = claim();
    let input = RuleInput {
        stage,
        claim: &claim,
        facts,
        as_of,
        submissions: 0,
        decision: None,
        adjustments: &[],
        denials: &[],
    };
    let made = CaseRecorder::new(&generation, &files).record(&input, rule).unwrap();
    for secret in ["QUILLSLOOT", "W123456", "PATIENT-17", "1931", "ACME", "CTL", "QX99"] {
        assert!(!made.text.contains(secret), "{secret}: {}", made.text);
    }
    made
}

fn recorded(stage: Stage, facts: &Facts, rule: Option<&str>) -> RecordedCase {
    recorded_as_of(stage, facts, rule, date(2026, 3, 5))
}

#[test]
fn npis_stay_where_a_rule_compares_them() {
    let made = recorded(Stage::Scrub, &Facts::default(), None);
    assert!(made.text.contains("\"1902033046\""), "{}", made.text);
    assert_eq!(made.fires, ["NPI"]);
    assert_eq!(made.notes, ["the NPIs are the claim's own: with others, other rules would fire"]);
    let made = recorded(Stage::Eligibility, &Facts::default(), None);
    assert!(!made.text.contains("1902033046"), "{}", made.text);
}

#[test]
fn dates_stay_where_others_make_other_rules_fire() {
    let made = recorded(Stage::Eligibility, &Facts::default(), None);
    assert_eq!((made.weeks_earlier, made.fires.as_slice()), (0, ["DAY".into()].as_slice()));
    assert!(made.notes[0].contains("the dates of service are the claim's own"), "{:?}", made.notes);
}

#[test]
fn numbers_keep_their_length_where_a_rule_looks_at_it() {
    let made = recorded(Stage::Submit, &Facts::default(), Some("MEMBER"));
    assert!(made.text.contains("silent: [MEMBER]") && made.text.contains("W00000000001"), "{}", made.text);
    assert!(made.weeks_earlier > 0 && made.notes.is_empty());
}

#[test]
fn what_cannot_be_had_without_telling_is_said() {
    let made = recorded(Stage::Adjudicate, &Facts::default(), Some("EXACT"));
    assert!(made.text.contains("silent: [EXACT]"), "{}", made.text);
}

#[test]
fn facts_that_play_a_part_stay_and_others_do_not() {
    let prior = |code: &str, day| PriorService {
        claim_id: claimflow_core::ClaimId::as_received("QUILLSLOOT-1"),
        procedure: ProcedureCode::as_received(code),
        date: Some(day),
    };
    let facts = Facts {
        coverages: vec![Coverage { status: "active".into(), ..Coverage::default() }],
        history: vec![prior("90837", date(2026, 2, 24))],
        ..Facts::default()
    };
    let made = recorded(Stage::Authorization, &facts, None);
    assert!(made.text.contains("history:") && !made.text.contains("coverage"), "{}", made.text);
    assert_eq!(made.fires, ["AGAIN"]);
    let made = recorded(Stage::Scrub, &facts, None);
    assert!(!made.text.contains("facts:"), "{}", made.text);
}

#[test]
fn a_case_reads_as_people_write_them() {
    let facts = Facts { history: Vec::new(), ..Facts::default() };
    let made = recorded(Stage::Scrub, &facts, None);
    insta::assert_snapshot!(made.text.replace(char::is_numeric, "9"));
    assert!(Npi::as_received("1902033046").check_digit_holds());
}

#[test]
fn an_unknown_rule_is_refused() {
    let files = files();
    let generation = load(&files, &PracticeSettings::default()).generation.unwrap();
    let claim = claim();
    let input = RuleInput {
        stage: Stage::Scrub,
        claim: &claim,
        facts: &Facts::default(),
        as_of: date(2026, 3, 5),
        submissions: 0,
        decision: None,
        adjustments: &[],
        denials: &[],
    };
    let refused = CaseRecorder::new(&generation, &files).record(&input, Some("NONE")).unwrap_err();
    assert_eq!(refused.to_string(), "there is no rule `NONE`");
}
