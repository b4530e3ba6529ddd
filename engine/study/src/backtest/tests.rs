//! Backtests of made-up histories.

use claimflow_core::{Level, Money};
use claimflow_runtime::{Answer, Look, Past};
use proptest::prelude::*;

use super::{ChangeKind, Question, Report, RuleReport, Verdict, backtest};
use crate::testing::{claim, denied, generation, paid, past, rule};

const VIDEO: &str = r#"claim.place_of_service == "10""#;

fn question() -> Question {
    Question { most_claims: 100, ..Question::default() }
}

fn tried(live: &str, changed: &str, history: &[Past]) -> Report {
    backtest(&generation(live), &generation(changed), &history, &question()).expect("nothing is read")
}

fn only<'r>(report: &'r Report, id: &str) -> &'r RuleReport {
    report.rules.iter().find(|own| own.rule == id).expect("the rule is reported")
}

/// Two denied and one paid at home, one paid in the office; one at home open, one not sent.
fn history() -> Vec<Past> {
    vec![
        past(claim("A1", "10", 1), denied(15_000)),
        past(claim("A2", "10", 2), denied(5_000)),
        past(claim("A3", "10", 1), paid(9_000)),
        past(claim("A4", "11", 3), paid(9_500)),
        past(claim("A5", "10", 1), Answer::Open),
        past(claim("A6", "10", 1), Answer::NotSent),
    ]
}

#[test]
fn a_new_rule_is_held_against_what_the_payer_did() {
    let report = tried("", &rule("NEW", VIDEO, "hold coding"), &history());
    let own = only(&report, "NEW");
    assert_eq!((own.change, own.level, own.before.claims), (ChangeKind::New, Some(Level::Hold), 0));
    let after = own.after;
    assert_eq!((after.claims, after.denied, after.paid, after.open, after.not_sent), (5, 2, 1, 1, 1));
    assert_eq!(own.prevented(), (2, Money::from_cents(20_000)));
    assert_eq!((after.paid_amount, after.precision()), (Money::from_cents(9_000), Some(67)));
    assert_eq!((report.all.claims, report.all.precision()), (6, Some(50)));
    assert_eq!((report.newly_held, report.freed.claims, report.changed_claims), (after, 0, 5));
    let first = &report.outcomes[0];
    assert_eq!(
        (first.id.as_str(), first.before.as_str(), first.after.as_str()),
        ("A1", "goes out", "held: NEW (coding)")
    );
    assert_eq!((first.verdict, first.codes.as_slice()), (Verdict::Denied, &["CO-4".into()][..]));
}

#[test]
fn a_changed_rule_gains_and_loses_claims() {
    let live = rule("OWN", VIDEO, "hold coding");
    let changed = rule("OWN", "line.units > 1", "hold coding");
    let report = tried(&live, &changed, &history());
    let own = only(&report, "OWN");
    assert_eq!((own.change, own.before.claims, own.after.claims), (ChangeKind::Changed, 5, 2));
    assert_eq!((own.gained.claims, own.gained.paid, own.lost.claims, own.lost.denied), (1, 1, 4, 1));
    assert_eq!(own.prevented().0, 0, "what it gains was paid");
    let clause = &own.clauses[0];
    assert_eq!((clause.clause, clause.after.as_str()), ("when", "line.units > 1"));
    assert_eq!((report.newly_held.claims, report.freed.claims), (1, 4));
}

#[test]
fn rules_that_stay_the_same_are_left_out_unless_named_or_affected() {
    let keep = rule("KEEP", "line.units > 1", "warn coding");
    let by_constant = |number: u32| {
        format!("{keep}const MOST = {number};\n{}", rule("LIMIT", "line.units > MOST", "hold coding"))
    };
    let report = tried(&by_constant(2), &by_constant(1), &history());
    let reported: Vec<_> = report.rules.iter().map(|own| (own.rule.as_str(), own.gained.claims)).collect();
    assert_eq!(reported, [("LIMIT", 1)]);
    let asked = Question { rules: vec!["KEEP".into()], ..question() };
    let report =
        backtest(&generation(&keep), &generation(&keep), &&history()[..], &asked).expect("it is told");
    let own = only(&report, "KEEP");
    assert_eq!((own.change, own.after.claims, own.acts()), (ChangeKind::Same, 2, false));
    let report = tried(&keep, "", &history());
    assert_eq!((only(&report, "KEEP").change, only(&report, "KEEP").lost.claims), (ChangeKind::Removed, 2));
}

