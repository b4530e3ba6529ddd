//! Rules in shadow, and what a practice decides about rules that it did not write.

mod common;

use claimflow_core::Stage;
use claimflow_rules::{Compiled, Considered, Enforcement, Layer, Mode, Switch, Switches, compile_with};
use common::{fired, pack, rule, vocabulary, world};
use jiff::civil::{Date, date};

const FIX: &str = "    each line\n    when line.has_modifier(\"HO\") && !line.has_modifier(\"95\")\n    fix line.add_modifier(\"95\")";
const SEES_95: &str = "    each line\n    when line.has_modifier(\"95\")\n    hold coding";
const HOLD: &str =
    "    each line\n    when line.units == 1\n    hold documentation\n    ask \"Please look.\"";

fn switch(name: &str, mode: Option<Mode>, enforcement: Option<Enforcement>, until: Option<Date>) -> Switch {
    let because = "we decided so".into();
    Switch { name: name.into(), mode, enforcement, because, until, line: 3, column: 3 }
}

fn compiled(text: &str, rules: Vec<Switch>, packs: Vec<Switch>) -> Compiled {
    let switches = Switches { path: "rules.yaml".into(), rules, packs };
    let compiled = compile_with(&[pack("base", Layer::Base, text)], &vocabulary(), &switches);
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    compiled
}

fn texts(findings: &[claimflow_core::Finding]) -> Vec<String> {
    let all = claimflow_core::Evaluation { findings: findings.to_vec(), ..Default::default() };
    fired(&all)
}

#[test]
fn a_rule_in_shadow_says_what_it_would_do_and_does_nothing() {
    let text = format!("{}{}", rule("FIX", &format!("{FIX}\n    mode shadow")), rule("SEES", SEES_95));
    let (own, world) = (compiled(&text, Vec::new(), Vec::new()), world());
    let evaluation = world.evaluate(&own.rules, Stage::Scrub);
    assert_eq!(fired(&evaluation), Vec::<String>::new());
    assert_eq!(evaluation.changes, []);
    assert_eq!(texts(&evaluation.shadow), ["FIX fix"]);
    let would = evaluation.shadow[0].values.last().unwrap();
    assert_eq!((would.0.as_str(), would.1.as_str()), ("line[1].modifiers", "HO -> HO,95"));
    let traces = own.rules.explain(&world.input(Stage::Scrub));
    let told: Vec<(&str, bool)> = traces.iter().map(|own| (own.rule.as_str(), own.shadow)).collect();
    assert_eq!(told, [("SEES", false), ("FIX", true)]);
    assert!(own.rules.explain_rule("FIX", &world.input(Stage::Scrub))[0].shadow);
}

#[test]
fn shadow_rules_are_judged_after_the_corrections_of_live_ones() {
    let text = format!("{}{}", rule("FIX", FIX), rule("SEES", &format!("{SEES_95}\n    mode shadow")));
    let own = compiled(&text, Vec::new(), Vec::new());
    let evaluation = world().evaluate(&own.rules, Stage::Scrub);
    assert_eq!(fired(&evaluation), ["FIX fix"]);
    assert_eq!(texts(&evaluation.shadow), ["SEES hold coding"]);
}

#[test]
fn a_shadow_rule_that_fails_holds_nobody() {
    let text = "    each line\n    when visit.minutes < 53\n    hold documentation\n    mode shadow";
    let own = compiled(&rule("FAILS", text), Vec::new(), Vec::new());
    let mut world = world();
    world.facts.visits.clear();
    let evaluation = world.evaluate(&own.rules, Stage::Scrub);
    assert_eq!(fired(&evaluation), Vec::<String>::new());
    assert_eq!(texts(&evaluation.shadow), ["FAILS error rule_review"]);
}

