//! Explanations as people read them.

use super::*;
use claimflow_core::state::ClaimState;
use claimflow_core::{Change, ClaimId, Finding, Moment, Stage};
use claimflow_rules::{Considered, RuleTrace};
use claimflow_runtime::Summary;
use jiff::civil::date;

fn finding(rule: &str, level: Level, category: &str) -> Finding {
    Finding {
        rule: rule.into(),
        pack: "behavioral-health 1.0.0".into(),
        file: "payers/behavioral-health/rules/documentation.rhai".into(),
        source_line: 12,
        stage: Stage::Scrub,
        level,
        subject: Subject::Line,
        index: 1,
        category: category.into(),
        owner: Text::default(),
        message: "Please add the start and stop time of the 2026-03-03 session.".into(),
        because: "The code is chosen by minutes, and the note does not show them".into(),
        within: None,
        values: vec![("visit.known".into(), "true".into()), ("visit.start".into(), Text::default())],
    }
}

fn trace(rule: &str, considered: Considered) -> RuleTrace {
    RuleTrace {
        rule: rule.into(),
        title: "A rule".into(),
        pack: "aetna 1.0.0".into(),
        file: "payers/aetna/rules/telehealth.rhai".into(),
        line: 4,
        stage: Stage::Scrub,
        subject: Subject::Line,
        index: 1,
        considered,
        values: vec![
            ("claim.place_of_service".into(), "11".into()),
            ("line.has_modifier(\"95\")".into(), "false".into()),
        ],
        outcome: "hold place_of_service".into(),
        changes: Vec::new(),
        layer: claimflow_rules::Layer::Base,
        shadow: false,
        enforced: Text::default(),
    }
}

fn explained() -> Explained {
    let goes_to = GoesTo { owner: "front_desk".into(), row: "routing.csv:9".into(), note: "Today".into() };
    let fired =
        |finding: Finding, goes_to| Fired { finding, source: "the payer's manual, page 3".into(), goes_to };
    let long = "claim.place_of_service in [\"02\", \"10\", \"11\", \"12\", \"13\", \"99\"]";
    Explained {
        stage: Stage::Scrub,
        at: Moment::start_of(date(2026, 3, 5)),
        outcome: "held".into(),
        considered: 24,
        rules: "abc".into(),
        rules_changed: true,
        by_own_rules: false,
        fired: vec![
            fired(finding("AET-TELE-95", Level::Fix, ""), None),
            fired(finding("DOC-START-STOP", Level::Hold, "documentation"), Some(goes_to)),
        ],
        changes: vec![Change {
            rule: "AET-TELE-95".into(),
            field: "line[1].modifiers".into(),
            before: "HO".into(),
            after: "HO,95".into(),
        }],
        routed: Vec::new(),
        judged: vec![
            trace("SILENT", Considered::Silent { decided_by: long.into() }),
            trace("OFF", Considered::Disabled { by: "medicare".into(), because: "not there".into() }),
            trace("NEW", Considered::Fired),
        ],
        facts_changed: false,
    }
}

fn view() -> ClaimView {
    let summary = Summary { id: ClaimId::as_received("C-1"), ..Summary::default() };
    let state = ClaimState { state: "held".into(), ..ClaimState::default() };
    ClaimView { summary, state, chapters: Vec::new() }
}

#[test]
fn why_in_words() {
    insta::assert_snapshot!(text(&view(), &[explained()], true, Style::PLAIN, 96, &Zone::UTC));
}

#[test]
fn a_stage_in_which_nothing_fired_is_told_in_a_line() {
    let calm = Explained {
        outcome: "passed".into(),
        rules_changed: false,
        by_own_rules: true,
        fired: Vec::new(),
        judged: vec![trace("SILENT", Considered::Silent { decided_by: "x".into() })],
        ..explained()
    };
    insta::assert_snapshot!(text(&view(), &[calm], false, Style::PLAIN, 96, &Zone::UTC));
}

#[test]
fn short_lists_stay_whole() {
    assert_eq!(shortened("a in [\"1\", \"2\"] && b"), "a in [\"1\", \"2\"] && b");
    assert_eq!(shortened("line[1].units [unclosed"), "line[1].units [unclosed");
}
