//! Each outcome and each clause: what a rule that fires says and does.

mod common;

use claimflow_core::{Decision, Denial, DueIn, Level, Money, Quantity, RuleInput, Stage};
use claimflow_rules::RuleSet;
use common::{World, adjustment, fired, line, rule, rules, world};
use jiff::civil::date;

fn scrub(text: &str, world: &World) -> Vec<String> {
    fired(&world.evaluate(&rules(text), Stage::Scrub))
}

fn changes(rules: &RuleSet, world: &World) -> Vec<String> {
    let evaluation = world.evaluate(rules, Stage::Scrub);
    evaluation
        .changes
        .iter()
        .map(|own| format!("{} {} {}>{}", own.rule, own.field, own.before, own.after))
        .collect()
}

#[test]
fn every_outcome_has_its_level() {
    let world = world();
    for (clause, shown) in [
        ("hold documentation", "X hold documentation"),
        ("deny eligibility", "X deny eligibility"),
        ("warn", "X warn"),
        ("warn coding", "X warn coding"),
        ("assign clinician", "X assign  clinician"),
        ("note", "X note"),
        ("hold coding\nowner coding", "X hold coding coding"),
    ] {
        assert_eq!(scrub(&rule("X", &format!("when true\n{clause}")), &world), [shown], "{clause}");
    }
    let two = rule("X", "when true\nhold documentation\nassign clinician");
    assert_eq!(scrub(&two, &world), ["X hold documentation", "X assign  clinician"]);
}

#[test]
fn texts_for_people() {
    let world = world();
    let finding = |rest: &str| world.evaluate(&rules(&rule("X", rest)), Stage::Scrub).findings.remove(0);
    let own = finding("when true\nwarn");
    assert_eq!((own.message.as_str(), own.because.as_str()), ("X title", "X because"));
    let own = finding(
        "when true\nask \"${claim.line_count} line, charge ${claim.charge}\"\nwithin 5 days\nhold coding",
    );
    assert_eq!(own.message, "1 line, charge 150.00");
    assert_eq!(own.within, Some(DueIn::Days(5)));
    let own =
        finding("when true\nask `of ${claim.service_date}, ${visit.modality}${coverage.copay}`\nhold coding");
    assert_eq!(own.message, "of 2026-03-03, unknown");
    let own = finding("when true\nnote \"For the record\"");
    assert_eq!(own.message, "For the record");
}

#[test]
fn private_values_are_masked() {
    let text =
        rule("X", "when subscriber.member_id.starts_with(\"W\") && patient.birth_date != ()\nhold coding");
    let own = world().evaluate(&rules(&text), Stage::Scrub).findings.remove(0);
    assert_eq!(
        own.values,
        [("subscriber.member_id".into(), "••••89".into()), ("patient.birth_date".into(), "••••17".into())]
    );
}

#[test]
fn each_action_changes_its_field() {
    for (action, change) in [
        ("line.add_modifier(\"95\")", "X line[1].modifiers HO>HO,95"),
        ("line.remove_modifier(\"HO\")", "X line[1].modifiers HO>"),
        ("line.replace_modifier(\"HO\", \"HP\")", "X line[1].modifiers HO>HP"),
        ("line.set_units(2)", "X line[1].units 1>2"),
        ("line.set_units(visit.minutes ?? 0)", "X line[1].units 1>55"),
        ("line.set_place_of_service(\"02\")", "X line[1].place_of_service >02"),
        ("line.set_authorization_number(authorization.number)", "X line[1].authorization_number >A1"),
        ("claim.set_authorization_number(authorization.number)", "X authorization_number >A1"),
        ("claim.set_referral_number(\"R1\")", "X referral_number >R1"),
        ("claim.set_place_of_service(\"11\")", "X place_of_service 10>11"),
        ("claim.set_frequency(\"7\")", "X frequency 1>7"),
        ("claim.set_payer_claim_number(\"P1\")", "X payer_claim_number >P1"),
        ("claim.set_filing_indicator(\"MB\")", "X subscriber.filing_indicator CI>MB"),
    ] {
        let rules = rules(&rule("X", &format!("each line\nwhen true\nfix {action}")));
        assert_eq!(changes(&rules, &world()), [change], "{action}");
    }
}

#[test]
fn a_fix_that_changes_nothing_does_not_fire() {
    for action in [
        "line.add_modifier(\"HO\")",
        "line.remove_modifier(\"95\")",
        "line.replace_modifier(\"95\", \"GT\")",
        "line.set_units(1)",
        "line.set_place_of_service(\"10\")",
        "claim.set_frequency(\"1\")",
    ] {
        let rules = rules(&rule("X", &format!("each line\nwhen true\nfix {action}\nnote")));
        let evaluation = world().evaluate(&rules, Stage::Scrub);
        assert!(evaluation.findings.is_empty() && evaluation.changes.is_empty(), "{action}");
    }
}

