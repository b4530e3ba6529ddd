//! Why a rule did not fire, in words.

use claimflow_rules::{Considered, RuleTrace};

pub(in crate::cases) fn shown(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") }
}

/// Why a rule did not fire on one subject.
pub(in crate::cases) fn why(trace: &RuleTrace) -> String {
    match &trace.considered {
        Considered::Fired => "it fires".to_owned(),
        Considered::Silent { decided_by } => {
            let read = read(trace).map(|values| format!(" ({values})")).unwrap_or_default();
            format!("this does not hold: {decided_by}{read}")
        }
        Considered::Superseded { by, because } => format!("`{by}` replaces it: {because}"),
        Considered::Disabled { by, because } => format!("the pack `{by}` disables it: {because}"),
        Considered::NotEffective { when } => format!("it is not in force on the service date: {when}"),
        Considered::Outranked { by } => format!("`{by}` comes before it"),
        Considered::Error { message } => format!("it cannot be decided: {message}"),
        Considered::OutOfScope { why } => format!("it is not for this claim: {why}"),
    }
}

/// The values that a rule read; none when it read nothing.
pub(super) fn read(trace: &RuleTrace) -> Option<String> {
    let values: Vec<String> =
        trace.values.iter().map(|(name, value)| format!("{name} = {}", shown(value))).collect();
    (!values.is_empty()).then(|| values.join(", "))
}
