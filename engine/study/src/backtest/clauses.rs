//! What of a rule is written differently.

use claimflow_rules::RuleInfo;

use super::report::ClauseChange;

/// The clauses that differ between two forms of one rule. Where a rule stands in its file makes no difference.
pub(crate) fn differences(before: &RuleInfo, after: &RuleInfo) -> Vec<ClauseChange> {
    let pairs = clauses(before).into_iter().zip(clauses(after));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((clause, before), (_, after))| ClauseChange { clause, before, after })
        .collect()
}

fn clauses(rule: &RuleInfo) -> Vec<(&'static str, String)> {
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let suppressed = rule.suppressed.iter().map(|own| format!("{} ({})", own.by, own.because));
    vec![
        ("mode", rule.mode.as_str().to_owned()),
        ("title", rule.title.to_string()),
        ("stage", rule.stage.as_str().to_owned()),
        ("each", rule.subject.as_str().to_owned()),
        ("codes", rule.codes.join(", ")),
        ("payers", rule.payers.join(", ")),
        ("when", rule.conditions.join(" && ")),
        ("does", rule.outcomes.join("; ")),
        ("because", rule.because.to_string()),
        ("source", rule.source.to_string()),
        ("effective", date(rule.effective)),
        ("expires", date(rule.expires)),
        ("priority", rule.priority.to_string()),
        ("overrides", rule.overrides.to_string()),
        ("switched off by", suppressed.collect::<Vec<_>>().join(", ")),
        ("pack", format!("{} {}", rule.pack, rule.version)),
    ]
}