#[test]
fn fixes_come_first_and_the_rest_sees_the_fixed_claim() {
    let text = [
        rule("HOLDS", "each line\nwhen !line.has_modifier(\"95\")\nhold coding"),
        rule("ADDS-GT", "each line\nwhen true\nfix line.add_modifier(\"GT\")\nnote"),
        rule(
            "GT-TO-95",
            "each line\nwhen line.has_modifier(\"GT\")\nfix line.replace_modifier(\"GT\", \"95\")",
        ),
    ]
    .concat();
    let rules = rules(&text);
    let mut world = world();
    world.claim.lines.push(line(2, "90834", &[]));
    assert_eq!(
        changes(&rules, &world),
        [
            "ADDS-GT line[1].modifiers HO>HO,GT",
            "ADDS-GT line[2].modifiers >GT",
            "GT-TO-95 line[1].modifiers HO,GT>HO,95",
            "GT-TO-95 line[2].modifiers GT>95",
        ]
    );
    let evaluation = world.evaluate(&rules, Stage::Scrub);
    assert_eq!(
        fired(&evaluation),
        ["ADDS-GT fix", "ADDS-GT note", "ADDS-GT fix", "ADDS-GT note", "GT-TO-95 fix", "GT-TO-95 fix"]
    );
    assert!(world.claim.lines[1].modifiers.is_empty(), "the input stays as it was");
}

#[test]
fn a_fix_that_the_claim_refuses_is_an_error() {
    let mut world = world();
    world.claim.lines[0] = line(1, "90837", &["HO", "GT", "HF", "U1"]);
    let evaluation = world
        .evaluate(&rules(&rule("X", "each line\nwhen true\nfix line.add_modifier(\"95\")")), Stage::Scrub);
    assert_eq!(fired(&evaluation), ["X error rule_review"]);
    assert!(evaluation.changes.is_empty());
    assert_eq!(
        evaluation.findings[0].message,
        "rule `X` (payers/base/rules/rules.rhai:1) cannot fix: `line[1].modifiers` takes up to four modifiers, as `95,HO`, or nothing"
    );
}

#[test]
fn an_unknown_used_unguarded_holds_for_review() {
    let mut world = world();
    world.facts.visits.clear();
    let compiled = common::compiled(&rule("X", "when visit.minutes < 53\nnote"));
    assert_eq!(compiled.diagnostics.len(), 1, "a warning, and the rule goes live");
    let evaluation = world.evaluate(&compiled.rules, Stage::Scrub);
    assert_eq!(evaluation.findings[0].level, Level::Error);
    assert_eq!(evaluation.findings[0].values, [("visit.minutes".into(), "unknown".into())]);
    assert!(
        scrub(&rule("X", "when visit.minutes != () && visit.minutes < 53\nhold coding"), &world).is_empty()
    );
}

#[test]
fn scopes_of_payer_code_and_date() {
    let mut world = world();
    let expires = rule("X", "when true\nexpires \"2026-03-02\"\nhold coding");
    assert!(scrub(&expires, &world).is_empty());
    let payer = rule("X", "when true\npayers [\"60054\"]\nhold coding");
    assert_eq!(scrub(&payer, &world).len(), 1);
    let codes = rule("X", "when true\ncodes [\"90837\"]\nhold coding");
    assert_eq!(scrub(&codes, &world).len(), 1);
    let diagnosis = rule("X", "each diagnosis\ncodes [\"F3\"]\nwhen diagnosis.is_principal\nhold coding");
    assert_eq!(scrub(&diagnosis, &world), ["X hold coding"]);
    world.claim.payer.id = "87726".parse().unwrap();
    world.claim.diagnoses[0] = common::diagnosis("Z630");
    world.claim.lines[0].procedure = "90791".parse().unwrap();
    for text in [payer, codes, diagnosis] {
        assert!(scrub(&text, &world).is_empty(), "{text}");
    }
}

#[test]
fn a_claim_without_service_date_goes_by_the_day_of_the_decision() {
    let mut world = world();
    world.claim.lines[0].service_date = None;
    let text = rule("X", "when claim.service_date == ()\neffective \"2026-03-05\"\nhold coding");
    assert_eq!(scrub(&text, &world).len(), 1);
    world.as_of = date(2026, 3, 4);
    assert!(scrub(&text, &world).is_empty());
}

const CATEGORIZE: &str = "stage categorize\neach adjustment\nwhen true\n";

fn categories(text: &str, world: &World) -> Vec<String> {
    let evaluation = world.evaluate(&rules(text), Stage::Categorize);
    evaluation
        .findings
        .iter()
        .map(|own| format!("{} {} {}", own.rule, own.level.as_str(), own.index))
        .collect()
}