#[test]
fn the_practice_turns_rules_and_packs() {
    let text = format!("{}{}", rule("A", HOLD), rule("B", &format!("{HOLD}\n    mode shadow")));
    let turned = |rules, packs| {
        let own = compiled(&text, rules, packs);
        let evaluation = world().evaluate(&own.rules, Stage::Scrub);
        (fired(&evaluation).join(", "), texts(&evaluation.shadow).join(", "))
    };
    let (a, b) = ("A hold documentation", "B hold documentation");
    let live = || switch("B", Some(Mode::Live), None, None);
    let shadow = || switch("base", Some(Mode::Shadow), None, None);
    assert_eq!(turned(Vec::new(), Vec::new()), (a.to_owned(), b.to_owned()));
    assert_eq!(turned(vec![live()], Vec::new()), (format!("{a}, {b}"), String::new()));
    assert_eq!(turned(Vec::new(), vec![shadow()]), (String::new(), format!("{a}, {b}")));
    // A rule's own entry comes before its pack's.
    assert_eq!(turned(vec![live()], vec![shadow()]), (b.to_owned(), a.to_owned()));
    let off = |until| switch("A", Some(Mode::Off), None, until);
    assert_eq!(turned(vec![off(None)], Vec::new()), (String::new(), b.to_owned()));
    // The decision is of March 5.
    assert_eq!(turned(vec![off(Some(date(2026, 3, 5)))], Vec::new()), (String::new(), b.to_owned()));
    assert_eq!(turned(vec![off(Some(date(2026, 3, 4)))], Vec::new()), (a.to_owned(), b.to_owned()));
}

#[test]
fn what_is_off_says_who_switched_it_off() {
    let own = compiled(&rule("A", HOLD), vec![switch("A", Some(Mode::Off), None, None)], Vec::new());
    let traces = own.rules.explain(&world().input(Stage::Scrub));
    let by =
        Considered::Disabled { by: "the practice (rules.yaml:3)".into(), because: "we decided so".into() };
    assert_eq!(traces[0].considered, by);
}

#[test]
fn the_practice_says_how_firmly_a_rule_stands() {
    let levels = |rest: &str, enforcement, until| {
        let own = compiled(&rule("A", rest), vec![switch("A", None, Some(enforcement), until)], Vec::new());
        fired(&world().evaluate(&own.rules, Stage::Scrub)).join(", ")
    };
    let deny = "    each line\n    when line.units == 1\n    deny coding\n    categorize coding";
    assert_eq!(levels(HOLD, Enforcement::Advisory, None), "A warn documentation");
    assert_eq!(levels(HOLD, Enforcement::Hard, None), "A deny documentation");
    assert_eq!(
        levels(&deny.replace("\n    categorize coding", ""), Enforcement::Overridable, None),
        "A hold coding"
    );
    assert_eq!(levels(HOLD, Enforcement::Advisory, Some(date(2026, 3, 4))), "A hold documentation");
    let own =
        compiled(&rule("A", HOLD), vec![switch("A", None, Some(Enforcement::Advisory), None)], Vec::new());
    let evaluation = world().evaluate(&own.rules, Stage::Scrub);
    let told = evaluation.findings[0].values.last().unwrap();
    assert_eq!(told.1, "advisory instead of hold (rules.yaml:3: we decided so)");
    let traces = own.rules.explain(&world().input(Stage::Scrub));
    assert_eq!(traces[0].enforced, "advisory (rules.yaml:3: we decided so)");
}

#[test]
fn a_disable_may_end() {
    let base = pack("base", Layer::Base, &rule("A", HOLD));
    let own = |until: &str| {
        let text = format!("disable \"A\" because \"the payer is late\" expires \"{until}\"\n");
        let compiled = compile_with(
            &[base.clone(), pack("own", Layer::Practice, &text)],
            &vocabulary(),
            &Switches::default(),
        );
        assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
        fired(&world().evaluate(&compiled.rules, Stage::Scrub)).len()
    };
    // The service is of March 3.
    assert_eq!((own("2026-03-02"), own("2026-03-03")), (1, 0));
}
