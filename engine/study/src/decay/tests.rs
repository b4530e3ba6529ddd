//! Rules with a made-up record.

use claimflow_core::Level;
use claimflow_runtime::Past;

use super::{Decay, decay};
use crate::testing::{claim, denied, generation, paid, past, rule, with_fired};

const NEVER: &str = "line.units > 90";

fn found(rules: &str, history: &[Past]) -> Vec<(String, Decay)> {
    let report = decay(&generation(rules), &history).expect("nothing is read");
    report.decayed.iter().map(|own| (own.rule.to_string(), own.decay)).collect()
}

fn times(number: usize, one: impl Fn(usize) -> Past) -> Vec<Past> {
    (0..number).map(one).collect()
}

#[test]
fn a_rule_that_neither_fired_nor_would_is_named() {
    let of_another_payer =
        rule("OTHER", NEVER, "hold coding").replace("when ", "payers [\"OTHER1\"]\n    when ");
    let rules = [
        rule("NEVER", NEVER, "hold coding"),
        rule("NEWER", "line.units > 1", "hold coding"),
        of_another_payer,
    ];
    let history = times(40, |_| past(claim("A", "11", 2), paid(9_000)));
    let found = found(&rules.concat(), &history);
    assert_eq!(found, [("NEVER".into(), Decay::NeverFired), ("OTHER".into(), Decay::FewClaims)]);
}

#[test]
fn a_rule_that_is_always_overridden_is_named_with_the_reasons() {
    let rules = rule("HOLDS", NEVER, "hold coding");
    let released = |place: usize| {
        let reason = if place == 0 { "asked the payer" } else { "the contract allows it" };
        with_fired(past(claim("A", "11", 1), denied(5_000)), "HOLDS", Level::Hold, Some(reason))
    };
    let mut history = times(3, released);
    let report = decay(&generation(&rules), &&history[..]).expect("nothing is read");
    let own = &report.decayed[0];
    assert_eq!((own.decay, own.held, own.released), (Decay::AlwaysReleased, 3, 3));
    assert_eq!(own.reasons, ["the contract allows it", "asked the payer"]);
    history.push(with_fired(past(claim("B", "11", 1), denied(5_000)), "HOLDS", Level::Hold, None));
    assert!(found(&rules, &history).is_empty(), "once it was right");
    assert!(found(&rules, &history[..2]).is_empty(), "two claims say nothing");
}

#[test]
fn a_rule_that_only_stops_what_is_paid_is_named() {
    let rules = rule("ALARM", NEVER, "warn coding");
    let fired = |answer| with_fired(past(claim("A", "11", 1), answer), "ALARM", Level::Warn, None);
    let mut history = times(3, |_| fired(paid(9_000)));
    assert_eq!(found(&rules, &history), [("ALARM".into(), Decay::OnlyFalseAlarms)]);
    history.push(fired(denied(100)));
    assert!(found(&rules, &history).is_empty());
}
