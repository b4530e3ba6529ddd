//! What the checker says of conditions is true of claims: a condition that it calls contradictory fires on none.

mod common;

use claimflow_core::{PlaceOfService, Quantity, Stage};
use claimflow_rules::{Layer, compile};
use common::{line, pack, rule, vocabulary, world};
use proptest::prelude::*;

fn part() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (prop_oneof!["==", "!="], prop_oneof!["02", "10", "11"])
            .prop_map(|(op, place)| format!("claim.place_of_service {op} \"{place}\"")),
        (prop_oneof!["==", "!=", "<", "<=", ">", ">="], 0..5_i64)
            .prop_map(|(op, units)| format!("line.units {op} {units}")),
        Just("line.procedure in [\"90837\", \"90834\"]".to_owned()),
        Just("line.procedure == \"90834\"".to_owned()),
        Just("line.has_modifier(\"95\")".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|own| format!("!({own})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} || {b})")),
        ]
    })
}

/// The ids that fire on every claim of a small world.
fn fired(rules: &claimflow_rules::RuleSet) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for place in ["02", "10", "11", "12"] {
        for procedure in ["90837", "90834", "90791"] {
            for units in 0..6 {
                for modifiers in [&[][..], &["95"]] {
                    let mut world = world();
                    world.claim.place_of_service = PlaceOfService::as_received(place);
                    world.claim.lines = vec![line(1, procedure, modifiers)];
                    world.claim.lines[0].units = Quantity::whole(units);
                    let found = world.evaluate(rules, Stage::Scrub).findings;
                    all.push(found.iter().map(|own| own.rule.to_string()).collect());
                }
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_said_of_conditions_is_so(a in part(), b in part(), c in part()) {
        let text = [
            rule("A", &format!("each line\nwhen {a}\nhold coding")),
            rule("B", &format!("each line\nwhen {b} && {c}\nhold coding")),
        ]
        .concat();
        let compiled = compile(&[pack("base", Layer::Base, &text)], &vocabulary());
        prop_assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
        let fired = fired(&compiled.rules);
        let on = |id: &str| fired.iter().filter(|own| own.iter().any(|rule| rule == id)).count();
        let second = u32::try_from(text.lines().position(|line| line.contains("rule \"B\"")).unwrap_or(0) + 1).unwrap_or(0);
        for found in compiled.diagnostics.iter().filter(|own| own.code == "R048") {
            let id = if found.line < second { "A" } else { "B" };
            prop_assert_eq!(on(id), 0, "{} fires: {}\n{}", id, found.message, text);
        }
        for found in compiled.rules.remarks().iter().filter(|own| own.code == "R049") {
            let (own, other) = if found.line < second { ("A", "B") } else { ("B", "A") };
            let alone = fired.iter().any(|ids| ids.iter().any(|id| id == own) && !ids.iter().any(|id| id == other));
            prop_assert!(!alone, "{} fires without {}:\n{}", own, other, text);
        }
    }
}