#[test]
fn what_people_mended_is_told_apart() {
    let mut mended = past(claim("B1", "10", 1), paid(9_000));
    mended.mended = Some(Look { claim: claim("B1", "11", 1), ..mended.came.clone() });
    let report = tried("", &rule("NEW", VIDEO, "hold coding"), &[mended]);
    let own = only(&report, "NEW");
    assert_eq!((own.after.claims, own.mended), (0, 1));
    assert_eq!(report.changed_claims, 0, "it goes out as it did");
}

#[test]
fn a_correction_is_an_outcome_and_later_stages_see_it() {
    let fix = rule("FIX", VIDEO, r#"fix line.add_modifier("95")"#);
    let seen = format!(
        "{fix}rule \"SEEN\" {{\n title \"t\"\n stage submit\n each line\n when line.has_modifier(\"95\")\n \
         hold coding\n because \"b\"\n source \"s\"\n}}\n"
    );
    let report = tried("", &fix, &history()[..1]);
    assert!(only(&report, "FIX").acts());
    assert_eq!(report.outcomes[0].after, "goes out; corrected: line[1].modifiers = 95");
    let report = tried("", &seen, &history()[..1]);
    assert_eq!(report.outcomes[0].after, "held: SEEN (coding); corrected: line[1].modifiers = 95");
}

#[test]
fn a_rule_in_shadow_is_counted_and_holds_nothing() {
    let report = tried("", &rule("NEW", VIDEO, "mode shadow\n    hold coding"), &history());
    let own = only(&report, "NEW");
    assert_eq!((own.after.claims, own.level), (5, Some(Level::Hold)));
    assert_eq!((report.newly_held.claims, report.changed_claims), (0, 0));
}

#[test]
fn a_rule_that_cannot_be_judged_is_counted_as_an_error() {
    let report = tried("", &rule("BAD", "line.units / 0 > 1", "warn coding"), &history()[..1]);
    let own = only(&report, "BAD");
    assert_eq!((own.errors, own.level), (1, Some(Level::Error)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever the history and however many threads count it, the figures are those of counting by hand.
    #[test]
    fn figures_are_those_of_counting_by_hand(
        claims in proptest::collection::vec((0_u8..2, 1_i64..5, 0_u8..4, 100_i64..20_000), 0..900)
    ) {
        let history: Vec<Past> = claims
            .iter()
            .map(|(place, units, answer, cents)| {
                let answer = match answer {
                    0 => denied(*cents),
                    1 => paid(*cents),
                    2 => Answer::Open,
                    _ => Answer::NotSent,
                };
                past(claim("C", if *place == 0 { "10" } else { "11" }, *units), answer)
            })
            .collect();
        let live = rule("OWN", "line.units > 2", "hold coding");
        let changed = rule("OWN", VIDEO, "hold coding");
        let report = tried(&live, &changed, &history);
        let own = only(&report, "OWN");
        let hit = || claims.iter().filter(|(place, ..)| *place == 0);
        let gained = || hit().filter(|(_, units, ..)| *units <= 2);
        prop_assert_eq!(own.after.claims, hit().count() as u64);
        prop_assert_eq!(own.after.denied, hit().filter(|own| own.2 == 0).count() as u64);
        prop_assert_eq!(own.after.paid, hit().filter(|own| own.2 == 1).count() as u64);
        prop_assert_eq!(own.gained.claims, gained().count() as u64);
        let cents: i64 = gained().filter(|own| own.2 == 0).map(|own| own.3).sum();
        prop_assert_eq!(own.prevented().1, Money::from_cents(cents));
        prop_assert_eq!(report.all.claims, claims.len() as u64);
        let months: u64 = own.months.iter().map(|month| month.count.claims).sum();
        prop_assert_eq!(months, own.after.claims);
    }
}