#[test]
fn one_categorization_wins_for_each_adjustment() {
    let mut world = world();
    world.adjustments = vec![adjustment(1, "CO", "197", &[]), adjustment(1, "PR", "45", &[])];
    let any = rule("ANY", &format!("{CATEGORIZE}categorize coding"));
    let reason =
        rule("REASON", &format!("{CATEGORIZE}codes [\"197\"]\ncategorize authorization\nassign billing"));
    let group = rule("GROUP", &format!("{CATEGORIZE}codes [\"CO-197\"]\ncategorize authorization"));
    let first = rule("FIRST", &format!("{CATEGORIZE}priority 5\ncategorize posting"));
    assert_eq!(categories(&any, &world), ["ANY categorize 1", "ANY categorize 2"]);
    assert_eq!(
        categories(&[any.clone(), reason.clone()].concat(), &world),
        ["ANY categorize 2", "REASON categorize 1", "REASON assign 1"]
    );
    assert_eq!(
        categories(&[reason.clone(), any.clone(), group.clone()].concat(), &world),
        ["REASON assign 1", "ANY categorize 2", "GROUP categorize 1"]
    );
    assert_eq!(categories(&[group, first].concat(), &world), ["FIRST categorize 1", "FIRST categorize 2"]);
    let other = rule("OTHER", &format!("{CATEGORIZE}categorize coding"));
    assert_eq!(categories(&[any, other].concat(), &world), ["ANY categorize 1", "ANY categorize 2"]);
}

#[test]
fn adjustments_of_the_whole_claim_have_no_line() {
    let mut world = world();
    world.adjustments = vec![adjustment(0, "CO", "197", &["N130"])];
    let holds = |when: &str| {
        let text = rule("X", &format!("stage categorize\neach adjustment\nwhen {when}\ncategorize coding"));
        categories(&text, &world).len() == 1
    };
    assert!(holds("!line.known && line.procedure == \"\" && line.number == 0"));
    assert!(holds("authorization.covers(line) && adjustment.has_any_remark([\"N130\"])"));
    assert!(holds("adjustment.key == \"CO-197\" && adjustment.amount == 150 && adjustment.amount == 150.00"));
}

#[test]
fn numbers_of_a_missing_line_are_guarded_by_line_known() {
    let text =
        |when: &str| rule("X", &format!("stage categorize\neach adjustment\nwhen {when}\ncategorize coding"));
    let codes = |when: &str| {
        let found = common::compiled(&text(when)).diagnostics;
        found.iter().map(|own| own.code.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(codes("line.units > 1"), ["R031"]);
    assert!(codes("line.known && line.units > 1").is_empty());
}

#[test]
fn denials_and_decisions() {
    let mut world = world();
    world.denials = vec![Denial {
        line: 1,
        group: "CO".parse().unwrap(),
        carc: "50".parse().unwrap(),
        rarcs: vec!["N290".parse().unwrap()],
        amount: Money::from_cents(9_000),
        category: "coding".into(),
        owner: "coding".into(),
        rule: "R".into(),
        action: "act".into(),
        denied_on: None,
    }];
    let decision = Decision { status: "4".into(), charge: Money::from_cents(15_000), ..Decision::default() };
    let text = rule(
        "X",
        "stage route\neach denial\ncodes [\"CO-50\"]\nwhen denial.category == \"coding\" && denial.amount < 100 && \
         denial.has_remark(\"N290\") && remittance.status == \"4\" && remittance.paid == 0 && line.known && line.units == 1\nassign billing",
    );
    let input = RuleInput { decision: Some(&decision), submissions: 1, ..world.input(Stage::Route) };
    assert_eq!(fired(&rules(&text).evaluate(&input)), ["X assign  billing"]);
}

#[test]
fn tables() {
    let mut pack = common::pack(
        "base",
        claimflow_rules::Layer::Base,
        &rule(
            "X",
            "each line\nwhen table(\"pairs\").has(line.procedure, \"HO\") && \
             table(\"pairs\").get(line.procedure, \"note\") == \"x\"\nhold coding",
        ),
    );
    pack.tables = vec![common::table(
        "pairs",
        &["code", "modifier", "note", "effective", "expires"],
        &[&["90837", "HO", "y", "2025-01-01", "2025-12-31"], &["90837", "HO", "x", "2026-01-01", ""]],
    )];
    let compiled = claimflow_rules::compile(&[pack], &common::vocabulary());
    // A row may be missing, so its cell may be unknown.
    assert_eq!(compiled.diagnostics.iter().map(|own| own.code.as_str()).collect::<Vec<_>>(), ["R031"]);
    let mut world = world();
    let evaluation = world.evaluate(&compiled.rules, Stage::Scrub);
    assert_eq!(
        evaluation.findings[0].values[1],
        ("table(\"pairs\").has(line.procedure, \"HO\")".into(), "true".into())
    );
    world.claim.lines[0].service_date = Some(date(2025, 6, 1));
    assert!(world.evaluate(&compiled.rules, Stage::Scrub).findings.is_empty());
}

#[test]
fn numbers_compare_whatever_their_kind() {
    let mut world = world();
    world.claim.lines[0].units = "1.5".parse::<Quantity>().unwrap();
    let text = rule(
        "X",
        "each line\nwhen line.units > 1 && line.units < 1.75 && line.charge * 2 == 300 && -line.charge < 0\nhold coding",
    );
    assert_eq!(scrub(&text, &world), ["X hold coding"]);
}

#[test]
fn rule_sets_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<RuleSet>();
}
